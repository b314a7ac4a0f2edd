"""In: a click, the case as it stands, the proposal it is about. Out: why not now, or None.
These reasons do not depend on who clicked; who may is asked of `People` after them.
Promise: pure; every state has its own sentence, and each says what to do.
"""

from collections.abc import Mapping
from datetime import datetime

from bot.events import Clicked
from bot.model import Case, Decision, Mode, Proposal, Refusal, Risk, Say, State, mark
from bot.triage import aside
from bot.triage.choice import shown
from bot.triage.past import AS_WRITTEN, UNDOABLE
from handlers.clicks import Click

_WHY_NOT_PENDING: Mapping[State, str] = {
    State.NEW: mark("This case is still being looked at. Wait for its card."),
    State.OPEN: mark("There is nothing to approve on this case now. Its card shows what is known."),
    State.APPROVED: mark("This was already approved by {who}. The card follows what happens."),
    State.APPLYING: mark("This was already approved by {who} and is being written now."),
    State.WRITTEN: mark("This is already written, approved by {who}. The bot waits for Entra."),
    State.EXPORTED: mark("This is already written, approved by {who}. The bot waits for Entra."),
    State.OVERDUE: mark("This is already written, approved by {who}. Entra has not caught up yet."),
    State.VERIFIED: mark("This is already fixed and verified, approved by {who}."),
    State.CLOSED: mark("This case is closed."),
    State.PARTIAL: mark("Part of this was written. The card says which part."),
    State.UNKNOWN: mark("The answer to the write was lost. The bot is reading AD to find out."),
    State.FAILED: mark("Nothing was changed by the last write. Use Re-check to look again."),
    State.REFUSED: mark("The writer refused this change. The card says why."),
    State.REJECTED: mark("This was rejected. Use Re-check to bring it back."),
    State.EXPIRED: mark("This proposal has expired. Use Re-check for a fresh one."),
    State.UNDONE: mark("This was undone."),
}

_NOT_FROM_SLACK = Say("This change is never made from Slack. The card lists the steps.")
SUPERSEDED = Refusal(
    "superseded",
    Say("The evidence has changed since that card was drawn. Read the new card and decide there."),
)


def not_now(
    event: Clicked, case: Case, proposal: Proposal | None, now: datetime, mode: Mode
) -> Refusal | None:
    """Reasons that do not depend on who clicked."""
    if case.state is not State.PENDING:
        return Refusal(f"state-{case.state}", _why_not_pending(case))
    if proposal is None or other_card(event, case, proposal):
        return SUPERSEDED
    if proposal != shown(case):
        return Refusal(
            "not-chosen",
            Say(
                "The card is about another change now. Read it and decide there, or choose this one again under Other fixes."
            ),
        )
    if (refusal := _set_aside(case)) is not None:
        return refusal
    if case.held is not None:
        return Refusal("held", case.held)
    if case.expires_at is None or now >= case.expires_at:
        return Refusal("expired", Say("This proposal has expired. Use Re-check for a fresh one."))
    if event.action == "reject":
        return None
    return _no_approval(event, proposal, mode)


def _no_approval(event: Clicked, proposal: Proposal, mode: Mode) -> Refusal | None:
    if event.action not in {"approve", "break_glass"}:
        return Refusal("unknown-button", Say("This button is from another version of the bot."))
    if mode is Mode.OBSERVE:
        return Refusal(
            "observe", Say("The bot only observes (mode = observe); nothing can be approved.")
        )
    if proposal.risk is Risk.DESTRUCTIVE:
        return Refusal("destructive", _NOT_FROM_SLACK)
    return None


def _set_aside(case: Case) -> Refusal | None:
    """Whoever wants to decide on it after all ends that first, so that everybody sees it."""
    if case.ignored:
        gaps = {"who": case.ignored.by, "when": aside.told(case.ignored.until)}
        return Refusal(
            "ignored", Say("{who} has it ignored until {when}. End that first, then decide.", gaps)
        )
    if case.snoozed:
        return Refusal(
            "snoozed",
            Say("{who} has snoozed it. End that first, then decide.", {"who": case.snoozed.by}),
        )
    return None


def not_choosable(case: Case, proposal: Proposal | None) -> Refusal | None:
    """Another change of the case can be put on its card while nothing is decided."""
    if case.state is not State.PENDING:
        return Refusal(f"state-{case.state}", _why_not_pending(case))
    if case.held is not None:
        return Refusal("held", case.held)
    if (refusal := _set_aside(case)) is not None:
        return refusal
    if proposal is not None and proposal.risk is Risk.DESTRUCTIVE:
        return Refusal("destructive", _NOT_FROM_SLACK)
    return None


def no_undo_now(
    event: Clicked, case: Case, undo: Proposal | None, _now: datetime, mode: Mode
) -> Refusal | None:
    """A stopped sync does not stand in the way: putting AD back makes nothing worse, whenever Entra hears of it."""
    written = undo is not None or case.state in AS_WRITTEN
    if case.state not in UNDOABLE or not written or _was_put_back(event, case):
        return Refusal(f"state-{case.state}", _why_no_undo(case))
    if undo is None:
        return Refusal(
            "nothing-to-undo",
            Say("The bot did not write this change, so it has nothing to put back."),
        )
    if other_card(event, case, undo):
        return SUPERSEDED
    if mode is not Mode.APPLY:
        return Refusal(
            "mode",
            Say(
                "The bot does not write in mode {mode}. The card shows what to put back by hand.",
                {"mode": mode},
            ),
        )
    return None


def _was_put_back(event: Clicked, case: Case) -> bool:
    return case.undo is not None and case.undo.proposal_id == event.proposal_id


def other_card(event: Click, case: Case, proposal: Proposal) -> bool:
    shown = (event.proposal_id, event.revision, event.plan_hash)
    return shown != (proposal.id, case.revision, proposal.plan_hash)


def _why_not_pending(case: Case) -> Say:
    if case.undo and case.state in {State.APPROVED, State.APPLYING}:
        return _why_no_undo(case)
    return Say(_WHY_NOT_PENDING[case.state], {"who": _names(case.decision)})


def _why_no_undo(case: Case) -> Say:
    if case.state is State.CLOSED:
        return Say("This case is closed. A change can be put back for a day after it was verified.")
    if case.state is State.UNDONE:
        return Say("This was put back already, approved by {who}.", {"who": _names(case.undo)})
    if case.undo:
        return Say("It is being put back already, approved by {who}.", {"who": _names(case.undo)})
    return Say("There is nothing to put back now. The card shows how far this is.")


def _names(decision: Decision | None) -> str | Say:
    return ", ".join(a.name for a in decision.approvals) if decision else Say("somebody")
