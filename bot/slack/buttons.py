"""In: a case. Out: which of its changes the card is about, and the buttons that people can press for it.
A button carries which card was seen; what it would do is worked out again when it is pressed.
Promise: pure; no button for what cannot be approved now, and a dialog or a question before anything is written.
"""

from typing import Any

from bot.model import Agreement, Case, Mode, Proposal, Risk, State
from bot.slack.more import menu
from bot.slack.words import plain, plain_text, visible
from bot.triage.aside import is_aside
from bot.triage.choice import shown
from bot.triage.past import AS_WRITTEN, undos_of_case
from bot.words import t


def button_value(case: Case, proposal: Proposal | None) -> str:
    """What a button carries: which card was seen. Never an instruction."""
    if proposal is None:
        return f"c={case.id};p=-;v={case.revision};h=-"
    return f"c={case.id};p={proposal.id};v={case.revision};h={proposal.plan_hash}"


def offered(case: Case) -> tuple[Proposal | None, tuple[Proposal, ...]]:
    """The undo of the change that the card is about, and those of what was written earlier, the newest first."""
    now = case.decision.proposal_id if case.decision and case.state in AS_WRITTEN else None
    undos = undos_of_case(case)
    of_now = next((u for u in undos if u.undo_of == now), None)
    return of_now, tuple(u for u in undos if u is not of_now)


def first_of(case: Case, proposal: Proposal | None) -> Agreement | None:
    """The first of two approvals, where it waits for the second."""
    return next((a for a in case.agreed if proposal and a.proposal_id == proposal.id), None)


def _approvable(case: Case) -> bool:
    proposal = shown(case)
    return (
        case.state is State.PENDING
        and case.mode is not Mode.OBSERVE
        and case.held is None
        and not is_aside(case)
        and proposal is not None
        and proposal.risk is not Risk.DESTRUCTIVE
    )


def buttons(case: Case, *, paused: bool = False) -> list[dict[str, Any]]:
    elements: list[dict[str, Any]] = []
    proposal = shown(case)
    if _approvable(case) and proposal:
        if not paused:
            elements.append(_approve_button(case, proposal))
        elements.append(_button(t("Reject"), "fix_reject", button_value(case, proposal)))
    if undo := offered(case)[0]:
        elements.append(undo_button(case, undo))
    any_value = button_value(case, proposal)
    if is_aside(case):
        label = t("Stop ignoring") if case.ignored else t("Wake up now")
        elements.append(_button(label, "aside_wake", any_value))
    elements.append(_button(t("Details"), "fix_details", any_value))
    if more := menu(case):
        elements.append(more)
    return elements


def _approve_button(case: Case, proposal: Proposal) -> dict[str, Any]:
    """One click, or a dialog that asks for the reason."""
    value = button_value(case, proposal)
    if proposal.risk is Risk.SAFE:
        confirm = _confirm(case, proposal)
        return _button(t("Approve fix"), "fix_approve", value, style="primary", confirm=confirm)
    second = first_of(case, proposal)
    label = t("Approve as second person") if second else t("Approve with a reason")
    return _button(label, "reason_approve", value, style="primary")


def undo_button(case: Case, undo: Proposal) -> dict[str, Any]:
    value = button_value(case, undo)
    if undo.risk is not Risk.SAFE:
        return _button(t("Undo with a reason"), "reason_undo", value)
    values = ", ".join(
        f"{sign}{visible(v, 60)}"
        for step in undo.steps
        for change in step.changes
        for sign, each in (("-", change.delete), ("+", change.add))
        for v in each
    )
    then = t(
        "First it is read whether AD still holds what was written and nobody has taken the value."
    )
    confirm = {
        "title": plain_text(t("Put it back as it was?")),
        "text": plain_text(
            visible(f"{visible(plain(undo.title), 90)}: {visible(values, 100)}. {then}", 298)
        ),
        "confirm": plain_text(t("Put it back")),
        "deny": plain_text(t("Cancel")),
    }
    return _button(t("Undo"), "fix_undo", value, confirm=confirm)


def _confirm(case: Case, proposal: Proposal) -> dict[str, Any]:
    by_hand = case.mode is Mode.PROPOSE
    what = visible(plain(proposal.title), 150)
    then = (
        t("Your approval is recorded; the change is then made by hand and verified.")
        if by_hand
        else t(
            "Both directories are read again first; if anything has changed, nothing is written."
        )
    )
    return {
        "title": plain_text(t("Approve this change?")),
        "text": plain_text(visible(f"{what}. {then}", 298)),
        "confirm": plain_text(t("Approve")),
        "deny": plain_text(t("Cancel")),
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
        "text": plain_text(label),
        "action_id": action,
        "value": value,
    }
    if style:
        button["style"] = style
    if confirm:
        button["confirm"] = confirm
    return button
