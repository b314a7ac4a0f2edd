"""In: a case as it is stored. Out: its card: blocks, the fallback text, and the metadata that finds it again.
The whole card is drawn anew from state at every step; nothing is ever kept from the card before.
Promise: pure; within Slack's limits whatever the values are; directory values are never markup.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.model import Case, Mode, Proposal, Risk, Say, State
from bot.slack.faces import icon_of, words_of
from bot.slack.table import holders_table
from bot.slack.words import (
    bullets,
    escaped,
    heading,
    mrkdwn_code,
    paragraph,
    plain,
    preformatted,
    rich,
    runs,
    section,
    visible,
)

EVENT_TYPE = "dirsync_case"
MAX_TEXT = 700  # chat.update takes 4,000 bytes, counted once `&` has become `&amp;`


@dataclass(frozen=True, slots=True)
class Card:
    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any]


_RISKS: Mapping[Risk, str] = {
    Risk.SAFE: "🟢 Safe",
    Risk.JUDGE: "🟡 Needs judgement",
    Risk.DESTRUCTIVE: "🔴 Not from Slack",
}
_CHANGED = {State.WRITTEN, State.EXPORTED, State.OVERDUE, State.VERIFIED}
_CAN_RECHECK = {
    State.OPEN,
    State.PENDING,
    State.REJECTED,
    State.EXPIRED,
    State.REFUSED,
    State.FAILED,
    State.PARTIAL,
}


def draw(case: Case, *, approvers: tuple[str, ...]) -> Card:
    """`approvers` are Slack user ids. Pure: the same case gives the same card."""
    if case.state is State.CLOSED:
        blocks = [_header(case), _state_line(case), _last_words(case)]
    else:
        blocks = [
            _header(case),
            _state_line(case),
            *_story(case),
            *_fixes(case),
            *_last_moments(case),
            _buttons(case),
            _footer(case, approvers),
        ]
    return Card(
        text=escaped(visible(f"{words_of(case)}: {plain(_title(case))}", MAX_TEXT)),
        blocks=[b for b in blocks if b],
        metadata={
            "event_type": EVENT_TYPE,
            "event_payload": {"case_id": case.id, "revision": case.revision, "state": case.state},
        },
    )


def button_value(case: Case, proposal: Proposal | None) -> str:
    """What a button carries: which card was seen. Never an instruction."""
    if proposal is None:
        return f"c={case.id};p=-;v={case.revision};h=-"
    return f"c={case.id};p={proposal.id};v={case.revision};h={proposal.plan_hash}"


def _shown(case: Case) -> Proposal | None:
    """The one change the card shows, which is the one its buttons are about: what was approved, else the best."""
    decided = case.proposal(case.decision.proposal_id) if case.decision else None
    safe = (p for p in case.proposals if p.risk is Risk.SAFE)
    return decided or next(safe, None) or next(iter(case.proposals), None)


def _approvable(case: Case) -> bool:
    proposal = _shown(case)
    return (
        case.state is State.PENDING
        and case.mode is not Mode.OBSERVE
        and case.held is None
        and proposal is not None
        and proposal.risk is Risk.SAFE
    )


def _title(case: Case) -> Say:
    if case.diagnosis:
        return case.diagnosis.title
    return Say("A sync error about {value}", {"value": case.key.value})


def _header(case: Case) -> dict[str, Any]:
    text = visible(f"{icon_of(case)} {plain(_title(case))}", 148)
    return {
        "type": "header",
        "block_id": _id(case, "head"),
        "text": {"type": "plain_text", "text": text, "emoji": False},
    }


def _state_line(case: Case) -> dict[str, Any]:
    parts = [f"*{words_of(case)}*"]
    if case.decision:
        names = ", ".join(mrkdwn_code(a.name) for a in case.decision.approvals[:4])
        parts.append(f"approved by {names}")
    raw = sorted({f"{e.category or 'null'} · {e.attribute or 'null'}" for e in case.errors})
    parts += [mrkdwn_code(entry) for entry in raw[:3]]
    parts.append(f"case {case.id}")
    if case.diagnosis and case.diagnosis.code != "C00":
        parts.append(case.diagnosis.code)
    if case.first_seen:
        parts.append(f"first seen {date(case.first_seen)}")
    return {
        "type": "context",
        "block_id": _id(case, "state"),
        "elements": [{"type": "mrkdwn", "text": "  •  ".join(parts), "verbatim": True}],
    }


def date(moment: datetime) -> str:
    """Slack shows it in the reader's own time zone; the fallback says UTC."""
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{moment:%Y-%m-%d %H:%M} UTC>"


def _story(case: Case) -> list[dict[str, Any]]:
    diagnosis = case.diagnosis
    if diagnosis is None:
        return []
    blocks = [
        rich(_id(case, "what"), heading("What happened"), paragraph(diagnosis.what)),
    ]
    if diagnosis.why:
        blocks.append(rich(_id(case, "why"), heading("Why we think so"), bullets(diagnosis.why)))
    if case.evidence and case.evidence.holders:
        if case.state in _CHANGED:
            blocks.append(rich(_id(case, "before"), heading("Who held it before the change")))
        blocks.append(holders_table(_id(case, "who"), case.evidence.holders))
    gaps = case.evidence.gaps if case.evidence else ()
    # C56 tells the gaps itself
    if gaps and diagnosis.code != "C56":
        told = [
            Say("{where}, {what}: {reason}", {"where": g.where, "what": g.what, "reason": g.why})
            for g in gaps[:8]
        ]
        blocks.append(rich(_id(case, "gaps"), heading("What could not be read"), bullets(told)))
    return blocks


def _fixes(case: Case) -> list[dict[str, Any]]:
    diagnosis = case.diagnosis
    if diagnosis is None:
        return []
    if not case.proposals:
        if not diagnosis.then:
            return []
        return [rich(_id(case, "then"), heading("What happens next"), paragraph(diagnosis.then))]
    proposal = _shown(case)
    if proposal is None:
        return []
    first = "What was changed" if case.state in _CHANGED else "Suggested change"
    blocks = [
        rich(
            _id(case, "fix"),
            heading(first),
            section(*runs(proposal.title)),
            section(
                {"type": "text", "text": _RISKS[proposal.risk], "style": {"bold": True}},
                {"type": "text", "text": ": "},
                *runs(proposal.because),
            ),
            *(preformatted(diff(step.changes, step.dn)) for step in proposal.steps),
            section(*runs(proposal.untouched)),
        ),
    ]
    if diagnosis.then and case.state is not State.VERIFIED:
        blocks.append(
            rich(_id(case, "then"), heading("What Entra does then"), paragraph(diagnosis.then))
        )
    if proposal.risk is Risk.JUDGE and case.state in {State.OPEN, State.PENDING}:
        say = Say(
            "Two people have to agree on a change like this, and this version has no button for that. "
            "Once somebody has made it by hand, the bot sees it and closes the case."
        )
        blocks.append(rich(_id(case, "judge"), section(*runs(say))))
    return blocks


def diff(changes: tuple[Any, ...], dn: str) -> str:
    """The exact values, one a line: what goes and what comes."""
    lines = [visible(dn, 600)]
    for change in changes:
        lines.append(change.attribute)
        lines += [f"- {visible(v, 1200)}" for v in change.delete]
        lines += [f"+ {visible(v, 1200)}" for v in change.add]
    return "\n".join(lines)


def _last_moments(case: Case) -> list[dict[str, Any]]:
    """The newest lines of the timeline, so that the card says by itself how far it is."""
    if case.held:
        return [rich(_id(case, "held"), section(*runs(case.held)))]
    if len(case.timeline) < 2:
        return []
    lines = []
    for moment in case.timeline[-4:]:
        who = f"{visible(moment.who, 80)}: " if moment.who else ""
        start = {"type": "text", "text": f"{moment.at:%H:%M:%S} UTC  {who}"}
        lines.append(section(start, *runs(moment.say)))
    return [
        rich(
            _id(case, "line"),
            heading("So far"),
            {"type": "rich_text_list", "style": "bullet", "elements": lines},
        )
    ]


def _last_words(case: Case) -> dict[str, Any]:
    say = case.timeline[-1].say if case.timeline else Say("Closed.")
    return rich(_id(case, "last"), section(*runs(say)))


def _buttons(case: Case) -> dict[str, Any]:
    elements: list[dict[str, Any]] = []
    proposal = _shown(case)
    if _approvable(case) and proposal:
        value = button_value(case, proposal)
        elements.append(
            _button(
                "Approve fix",
                "fix_approve",
                value,
                style="primary",
                confirm=_confirm(case, proposal),
            )
        )
        elements.append(_button("Reject", "fix_reject", value))
    any_value = button_value(case, proposal)
    elements.append(_button("Details", "fix_details", any_value))
    if case.state in _CAN_RECHECK:
        elements.append(_button("Re-check now", "fix_recheck", any_value))
    return {"type": "actions", "block_id": _id(case, "act"), "elements": elements}


def _confirm(case: Case, proposal: Proposal) -> dict[str, Any]:
    by_hand = case.mode is Mode.PROPOSE
    what = visible(plain(proposal.title), 150)
    then = (
        "Your approval is recorded; the change is then made by hand and verified."
        if by_hand
        else "Both directories are read again first; if anything has changed, nothing is written."
    )
    return {
        "title": _plain_text("Approve this change?"),
        "text": _plain_text(visible(f"{what}. {then}", 298)),
        "confirm": _plain_text("Approve"),
        "deny": _plain_text("Cancel"),
    }


def _button(
    label: str,
    action: str,
    value: str,
    *,
    style: str | None = None,
    confirm: dict[str, Any] | None = None,
) -> dict[str, Any]:
    button: dict[str, Any] = {
        "type": "button",
        "text": _plain_text(label),
        "action_id": action,
        "value": value,
    }
    if style:
        button["style"] = style
    if confirm:
        button["confirm"] = confirm
    return button


def _plain_text(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _footer(case: Case, approvers: tuple[str, ...]) -> dict[str, Any]:
    parts = []
    if case.state is State.PENDING:
        named = " ".join(f"<@{user}>" for user in approvers[:10]) or "nobody yet"
        parts.append(f"Approvers: {named}")
    if proposal := _shown(case):
        parts.append(f"proposal {proposal.id}, revision {case.revision}")
    if case.expires_at and case.state is State.PENDING:
        parts.append(f"expires {date(case.expires_at)}")
    if case.evidence:
        parts.append(f"read {date(case.evidence.read_at)}")
    if case.mode is Mode.OBSERVE:
        parts.append("the bot only observes")
    return {
        "type": "context",
        "block_id": _id(case, "foot"),
        "elements": [{"type": "mrkdwn", "text": "  •  ".join(parts) or " ", "verbatim": True}],
    }


def _id(case: Case, part: str) -> str:
    """A block whose content changes needs a new id, or Slack may keep the old picture."""
    return f"{part}:{case.id}:{case.version}"
