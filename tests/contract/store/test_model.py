"""In: any sequence of putting, scheduling, claiming, giving back, committing. Out: what a simple model says.
The model is a few Python dicts; the store has to agree with it after every step, whatever the order.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.audit.chain import link, verify
from bot.errors import Moved
from bot.events import Event, Lane, PollDue, Role
from bot.ports import AuditLine, Due, Result
from bot.store import Store
from bot.worker import AlreadyDone, Message
from tests.contract.store.parts import NOON, TENANT, HandClock, case
from tests.sizes import examples

EVENTS = tuple(PollDue(tenant=TENANT, id=str(n)) for n in range(3))
LEASE = 60_000

numbers = st.integers(0, 2)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), numbers, st.just(0)),
        st.tuples(st.just("schedule"), numbers, st.integers(0, 20)),
        st.tuples(st.just("ensure"), numbers, st.integers(0, 20)),
        st.tuples(st.just("later"), st.integers(1, 10), st.just(0)),
        st.tuples(st.just("move"), st.just(0), st.just(0)),
        st.tuples(st.just("claim"), st.integers(1, 3), st.just(0)),
        st.tuples(st.just("release"), numbers, st.integers(0, 1)),
        st.tuples(st.just("commit"), numbers, st.integers(-1, 0)),
        st.tuples(st.just("again"), numbers, st.just(0)),
    ),
    max_size=40,
)


@dataclass
class Model:
    """`waiting` counts what is in the stream and not claimed, or given back."""

    store: Store
    clock: HandClock
    due: dict[Event, int] = field(default_factory=dict)
    waiting: Counter[Event] = field(default_factory=Counter)
    flying: set[Event] = field(default_factory=set)
    held: list[Message] = field(default_factory=list)
    finished: list[Message] = field(default_factory=list)
    version: int = 0
    lines: int = 0

    def at(self, seconds: int) -> int:
        return int((self.clock.now() - NOON).total_seconds()) + seconds

    async def put(self, n: int, _: int) -> None:
        assert await self.store.put(EVENTS[n])
        self.waiting[EVENTS[n]] += 1

    async def schedule(self, n: int, seconds: int) -> None:
        due = Due(EVENTS[n], self.clock.now() + timedelta(seconds=seconds))
        await self.store.schedule(due)
        self.due[EVENTS[n]] = self.at(seconds)

    async def ensure(self, n: int, seconds: int) -> None:
        event = EVENTS[n]
        due = Due(event, self.clock.now() + timedelta(seconds=seconds))
        expected = event not in self.due and event not in self.flying
        assert await self.store.ensure(due) == expected
        if expected:
            self.due[event] = self.at(seconds)

    async def later(self, seconds: int, _: int) -> None:
        self.clock.forward(seconds)

    async def move(self, _: int, __: int) -> None:
        ripe = [event for event, at in self.due.items() if at <= self.at(0)]
        assert await self.store.move_due() == len(ripe)
        for event in ripe:
            del self.due[event]
            self.waiting[event] += 1
            self.flying.add(event)

    async def claim(self, count: int, _: int) -> None:
        got = await self.store.claim(
            (Role.BRAIN,), Lane.BULK, "w", count=count, block_ms=0, stale_ms=LEASE
        )
        assert len(got) == min(count, self.waiting.total())
        self.waiting.subtract(m.event for m in got)
        assert min(self.waiting.values(), default=0) >= 0
        self.held += got

    async def release(self, n: int, counted: int) -> None:
        if self.held:
            message = self.held.pop(n % len(self.held))
            await self.store.release([message], idle_ms=LEASE, counted=bool(counted))
            self.waiting[message.event] += 1

    async def commit(self, n: int, behind: int) -> None:
        if not self.held:
            return
        message = self.held[n % len(self.held)]
        result = Result(
            event=message.event,
            case=case(version=self.version + behind),
            audit=(AuditLine("bot", "step"),),
        )
        if behind:
            with pytest.raises(Moved):
                await self.store.commit(message, result)
            return
        await self.store.commit(message, result)
        self.version += 1
        self.lines += 1
        self.held.remove(message)
        self.flying.discard(message.event)
        self.finished.append(message)

    async def again(self, n: int, _: int) -> None:
        """A second worker finishes what is finished."""
        if self.finished:
            message = self.finished[n % len(self.finished)]
            result = Result(event=message.event, audit=(AuditLine("bot", "twice"),))
            with pytest.raises(AlreadyDone):
                await self.store.commit(message, result)

    async def check(self) -> None:
        depths = await self.store.depths()
        assert depths["bulk:brain"] == self.waiting.total() + len(self.held)
        assert depths["due"] == len(self.due)
        stored = await self.store.get(case().id)
        assert stored == (replace(case(), version=self.version) if self.version else None)


@settings(
    max_examples=examples(25),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=steps)
async def test_the_store_does_what_a_simple_model_does(
    redis: Redis, steps: list[tuple[str, int, int]]
) -> None:
    await redis.flushall()
    clock = HandClock()
    store = Store(redis, TENANT, clock=clock, link=link)
    await store.prepare()
    model = Model(store, clock)
    for name, first, second in steps:
        step: Any = getattr(model, name)
        await step(first, second)
        await model.check()

    lines = [line async for line in store.audit_lines()]
    assert len(lines) == model.lines
    assert verify(lines, head=await store.audit_head()).ok
