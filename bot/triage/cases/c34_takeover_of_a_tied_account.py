"""In: a situation. Out: C34, when AD tried to take over a cloud account that is tied to another AD object.
Since July 2026 Entra refuses that: it is a migration, or an attack. Security is told first.
Promise: pure; an alert; clearing the tie is a runbook that begins with a question to people.
"""

from bot.model import CloudObject, Diagnosis, Holder, Instruction, ObjectType, Risk, Runbook, Say
from bot.triage.cases.finding import Finding
from bot.triage.clash import says
from bot.triage.runbooks import clear_mapping, delta_sync, runbook, show_anchor, show_user
from bot.triage.situation import Situation, export_error, refs
from bot.triage.value import fold

NUMBER = "mS-DS-ConsistencyGuid"


def recognise(situation: Situation) -> Finding | None:
    told = says(
        situation.errors,
        "Hard match operation blocked due to security hardening",
        "OnPremisesObjectIdentifier mapping",
    )
    if not told and not export_error(situation.errors, "InvalidHardMatch"):
        return None
    tied = [h for h in situation.evidence.holders if _is_tied_elsewhere(h)]
    if not told and len(tied) != 1:
        return None
    holder = tied[0] if len(tied) == 1 else None
    cites = refs(holder) if holder else ()
    name = {"name": holder.name if holder else _named(situation)}
    return Finding(
        Diagnosis(
            code="C34",
            title=Say("AD tried to take over {name}, which is tied to another account", name),
            what=(
                Say(
                    "AD tried to take over the cloud account {name}, which is tied to another AD account. "
                    "This is either a migration or an attack. Entra refused it.",
                    name,
                    (*cites, "err"),
                ),
            ),
            why=(
                Say(
                    "The message of the server says that hard match was blocked for security.",
                    cites=("err",),
                )
                if told
                else Say("The sync server reports InvalidHardMatch.", cites=("err",)),
                *(_ties(holder) if holder else _not_found()),
            ),
            then=(
                Say(
                    "Tell security before anything else. The bot offers nothing here until people say that it is a "
                    "migration.",
                    cites=("err",),
                ),
            ),
            runbooks=_clear(holder),
            alert=True,
        )
    )


def _is_tied_elsewhere(holder: Holder) -> bool:
    ad, cloud = holder.ad, holder.cloud
    return (
        ad is not None
        and cloud is not None
        and cloud.type is ObjectType.USER
        and bool(cloud.mapped_to)
        and fold((cloud.mapped_to or "").strip("{}")) != fold(ad.guid)
    )


def _named(situation: Situation) -> str:
    return next((e.object_name for e in situation.errors if e.object_name), "an account")


def _ties(holder: Holder) -> tuple[Say, ...]:
    ad, cloud = holder.ad, holder.cloud
    if ad is None or cloud is None:
        return ()
    stamp = next((s for s in ad.stamps if fold(s.attribute) == fold(NUMBER)), None)
    written = (
        Say(
            "The identity number of {name} was written on {when} on {dc}; AD does not record by whom.",
            {
                "name": ad.name,
                "when": f"{stamp.changed_at:%Y-%m-%d %H:%M} UTC",
                "dc": stamp.dc,
            },
            (ad.ref,),
        )
        if stamp
        else Say(
            "When the identity number of {name} was written could not be read.",
            {"name": ad.name},
            (ad.ref,),
        )
    )
    return (
        Say(
            "In Entra {name} is tied to the AD object {id}; the object that asked is {other}.",
            {"name": cloud.name, "id": cloud.mapped_to or "", "other": ad.guid},
            (ad.ref, cloud.ref),
        ),
        written,
    )


def _not_found() -> tuple[Say, ...]:
    return (
        Say(
            "Which AD object asked for it, and what the account is tied to, could not be read.",
            cites=("searched", "err"),
        ),
    )


def _clear(holder: Holder | None) -> tuple[Runbook, ...]:
    if holder is None or holder.ad is None or holder.cloud is None:
        return ()
    ad, cloud = holder.ad, holder.cloud
    return (_clear_tie(holder, cloud, ad.anchor),)


def _clear_tie(holder: Holder, cloud: CloudObject, anchor: str) -> Runbook:
    cites = refs(holder)
    asked = (show_anchor(holder.ad),) if holder.ad else ()
    return runbook(
        *asked,
        Instruction(
            Say(
                "Ask security, and ask who migrates accounts: did they mean to move {name}? Only then go on.",
                {"name": holder.name},
                cites,
            )
        ),
        clear_mapping(cloud),
        delta_sync(),
        show_user(cloud, anchor),
        rank=1,
        risk=Risk.DESTRUCTIVE,
        title=Say("It is a migration: let AD take over {name}", {"name": holder.name}, cites),
        because=Say("if it is an attack, this step is what the attacker wants", cites=cites),
    )
