"""In: which streams, for whom. Out: messages to work on, stale ones of others first.
What cannot be decoded never reaches a handler: newer kinds are parked, broken ones are poison.
Promise: no entry is dropped; each is with a consumer, parked or in the poison stream.
"""

from collections.abc import Sequence
from typing import Any

import structlog
from redis.asyncio import Redis

from bot.events import Lane, Role
from bot.store import wire
from bot.store.connect import MAX_BLOCK_MS
from bot.store.keys import GROUP, Keys
from bot.store.scripts import Script, call
from bot.worker import Message

log = structlog.get_logger("bot.store")

_CLAIM = Script("claim")
_PARK = Script("park")
_SPOIL = Script("spoil")

Raw = tuple[str, str, int, dict[str, str]]  # stream (`now:edge`), id, delivery, fields


async def take(
    redis: Redis,
    keys: Keys,
    names: Sequence[str],
    consumer: str,
    *,
    count: int,
    block_ms: int,
    stale_ms: int,
) -> list[Raw]:
    """Up to `count` entries; one more per stream may come when it had to wait."""
    streams = [keys.named(name) for name in names]
    taken = await _take_now(redis, streams, names, consumer, count, stale_ms)
    if taken or block_ms <= 0:
        return taken
    waited = await call(
        redis, "XREADGROUP", "GROUP", GROUP, consumer, "COUNT", 1,
        "BLOCK", min(block_ms, MAX_BLOCK_MS), "STREAMS", *streams, *(">" for _ in streams),
    )  # fmt: skip
    for key, entries in waited or []:
        taken += [(names[streams.index(key)], id_, 1, fields or {}) for id_, fields in entries]
    if taken and len(taken) < count:
        taken += await _take_now(redis, streams, names, consumer, count - len(taken), stale_ms)
    return taken


async def _take_now(
    redis: Redis, streams: list[str], names: Sequence[str], consumer: str, count: int, stale_ms: int
) -> list[Raw]:
    answer = await _CLAIM.run(redis, streams, GROUP, consumer, count, stale_ms)
    return [(names[at - 1], id_, delivery, _pairs(flat)) for at, id_, delivery, flat in answer]


def _pairs(flat: Sequence[Any]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


class Sorter:
    """Makes messages of raw entries; remembers which unknown kinds it has told about."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys
        self._told: set[tuple[str, str]] = set()

    async def messages(self, raw: Sequence[Raw], consumer: str) -> list[Message]:
        found = []
        for name, id_, delivery, fields in raw:
            kind, version = fields.get("kind", ""), fields.get("version", "")
            event = wire.event(kind, version, fields.get("body", ""))
            if event is wire.Strange.NEWER:
                await self._park(name, id_, fields)
            elif event is wire.Strange.BROKEN or event.tenant != self._keys.tenant:
                await self._spoil(name, id_, fields)
            else:
                lane, role = name.split(":")
                found.append(
                    Message(
                        id=id_,
                        lane=Lane(lane),
                        role=Role(role),
                        consumer=consumer,
                        attempt=delivery,
                        event=event,
                    )
                )
        return found

    async def _park(self, name: str, id_: str, fields: dict[str, str]) -> None:
        kind, version = fields["kind"], fields["version"]
        if (kind, version) not in self._told:
            self._told.add((kind, version))
            log.warning("kept for a newer version of the bot", kind=kind, version=version)
        keys = [self._keys.named(name), self._keys.named("parked")]
        await _PARK.run(self._redis, keys, GROUP, id_, name, kind, version, fields.get("body", ""))

    async def _spoil(self, name: str, id_: str, fields: dict[str, str]) -> None:
        log.error("an entry that no version of the bot wrote", stream=name, entry=id_)
        flat = [part for pair in fields.items() for part in pair]
        keys = [self._keys.named(name), self._keys.named("poison")]
        await _SPOIL.run(self._redis, keys, GROUP, id_, "stream", name, "error", "broken", *flat)
