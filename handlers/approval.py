"""In: a click of somebody who may approve this very proposal. Out: the first of two approvals, or a signed decision.
SAFE takes one person. JUDGE takes two, who are two on both sides: another Slack account and another Entra account.
Promise: pure; a first approval counts only for the plan it was given for, and only if this edge sealed it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.events import FixApproved
from bot.model import (
    SHORTEST_ALONE,
    SHORTEST_REASON,
    Agreement,
    Approval,
    Case,
    Choice,
    Decision,
    Mode,
    Moment,
    Person,
    Proposal,
    Refusal,
    Risk,
    Say,
    State,
    mark,
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
_CHOSE_IT = Refusal(
    "chose-it",
    Say("You chose this change, so somebody else has to approve it. Ask another approver."),
)
_NOT_CHOSEN_HERE = Refusal(
    "choice-not-sealed",
    Say(
        "Who chose this change was not written down by this bot, so it cannot be approved. Choose it again under "
        "Other fixes, and check who can write to Redis."
    ),
)
_TOO_SHORT_ALONE = mark(
    "Alone it takes at least {count} characters: nobody else reads your reason before it is written."
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
    return _SAME_PERSON if is_alone(person, first) else None


def is_alone(person: Person, first: Agreement | None) -> bool:
    """Nobody else has approved."""
    return first is None or is_same(person, first.approval)


def is_same(person: Person, given: Approval) -> bool:
    """Two accounts of one person, on either side, are one person."""
    slack = (given.slack_team, given.slack_user) == (person.slack.team, person.slack.user)
    return slack or given.entra_id == person.entra_id


def by_choice(
    case: Case, proposal: Proposal, person: Person, choice: Choice | None
) -> Refusal | None:
    """Whoever chose it does not approve it; `choice` is what this edge has sealed of it."""
    if case.chosen is None or case.chosen.proposal_id != proposal.id:
        return None
    if choice is None:
        return _NOT_CHOSEN_HERE
    same = person.entra_id == choice.by.entra_id or person.slack == choice.by.slack
    return _CHOSE_IT if same else None


def no_break_glass(proposal: Proposal, reason: str, *, allowed: bool) -> Refusal | None:
    """Alone, what takes two: only where the company allows it, and never without a long word of why."""
    if proposal.risk is not Risk.JUDGE:
        return None  # one person may approve it anyway
    if not allowed:
        return Refusal(
            "break-glass-off",
            Say("Approving alone is not allowed here (slack.break_glass). Ask a second approver."),
        )
    if len(reason.strip()) < SHORTEST_ALONE:
        return Refusal("no-long-reason", Say(_TOO_SHORT_ALONE, {"count": str(SHORTEST_ALONE)}))
    return None


def broken_glass(decision: Decision) -> tuple[Moment, ...]:
    """The line that everybody is to see."""
    if not decision.break_glass:
        return ()
    say = Say(
        "Break glass: approved alone, without a second person. Reason: {reason}",
        {"reason": decision.reason},
    )
    who = decision.approvals[-1].name
    return (Moment(decision.decided_at, who, say, broadcast=True),)


def agreement(
    case: Case, proposal: Proposal, person: Person, reason: str, *, signer: Signer, now: datetime
) -> Agreement:
    given = Agreement(
        proposal_id=proposal.id,
        revision=case.revision,
        plan_hash=proposal.plan_hash,
        approval=given_by(person, now),
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
    choice: Choice | None,
    break_glass: bool,
    signer: Signer,
    now: datetime,
    mode: Mode,
    timing: Timing,
) -> Decision:
    """`first` is None for what one person approves alone. The time to write it counts from now."""
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
            approvals=(*([first.approval] if first else []), given_by(person, now)),
            reason="\n".join(filter(None, reasons)),
            decided_at=now,
            expires_at=now + timing.approval_good_for,
            break_glass=break_glass,
            chosen_by=choice.by.entra_id if choice else "",
        )
    )


def approved(case: Case, decision: Decision, now: datetime, *told: Moment) -> Case:
    """What the writer goes by; a first approval of anything else on the card is void by that."""
    return replace(
        case,
        state=State.APPROVED,
        decision=decision,
        agreed=(),
        expires_at=None,
        updated_at=now,
        timeline=(*case.timeline, *told),
    )


def to_be_written(case: Case, proposal: Proposal, what: str = "approved") -> FixApproved:
    return FixApproved(
        tenant=case.key.tenant,
        id=f"{case.id}:{case.revision}:{what}",
        case_id=case.id,
        proposal_id=proposal.id,
        revision=case.revision,
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
    if action == "decision.break_glass":
        facts["break_glass"] = "one approver"
    return AuditLine(
        actor=f"{last.slack_team}/{last.slack_user}", action=action, case_id=case.id, facts=facts
    )


def given_by(person: Person, now: datetime) -> Approval:
    return Approval(
        slack_team=person.slack.team,
        slack_user=person.slack.user,
        entra_id=person.entra_id,
        name=person.name,
        at=now,
    )
