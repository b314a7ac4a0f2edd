"""In: cases and answers as bad as a directory can hold them. Out: blocks that Slack takes and shows as data.
Promise: nothing in a directory is ever obeyed by Slack, and no card is refused for its length.
"""

import re
from io import StringIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from rich.console import Console

from bot.answers import Explained
from bot.console import show_explained
from bot.model import Case, Risk, State
from bot.slack import views
from bot.slack.buttons import button_value
from bot.slack.cards import Card, draw
from bot.slack.heard import SEEN
from bot.slack.words import escaped, mrkdwn_code, visible
from tests.unit.slack.checks import CONTROL, wrong_with_view
from tests.unit.slack.hostile import TEXTS, cases, explanations

Json = dict[str, Any]
APPROVERS = ("U0INGRID01", "U0MART0001")
SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def drawn(case: Case) -> Card:
    return draw(case, approvers=APPROVERS)


@SLOW
@given(cases())
def test_the_same_case_gives_the_same_card(case: Case) -> None:
    assert drawn(case) == drawn(case)


@SLOW
@given(cases())
def test_approve_is_offered_only_for_the_change_that_is_shown(case: Case) -> None:
    buttons = {e["action_id"]: e for b in drawn(case).blocks for e in b.get("elements", [])
               if e.get("type") == "button"}  # fmt: skip
    risks = {"fix_approve": Risk.SAFE, "reason_approve": Risk.JUDGE}
    name = next((name for name in risks if name in buttons), None)
    if name is None:
        assert "fix_reject" not in buttons
        return
    seen = SEEN.match(buttons[name]["value"])
    assert seen is not None
    proposal = case.proposal(seen["proposal"])

    assert (case.state, case.held) == (State.PENDING, None)
    assert proposal is not None
    assert (proposal.risk, seen["hash"]) == (risks[name], proposal.plan_hash)
    shown = repr(drawn(case).blocks)
    for change in (c for s in proposal.steps for c in s.changes):
        assert all(repr(f"- {visible(v, 1200)}")[1:-1] in shown for v in change.delete)


@SLOW
@given(cases())
def test_a_button_says_which_card_was_seen(case: Case) -> None:
    for proposal in (None, *case.proposals):
        seen = SEEN.match(button_value(case, proposal))

        assert seen is not None
        assert (seen["case"], int(seen["revision"])) == (case.id, case.revision)
        assert seen["proposal"] == (proposal.id if proposal else "-")


@given(TEXTS)
def test_slack_takes_every_message_dialog(text: str) -> None:
    assert wrong_with_view(views.message(text)) == []


@settings(SLOW, max_examples=30, deadline=None)
@given(explanations())
def test_a_terminal_is_given_no_control_character(found: Explained) -> None:
    written = StringIO()
    show_explained(found, Console(file=written, width=100, force_terminal=False))

    assert (
        re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", written.getvalue())
        == []
    )


@given(TEXTS)
def test_a_value_in_mrkdwn_cannot_leave_its_code_span(text: str) -> None:
    span = mrkdwn_code(text)

    assert span[0] == span[-1] == "`"
    assert "`" not in span[1:-1]
    assert CONTROL.findall(span) == []


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("a\u202eb", "a<U+202E>b"),
        ("a\nb", "a<U+000A>b"),
        ("a\u200bb", "a<U+200B>b"),
        ("x" * 400, "x" * 299 + "…"),
        ("<!channel>", "<!channel>"),
    ],
)
def test_what_is_seen_is_what_is_stored(stored: str, shown: str) -> None:
    assert visible(stored) == shown


def test_the_fallback_text_is_escaped() -> None:
    assert escaped("<!channel> & co") == "&lt;!channel&gt; &amp; co"
