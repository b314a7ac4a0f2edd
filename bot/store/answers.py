"""In: answers as they were given, by the id of the event that gave them. Out: the same, for half an hour.
Satisfies `ports.Answers`.
Promise: what cannot be read is as good as gone: whoever wants it asks again; one press shares, and only one.
"""

import msgspec
from redis.asyncio import Redis

from bot.ports import Kept
from bot.store.keys import KEPT_SECONDS, Keys
from bot.store.scripts import call

SCHEMA = 1


class _Stored(msgspec.Struct):
    schema: int
    kept: Kept


class KeptAnswers:
    def __init__(self, redis: Redis, tenant: str) -> None:
        self._redis = redis
        self._keys = Keys(tenant)

    async def keep(self, answer_id: str, kept: Kept) -> None:
        await call(self._redis, "SET", self._keys.kept(answer_id), encode(kept), "EX", KEPT_SECONDS)

    async def kept(self, answer_id: str) -> Kept | None:
        return decode(await call(self._redis, "GET", self._keys.kept(answer_id)))

    async def claim_share(self, answer_id: str, by: str) -> bool:
        """The one that has it already may come again: its answer may have been lost."""
        key = self._keys.shared(answer_id)
        if await call(self._redis, "SET", key, by, "NX", "EX", KEPT_SECONDS):
            return True
        return bool(await call(self._redis, "GET", key) == by)

    async def release_share(self, answer_id: str) -> None:
        await call(self._redis, "DEL", self._keys.shared(answer_id))

    async def is_shared(self, answer_id: str) -> bool:
        return bool(await call(self._redis, "EXISTS", self._keys.shared(answer_id)))


def encode(kept: Kept) -> str:
    return msgspec.json.encode(_Stored(SCHEMA, kept)).decode()


def decode(text: str | None) -> Kept | None:
    """One of another version is not known here either."""
    try:
        stored = msgspec.json.decode(text, type=_Stored) if text else None
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    return stored.kept if stored and stored.schema == SCHEMA else None
