"""In: cases with values that a spreadsheet would take for formulas. Out: a CSV that holds them as text.
Promise: a line a case, every cell as text, no possible attack; what is read back is what a person would see.
"""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Case, State
from bot.slack.sheets import lines_of, text_of
from bot.triage.aside import is_alert
from bot.triage.sheet import Sheet, approved_at, sheet_of
from bot.words import Language, speaking
from tests.builders import VALUE, case, key
from tests.sizes import examples
from tests.unit.slack.hostile import TEXTS, cases

STARTS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001 - the full-width ones are meant


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(data.decode("utf-8-sig"), newline="")))


def test_a_line_tells_value_cause_state_change_and_holders() -> None:
    head, line = read(text_of(lines_of([case()])))

    assert head == ["Case", "Value", "Cause", "State", "Suggested change", "Holders"]
    assert line[:2] == [case().id, VALUE]
    assert line[2].startswith("C01 ")
    assert line[3] == "Waiting for an approval"
    assert "Svc Scanner" in line[4]
    assert line[5] == "John Doe; Svc Scanner"


def test_it_is_in_the_language_of_the_channel() -> None:
    with speaking(Language.NB):
        head, _ = read(text_of(lines_of([case()])))

    assert head[0] == "Sak"


@pytest.mark.parametrize("start", STARTS)
def test_no_value_begins_a_formula(start: str) -> None:
    value = f'{start}HYPERLINK("https://evil.example")'
    bad = replace(case(), key=key(value=value))
    [_, line] = read(text_of(lines_of([bad])))

    assert line[1].startswith("'")


def test_a_possible_attack_is_in_no_list() -> None:
    made = case()
    assert made.diagnosis

    assert lines_of([replace(made, diagnosis=replace(made.diagnosis, alert=True))]) == []


@settings(max_examples=examples(16), deadline=None)
@given(st.lists(cases(), max_size=4), TEXTS)
def test_any_case_is_one_line_of_harmless_cells(made: list[Case], value: str) -> None:
    made.append(case(key=key(value=value), state=State.OPEN))
    lines = read(text_of(lines_of(made)))

    assert len(lines) == 1 + sum(not is_alert(c) for c in made)
    assert all(len(line) == 6 for line in lines)
    assert not any(cell.lstrip(" ")[:1] in tuple(STARTS) for line in lines for cell in line)


def test_the_name_of_a_list_is_read_back() -> None:
    found = Sheet("c-1")
    approved = approved_at("c-1", datetime(2026, 11, 30, 8, 5, tzinfo=UTC))

    assert [sheet_of(sheet.name) for sheet in (found, approved)] == [found, approved]
    assert found.filename != approved.filename
    assert [sheet_of(other) for other in ("digest:2026-11-30", "c-1", "csv:c-1")] == [None] * 3
