"""In: servers that are away, too old, not durable, not ours to configure. Out: the one line that says what to do.
The commands in those lines are run here, as a person would: afterwards the check has to pass.
"""

import shlex
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.audit.chain import link
from bot.errors import Refused, SettingsError, Unreachable, Untrusted
from bot.events import Lane, PollDue, Role
from bot.model import Mode
from bot.ports import AuditLine, Result
from bot.store import Store, check, connect
from bot.store.connect import DURABLE, _check_server
from bot.store.scripts import call
from tests.contract.store.parts import TENANT, HandClock, case
from tests.servers.redis import RedisServer, redis_server

README = Path(__file__).parents[3] / "bot/store/README.md"
Clients = Callable[..., Redis]

WEAK = {"appendonly": "no", "appendfsync": "everysec", "maxmemory-policy": "allkeys-lru"}


@pytest.fixture(scope="module")
def weak_server() -> Iterator[RedisServer]:
    with redis_server("redis-server") as running:
        yield running


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    """`connect`, and closed at the end whatever happens."""
    async with AsyncExitStack() as stack:

        def make(url: str, **account: str) -> Redis:
            client = connect(url, **account)
            stack.push_async_callback(client.aclose)
            return client

        yield make


async def weaken(redis: Redis) -> None:
    for name, value in WEAK.items():
        await redis.config_set(name, value)


async def test_a_durable_server_is_accepted_in_every_mode(
    server: RedisServer, clients: Clients
) -> None:
    redis = clients(server.url)
    notices = [await check(redis, mode) for mode in Mode]

    assert notices == [(), (), ()]


async def test_apply_refuses_a_forgetful_redis_and_its_advice_works(
    weak_server: RedisServer, clients: Clients
) -> None:
    redis = clients(weak_server.url)
    await weaken(redis)
    with pytest.raises(SettingsError) as refused:
        await check(redis, Mode.APPLY)
    commands = refused.value.todo.removeprefix("Run: ").split(" && ")
    for command in commands:
        done = subprocess.run(  # noqa: ASYNC221 - nothing else runs in this test
            shlex.split(command), capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "OK"
    after = await check(redis, Mode.APPLY)

    assert all(f"{name} is {value!r}" in refused.value.message for name, value in WEAK.items())
    assert commands == [
        *(
            f"redis-cli -h 127.0.0.1 -p {weak_server.port} CONFIG SET {name} {value}"
            for name, value in DURABLE.items()
        ),
        f"redis-cli -h 127.0.0.1 -p {weak_server.port} CONFIG REWRITE",
    ]
    assert after == ()


async def test_one_lacking_setting_is_enough_to_refuse(
    weak_server: RedisServer, clients: Clients
) -> None:
    redis = clients(weak_server.url)
    for name, weak in WEAK.items():
        for setting, value in DURABLE.items():
            await redis.config_set(setting, value)
        await redis.config_set(name, weak)
        with pytest.raises(SettingsError, match=f"CONFIG SET {name} {DURABLE[name]} && "):
            await check(redis, Mode.APPLY)


async def test_the_other_modes_say_what_apply_will_want(
    weak_server: RedisServer, clients: Clients
) -> None:
    redis = clients(weak_server.url)
    await weaken(redis)
    notices = await check(redis, Mode.OBSERVE)

    assert len(notices) == 3
    assert all(name in " ".join(notices) for name in WEAK)


async def test_a_redis_that_hides_its_configuration_must_be_attested(
    weak_server: RedisServer, clients: Clients
) -> None:
    admin = clients(weak_server.url)
    await admin.execute_command("ACL SETUSER bot on >secret ~{dirsync:* +@all -config")  # type: ignore[no-untyped-call]
    redis = clients(weak_server.url, username="bot", password="secret")
    with pytest.raises(SettingsError) as refused:
        await check(redis, Mode.APPLY)
    notices = await check(redis, Mode.APPLY, durability="attested")
    quiet = await check(redis, Mode.PROPOSE)
    await admin.execute_command("ACL SETUSER bot +config|get")  # type: ignore[no-untyped-call]
    for name, value in DURABLE.items():
        await admin.config_set(name, value)
    allowed = await check(redis, Mode.APPLY)

    assert "+config|get" in refused.value.todo
    assert "DIRSYNC_REDIS__DURABILITY=attested" in refused.value.todo
    assert ["attested" in notice for notice in notices] == [True]
    assert (quiet, allowed) == ((), ())


async def test_a_wrong_password_is_said_without_the_password(
    weak_server: RedisServer, clients: Clients
) -> None:
    admin = clients(weak_server.url)
    await admin.execute_command("ACL SETUSER other on >right ~* +@all")  # type: ignore[no-untyped-call]
    redis = clients(weak_server.url, username="other", password="canary-wrong")
    with pytest.raises(SettingsError, match="does not accept the user or the password") as refused:
        await check(redis, Mode.OBSERVE)

    assert "DIRSYNC_REDIS__PASSWORD" in refused.value.todo
    assert "canary" not in str(refused.value)


async def test_a_redis_that_is_not_there(clients: Clients) -> None:
    redis = clients("redis://:canary-secret@127.0.0.1:1/0")
    with pytest.raises(SettingsError, match="Redis does not answer") as refused:
        await check(redis, Mode.OBSERVE)
    store = Store(redis, TENANT, clock=HandClock(), link=link)
    with pytest.raises(Unreachable, match="Redis does not answer"):
        await store.live_ids()

    assert "DIRSYNC_REDIS__URL" in refused.value.todo
    assert "canary" not in str(refused.value)


async def test_a_replica_is_refused(weak_server: RedisServer, clients: Clients) -> None:
    redis = clients(weak_server.url)
    await redis.replicaof("127.0.0.1", "1")
    with pytest.raises(SettingsError, match="This Redis is a replica"):
        await check(redis, Mode.OBSERVE)
    store = Store(redis, TENANT, clock=HandClock(), link=link)
    with pytest.raises(Unreachable, match=r"read only replica|READONLY"):
        await store.append_audit(AuditLine("bot", "started"))
    await redis.replicaof("NO", "ONE")


async def test_a_full_redis_is_not_now_and_nothing_is_half_written(
    weak_server: RedisServer, clients: Clients
) -> None:
    redis = clients(weak_server.url)
    await redis.config_set("maxmemory-policy", "noeviction")
    await redis.config_set("maxmemory", 1)
    store = Store(redis, TENANT, clock=HandClock(), link=link)
    with pytest.raises(Unreachable, match=r"OOM|maxmemory"):
        await store.append_audit(AuditLine("bot", "started"))
    await redis.config_set("maxmemory", 0)
    lines = [line async for line in store.audit_lines()]

    assert lines == []


async def test_a_torn_cluster_is_refused(clients: Clients) -> None:
    with redis_server("one-node cluster") as torn:
        redis = clients(torn.url)
        await redis.execute_command("CLUSTER DELSLOTS", 5)  # type: ignore[no-untyped-call]
        with pytest.raises(SettingsError, match="not whole"):
            await check(redis, Mode.OBSERVE)


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ({"redis_version": "6.2.14"}, "Redis 6.2.14"),
        ({"redis_version": "7.2.4", "valkey_version": "7.1.0"}, "Valkey 7.1.0"),
        ({"redis_version": "odd"}, "Redis odd"),
    ],
)
def test_an_old_server_is_refused(server: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=f"This is {said}"):
        _check_server(server, "redis-cli")


@pytest.mark.parametrize(
    "server",
    [
        {"redis_version": "7.0.0"},
        {"redis_version": "10.1"},
        {"redis_version": "7.2.4", "valkey_version": "8.0.0"},
    ],
)
def test_a_new_enough_server_is_accepted(server: dict[str, str]) -> None:
    _check_server(server, "redis-cli")


def test_an_append_only_file_that_cannot_be_written_is_refused() -> None:
    broken = {"redis_version": "7.2.0", "aof_enabled": 1, "aof_last_write_status": "err"}
    with pytest.raises(SettingsError, match="append-only file"):
        _check_server(broken, "redis-cli")


async def test_a_case_that_cannot_be_read_is_told_from_one_of_the_future(
    store: Store, redis: Redis
) -> None:
    key = f"{{dirsync:{TENANT}}}:case:{case().id}"
    await redis.set(key, '{"schema":99,"version":9,"state":"dreaming","case":{"of":"later"}}')
    with pytest.raises(Unreachable, match="newer version of the bot"):
        await store.get(case().id)
    await redis.set(key, '{"schema":1,"version":9}')
    with pytest.raises(Untrusted, match="cannot be read"):
        await store.get(case().id)
    await redis.delete(key)


async def test_the_rights_the_readme_names_are_enough(
    server: RedisServer, clients: Clients
) -> None:
    rights = "~{dirsync:* +@all -@dangerous +info +config|get +cluster|info"
    admin = clients(server.url)
    await call(admin, "FLUSHALL")  # whatever other tests left on this server
    await call(admin, "ACL SETUSER", "least", "on", ">least", *rights.split())
    redis = clients(server.url, username="least", password="least")
    await check(redis, Mode.APPLY)
    store = Store(redis, TENANT, clock=HandClock(), link=link)
    await store.prepare()
    event = PollDue(tenant=TENANT, id="p")
    await store.put(event, once="Ev1")
    (message,) = await store.claim(
        (Role.BRAIN,), Lane.BULK, "w", count=1, block_ms=0, stale_ms=60_000
    )
    await store.renew([message])
    await store.commit(
        message, Result(event=event, case=case(), audit=(AuditLine("bot", "x"),), marks={"a": "b"})
    )
    await store.move_due()
    await store.depths()
    await store.lease("poll", 1)
    with pytest.raises(Refused, match="no permissions"):
        await call(redis, "FLUSHALL")
    found = await store.live_ids()
    await call(admin, "ACL DELUSER", "least")
    await admin.flushall()

    assert found == (case().id,)
    assert all(right in README.read_text(encoding="utf-8") for right in rights.split())
