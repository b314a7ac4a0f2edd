"""In: SyncErrorSeen and SyncErrorChanged, up to a hundred at once. Out: cases opened or brought up to date.
Evidence for the whole batch is read in one pass; then each case is diagnosed by pure code.
Promise: a case whose fix is on its way is left to `apply` and `verify`; its errors are kept, nothing else.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.events import SyncErrorChanged, SyncErrorSeen
from bot.model import Case, Mode, State
from bot.ports import AdReader, Cases, Clock, Cloud, Result
from handlers import watch
from handlers.evidence import gather
from handlers.review import review
from handlers.timing import Timing

ON_ITS_WAY = {
    State.APPROVED,
    State.APPLYING,
    State.UNKNOWN,
    State.WRITTEN,
    State.EXPORTED,
    State.OVERDUE,
}


async def triage(
    events: Sequence[SyncErrorSeen | SyncErrorChanged],
    *,
    cases: Cases,
    ad: AdReader,
    cloud: Cloud,
    clock: Clock,
    mode: Mode,
    timing: Timing,
) -> list[Result]:
    ids = sorted({event.case_id for event in events})
    stored = await cases.get_many(ids)
    marks = await cases.marks_of([watch.name_of(case_id) for case_id in ids])
    open_now: dict[str, Case] = {}
    for case_id in ids:
        text = marks.get(watch.name_of(case_id))
        if text is None:
            continue  # cleared meanwhile: `close` has it
        seen = watch.read(text)
        case = stored.get(case_id) or Case(key=seen.key, first_seen=clock.now())
        open_now[case_id] = replace(case, errors=seen.errors)
    wanted = [(case.key, case.errors) for case in open_now.values() if case.state not in ON_ITS_WAY]
    evidence = await gather(wanted, ad=ad, cloud=cloud, clock=clock) if wanted else {}
    results = []
    for event in events:
        known = open_now.get(event.case_id)
        if known is None:
            results.append(Result(event=event))
        elif known.id not in evidence:
            results.append(Result(event=event, case=known))
        elif known.errors and not evidence[known.id].errors:
            # gone between the list and the direct read: the next poll clears it
            results.append(Result(event=event))
        else:
            results.append(
                review(event, known, evidence[known.id], now=clock.now(), mode=mode, timing=timing)
            )
    return results
