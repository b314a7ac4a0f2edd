"""In: the address of a Redis, the mode of the bot. Out: a client, and whether this Redis may be relied on.
In `apply` a Redis that can lose what it acknowledged is refused, with the command that mends it.
Promise: every call has a timeout, no call is repeated by the library, no message holds a password.
"""

from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from bot.errors import Refused, SettingsError, Unreachable
from bot.model import Mode
from bot.store.scripts import call

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0  # longer than any blocking read below
MAX_BLOCK_MS = 5000
FLOOR = {"valkey": (7, 2), "redis": (7, 0)}

# what a Redis must be to never lose what it acknowledged (measured: see the README)
DURABLE: Mapping[str, str] = {
    "appendonly": "yes",
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
}

_ATTESTED = "That Redis loses nothing is attested by the settings, not checked by the bot."


def connect(url: str, *, username: str | None = None, password: str | None = None) -> Redis:
    options: dict[str, Any] = {}
    if username is not None:
        options["username"] = username
    if password is not None:
        options["password"] = password
    return Redis.from_url(
        url,
        decode_responses=True,
        encoding_errors="surrogateescape",  # foreign bytes are poison to look at, not a crash
        protocol=2,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        health_check_interval=15,
        # the library would send a write again whose answer was lost
        retry=Retry(NoBackoff(), 0),
        **options,
    )


async def check(redis: Redis, mode: Mode, *, durability: str = "checked") -> tuple[str, ...]:
    """Raises SettingsError when this Redis will not do. Returns what has to be said aloud all the same."""
    cli = _redis_cli(redis)
    try:
        server = await call(redis, "INFO", "everything")
    except Unreachable as error:
        raise SettingsError(error.message, todo=error.todo) from error
    except Refused as error:
        raise SettingsError(
            f"{error.message}.", todo=f"{cli} ACL SETUSER … +info; see bot/store/README.md."
        ) from error
    _check_server(server, cli)
    if int(server.get("cluster_enabled", 0)):
        await _check_cluster(redis, cli)
    if durability == "attested":
        return (_ATTESTED,)
    lacking = await _lacking(redis, mode, cli)
    if lacking and mode is Mode.APPLY:
        raise SettingsError(
            "This Redis can lose what it has acknowledged, so the bot does not write with it: "
            + ", ".join(f"{name} is {value!r}" for name, value in lacking.items())
            + ".",
            todo="Run: "
            + " && ".join(f"{cli} CONFIG SET {name} {DURABLE[name]}" for name in lacking)
            + f" && {cli} CONFIG REWRITE",
        )
    return tuple(
        f"Redis has {name} {value!r} and can lose cases; `apply` will want {DURABLE[name]!r}."
        for name, value in lacking.items()
    )


def _check_server(server: Mapping[str, Any], cli: str) -> None:
    name = "valkey" if "valkey_version" in server else "redis"
    version = str(server.get(f"{name}_version", "0"))
    found = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if found < FLOOR[name]:
        raise SettingsError(
            f"This is {name.capitalize()} {version}; the bot needs Redis 7.0 or Valkey 7.2.",
            todo=f"Upgrade it, then look with: {cli} INFO server",
        )
    if server.get("role") == "slave":
        raise SettingsError(
            "This Redis is a replica.",
            todo=f"Point DIRSYNC_REDIS__URL at its primary; {cli} INFO replication names it.",
        )
    if server.get("aof_enabled") and server.get("aof_last_write_status") == "err":
        raise SettingsError(
            "Redis could not write its append-only file.",
            todo=f"Make room on its disk, then look with: {cli} INFO persistence",
        )


async def _check_cluster(redis: Redis, cli: str) -> None:
    info = await call(redis, "CLUSTER INFO")
    state = info.get("cluster_state") if isinstance(info, dict) else str(info)
    if state != "ok":
        raise SettingsError(
            f"The Redis Cluster is not whole (cluster_state {state}).",
            todo=f"Look with: {cli} CLUSTER INFO",
        )


async def _lacking(redis: Redis, mode: Mode, cli: str) -> dict[str, str]:
    try:
        told = await call(redis, "CONFIG GET", *DURABLE)
    except Refused as error:
        if mode is Mode.APPLY:
            raise SettingsError(
                "Redis does not let the bot read its CONFIG, so its durability is not known.",
                todo=f"Run: {cli} ACL SETUSER <the bot's user> +config|get — or, where the provider "
                "forbids that and durability is certain, set DIRSYNC_REDIS__DURABILITY=attested.",
            ) from error
        return {}
    return {name: told.get(name, "") for name in DURABLE if told.get(name) != DURABLE[name]}


def _redis_cli(redis: Redis) -> str:
    where = redis.connection_pool.connection_kwargs
    if "path" in where:
        return f"redis-cli -s {where['path']}"
    return f"redis-cli -h {where.get('host', 'localhost')} -p {where.get('port', 6379)}"
