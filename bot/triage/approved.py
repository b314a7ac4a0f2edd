"""In: a decision, the proposal it is about, what the journal knows, and the time. Out: why nothing may be written, or None.
Both writers trust no database: the signature, the hash and the approvals are looked at again, here, last.
Promise: each rule has its own sentence that says what to do; the first one broken is the one told. Pure.
"""

from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.errors import Untrusted
from bot.model import SHORTEST_ALONE, Decision, Mode, Proposal, Receipt, Risk, Say
from bot.triage.plan import check_signature, hash_of
from bot.triage.undo import undo_of

LONGEST_DECISION = timedelta(minutes=15)


def not_approved(
    decision: Decision,
    proposal: Proposal,
    index: int,
    *,
    tenant: str,
    key: Ed25519PublicKey,
    mode_allowed: Mode,
    now: datetime,
    break_glass_allowed: bool = False,
) -> Say | None:
    """`break_glass_allowed` is the writer's own setting: the edge alone cannot do without the second person."""
    try:
        check_signature(decision, key)
    except Untrusted as error:
        return Say("{why} {todo}", {"why": error.message, "todo": error.todo})
    if decision.tenant != tenant:
        return Say("The decision is about another tenant.")
    about = (decision.proposal_id, decision.case_id)
    if about != (proposal.id, proposal.case_id) or not 0 <= index < len(proposal.steps):
        return Say("The decision is about another proposal. Open the card and approve again.")
    if {decision.plan_hash, hash_of(tenant, proposal)} != {proposal.plan_hash}:
        return Say(
            "What would be written is not what was approved: the hash differs. "
            "Check who can write to Redis, then approve again."
        )
    if (decision.mode, mode_allowed) != (Mode.APPLY, Mode.APPLY):
        return Say("The bot is not in apply mode: make the change by hand, or set mode = apply.")
    return expired(decision, now) or _too_few(decision, proposal, alone=break_glass_allowed)


def expired(decision: Decision, now: datetime) -> Say | None:
    end = min(decision.expires_at, decision.decided_at + LONGEST_DECISION)
    if not decision.decided_at - timedelta(minutes=1) <= now <= end:
        return Say("The approval is older than 15 minutes. Look at the card and approve again.")
    return None


def _too_few(decision: Decision, proposal: Proposal, *, alone: bool) -> Say | None:
    """The time to write counts from the last approval; the first of two may be older, and never younger."""
    approvers = {approval.entra_id for approval in decision.approvals if approval.entra_id}
    accounts = {(a.slack_team, a.slack_user) for a in decision.approvals if a.slack_user}
    if decision.risk is not proposal.risk or proposal.risk is Risk.DESTRUCTIVE:
        return Say("A change of this kind is made by hand; the card has the steps.")
    if not approvers:
        return Say("Nobody approved this.")
    if any(approval.at > decision.decided_at for approval in decision.approvals):
        return Say("An approval is dated after the decision. Look at the card and approve again.")
    if decision.break_glass and (why := _glass_stays(decision, proposal, allowed=alone)):
        return why
    if (
        proposal.risk is Risk.JUDGE
        and not decision.break_glass
        and min(len(approvers), len(accounts)) < 2
    ):
        return Say("This needs two different approvers.")
    if proposal.risk is Risk.JUDGE and not decision.reason.strip():
        return Say("This needs a reason, typed by an approver.")
    if approvers & set(proposal.affected):
        return Say("Somebody who holds, gains or loses the value cannot approve the change.")
    if decision.chosen_by in approvers:
        return Say("Whoever chose this change cannot approve it too. Ask another approver.")
    return None


def _glass_stays(decision: Decision, proposal: Proposal, *, allowed: bool) -> Say | None:
    if not allowed:
        return Say(
            "One person approved this alone, which is not allowed here. Let a second person approve it, or set "
            "slack.break_glass where the writer runs."
        )
    if proposal.undo_of is not None:
        return Say("Putting something back takes two people as well.")
    if len(decision.reason.strip()) < SHORTEST_ALONE:
        return Say(
            "Whoever approves alone says why in at least {count} characters.",
            {"count": str(SHORTEST_ALONE)},
        )
    return None


def not_an_undo(
    proposal: Proposal,
    original: Proposal | None,
    receipts: tuple[Receipt, ...] | None,
    *,
    tenant: str,
) -> Say | None:
    """An undo is let through more easily, so it must be the one that the writer's own journal gives."""
    if proposal.undo_of is None:
        return None
    if original is not None and original.id == proposal.undo_of:
        undo = undo_of(original, receipts or (), tenant=tenant, revision=0)
        if undo is not None and undo.plan_hash == proposal.plan_hash:
            return None
    return Say(
        "The journal does not say that the bot wrote what this would put back. Put it back by hand."
    )
