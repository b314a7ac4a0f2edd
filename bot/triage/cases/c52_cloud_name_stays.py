"""In: a situation. Out: C52, when Entra keeps an old sign-in name although AD has a good new one and nobody else it.
Promise: pure; the bot may set that one name in Entra where it was allowed to; the switch of the whole tenant, which
cannot be undone, stays with people.
"""

from collections.abc import Iterator

from bot.model import Diagnosis, Instruction, ObjectType, Proposal, Risk, Runbook, Say
from bot.triage.calculate import upn_loss
from bot.triage.cases.finding import Finding
from bot.triage.cases.own import Own, worked_out
from bot.triage.drift import Drift
from bot.triage.in_cloud import rename
from bot.triage.runbooks import delta_sync, quoted, runbook
from bot.triage.situation import Situation
from bot.triage.value import fold


def recognise(situation: Situation) -> Finding | None:
    own = worked_out(situation, Drift.UPN_STAYS)
    if own is None or own.ad.type is not ObjectType.USER or own.cloud is None:
        return None
    upn, now = own.ad.user_principal_name or "", own.cloud.user_principal_name or ""
    tenant = situation.evidence.tenant
    if not upn or not now or fold(upn) == fold(now) or upn_loss(upn, tenant) is not None:
        return None
    of = {"name": own.name, "upn": upn, "now": now}
    way = rename(situation, own.holder, code="C52", rank=1)
    renamed = way if isinstance(way, Proposal) else None
    diagnosis = Diagnosis(
        code="C52",
        title=Say("In the cloud {name} still signs in with an old name", of),
        what=(
            Say(
                "In AD {name} signs in as {upn}. Entra still shows {now}, and nobody else has the new name in its error lists.",
                of,
                own.cites,
            ),
        ),
        why=tuple(_why(situation, own)),
        then=(
            Say(
                "Synchronizing again does not help by itself: Entra only looks at a sign-in name when it changes in AD.",
                cites=own.cites,
            ),
            *(_after(own, of) if renamed else ()),
        ),
        losers=own.losers,
        runbooks=(
            *((_once(own, upn, now, way),) if isinstance(way, Say) else ()),
            *_switch(situation, own),
        ),
    )
    return Finding(diagnosis, (renamed,) if renamed else ())


def _after(own: Own, of: dict[str, str]) -> tuple[Say, ...]:
    return (
        Say(
            "Once {upn} is set in Entra too, both sides show it, and later changes in AD are looked at again.",
            of,
            own.cites,
        ),
    )


def _why(situation: Situation, own: Own) -> Iterator[Say]:
    flags = situation.evidence.tenant.flags
    stated = {"day": flags.stated_on or "?"}
    if own.cloud and own.cloud.licensed:
        yield Say("{name} has a licence.", {"name": own.name}, own.cites)
    match flags.upn_changes_follow:
        case None:
            yield Say(
                "Whether Entra follows changed sign-in names of licensed people (SynchronizeUpnForManagedUsers) is not known: "
                "nobody has stated it in the settings.",
                cites=("flags",),
            )
        case False:
            yield Say(
                "Entra does not follow changed sign-in names of licensed people here: SynchronizeUpnForManagedUsers is off, "
                "as stated on {day}.",
                stated,
                ("flags",),
            )
        case True:
            yield Say(
                "SynchronizeUpnForManagedUsers is on, as stated on {day}; so the name was probably changed before that, or "
                "before its domain was verified.",
                stated,
                ("flags",),
            )


def _once(own: Own, upn: str, now: str, because: Say) -> Runbook:
    cites = own.cites
    of = {"name": own.name, "upn": upn, "now": now}
    who = quoted(own.cloud.id if own.cloud else "")
    return runbook(
        Instruction(
            Say("Make sure that nobody else in Entra has {upn}.", of, cites),
            f"Get-MgUser -Filter {quoted('userPrincipalName eq ' + _odata(upn))}",
        ),
        Instruction(
            Say("Set the sign-in name in Entra.", cites=cites),
            f"Update-MgUser -UserId {who} -UserPrincipalName {quoted(upn)}",
        ),
        rank=1,
        risk=Risk.JUDGE,
        title=Say("Set the sign-in name of {name} once in the cloud", of, cites),
        because=because,
        undo=Say("Set {now} again in the same way.", of, cites),
    )


def _switch(situation: Situation, own: Own) -> tuple[Runbook, ...]:
    if situation.evidence.tenant.flags.upn_changes_follow is True:
        return ()
    cites, of = own.cites, {"name": own.name}
    switch = runbook(
        Instruction(
            Say("Switch it on for the whole tenant. It cannot be switched off again.", cites=cites),
            "$s = Get-MgDirectoryOnPremiseSynchronization; "
            "Update-MgDirectoryOnPremiseSynchronization -OnPremisesDirectorySynchronizationId $s.Id "
            "-Features @{ synchronizeUpnForManagedUsersEnabled = $true }",
        ),
        Instruction(
            Say(
                "Change the sign-in name of {name} in AD to another one and back, with a sync after each.",
                of,
                cites,
            ),
        ),
        delta_sync(),
        rank=2,
        risk=Risk.DESTRUCTIVE,
        title=Say("Let Entra follow changed sign-in names of everybody", cites=cites),
        because=Say(
            "it is a switch of the whole tenant, changes how everybody’s sign-in name follows AD, and has no way back",
            cites=cites,
        ),
    )
    return (switch,)


def _odata(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
