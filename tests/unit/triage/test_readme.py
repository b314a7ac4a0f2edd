"""In: the catalogue, the table of cases, the scenarios. Out: the page that shows all of them; `--write` brings it up to date.
Promise: each of the sixty-two stands there once, with the module that recognises it and the scenario that shows it.
"""

import sys
from pathlib import Path

from bot.model import Risk
from bot.triage.cases import CASES
from bot.triage.cases.catalogue import CATALOGUE
from tests.cases import covered

PAGE = Path(__file__).parents[3] / "bot" / "triage" / "README.md"
BEGIN, END = "<!-- cases: made by tests/unit/triage/test_readme.py --write -->", "<!-- /cases -->"
_WHO = {Risk.SAFE: "one person", Risk.JUDGE: "two people"}


def table() -> str:
    modules = {code: case.__module__.rpartition(".")[2] for code, case in CASES}
    scenarios = covered()
    lines = [
        "| case | what clashes | seen in | approved by | by hand | recognised in | shown by |",
        "|---|---|---|---|---|---|---|",
    ]
    for code, entry in CATALOGUE.items():
        module = modules.get(code)
        where = f"[{module}](cases/{module}.py)" if module else "not yet"
        shown = sorted({(s.how, s.module) for s in scenarios.get(code, ())})
        proof = ", ".join(
            f"[{how}](../../tests/cases/{test}.py)" for how, test in dict(shown).items()
        )
        lines.append(
            f"| {code} | {entry.name} | {entry.seen} | {' or '.join(_WHO[r] for r in entry.buttons) or 'none'} "
            f"| {'yes' if entry.by_hand else 'no'} | {where} | {proof or 'unit tests'} |"
        )
    return "\n".join(lines)


def page() -> str:
    """The page with a fresh table in it."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def test_the_page_shows_the_cases_as_they_are() -> None:
    """When it does not: python -m tests.unit.triage.test_readme --write"""
    assert page() == PAGE.read_text(encoding="utf-8")


def test_every_case_is_recognised_somewhere() -> None:
    assert [code for code, _ in CASES if code not in {*CATALOGUE, "C00"}] == []
    assert CATALOGUE.keys() - dict(CASES).keys() == set()


if __name__ == "__main__" and "--write" in sys.argv:
    PAGE.write_text(page(), encoding="utf-8")
