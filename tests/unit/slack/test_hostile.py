"""In: cases and answers as bad as a directory can hold them. Out: blocks that Slack takes and shows as data.
Promise: nothing in a directory is ever obeyed by Slack, and no card is refused for its length.
"""

import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console
from slack_sdk.models.blocks import Block

from bot.console import show_explained
from bot.lab.slack.blocks import check_blocks, check_view, escaped_bytes, view_too_large
from bot.model import Agreement, Case, Explained, Risk, Say, State, WhoHas
from bot.slack import views
from bot.slack.answers import draw_explained, draw_say, draw_whohas
from bot.slack.buttons import button_value
from bot.slack.cards import Card, draw
from bot.slack.heard import SEEN
from bot.slack.words import escaped, mrkdwn_code, visible
from tests import builders
from tests.unit.slack.hostile import SAYS, TEXTS, answers, cases, explanations

Json = dict[str, Any]
APPROVERS = ("U0INGRID01", "U0MART0001")
SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
_CONTROL = re.compile(r"<[^>]*>?")
_OUR_OWN = re.compile(
    r"<@U0(INGRID01|MART0001)>|<!date\^\d+\^\{date_short_pretty\} \{time\}\|[\d :-]+ UTC>"
)


def drawn(case: Case) -> Card:
    return draw(case, approvers=APPROVERS)


def texts(node: object, kind: str) -> Iterator[str]:
    """Every text object of a kind, wherever it stands."""
    if isinstance(node, dict):
        if node.get("type") == kind and isinstance(node.get("text"), str):
            yield node["text"]
        for child in node.values():
            yield from texts(child, kind)
    elif isinstance(node, list):
        for child in node:
            yield from texts(child, kind)


def refused_by_the_sdk(blocks: list[Json]) -> list[str]:
    found = []
    for block in Block.parse_all(blocks):
        try:
            block.validate_json()
        except Exception as error:  # noqa: BLE001 - whatever it says is the finding
            found.append(str(error))
    return found


@SLOW
@given(cases(), st.booleans())
def test_slack_takes_every_card(case: Case, anew: bool) -> None:  # noqa: FBT001 - drawn
    card = draw(case, approvers=APPROVERS, anew=anew)

    assert check_blocks(card.blocks, "message") == []
    assert refused_by_the_sdk(card.blocks) == []


@SLOW
@given(cases())
def test_a_card_can_be_redrawn_within_what_an_update_takes(case: Case) -> None:
    assert 0 < escaped_bytes(drawn(case).text) <= 4000


@SLOW
@given(cases())
def test_nothing_in_a_directory_notifies_or_links_anybody(case: Case) -> None:
    card = drawn(case)
    obeyed = [_OUR_OWN.sub("", text) for text in (*texts(card.blocks, "mrkdwn"), card.text)]

    assert [found for text in obeyed for found in _CONTROL.findall(text)] == []


@SLOW
@given(cases())
def test_a_card_shows_no_invisible_character(case: Case) -> None:
    shown = repr([*texts(drawn(case).blocks, "text"), *texts(drawn(case).blocks, "plain_text")])

    assert "\\u202e" not in shown
    assert "\\x00" not in shown


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


@SLOW
@given(cases())
def test_slack_takes_every_details_dialog(case: Case) -> None:
    view = views.details(case)

    assert check_view(view) == []
    assert refused_by_the_sdk(view["blocks"]) == []
    assert not view_too_large(view)


@SLOW
@given(cases(), TEXTS, st.sampled_from(["approve", "undo"]))
def test_slack_takes_every_dialog_that_asks_for_a_reason(
    case: Case, text: str, action: str
) -> None:
    for proposal in case.proposals:
        given_for = builders.approval(name=text)
        first = Agreement(
            proposal_id=proposal.id,
            revision=case.revision,
            plan_hash=proposal.plan_hash,
            approval=given_for,
            reason=text,
        )
        carries = f"{button_value(case, proposal)}\nC0DIRSYNC1\nsecond"
        for agreed in (None, first):
            view = views.reason(proposal, action=action, first=agreed, carries=carries)

            assert check_view(view) == []
            assert not view_too_large(view)


@given(TEXTS)
def test_slack_takes_every_message_dialog(text: str) -> None:
    assert check_view(views.message(text or "x")) == []


def test_slack_takes_the_loading_dialog() -> None:
    assert check_view(views.loading()) == []


@SLOW
@given(answers(), st.booleans())
def test_slack_takes_every_answer(found: WhoHas, full: bool) -> None:  # noqa: FBT001 - Hypothesis gives it by position
    text, blocks = draw_whohas(found, full=full)

    assert check_blocks(blocks, "message") == []
    assert refused_by_the_sdk(blocks) == []
    assert _CONTROL.findall(text) == []
    assert list(texts(blocks, "mrkdwn")) == []


@SLOW
@given(explanations())
def test_slack_takes_every_explanation(found: Explained) -> None:
    text, blocks = draw_explained(found)

    assert check_blocks(blocks, "message") == []
    assert refused_by_the_sdk(blocks) == []
    assert _CONTROL.findall(text) == []
    assert list(texts(blocks, "mrkdwn")) == []
    assert [b for b in blocks if b["type"] == "actions"] == []


@settings(SLOW, max_examples=30, deadline=None)
@given(explanations())
def test_a_terminal_is_given_no_control_character(found: Explained) -> None:
    written = StringIO()
    show_explained(found, Console(file=written, width=100, force_terminal=False))

    assert (
        re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", written.getvalue())
        == []
    )


@given(SAYS)
def test_slack_takes_every_refusal(say: Say) -> None:
    text, blocks = draw_say(say)

    assert check_blocks(blocks, "message") == []
    assert _CONTROL.findall(text) == []


@given(TEXTS)
def test_a_value_in_mrkdwn_cannot_leave_its_code_span(text: str) -> None:
    span = mrkdwn_code(text)

    assert span[0] == span[-1] == "`"
    assert "`" not in span[1:-1]
    assert _CONTROL.findall(span) == []


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
