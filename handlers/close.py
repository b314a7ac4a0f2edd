"""In: SyncErrorCleared: a complete poll no longer lists the case. Out: a closed case, if a direct read agrees.
Only what nobody fixed through the bot: a case that was written to is turned green by `verify` alone.
Promise: one more look at each object decides, so a list that lied cannot close a case; while the look and the
list disagree it is looked at again, so that no case stays open for want of another event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.events import CaseChanged, Event, SyncErrorCleared, VerifyDue
from bot.model import Case, CloudObject, Ended, Kind, Mode, Moment, ObjectType, Say, State
from bot.ports import AdReader, AuditLine, Cases, Clock, Cloud, Due, Result
from bot.triage.past import undos_of_case
from bot.triage.value import key_of
from handlers import watch
from handlers.adrift import look_again
from handlers.storm import is_storm
from handlers.timing import Timing

_VERIFY_HAS_IT = {State.WRITTEN, State.EXPORTED, State.OVERDUE}
_WRITER_HAS_IT = {State.APPROVED, State.APPLYING, State.UNKNOWN}
_ONCE_MORE = ":once-more"


async def close(
    events: Sequence[SyncErrorCleared],
    *,
    cases: Cases,
    ad: AdReader,
    cloud: Cloud,
    clock: Clock,
    timing: Timing,
) -> list[Result]:
    ids = sorted({e.case_id for e in events})
    stored = await cases.get_many(ids)
    listed = await cases.marks_of([watch.name_of(case_id) for case_id in ids])
    objects = await _read(list(stored.values()), cloud)
    adrift = await look_again(stored.values(), objects, ad=ad, cloud=cloud)
    now = clock.now()
    results = []
    for event in events:
        case = stored.get(event.case_id)
        if watch.name_of(event.case_id) in listed or is_storm(case):
            # listed again meanwhile: what is known about it has come with a later event; a storm ends with its members
            results.append(Result(event=event))
        elif case is None or case.state is State.CLOSED:
            results.append(_once_more(event, now, timing))
        elif case.state is State.VERIFIED:
            results.append(Result(event=event))
        elif case.state in _VERIFY_HAS_IT or _by_hand(case):
            # no reason to wait for the next look when the list is clean already
            look = VerifyDue(tenant=event.tenant, id=f"verify:{case.id}", case_id=case.id)
            results.append(Result(event=event, follow=(look,)))
        elif case.state in _WRITER_HAS_IT:
            results.append(_later(event, now, timing))
        elif (until := _more_to_put_back(case, timing)) and now < until:
            results.append(Result(event=event, later=(Due(event, until),)))
        elif case.key.kind is Kind.TENANT:
            results.append(await _sync_returned(event, case, cloud, now, timing))
        elif case.id in adrift or any(
            still_listed(case, objects.get(e.object_id)) for e in case.errors
        ):
            results.append(_later(event, now, timing))
        else:
            results.append(closed(event, case, now, _why_closed(case)))
    return results


def _more_to_put_back(case: Case, timing: Timing) -> datetime | None:
    """Who takes back one change of several may want the others back too: for as long as a green card stays."""
    if case.state is not State.UNDONE or case.updated_at is None or not undos_of_case(case):
        return None
    return case.updated_at + timing.close_after


def _why_closed(case: Case) -> Say:
    if case.state is State.UNDONE:
        return Say(
            "The change was put back, and Entra reports no error now. If one comes back with the next "
            "sync, so does this case.",
            cites=("searched",),
        )
    return Say(
        "Entra no longer reports this error; it was put right without the bot.", cites=("err",)
    )


async def _read(stored: Sequence[Case], cloud: Cloud) -> Mapping[str, CloudObject | None]:
    ids: set[tuple[ObjectType, str]] = {
        (e.object_type, e.object_id)
        for case in stored
        if case.state not in {*_WRITER_HAS_IT, *_VERIFY_HAS_IT, State.VERIFIED, State.CLOSED}
        for e in case.errors
    }
    return await cloud.objects(sorted(ids)) if ids else {}


def _by_hand(case: Case) -> bool:
    """Approved in `propose`: a person makes the change, and `verify` looks whether they did."""
    decision = None if case.undo else case.decision
    return case.state is State.APPROVED and decision is not None and decision.mode is Mode.PROPOSE


def _later(event: SyncErrorCleared, now: datetime, timing: Timing) -> Result:
    return Result(event=event, later=(Due(event, now + timing.look_every),))


def _once_more(event: SyncErrorCleared, now: datetime, timing: Timing) -> Result:
    """A triage that began while the error was still listed may only now be opening the case."""
    if event.id.endswith(_ONCE_MORE):
        return Result(event=event)
    again = replace(event, id=event.id + _ONCE_MORE)
    return Result(event=event, later=(Due(again, now + timing.look_every),))


async def _sync_returned(
    event: SyncErrorCleared, case: Case, cloud: Cloud, now: datetime, timing: Timing
) -> Result:
    facts = await cloud.facts()
    if timing.sync_stopped(facts, now):
        return _later(event, now, timing)
    say = (
        Say("Sync runs again.", cites=("tenant",))
        if facts.last_sync_at
        else Say("Entra no longer says when directory sync last ran.", cites=("tenant",))
    )
    return closed(event, case, now, say)


def still_listed(case: Case, found: CloudObject | None) -> bool:
    """Does the object, read directly, still carry an error that belongs to this case?"""
    return found is not None and any(
        key_of(case.key.tenant, error) == case.key for error in found.errors
    )


def closed(event: Event, case: Case, now: datetime, say: Say) -> Result:
    after = replace(
        case,
        state=State.CLOSED,
        agreed=(),
        held=None,
        chosen=None,
        snoozed=None,
        ignored=None,
        expires_at=None,
        verify_by=None,
        next_look_at=None,
        ended=Ended(at=now),
        updated_at=now,
        timeline=(*case.timeline, Moment(now, "", say)),
    )
    changed = CaseChanged(
        tenant=event.tenant, id=f"{case.id}:{case.version}:closed", case_id=case.id
    )
    line = AuditLine(actor="bot", action="case.closed", case_id=case.id)
    return Result(event=event, case=after, follow=(changed,), audit=(line,))
