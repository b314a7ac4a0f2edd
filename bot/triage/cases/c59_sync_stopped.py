"""In: a situation about the tenant itself. Out: C59, when the last sync lies too far back.
One card for all of it: while sync is stopped every other case is held, for nothing could be verified.
Promise: pure; no buttons.
"""

from datetime import timedelta

from bot.model import Diagnosis, Instruction, Risk, Runbook, Say
from bot.triage.cases.finding import Finding
from bot.triage.runbooks import delta_sync, runbook
from bot.triage.situation import Situation

AT_LEAST_EVERY = timedelta(
    days=7
)  # a sync server that is silent longer may have to read everything anew


def recognise(situation: Situation) -> Finding | None:
    # an error of an object is never this case; the poll opens it without one
    if situation.errors or not situation.sync_stopped:
        return None
    last = situation.evidence.tenant.last_sync_at
    if last is None:
        return None
    age = situation.now - last
    hours, minutes = divmod(int(age.total_seconds()) // 60, 60)
    return Finding(
        Diagnosis(
            code="C59",
            title=Say("Directory sync has stopped"),
            what=(
                Say(
                    "Entra last heard from the sync server on {when}, {age} ago. "
                    "New people, changes and fixes do not reach the cloud.",
                    {
                        "when": f"{last:%Y-%m-%d %H:%M} UTC",
                        "age": f"{hours} h {minutes} min" if hours else f"{minutes} min",
                    },
                    ("tenant",),
                ),
            ),
            why=(
                Say(
                    "On the sync server, Get-ADSyncScheduler shows whether the scheduler is on "
                    "(SyncCycleEnabled), suspended, or in staging mode (StagingModeEnabled).",
                    cites=("tenant",),
                ),
            ),
            then=(
                Say(
                    "All other cases are held until sync runs again, for nothing could be verified; alerts are not held.",
                    cites=("tenant",),
                ),
                _seven_days(age),
            ),
            runbooks=(_start_again(),),
        )
    )


def _seven_days(age: timedelta) -> Say:
    left = AT_LEAST_EVERY - age
    if left <= timedelta():
        return Say(
            "It has not run for {days} days, and it must run at least once in 7: expect a full import, which takes long.",
            {"days": str(age.days)},
            ("tenant",),
        )
    if left < timedelta(days=2):
        return Say(
            "Hurry: it must run at least once in 7 days (hours left: {hours}).",
            {"hours": str(int(left.total_seconds()) // 3600)},
            ("tenant",),
        )
    return Say(
        "After 7 days without sync Entra may need a full import: {days} days are left.",
        {"days": str(left.days)},
        ("tenant",),
    )


def _start_again() -> Runbook:
    return runbook(
        Instruction(
            Say(
                "On the sync server, look whether the scheduler is on and whether it is in staging mode."
            ),
            "Get-ADSyncScheduler | Format-List SyncCycleEnabled,StagingModeEnabled,SchedulerSuspended,"
            "NextSyncCycleStartTimeInUTC",
        ),
        Instruction(
            Say(
                "If SyncCycleEnabled is False and nobody switched it off on purpose, switch it on."
            ),
            "Set-ADSyncScheduler -SyncCycleEnabled $true",
        ),
        Instruction(
            Say(
                "If the service does not run, start it, and look into the application log why it stopped."
            ),
            "Start-Service ADSync; Get-WinEvent -LogName Application -MaxEvents 50 | "
            "Where-Object ProviderName -eq 'ADSync'",
        ),
        delta_sync(),
        rank=1,
        risk=Risk.JUDGE,
        title=Say("Let the sync run again", cites=("tenant",)),
        because=Say("the bot has no account on the sync server", cites=("tenant",)),
        undo=Say("Set-ADSyncScheduler -SyncCycleEnabled $false stops it again.", cites=("tenant",)),
    )
