"""In: Clicked. Out: a signed decision and FixApproved, or one sentence to the person saying why not.
Everything is asked now: what was shown and how the case stands (`handlers.refusals`), and who this is.
An undo is decided like a fix, about the proposal that the receipts make; `handlers.approval` counts the people.
Promise: one winner; every click is answered; a refused click changes no state; a doubt is a refusal.
"""

import hmac
from collections.abc import Sequence
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
    Agreement,
    Case,
    Decision,
    Mode,
    Moment,
    Person,
    Proposal,
    Refusal,
    Risk,
    Say,
    SlackUser,
    State,
)
from bot.ports import AuditLine, Cases, Clock, Due, People, Result, Signer
from bot.triage.past import AS_WRITTEN, set_aside, undo_seen
from bot.triage.plan import first_of_two
from handlers import approval, refusals
from handlers.timing import Timing

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
    now = clock.now()
    undoing = event.action == "undo"
    proposal = undo_seen(case, event.proposal_id) if undoing else case.proposal(event.proposal_id)
    why = refusals.no_undo_now if undoing else refusals.not_now
    refusal = why(event, case, proposal, now, mode) or refusals.too_late(event, now, timing)
    if refusal is not None:
        return _refuse(event, refusal.code, refusal.say)
    assert proposal is not None  # noqa: S101 - both have refused that
    person = await _may_approve(people, event.reply_to.user, proposal)
    if isinstance(person, Refusal):
        return _refuse(event, person.code, person.say)
    if event.action == "reject":
        return _rejected(event, case, person, now)
    first = first_of_two(case, proposal, signer.seal)
    if first and not await _still_counts(people, first, proposal):
        first = None
    if refusal := approval.objection(proposal, person, first, event.reason):
        return _refuse(event, refusal.code, refusal.say)
    if proposal.risk is Risk.JUDGE and first is None:
        given = approval.agreement(case, proposal, person, event.reason, signer=signer, now=now)
        return _agreed(event, case, proposal, given)
    decision = approval.decision(
        case,
        proposal,
        person,
        first,
        event.reason,
        signer=signer,
        now=now,
        mode=mode,
        timing=timing,
    )
    if undoing:
        return _undo_approved(event, case, proposal, decision)
    return _approved(event, case, proposal, decision, timing)


async def _may_approve(people: People, who: SlackUser, proposal: Proposal) -> Person | Refusal:
    person = await people.may_approve(who, proposal)
    if isinstance(person, Person) and person.entra_id in proposal.affected:
        return Refusal(
            "affected",
            Say(
                "You hold, gain or lose this value yourself, so somebody else has to decide. "
                "Ask another approver."
            ),
        )
    return person


async def _still_counts(people: People, first: Agreement, proposal: Proposal) -> bool:
    """Taken off the list since, or in doubt: then the one who clicks now is the first."""
    given = first.approval
    who = SlackUser(given.slack_team, given.slack_user)
    person = await _may_approve(people, who, proposal)
    return isinstance(person, Person) and person.entra_id == given.entra_id


def _agreed(event: Clicked, case: Case, proposal: Proposal, given: Agreement) -> Result:
    """The first of two: the case stays as it is, and its card asks for the second."""
    who = given.approval
    say = Say(
        "Agreed to put it back, as the first of two. Reason: {reason}"
        if event.action == "undo"
        else "Approved, as the first of two. Reason: {reason}",
        {"reason": given.reason},
    )
    waiting = replace(
        case,
        agreed=approval.with_first(case, given),
        timeline=(*case.timeline, Moment(who.at, who.name, say)),
    )
    noted = Say(
        "Noted, with your reason. One more person has to approve before anything is written."
    )
    line = approval.audit_line(
        "undo.agreed" if event.action == "undo" else "decision.agreed",
        case,
        proposal,
        (who,),
        given.reason,
    )
    follow = (_answer(event, noted), _redraw(event, case))
    return Result(event=event, case=waiting, follow=follow, audit=(line,))


def _approved(
    event: Clicked, case: Case, proposal: Proposal, decision: Decision, timing: Timing
) -> Result:
    now = decision.decided_at
    by_hand = decision.mode is Mode.PROPOSE
    say = Say(
        "Approved. The bot does not write in this mode: make the change by hand, it will be verified."
        if by_hand
        else "Approved."
    )
    approved = replace(
        case,
        state=State.APPROVED,
        decision=decision,
        agreed=(),
        expires_at=None,
        updated_at=now,
        timeline=(*case.timeline, Moment(now, decision.approvals[-1].name, say)),
    )
    follow: tuple[Event, ...] = (_redraw(event, case),)
    later: tuple[Due, ...] = ()
    if by_hand:
        look = VerifyDue(tenant=event.tenant, id=f"verify:{case.id}", case_id=case.id)
        later = (Due(look, now + timing.look_every),)
    else:
        follow = (_write(event, case, proposal, "approved"), *follow)
    line = _decided("decision.approved", case, proposal, decision)
    return Result(event=event, case=approved, follow=follow, later=later, audit=(line,))


def _undo_approved(event: Clicked, case: Case, undo: Proposal, decision: Decision) -> Result:
    """The same way as a fix from here on: intent, guard, one modify, receipt."""
    now = decision.decided_at
    say = Say("Approved: put it back as it was before.")
    # in a case that has gone on since, nothing of now is decided
    goes_on = case.state not in AS_WRITTEN | {State.UNDONE}
    base = set_aside(case) if goes_on else case
    approved = replace(
        base,
        state=State.APPROVED,
        undo=decision,
        proposals=(*case.proposals, undo),
        agreed=(),
        expires_at=None,
        updated_at=now,
        timeline=(*case.timeline, Moment(now, decision.approvals[-1].name, say)),
    )
    follow = (_write(event, case, undo, "undo"), _redraw(event, case))
    line = _decided("undo.approved", case, undo, decision)
    return Result(event=event, case=approved, follow=follow, audit=(line,))


def _write(event: Clicked, case: Case, proposal: Proposal, what: str) -> FixApproved:
    return FixApproved(
        tenant=event.tenant,
        id=f"{case.id}:{case.revision}:{what}",
        case_id=case.id,
        proposal_id=proposal.id,
        revision=case.revision,
    )


def _decided(action: str, case: Case, proposal: Proposal, decision: Decision) -> AuditLine:
    return approval.audit_line(
        action, case, proposal, decision.approvals, decision.reason, decision.signature
    )


def _rejected(event: Clicked, case: Case, person: Person, now: datetime) -> Result:
    say = Say("Rejected. The case comes back when its evidence changes.")
    rejected = replace(
        case,
        state=State.REJECTED,
        agreed=(),
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
