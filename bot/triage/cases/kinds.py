"""In: a situation. Out: the two objects in it when they are of certain kinds, and who of them should keep the value.
What C06 to C10 and C37 have in common: an address can belong to one object only, whatever kinds they are.
Promise: pure; users and groups are weighed by what they are, contacts give way before them.
"""

from dataclasses import replace

from bot.model import Holder, ObjectType, Say
from bot.triage.keeper import Verdict, given, undecided, verdict
from bot.triage.situation import Sides, Situation, about_either, has, proxy, sides


def pair_of(situation: Situation, one: ObjectType, other: ObjectType) -> Sides | None:
    """Two sides of exactly these kinds."""
    pair = sides(situation)
    if pair is None or not about_either(situation.errors):
        return None
    found = sorted(h.type for h in pair.both)
    return pair if found == sorted((one, other)) else None


def of_kind(pair: Sides, kind: ObjectType) -> Holder:
    return next(h for h in pair.both if h.type is kind)


def is_main(holder: Holder) -> bool:
    claims = holder.ad_claims
    return proxy(claims, primary=True) is not None or has(claims, "userPrincipalName")


def is_extra(holder: Holder) -> bool:
    return not is_main(holder) and proxy(holder.ad_claims, primary=False) is not None


def person_and_group(situation: Situation, pair: Sides) -> Verdict:
    """The extra one gives way. Two main ones cannot be weighed: a group has no mailbox, no logon and no account."""
    main = [h for h in pair.both if is_main(h)]
    if len(main) == 1 and is_extra(pair.has if main[0] is pair.asks else pair.asks):
        return given(situation, pair.both, keeper=main[0])
    person = of_kind(pair, ObjectType.USER)
    group = of_kind(pair, ObjectType.GROUP)
    ranked = verdict(situation, pair.both).scores
    return undecided(situation, (person, group), ranked)


def contact_last(situation: Situation, pair: Sides) -> Verdict:
    """A contact only points at somebody; when it is not clear, it is still the first to be asked."""
    found = verdict(situation, pair.both)
    if found.keeper is not None:
        return found
    ordered = sorted(found.losers, key=lambda h: h.type is not ObjectType.CONTACT)
    return replace(found, losers=tuple(ordered))


def not_shown(pair: Sides) -> Say:
    return Say(
        "The reports of the Microsoft 365 admin center show people only: this clash is not in them.",
        cites=pair.cites,
    )
