"""In: FixApproved, then WriteDue. Out: one guarded write and its receipt, or nothing and the reason.
Two events, so that the intent stands in the audit before the write: FixApproved commits it, WriteDue writes.
Promise: written only if people still may, and if fresh evidence gives the very same plan; never written twice;
an answer that was lost is settled by reading, never by writing again. An undo goes the same way (`handlers.undo`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.errors import Refused
from bot.events import (
    CaseChanged,
    Event,
    FixApproved,
    FixWritten,
    SyncErrorChanged,
    WriteDue,
)
from bot.model import (
    Case,
    Decision,
    Mode,
    Moment,
    Proposal,
    Receipt,
    Say,
    State,
    WriteResult,
)
from bot.ports import (
    AdReader,
    Approvers,
    AuditLine,
    Cases,
    Clock,
    Cloud,
    Due,
    Journal,
    Result,
)
from bot.triage import pause
from bot.triage.diagnose import diagnose
from bot.triage.policy import Policy
from handlers import brake, sides, undo
from handlers.close import closed
from handlers.evidence import gather
from handlers.review import review
from handlers.sides import Writers, writer_of
from handlers.timing import Timing
from handlers.undo import DONE

# approved, and not in place: whoever approved it hears of it
_CAME_TO_NOTHING = {State.FAILED, State.REFUSED, State.PARTIAL}


async def apply(events: Sequence[FixApproved], *, cases: Cases, clock: Clock) -> list[Result]:
    """The intent: committed with an audit line before anything is written."""
    results = []
    for event in events:
        case = await cases.get(event.case_id)
        if case is None or approved_decision(case, event.proposal_id, State.APPROVED) is None:
            results.append(Result(event=event))
            continue
        proposal = case.proposal(event.proposal_id)
        assert proposal is not None  # noqa: S101 - just checked
        if stopped := await _paused(event, case, proposal, cases, clock):
            results.append(stopped)
            continue
        write = WriteDue(
            tenant=event.tenant,
            id=f"{proposal.id}:write",
            case_id=case.id,
            proposal_id=proposal.id,
        )
        line = AuditLine(
            actor="bot",
            action="write.intent",
            case_id=case.id,
            facts={
                "proposal": proposal.id,
                "plan": proposal.plan_hash,
                "targets": ",".join(s.guid for s in proposal.steps),
            },
        )
        applying = replace(case, state=State.APPLYING, updated_at=clock.now())
        results.append(
            Result(
                event=event, case=applying, follow=(write, _redraw(case, "applying")), audit=(line,)
            )
        )
    return results


async def write(
    events: Sequence[WriteDue],
    *,
    cases: Cases,
    ad: AdReader,
    cloud: Cloud,
    writers: Writers,
    journal: Journal,
    approvers: Approvers,
    clock: Clock,
    mode: Mode,
    timing: Timing,
    policy: Policy,
) -> list[Result]:
    """Raises Unreachable before anything is written; afterwards every outcome is a receipt."""
    results = []
    for event in events:
        case = await cases.get(event.case_id)
        waits = (State.APPLYING, State.UNKNOWN)
        decision = approved_decision(case, event.proposal_id, *waits) if case else None
        if case is None or decision is None:
            results.append(Result(event=event))
            continue
        proposal = case.proposal(event.proposal_id)
        assert proposal is not None  # noqa: S101 - just checked
        written = await journal.receipts(proposal.id)
        if written is not None or case.state is State.UNKNOWN:
            if mode is not Mode.APPLY or _lacks_writer(proposal, writers):
                results.append(_nobody_can_tell(event, case, proposal, clock.now(), timing))
                continue
            # a journal that knows nothing of it is no reason to write, and vouches for nothing either
            kept = journal if written is not None else None
            receipts = await _settle(proposal, written or (), writers, kept)
            outcome = _outcome(event, case, proposal, receipts, clock.now(), timing)
            results.append(await brake.after_write(outcome, proposal, receipts, cases, clock))
            continue
        stopped = _no_writer(event, case, proposal, writers, clock.now()) or await _stop(
            event, case, proposal, decision, approvers, clock.now(), mode
        )
        if stopped is None:
            stopped = (
                await undo.look_again(event, case, proposal, writers, ad, cloud, clock)
                if proposal.undo_of
                else await _look_again(
                    event,
                    case,
                    proposal,
                    decision,
                    approvers,
                    ad,
                    cloud,
                    clock,
                    mode,
                    timing,
                    policy,
                )
            )
        if stopped is not None:
            results.append(stopped)
            continue
        await _reached(proposal, writers)
        # read last of all, by the process that writes: whoever pauses need not ask how far the bot is
        if stopped := await _paused(event, case, proposal, cases, clock):
            results.append(stopped)
            continue
        try:
            await journal.intend(decision, proposal)
        except (
            Refused
        ):  # another delivery of this event was quicker: what it did is read, not repeated
            receipts = await _settle(proposal, (), writers, journal)
        else:
            receipts = await _write(decision, proposal, writers, journal)
        outcome = _outcome(event, case, proposal, receipts, clock.now(), timing)
        results.append(await brake.after_write(outcome, proposal, receipts, cases, clock))
    return results


def approved_decision(case: Case, proposal_id: str, *states: State) -> Decision | None:
    """The decision that this proposal is being written under: of the fix, or of the undo that follows it."""
    decision = case.undo or case.decision
    if (
        case.state in states
        and decision is not None
        and decision.proposal_id == proposal_id
        and decision.revision == case.revision
        and case.proposal(proposal_id) is not None
    ):
        return decision
    return None


def _no_writer(
    event: Event, case: Case, proposal: Proposal, writers: Writers, now: datetime
) -> Result | None:
    """Settings may have changed since the card was drawn."""
    if not _lacks_writer(proposal, writers):
        return None
    say = Say(
        "Not written: the bot has no account that may change sign-in names in Entra. Set entra_writer, or make the "
        "change by hand."
    )
    return _refused(event, case, proposal, say, now)


def _lacks_writer(proposal: Proposal, writers: Writers) -> bool:
    return any(step.side not in writers for step in proposal.steps)


def _nobody_can_tell(
    event: WriteDue, case: Case, proposal: Proposal, now: datetime, timing: Timing
) -> Result:
    """Writing was switched off before a lost answer was settled: whoever reads with a writing account is not there."""
    note = Say(
        "Whether this was written is not known: its answer was lost, and the bot may not write any more. "
        "Look at {name} yourself; the bot looks again too.",
        {"name": proposal.steps[0].name},
    )
    receipt = Receipt(
        proposal_id=proposal.id, step=0, result=WriteResult.STALE, dc="", at=now, note=note
    )
    told = _outcome(event, case, proposal, (receipt,), now, timing)
    if told.case is None:
        return told
    *before, last = told.case.timeline
    return replace(told, case=replace(told.case, timeline=(*before, replace(last, say=note))))


async def _paused(
    event: Event, case: Case, proposal: Proposal, cases: Cases, clock: Clock
) -> Result | None:
    paused = pause.read(await cases.marks_of([pause.MARK]))
    if paused is None:
        return None
    say = Say("Not written: {why}", {"why": pause.told(paused)})
    return _refused(event, case, proposal, say, clock.now())


async def _stop(
    event: Event,
    case: Case,
    proposal: Proposal,
    decision: Decision,
    approvers: Approvers,
    now: datetime,
    mode: Mode,
) -> Result | None:
    """What must still hold of the approval itself at the moment of writing."""
    if mode is not Mode.APPLY:
        say = Say("Not written: the bot does not write in mode {mode}.", {"mode": mode})
        return _refused(event, case, proposal, say, now)
    if now >= decision.expires_at:
        say = Say(
            "Not written: the approval was given at {when} and is good for a few minutes only. "
            "Approve again.",
            {"when": f"{decision.decided_at:%H:%M} UTC"},
        )
        return _refused(event, case, proposal, say, now)
    if (refusal := await approvers.still_valid(decision, case)) is not None:
        return _refused(event, case, proposal, refusal.say, now)
    return None


async def _look_again(
    event: Event,
    case: Case,
    proposal: Proposal,
    decision: Decision,
    approvers: Approvers,
    ad: AdReader,
    cloud: Cloud,
    clock: Clock,
    mode: Mode,
    timing: Timing,
    policy: Policy,
) -> Result | None:
    """The diagnosis made anew: only the very same plan may be written, by those whom its route names."""
    wanted = [(case.key, case.errors)]
    evidence = (await gather(wanted, ad=ad, cloud=cloud, clock=clock, policy=policy))[case.id]
    now = clock.now()
    if not evidence.errors:
        say = Say("Nothing was written: Entra no longer reports this error.", cites=("searched",))
        return closed(event, case, now, say)
    finding = diagnose(
        evidence,
        case_id=case.id,
        previous=case.evidence,
        now=now,
        policy=policy,
        fixed_since=case.fixed_since,
        repairs=case.repairs,
    )
    stopped = timing.sync_stopped(evidence.tenant, now)
    same = any(p.plan_hash == proposal.plan_hash for p in finding.proposals)
    if same and not stopped:
        # the route of what was read now: Redis has no say in who may approve
        fresh = replace(
            case, errors=evidence.errors, evidence=evidence, diagnosis=finding.diagnosis
        )
        refusal = await approvers.still_valid(decision, fresh)
        return _refused(event, case, proposal, refusal.say, now) if refusal else None
    why = (
        Say("Nothing was written: directory sync has stopped meanwhile.", cites=("tenant",))
        if stopped
        else Say(
            "Nothing was written: what the approval relied on has changed ({what}). "
            "This is the new situation.",
            {"what": _difference(proposal, finding.proposals)},
            ("err",),
        )
    )
    return review(event, case, evidence, now=now, mode=mode, timing=timing, policy=policy, why=why)


def _difference(old: Proposal, new: tuple[Proposal, ...]) -> str | Say:
    if not new:
        return Say("there is nothing left to change")
    before = {(b.ref, b.what): b.values for b in old.before}
    after = {(b.ref, b.what): b.values for b in new[0].before}
    changed = {what for key in before.keys() ^ after.keys() for what in [key[1]]}
    changed |= {key[1] for key in before.keys() & after.keys() if before[key] != after[key]}
    return ", ".join(sorted(changed)) or Say("the plan")


async def _reached(proposal: Proposal, writers: Writers) -> None:
    """A DC or an Entra that is away is waited out here, before there is an intent."""
    for step in proposal.steps:
        await writer_of(step, writers).read(step)


async def _write(
    decision: Decision, proposal: Proposal, writers: Writers, journal: Journal
) -> tuple[Receipt, ...]:
    """Step by step; the first one that is not done ends it, and the rest is not tried."""
    receipts: list[Receipt] = []
    for index, step in enumerate(proposal.steps):
        receipt = await writer_of(step, writers).write(decision, proposal, index)
        await journal.record(receipt)
        receipts.append(receipt)
        if receipt.result not in DONE:
            break
    return tuple(receipts)


async def _settle(
    proposal: Proposal, known: tuple[Receipt, ...], writers: Writers, journal: Journal | None
) -> tuple[Receipt, ...]:
    """A write that was intended already: reading decides, for the first step without a clear receipt. `journal` None:
    it knows nothing of this, and is told nothing.

    Steps after it were never tried, and are not tried now: the approval was for that moment.
    """
    last = {r.step: r for r in known}
    receipts: list[Receipt] = []
    for index, step in enumerate(proposal.steps):
        receipt = last.get(index)
        if receipt is None or receipt.result is WriteResult.UNKNOWN:
            receipt = await writer_of(step, writers).settle(proposal, index)
            if journal is not None:
                await journal.record(receipt)
        receipts.append(receipt)
        if receipt.result not in DONE:
            break
    return tuple(receipts)


def _outcome(
    event: WriteDue,
    case: Case,
    proposal: Proposal,
    receipts: tuple[Receipt, ...],
    now: datetime,
    timing: Timing,
) -> Result:
    if proposal.undo_of is not None:
        return undo.outcome(event, case, proposal, receipts, now, timing)
    done = [r for r in receipts if r.result in DONE]
    last = receipts[-1]
    follow: tuple[Event, ...] = (_redraw(case, f"written:{last.result}"),)
    later: tuple[Due, ...] = ()
    state, say = _state_and_words(proposal, done, last)
    if state is State.WRITTEN:
        fixed = FixWritten(tenant=event.tenant, id=f"{proposal.id}:written", case_id=case.id)
        follow = (fixed, *follow)
    if state is State.FAILED:
        # what was approved is over; a fresh look makes a fresh proposal, if there is one to make
        look = SyncErrorChanged(tenant=event.tenant, id=f"{proposal.id}:failed", case_id=case.id)
        follow = (look, *follow)
    if state is State.UNKNOWN:
        later = (Due(event, now + timing.settle_after),)
    settled = replace(
        case,
        state=state,
        receipts=receipts,
        written_at=now if state in {State.WRITTEN, State.PARTIAL} else None,
        verify_by=now + timing.overdue_after if state is State.WRITTEN else None,
        updated_at=now,
        timeline=(*case.timeline, Moment(now, "", say, broadcast=state in _CAME_TO_NOTHING)),
    )
    line = AuditLine(
        actor="bot",
        action="write.receipt",
        case_id=case.id,
        facts={
            "proposal": proposal.id,
            "result": ",".join(f"{r.step}:{r.result}" for r in receipts),
            "dc": last.dc,
        },
    )
    return Result(event=event, case=settled, follow=follow, later=later, audit=(line,))


def _state_and_words(proposal: Proposal, done: list[Receipt], last: Receipt) -> tuple[State, Say]:
    if len(done) == len(proposal.steps):
        return State.WRITTEN, sides.written(proposal.steps[-1], last.dc)
    if last.result is WriteResult.UNKNOWN:
        return State.UNKNOWN, sides.no_answer(proposal.steps[last.step])
    if done:
        return State.PARTIAL, Say(
            "{done} of {all} changes were written, then it stopped: {why}",
            {
                "done": str(len(done)),
                "all": str(len(proposal.steps)),
                "why": last.note,
            },
        )
    if last.result is WriteResult.STALE:
        return State.FAILED, Say(
            "Nothing was written: the object changed between the last look and the write, "
            "or the write never reached it. Looking again."
        )
    return State.REFUSED, last.note


def _refused(event: Event, case: Case, proposal: Proposal, say: Say, now: datetime) -> Result:
    if proposal.undo_of is not None:
        return undo.left_as_it_is(event, case, proposal, say, now)
    refused = replace(
        case,
        state=State.REFUSED,
        updated_at=now,
        timeline=(*case.timeline, Moment(now, "", say, broadcast=True)),
    )
    line = AuditLine(
        actor="bot",
        action="write.refused",
        case_id=case.id,
        facts={"proposal": proposal.id, "why": say.msgid},
    )
    return Result(event=event, case=refused, follow=(_redraw(case, "refused"),), audit=(line,))


def _redraw(case: Case, what: str) -> CaseChanged:
    return CaseChanged(
        tenant=case.key.tenant, id=f"{case.id}:{case.version}:{what}", case_id=case.id
    )
