"""In: ReminderDue. Out: the owners, and later the lead, mentioned in the thread of a card that nobody answers.
Quiet hours are kept, but not for a possible attack; whoever took the case is its owner, else those of its route.
A storm reminds of all that it tells of, once; its members remind nobody.
Promise: once each a revision; what was decided, set aside or has moved on reminds nobody.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.events import CaseChanged, ReminderDue
from bot.model import Case, Moment, Say, State
from bot.ports import AuditLine, Cases, Clock, Due, Result
from bot.triage.aside import is_aside
from bot.triage.causes import has_own_card
from bot.triage.quiet import Reminders
from bot.triage.routing import Route, Table, route_of
from handlers.timing import Timing

OWNER, LEAD = "owner", "lead"


async def remind(
    events: Sequence[ReminderDue], *, cases: Cases, clock: Clock, timing: Timing, table: Table
) -> list[Result]:
    stored = await cases.get_many(sorted({e.case_id for e in events}))
    now = clock.now()
    return [_remind(event, stored.get(event.case_id), now, timing, table) for event in events]


def first(case: Case, now: datetime, reminders: Reminders) -> tuple[Due, ...]:
    """From the moment that the case waits for an approval."""
    if reminders.owner_after:
        return (Due(_due(case, OWNER), now + reminders.owner_after),)
    return (Due(_due(case, LEAD), now + reminders.lead_after),) if reminders.lead_after else ()


def _remind(
    event: ReminderDue, case: Case | None, now: datetime, timing: Timing, table: Table
) -> Result:
    if case is None or case.revision != event.revision or event.to in case.reminded:
        return Result(event=event)
    if not _waits(case):
        return Result(event=event)
    reminders = timing.reminders
    if is_aside(case):  # it may come back before its proposal expires
        return Result(event=event, later=(Due(event, now + timing.remind_again_after),))
    route = route_of(case, table)
    people = _people(event.to, case, route)
    if not people:
        return Result(event=event, later=_next(event, case, now, reminders))
    at = now if route.alert else reminders.not_before(now)
    if at > now:
        return Result(event=event, later=(Due(event, at),))
    return _reminded(event, case, people, now, timing)


def _waits(case: Case) -> bool:
    if case.storm is not None:
        untouched = case.storm.agreed is None and case.storm.run is None
        return untouched and any(m.state is State.PENDING for m in case.storm.members)
    return case.state is State.PENDING and has_own_card(case)


def _since(case: Case, timing: Timing) -> datetime | None:
    if case.storm is not None:
        return case.first_seen
    return case.expires_at - timing.proposal_good_for if case.expires_at else None


def _reminded(
    event: ReminderDue, case: Case, people: tuple[str, ...], now: datetime, timing: Timing
) -> Result:
    since = _since(case, timing)
    gaps = {"when": f"{since:%Y-%m-%d %H:%M} UTC" if since else "?"}
    say = (
        Say("Waiting for an approval since {when}; the owners were reminded.", gaps)
        if OWNER in case.reminded
        else Say("Waiting for an approval since {when}.", gaps)
    )
    after = replace(
        case,
        reminded=(*case.reminded, event.to),
        updated_at=now,
        timeline=(*case.timeline, Moment(now, "", say, mention=people)),
    )
    redraw = CaseChanged(tenant=event.tenant, id=f"{event.id}:redraw", case_id=case.id)
    facts = {"to": event.to, "people": ",".join(people), "revision": str(case.revision)}
    line = AuditLine(actor="bot", action="case.reminded", case_id=case.id, facts=facts)
    return Result(
        event=event,
        case=after,
        follow=(redraw,),
        later=_next(event, case, now, timing.reminders),
        audit=(line,),
    )


def _people(to: str, case: Case, route: Route) -> tuple[str, ...]:
    if to == LEAD:
        return (route.row.lead,) if route.row.lead else ()
    return (case.owner.user.user,) if case.owner else route.row.owners


def _next(event: ReminderDue, case: Case, now: datetime, reminders: Reminders) -> tuple[Due, ...]:
    """After the owners were told they have their time, however late the quiet made it."""
    if event.to != OWNER or not reminders.lead_after:
        return ()
    return (Due(_due(case, LEAD), now + (reminders.lead_after - reminders.owner_after)),)


def _due(case: Case, to: str) -> ReminderDue:
    return ReminderDue(
        tenant=case.key.tenant,
        id=f"{case.id}:{case.revision}:remind:{to}",
        case_id=case.id,
        revision=case.revision,
        to=to,
    )
