"""In: an undo that is being written. Out: why it must not be any more; the case once it was, or was not.
Both sides are read again: what we wrote still stands there, and nobody else has taken what would come back.
Promise: an undo that comes to nothing leaves the case written and watched, as it was before somebody asked.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.events import CaseChanged, Event, SyncErrorChanged, VerifyDue, WriteDue
from bot.model import Case, Mode, Moment, Proposal, Receipt, Say, State, WriteResult
from bot.ports import AdReader, AuditLine, Clock, Cloud, Due, Result
from bot.triage.holding import holds
from bot.triage.past import forgotten, put_back, put_back_in_part, written
from bot.triage.undo import given_back, strangers, written_steps
from handlers import sides
from handlers.evidence import unanswered
from handlers.sides import Writers, writer_of
from handlers.timing import Timing

DONE = {WriteResult.WRITTEN, WriteResult.ALREADY}


async def look_again(
    event: Event,
    case: Case,
    undo: Proposal,
    writers: Writers,
    ad: AdReader,
    cloud: Cloud,
    clock: Clock,
) -> Result | None:
    """None: it may be written."""
    if why := await _not_ours_any_more(case, undo, writers):
        case = forgotten(case, undo.undo_of or "")
    else:
        why = await _taken_since(case, undo, ad, cloud)
    return left_as_it_is(event, case, undo, why, clock.now()) if why else None


async def _not_ours_any_more(case: Case, undo: Proposal, writers: Writers) -> Say | None:
    """Raises Unreachable, as the ports do."""
    done = written(case, undo.undo_of or "")
    if done is None:
        return Say("Not put back: the change it belongs to is not known any more.")
    for receipt in written_steps(done.proposal, done.receipts):
        step = done.proposal.steps[receipt.step]
        target = await writer_of(step, writers).read(step)
        if target is None:
            return sides.gone_before_undo(step)
        if not holds(step, target):
            return Say(
                "Not put back: {name} has been changed since by somebody else.",
                {"name": step.name},
                (target.ref,),
            )
    return None


async def _taken_since(case: Case, undo: Proposal, ad: AdReader, cloud: Cloud) -> Say | None:
    """What could not be read when the case was looked at does not stop an undo; more than that does."""
    before = {(gap.where, gap.what) for gap in (case.evidence.gaps if case.evidence else ())}
    values = sorted(given_back(undo))
    if not values:
        return None
    here, there = await asyncio.gather(ad.holders(values), cloud.holders(values))
    for value in values:
        in_ad, in_cloud = here[value], there[value]
        unread = [g for g in in_cloud.gaps if (g.where, g.what) not in before]
        if unread or unanswered((*in_ad.gaps, *in_cloud.gaps)):
            return Say(
                "Not put back: it could not be read everywhere whether {value} is still free.",
                {"value": value},
            )
        names = {o.ref: o.name for o in in_cloud.objects}
        names |= {o.ref: o.name for o in in_ad.objects if not o.deleted}
        if new := strangers(undo, names, case.past):
            return Say(
                "Not put back: {value} was free when this was changed, and {name} has it now.",
                {"value": value, "name": ", ".join(dict.fromkeys(names[ref] for ref in new))},
            )
    return None


def outcome(
    event: WriteDue,
    case: Case,
    undo: Proposal,
    receipts: tuple[Receipt, ...],
    now: datetime,
    timing: Timing,
) -> Result:
    """The receipts of an undo, told."""
    done = [r for r in receipts if r.result in DONE]
    last = receipts[-1]
    if last.result is WriteResult.UNKNOWN:
        say = sides.no_answer_to_undo(undo.steps[last.step])
        unknown = replace(_told(case, say, now), state=State.UNKNOWN)
        later = (Due(event, now + timing.settle_after),)
        follow = (_redraw(case, "undo:unknown"),)
        line = _line("write.receipt", case, undo, receipts)
        return Result(event=event, case=unknown, follow=follow, later=later, audit=(line,))
    if len(done) == len(undo.steps):
        return _undone(event, case, undo, receipts, now)
    why = (
        Say("Not put back: the object changed between the last look and the write.")
        if last.result is WriteResult.STALE
        else last.note
    )
    if done:
        why = Say(
            "{done} of {all} changes were put back, then it stopped: {why}",
            {"done": str(len(done)), "all": str(len(undo.steps)), "why": why},
        )
    return left_as_it_is(event, case, undo, why, now, receipts)


def _undone(
    event: Event, case: Case, undo: Proposal, receipts: tuple[Receipt, ...], now: datetime
) -> Result:
    say = sides.put_back(undo.steps[-1], receipts[-1].dc)
    undone = replace(
        _told(put_back(case, undo.undo_of or ""), say, now),
        state=State.UNDONE,
        receipts=(*case.receipts, *receipts),
        verify_by=None,
        next_look_at=None,
    )
    # the conflict is there again, or will be after the next sync: it is looked at like any other
    look = SyncErrorChanged(tenant=event.tenant, id=f"{undo.id}:undone", case_id=case.id)
    line = _line("write.undone", case, undo, receipts)
    follow = (look, _redraw(case, "undone"))
    return Result(event=event, case=undone, follow=follow, audit=(line,))


def left_as_it_is(
    event: Event,
    case: Case,
    undo: Proposal,
    why: Say,
    now: datetime,
    receipts: Sequence[Receipt] = (),
) -> Result:
    """Back to where it was. The revision moves on, so that the next try is another proposal with another id."""
    left = put_back_in_part(case, undo.undo_of or "", sum(r.result in DONE for r in receipts))
    left = replace(left, proposals=tuple(p for p in case.proposals if p.id != undo.id))
    state = _where_it_was(left)
    kept = replace(
        _told(left, why, now, broadcast=True),
        state=state,
        revision=case.revision + 1,
        undo=None,
        agreed=(),
        verify_by=(case.verify_by or now) if state is State.WRITTEN else case.verify_by,
    )
    follow: tuple[Event, ...] = (_redraw(case, "undo:refused"),)
    if state is State.WRITTEN:
        look = VerifyDue(tenant=event.tenant, id=f"verify:{case.id}", case_id=case.id)
        follow = (look, *follow)
    elif state is not State.PARTIAL:
        again = SyncErrorChanged(tenant=event.tenant, id=f"{undo.id}:again", case_id=case.id)
        follow = (again, *follow)
    line = _line("write.not_undone", case, undo, receipts, why=why.msgid)
    return Result(event=event, case=kept, follow=follow, audit=(line,))


def _where_it_was(case: Case) -> State:
    """Under the change of now, if one still stands. A case that has gone on since is looked at anew."""
    decision = case.decision
    fix = case.proposal(decision.proposal_id) if decision else None
    back = {d.proposal.id for d in case.past if d.put_back}
    if decision is None or fix is None or fix.id in back:
        return State.UNDONE if any(p.undo_of for p in case.proposals) else State.OPEN
    done = {r.step for r in case.receipts if r.proposal_id == fix.id and r.result in DONE}
    whole = decision.mode is Mode.PROPOSE or len(done) == len(fix.steps)
    return State.WRITTEN if whole else State.PARTIAL


def _told(case: Case, say: Say, now: datetime, *, broadcast: bool = False) -> Case:
    moment = Moment(now, "", say, broadcast)
    return replace(case, updated_at=now, timeline=(*case.timeline, moment))


def _line(
    action: str, case: Case, undo: Proposal, receipts: Sequence[Receipt], why: str = ""
) -> AuditLine:
    facts = {"proposal": undo.id, "undo_of": undo.undo_of or ""}
    if receipts:
        facts["result"] = ",".join(f"{r.step}:{r.result}" for r in receipts)
        facts["dc"] = receipts[-1].dc
    if why:
        facts["why"] = why
    return AuditLine(actor="bot", action=action, case_id=case.id, facts=facts)


def _redraw(case: Case, what: str) -> CaseChanged:
    return CaseChanged(
        tenant=case.key.tenant, id=f"{case.id}:{case.version}:{what}", case_id=case.id
    )
