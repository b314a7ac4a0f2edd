"""In: SyncErrorCleared: a complete poll no longer lists the case. Out: a closed case, if a direct read agrees.
Only what nobody fixed through the bot: a case that was written to is turned green by `verify` alone.
Promise: one more look at each object decides, so a list that lied cannot close a case.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.events import CaseChanged, SyncErrorCleared, VerifyDue
from bot.model import Case, CloudObject, Kind, Moment, Say, State
from bot.ports import AuditLine, Cases, Clock, Cloud, Result
from bot.triage.value import key_of
from handlers.timing import Timing

_VERIFY_HAS_IT = {State.WRITTEN, State.EXPORTED, State.OVERDUE}
_LEFT_ALONE = {State.APPROVED, State.APPLYING, State.UNKNOWN, State.VERIFIED, State.CLOSED}


async def close(
    events: Sequence[SyncErrorCleared],
    *,
    cases: Cases,
    cloud: Cloud,
    clock: Clock,
    timing: Timing,
) -> list[Result]:
    stored = await cases.get_many(sorted({e.case_id for e in events}))
    ids = {
        (e.object_type, e.object_id)
        for case in stored.values()
        if case.state not in _LEFT_ALONE
        for e in case.errors
    }
    objects = await cloud.objects(sorted(ids)) if ids else {}
    results = []
    for event in events:
        case = stored.get(event.case_id)
        if case is None or case.state in _LEFT_ALONE:
            results.append(Result(event=event))
        elif case.state in _VERIFY_HAS_IT:
            # no reason to wait for the next look when the list is clean already
            look = VerifyDue(tenant=event.tenant, id=f"verify:{case.id}", case_id=case.id)
            results.append(Result(event=event, follow=(look,)))
        elif case.key.kind is Kind.TENANT:
            facts = await cloud.facts()
            last = facts.last_sync_at
            runs = last is not None and clock.now() - last <= timing.sync_stopped_after
            results.append(
                _closed(event, case, clock, Say("Sync runs again.", cites=("tenant",)))
                if runs
                else Result(event=event)
            )
        elif any(still_listed(case, objects.get(e.object_id)) for e in case.errors):
            results.append(Result(event=event))
        else:
            say = Say(
                "Entra no longer reports this error; it was put right without the bot.",
                cites=("err",),
            )
            results.append(_closed(event, case, clock, say))
    return results


def still_listed(case: Case, found: CloudObject | None) -> bool:
    """Does the object, read directly, still carry an error that belongs to this case?"""
    return found is not None and any(
        key_of(case.key.tenant, error) == case.key for error in found.errors
    )


def _closed(event: SyncErrorCleared, case: Case, clock: Clock, say: Say) -> Result:
    now = clock.now()
    closed = replace(
        case,
        state=State.CLOSED,
        held=None,
        expires_at=None,
        updated_at=now,
        timeline=(*case.timeline, Moment(now, "", say)),
    )
    changed = CaseChanged(tenant=event.tenant, id=f"{event.id}:closed", case_id=case.id)
    line = AuditLine(actor="bot", action="case.closed", case_id=case.id)
    return Result(event=event, case=closed, follow=(changed,), audit=(line,))
