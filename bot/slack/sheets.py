"""In: cases of a storm. Out: them as a CSV that a spreadsheet opens, one line a case.
Promise: pure; no value begins a formula; nobody is deceived by characters that are not seen; no possible attack is in it.
"""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from bot.model import Case
from bot.slack.words import plain, visible
from bot.triage.aside import is_alert
from bot.triage.choice import first_choice
from bot.triage.telling import STATES
from bot.words import t

MAX_CELL = 32_000  # a cell of a spreadsheet takes 32,767 characters
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - full-width ones count in some spreadsheets


def lines_of(cases: Iterable[Case]) -> list[Sequence[str]]:
    return [_line(case) for case in cases if not is_alert(case)]


def text_of(lines: Iterable[Sequence[str]]) -> bytes:
    """With the mark that tells a spreadsheet that it is UTF-8."""
    head = (t("Case"), t("Value"), t("Cause"), t("State"), t("Suggested change"), t("Holders"))
    out = StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([_harmless(cell) for cell in line] for line in [head, *lines])
    return out.getvalue().encode("utf-8-sig")


def _line(case: Case) -> Sequence[str]:
    diagnosis, first = case.diagnosis, first_choice(case)
    holders = case.evidence.holders if case.evidence else ()
    cause = f"{diagnosis.code} {plain(diagnosis.title)}" if diagnosis else ""
    return (
        case.id,
        case.key.value,
        cause,
        t(STATES[case.state]),
        plain(first.title) if first else "",
        "; ".join(holder.name for holder in holders),
    )


def _harmless(text: str) -> str:
    """A spreadsheet takes what begins like this for a formula, also behind blanks."""
    guarded = "'" + text if text.lstrip(" ")[:1] in _FORMULA and text.strip(" ") else text
    return visible(guarded, MAX_CELL)
