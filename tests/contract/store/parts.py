"""In: nothing. Out: what the tests of the store and the worker share: a clock that is moved by hand, examples.
`until` waits for a condition, never for a time; `everything` answers each event with nothing.
Promise: no test waits longer than `PATIENCE`, and none is right because of how long something took.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from redis.asyncio import Redis
from structlog.typing import FilteringBoundLogger, WrappedLogger

from bot.events import KINDS, Event
from bot.model import Case, CaseKey, Kind, State
from bot.outage import Pace
from bot.ports import Result
from bot.store.scripts import call
from bot.worker import Handler

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PATIENCE = 30.0
QUICK = Pace(lease=1.0, block=0.05, tick=0.02, first_pause=0.02, longest_pause=0.1, drain=10.0)


@dataclass
class HandClock:
    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def new_id(self, prefix: str) -> str:
        return f"{prefix}-{secrets.token_hex(6)}"

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Told:
    """What was logged, as (level, event, what or kind)."""

    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def logger(self) -> FilteringBoundLogger:
        def keep(_: WrappedLogger, level: str, line: structlog.typing.EventDict) -> str:
            self.lines.append((level, line["event"], line.get("what", line.get("kind", ""))))
            raise structlog.DropEvent

        log: FilteringBoundLogger = structlog.wrap_logger(
            structlog.PrintLogger(),
            processors=[keep],
            wrapper_class=structlog.make_filtering_bound_logger(0),
        )
        return log


async def until(true: Callable[[], bool | Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = true()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.005)


async def nothing(events: Sequence[Event]) -> list[Result]:
    return [Result(event=event) for event in events]


def handlers(**by_kind: Handler) -> dict[type, Handler]:
    """A handler for each kind: the named ones, and `nothing` for the rest."""
    return {kind.type: by_kind.get(name, nothing) for name, kind in KINDS.items()}


def case(value: str = "john@contoso.com", *, state: State = State.OPEN, version: int = 0) -> Case:
    key = CaseKey(TENANT, Kind.ADDRESS, value)
    return Case(key=key, state=state, version=version, first_seen=NOON)


async def entries(redis: Redis, stream: str) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = await call(redis, "XRANGE", stream, "-", "+")
    return found
