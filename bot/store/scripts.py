"""In: a Redis client and a command or the name of a Lua script. Out: what Redis answered.
The only place where the library's errors are seen: they become Unreachable or Refused here.
Promise: no command is sent twice by itself; a write whose answer was lost is settled by whoever sent it.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from redis import exceptions
from redis.asyncio import Redis

from bot.errors import DirsyncError, Refused, Unreachable

# answers that mean "not now", and what to do about them; redis-py takes the word off where it has a class for it
_NOT_NOW: tuple[tuple[type[exceptions.RedisError], str, str], ...] = (
    (
        exceptions.ReadOnlyError,
        "READONLY",
        "This Redis is a replica: point DIRSYNC_REDIS__URL at the primary.",
    ),
    (exceptions.OutOfMemoryError, "OOM", "Redis is full: raise its maxmemory."),
    (exceptions.ClusterDownError, "CLUSTERDOWN", "Look with: redis-cli CLUSTER INFO"),
    (exceptions.MasterDownError, "MASTERDOWN", ""),
    (exceptions.TryAgainError, "TRYAGAIN", ""),
    (exceptions.ResponseError, "MISCONF", "Redis cannot write to its disk: look into its log."),
    (exceptions.ResponseError, "NOREPLICAS", "Redis waits for its replicas."),
    (exceptions.ResponseError, "BUSY ", "A script of somebody else blocks this Redis."),
)


class GroupGone(DirsyncError):
    """The streams are not there: Redis is empty or was restored. `Store.prepare` makes them again."""


@contextmanager
def told_plainly() -> Iterator[None]:
    try:
        yield
    except exceptions.AuthenticationError as error:
        raise Unreachable(
            "Redis",
            f"Redis does not accept the user or the password ({error}).",
            todo="Check DIRSYNC_REDIS__PASSWORD.",
        ) from error
    except exceptions.ResponseError as error:
        raise _answered(error) from error
    except (exceptions.RedisError, OSError, TimeoutError) as error:
        raise Unreachable(
            "Redis",
            f"Redis does not answer ({str(error) or type(error).__name__}).",
            todo="Check that it runs and that DIRSYNC_REDIS__URL names it.",
        ) from error


def _answered(error: exceptions.ResponseError) -> DirsyncError:
    text = str(error)
    for type_, word, todo in _NOT_NOW:
        if isinstance(error, type_) and (
            type_ is not exceptions.ResponseError or text.startswith(word)
        ):
            return Unreachable("Redis", f"Redis: {text}", todo=todo)
    if "NOGROUP" in text:
        return GroupGone("The streams in Redis are gone.", todo="They are made again.")
    return Refused("Redis", f"Redis refused a command: {text}")


async def call(redis: Redis, *command: str | float) -> Any:
    with told_plainly():
        return await redis.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py leaves it so


class Script:
    def __init__(self, name: str) -> None:
        self.name = name
        self._text = files("bot.store").joinpath("lua", f"{name}.lua").read_text(encoding="utf-8")
        self._sha = hashlib.sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, redis: Redis, keys: Sequence[str], *args: str | float) -> Any:
        with told_plainly():
            try:
                return await redis.evalsha(self._sha, len(keys), *keys, *args)
            except exceptions.NoScriptError:
                # a restarted Redis has forgotten the scripts; nothing ran, so this is no repetition
                return await redis.eval(self._text, len(keys), *keys, *args)
