"""In: `.env.example` and the settings' own description. Out: they say the same.
The file is what people copy, so every line of it must work.
Promise: a setting that is added without being documented fails here.
"""

import re
from pathlib import Path

import pytest

from bot.settings import CONFIG, NAME, Row, describe, load

EXAMPLE = (Path(__file__).parents[3] / ".env.example").read_text("utf-8")
ASSIGNMENT = re.compile(r"(?:# )?(DIRSYNC_\w+)=(.*)")
PAIRS = [match.groups() for line in EXAMPLE.splitlines() if (match := ASSIGNMENT.fullmatch(line))]


def test_every_setting_is_documented_once_and_nothing_else() -> None:
    documented = sorted(name for name, _ in PAIRS)
    known = sorted([CONFIG, *(row.name.replace(NAME, "CORP") for row in describe())])

    assert documented == known


def test_every_line_is_a_comment_or_a_setting() -> None:
    odd = [
        line
        for line in EXAMPLE.splitlines()
        if line and not line.startswith("#") and not ASSIGNMENT.fullmatch(line)
    ]

    assert odd == []


@pytest.mark.parametrize(("name", "value"), PAIRS)
def test_each_example_loads(name: str, value: str) -> None:
    load({name: value})


def test_the_live_lines_load_and_start_in_observe() -> None:
    live = dict(line.split("=", 1) for line in EXAMPLE.splitlines() if line.startswith("DIRSYNC_"))

    assert load(live).mode == "observe"


@pytest.mark.parametrize("row", describe(), ids=lambda row: row.name)
def test_the_line_above_a_setting_says_what_it_is_and_its_default(row: Row) -> None:
    lines = EXAMPLE.splitlines()
    name = row.name.replace(NAME, "CORP")
    place = next(i for i, line in enumerate(lines) if re.match(rf"(# )?{name}=", line))
    default = f" Default: {row.default}." if row.default else ""

    assert lines[place - 1] == f"# {row.doc}{default}"
