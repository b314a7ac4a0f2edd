"""In: what was read about an AD object and the cloud objects that answer to it. Out: what each rule of Entra says.
In their order: in scope, new, by anchor, by main address, by sign-in name; a later one is tried where an earlier found none.
Promise: pure; two that fit are no answer; a rule that nobody could look at is unknown.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.answers import Answer, Bar, MatchRule, Pairing
from bot.model import AdObject, CloudObject, ObjectType, Say
from bot.triage.policy import Policy
from bot.triage.scope import scope_of
from bot.triage.softmatch.bars import (
    called,
    forest_away,
    hard_bars,
    sign_in_flag,
    soft_bars,
    soft_flag,
    the_no,
    unread,
    worst,
)
from bot.triage.softmatch.names import addresses, lists, main_address, main_of, sign_in_name
from bot.triage.value import bare_of, fold

# as Entra's lists are called in a gap
BINS = {ObjectType.USER: "recycle bin (users)", ObjectType.GROUP: "recycle bin (groups)"}
LISTS = {ObjectType.USER: "users", ObjectType.GROUP: "groups", ObjectType.CONTACT: "contacts"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a rule said. `cloud`: the one it is about. `ends`: no later rule is tried."""

    answer: Answer
    why: tuple[Say, ...]
    bars: tuple[Bar, ...] = ()
    cloud: CloudObject | None = None
    ends: bool = False


Rule = Callable[[Pairing, AdObject, Policy], Seen]


def taken_by_sync(read: Pairing, ad: AdObject, policy: Policy) -> Seen:
    if read.tenant.sync_enabled is False:
        off = Say("Directory synchronization is off in this tenant.", cites=("tenant",))
        return _barred(Bar("sync-off", Answer.NO, off), ends=True)
    scope = scope_of(ad, policy.sync_ous)
    if scope.synced is False:
        say = scope.why or Say("{name} is not synchronized.", {"name": ad.name}, (ad.ref,))
        return _barred(Bar("out-of-scope", Answer.NO, say), ends=True)
    doubts = []
    if read.tenant.sync_enabled is None:
        said = Say("Entra does not say that synchronization is on.", cites=("tenant",))
        doubts.append(Bar("sync-off", Answer.UNKNOWN, said))
    if scope.synced is None:
        said = Say(
            "Nothing in {name} keeps it out of the synchronization, but nobody has stated which OUs are "
            "synchronized (sync_ous of its forest in the settings).",
            {"name": ad.name},
            (ad.ref,),
        )
        doubts.append(Bar("out-of-scope", Answer.UNKNOWN, said))
    if doubts:
        return _barred(*doubts)
    said = Say("{name} is in an OU that is synchronized.", {"name": ad.name}, (ad.ref,))
    return Seen(answer=Answer.YES, why=(said,))


def new_to_entra(read: Pairing, ad: AdObject, _: Policy) -> Seen:
    if twin := bound_to(read, ad):
        say = Say(
            "{name} is synchronized already, and bound to {cloud} by its anchor. Only what is new to Entra is "
            "matched, and that once.",
            {"name": ad.name, "cloud": called(twin)},
            (ad.ref, twin.ref),
        )
        return _barred(Bar("already-synced", Answer.NO, say), cloud=twin, ends=True)
    if other := _same_sid(read, ad):
        say = Say(
            "{cloud} has the SID of {name} and another anchor: Entra refuses a second object with this SID.",
            {"name": ad.name, "cloud": called(other)},
            (ad.ref, other.ref),
        )
        return _barred(Bar("sid", Answer.NO, say), cloud=other, ends=True)
    if ad.type is ObjectType.CONTACT and (likely := _synced_contact(read, ad)):
        say = Say(
            "{cloud} is synchronized and has an address of {name}: most likely the two are one already. Graph does "
            "not tell which AD object a contact comes from.",
            {"name": ad.name, "cloud": called(likely)},
            (ad.ref, likely.ref),
        )
        return _barred(Bar("already-synced", Answer.UNKNOWN, say), cloud=likely, ends=True)
    values, cites = {"name": ad.name}, (ad.ref, "searched")
    say = (
        Say("Nothing in Entra is bound to {name} by its anchor: it is new.", values, cites)
        if ad.type is ObjectType.USER
        # Graph finds them by their addresses only
        else Say("Nothing synchronized was found for {name}: it is taken for new.", values, cites)
    )
    return Seen(answer=Answer.YES, why=(say,))


def by_anchor(read: Pairing, ad: AdObject, _: Policy) -> Seen:
    if ad.type is not ObjectType.USER:
        say = Say("Only users are matched by anchor, {name} is none.", {"name": ad.name}, (ad.ref,))
        return Seen(answer=Answer.NO, why=(say,))
    if ad.anchor_broken:
        say = Say(
            "mS-DS-ConsistencyGuid of {name} is not 16 bytes: which anchor the synchronization takes is not known.",
            {"name": ad.name},
            (ad.ref,),
        )
        return _barred(Bar("anchor-broken", Answer.UNKNOWN, say))
    found = [c for c in read.clouds if c.anchor and c.anchor == ad.anchor and c.type is ad.type]
    living = [c for c in found if c.deleted_at is None]
    if not found:
        blind = unread(read, LISTS[ad.type], BINS[ad.type])
        say = Say(
            "Nobody in Entra has its anchor, {anchor}.", {"anchor": ad.anchor}, (ad.ref, "searched")
        )
        return _barred(*blind) if blind else Seen(answer=Answer.NO, why=(say,))
    target = (living or found)[0]
    if len(living or found) > 1:
        return _barred(_two(found), cloud=target, ends=True)
    doubts = hard_bars(ad, target, read) + (() if living else unread(read, LISTS[ad.type]))
    say = (
        Say("{cloud} has its anchor, {anchor}.", *_about(target, anchor=ad.anchor))
        if living
        else Say(
            "{cloud} in Entra’s recycle bin has its anchor, {anchor}.",
            *_about(target, anchor=ad.anchor),
        )
    )
    # refused outright (InvalidHardMatch): nothing else is tried then
    return _judged(doubts, say, target)


def by_address(read: Pairing, ad: AdObject, _: Policy) -> Seen:
    if ad.type is ObjectType.GROUP and not (ad.mail or ad.proxy_addresses):
        say = Say(
            "{name} is a group without mail: such groups are never matched.",
            {"name": ad.name},
            (ad.ref,),
        )
        return _barred(Bar("no-mail-group", Answer.NO, say))
    main = main_address(ad)
    seen = _soft(
        read,
        ad,
        [c for c in read.clouds if main.sure is not None and main_of(c) == main.sure],
        basis=main.say,
        flags=soft_flag(read),
        claims=lambda rival: main_address(rival).sure == main.sure,
    )
    guessed = [c for c in read.clouds if main_of(c) in main.maybe and not _no(read, ad, c)]
    if seen.answer is Answer.NO and guessed and not _is_off(soft_flag(read)):
        say = Say(
            "{cloud} has an address of {name} as its main one, but whether Entra takes this for the main address of "
            "{name} is not known.",
            {"cloud": called(guessed[0]), "name": ad.name},
            (guessed[0].ref, ad.ref),
        )
        doubt = Bar("main-unknown", Answer.UNKNOWN, say)
        return _barred(doubt, cloud=guessed[0], ends=True, first=(main.say,))
    if seen.answer is Answer.NO and seen.cloud is None:
        return _with_near_ones(read, ad, main.sure, seen)
    return seen


def _with_near_ones(read: Pairing, ad: AdObject, main: str | None, seen: Seen) -> Seen:
    """An address they share, which is an extra one of one of them: most likely they are meant for each other."""
    near = [
        c
        for c in read.clouds
        if not _no(read, ad, c)
        and ((main and lists(c, main)) or main_of(c) in addresses(ad))
        and main_of(c) != main
    ]
    bars = tuple(
        Bar(
            "extra-only",
            Answer.NO,
            Say(
                "{cloud} and {name} share an address, but it is an extra one of one of them: only main addresses are "
                "compared.",
                {"cloud": called(c), "name": ad.name},
                (c.ref, ad.ref),
            ),
        )
        for c in near[:3]
    )
    return Seen(
        answer=seen.answer,
        why=(*seen.why, *(bar.say for bar in bars)),
        bars=(*seen.bars, *bars),
        cloud=near[0] if near else None,
    )


def by_sign_in(read: Pairing, ad: AdObject, _: Policy) -> Seen:
    if ad.type is not ObjectType.USER:
        say = Say("Only users have a sign-in name, {name} is none.", {"name": ad.name}, (ad.ref,))
        return Seen(answer=Answer.NO, why=(say,))
    upn = sign_in_name(ad)
    if not upn:
        say = Say("{name} has no sign-in name in AD.", {"name": ad.name}, (ad.ref,))
        return Seen(answer=Answer.NO, why=(say,))
    basis = (
        Say("Its sign-in name in AD is {upn}.", {"upn": upn}, (ad.ref,))
        if ad.user_principal_name
        else Say(
            "It has no userPrincipalName in AD, so its account name and domain, {upn}, are taken for it. "
            "This is an assumption.",
            {"upn": upn},
            (ad.ref,),
        )
    )
    wanted = fold(upn)
    found = [
        c for c in read.clouds if c.user_principal_name and fold(c.user_principal_name) == wanted
    ]
    return _soft(
        read,
        ad,
        found,
        basis=basis,
        flags=(*soft_flag(read), *sign_in_flag(read)),
        claims=lambda rival: fold(sign_in_name(rival) or "") == wanted,
    )


RULES: Mapping[MatchRule, Rule] = {
    MatchRule.SCOPE: taken_by_sync,
    MatchRule.NEW: new_to_entra,
    MatchRule.ANCHOR: by_anchor,
    MatchRule.ADDRESS: by_address,
    MatchRule.SIGN_IN: by_sign_in,
}


def to_be_asked(read: Pairing) -> tuple[CloudObject, ...]:
    """Those whose roles and authority decide: they answer to the AD object, and nothing else keeps them out."""
    ad = read.ad
    if ad is None:
        living = [c for c in read.clouds if c.deleted_at is None]
        return tuple(living[:1])
    main, upn = main_address(ad), fold(sign_in_name(ad) or "")
    mains = {main.sure, *main.maybe} - {None}
    return tuple(
        c
        for c in read.clouds
        if _may_be_taken_over(ad, c)
        or ((main_of(c) in mains or _signs_in_as(c, upn)) and not _no(read, ad, c))
    )


def _may_be_taken_over(ad: AdObject, cloud: CloudObject) -> bool:
    by_anchor = ad.type is ObjectType.USER and cloud.anchor == ad.anchor
    return by_anchor and (not cloud.synced or cloud.deleted_at is not None)


def _signs_in_as(cloud: CloudObject, upn: str) -> bool:
    return bool(upn) and fold(cloud.user_principal_name or "") == upn


def bound_to(read: Pairing, ad: AdObject) -> CloudObject | None:
    """The cloud object that the synchronization writes this AD object to. Graph shows the SID of groups only."""
    for cloud in read.clouds:
        if cloud.type is not ad.type or not cloud.synced or cloud.deleted_at is not None:
            continue
        if ad.type is ObjectType.USER and cloud.anchor and cloud.anchor == ad.anchor:
            return cloud
        if ad.type is ObjectType.GROUP and cloud.sid and cloud.sid == ad.sid:
            return cloud
    return None


def _same_sid(read: Pairing, ad: AdObject) -> CloudObject | None:
    if ad.type is not ObjectType.USER or not ad.sid:
        return None
    return next(
        (
            c
            for c in read.clouds
            if c.sid == ad.sid and c.anchor and c.anchor != ad.anchor and c.deleted_at is None
        ),
        None,
    )


def _synced_contact(read: Pairing, ad: AdObject) -> CloudObject | None:
    held = addresses(ad)
    return next(
        (
            c
            for c in read.clouds
            if c.type is ObjectType.CONTACT
            and c.synced
            and any(main_of(c) == a or lists(c, a) or _lost(c, a) for a in held)
        ),
        None,
    )


def _lost(cloud: CloudObject, address: str) -> bool:
    """It asked for the address and did not get it."""
    return any(bare_of(e.value or "")[1] == address for e in cloud.errors)


def _soft(
    read: Pairing,
    ad: AdObject,
    found: list[CloudObject],
    *,
    basis: Say,
    flags: tuple[Bar, ...],
    claims: Callable[[AdObject], bool],
) -> Seen:
    open_to_it = [c for c in found if not _no(read, ad, c)]
    if not open_to_it:
        # what else may keep out an object that is kept out surely is no doubt about the others
        bars = [bar for c in found for bar in the_no(soft_bars(ad, c, read))]
        blind = unread(read, LISTS[ad.type])
        if bars or blind:
            shut = found[0] if found else None
            return _barred(*bars, *blind, cloud=shut, first=(basis,))
        say = Say("Nobody in Entra has it as the main one.", cites=("searched",))
        return Seen(answer=Answer.NO, why=(basis, say))
    target = open_to_it[0]
    if len(open_to_it) > 1:
        return _barred(_two(open_to_it), cloud=target, ends=True, first=(basis,))
    doubts = (*flags, *soft_bars(ad, target, read), *_rivals(read, ad, claims), *forest_away(read))
    say = Say("{cloud} has the same.", *_about(target))
    if _is_off(flags):
        return _barred(*flags, cloud=target, first=(basis, say))
    return _judged(doubts, basis, target, say)


def _no(read: Pairing, ad: AdObject, cloud: CloudObject) -> bool:
    return worst(soft_bars(ad, cloud, read)) is Answer.NO


def _is_off(flags: Iterable[Bar]) -> bool:
    return worst(flags) is Answer.NO


def _rivals(read: Pairing, ad: AdObject, claims: Callable[[AdObject], bool]) -> tuple[Bar, ...]:
    """Whoever of them comes to Entra first is joined."""
    return tuple(
        Bar(
            "rival",
            Answer.UNKNOWN,
            Say(
                "{other} in AD claims the same: whichever of the two Entra sees first is joined.",
                {"other": rival.name},
                (rival.ref, ad.ref),
            ),
        )
        for rival in read.rivals
        if rival.type is ad.type
        and claims(rival)
        and scope_of(rival, ()).synced is not False
        and bound_to(read, rival) is None
    )


def _two(found: list[CloudObject]) -> Bar:
    say = Say(
        "{one} and {other} both answer to it; which of them Entra takes cannot be told.",
        {"one": called(found[0]), "other": called(found[1])},
        (found[0].ref, found[1].ref),
    )
    return Bar("ambiguous", Answer.UNKNOWN, say)


def _judged(bars: tuple[Bar, ...], basis: Say, target: CloudObject, *more: Say) -> Seen:
    return Seen(
        answer=worst(bars),
        why=(basis, *more, *(bar.say for bar in bars)),
        bars=bars,
        cloud=target,
        ends=True,
    )


def _barred(
    *bars: Bar,
    cloud: CloudObject | None = None,
    ends: bool = False,
    first: tuple[Say, ...] = (),
) -> Seen:
    return Seen(
        answer=worst(bars),
        why=(*first, *(bar.say for bar in bars)),
        bars=bars,
        cloud=cloud,
        ends=ends,
    )


def _about(cloud: CloudObject, **more: str) -> tuple[dict[str, str], tuple[str, ...]]:
    return {"cloud": called(cloud), **more}, (cloud.ref,)
