"""In: a Redis client and a tenant. Out: `Store`: cases, the two lanes, the schedule, the outbox, the leases.
It satisfies `ports.Cases` and `worker.Queue`; the bigger parts live in `claim.py` and `commit.py`.
Promise: what a commit answered for is on disk (see `check`), whole, and never there twice.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from bot.events import KINDS, Event, Lane, Role
from bot.model import Case, Mode
from bot.ports import AuditLine, Clock, Due, Result, Shown, Waiting
from bot.store import claim, commit, wire
from bot.store.answers import KeptAnswers
from bot.store.connect import check
from bot.store.keys import CLOSED_SECONDS, GROUP, ONCE_SECONDS, STREAMS, Keys
from bot.store.scripts import GroupGone, Script, call
from bot.worker import Message

_PUT, _ENSURE, _MOVE_DUE = Script("put"), Script("ensure"), Script("move_due")
_HOLD, _PREPARE, _HEADS = Script("hold"), Script("prepare"), Script("heads")
_LEASE, _EXTEND, _COUNT, _JOURNAL = (Script(n) for n in ("lease", "extend", "count", "journal"))
_OUTBOX_ADD, _OUTBOX_TAKE, _OUTBOX_DONE, _SET_CARD = (
    Script(n) for n in ("outbox_add", "outbox_take", "outbox_done", "set_card")
)
_KNOWN = json.dumps({name: kind.version for name, kind in KINDS.items()})

READ_AT_ONCE = 200
HEADS_AT_ONCE = 1000
MOVE_AT_ONCE = 100
FORGET_CONSUMER_MS = 3_600_000


class Store:
    def __init__(self, redis: Redis, tenant: str, *, clock: Clock, link: commit.Link) -> None:
        self._redis = redis
        self._keys = Keys(tenant)
        self._clock = clock
        self._ledger = commit.Ledger(redis, self._keys, clock, link)
        self._sorter = claim.Sorter(redis, self._keys)
        self.answers = KeptAnswers(redis, tenant)

    # ------------------------------------------------------------ start and end

    async def check(self, mode: Mode, *, durability: str = "checked") -> tuple[str, ...]:
        """Raises SettingsError; returns what has to be said aloud all the same."""
        return await check(self._redis, mode, durability=durability)

    async def prepare(self) -> None:
        """Makes the streams that are not there yet. Harmless when repeated."""
        await _PREPARE.run(self._redis, self._keys.streams(), GROUP, FORGET_CONSUMER_MS)

    async def aclose(self) -> None:
        await self._redis.aclose()

    # ------------------------------------------------------------ cases

    async def get(self, case_id: str) -> Case | None:
        return (await self.get_many([case_id])).get(case_id)

    async def get_many(self, case_ids: Sequence[str]) -> dict[str, Case]:
        found = {}
        for start in range(0, len(case_ids), READ_AT_ONCE):
            ids = case_ids[start : start + READ_AT_ONCE]
            texts = await call(self._redis, "MGET", *map(self._keys.case, ids))
            for case_id, text in zip(ids, texts, strict=True):
                if text is not None:
                    found[case_id] = wire.decode_case(case_id, text)
        return found

    async def versions(self, case_ids: Sequence[str]) -> Mapping[str, int]:
        found = {}
        for start in range(0, len(case_ids), HEADS_AT_ONCE):
            ids = case_ids[start : start + HEADS_AT_ONCE]
            heads = await _HEADS.run(self._redis, list(map(self._keys.case, ids)), wire.HEAD_BYTES)
            for case_id, head in zip(ids, heads, strict=True):
                if head:
                    found[case_id] = wire.case_head(case_id, head)[0]
        return found

    async def live_ids(self) -> tuple[str, ...]:
        return tuple(sorted(await call(self._redis, "SMEMBERS", self._keys.named("live"))))

    async def closed_since(self, moment: datetime) -> tuple[str, ...]:
        key, least = self._keys.named("closed"), commit.millis(moment)
        return tuple(await call(self._redis, "ZRANGEBYSCORE", key, least, "+inf"))

    async def marks(self) -> Mapping[str, str]:
        marks: dict[str, str] = await call(self._redis, "HGETALL", self._keys.named("marks"))
        return marks

    async def marks_of(self, names: Sequence[str]) -> Mapping[str, str]:
        if not names:
            return {}
        texts = await call(self._redis, "HMGET", self._keys.named("marks"), *names)
        return {n: text for n, text in zip(names, texts, strict=True) if text is not None}

    async def count(self, name: str, window_seconds: int) -> int:
        """The window begins with the first use."""
        key = self._keys.count(name, window_seconds)
        return int(await _COUNT.run(self._redis, [key], window_seconds))

    # ------------------------------------------------------------ events

    async def put(self, event: Event, *, once: str | None = None) -> bool:
        """False: an event with this `once` came within the last hour, and nothing was added."""
        entry = self._entry(event)
        keys = [self._keys.named(entry.stream)]
        if once is not None:
            keys.append(self._keys.once(once))
        return bool(
            await _PUT.run(self._redis, keys, entry.kind, entry.version, entry.body, ONCE_SECONDS)
        )

    async def schedule(self, due: Due) -> None:
        at, member = commit.millis(due.at), self._entry(due.event).member()
        await call(self._redis, "ZADD", self._keys.named("due"), at, member)

    async def ensure(self, due: Due) -> bool:
        """Schedules the event unless it waits already or is being worked on."""
        keys = [self._keys.named("due"), self._keys.named("flying")]
        member = self._entry(due.event).member()
        return bool(await _ENSURE.run(self._redis, keys, commit.millis(due.at), member))

    async def move_due(self) -> int:
        names = ("due", "flying", "parked")
        keys = [*map(self._keys.named, names), *self._keys.streams()]
        now = commit.millis(self._clock.now())
        return int(await _MOVE_DUE.run(self._redis, keys, now, MOVE_AT_ONCE, _KNOWN, *STREAMS))

    async def claim(
        self,
        roles: Sequence[Role],
        lane: Lane,
        consumer: str,
        *,
        count: int,
        block_ms: int,
        stale_ms: int,
    ) -> list[Message]:
        names = [f"{lane}:{role}" for role in roles]
        try:
            raw = await claim.take(
                self._redis, self._keys, names, consumer,
                count=count, block_ms=block_ms, stale_ms=stale_ms,
            )  # fmt: skip
        except GroupGone:
            await self.prepare()
            return []
        return await self._sorter.messages(raw, consumer)

    async def renew(self, messages: Sequence[Message]) -> list[Message]:
        """Those that still are ours; the others were taken over by another worker."""
        return [
            m for same in _by_stream(messages) for m in await self._hold(same, same[0].consumer)
        ]

    async def release(self, messages: Sequence[Message], *, idle_ms: int, counted: bool) -> None:
        """Gives messages back: stale once they were idle for what is left. `counted`: it was an attempt."""
        for same in _by_stream(messages):
            await self._hold(same, "released", idle_ms=idle_ms, back=0 if counted else 1)

    async def _hold(
        self, same: Sequence[Message], owner: str, *, idle_ms: int = 0, back: int = 0
    ) -> list[Message]:
        stream = self._keys.named(f"{same[0].lane}:{same[0].role}")
        pairs: list[str | float] = []
        for message in same:
            pairs += [message.id, message.attempt - back]
        try:
            mine = await _HOLD.run(
                self._redis, [stream], GROUP, same[0].consumer, owner, idle_ms, *pairs
            )
        except GroupGone:
            return []
        return [message for message in same if message.id in set(mine)]

    async def commit(self, message: Message, result: Result) -> None:
        """Raises Moved (read again, run again), AlreadyDone (somebody else finished it), Unreachable."""
        for event in (*result.follow, *(due.event for due in result.later)):
            self._entry(event)
        await commit.commit(self._ledger, message, result)

    async def poison(self, message: Message, error_id: str) -> None:
        facts = {"kind": type(message.event).__name__, "error": error_id}
        line = AuditLine("bot", "poisoned", getattr(message.event, "case_id", ""), facts)
        result = Result(event=message.event, audit=(line,))
        await commit.commit(self._ledger, message, result, poisoned_by=error_id)

    def _entry(self, event: Event) -> wire.Entry:
        if event.tenant != self._keys.tenant:
            raise ValueError(f"An event of tenant {event.tenant!r} does not belong here.")
        return wire.entry(event)

    # ------------------------------------------------------------ audit

    async def append_audit(self, *lines: AuditLine) -> None:
        await commit.append_audit(self._ledger, lines)

    async def audit_lines(self) -> AsyncIterator[str]:
        """From the first line on, read by pages."""
        start = "-"
        while True:
            page = await call(
                self._redis, "XRANGE", self._keys.named("audit"), start, "+", "COUNT", READ_AT_ONCE
            )
            for id_, fields in page:
                yield fields["line"]
                start = f"({id_}"
            if len(page) < READ_AT_ONCE:
                return

    async def audit_head(self) -> str:
        return str(await call(self._redis, "GET", self._keys.named("audit:head")) or "")

    # ------------------------------------------------------------ leases: a courtesy, never a guarantee

    async def lease(self, name: str, seconds: float) -> str | None:
        """A token, greater than every one given before; None: somebody else has it."""
        keys = [self._keys.lease(name), self._keys.named("fence")]
        token = await _LEASE.run(self._redis, keys, int(seconds * 1000))
        return str(token) if token else None

    async def extend(self, name: str, token: str, seconds: float) -> bool:
        key = self._keys.lease(name)
        return bool(await _EXTEND.run(self._redis, [key], token, int(seconds * 1000)))

    async def unlease(self, name: str, token: str) -> bool:
        return bool(await _EXTEND.run(self._redis, [self._keys.lease(name)], token, 0))

    # ------------------------------------------------------------ cards

    async def outbox_add(self, lane: str, case_id: str, at: datetime) -> None:
        """At most one entry a card; asked for again, it keeps its place."""
        keys = [*self._outbox(lane), self._keys.named("fence")]
        await _OUTBOX_ADD.run(self._redis, keys, commit.millis(at), case_id)

    async def outbox_take(self, lane: str, now: datetime) -> Waiting | None:
        """The card that waits longest. It stays until `outbox_done`: a crash in between loses nothing."""
        taken = await _OUTBOX_TAKE.run(self._redis, self._outbox(lane), commit.millis(now))
        return Waiting(*taken) if taken else None

    async def outbox_done(self, lane: str, waiting: Waiting) -> bool:
        """False: the card was asked for again meanwhile and stays."""
        return bool(
            await _OUTBOX_DONE.run(self._redis, self._outbox(lane), waiting.case_id, waiting.asking)
        )

    def _outbox(self, lane: str) -> list[str]:
        return [self._keys.outbox(lane), self._keys.redraw(lane)]

    async def card(self, case_id: str) -> Shown | None:
        text: str | None = await call(self._redis, "GET", self._keys.card(case_id))
        return None if text is None else wire.decode_shown(case_id, text)

    async def set_card(self, case_id: str, shown: Shown) -> None:
        keys = [self._keys.card(case_id), self._keys.case(case_id)]
        await _SET_CARD.run(self._redis, keys, wire.encode_shown(shown), CLOSED_SECONDS)

    # ------------------------------------------------------------ the writer's journal

    async def journal_position(self) -> int:
        """How far the journal had come by what this Redis knows; behind the journal, it was restored."""
        return int(await call(self._redis, "GET", self._keys.named("journal")) or 0)

    async def set_journal_position(self, position: int) -> int:
        """It never goes back; answers the position after this."""
        return int(await _JOURNAL.run(self._redis, [self._keys.named("journal")], position))

    async def depths(self) -> Mapping[str, int]:
        """How much waits where, for health and metrics."""
        names = [*STREAMS, "parked", "poison"]
        lengths: dict[str, Any] = {
            n: await call(self._redis, "XLEN", self._keys.named(n)) for n in names
        }
        lengths["due"] = await call(self._redis, "ZCARD", self._keys.named("due"))
        return {name: int(length) for name, length in lengths.items()}


def _by_stream(messages: Sequence[Message]) -> list[list[Message]]:
    groups: dict[tuple[Lane, Role, str], list[Message]] = {}
    for message in messages:
        groups.setdefault((message.lane, message.role, message.consumer), []).append(message)
    return list(groups.values())
