"""In: the README and its neighbours. Out: whether what they say is there.
Promise: a command that the README tells to type exists; a link leads somewhere; the table of events is the code's.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.events import KINDS
from bot.model import TRANSITIONS, State
from handlers import HANDLERS

ROOT = Path(__file__).parents[3]
PAGES = ("README.md", "bot/README.md", "tests/README.md", "deploy/README.md", "bot/lab/README.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text())

    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_every_make_target_of_the_readme_exists() -> None:
    told = set(re.findall(r"^make (\w+)$", (ROOT / "README.md").read_text(), re.MULTILINE))
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert {"demo", "check", "test"} <= told
    assert set() == told - targets


def test_every_command_of_the_readme_exists() -> None:
    text = (ROOT / "README.md").read_text()
    told = set(re.findall(r"dirsync-triage ([a-z]+)", text))
    shown = subprocess.run(
        [sys.executable, "-m", "bot", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout

    assert {"run", "whohas", "audit"} <= told
    assert [name for name in told if not re.search(rf"^\W*{name}\b", shown, re.MULTILINE)] == []


def test_the_table_of_events_is_the_one_of_the_code() -> None:
    text = (ROOT / "bot" / "README.md").read_text()
    rows = [row.split("|")[1:5] for row in text.splitlines() if row.startswith("| ")][1:]
    told = {
        name.strip(): (role.strip(), handler.strip().split("`")[1].rstrip("/"))
        for names, _, role, handler in rows
        for name in names.split(",")
    }

    assert told == {
        name: (str(kind.role), HANDLERS[kind.type].__name__) for name, kind in KINDS.items()
    }


def test_every_kind_of_event_has_exactly_one_handler() -> None:
    assert {kind.type for kind in KINDS.values()} == set(HANDLERS)


def test_every_state_of_a_case_can_be_left_and_reached() -> None:
    reached = {state for follow in TRANSITIONS.values() for state in follow}

    assert set(State) == set(TRANSITIONS)
    assert set(State) - {State.NEW} == reached
    assert [state for state, follow in TRANSITIONS.items() if not follow] == []
