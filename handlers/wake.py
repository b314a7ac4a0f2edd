"""In: SnoozeDue. Out: a case that was set aside and is back, as its time is over; or looked at, and still set aside.
Promise: nothing stays away for ever: what has an end comes back by itself, and what waits for a change is looked at.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.events import CaseChanged, SnoozeDue
from bot.model import Moment, Say
from bot.ports import AuditLine, Cases, Clock, Result
from bot.triage import aside as rules
from handlers.aside import due, look_again
from handlers.timing import Timing


async def wake(
    events: Sequence[SnoozeDue], *, cases: Cases, clock: Clock, timing: Timing
) -> list[Result]:
    stored = await cases.get_many(sorted({e.case_id for e in events}))
    now = clock.now()
    results = []
    for event in events:
        case = stored.get(event.case_id)
        if case is None or not rules.is_aside(case):
            results.append(Result(event=event))
            continue
        end = rules.end_of(case)
        if end is None or now < end:
            again = due(case, now, timing)
            results.append(Result(event=event, follow=(look_again(case),), later=(again,)))
            continue
        say = Say("The time is over: this is back.")
        back = replace(
            rules.back(case), updated_at=now, timeline=(*case.timeline, Moment(now, "", say))
        )
        redraw = CaseChanged(
            tenant=event.tenant, id=f"{case.id}:{case.version}:back-again", case_id=case.id
        )
        line = AuditLine(actor="bot", action="case.woken", case_id=case.id)
        results.append(
            Result(event=event, case=back, follow=(look_again(case), redraw), audit=(line,))
        )
    return results
