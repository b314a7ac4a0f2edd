"""In: evidence about one value. Out: what the product concludes, and its words and changes in a form to compare.
Promise: nothing is concluded here; the whole table of cases is asked, never one of them alone.
"""

from typing import Any

from bot.model import Change, Evidence, Holder
from bot.triage.cases.finding import Finding
from bot.triage.diagnose import diagnose
from tests.builders import NOW, evidence


def found(read: Evidence, **over: Any) -> Finding:
    usual: dict[str, Any] = {"case_id": "c-1", "previous": None, "now": NOW}
    return diagnose(read, **(usual | over))


def code(*holders: Holder, of: Holder | None = None, **over: Any) -> str:
    return found(evidence(*holders, of=of, **over)).diagnosis.code


def words(finding: Finding) -> str:
    d = finding.diagnosis
    return " ".join(s.english() for s in (d.title, *d.what, *d.why, *d.then))


def offered(finding: Finding) -> list[tuple[str, str, tuple[Change, ...]]]:
    """(whom it changes, risk, what) in the order of the ranks."""
    return [(s.name, str(p.risk), s.changes) for p in finding.proposals for s in p.steps]


def commands(finding: Finding) -> list[str]:
    return [s.command for r in finding.diagnosis.runbooks for s in r.steps if s.command]
