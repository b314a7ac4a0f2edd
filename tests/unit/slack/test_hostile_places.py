"""In: cases as bad as a directory can hold them, some of them possible attacks. Out: pointers, ends, mentions.
Promise: Slack takes each of them; a pointer has no word of the case; nothing in a directory mentions anybody.
"""

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model import Case, State
from bot.ports import Shown
from bot.slack import ended, pointer
from bot.slack.lines import next_message
from tests.builders import case
from tests.unit.slack.checks import wrong_with_message
from tests.unit.slack.hostile import cases

SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
PEOPLE = ("U0INGRID01", "U0MART0001")


def mentioned(blocks: list[dict[str, Any]]) -> list[str]:
    parts = [part for block in blocks for part in block["elements"]]
    return [run["user_id"] for part in parts for run in part["elements"] if run["type"] == "user"]


@SLOW
@given(cases(), st.booleans())
def test_a_pointer_is_the_same_whatever_the_case_holds(made: Case, moved: bool) -> None:  # noqa: FBT001 - generated
    over = made.state in {State.VERIFIED, State.CLOSED}
    plain = case(state=State.CLOSED if over else State.PENDING)
    drawn, other = pointer.draw(made, moved=moved), pointer.draw(plain, moved=moved)

    assert wrong_with_message(drawn.text, drawn.blocks) == []
    assert drawn.text == other.text
    assert drawn.blocks[0]["elements"] == other.blocks[0]["elements"]
    assert drawn.metadata["event_payload"] == {"case_id": made.id}


@SLOW
@given(cases(), st.booleans())
def test_slack_takes_the_word_of_an_end_and_it_calls_nobody(made: Case, alert: bool) -> None:  # noqa: FBT001 - generated
    told = ended.told(replace(made, state=State.CLOSED), alert=alert)

    assert wrong_with_message(told.text, told.blocks) == []
    assert mentioned(told.blocks) == []
    assert "<" not in told.text
    assert len(told.text) < 4000


@SLOW
@given(cases())
def test_the_first_line_mentions_those_who_are_to_be_told_and_nobody_else(made: Case) -> None:
    told = next_message(made, Shown(channel="C1", stamp="1.5"), PEOPLE)

    if told is not None:
        assert wrong_with_message(told.text, told.blocks) == []
        assert mentioned(told.blocks)[:2] == list(PEOPLE)
