"""In: a cloud object that an AD object may join, and what was read about it. Out: what keeps the two apart.
The limits are Microsoft's, those of June and July 2026 included; each has a code by which the steps know it.
Promise: pure; a bar that nobody could read is there too, as unknown: no bars means that nothing stands in the way.
"""

from collections.abc import Iterable

from bot.answers import Answer, Bar, Pairing
from bot.model import EVERYTHING, AdObject, CloudObject, ObjectType, Say
from bot.triage.situation import KINDS
from bot.triage.value import fold, guid_of_anchor


def called(cloud: CloudObject) -> str:
    mark = cloud.user_principal_name or cloud.mail
    return f"{cloud.name} ({mark})" if mark and cloud.deleted_at is None else cloud.name


def hard_bars(ad: AdObject, target: CloudObject, read: Pairing) -> tuple[Bar, ...]:
    """For a cloud object that has the very anchor."""
    return (
        *_takeover_flag(read),
        *_handed_over(target),
        *_roles(target, read),
        *_mapped(ad, target, hard=True),
    )


def soft_bars(ad: AdObject, target: CloudObject, read: Pairing) -> tuple[Bar, ...]:
    """For a cloud object that has the same main address or sign-in name."""
    return (
        *_another_kind(ad, target),
        *_tied(target),
        *_handed_over(target),
        *_mapped(ad, target, hard=False),
        *_roles(target, read),
    )


def _takeover_flag(read: Pairing) -> tuple[Bar, ...]:
    flag = read.tenant.flags.hard_match_blocked
    if flag is False:
        return ()
    say = (
        Say(
            "Taking over a cloud object by its anchor is blocked in this tenant "
            "(BlockCloudObjectTakeoverThroughHardMatch).",
            cites=("flags",),
        )
        if flag
        else Say(
            "Nobody has stated whether this tenant blocks taking over a cloud object by its anchor "
            "(BlockCloudObjectTakeoverThroughHardMatch).",
            cites=("flags",),
        )
    )
    return (Bar("hard-match-blocked", _no_if(flag), say),)


def soft_flag(read: Pairing) -> tuple[Bar, ...]:
    flag = read.tenant.flags.soft_match_blocked
    if flag is False:
        return ()
    say = (
        Say("Soft match is blocked in this tenant (BlockSoftMatch).", cites=("flags",))
        if flag
        else Say(
            "Nobody has stated whether this tenant blocks soft match (BlockSoftMatch).",
            cites=("flags",),
        )
    )
    return (Bar("soft-match-blocked", _no_if(flag), say),)


def sign_in_flag(read: Pairing) -> tuple[Bar, ...]:
    flag = read.tenant.flags.soft_match_on_upn
    if flag is True:
        return ()
    say = (
        Say(
            "Soft match by sign-in name is not switched on in this tenant (SoftMatchOnUpn).",
            cites=("flags",),
        )
        if flag is False
        else Say(
            "Nobody has stated whether this tenant matches by sign-in name (SoftMatchOnUpn).",
            cites=("flags",),
        )
    )
    return (Bar("upn-match-off", _no_if(flag is False), say),)


def unread(read: Pairing, *lists: str) -> tuple[Bar, ...]:
    """Lists of Entra that somebody may stand in whom nobody could see."""
    missing = [g for g in read.gaps if g.where == "Entra" and g.what in {*lists, EVERYTHING}]
    return tuple(
        Bar(
            "unread",
            Answer.UNKNOWN,
            Say(
                "Entra’s {list} could not be read ({why}); somebody in it may answer to the same.",
                {"list": g.what, "why": g.why},
                ("gaps",),
            ),
        )
        for g in missing
    )


def forest_away(read: Pairing) -> tuple[Bar, ...]:
    away = [g for g in read.gaps if g.where != "Entra" and g.what == EVERYTHING]
    return tuple(
        Bar(
            "unread",
            Answer.UNKNOWN,
            Say(
                "{where} did not answer; another object there may claim the same.",
                {"where": g.where},
                ("gaps",),
            ),
        )
        for g in away
    )


def the_no(bars: Iterable[Bar]) -> tuple[Bar, ...]:
    return tuple(bar for bar in bars if bar.answer is Answer.NO)


def worst(bars: Iterable[Bar]) -> Answer:
    """YES where nothing stands in the way."""
    found = {bar.answer for bar in bars}
    return next((a for a in (Answer.NO, Answer.UNKNOWN) if a in found), Answer.YES)


def _no_if(flag: bool | None) -> Answer:  # noqa: FBT001 - the flag is what it is about
    return Answer.NO if flag else Answer.UNKNOWN


def _another_kind(ad: AdObject, target: CloudObject) -> tuple[Bar, ...]:
    gap, cites = {"cloud": called(target)}, (target.ref,)
    if target.type is not ad.type:
        say = Say(
            "{cloud} is a {there} in Entra, and {name} a {here}: different kinds never join.",
            {**gap, "there": KINDS[target.type], "name": ad.name, "here": KINDS[ad.type]},
            (target.ref, ad.ref),
        )
        return (Bar("type", Answer.NO, say),)
    if target.guest:
        say = Say("{cloud} is a guest: only members are matched.", gap, cites)
        return (Bar("guest", Answer.NO, say),)
    if target.unified:
        say = Say(
            "{cloud} is a Microsoft 365 group; whether AD may take one over is not documented.",
            gap,
            cites,
        )
        return (Bar("unified", Answer.UNKNOWN, say),)
    return ()


def _tied(target: CloudObject) -> tuple[Bar, ...]:
    """Soft match takes only a living object of the cloud that was never bound to AD."""
    gap, cites = {"cloud": called(target)}, (target.ref,)
    if target.deleted_at is not None:
        say = Say("{cloud} lies in Entra’s recycle bin: soft match does not reach it.", gap, cites)
        return (Bar("recycle-bin", Answer.NO, say),)
    if target.synced:
        say = Say(
            "{cloud} is synchronized from AD already; an address or a sign-in name matches only once.",
            gap,
            cites,
        )
        return (Bar("tied", Answer.NO, say),)
    if target.anchor:
        say = Say(
            "{cloud} has an ImmutableId of its own: only the AD object with this anchor can take it.",
            gap,
            cites,
        )
        return (Bar("tied", Answer.NO, say),)
    # Graph shows no anchor of groups and contacts, and one that was synchronized keeps it
    if target.synced is False and target.type is not ObjectType.USER:
        say = Say("{cloud} was synchronized before and keeps its tie to AD.", gap, cites)
        return (Bar("tied", Answer.NO, say),)
    return ()


def _handed_over(target: CloudObject) -> tuple[Bar, ...]:
    """Since 2025 an object can be taken out of AD's hands for good (isCloudManaged)."""
    gap, cites = {"cloud": called(target)}, (target.ref,)
    if target.cloud_managed:
        say = Say("{cloud} was handed over to the cloud: AD decides nothing any more.", gap, cites)
        return (Bar("cloud-managed", Answer.NO, say),)
    if target.cloud_managed is None:
        say = Say(
            "It could not be read whether {cloud} was handed over to the cloud (isCloudManaged); then AD decides nothing.",
            gap,
            cites,
        )
        return (Bar("cloud-managed", Answer.UNKNOWN, say),)
    return ()


def _roles(target: CloudObject, read: Pairing) -> tuple[Bar, ...]:
    if target.type is not ObjectType.USER:
        return ()
    standing = read.standings.get(target.ref)
    if standing is None or standing.roles is None:
        say = Say(
            "It could not be read whether {cloud} holds or may take an Entra role; AD never takes over somebody who does.",
            {"cloud": called(target)},
            (target.ref,),
        )
        return (Bar("role", Answer.UNKNOWN, say),)
    if not standing.roles:
        return ()
    say = Say(
        "{cloud} holds or may take an Entra role ({roles}): AD never takes over an administrator.",
        {"cloud": called(target), "roles": ", ".join(standing.roles)},
        (target.ref, "roles"),
    )
    return (Bar("role", Answer.NO, say),)


def _mapped(ad: AdObject, target: CloudObject, *, hard: bool) -> tuple[Bar, ...]:
    """Since July 2026 a cloud user that is tied to one AD object is not given to another."""
    gap = {"cloud": called(target), "name": ad.name}
    if target.mapped_to is not None:
        if fold(target.mapped_to) == fold(ad.guid):
            return ()
        say = Say(
            "{cloud} is tied to another AD object (onPremisesObjectIdentifier); since July 2026 it is not given to {name}.",
            gap,
            (target.ref, ad.ref),
        )
        return (Bar("mapped", Answer.NO, say),)
    own = guid_of_anchor(ad.anchor) == fold(ad.guid)
    was_synced = target.synced is not None or target.deleted_at is not None
    if not hard or own or not was_synced:
        return ()
    say = Say(
        "It could not be read which AD object {cloud} was synchronized from (onPremisesObjectIdentifier); "
        "if it was another one, Entra does not give it to {name}.",
        gap,
        (target.ref, ad.ref),
    )
    return (Bar("mapped", Answer.UNKNOWN, say),)
