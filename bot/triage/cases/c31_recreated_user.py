"""In: a situation. Out: C31, when AD shows a person Entra knows under a new identity number: made anew, or migrated.
With the same SID somebody wrote the number; with another SID the account itself is another one.
Promise: pure; an identity number is never written by the bot.
"""

from bot.model import AdObject, CloudObject, Diagnosis, Holder, ObjectType, Risk, Runbook, Say
from bot.triage.cases.c30_orphan import is_orphan, lost
from bot.triage.cases.cloud_owner import asks_for_it, has_it, told_by_server
from bot.triage.cases.finding import Finding
from bot.triage.clash import clash, likeness
from bot.triage.runbooks import (
    clear_mapping,
    delta_sync,
    put_back,
    runbook,
    show_user,
    take_out,
    write_anchor,
)
from bot.triage.situation import Situation, export_error, refs


def recognise(situation: Situation) -> Finding | None:
    if not export_error(situation.errors, "AttributeValueMustBeUnique", "InvalidSoftMatch"):
        return None
    return _same_sid(situation) or _new_sid(situation)


def _same_sid(situation: Situation) -> Finding | None:
    """One security number on both sides, two identity numbers."""
    found = [h for h in situation.evidence.holders if renumbered(h)]
    if len(found) != 1:
        return None
    [holder] = found
    ad, cloud = holder.ad, holder.cloud
    if ad is None or cloud is None or likeness(ad, cloud).same is False:
        return None
    return _finding(
        ad,
        cloud,
        why=(
            Say("Both have the security number {sid}.", {"sid": ad.sid or ""}, refs(holder)),
            *likeness(ad, cloud).reasons,
        ),
    )


def renumbered(holder: Holder) -> bool:
    """A user of AD and one of Entra with one SID, whose identity numbers differ."""
    ad, cloud = holder.ad, holder.cloud
    return (
        ad is not None
        and cloud is not None
        and not ad.deleted
        and ad.type is cloud.type is ObjectType.USER
        and bool(ad.sid)
        and ad.sid == cloud.sid
        and bool(cloud.anchor)
        and cloud.anchor != ad.anchor
    )


def _new_sid(situation: Situation) -> Finding | None:
    """Nothing of the new account is in Entra yet; with an account of its own it is C30."""
    c = clash(situation)
    if c is None or c.twin is not None or not is_orphan(situation, c):
        return None
    like = likeness(c.ad, c.cloud)
    if not like.same:
        return None
    value = situation.value
    return _finding(
        c.ad,
        c.cloud,
        why=(
            lost(c),
            has_it(c, value),
            asks_for_it(c, value),
            *like.reasons,
            *told_by_server(situation, c),
        ),
    )


def _finding(ad: AdObject, cloud: CloudObject, *, why: tuple[Say, ...]) -> Finding:
    anchor = cloud.anchor or ""
    cites = (ad.ref, cloud.ref)
    gaps = {"name": ad.name, "owner": cloud.name, "anchor": anchor, "new": ad.anchor}
    return Finding(
        Diagnosis(
            code="C31",
            title=Say("{name} has a new identity number in AD", {"name": ad.name}),
            what=(
                Say(
                    "Entra knows {owner} under the identity number {anchor}. In AD {name} has {new}, so Entra takes it "
                    "for somebody else.",
                    gaps,
                    (*cites, "err"),
                ),
            ),
            why=why,
            then=(
                Say(
                    "{name} stays out of the cloud, or without changes there, until AD shows the old number again.",
                    gaps,
                    cites,
                ),
            ),
            runbooks=(_old_number(ad, cloud, anchor),),
        )
    )


def _old_number(ad: AdObject, cloud: CloudObject, anchor: str) -> Runbook:
    cites = (ad.ref, cloud.ref)
    return runbook(
        take_out(ad),
        delta_sync(),
        *((clear_mapping(cloud),) if cloud.mapped_to else ()),
        write_anchor(ad, anchor),
        put_back(ad),
        delta_sync(),
        show_user(cloud, anchor),
        rank=1,
        risk=Risk.DESTRUCTIVE,
        title=Say("Give {name} the old identity number", {"name": ad.name}, cites),
        because=Say("a wrong identity number joins two people", cites=cites),
        undo=Say(
            "Write {anchor} back the same way: it is the number in AD today.",
            {"anchor": ad.anchor},
            cites,
        ),
    )
