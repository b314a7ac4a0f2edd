"""In: events and handlers that succeed, fail, hang, or find their server away. Out: what became of each event.
One worker on a real store; pauses are some hundredths of a second, and nothing is proved by them.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from redis.asyncio import Redis

from bot.errors import ListBroken, Refused, Unreachable
from bot.events import (
    CaseChanged,
    Event,
    FixApproved,
    Lane,
    PollDue,
    Role,
    SyncErrorSeen,
    VerifyDue,
)
from bot.model import State
from bot.ports import AuditLine, Due, Result
from bot.store import Store
from bot.worker import BULK_AT_ONCE, RUNS_WHEN_MOVED, Handler, Worker
from tests.contract.store.parts import (
    NOON,
    QUICK,
    TENANT,
    HandClock,
    Told,
    case,
    handlers,
    nothing,
    until,
)

# what differs between servers is held by the store's own tests
pytestmark = pytest.mark.parametrize("server", ["redis-server"], indirect=True)

POLL = PollDue(tenant=TENANT, id="p-1")
VERIFY = VerifyDue(tenant=TENANT, id="v-1", case_id="c-1")


def seen(n: int) -> SyncErrorSeen:
    return SyncErrorSeen(tenant=TENANT, id=f"s-{n}", case_id=f"c-{n}")


def fix(n: int) -> FixApproved:
    return FixApproved(tenant=TENANT, id=f"f-{n}", case_id=f"c-{n}", proposal_id="p", revision=1)


@dataclass
class Bench:
    redis: Redis
    store: Store
    clock: HandClock
    told: Told

    def worker(self, *, slots: int = 8, now_slots: int = 2, **by_kind: Handler) -> Worker:
        return Worker(
            self.store,
            handlers(**by_kind),
            roles=tuple(Role),
            clock=self.clock,
            log=self.told.logger(),
            slots=slots,
            now_slots=now_slots,
            pace=QUICK,
        )

    @asynccontextmanager
    async def working(
        self, *, slots: int = 8, now_slots: int = 2, **by_kind: Handler
    ) -> AsyncIterator[None]:
        stop = asyncio.Event()
        worker = self.worker(slots=slots, now_slots=now_slots, **by_kind)
        task = asyncio.create_task(worker.run(stop))
        try:
            yield
        finally:
            stop.set()
            await task

    async def waiting(self) -> int:
        return sum(n for name, n in (await self.store.depths()).items() if ":" in name)

    async def is_idle(self) -> bool:
        return await self.waiting() == 0


@pytest.fixture
def bench(redis: Redis, store: Store, clock: HandClock, told: Told) -> Bench:
    return Bench(redis, store, clock, told)


async def _idle_ms(bench: Bench) -> int:
    pending = await bench.redis.xpending_range(
        f"{{dirsync:{TENANT}}}:now:writer", "workers", "-", "+", 1
    )
    return int(pending[0]["time_since_delivered"])


async def test_it_handles_what_comes_and_what_follows(bench: Bench) -> None:
    async def poll(events: Sequence[Event]) -> list[Result]:
        follow = tuple(seen(n) for n in range(250))
        return [Result(event=e, follow=follow, audit=(AuditLine("bot", "polled"),)) for e in events]

    calls: list[int] = []

    async def triage(events: Sequence[Event]) -> list[Result]:
        calls.append(len(events))
        return [Result(event=e, audit=(AuditLine("bot", "seen", e.id),)) for e in events]

    await bench.store.put(POLL)
    async with bench.working(PollDue=poll, SyncErrorSeen=triage):
        await until(lambda: sum(calls) == 250)
        await until(bench.is_idle)

    lines = [line async for line in bench.store.audit_lines()]
    assert len(lines) == 251
    assert max(calls) <= BULK_AT_ONCE
    assert len(calls) <= 10  # they went by batches


async def test_a_now_message_comes_alone(bench: Bench) -> None:
    sizes: list[int] = []

    async def apply(events: Sequence[Event]) -> list[Result]:
        sizes.append(len(events))
        return await nothing(events)

    for n in range(20):
        await bench.store.put(fix(n))
    async with bench.working(FixApproved=apply):
        await until(lambda: len(sizes) == 20)

    assert set(sizes) == {1}


async def test_bulk_work_that_hangs_leaves_room_for_now(bench: Bench) -> None:
    hanging, go_on = [], asyncio.Event()

    async def hang(events: Sequence[Event]) -> list[Result]:
        hanging.append(len(events))
        await go_on.wait()
        return await nothing(events)

    done: list[Event] = []

    async def apply(events: Sequence[Event]) -> list[Result]:
        done.extend(events)
        return await nothing(events)

    async with bench.working(slots=3, now_slots=1, SyncErrorSeen=hang, FixApproved=apply):
        for n in range(2):
            await bench.store.put(seen(n))
            await until(lambda n=n: len(hanging) > n)  # type: ignore[misc]  # bound on purpose
        for n in range(2, 4):
            await bench.store.put(seen(n))
        for n in range(10):
            await bench.store.put(fix(n))
        await until(lambda: len(done) == 10)
        assert len(hanging) == 2  # only two of three slots
        go_on.set()
        await until(bench.is_idle)


async def test_what_is_due_is_moved(bench: Bench) -> None:
    got: list[Event] = []

    async def verify(events: Sequence[Event]) -> list[Result]:
        got.extend(events)
        return await nothing(events)

    await bench.store.schedule(Due(VERIFY, NOON))
    async with bench.working(VerifyDue=verify):
        await until(lambda: got == [VERIFY])


async def test_a_moved_case_is_read_and_handled_again(bench: Bench) -> None:
    runs: Counter[str] = Counter()

    async def triage(events: Sequence[Event]) -> list[Result]:
        results = []
        for event in events:
            stored = await bench.store.get(case().id)
            runs[event.id] += 1
            results.append(Result(event=event, case=stored or case()))
        return results

    for n in range(4):
        await bench.store.put(seen(n))
    async with bench.working(SyncErrorSeen=triage):
        await until(bench.is_idle)

    stored = await bench.store.get(case().id)
    assert stored is not None
    assert stored.version == 4
    assert runs.total() > 4
    assert (await bench.store.depths())["poison"] == 0


async def test_a_case_that_never_holds_still_is_no_failure(bench: Bench) -> None:
    runs = 0

    async def late(events: Sequence[Event]) -> list[Result]:
        nonlocal runs
        runs += 1
        version = 7 if runs <= 3 * RUNS_WHEN_MOVED else 0
        return [Result(event=e, case=case(version=version)) for e in events]

    await bench.store.put(seen(1))
    async with bench.working(SyncErrorSeen=late):
        await until(bench.is_idle)

    assert runs == 3 * RUNS_WHEN_MOVED + 1
    assert (await bench.store.depths())["poison"] == 0


async def test_a_server_that_is_away_pauses_its_kind_only(bench: Bench) -> None:
    away, asked = True, 0

    async def triage(events: Sequence[Event]) -> list[Result]:
        nonlocal asked
        asked += 1
        if away:
            raise Unreachable("AD corp", "AD corp does not answer.")
        return await nothing(events)

    others: list[Event] = []

    async def verify(events: Sequence[Event]) -> list[Result]:
        others.extend(events)
        return await nothing(events)

    for n in range(300):
        await bench.store.put(seen(n))
    await bench.store.put(VERIFY)
    async with bench.working(SyncErrorSeen=triage, VerifyDue=verify):
        await until(lambda: others == [VERIFY])
        await until(lambda: asked > 10)  # twice as often as would make it poison
        assert await bench.waiting() == 300
        away = False
        await until(bench.is_idle)

    assert (await bench.store.depths())["poison"] == 0
    assert [line for line in bench.told.lines if line[2] == "SyncErrorSeen"] == [
        ("warning", "paused", "SyncErrorSeen"),
        ("info", "goes on", "SyncErrorSeen"),
    ]


async def test_a_failing_event_is_tried_five_times_then_set_aside(bench: Bench) -> None:
    tried: Counter[str] = Counter()

    async def triage(events: Sequence[Event]) -> list[Result]:
        for event in events:
            tried[event.id] += 1
        if any(event.id == "s-3" for event in events):
            raise KeyError("a bug")
        return await nothing(events)

    for n in range(10):
        await bench.store.put(seen(n))
    async with bench.working(SyncErrorSeen=triage):
        await until(bench.is_idle)

    depths = await bench.store.depths()
    (line,) = [line async for line in bench.store.audit_lines()]
    levels = Counter(level for level, _, what in bench.told.lines if what == "SyncErrorSeen")
    assert depths["poison"] == 1
    assert 5 <= tried["s-3"] <= 6  # once more in the first batch
    assert max(tried[f"s-{n}"] for n in range(10) if n != 3) <= 2
    assert '"case":"c-3"' in line
    assert levels == {"warning": 4, "error": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda _: [],
        lambda events: [Result(event=e) for e in events] * 2,
        lambda _: [Result(event=POLL)],
        lambda events: [Result(event=e, case=case(state=State.VERIFIED)) for e in events],
        lambda events: [Result(event=e, follow=(replace(POLL, tenant="other"),)) for e in events],
    ],
    ids=["no result", "two results", "another event", "forbidden state", "another tenant"],
)
async def test_a_wrong_result_is_a_failure_and_commits_nothing(
    bench: Bench, wrong: Callable[[Sequence[Event]], list[Result]]
) -> None:
    async def triage(events: Sequence[Event]) -> list[Result]:
        return wrong(events)

    await bench.store.put(seen(1))
    async with bench.working(SyncErrorSeen=triage):
        await until(bench.is_idle)

    assert (await bench.store.depths())["poison"] == 1
    assert await bench.store.live_ids() == ()


async def test_an_event_that_ends_processes_is_set_aside_unhandled(bench: Bench) -> None:
    """Five workers claimed it and none came back."""
    await bench.store.put(seen(1))
    for attempt in range(1, 6):
        (lost,) = await bench.store.claim(
            (Role.BRAIN,), Lane.BULK, f"dead-{attempt}",
            count=1, block_ms=0, stale_ms=0,
        )  # fmt: skip
        assert lost.attempt == attempt
    handled: list[Event] = []

    async def triage(events: Sequence[Event]) -> list[Result]:
        handled.extend(events)
        return await nothing(events)

    async with bench.working(SyncErrorSeen=triage):
        await until(bench.is_idle)

    assert handled == []
    assert (await bench.store.depths())["poison"] == 1


async def test_the_same_event_twice_in_one_batch_is_handled_once(bench: Bench) -> None:
    batches: list[Sequence[Event]] = []

    async def triage(events: Sequence[Event]) -> list[Result]:
        batches.append(events)
        return [Result(event=e, audit=(AuditLine("bot", "seen"),)) for e in events]

    for _ in range(3):
        await bench.store.put(seen(1))
    async with bench.working(SyncErrorSeen=triage):
        await until(bench.is_idle)

    lines = [line async for line in bench.store.audit_lines()]
    assert len(lines) == sum(len(batch) for batch in batches)
    assert all(len(set(batch)) == len(batch) for batch in batches)


async def test_stopping_finishes_what_runs_and_starts_nothing(bench: Bench) -> None:
    started, go_on, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(events: Sequence[Event]) -> list[Result]:
        started.set()
        await go_on.wait()
        return [Result(event=e, audit=(AuditLine("bot", "done", e.id),)) for e in events]

    await bench.store.put(seen(1))
    running = asyncio.create_task(bench.worker(SyncErrorSeen=slow).run(stop))
    await started.wait()
    stop.set()
    await asyncio.sleep(0)
    await bench.store.put(seen(2))
    go_on.set()
    await running

    lines = [line async for line in bench.store.audit_lines()]
    assert ['"case":"s-1"' in line for line in lines][:1] == [True]
    assert await bench.waiting() + len(lines) == 2


async def test_stopping_gives_back_what_does_not_end(bench: Bench) -> None:
    started, stop = asyncio.Event(), asyncio.Event()

    async def never(events: Sequence[Event]) -> list[Result]:
        started.set()
        await asyncio.Event().wait()
        return await nothing(events)

    worker = Worker(
        bench.store,
        handlers(SyncErrorSeen=never),
        roles=tuple(Role),
        clock=bench.clock,
        log=bench.told.logger(),
        pace=replace(QUICK, lease=1000.0, drain=0.2),
    )
    await bench.store.put(seen(1))
    running = asyncio.create_task(worker.run(stop))
    await started.wait()
    stop.set()
    await running

    again = await bench.store.claim(
        (Role.BRAIN,), Lane.BULK, "w-2", count=1, block_ms=0, stale_ms=1_000_000
    )
    assert [(m.event, m.attempt) for m in again] == [(seen(1), 1)]


async def test_what_is_worked_on_is_renewed(bench: Bench) -> None:
    """The lease is a second; the handler ends only after another worker had many chances to take it."""
    started, go_on = asyncio.Event(), asyncio.Event()
    runs = 0

    async def slow(events: Sequence[Event]) -> list[Result]:
        nonlocal runs
        runs += 1
        started.set()
        await go_on.wait()
        return await nothing(events)

    await bench.store.put(fix(1))
    async with bench.working(FixApproved=slow), bench.working(FixApproved=slow):
        await started.wait()
        renewed = 0
        while renewed < 4:  # each time it was renewed, its idle time has fallen
            before = await _idle_ms(bench)
            await asyncio.sleep(0.01)
            renewed += await _idle_ms(bench) < before
        go_on.set()
        await until(bench.is_idle)

    assert runs == 1


async def test_a_kind_without_a_handler_is_found_at_once(bench: Bench) -> None:
    known = handlers()
    del known[CaseChanged]
    with pytest.raises(ValueError, match="No handler for CaseChanged"):
        Worker(
            bench.store,
            known,
            roles=(Role.EDGE,),
            clock=bench.clock,
            log=bench.told.logger(),
        )
    with pytest.raises(ValueError, match="Both lanes need a slot"):
        bench.worker(slots=2, now_slots=2)


async def test_a_handler_that_finds_redis_away_is_no_outage_of_its_kind(bench: Bench) -> None:
    asked = 0

    async def triage(events: Sequence[Event]) -> list[Result]:
        nonlocal asked
        asked += 1
        if asked <= 8:
            raise Unreachable("Redis", "Redis does not answer.")
        return await nothing(events)

    await bench.store.put(seen(1))
    async with bench.working(SyncErrorSeen=triage):
        await until(bench.is_idle)

    assert asked == 9
    assert (await bench.store.depths())["poison"] == 0
    assert {what for _, _, what in bench.told.lines} == {"Redis"}


@pytest.mark.parametrize(
    "no", [Refused("Entra", "The client secret has expired."), ListBroken("Half a list.")]
)
async def test_a_no_for_everything_is_waited_out(bench: Bench, no: Exception) -> None:
    asked = 0

    async def poll(events: Sequence[Event]) -> list[Result]:
        nonlocal asked
        asked += 1
        if asked <= 8:
            raise no
        return await nothing(events)

    await bench.store.put(POLL)
    async with bench.working(PollDue=poll):
        await until(bench.is_idle)

    assert asked == 9
    assert (await bench.store.depths())["poison"] == 0


async def test_one_unreadable_case_stops_only_its_own_event(bench: Bench) -> None:
    async def triage(events: Sequence[Event]) -> list[Result]:
        await bench.store.get_many([e.case_id for e in events if isinstance(e, SyncErrorSeen)])
        return await nothing(events)

    await bench.redis.set(f"{{dirsync:{TENANT}}}:case:c-2", "not ours", ex=60)
    for n in range(5):
        await bench.store.put(seen(n))
    async with bench.working(SyncErrorSeen=triage):
        await until(bench.is_idle)

    (line,) = [line async for line in bench.store.audit_lines()]
    assert (await bench.store.depths())["poison"] == 1
    assert '"case":"c-2"' in line
