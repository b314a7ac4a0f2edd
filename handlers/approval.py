"""In: a click of somebody who may approve this very proposal. Out: the first of two approvals, or a signed decision.
SAFE takes one person. JUDGE takes two, who are two on both sides: another Slack account and another Entra account.
Promise: pure; a first approval counts only for the plan it was given for, and only if this edge sealed it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.model import (
    SHORTEST_REASON,
    Agreement,
    Approval,
    Case,
    Decision,
    Mode,
    Person,
    Proposal,
    Refusal,
    Risk,
    Say,
)
from bot.ports import AuditLine, Signer
from bot.triage.plan import agreement_bytes
from handlers.timing import Timing

_NO_REASON = Refusal(
    "no-reason",
    Say(
        "This change needs two people and a reason. Press the button on the newest card and say "
        "why the change is right."
    ),
)
_SAME_PERSON = Refusal(
    "same-approver",
    Say(
        "You have approved this already, and your reason is kept. Somebody else has to approve it too."
    ),
)


def objection(
    proposal: Proposal, person: Person, first: Agreement | None, reason: str
) -> Refusal | None:
    """What stands against this approval that has nothing to do with the person's rights."""
    if proposal.risk is not Risk.JUDGE:
        return None
    if first is None:
        # the dialog asked for as much, but of the second one it does not, and the first may be gone by now
        return None if len(reason.strip()) >= SHORTEST_REASON else _NO_REASON
    given = first.approval
    slack = (given.slack_team, given.slack_user) == (person.slack.team, person.slack.user)
    return _SAME_PERSON if slack or given.entra_id == person.entra_id else None


def agreement(
    case: Case, proposal: Proposal, person: Person, reason: str, *, signer: Signer, now: datetime
) -> Agreement:
    given = Agreement(
        proposal_id=proposal.id,
        revision=case.revision,
        plan_hash=proposal.plan_hash,
        approval=_approval(person, now),
        reason=reason.strip(),
    )
    return replace(given, seal=signer.seal(agreement_bytes(case.key.tenant, case.id, given)))


def with_first(case: Case, given: Agreement) -> tuple[Agreement, ...]:
    """One first approval a proposal; those of other proposals on the card stand."""
    others = (a for a in case.agreed if a.proposal_id != given.proposal_id)
    return (*others, given)


def decision(
    case: Case,
    proposal: Proposal,
    person: Person,
    first: Agreement | None,
    reason: str,
    *,
    signer: Signer,
    now: datetime,
    mode: Mode,
    timing: Timing,
) -> Decision:
    """`first` is None for what one person may approve alone. The time to write it counts from now."""
    reasons = (first.reason if first else "", reason.strip())
    return signer.sign(
        Decision(
            tenant=case.key.tenant,
            case_id=case.id,
            proposal_id=proposal.id,
            revision=case.revision,
            plan_hash=proposal.plan_hash,
            risk=proposal.risk,
            mode=mode,
            approvals=(*([first.approval] if first else []), _approval(person, now)),
            reason="\n".join(filter(None, reasons)),
            decided_at=now,
            expires_at=now + timing.approval_good_for,
        )
    )


def audit_line(
    action: str,
    case: Case,
    proposal: Proposal,
    approvals: Sequence[Approval],
    reason: str,
    signature: str = "",
) -> AuditLine:
    last = approvals[-1]
    facts = {
        "proposal": proposal.id,
        "revision": str(case.revision),
        "plan": proposal.plan_hash,
        "entra_id": ",".join(a.entra_id for a in approvals),
        "risk": str(proposal.risk),
    }
    if reason:
        facts["reason"] = reason
    if signature:
        facts["signature"] = signature
    return AuditLine(
        actor=f"{last.slack_team}/{last.slack_user}", action=action, case_id=case.id, facts=facts
    )


def _approval(person: Person, now: datetime) -> Approval:
    return Approval(
        slack_team=person.slack.team,
        slack_user=person.slack.user,
        entra_id=person.entra_id,
        name=person.name,
        at=now,
    )
