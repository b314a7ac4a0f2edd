"""In: an AD object, the cloud objects that answer to its anchor, main address or sign-in name, the tenant's switches.
Out: whether they will join and by which rule, every rule that was looked at with its answer, and what to do.
Promise: pure; what nobody has read or stated is unknown and never turns into yes; each sentence cites what was read.
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.answers import Answer, Bar, Foretold, MatchRule, Pairing, Prospect, RuleLook
from bot.model import AdObject, CloudObject, ObjectType, Say
from bot.triage.policy import Policy
from bot.triage.softmatch.bars import called, soft_bars, the_no
from bot.triage.softmatch.names import main_address, main_of, sign_in_name
from bot.triage.softmatch.rules import RULES, Seen, bound_to
from bot.triage.softmatch.steps import outdated, steps, then
from bot.triage.value import fold

__all__ = ["choose", "foretell"]

MATCHING = frozenset({MatchRule.ANCHOR, MatchRule.ADDRESS, MatchRule.SIGN_IN})


def foretell(read: Pairing, policy: Policy) -> Foretold:
    if read.ad is None:
        return _not_in_ad(read, policy)
    looks: list[RuleLook] = []
    seen: dict[MatchRule, Seen] = {}
    for rule, look in RULES.items():
        found = seen[rule] = look(read, read.ad, policy)
        looks.append(RuleLook(rule, found.answer, found.why))
        if found.ends:
            break
    last = looks[-1].rule
    if last is MatchRule.NEW and seen[last].answer is Answer.NO:
        return _finished(read, policy, _already(read, read.ad, seen[last]), looks)
    return _finished(read, policy, _outlook(read, read.ad, seen, last), looks)


def choose(ads: tuple[AdObject, ...], value: str) -> AdObject | None:
    """The one that is meant by a value: the only one, or the only one of which it is the main name."""
    if len(ads) == 1:
        return ads[0]
    main = [a for a in ads if value in {main_address(a).sure, fold(sign_in_name(a) or "")}]
    return main[0] if len(main) == 1 else None


# ---------------------------------------------------------------- from rules to a prospect


def _outlook(read: Pairing, ad: AdObject, seen: dict[MatchRule, Seen], last: MatchRule) -> Foretold:
    bars = _once(bar for found in seen.values() for bar in found.bars)
    doubts = tuple(bar for bar in bars if bar.answer is Answer.UNKNOWN)
    decisive = seen[last]
    matching = [rule for rule in seen if rule in MATCHING]
    if decisive.ends and decisive.cloud and decisive.answer is not Answer.NO:
        # what kept other objects out of it is told with its rule
        sure = not doubts
        return Foretold(
            asked=read.asked,
            prospect=Prospect.JOINS if sure else Prospect.UNKNOWN,
            title=_joins(ad, decisive.cloud, last) if sure else _perhaps(ad, decisive.cloud),
            ad=ad,
            cloud=decisive.cloud,
            by=last,
            bars=doubts,
        )
    if any(seen[rule].answer is Answer.UNKNOWN for rule in matching):
        say = Say(
            "It cannot be told whether {name} will join something in Entra: not all of it could be read.",
            {"name": ad.name},
            (ad.ref,),
        )
        return Foretold(asked=read.asked, prospect=Prospect.UNKNOWN, title=say, ad=ad, bars=doubts)
    shut = next((found.cloud for found in seen.values() if found.cloud), None)
    return Foretold(
        asked=read.asked,
        prospect=Prospect.APART,
        title=_apart(ad, shut, seen),
        ad=ad,
        cloud=shut,
        bars=the_no(bars),
    )


def _once(bars: Iterable[Bar]) -> tuple[Bar, ...]:
    """Two rules may meet the same bar."""
    found: list[Bar] = []
    for bar in bars:
        if bar not in found:
            found.append(bar)
    return tuple(found)


def _already(read: Pairing, ad: AdObject, seen: Seen) -> Foretold:
    """Bound already. That is an answer of its own, unless a second account waits for the same name."""
    twin = seen.cloud
    other = next((c for c in read.clouds if _waits(ad, c)), None)
    if twin is None or bound_to(read, ad) is None or other is not None:
        return Foretold(
            asked=read.asked,
            prospect=Prospect.APART,
            title=_will_not(ad, other or twin),
            ad=ad,
            cloud=other or twin,
            bound=bound_to(read, ad),
            bars=seen.bars,
        )
    title = Say(
        "{name} and {cloud} in Entra are one already.",
        {"name": ad.name, "cloud": called(twin)},
        (ad.ref, twin.ref),
    )
    return Foretold(
        asked=read.asked, prospect=Prospect.JOINED, title=title, ad=ad, cloud=twin, bound=twin
    )


def _waits(ad: AdObject, cloud: CloudObject) -> bool:
    """A living object of the cloud alone that has the name of this AD object."""
    if cloud.synced or cloud.deleted_at is not None or cloud.type is not ad.type:
        return False
    upn = sign_in_name(ad)
    main = main_address(ad).sure
    return (main is not None and main_of(cloud) == main) or (
        upn is not None and fold(cloud.user_principal_name or "") == fold(upn)
    )


def _not_in_ad(read: Pairing, policy: Policy) -> Foretold:
    cloud = next((c for c in read.clouds if c.deleted_at is None), None)
    if cloud is None:
        title = Say(
            "Neither AD nor a living object in Entra answers to {value}.",
            {"value": read.asked},
            ("searched",),
        )
        return Foretold(
            asked=read.asked,
            prospect=Prospect.APART,
            title=title,
            gaps=read.gaps,
            searched=read.searched,
        )
    say = Say(
        "No AD object has the main address or the sign-in name of {cloud}.",
        {"cloud": called(cloud)},
        (cloud.ref, "searched"),
    )
    title = Say(
        "No: there is nothing in AD yet that {cloud} could join.",
        {"cloud": called(cloud)},
        (cloud.ref, "searched"),
    )
    # the AD object that is to be made will be of this kind, and tied to nothing
    made = AdObject(forest="", guid="", dn="", type=cloud.type, name=cloud.name, anchor="")
    keys = read.keys()
    limits = tuple(
        replace(bar, say=replace(bar.say, cites=tuple(c for c in bar.say.cites if c in keys)))
        for bar in soft_bars(made, cloud, read)
    )
    bars = (Bar("not-in-ad", Answer.NO, say), *limits)
    told = Foretold(asked=read.asked, prospect=Prospect.APART, title=title, cloud=cloud, bars=bars)
    return _finished(read, policy, told, [])


def _finished(read: Pairing, policy: Policy, told: Foretold, looks: list[RuleLook]) -> Foretold:
    return replace(
        told,
        rules=tuple(looks),
        then=then(told, read),
        steps=steps(told, read, policy),
        outdated=outdated(told),
        gaps=read.gaps,
        searched=read.searched,
    )


# ---------------------------------------------------------------- the first sentence


def _joins(ad: AdObject, cloud: CloudObject, by: MatchRule) -> Say:
    values, cites = {"name": ad.name, "cloud": called(cloud)}, (ad.ref, cloud.ref)
    if by is MatchRule.ANCHOR and cloud.deleted_at is not None:
        return Say(
            "Yes: the next sync takes {cloud} out of Entra’s recycle bin and joins it with {name}, by the anchor.",
            values,
            cites,
        )
    if by is MatchRule.ANCHOR:
        return Say("Yes: the next sync joins {name} with {cloud}, by the anchor.", values, cites)
    if by is MatchRule.ADDRESS:
        return Say(
            "Yes: the next sync joins {name} with {cloud}, by the main address.", values, cites
        )
    return Say("Yes: the next sync joins {name} with {cloud}, by the sign-in name.", values, cites)


def _perhaps(ad: AdObject, cloud: CloudObject) -> Say:
    return Say(
        "Perhaps: nothing that was read keeps {name} and {cloud} apart, but not all that decides it is known.",
        {"name": ad.name, "cloud": called(cloud)},
        (ad.ref, cloud.ref),
    )


def _apart(ad: AdObject, cloud: CloudObject | None, seen: dict[MatchRule, Seen]) -> Say:
    if seen[MatchRule.SCOPE].answer is Answer.NO:
        return Say("No: {name} is not synchronized at all.", {"name": ad.name}, (ad.ref,))
    if cloud is None and ad.type is not ObjectType.USER:
        return Say(
            "No: nothing in Entra was found that {name} could join.",
            {"name": ad.name},
            (ad.ref, "searched"),
        )
    if cloud is None:
        return Say(
            "No: nothing in Entra answers to {name}, so the sync makes a new object for it.",
            {"name": ad.name},
            (ad.ref, "searched"),
        )
    return _will_not(ad, cloud)


def _will_not(ad: AdObject, cloud: CloudObject | None) -> Say:
    if cloud is None:
        return Say("No: {name} will not join anything.", {"name": ad.name}, (ad.ref,))
    return Say(
        "No: {name} will not join {cloud}.",
        {"name": ad.name, "cloud": called(cloud)},
        (ad.ref, cloud.ref),
    )
