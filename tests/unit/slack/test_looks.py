"""In: one real-looking case in every state, answers of /whohas. Out: what a person reads, kept as snapshots.
Promise: a changed word on a card is seen in review; the page of the lab and Slack draw the same blocks.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.model import Case, Mode, Risk, Say, State
from bot.slack import pointer, views
from bot.slack.buttons import button_value
from bot.slack.cards import draw
from bot.triage.past import undos_of_case
from tests.builders import TENANT, VALUE, case, decision
from tests.unit.slack.samples import (
    ANSWERS,
    APPROVERS,
    DIALOGS,
    DIGESTS,
    OTHERS,
    POINTERS,
    QUESTIONS,
    STOPPED_CARDS,
    THREADS,
    card,
    digested,
    in_state,
    told,
    written_earlier,
)

Json = dict[str, Any]


def outline(blocks: list[Json]) -> str:
    """The blocks as a person reads them: code in backticks, bold in stars, buttons in brackets."""
    return "\n".join(f"{block['type']:>10} | {line}" for block in blocks for line in _lines(block))


def _lines(block: Json) -> Iterator[str]:
    kind = block["type"]
    if kind == "header":
        yield block["text"]["text"]
    elif kind == "context":
        yield from (e["text"] for e in block["elements"])
    elif kind == "actions":
        yield "  ".join(_control(e) for e in block["elements"])
    elif kind == "input":
        yield f"{block['label']['text']}{'' if block['optional'] else ' *'} ________"
    elif kind == "divider":
        yield "-----"
    elif kind == "section":
        button = block.get("accessory")
        yield block["text"]["text"] + (f"  [{button['text']['text']}]" if button else "")
    elif kind == "table":
        yield from (" / ".join(_cell(c) for c in row) for row in block["rows"])
    else:
        for element in block["elements"]:
            yield from _rich(element)


def _control(element: Json) -> str:
    if element["type"] == "overflow":
        return f"[⋯ {' | '.join(o['text']['text'] for o in element['options'])}]"
    return f"[{element['text']['text']}{'!' if element.get('style') else ''}]"


def _cell(cell: Json) -> str:
    said = cell["text"] if cell["type"] == "raw_text" else "; ".join(_rich(cell["elements"][0]))
    return str(said).replace("\n", "; ")


def _rich(element: Json) -> Iterator[str]:
    if element["type"] == "rich_text_list":
        yield from (f"• {line}" for item in element["elements"] for line in _rich(item))
    elif element["type"] == "rich_text_preformatted":
        yield from (f"    {line}" for line in element["elements"][0]["text"].split("\n"))
    else:
        yield "".join(_run(run) for run in element["elements"]).replace("\n", "; ")


def _run(run: Json) -> str:
    style = run.get("style", {})
    mark = "*" if style.get("bold") else "`" if style.get("code") else ""
    if run["type"] == "user":
        return f"@{run['user_id']}"
    said = run.get("text") or run.get("fallback") or f":{run.get('name')}:"
    return f"{mark}{said}{mark}"


def look(made: Case) -> str:
    card = draw(made, approvers=APPROVERS)
    return f"{card.text}\n{outline(card.blocks)}"


@pytest.mark.parametrize("state", State)
def test_a_card_in_every_state(state: State, snapshot: SnapshotAssertion) -> None:
    assert look(in_state(state)) == snapshot


@pytest.mark.parametrize("name", OTHERS)
def test_a_card_of_every_kind(name: str, snapshot: SnapshotAssertion) -> None:
    assert look(OTHERS[name]) == snapshot


@pytest.mark.parametrize("name", STOPPED_CARDS)
def test_a_card_while_the_bot_is_paused(name: str, snapshot: SnapshotAssertion) -> None:
    drawn = card(*STOPPED_CARDS[name])

    assert f"{drawn.text}\n{outline(list(drawn.blocks))}" == snapshot
    assert "Approve fix" not in repr(drawn.blocks)


@pytest.mark.parametrize("name", DIGESTS)
def test_the_digest_of_a_day(name: str, snapshot: SnapshotAssertion) -> None:
    drawn = digested(DIGESTS[name])

    assert f"{drawn.text}\n{outline(list(drawn.blocks))}" == snapshot


@pytest.mark.parametrize("name", POINTERS)
def test_what_stands_where_a_possible_attack_may_not(
    name: str, snapshot: SnapshotAssertion
) -> None:
    made, moved = POINTERS[name]
    drawn = pointer.draw(made, moved=moved)

    assert f"{drawn.text}\n{outline(drawn.blocks)}" == snapshot


def test_the_blocks_of_a_card(snapshot: SnapshotAssertion) -> None:
    card = draw(in_state(State.PENDING), approvers=APPROVERS)

    assert {"metadata": card.metadata, "blocks": card.blocks} == snapshot


def test_nobody_is_told_to_do_by_hand_what_the_bot_is_doing() -> None:
    made = OTHERS["a cloud account of somebody else"]
    cards = {state: look(replace(made, state=state)) for state in State}

    assert [s for s, card in cards.items() if "*By hand*" in card] == [
        State.NEW,
        State.OPEN,
        State.PENDING,
        State.PARTIAL,
        State.FAILED,
        State.REFUSED,
        State.REJECTED,
        State.EXPIRED,
        State.UNDONE,
    ]


def test_a_long_way_out_is_shortened_on_the_card_and_whole_in_the_details() -> None:
    made = OTHERS["two accounts of one person"]
    assert made.diagnosis is not None
    [book, *_] = made.diagnosis.runbooks
    many = replace(made.diagnosis, runbooks=tuple(replace(book, rank=n) for n in range(1, 7)))
    long = replace(made, diagnosis=many)
    card, dialog = look(long), outline(views.details(long)["blocks"])
    last = book.steps[-1].command

    assert 0 < card.count(last) < 6
    assert "All steps stand under Details" in card
    assert dialog.count(last) == 6


def test_half_a_command_is_never_shown() -> None:
    made = OTHERS["two accounts of one person"]
    assert made.diagnosis is not None
    [book, *_] = made.diagnosis.runbooks
    endless = replace(book.steps[1], command="Remove-Item " + "x" * 2000)
    long = replace(
        made,
        diagnosis=replace(
            made.diagnosis, runbooks=(replace(book, steps=(endless, *book.steps[2:])),)
        ),
    )

    assert "Remove-Item" not in look(long)
    assert "too long for Slack" in look(long)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_for_one_persons_eyes(name: str, snapshot: SnapshotAssertion) -> None:
    text, blocks = ANSWERS[name]()

    assert f"{text}\n{outline(blocks)}" == snapshot


@pytest.mark.parametrize("name", THREADS)
def test_what_a_thread_tells(name: str, snapshot: SnapshotAssertion) -> None:
    look_ = told(*THREADS[name])

    assert f"{look_.text}\n{outline([*look_.blocks])}" == snapshot


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_question_before_a_click_counts(name: str, snapshot: SnapshotAssertion) -> None:
    made, action = QUESTIONS[name]
    [button] = [
        element
        for block in card(made).blocks
        for element in block.get("elements", [])
        if element.get("action_id") == action
    ]

    assert [button["confirm"][part]["text"] for part in ("title", "text", "confirm")] == snapshot


@pytest.mark.parametrize("name", DIALOGS)
def test_a_dialog(name: str, snapshot: SnapshotAssertion) -> None:
    view = DIALOGS[name]()
    named = [view[part]["text"] for part in ("title", "submit", "close") if part in view]

    assert f"{' / '.join(named)}\n{outline(view['blocks'])}" == snapshot


@pytest.mark.parametrize("state", State)
def test_approve_and_reject_stand_on_a_waiting_card_only(state: State) -> None:
    buttons = look(in_state(state))

    assert ("[Approve fix!]  [Reject]" in buttons) is (state is State.PENDING)


@pytest.mark.parametrize(
    ("risk", "label"),
    [
        (Risk.SAFE, "[Approve fix!]"),
        (Risk.JUDGE, "[Approve with a reason!]"),
        (Risk.DESTRUCTIVE, ""),
    ],
)
def test_what_needs_two_people_asks_for_a_reason_and_what_destroys_has_no_button(
    risk: Risk, label: str
) -> None:
    made = in_state(State.PENDING)
    made = replace(made, proposals=tuple(replace(p, risk=risk) for p in made.proposals))

    assert ("[Approve" in look(made)) is (label != "")
    assert label in look(made)


UNDO = {State.WRITTEN, State.EXPORTED, State.OVERDUE, State.VERIFIED, State.PARTIAL}


@pytest.mark.parametrize("state", State)
def test_undo_stands_where_something_written_can_be_put_back(state: State) -> None:
    assert ("[Undo]" in look(in_state(state))) is (state in UNDO)


def test_each_change_written_earlier_has_its_own_button_and_the_rest_is_counted() -> None:
    many = replace(case(), past=tuple(written_earlier(case(), n) for n in range(5)))
    blocks = draw(many, approvers=APPROVERS).blocks
    values = [b["accessory"]["value"] for b in blocks if "accessory" in b]
    undos = undos_of_case(many)

    assert values == [button_value(many, undo) for undo in undos[:3]]
    assert len(undos) == 5
    assert "… and 2 more" in outline(blocks)


def test_what_somebody_made_by_hand_has_no_undo() -> None:
    made = in_state(State.VERIFIED)
    by_hand = replace(made, decision=decision(made, mode=Mode.PROPOSE), receipts=())

    assert "[Undo" not in look(by_hand)


def test_the_question_before_an_undo_says_what_comes_back() -> None:
    blocks = draw(in_state(State.WRITTEN), approvers=APPROVERS).blocks
    [undo] = [e for b in blocks if b["type"] == "actions" for e in b["elements"]
              if e["action_id"] == "fix_undo"]  # fmt: skip

    assert f"+smtp:{VALUE}" in undo["confirm"]["text"]["text"]


def test_the_first_of_two_has_to_give_a_reason_and_the_second_may_add_to_it() -> None:
    asked = [DIALOGS[f"reason: the {which} of two"]() for which in ("first", "second")]

    assert [view["blocks"][-1]["optional"] for view in asked] == [False, True]


@pytest.mark.parametrize("mode", Mode)
def test_an_observing_bot_has_no_button_to_approve(mode: Mode) -> None:
    made = replace(in_state(State.PENDING), mode=mode)

    assert ("Approve fix" in look(made)) is (mode is not Mode.OBSERVE)


def test_a_held_case_has_no_button_to_approve() -> None:
    assert "Approve fix" not in look(OTHERS["held"])


def test_the_change_that_is_shown_is_the_one_its_button_approves() -> None:
    """With a better-ranked change that needs judgement, the card showed that one above the button of the other."""
    made = in_state(State.PENDING)
    judged = replace(made.proposals[0], id="p-judge", risk=Risk.JUDGE, title=Say("Another change"))
    both = replace(made, proposals=(judged, *made.proposals))

    assert "Another change" not in look(both)
    assert f"p={made.proposals[0].id};" in repr(draw(both, approvers=APPROVERS).blocks)


def test_a_tenant_is_named_nowhere_on_a_card() -> None:
    assert TENANT not in repr(draw(in_state(State.PENDING), approvers=APPROVERS))
