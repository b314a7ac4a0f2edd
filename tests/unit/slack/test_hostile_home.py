"""In: home tabs and pauses as bad as a directory and people can make them. Out: views and cards that Slack takes.
Promise: within every limit, nothing of it is markup, and a paused card has nothing to approve.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers import Home
from bot.model import Case, Paused, Say
from bot.slack.cards import draw
from bot.slack.home import draw_home
from bot.slack.limits import faults, faults_of_view
from tests.builders import NOW
from tests.sizes import examples
from tests.unit.slack.hostile import SAYS, TEXTS, cases
from tests.unit.slack.hostile_answers import ANSWERS, LINES, SEVERAL

FEW = st.lists(LINES, max_size=10).map(tuple)
HOMES = st.builds(
    Home,
    name=TEXTS,
    approver=st.booleans(),
    status=ANSWERS["status"],
    for_me=FEW,
    first_of_two=FEW,
    approved=FEW,
    owned=FEW,
    counts=st.just({"for_me": 5000}),
)
PAUSES = st.builds(Paused, id=TEXTS, at=st.just(NOW), by=TEXTS, reason=TEXTS, cases=SEVERAL)


@settings(max_examples=examples(40), deadline=None)
@given(HOMES, st.none() | SAYS)
def test_any_home_tab_is_one_that_slack_takes(home: Home, notice: Say | None) -> None:
    view = draw_home(home, notice=notice)

    assert faults_of_view(view) == []
    assert not any(block["type"] == "section" for block in view["blocks"])


@settings(max_examples=examples(40), deadline=None)
@given(cases(), PAUSES)
def test_any_card_of_a_paused_bot_is_one_that_slack_takes(case: Case, paused: Paused) -> None:
    card = draw(case, approvers=("U1",), paused=paused)
    pressed = {
        element.get("action_id")
        for block in card.blocks
        for element in block.get("elements", [])
        if isinstance(element, dict)
    }

    assert faults(card.blocks) == []
    assert pressed.isdisjoint({"fix_approve", "reason_approve"})
