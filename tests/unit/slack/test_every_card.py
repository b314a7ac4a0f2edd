"""In: cases in every state and answers of every kind, as bad as a directory can hold them. Out: all that people are sent of them.
408 cases and 288 answers a day, each in one of three languages; with `DIRSYNC_TEST_SIZE=50` 20,400 and 14,400 (`make proof`).
Promise: Slack takes every card, dialog and answer, nothing in it is over a limit, and nothing in it is obeyed.
"""

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model import Agreement, Case, State
from bot.ports import Handle, Shown
from bot.slack import more, views
from bot.slack.answers import SHAPES, draw_answer, draw_shared, parts_of
from bot.slack.buttons import button_value
from bot.slack.cards import draw
from bot.slack.lines import next_message
from bot.slack.others import others
from bot.slack.pages import pages_of
from bot.triage.past import undos_of_case
from bot.words import Language, speaking
from tests import builders
from tests.sizes import examples
from tests.unit.slack.checks import wrong_with_card, wrong_with_message, wrong_with_view
from tests.unit.slack.hostile import TEXTS, cases
from tests.unit.slack.hostile_answers import ANSWERS
from tests.unit.slack.samples import APPROVERS

LANGUAGES = st.sampled_from(Language)
STRANGE = [HealthCheck.too_slow, HealthCheck.data_too_large]


def settled(everyday: int) -> settings:
    return settings(max_examples=examples(everyday), deadline=None, suppress_health_check=STRANGE)


def wrong_with(case: Case, said: str) -> Iterator[object]:
    """Everything that is drawn from a case: a new kind of card or dialog is one line here."""
    for anew in (False, True):
        card = draw(case, approvers=APPROVERS, anew=anew)
        yield from wrong_with_card(card.text, card.blocks)
    if told := next_message(case, Shown(channel="C0DIRSYNC1", stamp="1.5", restart=True)):
        yield from wrong_with_message(told.text, told.blocks)
    yield from wrong_with_view(views.details(case))
    yield from wrong_with_view(views.details(case, page=1))
    yield from wrong_with_view(more.snooze(case, now=builders.NOW, carries=case.id))
    yield from wrong_with_view(more.ignore(now=builders.NOW, carries=case.id))
    for may_choose in (True, False):
        yield from wrong_with_view(others(case, may_choose=may_choose, carries=case.id))
    for change in (*case.proposals[:1], *undos_of_case(case)[:1]):
        first = Agreement(
            proposal_id=change.id,
            revision=case.revision,
            plan_hash=change.plan_hash,
            approval=builders.approval(name=said),
            reason=said,
        )
        for action, agreed in (("approve", None), ("undo", first)):
            carries = f"{button_value(case, change)}\nC0DIRSYNC1\nsecond"
            view = views.reason(
                change, action=action, first=agreed, carries=carries, may_break_glass=not agreed
            )
            yield from wrong_with_view(view)


@pytest.mark.parametrize("state", State)
@settled(24)
@given(data=st.data())
def test_slack_takes_whatever_is_drawn_from_a_case(state: State, data: st.DataObject) -> None:
    case, said = data.draw(cases(state)), data.draw(TEXTS)
    with speaking(data.draw(LANGUAGES)):
        wrong = list(wrong_with(case, said))

    assert wrong == []


@pytest.mark.parametrize("shape", SHAPES)
@settled(24)
@given(data=st.data())
def test_slack_takes_whatever_is_answered(shape: str, data: st.DataObject) -> None:
    body = msgspec.json.encode(data.draw(ANSWERS[shape])).decode()
    full = data.draw(st.booleans())
    handle = Handle(id="e-" + "1" * 20 + ":answer", may_share=data.draw(st.booleans()))
    with speaking(data.draw(LANGUAGES)):
        pages = len(pages_of(parts_of(shape, body, full=full)[1]))
        # the first, the last and one of those between, with their buttons
        some = {0, pages - 1, data.draw(st.integers(0, pages - 1))}
        drawn = [
            *(draw_answer(shape, body, full=full, handle=replace(handle, page=n)) for n in some),
            draw_answer(shape, body, full=full),
            draw_shared(shape, body, by="U0INGRID01", page=max(some), less=full),
        ]
        wrong = [each for text, blocks in drawn for each in wrong_with_message(text, blocks)]

    assert wrong == []


@settled(24)
@given(st.one_of(TEXTS, st.sampled_from(list(SHAPES))))
def test_slack_takes_an_answer_that_this_version_does_not_know(shape: str) -> None:
    text, blocks = draw_answer(shape, "{}", full=True)

    assert wrong_with_message(text, blocks) == []
