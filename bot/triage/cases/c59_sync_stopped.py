"""In: a situation about the tenant itself. Out: C59, when the last sync lies too far back.
One card for all of it: while sync is stopped every other case is held, for nothing could be verified.
Promise: pure; no buttons.
"""

from bot.model import Diagnosis, Say
from bot.triage.cases.finding import Finding
from bot.triage.situation import Situation


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
                    "All other cases are held until sync runs again: nothing could be verified. "
                    "After 7 days without sync Entra may need a full import.",
                    cites=("tenant",),
                ),
            ),
        )
    )
