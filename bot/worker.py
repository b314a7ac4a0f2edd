"""In: the two lanes of a queue and a handler for each kind of event. Out: handled messages, committed.
Claims, renews while it works, pauses a kind whose outside is away, sets poison aside, drains when told to stop.
Promise: a message is finished by exactly one commit; whatever dies here is done again by somebody else.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from structlog.typing import FilteringBoundLogger

from bot.errors import DirsyncError, ListBroken, Moved, Refused, Unreachable
from bot.events import KINDS, Event, Lane, Role
from bot.outage import Outage, Pace
from bot.ports import Clock, Result

Handler = Callable[[Sequence[Event]], Awaitable[Sequence[Result]]]

T = TypeVar("T")

BULK_AT_ONCE = 100  # messages of one call
COMMITS_AT_ONCE = 16  # one fsync of Redis then serves several
RUNS_WHEN_MOVED = 5
QUICK_PAUSE = 5.0

# never an attempt: a server that is away, one that says no (an expired secret is renewed), half a list
_AWAY = (Unreachable, Refused, ListBroken)


class AlreadyDone(Moved):
    """Another worker finished the message meanwhile: there is nothing left to do for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A claimed event. `attempt` is 1 at first; it grows when handling it failed, or killed the process."""

    id: str
    lane: Lane
    role: Role
    consumer: str
    attempt: int
    event: Event


class Queue(Protocol):
    """Where messages come from. Every method raises Unreachable; then nothing happened, or it is not known."""

    async def prepare(self) -> None: ...

    async def move_due(self) -> int: ...

    async def claim(
        self,
        roles: Sequence[Role],
        lane: Lane,
        consumer: str,
        *,
        count: int,
        block_ms: int,
        stale_ms: int,
    ) -> list[Message]: ...

    async def renew(self, messages: Sequence[Message]) -> list[Message]: ...

    async def release(
        self, messages: Sequence[Message], *, idle_ms: int, counted: bool
    ) -> None: ...

    async def commit(self, message: Message, result: Result) -> None:
        """Raises Moved when the case was changed since it was read, AlreadyDone."""
        ...

    async def poison(self, message: Message, error_id: str) -> None: ...


class Worker:
    def __init__(
        self,
        queue: Queue,
        handlers: Mapping[type, Handler],
        *,
        roles: Sequence[Role],
        clock: Clock,
        log: FilteringBoundLogger,
        slots: int = 8,
        now_slots: int = 2,
        poison_after: int = 5,
        pace: Pace | None = None,
    ) -> None:
        missing = [n for n, k in KINDS.items() if k.role in roles and k.type not in handlers]
        if missing:
            raise ValueError(f"No handler for {', '.join(missing)}.")
        if not 0 < now_slots < slots:
            raise ValueError("Both lanes need a slot.")
        self._queue = queue
        self._handlers = handlers
        self._roles = tuple(roles)
        self._clock = clock
        self._log = log
        self._poison_after = poison_after
        self._pace = pace or Pace()
        self._consumer = clock.new_id("w")  # new at each start: a restart is somebody else
        self._slots = asyncio.Semaphore(slots)
        self._bulk_slots = asyncio.Semaphore(slots - now_slots)
        self._held: dict[str, Message] = {}
        self._calls: set[asyncio.Task[None]] = set()
        # Redis is the bot's own and cheap to ask: people should not wait long after it is back
        quick = replace(self._pace, longest_pause=min(self._pace.longest_pause, QUICK_PAUSE))
        self._redis = Outage("Redis", quick, log)
        self._outages: dict[type, Outage] = {}

    # ------------------------------------------------------------ life

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; then finishes or gives back what it has, in bounded time."""
        try:
            async with asyncio.TaskGroup() as group:
                await self._patiently(self._queue.prepare, stop)
                background = [group.create_task(self._renewing())]
                loops = [
                    group.create_task(self._moving(stop)),
                    *(group.create_task(self._claiming(lane, stop, group)) for lane in Lane),
                ]
                await stop.wait()
                await self._drain(loops)
                for task in background:
                    task.cancel()
        finally:
            await self._give_back()

    async def _drain(self, loops: Sequence[asyncio.Task[None]]) -> None:
        # each loop looks at `stop` at least once a block; the calls may need longer
        async def settle() -> None:
            await asyncio.gather(*loops, return_exceptions=True)
            while self._calls:
                await asyncio.wait(self._calls)

        with suppress(TimeoutError):
            await asyncio.wait_for(settle(), self._pace.drain)
        for task in (*loops, *self._calls):
            task.cancel()

    async def _give_back(self) -> None:
        """Without counting it as an attempt. If Redis is away, the lease ends by itself."""
        left = list(self._held.values())
        with suppress(DirsyncError, TimeoutError):
            async with asyncio.timeout(self._pace.drain):
                if left:
                    await self._release(left, counted=False, after=0)

    async def _patiently(
        self,
        ask: Callable[[], Awaitable[T]],
        stop: asyncio.Event | None,
        *,
        patience: tuple[type[DirsyncError], ...] = (Unreachable, Refused),
    ) -> T | None:
        """Asks Redis until it answers; None when told to stop before that."""
        while stop is None or not stop.is_set():
            try:
                answer = await ask()
            except patience as error:
                await _rest(self._redis.broke(error), stop)
            else:
                self._redis.recovered()
                return answer
        return None

    # ------------------------------------------------------------ the loops

    async def _moving(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if not await self._patiently(self._queue.move_due, stop):
                await _rest(self._pace.tick, stop)

    async def _renewing(self) -> None:
        while True:
            await asyncio.sleep(self._pace.lease / 3)
            held = list(self._held.values())
            if held:
                # the claiming loop tells about Redis; a lost lease costs a repetition, nothing else
                with suppress(DirsyncError):
                    await self._queue.renew(held)

    async def _claiming(self, lane: Lane, stop: asyncio.Event, group: asyncio.TaskGroup) -> None:
        count = 1 if lane is Lane.NOW else BULK_AT_ONCE

        async def claim() -> list[Message]:
            return await self._queue.claim(
                self._roles,
                lane,
                self._consumer,
                count=count,
                block_ms=int(self._pace.block * 1000),
                stale_ms=int(self._pace.lease * 1000),
            )

        while not stop.is_set():
            async with self._slot(lane):  # claims only what it could start at once
                messages = [] if stop.is_set() else await self._patiently(claim, stop) or []
            self._held.update((m.id, m) for m in messages)
            for batch in _batches(messages, lane):
                await self._start(batch, lane, stop, group)

    @asynccontextmanager
    async def _slot(self, lane: Lane) -> AsyncIterator[None]:
        async with AsyncExitStack() as taken:
            if lane is Lane.BULK:
                await taken.enter_async_context(self._bulk_slots)
            await taken.enter_async_context(self._slots)
            yield

    # ------------------------------------------------------------ one call of a handler

    async def _start(
        self, batch: list[Message], lane: Lane, stop: asyncio.Event, group: asyncio.TaskGroup
    ) -> None:
        started = asyncio.Event()
        pause = self._outage(batch).wait()
        if pause:
            await self._let_go(batch, after=pause)
            return

        async def call() -> None:
            async with self._slot(lane):
                started.set()
                if not stop.is_set():  # else it stays in `_held` and is given back
                    await self._handle(batch)

        task = group.create_task(call())
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        await started.wait()

    async def _handle(self, batch: list[Message], runs: int = 1) -> None:
        outage = self._outage(batch)
        worn = [m for m in batch if m.attempt > self._poison_after]
        for message in worn:
            await self._poison(message, "it ended each process that worked on it", None)
        batch = [m for m in batch if m not in worn]
        if not batch:
            outage.undecided()
            return
        handler = self._handlers[type(batch[0].event)]
        try:
            results = await handler(list(dict.fromkeys(m.event for m in batch)))
            pairs = _matched(batch, results)
        except _AWAY as error:
            await self._let_go(batch, after=self._away(outage, error))
        except Exception as error:  # noqa: BLE001 - a handler's bug may hurt its own message, nothing else
            outage.undecided()
            if len(batch) == 1:
                await self._failed(batch[0], error)
            else:
                await self._one_by_one(batch)
        else:
            outage.recovered()
            await self._commit_all(pairs, runs)

    def _away(self, outage: Outage, error: DirsyncError) -> float:
        if not isinstance(error, Unreachable) or error.what != "Redis":
            return outage.broke(error)
        outage.undecided()  # every kind needs Redis: that is one outage, not one of each kind
        return self._redis.broke(error)

    async def _one_by_one(self, batch: list[Message]) -> None:
        """One of them made the call fail; the others must not pay for it."""
        for message in batch:
            pause = self._outage(batch).wait()
            if pause:
                await self._let_go([message], after=pause)
            else:
                await self._handle([message])

    async def _commit_all(self, pairs: Sequence[tuple[Message, Result]], runs: int) -> None:
        gate = asyncio.Semaphore(COMMITS_AT_ONCE)

        async def commit(message: Message, result: Result) -> Message | None:
            async with gate:
                return None if await self._commit(message, result) else message

        ended = await asyncio.gather(*(commit(*pair) for pair in pairs))
        moved = [message for message in ended if message is not None]
        if moved and runs < RUNS_WHEN_MOVED:
            await self._handle(moved, runs + 1)
        elif moved:
            await self._let_go(moved, after=self._pace.first_pause)

    async def _commit(self, message: Message, result: Result) -> bool:
        """False: the case has moved, the handler has to look again."""
        try:
            await self._patiently(
                lambda: self._queue.commit(message, result), None, patience=(Unreachable,)
            )
        except AlreadyDone:
            self._log.info("done by another worker", kind=_kind(message), message=message.id)
        except Moved:
            return False
        except Exception as error:  # noqa: BLE001 - an impossible result is a handler's bug too
            await self._failed(message, error)
        self._held.pop(message.id, None)
        return True

    # ------------------------------------------------------------ what did not go well

    async def _failed(self, message: Message, error: Exception) -> None:
        if message.attempt >= self._poison_after:
            await self._poison(message, str(error), error)
            return
        self._log.warning(
            "failed, will be tried again",
            kind=_kind(message),
            message=message.id,
            attempt=message.attempt,
            exc_info=error,
        )
        pause = self._pace.first_pause * 2.0 ** (message.attempt - 1)
        await self._let_go([message], after=pause, counted=True)

    async def _poison(self, message: Message, why: str, error: Exception | None) -> None:
        error_id = self._clock.new_id("e")
        self._log.error(
            "set aside as poison",
            error_id=error_id,
            kind=_kind(message),
            message=message.id,
            attempt=message.attempt,
            why=why,
            exc_info=error,
        )
        with suppress(AlreadyDone):
            await self._patiently(lambda: self._queue.poison(message, error_id), None)
        self._held.pop(message.id, None)

    async def _let_go(
        self, messages: Sequence[Message], *, after: float, counted: bool = False
    ) -> None:
        """Back to the queue; it comes again in `after` seconds, to any worker."""
        await self._patiently(lambda: self._release(messages, counted=counted, after=after), None)

    async def _release(self, messages: Sequence[Message], *, counted: bool, after: float) -> None:
        idle = max(0.0, self._pace.lease - after)
        await self._queue.release(messages, idle_ms=int(idle * 1000), counted=counted)
        for message in messages:
            self._held.pop(message.id, None)

    def _outage(self, batch: Sequence[Message]) -> Outage:
        kind = type(batch[0].event)
        if kind not in self._outages:
            self._outages[kind] = Outage(kind.__name__, self._pace, self._log)
        return self._outages[kind]


def _kind(message: Message) -> str:
    return type(message.event).__name__


def _batches(messages: Sequence[Message], lane: Lane) -> list[list[Message]]:
    """One message a call from `now`; from `bulk`, those of one kind together."""
    if lane is Lane.NOW:
        return [[message] for message in messages]
    kinds: dict[type, list[Message]] = {}
    for message in messages:
        kinds.setdefault(type(message.event), []).append(message)
    return list(kinds.values())


def _matched(batch: Sequence[Message], results: Sequence[Result]) -> list[tuple[Message, Result]]:
    """Each message with its result; a repeated event has one result and leaves nothing the second time."""
    by_event = {result.event: result for result in results}
    if len(by_event) != len(results) or by_event.keys() != {m.event for m in batch}:
        raise ValueError("A handler answers with exactly one Result for each event.")
    return [(m, by_event.pop(m.event, Result(event=m.event))) for m in batch]


async def _rest(seconds: float, stop: asyncio.Event | None) -> None:
    if stop is None:
        await asyncio.sleep(seconds)
        return
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
