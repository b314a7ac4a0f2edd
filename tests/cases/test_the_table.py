"""In: the marks of the scenarios. Out: which cases have one.
Promise: every case that the bot knows is shown by a scenario.
"""

from bot.triage.cases import CASES
from tests.cases import covered


def test_every_case_that_the_bot_knows_has_a_scenario() -> None:
    known = {code for code, _ in CASES}

    assert known - covered().keys() == set()


def test_a_scenario_is_in_the_lab_or_in_a_file() -> None:
    how = {scenario.how for each in covered().values() for scenario in each}

    assert how <= {"lab", "file"}
