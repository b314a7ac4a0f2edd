"""In: evidence (and that of the revision before). Out: what it is, and what could be done about it.
Promise: pure: the same evidence at the same time gives the same diagnosis and the same plan hashes.
"""

from datetime import datetime

from bot.model import Evidence, Repair
from bot.triage.cases import recognise
from bot.triage.cases.finding import Finding
from bot.triage.policy import Policy
from bot.triage.situation import Situation

__all__ = ["Finding", "diagnose"]


def diagnose(
    evidence: Evidence,
    *,
    case_id: str,
    previous: Evidence | None,
    now: datetime,
    policy: Policy | None = None,
    fixed_since: datetime | None = None,
    repairs: tuple[Repair, ...] = (),
) -> Finding:
    situation = Situation(
        evidence=evidence,
        previous=previous,
        now=now,
        case_id=case_id,
        policy=policy or Policy(),
        fixed_since=fixed_since,
        repairs=repairs,
    )
    return recognise(situation)
