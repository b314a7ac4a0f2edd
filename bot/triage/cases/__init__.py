"""In: a situation. Out: the first case that recognises it, from one ordered table.
One module a case, one small function in each; the order is from the most special to the most general.
Promise: pure; exactly one case always answers, the last one being the honest "not recognised yet".
"""

from collections.abc import Callable

from bot.triage.cases import (
    c00_not_recognised,
    c01_secondary_and_primary,
    c02_both_primary,
    c54_already_fixed,
    c56_owner_not_found,
    c59_sync_stopped,
)
from bot.triage.cases.finding import Finding
from bot.triage.situation import Situation

Recognise = Callable[[Situation, str], Finding | None]

CASES: tuple[tuple[str, Recognise], ...] = (
    ("C59", c59_sync_stopped.recognise),
    ("C01", c01_secondary_and_primary.recognise),
    ("C02", c02_both_primary.recognise),
    ("C54", c54_already_fixed.recognise),
    ("C56", c56_owner_not_found.recognise),
    ("C00", c00_not_recognised.recognise),
)


def recognise(situation: Situation, case_id: str) -> Finding:
    for _, case in CASES:
        if finding := case(situation, case_id):
            return finding
    raise AssertionError("C00 answers everything")
