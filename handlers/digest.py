"""In: DigestDue. Out: the numbers of the day, kept as a mark, and PaperReady, which has them posted.
It is looked at hourly and on time; the first complete poll ever has one of its own, once what it found was diagnosed.
Promise: one a day, however often it is asked for and whatever was missed; also when nothing is open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.events import DigestDue, PaperReady
from bot.model import Case, Mode
from bot.ports import AuditLine, Cases, Clock, Due, Result
from bot.triage import pause
from bot.triage.digest import (
    FIRST,
    MARK,
    MOST_DAYS,
    Digest,
    Known,
    Look,
    after,
    digest_of,
    look_at,
    remembered,
)
from bot.triage.routing import Table, route_of
from bot.triage.working_days import Daily
from handlers import live, watch
from handlers.timing import Timing

WAITED = "digest:waited"  # the id of a look that does not wait any longer for a poll
_READ = (MARK, FIRST, pause.MARK, watch.SYNC, watch.POLLED, watch.SYNCED)


def digest_due(tenant: str) -> DigestDue:
    """There is one of them: scheduled again, it moves."""
    return DigestDue(tenant=tenant, id="digest")


async def digest(
    events: Sequence[DigestDue],
    *,
    cases: Cases,
    clock: Clock,
    timing: Timing,
    mode: Mode,
    table: Table,
) -> list[Result]:
    event, *others = events
    result = (
        await _look(event, timing.digest, cases, clock.now(), timing, mode, table)
        if timing.digest
        else Result(event=event)
    )
    return [result, *(Result(event=each) for each in others)]


async def _look(
    event: DigestDue,
    daily: Daily,
    cases: Cases,
    now: datetime,
    timing: Timing,
    mode: Mode,
    table: Table,
) -> Result:
    marks = await cases.marks_of(_READ)
    memory = remembered(marks.get(MARK))
    last = memory.digest
    first = FIRST in marks
    if first and not await _all_diagnosed(marks[FIRST], cases, now, timing):
        return Result(event=event, later=(_again(event, now + timing.first_look_every),))
    next_look = min(daily.next_after(now), now + timing.digest_look_every)
    later = (_again(event, next_look),)
    if not first and not daily.is_due(now, last.day if last else None):
        return Result(event=event, later=later)
    if not first and event.id != WAITED and _is_old(marks, now, timing):
        waited = Due(replace(event, id=WAITED), now + timing.digest_waits)
        return Result(event=event, later=(*later, waited))
    since = None if first else last.at if last else daily.before(now)
    day = daily.day_of(now)
    made = digest_of(
        await _looks(cases, since, table),
        id_=f"digest:{day}:first" if first else f"digest:{day}",
        day=day,
        now=now,
        since=since,
        known=_known(marks, mode),
        before=memory.days,
        shown=daily.last_days(day, MOST_DAYS),
    )
    return Result(
        event=event,
        follow=(PaperReady(tenant=event.tenant, id=made.id, paper=made.id),),
        later=later,
        audit=(_audited(made),),
        marks={MARK: after(memory, made), FIRST: None},
        relies={MARK: marks.get(MARK)},
    )


def _is_old(marks: Mapping[str, str], now: datetime, timing: Timing) -> bool:
    """The bot was away; the first poll since may be on its way."""
    polled = watch.moment_of(marks.get(watch.POLLED))
    return polled is None or now - polled > timing.poll_every + timing.digest_waits


async def _all_diagnosed(read_at: str, cases: Cases, now: datetime, timing: Timing) -> bool:
    """What the first poll found has become cases; what takes longer than that is told as not looked at yet."""
    if (begun := watch.moment_of(read_at)) is None or now >= begun + timing.first_look_within:
        return True
    found = [
        n.removeprefix(watch.PREFIX) for n in await cases.marks() if n.startswith(watch.PREFIX)
    ]
    return len(await cases.versions(found)) == len(found)


async def _looks(cases: Cases, since: datetime | None, table: Table) -> list[Look]:
    """Of thousands of cases a few are in memory at a time."""
    closed = await cases.closed_since(since) if since else ()
    ids = list(dict.fromkeys([*await cases.live_ids(), *closed]))
    looks = [look_at(case, here=_is_here(case, table)) async for case in live.each(cases, ids)]
    return [look for look in looks if look]


def _is_here(case: Case, table: Table) -> bool:
    """The digest is told in the usual channel; whoever reads it may not read the others."""
    return route_of(case, table).channel == table.rest.channel


def _known(marks: Mapping[str, str], mode: Mode) -> Known:
    return Known(
        mode=mode,
        paused=pause.read(marks),
        last_poll_at=watch.moment_of(marks.get(watch.POLLED)),
        last_sync_at=watch.moment_of(marks.get(watch.SYNCED)),
        sync_stopped=marks.get(watch.SYNC) == watch.STOPPED,
    )


def _audited(made: Digest) -> AuditLine:
    facts = {"open": str(made.open), "new": str(made.new), "fixed": str(made.fixed)}
    return AuditLine(actor="bot", action="digest.made", facts=facts)


def _again(event: DigestDue, at: datetime) -> Due:
    return Due(replace(event, id=digest_due(event.tenant).id), at)
