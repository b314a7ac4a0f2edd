"""In: DriftDue. Out: SyncErrorSeen, Changed and Cleared for the differences between AD and Entra, as `poll` for errors.
What was not looked at stays as it was; once a day, or when Entra forgot where we were, everything is looked at.
Promise: at most so many new cases a walk; what is left over is found again by the next one, never lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.events import DriftDue, Event, SyncErrorChanged, SyncErrorCleared, SyncErrorSeen
from bot.model import Origin, SyncError, Walk
from bot.ports import Cases, Clock, DriftSource, Due, Result
from handlers import watch
from handlers.storm import joining, member_mark
from handlers.timing import Timing

Marks = dict[str, str | None]


async def drift(
    events: Sequence[DriftDue],
    *,
    cases: Cases,
    walker: DriftSource,
    clock: Clock,
    timing: Timing,
) -> list[Result]:
    """Raises ListBroken, Unreachable or Refused from the source; the walk is then simply due again."""
    event, rest = events[0], [Result(event=extra) for extra in events[1:]]
    if not timing.drift_every:
        return [Result(event=event), *rest]
    before = await cases.marks()
    settling = before.get(watch.SETTLING, "").split()
    walk = await walker.walk(_tokens(before, clock.now(), timing), settling)
    marks, follow, left_over = _compare(event, walk, before, timing.drift_cases)
    marks |= _remembered(walk, left_over=left_over)
    new = [e.case_id for e in follow if isinstance(e, SyncErrorSeen)]
    in_storm, look = joining(
        "drift", new, before, tenant=event.tenant, now=clock.now(), timing=timing
    )
    marks |= in_storm
    follow += look
    again = Due(replace(event, id="drift"), clock.now() + timing.drift_every)
    return [Result(event=event, follow=tuple(follow), later=(again,), marks=marks), *rest]


def _tokens(before: Mapping[str, str], now: datetime, timing: Timing) -> dict[str, str]:
    """None of them when it is time to look at everything."""
    whole = before.get(watch.WHOLE)
    if whole is None or now - datetime.fromisoformat(whole) >= timing.drift_whole_every:
        return {}
    return {
        name.removeprefix(watch.DELTA): token
        for name, token in before.items()
        if name.startswith(watch.DELTA)
    }


def _remembered(walk: Walk, *, left_over: bool) -> Marks:
    """A walk that left something over is done again from the beginning."""
    marks: Marks = {f"{watch.DELTA}{type_}": token for type_, token in walk.tokens.items()}
    marks[watch.SETTLING] = " ".join(walk.settling) or None
    if left_over:
        marks[watch.WHOLE] = None
    elif walk.whole:
        marks[watch.WHOLE] = walk.read_at.isoformat()
    return marks


def _compare(
    event: DriftDue, walk: Walk, before: Mapping[str, str], most: int
) -> tuple[Marks, list[Event], bool]:
    now = watch.by_case(event.tenant, walk.errors)
    marks: Marks = {}
    follow: list[Event] = []
    opened = 0
    for case_id, found in now.items():
        name, text = watch.name_of(case_id), watch.write(found)
        if before.get(name) == text:
            continue
        if name not in before:
            opened += 1
            if opened > most:
                continue
        marks[name] = text
        kind = SyncErrorChanged if name in before else SyncErrorSeen
        follow.append(kind(tenant=event.tenant, id=_id(walk, case_id), case_id=case_id))
    for name, text in before.items():
        case_id = name.removeprefix(watch.PREFIX)
        if not name.startswith(watch.PREFIX) or case_id in now:
            continue
        if watch.is_of(text, Origin.DRIFT) and _is_over(watch.read(text).errors, walk):
            marks[name] = marks[member_mark(case_id)] = None
            follow.append(
                SyncErrorCleared(tenant=event.tenant, id=_id(walk, case_id), case_id=case_id)
            )
    return marks, follow, opened > most


def _is_over(errors: Sequence[SyncError], walk: Walk) -> bool:
    """Looked at and nothing found, or the object is gone from Entra."""
    ids = {error.object_id for error in errors}
    return ids <= walk.looked or (walk.whole and not ids & walk.unknown)


def _id(walk: Walk, case_id: str) -> str:
    return f"{case_id}:{walk.read_at:%Y%m%dT%H%M%S%f}"
