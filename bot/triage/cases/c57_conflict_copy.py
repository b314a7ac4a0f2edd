"""In: a situation. Out: C57, when all that holds the value beside the failing object are dead copies in AD.
A copy left by a replication conflict, or a tombstone, is never synchronized: it is a trace, not the owner.
Promise: pure; no buttons: the AD team cleans up, and the owner is still to be found.
"""

from bot.model import AdObject, Diagnosis, Holder, Instruction, Risk, Runbook, Say, mark
from bot.triage.cases.finding import Finding
from bot.triage.runbooks import at, runbook
from bot.triage.situation import Situation, is_conflict, refs, served


def recognise(situation: Situation) -> Finding | None:
    if not (situation.errors and is_conflict(situation.errors)):
        return None
    if any(served(h) for h in situation.evidence.holders):
        return None  # somebody in Entra has it: that is the owner
    failing = {e.object_id for e in situation.errors}
    mine = [h for h in situation.selves if h.ad and h.ad.conflict]
    copies = mine or [
        h
        for h in situation.evidence.holders
        if h.ad and _is_dead(h.ad) and h.ad_claims and not (h.cloud and h.cloud.id in failing)
    ]
    if not copies or (situation.others and not mine):
        return None
    value = situation.value
    cites = tuple(r for h in copies for r in refs(h))
    gaps = {"names": ", ".join(h.name for h in copies), "value": value}
    conflict = any(h.ad and h.ad.conflict for h in copies)
    return Finding(
        Diagnosis(
            code="C57",
            title=Say(
                "A copy left by a replication accident holds {value}"
                if conflict
                else "A deleted object in AD holds {value}",
                gaps,
            ),
            what=(_what(gaps, cites, conflict=conflict, mine=bool(mine)),),
            why=tuple(_trace(h) for h in copies),
            then=(
                Say(
                    "It is never synchronized, so by itself it does not explain the error; no other holder was found in: "
                    "{searched}.",
                    {"searched": ", ".join(situation.evidence.searched) or Say("no place")},
                    ("searched", *cites),
                ),
            ),
            runbooks=(_clean_up([h.ad for h in copies if h.ad and h.ad.conflict], cites),)
            if conflict
            else (),
        )
    )


def _is_dead(ad: AdObject) -> bool:
    return ad.deleted or ad.conflict


def _what(gaps: dict[str, str], cites: tuple[str, ...], *, conflict: bool, mine: bool) -> Say:
    if mine:
        text = mark(
            "Two domain controllers made one object at the same time. {names} is the copy that lost, and it is the one "
            "that carries the error about {value}."
        )
    elif conflict:
        text = mark(
            "Two domain controllers made one object at the same time. {names} is the copy that lost; it still lists "
            "{value}."
        )
    else:
        text = mark("{names} was deleted in AD and still lists {value} in the recycle bin there.")
    return Say(text, gaps, (*cites, "err"))


def _trace(holder: Holder) -> Say:
    ad = holder.ad
    changed = (
        f"{ad.changed_at:%Y-%m-%d %H:%M} UTC" if ad and ad.changed_at else Say("an unknown time")
    )
    return Say(
        "{dn}, last changed on {when}.",
        {"dn": ad.dn if ad else "", "when": changed},
        (ad.ref,) if ad else (),
    )


def _clean_up(copies: list[AdObject], cites: tuple[str, ...]) -> Runbook:
    return runbook(
        Instruction(
            Say(
                "List all copies of this kind, and compare each with the object that won.",
                cites=cites,
            ),
            "Get-ADObject -LDAPFilter '(cn=*\\0ACNF:*)' -Properties proxyAddresses,whenCreated,whenChanged",
        ),
        *(
            Instruction(
                Say(
                    "When nothing in {name} is needed any more, delete it.",
                    {"name": ad.name},
                    (ad.ref,),
                ),
                f"Remove-ADObject {at(ad)}",
            )
            for ad in copies
        ),
        rank=1,
        risk=Risk.DESTRUCTIVE,
        title=Say("Let the AD team clean up the copies", cites=cites),
        because=Say("an object is deleted", cites=cites),
        undo=Say(
            "With the AD recycle bin switched on: Restore-ADObject with the same GUID.", cites=cites
        ),
    )
