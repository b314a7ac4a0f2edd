"""In: FixWritten and VerifyDue. Out: the case one look further: exported, verified, overdue, or not yet.
One look a call: AD read back, then Entra's own objects; the next look is scheduled, nobody waits.
Promise: this alone turns a case green, and only when AD holds what was written and Entra is clean: no error, and
each kind of fix shown there as it should be (`bot.triage.confirm`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.events import CaseChanged, Event, FixWritten, SyncErrorChanged, VerifyDue
from bot.model import Case, CloudObject, Decision, Ended, Mode, Moment, Origin, Say, State
from bot.ports import AdReader, AuditLine, Cases, Clock, Cloud, Due, Result, SyncTrigger
from bot.triage import confirm
from bot.triage.holding import holds, values_of
from handlers import brake, sides
from handlers.adrift import look_again
from handlers.close import closed, still_listed
from handlers.sides import Target, targets_of
from handlers.timing import Timing

CLOCKS_DIFFER = timedelta(minutes=5)  # at most, or Kerberos would not work between them
_WATCHED = {State.WRITTEN, State.EXPORTED, State.OVERDUE}


async def verify(
    events: Sequence[FixWritten | VerifyDue],
    *,
    cases: Cases,
    ad: AdReader,
    cloud: Cloud,
    sync: SyncTrigger,
    clock: Clock,
    timing: Timing,
) -> list[Result]:
    results = []
    for event in events:
        case = await cases.get(event.case_id)
        if case is None:
            results.append(Result(event=event))
        elif case.state is State.VERIFIED:
            results.append(_close(event, case, clock.now(), timing))
        elif case.state in _WATCHED:
            if isinstance(event, FixWritten) and confirm.waits_for_sync(case):
                case = _say(case, await sync.ask_for_sync(case), clock.now())
            looked = await _look(event, case, ad, cloud, clock, timing)
            results.append(await brake.after_look(case, looked, cases, clock))
        elif case.state is State.APPROVED and case.decision is not None and case.undo is None:
            results.append(await _by_hand(event, case, case.decision, ad, cloud, clock, timing))
        else:
            results.append(Result(event=event))
    return results


async def _by_hand(
    event: Event,
    case: Case,
    decision: Decision,
    ad: AdReader,
    cloud: Cloud,
    clock: Clock,
    timing: Timing,
) -> Result:
    """Approved in `propose`: has a person made the change, has it become needless, is it too late?"""
    if decision.mode is not Mode.PROPOSE:
        return Result(event=event)  # the writer has it
    targets = await targets_of(confirm.steps_of(case), ad=ad, cloud=cloud)
    now = clock.now()
    if targets is not None and _in_place(case, targets):
        say = sides.made_by_hand(confirm.steps_of(case), _refs(targets))
        made = replace(
            _say(case, say, now),
            state=State.WRITTEN,
            written_at=now,
            verify_by=now + timing.overdue_after,
        )
        return _again(event, made, now, timing, told=True)
    if not await _still_there(case, ad, cloud):
        say = Say("Entra no longer reports this error; it was put right in another way.")
        return closed(event, case, now, replace(say, cites=("err",)))
    if now >= decision.decided_at + timing.proposal_good_for:
        say = Say(
            "Approved, but nobody made the change in time. Use Re-check for a fresh proposal."
        )
        expired = replace(_say(case, say, now), state=State.EXPIRED, next_look_at=None)
        line = AuditLine(actor="bot", action="case.expired", case_id=case.id)
        return Result(event=event, case=expired, follow=(_redraw(case, "expired"),), audit=(line,))
    return _again(event, case, now, timing)


async def _still_there(case: Case, ad: AdReader, cloud: Cloud) -> bool:
    """Listed by Entra, adrift, or told by the sync server, of which only people know when it is over."""
    clouds = await cloud.objects(sorted({(e.object_type, e.object_id) for e in case.errors}))
    return (
        any(still_listed(case, each) for each in clouds.values())
        or any(e.origin is Origin.EXPORT for e in case.errors)
        or bool(await look_again([case], clouds, ad=ad, cloud=cloud))
    )


async def _look(
    event: Event, case: Case, ad: AdReader, cloud: Cloud, clock: Clock, timing: Timing
) -> Result:
    targets = await targets_of(confirm.steps_of(case), ad=ad, cloud=cloud)
    now = clock.now()
    if targets is None:
        return _again(event, case, now, timing)
    in_place = _in_place(case, targets)
    waits = case.verify_by is not None and now < case.verify_by
    if not in_place and waits and _not_heard_of(case, targets):
        return _again(event, case, now, timing)
    if not in_place:
        return _written_back(event, case, now, _refs(targets))
    seen = await _seen(case, targets, cloud)
    listed = any(still_listed(case, o) for o in seen.clouds.values()) or bool(
        await look_again([case], seen.clouds, ad=ad, cloud=cloud)
    )
    now = clock.now()
    lacking = confirm.lacking(case, seen)
    if not listed and not lacking:
        return _verified(event, case, targets, now, timing)
    if case.state is State.WRITTEN and _exported(case, seen):
        say = _received(listed, lacking)
        return _again(
            event, replace(_say(case, say, now), state=State.EXPORTED), now, timing, told=True
        )
    if case.state is not State.OVERDUE and case.verify_by is not None and now >= case.verify_by:
        overdue = replace(_say(case, _overdue(listed, lacking, timing), now), state=State.OVERDUE)
        waiting = _again(event, overdue, now, timing, told=True)
        # perhaps it is another object that complains by now: triage tells
        look = SyncErrorChanged(
            tenant=case.key.tenant, id=f"{case.id}:{case.version}:overdue", case_id=case.id
        )
        return replace(waiting, follow=(*waiting.follow, look))
    return _again(event, case, now, timing, told=isinstance(event, FixWritten))


async def _seen(case: Case, targets: Sequence[Target], cloud: Cloud) -> confirm.Seen:
    """All that has to be right, read directly. The tenant is asked only where Graph can list no error."""
    clouds = await cloud.objects(confirm.watched(case))
    synced_at = (await cloud.facts()).last_sync_at if confirm.never_listed(case) else None
    return confirm.Seen(targets=targets, clouds=clouds, synced_at=synced_at)


def _exported(case: Case, seen: confirm.Seen) -> bool:
    """Entra has heard of the write: of those with an error, or of those that were written to."""
    since = case.written_at
    failing = (seen.clouds.get(e.object_id) for e in case.errors)
    heard = (o.last_sync_at for o in failing if o is not None)
    return since is not None and (
        any(at is not None and at > since for at in heard)
        or (confirm.never_listed(case) and confirm.synced_since(case, seen))
    )


def _received(listed: bool, lacking: tuple[Say, ...]) -> Say:  # noqa: FBT001 - one fact of the look
    if listed or not lacking:
        return Say(
            "Entra has received the change. It clears the error at its next hourly clean-up.",
            cites=("err",),
        )
    return Say(
        "Entra has been synced since the write. What is still to come: {what}",
        {"what": lacking[0]},
        lacking[0].cites,
    )


def _overdue(listed: bool, lacking: tuple[Say, ...], timing: Timing) -> Say:  # noqa: FBT001 - one fact of the look
    minutes = str(int(timing.overdue_after.total_seconds()) // 60)
    if listed or not lacking:
        return Say(
            "Written, but Entra still complains after {minutes} minutes. Is the sync running? "
            "The bot keeps looking.",
            {"minutes": minutes},
            ("err",),
        )
    return Say(
        "Written, but after {minutes} minutes: {what} The bot keeps looking.",
        {"minutes": minutes, "what": lacking[0]},
        lacking[0].cites,
    )


def _in_place(case: Case, targets: Sequence[Target]) -> bool:
    steps = confirm.steps_of(case)
    return all(holds(step, target) for step, target in zip(steps, targets, strict=True))


def _not_heard_of(case: Case, targets: Sequence[Target]) -> bool:
    """What was read has not heard of the write yet: a DC stamps the attribute with an older change, a replica of
    Entra, which has no such stamps, still shows the name of before shortly after.
    """
    if case.written_at is None:
        return False
    before_it = case.written_at - CLOCKS_DIFFER
    for step, target in zip(confirm.steps_of(case), targets, strict=True):
        touched = {change.attribute for change in step.changes}
        if holds(step, target):
            continue
        if isinstance(target, CloudObject):
            if not any(set(values_of(target, c.attribute)) <= set(c.delete) for c in step.changes):
                return False
            continue
        stamps = {s.attribute: s.changed_at for s in target.stamps} if target else {}
        if not all(name in stamps and stamps[name] < before_it for name in touched):
            return False
    return True


def _refs(targets: Sequence[Target]) -> tuple[str, ...]:
    return tuple(t.ref for t in targets if t is not None)


def _verified(
    event: Event,
    case: Case,
    targets: Sequence[Target],
    now: datetime,
    timing: Timing,
) -> Result:
    say = Say(
        "Entra is clean: the error is gone and the value is where it belongs.", cites=("err",)
    )
    verified = replace(
        _say(case, say, now),
        state=State.VERIFIED,
        verify_by=None,
        next_look_at=None,
        ended=Ended(at=now, by_us=case.decision is not None and case.decision.mode is Mode.APPLY),
        repairs=confirm.repairs(case, targets, now),
    )
    line = AuditLine(actor="bot", action="case.verified", case_id=case.id)
    return Result(
        event=event,
        case=verified,
        follow=(_redraw(case, "verified"),),
        later=(_look_at(case, now + timing.close_after),),
        audit=(line,),
    )


def _close(event: Event, case: Case, now: datetime, timing: Timing) -> Result:
    """A green card stays as it is for a day, then it is put away: what comes up later is a new story."""
    if case.updated_at is not None and now < case.updated_at + timing.close_after:
        return Result(event=event, later=(_look_at(case, case.updated_at + timing.close_after),))
    closed = replace(case, state=State.CLOSED, receipts=(), past=(), updated_at=now)
    line = AuditLine(actor="bot", action="case.closed", case_id=case.id)
    return Result(event=event, case=closed, follow=(_redraw(case, "closed"),), audit=(line,))


def _written_back(event: Event, case: Case, now: datetime, refs: tuple[str, ...]) -> Result:
    say = sides.changed_back(confirm.steps_of(case), refs)
    reopened = replace(_say(case, say, now, broadcast=True), state=State.FAILED)
    look = SyncErrorChanged(
        tenant=case.key.tenant, id=f"{case.id}:{case.version}:back", case_id=case.id
    )
    line = AuditLine(actor="bot", action="case.written_back", case_id=case.id)
    return Result(event=event, case=reopened, follow=(look, _redraw(case, "back")), audit=(line,))


def _again(
    event: Event, case: Case, now: datetime, timing: Timing, *, told: bool = False
) -> Result:
    next_look = now + timing.look_every
    waiting = replace(case, next_look_at=next_look, updated_at=now if told else case.updated_at)
    return Result(
        event=event,
        case=waiting,
        follow=(_redraw(case, f"look:{now:%H%M%S%f}"),) if told else (),
        later=(_look_at(case, next_look),),
    )


def _look_at(case: Case, at: datetime) -> Due:
    return Due(VerifyDue(tenant=case.key.tenant, id=f"verify:{case.id}", case_id=case.id), at)


def _say(case: Case, say: Say, now: datetime, *, broadcast: bool = False) -> Case:
    moment = Moment(now, "", say, broadcast)
    return replace(case, updated_at=now, timeline=(*case.timeline, moment))


def _redraw(case: Case, what: str) -> CaseChanged:
    return CaseChanged(
        tenant=case.key.tenant, id=f"{case.id}:{case.version}:{what}", case_id=case.id
    )
