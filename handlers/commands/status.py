"""In: nothing. Out: how the bot stands: mode, pause, last poll, last sync, cases by state, whether the writer works.
Used by `/dirsync status`, by the home tab and by `dirsync-triage status`; from what is stored, nobody is asked anything.
Promise: what is not known is left open; a writer that takes nothing up is told by what waits for it.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version

from bot.answers import Status
from bot.events import QuestionAllowed
from bot.model import Case, Mode, Say, State
from bot.ports import Cases, Clock
from bot.triage import pause
from bot.triage.aside import is_aside
from handlers import live, watch
from handlers.commands.command import Command, Ports, Reply

TAKEN_UP_WITHIN = timedelta(minutes=2)


async def status(*, cases: Cases, clock: Clock, mode: Mode) -> Status:
    """Raises Unreachable."""
    tally = Tally(clock.now())
    async for case in live.each(cases):
        tally.add(case)
    return await status_of(tally, cases=cases, mode=mode)


@dataclass
class Tally:
    """What is counted of the live cases as they are read."""

    now: datetime
    states: Counter[State] = field(default_factory=Counter)
    waiting: int = 0
    aside: int = 0

    def add(self, case: Case) -> None:
        if is_aside(case):
            self.aside += 1
        elif case.storm is None:
            self.states[case.state] += 1
        self.waiting += _waits_for_writer(case, self.now)


async def status_of(tally: Tally, *, cases: Cases, mode: Mode) -> Status:
    """The same where the live cases were counted while they were read for something else. Raises Unreachable."""
    marks = await cases.marks_of([pause.MARK, watch.SYNC, watch.POLLED, watch.SYNCED])
    return Status(
        mode=mode,
        version=_version(),
        paused=pause.read(marks),
        last_poll_at=watch.moment_of(marks.get(watch.POLLED)),
        last_sync_at=watch.moment_of(marks.get(watch.SYNCED)),
        sync_stopped=marks.get(watch.SYNC) == watch.STOPPED,
        cases=dict(tally.states),
        aside=tally.aside,
        waiting=tally.waiting,
    )


def _waits_for_writer(case: Case, now: datetime) -> bool:
    decision = case.undo or case.decision
    by_us = decision is not None and decision.mode is Mode.APPLY
    stands = case.updated_at is not None and now - case.updated_at > TAKEN_UP_WITHIN
    return by_us and stands and case.state in {State.APPROVED, State.APPLYING}


def _version() -> str:
    try:
        return version("dirsync-triage")
    except PackageNotFoundError:
        return "?"


async def _answer(question: QuestionAllowed, ports: Ports) -> Reply:  # noqa: ARG001 - it takes no words
    told = await status(cases=ports.cases, clock=ports.clock, mode=ports.mode)
    return Reply("status", told, everybody=told)


COMMAND = Command(
    help=Say("/dirsync status: mode, pause, last poll, last sync, and how many cases stand where."),
    answer=_answer,
)
