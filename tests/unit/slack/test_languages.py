"""In: cases and answers as bad as a directory can hold them, and a reader of another language. Out: what that one sees.
Promise: no language breaks a card, an answer or a dialog, and none makes it too long for Slack.
"""

from dataclasses import replace

import pytest

from bot.lab.slack.blocks import check_blocks, check_view, escaped_bytes, view_too_large
from bot.model import Agreement, Case, Mode, Risk, Say, State
from bot.slack import views
from bot.slack.buttons import button_value
from bot.slack.cards import draw
from bot.triage.past import undo_of_case
from bot.words import Language, speaking
from tests import builders

OTHERS = [Language.NB, Language.ET]


def findings_of_a_card(case: Case) -> list[object]:
    card = draw(case, approvers=("U0INGRID01",))
    long = [] if escaped_bytes(card.text) <= 4000 else ["text"]
    return [*check_blocks(card.blocks, "message"), *check_view(views.details(case)), *long]


def findings_of_dialogs(case: Case) -> list[object]:
    """The first and the second of two, for a fix and for an undo."""
    found: list[object] = []
    for proposal in (*case.proposals, undo_of_case(case)):
        if proposal is None:
            continue
        first = Agreement(
            proposal_id=proposal.id,
            revision=case.revision,
            plan_hash=proposal.plan_hash,
            approval=builders.approval(),
            reason="It is right.",
        )
        for agreed in (None, first):
            for action in ("approve", "undo"):
                carries = button_value(case, proposal)
                view = views.reason(proposal, action=action, first=agreed, carries=carries)
                found += check_view(view)
                found += ["too large"] if view_too_large(view) else []
    return found


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("state", State)
def test_a_card_of_every_state(state: State, mode: Mode, language: Language) -> None:
    made = builders.case(state=state, mode=mode)
    decided = replace(
        made,
        decision=builders.decision(made),
        receipts=(builders.receipt(made),),
        held=Say("Held."),
    )
    judged = tuple(replace(p, risk=Risk.JUDGE) for p in made.proposals)
    every = (made, decided, replace(decided, held=None), replace(made, proposals=judged))
    with speaking(language):
        found = [
            f for each in every for f in (*findings_of_a_card(each), *findings_of_dialogs(each))
        ]

    assert found == []


@pytest.mark.parametrize("language", OTHERS)
def test_slack_takes_what_a_dialog_says_while_it_waits(language: Language) -> None:
    with speaking(language):
        assert check_view(views.loading()) == []
        assert check_view(views.message("x")) == []
        assert views.too_short("x", first=True)
