"""In: a situation. Out: C40, when the sync server wants to delete an account that Entra protects (error 114).
Promise: pure; a runbook only, and the account for emergencies is looked at first.
"""

from bot.model import Diagnosis, Holder, Instruction, ObjectType, Risk, Runbook, Say
from bot.triage.cases.finding import Finding
from bot.triage.clash import says
from bot.triage.runbooks import delete, delta_sync, quoted, restore, runbook
from bot.triage.scope import scope_of
from bot.triage.situation import Situation, export_error, refs
from bot.triage.value import fold


def recognise(situation: Situation) -> Finding | None:
    if not (
        export_error(situation.errors, "DeletingCloudOnlyObjectNotAllowed", "114")
        or says(situation.errors, "synchronization operation, Delete, is not valid", "0x8023134a")
    ):
        return None
    failing = {fold(e.object_id) for e in situation.errors}
    found = [h for h in situation.evidence.holders if h.cloud and fold(h.cloud.id) in failing]
    holder = found[0] if len(found) == 1 else None
    name = holder.name if holder else _named(situation)
    cites = refs(holder) if holder else ()
    return Finding(
        Diagnosis(
            code="C40",
            title=Say("The sync server may not delete {name}", {"name": name}),
            what=(
                Say(
                    "The sync server tries to delete {name} in Entra, and Entra protects the account (error 114).",
                    {"name": name},
                    (*cites, "err"),
                ),
            ),
            why=_why(situation, holder),
            then=(
                Say(
                    "The sync server tries again with each sync. The account itself works as before.",
                    cites=("err",),
                ),
            ),
            runbooks=_through_the_bin(holder),
        )
    )


def _named(situation: Situation) -> str:
    return next((e.object_name for e in situation.errors if e.object_name), "an account")


def _why(situation: Situation, holder: Holder | None) -> tuple[Say, ...]:
    if holder is None:
        return (Say("The account itself could not be read.", cites=("err", "searched")),)
    ad, cloud = holder.ad, holder.cloud
    said: list[Say] = []
    if ad is not None:
        scope = scope_of(ad, situation.policy.sync_ous)
        said.append(
            Say("In AD it lies in {dn}.", {"dn": ad.dn}, (ad.ref,))
            if scope.why is None
            else Say(
                "In AD it lies in {dn}, and that is not synchronized.", {"dn": ad.dn}, (ad.ref,)
            )
        )
    else:
        said.append(Say("No AD object of it was found.", cites=("searched",)))
    if cloud is not None:
        said.append(
            Say(
                "Entra shows onPremisesSyncEnabled {synced} for it: it is a cloud account now.",
                {"synced": str(cloud.synced)},
                (cloud.ref,),
            )
            if cloud.synced is not True
            else Say("Entra still shows it as synchronized.", cites=(cloud.ref,))
        )
    return tuple(said)


def _through_the_bin(holder: Holder | None) -> tuple[Runbook, ...]:
    """Only for an account that was read: nobody is given a command to delete what nobody saw."""
    cloud = holder.cloud if holder else None
    if holder is None or cloud is None or cloud.type is not ObjectType.USER:
        return ()
    cites = refs(holder)
    name = {"name": cloud.name}
    return (
        runbook(
            Instruction(
                Say(
                    "Make sure that you have another administrator to sign in with: {name} must not be the account "
                    "for emergencies.",
                    name,
                    cites,
                ),
                f"Get-MgUserMemberOf -UserId {quoted(cloud.id)}",
            ),
            delete(cloud),
            delta_sync(),
            restore(cloud),
            delta_sync(),
            rank=1,
            risk=Risk.DESTRUCTIVE,
            title=Say("Send {name} through the recycle bin", name, cites),
            because=Say("the account is deleted for some minutes", cites=cites),
            undo=Say("Restore it from the recycle bin, within 30 days.", cites=cites),
        ),
    )
