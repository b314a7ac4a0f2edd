"""In: each kind of server. Out: a store on it, alone in it, and a check of the keys it leaves behind.
One server of each kind serves all tests; every test begins with an empty one.
Promise: after every test, each key of every test belongs to a family and expires as that family says.
"""

from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from bot.audit.chain import link
from bot.store import Store, connect
from bot.store.keys import family_of
from tests.contract.store.parts import TENANT, HandClock, Told
from tests.servers.redis import KINDS, RedisServer, redis_server


@pytest.fixture(scope="session", params=KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    with redis_server(request.param) as running:
        yield running


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def redis(server: RedisServer) -> AsyncIterator[Redis]:
    async with connect(server.url) as client:
        await client.flushall()
        yield client
        unknown, forever = await _leaks(client)

    assert unknown == []
    assert forever == []


@pytest.fixture
async def store(redis: Redis, clock: HandClock) -> Store:
    made = Store(redis, TENANT, clock=clock, link=link)
    await made.prepare()
    return made


async def _leaks(client: Redis) -> tuple[list[str], list[str]]:
    """Keys of no family; keys that live for ever against what their family says."""
    unknown, forever = [], []
    async for key in client.scan_iter():
        assert isinstance(key, str)
        family = family_of(TENANT, key)
        if family is None:
            unknown.append(key)
            continue
        live = family.lives is not None and family.pattern in {"case:*", "card:*"}
        name = key.rpartition(":")[2]
        if live and name in await client.smembers(f"{{dirsync:{TENANT}}}:live"):
            continue
        if (family.lives is None) != (await client.ttl(key) == -1):
            forever.append(key)
    return unknown, forever
