"""In: one real-looking case in every state, answers of /whohas. Out: what a person reads, kept as snapshots.
Promise: a changed word on a card is seen in review; the page of the lab and Slack draw the same blocks.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.model import (
    Agreement,
    Case,
    Done,
    Examined,
    Explained,
    Kind,
    Mode,
    Moment,
    Pasted,
    Risk,
    Say,
    State,
    WhoHas,
    WriteResult,
)
from bot.slack import views
from bot.slack.answers import draw_explained, draw_whohas
from bot.slack.buttons import button_value
from bot.slack.cards import draw
from bot.triage.diagnose import diagnose
from bot.triage.past import undo_of_case, undos_of_case
from tests.builders import (
    NOW,
    TENANT,
    VALUE,
    approval,
    both_primary,
    case,
    decision,
    error,
    evidence,
    gap,
    keeper,
    key,
    loser,
    only_in_cloud,
    receipt,
    stamp,
    tenant_facts,
    user,
)
from tests.unit.triage.cases.world import asker, owner, read_of

Json = dict[str, Any]
APPROVERS = ("U0INGRID01", "U0MART0001")
DECIDED = frozenset(State) - {State.NEW, State.OPEN, State.PENDING, State.REJECTED, State.EXPIRED}
TOLD = {
    State.APPROVED: "Approved by Ingrid Berg.",
    State.WRITTEN: "Written to AD on DC1.",
    State.VERIFIED: "Entra is clean: the error is gone and the value is where it belongs.",
    State.FAILED: "The old value has gone meanwhile; nothing was written.",
}


def in_state(state: State) -> Case:
    made = case(evidence(keeper(), loser(ad={"stamps": (stamp(),)}), gaps=(gap(),)))
    first = made.timeline[0]
    told = Moment(NOW + timedelta(minutes=1), "", Say(TOLD.get(state, "Something happened.")))
    over: dict[str, Any] = {"state": state}
    if state not in {State.NEW, State.OPEN, State.PENDING}:
        over["timeline"] = (first, told)
    if state in DECIDED:
        result = WriteResult.STALE if state is State.FAILED else WriteResult.WRITTEN
        over |= {"decision": decision(made), "receipts": (receipt(made, result=result),)}
    if state is State.UNDONE:
        undo = undo_of_case(replace(made, **(over | {"state": State.WRITTEN})))
        assert undo is not None
        over["undo"] = decision(made, proposal_id=undo.id)
        over["proposals"] = (*made.proposals, undo)
        over["past"] = (
            Done(proposal=made.proposals[0], receipts=over.pop("receipts"), at=NOW, put_back=True),
        )
    return replace(made, **over)


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
    return f"{mark}{run.get('text') or ':' + run['name'] + ':'}{mark}"


def look(made: Case) -> str:
    card = draw(made, approvers=APPROVERS)
    return f"{card.text}\n{outline(card.blocks)}"


@pytest.mark.parametrize("state", State)
def test_a_card_in_every_state(state: State, snapshot: SnapshotAssertion) -> None:
    assert look(in_state(state)) == snapshot


STOPPED = evidence(
    holders=(), errors=(), value="", tenant=tenant_facts(last_sync_at=NOW - timedelta(hours=5))
)
JUDGED = case(evidence(keeper(), both_primary()))
AGREED = Agreement(
    proposal_id=JUDGED.proposals[0].id,
    revision=JUDGED.revision,
    plan_hash=JUDGED.proposals[0].plan_hash,
    approval=approval(),
    reason="Johanna moved to another address in May.",
)
RIGHT = evidence(loser())
STUCK = replace(
    case(RIGHT),
    diagnosis=diagnose(
        RIGHT, case_id="c", previous=None, now=NOW, fixed_since=NOW - timedelta(hours=5)
    ).diagnosis,
)
BACK = in_state(State.WRITTEN)


def written_earlier(of: Case, number: int) -> Done:
    """On another account, so that each of several can be put back."""
    own = replace(of.proposals[0], id=f"p-earlier{number}")
    steps = tuple(replace(s, guid=f"{number}", name=f"Svc {number}") for s in own.steps)
    return Done(
        proposal=replace(own, steps=steps),
        receipts=(receipt(of, proposal_id=own.id),),
        at=NOW - timedelta(hours=6 - number),
    )


GONE_ON = replace(case(), past=(written_earlier(case(), 1), written_earlier(JUDGED, 2)))
BACK_TO = undo_of_case(BACK)
assert BACK_TO is not None
OTHERS = {
    "two main addresses": JUDGED,
    "one of two has approved": replace(JUDGED, agreed=(AGREED,)),
    "being put back": replace(
        BACK,
        state=State.APPLYING,
        proposals=(*BACK.proposals, BACK_TO),
        undo=decision(BACK, proposal_id=BACK_TO.id),
    ),
    "gone on after two changes": GONE_ON,
    "gone on, and one of two would put it back": replace(
        GONE_ON,
        agreed=(replace(AGREED, proposal_id=undos_of_case(GONE_ON)[0].id),),
    ),
    "gone on, and the bot only observes": replace(GONE_ON, mode=Mode.OBSERVE, state=State.OPEN),
    "two main addresses, no other": case(
        evidence(keeper(), both_primary(proxies=(f"SMTP:{VALUE}",)))
    ),
    "owner not found": case(evidence(both_primary(), gaps=(gap(),))),
    "fixed already": case(evidence(keeper(), loser(proxies=()))),
    "not recognised": case(evidence(errors=(error(category="Brand new"),))),
    "sync stopped": case(STOPPED, key=key(kind=Kind.TENANT, value="sync")),
    "two accounts of one person": case(read_of(asker(), owner("Bo Berg"))),
    "a cloud account of somebody else": case(read_of(asker(), owner())),
    "an administrator in the cloud": case(
        read_of(asker(), owner(), roles=("Global Administrator",))
    ),
    "stuck": STUCK,
    "held": case(held=Say("Held: directory sync has not run since {when}.", {"when": "10:00"})),
    "observing": case(mode=Mode.OBSERVE, state=State.OPEN),
    "protected": case(evidence(keeper(), loser(ad={"admin_count": True}))),
    "changed back": replace(
        in_state(State.FAILED), receipts=(receipt(result=WriteResult.WRITTEN),)
    ),
    "two of one name": case(
        evidence(
            replace(keeper(), known_as="John Doe (john.doe@contoso.com)"),
            replace(loser("John Doe"), known_as="John Doe (john.d@contoso.com)"),
        )
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_card_of_every_kind(name: str, snapshot: SnapshotAssertion) -> None:
    assert look(OTHERS[name]) == snapshot


def test_the_blocks_of_a_card(snapshot: SnapshotAssertion) -> None:
    card = draw(in_state(State.PENDING), approvers=APPROVERS)

    assert {"metadata": card.metadata, "blocks": card.blocks} == snapshot


def test_the_details_of_a_case_for_people(snapshot: SnapshotAssertion) -> None:
    assert outline(views.details(OTHERS["two accounts of one person"])["blocks"]) == snapshot


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


def test_the_details(snapshot: SnapshotAssertion) -> None:
    assert outline(views.details(in_state(State.WRITTEN))["blocks"]) == snapshot


HELD_BY_TWO = WhoHas(
    asked=f"SMTP:{VALUE}",
    value=VALUE,
    kind=Kind.ADDRESS,
    holders=(
        keeper(ad={"last_logon_at": NOW, "mailbox": True}),
        loser(ad={"enabled": False}),
        only_in_cloud("Events 2019", proxy_addresses=(f"smtp:{VALUE}",), guest=True),
        user("Gone", proxies=(f"SMTP:{VALUE}",), joined_by=None, ad={"deleted": True}),
    ),
    gaps=(gap(),),
    searched=("AD corp", "Entra users", "Entra groups"),
)
ANSWERS = {
    "four hold it": (HELD_BY_TWO, True),
    "for everybody": (replace(HELD_BY_TWO, holders=HELD_BY_TWO.holders[:1]), False),
    "nobody, close values": (
        replace(HELD_BY_TWO, holders=(), close=("jon@contoso.com", "johnd@contoso.com")),
        True,
    ),
    "not understood": (
        WhoHas(asked="x", value="", kind=Kind.ADDRESS, trouble=Say("Give me one value.")),
        True,
    ),
    "more than a table shows": (replace(HELD_BY_TWO, holders=(loser(),) * 25), True),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_whohas(name: str, snapshot: SnapshotAssertion) -> None:
    found, full = ANSWERS[name]
    text, blocks = draw_whohas(found, full=full)

    assert f"{text}\n{outline(blocks)}" == snapshot


def test_an_explanation(snapshot: SnapshotAssertion) -> None:
    made = case()
    assert made.evidence
    assert made.diagnosis
    told = error(attribute="ProxyAddresses", category="InvalidSoftMatch", conflict_id="c-1")
    found = Explained(
        errors=(Pasted(error=told, attribute="physicaldeliveryofficename"),),
        examined=(
            Examined(
                key=made.key,
                evidence=made.evidence,
                diagnosis=made.diagnosis,
                proposals=made.proposals,
                state=State.PENDING,
            ),
        ),
        notes=(Say("4 more values stand in the text."),),
    )
    text, blocks = draw_explained(found)

    assert f"{text}\n{outline(blocks)}" == snapshot


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


def test_the_dialog_that_asks_why(snapshot: SnapshotAssertion) -> None:
    made = OTHERS["two main addresses"]
    agreed = OTHERS["one of two has approved"].agreed[0]
    views_of = [
        views.reason(made.proposals[0], action="approve", first=first, carries="c=1\nC1\nfirst")
        for first in (None, agreed)
    ]

    assert [outline(v["blocks"]) for v in views_of] == snapshot
    assert [v["blocks"][-1]["optional"] for v in views_of] == [False, True]


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
