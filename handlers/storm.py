"""In: what a poll or a walk saw for the first time; StormDue. Out: many new cases as one storm with one card, counted.
What is new while a storm goes on belongs to it: `joining` says so in marks, in the commit of the poll itself.
Promise: every case is opened and diagnosed like any other; only its card is the storm's. None is left uncounted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from bot.events import CaseChanged, PaperReady, StormDue
from bot.model import Case, CaseKey, Kind, Member, Moment, Say, State, Storm
from bot.ports import AuditLine, Cases, Clock, Due, Result
from bot.triage.aside import is_alert
from bot.triage.causes import member_of
from bot.triage.routing import Table, route_of
from bot.triage.sheet import Sheet
from handlers import live, watch
from handlers.remind import first
from handlers.timing import Timing

VALUE = "storm:"
READ_AT_MOST = 500  # cases in one look; the rest in the next one
_WINDOW, _MEMBER, _JOINED = "storm:window:", "storm:of:", "storm:joined:"
_SOURCES = ("poll", "drift")


@dataclass(frozen=True, slots=True)
class Window:
    """What one source remembers: how many were new and when, and the storm that they went into last."""

    fresh: tuple[tuple[datetime, int], ...] = ()
    storm: str = ""
    joined_at: datetime | None = None


def key_of_storm(tenant: str, value: str) -> CaseKey:
    return CaseKey(tenant, Kind.TENANT, value)


def is_storm(case: Case | None) -> bool:
    return case is not None and case.storm is not None


def member_mark(case_id: str) -> str:
    """The mark that says which storm a case belongs to."""
    return _MEMBER + case_id


def joining(
    source: str,
    new: Sequence[str],
    before: Mapping[str, str],
    *,
    tenant: str,
    now: datetime,
    timing: Timing,
) -> tuple[dict[str, str | None], tuple[StormDue, ...]]:
    """`new`: ids of cases seen for the first time. Each source writes its own marks, so none loses the other's."""
    if not new:
        return {}, ()
    windows = {name: _window(before.get(_WINDOW + name)) for name in _SOURCES}
    own = windows[source]
    since = now - timing.storm_window
    recent = [*((at, n) for at, n in own.fresh if at > since), (now, len(new))]
    others = [n for name, w in windows.items() if name != source for at, n in w.fresh if at > since]
    storm = _open(windows.values(), now, timing)
    if not storm and sum(n for _, n in recent) + sum(others) > timing.storm_above:
        storm = f"{VALUE}{now:%Y%m%dT%H%M%S%f}"
    if not storm:
        return {_WINDOW + source: _text(replace(own, fresh=tuple(recent)))}, ()
    storm_id = key_of_storm(tenant, storm).id
    joined = _JOINED + storm_id + ":" + source
    marks: dict[str, str | None] = {
        _WINDOW + source: _text(Window(tuple(recent), storm, now)),
        joined: " ".join(dict.fromkeys([*before.get(joined, "").split(), *new])),
        **{member_mark(case_id): storm_id for case_id in new},
    }
    look = StormDue(tenant=tenant, id=f"{storm_id}:{source}:{now:%H%M%S%f}", storm=storm)
    return marks, (look,)


def _open(windows: Iterable[Window], now: datetime, timing: Timing) -> str:
    """The storm that newcomers still go into: something joined it not long ago."""
    going_on = [
        (w.joined_at, w.storm)
        for w in windows
        if w.joined_at is not None and now - w.joined_at < timing.storm_window
    ]
    return max(going_on)[1] if going_on else ""


def batch_of(case: Case, marks: Mapping[str, str], storms: Mapping[str, Case]) -> Case:
    """The case as it begins or begins anew: in the storm that it was seen in, as long as that one has a card."""
    if case.state not in {State.NEW, State.CLOSED}:
        return case
    storm_id = marks.get(member_mark(case.id), "")
    told = storms.get(storm_id)
    over = told is not None and told.state is State.CLOSED
    return replace(case, batch="" if over else storm_id, apart=False)


# ---------------------------------------------------------------- counting


async def storm(
    events: Sequence[StormDue], *, cases: Cases, clock: Clock, timing: Timing, table: Table
) -> list[Result]:
    results, seen = [], set()
    for event in events:
        if event.storm in seen:  # one look counts for all
            results.append(Result(event=event))
            continue
        seen.add(event.storm)
        results.append(await _count(event, cases, clock.now(), timing, table))
    return results


async def _count(
    event: StormDue, cases: Cases, now: datetime, timing: Timing, table: Table
) -> Result:
    key = key_of_storm(event.tenant, event.storm)
    case = await cases.get(key.id) or Case(key=key, first_seen=now, storm=Storm())
    if case.state is State.CLOSED or case.storm is None:
        return Result(event=event)
    if case.updated_at is not None and now < case.updated_at + timing.storm_redraw_every:
        return Result(
            event=event, later=(_again(event, case.updated_at + timing.storm_redraw_every),)
        )
    marks = await cases.marks_of(_joined(case.id))
    ids = list(dict.fromkeys(i for text in marks.values() for i in text.split()))
    members, examples, left = await _members(case, case.storm, ids, cases, table)
    counted = replace(case.storm, members=members, examples=examples)
    over = bool(members) and all(m.state is State.CLOSED for m in members) and not left
    if over and not _may_grow(case, now, timing):
        return _closed(event, case, counted, marks, now)
    unread = any(not m.code and m.state is not State.CLOSED for m in members)
    soon = left or unread or counted != case.storm or _under_way(counted)
    every = timing.storm_redraw_every if soon else timing.storm_look_every
    later = (_again(event, now + every),)
    if counted == case.storm:
        return Result(event=event, later=later)
    return _changed(event, case, counted, now, later, timing)


async def _members(
    told_by: Case, storm: Storm, ids: Sequence[str], cases: Cases, table: Table
) -> tuple[tuple[Member, ...], dict[str, Say], bool]:
    """Only those that changed are read. `True`: there are more of them than one look reads.

    What left the list before anybody looked at it is closed: no case will ever be opened for it. Named as an example is
    only what is told where the card of the storm is.
    """
    known = {m.case_id: m for m in storm.members}
    known |= {case_id: Member(case_id=case_id) for case_id in ids if case_id not in known}
    versions = await cases.versions(list(known))
    known |= await _gone_unread(known, versions, cases)
    moved = [i for i, m in known.items() if versions.get(i, m.version) != m.version]
    examples, here = dict(storm.examples), route_of(told_by, table).channel
    async for case in live.each(cases, moved[:READ_AT_MOST]):
        before, member = known[case.id], member_of(case)
        known[case.id] = member
        if is_alert(case):  # it may have been the example of what it looked like before
            examples.pop(_cause_of(before), None)
        elif case.diagnosis and route_of(case, table).channel == here:
            examples.setdefault(_cause_of(member), case.diagnosis.title)
    return tuple(known.values()), examples, len(moved) > READ_AT_MOST


def _cause_of(member: Member) -> str:
    return f"{member.code} {member.attribute}"


async def _gone_unread(
    known: Mapping[str, Member], versions: Mapping[str, int], cases: Cases
) -> dict[str, Member]:
    unopened = [m for i, m in known.items() if i not in versions and not m.version]
    listed = await cases.marks_of([watch.name_of(m.case_id) for m in unopened])
    gone = [m for m in unopened if watch.name_of(m.case_id) not in listed]
    return {m.case_id: replace(m, state=State.CLOSED) for m in gone}


def _may_grow(case: Case, now: datetime, timing: Timing) -> bool:
    return case.first_seen is not None and now < case.first_seen + timing.storm_window


def _under_way(storm: Storm) -> bool:
    return storm.run is not None and storm.run.stopped is None and not storm.run.ready


def _changed(
    event: StormDue,
    case: Case,
    counted: Storm,
    now: datetime,
    later: tuple[Due, ...],
    timing: Timing,
) -> Result:
    more = len(counted.members) - len(case.storm.members if case.storm else ())
    told = case.timeline
    if more and case.state is State.NEW:
        say = Say("Many errors at once: they are told together here.")
        told = (*told, Moment(now, "", say))
        later = (*later, *first(case, now, timing.reminders))
    elif more:
        say = Say("More of them: {count} joined.", {"count": str(more)})
        told = (*told, Moment(now, "", say))
    grown = replace(case, state=State.OPEN, storm=counted, updated_at=now, timeline=told)
    audit: tuple[AuditLine, ...] = ()
    if more:
        facts = {"members": str(len(counted.members))}
        audit = (AuditLine("bot", "storm.grew", case.id, facts),)
    # its list is drawn once all were looked at
    listed = (_paper(case),) if case.state is State.NEW else ()
    follow = (_redraw(case), *listed)
    return Result(event=event, case=grown, follow=follow, later=later, audit=audit)


def _paper(case: Case) -> PaperReady:
    name = Sheet(case.id).name
    return PaperReady(tenant=case.key.tenant, id=name, paper=name)


def _closed(
    event: StormDue, case: Case, counted: Storm, marks: Mapping[str, str], now: datetime
) -> Result:
    gaps = {"count": str(len(counted.members))}
    say = Say("All {count} of them are closed.", gaps)
    after = replace(
        case,
        state=State.CLOSED,
        storm=Storm(ended=len(counted.members)),
        updated_at=now,
        timeline=(*case.timeline, Moment(now, "", say)),
    )
    line = AuditLine("bot", "storm.closed", case.id, gaps)
    # whoever joined since these were read was told that there is a card: then it is counted again
    relies = {name: marks.get(name) for name in _joined(case.id)}
    return Result(
        event=event,
        case=after,
        follow=(_redraw(case),),
        audit=(line,),
        marks=dict.fromkeys(marks),
        relies=relies,
    )


def _joined(storm_id: str) -> list[str]:
    return [f"{_JOINED}{storm_id}:{source}" for source in _SOURCES]


def _again(event: StormDue, at: datetime) -> Due:
    return Due(replace(event, id=f"storm:{event.storm}"), at)


def _redraw(case: Case) -> CaseChanged:
    return CaseChanged(
        tenant=case.key.tenant, id=f"{case.id}:{case.version}:counted", case_id=case.id
    )


def _window(text: str | None) -> Window:
    return msgspec.json.decode(text, type=Window) if text else Window()


def _text(window: Window) -> str:
    return msgspec.json.encode(window).decode()
