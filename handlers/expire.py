"""In: ExpiryDue. Out: the proposals of that revision expired, their buttons taken off the card.
Promise: a case that moved on meanwhile is left alone.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.events import CaseChanged, ExpiryDue
from bot.model import Moment, Say, State
from bot.ports import AuditLine, Cases, Clock, Result
from bot.triage.aside import is_aside


async def expire(events: Sequence[ExpiryDue], *, cases: Cases, clock: Clock) -> list[Result]:
    stored = await cases.get_many(sorted({e.case_id for e in events}))
    now = clock.now()
    results = []
    for event in events:
        case = stored.get(event.case_id)
        if case is None or case.state is not State.PENDING or case.revision != event.revision:
            results.append(Result(event=event))
            continue
        say = (
            Say("The proposal has expired meanwhile. A fresh one is made when this is back.")
            if is_aside(case)
            else Say("Nobody decided in time. Use Re-check for a fresh proposal.")
        )
        expired = replace(
            case,
            state=State.EXPIRED,
            agreed=(),
            expires_at=None,
            updated_at=now,
            timeline=(*case.timeline, Moment(now, "", say)),
        )
        changed = CaseChanged(tenant=event.tenant, id=f"{event.id}:redraw", case_id=case.id)
        line = AuditLine(actor="bot", action="case.expired", case_id=case.id)
        results.append(Result(event=event, case=expired, follow=(changed,), audit=(line,)))
    return results
