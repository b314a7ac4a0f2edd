"""In: a situation. Out: C61, when the AD object in question is not synchronized: no change of it reaches Entra.
Its cloud object lingers from a time when it was.
Promise: pure; nothing is offered that would have no effect; what is not known about the scope is not used.
"""

from bot.model import CloudObject, Diagnosis, Holder, Instruction, ObjectType, Risk, Runbook, Say
from bot.triage.cases.finding import Finding
from bot.triage.runbooks import delete, delta_sync, runbook
from bot.triage.scope import Scope, scope_of
from bot.triage.situation import Situation, is_conflict, refs, served


def recognise(situation: Situation) -> Finding | None:
    if not (situation.errors and is_conflict(situation.errors)):
        return None
    asking = [h for h in situation.selves if _is_out(situation, h)]
    having = [h for h in situation.rivals if served(h) and _is_out(situation, h)]
    out = asking or having
    if len(out) != 1:
        return None
    [holder] = out
    ad, cloud = holder.ad, holder.cloud
    if ad is None or cloud is None:
        return None
    value = situation.value
    why = scope_of(ad, situation.policy.sync_ous).why
    gaps = {"name": holder.name, "value": value, "dn": ad.dn}
    cites = refs(holder)
    return Finding(
        Diagnosis(
            code="C61",
            title=Say("Changes of {name} in AD never reach Entra", gaps),
            what=(
                Say(
                    "{name} carries the error about {value}, but its AD object is not synchronized. Its cloud object is "
                    "left over from before."
                    if asking
                    else "{name} has {value} in Entra, but its AD object is not synchronized. Its cloud object is left "
                    "over from before.",
                    gaps,
                    (*cites, "err"),
                ),
            ),
            why=(
                *((why,) if why else ()),
                Say("In AD it lies in {dn}.", gaps, (ad.ref,)),
            ),
            then=(
                Say(
                    "The bot changes nothing here: a change in AD would have no effect in Entra. Either {name} is "
                    "synchronized again, or its cloud object goes.",
                    gaps,
                    cites,
                ),
            ),
            runbooks=(_bring_in(holder, ad.name), _let_it_go(holder, cloud)),
        )
    )


def _is_out(situation: Situation, holder: Holder) -> bool:
    ad, cloud = holder.ad, holder.cloud
    if ad is None or cloud is None or ad.deleted or ad.conflict or cloud.deleted_at:
        return False
    if ad.type is ObjectType.OTHER:
        return False  # public folders and devices have rules of their own
    scope: Scope = scope_of(ad, situation.policy.sync_ous)
    return scope.synced is False and cloud.synced is True


def _bring_in(holder: Holder, name: str) -> Runbook:
    cites = refs(holder)
    return runbook(
        Instruction(
            Say(
                "If {name} is meant to be in the cloud, move it into an OU that is synchronized, or correct what keeps "
                "it out.",
                {"name": name},
                cites,
            )
        ),
        delta_sync(),
        rank=1,
        risk=Risk.JUDGE,
        title=Say("Synchronize {name} again", {"name": name}, cites),
        because=Say("the bot moves no objects in AD", cites=cites),
        undo=Say("Move it back.", cites=cites),
    )


def _let_it_go(holder: Holder, cloud: CloudObject) -> Runbook:
    cites = refs(holder)
    return runbook(
        Instruction(
            Say(
                "Make sure that nobody needs the mailbox and the files of {name} in the cloud.",
                {"name": holder.name},
                cites,
            )
        ),
        delete(cloud),
        rank=2,
        risk=Risk.DESTRUCTIVE,
        title=Say("Delete the cloud object of {name}", {"name": holder.name}, cites),
        because=Say("an account and its access are deleted", cites=cites),
        undo=Say(
            "For 30 days it can be restored from Entra’s recycle bin; only then the address is free.",
            cites=cites,
        ),
    )
