"""In: PollDue. Out: SyncErrorSeen, Changed and Cleared for what differs from the last complete poll.
The memory of the last poll is a mark per case, written in the same commit as the events that follow from it.
Promise: a list that broke off raises before anything is compared, so it can neither open nor close a case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.events import Event, PollDue, SyncErrorChanged, SyncErrorCleared, SyncErrorSeen
from bot.model import CaseKey, Kind, Origin, Poll
from bot.ports import Cases, Clock, Due, ErrorSource, Result
from bot.triage.digest import FIRST
from handlers import watch
from handlers.digest import digest_due
from handlers.storm import joining, member_mark
from handlers.timing import Timing


def sync_key(tenant: str) -> CaseKey:
    """The one case about the sync itself (C59)."""
    return CaseKey(tenant, Kind.TENANT, "sync")


async def poll(
    events: Sequence[PollDue],
    *,
    cases: Cases,
    source: ErrorSource,
    clock: Clock,
    timing: Timing,
) -> list[Result]:
    """Raises ListBroken, Unreachable or Refused from the source; the poll is then simply due again."""
    event = events[0]
    seen = await source.poll()
    before = await cases.marks()
    marks, follow = _compare(event, seen, before)
    new = [e.case_id for e in follow if isinstance(e, SyncErrorSeen)]
    in_storm, look = joining(
        "poll", new, before, tenant=event.tenant, now=clock.now(), timing=timing
    )
    marks |= in_storm
    follow += look
    stopped = timing.sync_stopped(seen.tenant, seen.read_at)
    marks[watch.SYNC] = watch.STOPPED if stopped else watch.RUNNING
    marks[watch.POLLED] = seen.read_at.isoformat()
    if seen.tenant.last_sync_at:
        marks[watch.SYNCED] = seen.tenant.last_sync_at.isoformat()
    if marks[watch.SYNC] != before.get(watch.SYNC, watch.RUNNING):
        follow += await _sync_turned(event, stopped=stopped, cases=cases, marks=marks)
    later = [Due(replace(event, id="poll"), clock.now() + timing.poll_every)]
    if watch.POLLED not in before and timing.digest:
        marks[FIRST] = seen.read_at.isoformat()
        later.append(Due(digest_due(event.tenant), clock.now() + timing.first_look_every))
    results = [Result(event=event, follow=tuple(follow), later=tuple(later), marks=marks)]
    # two polls due at once are one poll
    return results + [Result(event=extra) for extra in events[1:]]


def _compare(
    event: PollDue, seen: Poll, before: Mapping[str, str]
) -> tuple[dict[str, str | None], list[Event]]:
    now = watch.by_case(event.tenant, seen.errors)
    marks: dict[str, str | None] = {}
    follow: list[Event] = []
    for case_id, found in now.items():
        name, text = watch.name_of(case_id), watch.write(found)
        if before.get(name) == text:
            continue
        marks[name] = text
        kind = SyncErrorChanged if name in before else SyncErrorSeen
        follow.append(kind(tenant=event.tenant, id=_id(seen.read_at, case_id), case_id=case_id))
    for name, text in before.items():
        case_id = name.removeprefix(watch.PREFIX)
        is_case = name.startswith(watch.PREFIX) and case_id not in now
        if is_case and watch.is_of(text, Origin.QUARANTINE):
            marks[name] = marks[member_mark(case_id)] = None
            follow.append(
                SyncErrorCleared(
                    tenant=event.tenant, id=_id(seen.read_at, case_id), case_id=case_id
                )
            )
    return marks, follow


async def _sync_turned(
    event: PollDue, *, stopped: bool, cases: Cases, marks: dict[str, str | None]
) -> list[Event]:
    """Sync stopped or came back: its own case opens or closes, and every other one is looked at again."""
    key = sync_key(event.tenant)
    marks[watch.name_of(key.id)] = watch.write(watch.Watch(key, ())) if stopped else None
    kind = SyncErrorSeen if stopped else SyncErrorCleared
    turn: list[Event] = [kind(tenant=event.tenant, id=f"{key.id}:{stopped}", case_id=key.id)]
    turn += [
        SyncErrorChanged(tenant=event.tenant, id=f"{case_id}:sync:{stopped}", case_id=case_id)
        for case_id in await cases.live_ids()
        if case_id != key.id
    ]
    return turn


def _id(read_at: datetime, case_id: str) -> str:
    return f"{case_id}:{read_at:%Y%m%dT%H%M%S%f}"
