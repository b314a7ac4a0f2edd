"""In: a case. Out: the dialog with every change the bot can make for it and every way by hand.
Each change stands there in full; "Show this one" puts it on the card, where it is approved like any other.
Promise: pure; within Slack's limits whatever the directories hold; what was cut is said.
"""

import json
from typing import Any

from bot.model import Case, Proposal, Risk, Say, State, mark
from bot.slack import byhand
from bot.slack.buttons import button_value
from bot.slack.cards import diff
from bot.slack.faces import risk_of
from bot.slack.limits import within_view
from bot.slack.more import CAN_RECHECK
from bot.slack.words import bullets, heading, plain_text, preformatted, rich, runs, section
from bot.triage.aside import is_aside
from bot.triage.choice import shown
from bot.words import t

# Slack takes 250,000 bytes and 100 blocks a view
MAX_PROPOSALS = 8
MAX_STEPS = 4
MAX_DIFF = 3000  # characters of one text
ROOM_FOR_CHANGES = 120_000  # bytes
ROOM_FOR_BOOKS = 30_000  # characters, of up to four bytes
_PROPOSALS = mark("… and {count} more changes.")
_OBJECTS = mark("… and {count} more objects.")


def others(case: Case, *, may_choose: bool, carries: str) -> dict[str, Any]:
    """`may_choose`: an approver reads it. `carries` comes back with a click: the channel of the card."""
    blocks: list[dict[str, Any]] = []
    fixes = [p for p in case.proposals if not p.undo_of]
    on_card, room = shown(case), ROOM_FOR_CHANGES
    for number, proposal in enumerate(fixes[:MAX_PROPOSALS]):
        full = _change(proposal, f"o{number}", on_card=proposal == on_card)
        if (size := _bytes_of(full)) > room or not _fits(proposal):
            blocks.append(_too_long(proposal, f"o{number}"))
            continue
        room -= size
        blocks.append(full)
        if may_choose and proposal != on_card and _can_be_chosen(case, proposal):
            blocks.append(_choose(case, proposal, number))
    if (left := len(fixes) - MAX_PROPOSALS) > 0:
        blocks.append(_line("more", t(_PROPOSALS).format(count=left)))
    if may_choose and any(b["type"] == "actions" for b in blocks):
        say = Say(
            "Whoever chooses a change does not approve it. A first approval of another one ends."
        )
        blocks.insert(0, rich("rule", section(*runs(say))))
    if case.diagnosis and case.state in CAN_RECHECK:
        blocks += byhand.in_full(case.diagnosis.runbooks, "r", room=ROOM_FOR_BOOKS)
    if not blocks:
        blocks = [_line("none", t("There is no other way known."))]
    view = {
        "type": "modal",
        "callback_id": "case_others",
        "private_metadata": carries,
        "title": plain_text(t("Other fixes")),
        "close": plain_text(t("Close")),
        "blocks": blocks,
    }
    return within_view(view)


def _can_be_chosen(case: Case, proposal: Proposal) -> bool:
    return (
        case.state is State.PENDING
        and case.held is None
        and not is_aside(case)
        and proposal.risk is not Risk.DESTRUCTIVE
    )


def _change(proposal: Proposal, id_: str, *, on_card: bool) -> dict[str, Any]:
    elements = [
        heading(t("On the card now")) if on_card else heading(t("Instead")),
        section(*runs(proposal.title)),
        section(
            {"type": "text", "text": risk_of(proposal.risk), "style": {"bold": True}},
            {"type": "text", "text": ": "},
            *runs(proposal.because),
        ),
    ]
    elements += [preformatted(diff(step)) for step in proposal.steps[:MAX_STEPS]]
    if (left := len(proposal.steps) - MAX_STEPS) > 0:
        elements.append(section({"type": "text", "text": t(_OBJECTS).format(count=left)}))
    elements.append(section(*runs(proposal.untouched)))
    if proposal.consequences:
        elements += [heading(t("What people will notice")), bullets(proposal.consequences)]
    return rich(id_, *elements)


def _too_long(proposal: Proposal, id_: str) -> dict[str, Any]:
    """Nobody chooses what they have not read: no button."""
    say = Say(
        "This change is too long to be shown here; {value} prints it in a terminal.",
        {"value": "dirsync-triage explain"},
    )
    return rich(id_, heading(t("Instead")), section(*runs(proposal.title)), section(*runs(say)))


def _fits(proposal: Proposal) -> bool:
    return all(len(diff(step)) <= MAX_DIFF for step in proposal.steps[:MAX_STEPS])


def _bytes_of(block: dict[str, Any]) -> int:
    return len(json.dumps(block))


def _choose(case: Case, proposal: Proposal, number: int) -> dict[str, Any]:
    button = {
        "type": "button",
        "action_id": "aside_choose",
        "text": plain_text(t("Show this one")),
        "value": button_value(case, proposal),
    }
    return {"type": "actions", "block_id": f"choose{number}", "elements": [button]}


def _line(id_: str, text: str) -> dict[str, Any]:
    return rich(id_, section({"type": "text", "text": text}))
