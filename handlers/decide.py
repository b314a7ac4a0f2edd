"""In: Clicked. Out: a signed decision and FixApproved, or one sentence to the person saying why not.
Everything is asked now: the state, the revision and hash that were shown, the risk, the mode, who this is.
Promise: one winner; every click is answered; a refused click changes no state; a doubt is a refusal.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from bot.events import (
    Answered,
    CaseChanged,
    Clicked,
    Event,
    FixApproved,
    SyncErrorChanged,
    VerifyDue,
)
from bot.model import (
    Approval,
    Case,
    Decision,
    Mode,
    Moment,
    Person,
    Proposal,
    Refusal,
    Risk,
    Say,
    State,
)
from bot.ports import AuditLine, Cases, Clock, Due, People, Result, Signer
from handlers.timing import Timing

_WHY_NOT_PENDING: Mapping[State, str] = {
    State.NEW: "This case is still being looked at. Wait for its card.",
    State.OPEN: "There is nothing to approve on this case now. Its card shows what is known.",
    State.APPROVED: "This was already approved by {who}. The card follows what happens.",
    State.APPLYING: "This was already approved by {who} and is being written now.",
    State.WRITTEN: "This is already written, approved by {who}. The bot waits for Entra.",
    State.EXPORTED: "This is already written, approved by {who}. The bot waits for Entra.",
    State.OVERDUE: "This is already written, approved by {who}. Entra has not caught up yet.",
    State.VERIFIED: "This is already fixed and verified, approved by {who}.",
    State.CLOSED: "This case is closed.",
    State.PARTIAL: "Part of this was written. The card says which part.",
    State.UNKNOWN: "The answer to the write was lost. The bot is reading AD to find out.",
    State.FAILED: "Nothing was changed by the last write. Use Re-check to look again.",
    State.REFUSED: "The writer refused this change. The card says why.",
    State.REJECTED: "This was rejected. Use Re-check to bring it back.",
    State.EXPIRED: "This proposal has expired. Use Re-check for a fresh one.",
    State.UNDONE: "This was undone.",
}

_NOT_HEARD = Say(
    "This click did not come from Slack to this bot, so nothing was done. "
    "If you did click, click again; if not, check who can write to Redis."
)


async def decide(
    events: Sequence[Clicked],
    *,
    cases: Cases,
    people: People,
    signer: Signer,
    clock: Clock,
    mode: Mode,
    timing: Timing,
) -> list[Result]:
    results = []
    for event in events:
        case = await cases.get(event.case_id)
        if not hmac.compare_digest(event.seal, signer.seal(event.unsealed())):
            results.append(_refuse(event, "not-from-slack", _NOT_HEARD))
        elif case is None:
            results.append(_refuse(event, "no-case", Say("This case is not known any more.")))
        elif event.action == "recheck":
            results.append(await _recheck(event, case, people, clock))
        else:
            results.append(await _decide(event, case, people, signer, clock, mode, timing))
    return results


async def _decide(
    event: Clicked,
    case: Case,
    people: People,
    signer: Signer,
    clock: Clock,
    mode: Mode,
    timing: Timing,
) -> Result:
    proposal = case.proposal(event.proposal_id)
    refusal = _not_now(event, case, proposal, clock.now(), mode)
    if refusal := refusal or _too_late(event, clock.now(), timing):
        return _refuse(event, refusal.code, refusal.say)
    assert proposal is not None  # noqa: S101 - `_not_now` has refused that
    person = await people.may_approve(event.reply_to.user, proposal)
    if isinstance(person, Refusal):
        return _refuse(event, person.code, person.say)
    if person.entra_id in proposal.affected:
        return _refuse(
            event,
            "affected",
            Say(
                "You hold, gain or lose this value yourself, so somebody else has to decide. "
                "Ask another approver."
            ),
        )
    if event.action == "reject":
        return _rejected(event, case, person, clock.now())
    return _approved(event, case, proposal, person, signer, clock.now(), mode, timing)


def _not_now(
    event: Clicked, case: Case, proposal: Proposal | None, now: datetime, mode: Mode
) -> Refusal | None:
    """Reasons that do not depend on who clicked."""
    who = ", ".join(a.name for a in case.decision.approvals) if case.decision else "somebody"
    if case.state is not State.PENDING:
        return Refusal(f"state-{case.state}", Say(_WHY_NOT_PENDING[case.state], {"who": who}))
    shown = (event.revision, event.plan_hash)
    if proposal is None or shown != (case.revision, proposal.plan_hash):
        return Refusal(
            "superseded",
            Say(
                "The evidence has changed since that card was drawn. Read the new card and decide there."
            ),
        )
    if case.held is not None:
        return Refusal("held", case.held)
    if case.expires_at is None or now >= case.expires_at:
        return Refusal("expired", Say("This proposal has expired. Use Re-check for a fresh one."))
    if event.action == "reject":
        return None
    if event.action != "approve":
        return Refusal("unknown-button", Say("This button is from another version of the bot."))
    if mode is Mode.OBSERVE:
        return Refusal(
            "observe", Say("The bot only observes (mode = observe); nothing can be approved.")
        )
    if proposal.risk is Risk.DESTRUCTIVE:
        return Refusal(
            "destructive", Say("This change is never made from Slack. The card lists the steps.")
        )
    if proposal.risk is Risk.JUDGE:
        return Refusal(
            "two-approvers",
            Say(
                "This change needs two different approvers and a reason; one click cannot approve it."
            ),
        )
    return None


def _too_late(event: Clicked, now: datetime, timing: Timing) -> Refusal | None:
    """A click that was kept back, or taken out of Redis and put in again, approves nothing later on."""
    if now.timestamp() - float(event.clicked_at or 0) <= timing.approval_good_for.total_seconds():
        return None
    return Refusal(
        "late-click", Say("This click reached the bot too late. Read the card and click again.")
    )


def _approved(
    event: Clicked,
    case: Case,
    proposal: Proposal,
    person: Person,
    signer: Signer,
    now: datetime,
    mode: Mode,
    timing: Timing,
) -> Result:
    decision = signer.sign(
        Decision(
            tenant=case.key.tenant,
            case_id=case.id,
            proposal_id=proposal.id,
            revision=case.revision,
            plan_hash=proposal.plan_hash,
            risk=proposal.risk,
            mode=mode,
            approvals=(
                Approval(
                    slack_team=person.slack.team,
                    slack_user=person.slack.user,
                    entra_id=person.entra_id,
                    name=person.name,
                    at=now,
                ),
            ),
            reason=event.reason,
            decided_at=now,
            expires_at=now + timing.approval_good_for,
        )
    )
    by_hand = mode is Mode.PROPOSE
    say = Say(
        "Approved. The bot does not write in this mode: make the change by hand, it will be verified."
        if by_hand
        else "Approved."
    )
    approved = replace(
        case,
        state=State.APPROVED,
        decision=decision,
        expires_at=None,
        updated_at=now,
        timeline=(*case.timeline, Moment(now, person.name, say)),
    )
    follow: tuple[Event, ...] = (_redraw(event, case),)
    later: tuple[Due, ...] = ()
    if by_hand:
        look = VerifyDue(tenant=event.tenant, id=f"verify:{case.id}", case_id=case.id)
        later = (Due(look, now + timing.look_every),)
    else:
        follow = (
            FixApproved(
                tenant=event.tenant,
                id=f"{case.id}:{case.revision}:approved",
                case_id=case.id,
                proposal_id=proposal.id,
                revision=case.revision,
            ),
            *follow,
        )
    line = AuditLine(
        actor=f"{person.slack.team}/{person.slack.user}",
        action="decision.approved",
        case_id=case.id,
        facts={
            "proposal": proposal.id,
            "revision": str(case.revision),
            "plan": proposal.plan_hash,
            "entra_id": person.entra_id,
            "risk": proposal.risk,
            "signature": decision.signature,
        },
    )
    return Result(event=event, case=approved, follow=follow, later=later, audit=(line,))


def _rejected(event: Clicked, case: Case, person: Person, now: datetime) -> Result:
    say = Say("Rejected. The case comes back when its evidence changes.")
    rejected = replace(
        case,
        state=State.REJECTED,
        expires_at=None,
        updated_at=now,
        timeline=(*case.timeline, Moment(now, person.name, say)),
    )
    line = AuditLine(
        actor=f"{person.slack.team}/{person.slack.user}",
        action="decision.rejected",
        case_id=case.id,
        facts={"proposal": event.proposal_id, "entra_id": person.entra_id},
    )
    return Result(event=event, case=rejected, follow=(_redraw(event, case),), audit=(line,))


async def _recheck(event: Clicked, case: Case, people: People, clock: Clock) -> Result:
    """Anybody who may ask may have a case looked at again; it writes nothing."""
    person = await people.may_ask(event.reply_to.user)
    if isinstance(person, Refusal):
        return _refuse(event, person.code, person.say)
    look = SyncErrorChanged(tenant=event.tenant, id=f"{event.id}:recheck", case_id=case.id)
    settled = {State.REJECTED, State.EXPIRED, State.REFUSED, State.FAILED}
    answer = _answer(event, Say("Looking again. The card changes when there is something new."))
    follow: tuple[Event, ...] = (look, answer)
    reopened = None
    if case.state in settled:
        asked = Moment(clock.now(), person.name, Say("Asked for another look."))
        reopened = replace(case, state=State.OPEN, timeline=(*case.timeline, asked))
        follow = (*follow, _redraw(event, case))
    return Result(
        event=event,
        case=reopened,
        follow=follow,
        audit=(
            AuditLine(
                actor=f"{person.slack.team}/{person.slack.user}",
                action="case.recheck",
                case_id=case.id,
            ),
        ),
    )


def _refuse(event: Clicked, code: str, say: Say) -> Result:
    who = event.reply_to.user
    line = AuditLine(
        actor=f"{who.team}/{who.user}",
        action="decision.refused",
        case_id=event.case_id,
        facts={"why": code, "action": event.action, "proposal": event.proposal_id},
    )
    # the card may be an old picture: draw it again as it stands
    redraw = CaseChanged(tenant=event.tenant, id=f"{event.id}:redraw", case_id=event.case_id)
    return Result(event=event, follow=(_answer(event, say), redraw), audit=(line,))


def _answer(event: Clicked, say: Say) -> Answered:
    return Answered(
        tenant=event.tenant,
        id=f"{event.id}:answer",
        shape="say",
        body=msgspec.json.encode(say).decode(),
        reply_to=event.reply_to,
    )


def _redraw(event: Clicked, case: Case) -> CaseChanged:
    return CaseChanged(tenant=event.tenant, id=f"{event.id}:redraw", case_id=case.id)
