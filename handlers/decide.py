"""In: Clicked. Out: a signed decision and FixApproved, or one sentence to the person saying why not.
Everything is asked now: what was shown and how the case stands (`handlers.refusals`), and who this is.
An undo is decided like a fix, about the proposal that the receipts make; `handlers.approval` counts the people.
Promise: one winner; every click is answered; a refused click changes no state; a doubt is a refusal.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.events import Clicked, Event, SyncErrorChanged, VerifyDue
from bot.model import (
    Agreement,
    Case,
    Decision,
    Mode,
    Moment,
    Paused,
    Person,
    Proposal,
    Refusal,
    Risk,
    Say,
    State,
)
from bot.ports import AuditLine, Cases, Clock, Due, People, Result, Signer
from bot.triage import pause
from bot.triage.past import AS_WRITTEN, set_aside, undo_seen
from bot.triage.plan import choice_of, first_of_two
from handlers import approval, refusals
from handlers.clicks import (
    LOOK_AGAIN,
    NO_CASE,
    NOT_HEARD,
    actor,
    answered,
    came_from_slack,
    redrawn,
    refused,
    too_late,
)
from handlers.standing import may_decide, still_counts
from handlers.timing import Timing


async def decide(
    events: Sequence[Clicked],
    *,
    cases: Cases,
    people: People,
    signer: Signer,
    clock: Clock,
    mode: Mode,
    timing: Timing,
    break_glass: bool,
) -> list[Result]:
    """`break_glass`: one approver may do without the second one, loudly."""
    results = []
    for event in events:
        case = await cases.get(event.case_id)
        if not came_from_slack(event, signer):
            results.append(refused(event, NOT_HEARD))
        elif case is None:
            results.append(refused(event, NO_CASE))
        elif event.action == "recheck":
            results.append(await _recheck(event, case, people, clock))
        else:
            paused = pause.read(await cases.marks_of([pause.MARK]))
            results.append(
                await _decide(event, case, people, signer, clock, mode, timing, break_glass, paused)
            )
    return results


async def _decide(
    event: Clicked,
    case: Case,
    people: People,
    signer: Signer,
    clock: Clock,
    mode: Mode,
    timing: Timing,
    break_glass: bool,  # noqa: FBT001 - a setting, handed through
    paused: Paused | None,
) -> Result:
    now = clock.now()
    undoing = event.action == "undo"
    proposal = undo_seen(case, event.proposal_id) if undoing else case.proposal(event.proposal_id)
    why = refusals.no_undo_now if undoing else refusals.not_now
    refusal = (
        why(event, case, proposal, now, mode)
        or (pause.refusal(paused) if event.action != "reject" else None)
        or too_late(event, now, timing)
    )
    if refusal is not None:
        return refused(event, refusal)
    assert proposal is not None  # noqa: S101 - both have refused that
    if shared := await people.open_to_others(event.reply_to.channel):
        return refused(event, shared)
    person = await may_decide(people, event.reply_to.user, proposal, case)
    if isinstance(person, Refusal):
        return refused(event, person)
    if event.action == "reject":
        return _rejected(event, case, person, now)
    first = first_of_two(case, proposal, signer.seal)
    if first and not await still_counts(people, first.approval, proposal, case):
        first = None
    choice = choice_of(case, proposal, signer.seal)
    alone = event.action == "break_glass" and approval.is_alone(person, first)
    if refusal := approval.by_choice(case, proposal, person, choice) or (
        approval.no_break_glass(proposal, event.reason, allowed=break_glass)
        if alone
        else approval.objection(proposal, person, first, event.reason)
    ):
        return refused(event, refusal)
    if proposal.risk is Risk.JUDGE and first is None and not alone:
        given = approval.agreement(case, proposal, person, event.reason, signer=signer, now=now)
        return _agreed(event, case, proposal, given)
    decision = approval.decision(
        case,
        proposal,
        person,
        None if alone else first,
        event.reason,
        choice=choice,
        break_glass=alone and proposal.risk is Risk.JUDGE,
        signer=signer,
        now=now,
        mode=mode,
        timing=timing,
    )
    if undoing:
        return _undo_approved(event, case, proposal, decision)
    return _approved(event, case, proposal, decision, timing)


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
    follow = (answered(event, noted), redrawn(event, case))
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
    say = _with_reason(say, event, decision)
    told = (*approval.broken_glass(decision), Moment(now, decision.approvals[-1].name, say))
    approved = approval.approved(case, decision, now, *told)
    follow: tuple[Event, ...] = (redrawn(event, case),)
    later: tuple[Due, ...] = ()
    if by_hand:
        look = VerifyDue(tenant=event.tenant, id=f"verify:{case.id}", case_id=case.id)
        later = (Due(look, now + timing.look_every),)
    else:
        follow = (approval.to_be_written(case, proposal), *follow)
    word = "decision.break_glass" if decision.break_glass else "decision.approved"
    line = _decided(word, case, proposal, decision)
    return Result(event=event, case=approved, follow=follow, later=later, audit=(line,))


def _with_reason(say: Say, event: Clicked, decision: Decision) -> Say:
    """What the second person had to add; a break-glass reason has a line of its own."""
    reason = event.reason.strip()
    if decision.break_glass or not reason:
        return say
    return Say("{said} Reason: {reason}", {"said": say, "reason": reason})


def _undo_approved(event: Clicked, case: Case, undo: Proposal, decision: Decision) -> Result:
    """The same way as a fix from here on: intent, guard, one modify, receipt."""
    now = decision.decided_at
    say = _with_reason(Say("Approved: put it back as it was before."), event, decision)
    # in a case that has gone on since, nothing of now is decided
    goes_on = case.state not in AS_WRITTEN | {State.UNDONE}
    base = set_aside(case) if goes_on else case
    approved = replace(
        base,
        state=State.APPROVED,
        undo=decision,
        proposals=(*case.proposals, undo),
        agreed=(),
        snoozed=None,
        ignored=None,
        expires_at=None,
        updated_at=now,
        timeline=(*case.timeline, Moment(now, decision.approvals[-1].name, say)),
    )
    follow = (approval.to_be_written(case, undo, "undo"), redrawn(event, case))
    line = _decided("undo.approved", case, undo, decision)
    return Result(event=event, case=approved, follow=follow, audit=(line,))


def _decided(action: str, case: Case, proposal: Proposal, decision: Decision) -> AuditLine:
    return approval.audit_line(
        action, case, proposal, decision.approvals, decision.reason, decision.signature
    )


def _rejected(event: Clicked, case: Case, person: Person, now: datetime) -> Result:
    say = Say(
        "Rejected. The case comes back when its evidence changes, or with Re-check now in its menu."
    )
    rejected = replace(
        case,
        state=State.REJECTED,
        agreed=(),
        expires_at=None,
        updated_at=now,
        timeline=(*case.timeline, Moment(now, person.name, say)),
    )
    line = AuditLine(
        actor=actor(event),
        action="decision.rejected",
        case_id=case.id,
        facts={"proposal": event.proposal_id, "entra_id": person.entra_id},
    )
    return Result(event=event, case=rejected, follow=(redrawn(event, case),), audit=(line,))


async def _recheck(event: Clicked, case: Case, people: People, clock: Clock) -> Result:
    """Anybody who may ask may have a case looked at again; it writes nothing."""
    person = await people.may_ask(event.reply_to.user)
    if isinstance(person, Refusal):
        return refused(event, person)
    look = SyncErrorChanged(tenant=event.tenant, id=f"{event.id}{LOOK_AGAIN}", case_id=case.id)
    settled = {State.REJECTED, State.EXPIRED, State.REFUSED, State.FAILED}
    answer = answered(
        event,
        Say(
            "Looking again. The last line of the card tells when it was read; the rest changes when there is something new."
        ),
    )
    follow: tuple[Event, ...] = (look, answer)
    reopened = None
    if case.state in settled:
        asked = Moment(clock.now(), person.name, Say("Asked for another look."))
        reopened = replace(case, state=State.OPEN, timeline=(*case.timeline, asked))
        follow = (*follow, redrawn(event, case))
    return Result(
        event=event,
        case=reopened,
        follow=follow,
        audit=(
            AuditLine(
                actor=actor(event),
                action="case.recheck",
                case_id=case.id,
            ),
        ),
    )
