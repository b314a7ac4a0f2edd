"""In: HomeDue: somebody looks at their home tab. Out: their own queue and how the bot stands, drawn for them.
Promise: who may not ask sees why, and nothing else; one person's tab is drawn once in a few seconds at most, and what
was asked for meanwhile is drawn then.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

import msgspec

from bot.answers import CaseLine, Home
from bot.events import HomeDue
from bot.model import Case, Mode, Person, Refusal, Risk, Say, State
from bot.ports import Cases, Channel, Clock, Due, People, Result
from bot.triage.aside import is_aside
from bot.triage.choice import shown
from bot.triage.lists import is_running
from handlers import live
from handlers.commands.listing import line_of
from handlers.commands.status import Tally, status_of

EVERY = timedelta(seconds=3)
MOST = 10
_LONG_AGO, _LONG_AHEAD = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_LISTS = ("for_me", "first_of_two", "approved", "owned")


async def home(
    events: Sequence[HomeDue],
    *,
    cases: Cases,
    people: People,
    channel: Channel,
    clock: Clock,
    mode: Mode,
) -> list[Result]:
    results = []
    for event in events:
        who = event.user
        times = await cases.count(f"home:{who.team}:{who.user}", int(EVERY.total_seconds()))
        if times > 1 and not event.notice:
            again = replace(event, id=f"home:{who.team}:{who.user}")
            results.append(Result(event=event, later=(Due(again, clock.now() + EVERY),)))
            continue
        notice = msgspec.json.decode(event.notice, type=Say) if event.notice else None
        person = await people.may_ask(who)
        if isinstance(person, Refusal):
            await channel.home(who, person, notice=notice)
        else:
            approver = await people.may_approve(who, None)
            made = await _home(person, isinstance(approver, Person), cases, clock, mode)
            await channel.home(who, made, notice=notice)
        results.append(Result(event=event))
    return results


async def _home(person: Person, approver: bool, cases: Cases, clock: Clock, mode: Mode) -> Home:  # noqa: FBT001 - one fact about them
    tally = Tally(clock.now())
    found: dict[str, list[tuple[Any, CaseLine]]] = {name: [] for name in _LISTS}
    async for case in live.each(cases):
        tally.add(case)
        age = case.storm is None, case.first_seen or _LONG_AGO
        if approver and waits_for(case, person):
            which = "first_of_two" if _agreed(case, person) else "for_me"
            found[which].append((age, line_of(case)))
        if case.decision and _approved(case, person):
            found["approved"].append((_LONG_AHEAD - case.decision.decided_at, line_of(case)))
        if case.owner is not None and case.owner.user == person.slack:
            found["owned"].append((age, line_of(case)))
    lines = {
        name: tuple(line for _, line in sorted(those, key=itemgetter(0))[:MOST])
        for name, those in found.items()
    }
    return Home(
        name=person.name,
        approver=approver,
        status=await status_of(tally, cases=cases, mode=mode),
        for_me=lines["for_me"],
        first_of_two=lines["first_of_two"],
        approved=lines["approved"],
        owned=lines["owned"],
        counts={name: len(those) for name, those in found.items()},
    )


def waits_for(case: Case, person: Person) -> bool:
    """An approval that this person might give; who is asked for it once more when they click."""
    if case.storm:
        run = case.storm.run
        goes_on = run is not None and run.ready and is_running(case.storm)
        return case.storm.agreed is not None or goes_on
    change = shown(case)
    return (
        case.state is State.PENDING
        and case.mode is not Mode.OBSERVE
        and case.held is None
        and not is_aside(case)
        and change is not None
        and change.risk is not Risk.DESTRUCTIVE
        and person.entra_id not in change.affected
        and (case.chosen is None or case.chosen.by.entra_id != person.entra_id)
    )


def _agreed(case: Case, person: Person) -> bool:
    list_of_two = case.storm.agreed if case.storm else None
    if list_of_two and list_of_two.approval.entra_id == person.entra_id:
        return True
    return any(given.approval.entra_id == person.entra_id for given in case.agreed)


def _approved(case: Case, person: Person) -> bool:
    decision = case.decision
    return decision is not None and any(a.entra_id == person.entra_id for a in decision.approvals)
