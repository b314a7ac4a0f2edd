"""In: evidence (and that of the revision before). Out: what it is, and what could be done about it.
Promise: pure: the same evidence at the same time gives the same diagnosis and the same plan hashes.
"""

from datetime import datetime, timedelta

from bot.model import Evidence
from bot.triage.cases import recognise
from bot.triage.cases.finding import Finding
from bot.triage.situation import Situation

__all__ = ["Finding", "diagnose"]

SYNC_STOPPED_AFTER = timedelta(hours=3)


def diagnose(
    evidence: Evidence,
    *,
    case_id: str,
    previous: Evidence | None,
    now: datetime,
    sync_stopped_after: timedelta = SYNC_STOPPED_AFTER,
    fixed_since: datetime | None = None,
) -> Finding:
    situation = Situation(
        evidence=evidence,
        previous=previous,
        now=now,
        sync_stopped_after=sync_stopped_after,
        fixed_since=fixed_since,
    )
    return recognise(situation, case_id)
