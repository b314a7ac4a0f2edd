"""In: events. Out: what is claimed, by whom, and what becomes of what cannot be understood.
The same suite on each kind of server; idle times are set by `release`, so that nothing has to be waited for.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from redis.asyncio import Redis

from bot.audit.chain import link
from bot.events import Asked, Event, Lane, PollDue, Role, SyncErrorSeen, VerifyDue
from bot.model import ReplyTo, SlackUser
from bot.ports import Due, Result
from bot.store import Store
from bot.worker import Message
from tests.contract.store.parts import NOON, TENANT, HandClock, entries

PREFIX = f"{{dirsync:{TENANT}}}:"
POLL = PollDue(tenant=TENANT, id="p-1")
LEASE = 60_000


def seen(n: int) -> SyncErrorSeen:
    return SyncErrorSeen(tenant=TENANT, id=f"s-{n}", case_id=f"c-{n}")


async def take(
    store: Store,
    consumer: str = "w-1",
    *,
    count: int = 100,
    lane: Lane = Lane.BULK,
    roles: Sequence[Role] = tuple(Role),
    block_ms: int = 0,
) -> list[Message]:
    return await store.claim(roles, lane, consumer, count=count, block_ms=block_ms, stale_ms=LEASE)


def events(messages: Sequence[Message]) -> list[Event]:
    return [message.event for message in messages]


async def test_a_repeated_delivery_of_slack_is_taken_once(store: Store, redis: Redis) -> None:
    answers = [await store.put(POLL, once="Ev123") for _ in range(3)]

    assert answers == [True, False, False]
    assert await store.put(POLL, once="Ev124")
    assert await store.put(POLL)
    assert (await store.depths())["bulk:brain"] == 3
    keys = [key async for key in redis.scan_iter(f"{PREFIX}once:*")]
    assert [3590 < await redis.ttl(key) <= 3600 for key in keys] == [True, True]
    assert "Ev123" not in "".join(keys)


async def test_of_many_at_once_one_is_taken(store: Store) -> None:
    answers = await asyncio.gather(*(store.put(POLL, once="Ev1") for _ in range(50)))

    assert (answers.count(True), (await store.depths())["bulk:brain"]) == (1, 1)


async def test_a_role_sees_its_own_streams_only(store: Store) -> None:
    asked = Asked(
        tenant=TENANT,
        id="a",
        command="whohas",
        text="ø\u0000{}\"'",
        reply_to=ReplyTo("C1", SlackUser("T1", "U1")),
    )
    await store.put(asked)
    await store.put(POLL)

    assert await take(store, roles=(Role.WRITER, Role.EDGE)) == []
    assert events(await take(store, roles=(Role.EDGE,), lane=Lane.NOW)) == [asked]
    assert events(await take(store, roles=(Role.BRAIN,))) == [POLL]


async def test_two_consumers_share_the_work(store: Store) -> None:
    for n in range(30):
        await store.put(seen(n))

    first, second = await take(store, "w-1", count=20), await take(store, "w-2", count=20)

    assert events(first) + events(second) == [seen(n) for n in range(30)]
    assert (len(first), len(second)) == (20, 10)
    assert await take(store, "w-3") == []


async def test_a_waiting_claim_wakes_up(store: Store) -> None:
    waiting = asyncio.create_task(take(store, block_ms=5000))
    await store.put(POLL)

    assert events(await waiting) == [POLL]


async def test_nobody_takes_what_is_renewed_and_everybody_what_is_stale(store: Store) -> None:
    await store.put(POLL)
    held = await take(store, "w-1")
    assert await take(store, "w-2") == []

    await store.release(held, idle_ms=LEASE, counted=True)
    again = await take(store, "w-2")

    assert [(m.event, m.attempt, m.consumer) for m in again] == [(POLL, 2, "w-2")]
    assert await store.renew(held) == []
    assert await store.renew(again) == again


async def test_a_release_that_is_no_attempt_does_not_count(store: Store) -> None:
    await store.put(POLL)
    for _ in range(10):
        (held,) = await take(store)
        assert held.attempt == 1
        await store.release([held], idle_ms=LEASE, counted=False)
    for attempt in (1, 2, 3):
        (held,) = await take(store)
        assert held.attempt == attempt
        await store.release([held], idle_ms=LEASE, counted=True)


async def test_who_lost_a_message_cannot_take_it_back_by_releasing(store: Store) -> None:
    await store.put(POLL)
    lost = await take(store, "w-1")
    await store.release(lost, idle_ms=LEASE, counted=True)
    await take(store, "w-2")

    await store.release(lost, idle_ms=LEASE, counted=False)

    assert await take(store, "w-3") == []


async def test_a_released_message_comes_back_when_its_pause_is_over(store: Store) -> None:
    await store.put(POLL)
    held = await take(store)
    await store.release(held, idle_ms=LEASE - 30_000, counted=False)
    assert await take(store) == []

    assert events(
        await store.claim(tuple(Role), Lane.BULK, "w", count=1, block_ms=0, stale_ms=30_000)
    ) == [POLL]


async def test_stale_work_comes_first(store: Store) -> None:
    await store.put(seen(1))
    await store.release(await take(store), idle_ms=LEASE, counted=True)
    await store.put(seen(2))

    assert events(await take(store, count=1)) == [seen(1)]
    assert events(await take(store)) == [seen(2)]


async def test_an_unknown_kind_waits_for_a_newer_version(store: Store, redis: Redis) -> None:
    bulk = f"{PREFIX}bulk:brain"
    await redis.xadd(bulk, {"kind": "Telepathy", "version": "1", "body": '{"of":"another time"}'})
    await redis.xadd(bulk, {"kind": "PollDue", "version": "2", "body": '{"new":"shape"}'})
    await store.put(POLL)

    assert events(await take(store)) == [POLL]

    assert await store.move_due() == 0
    assert [fields for _, fields in await entries(redis, f"{PREFIX}parked")] == [
        {
            "stream": "bulk:brain",
            "kind": "Telepathy",
            "version": "1",
            "body": '{"of":"another time"}',
        },
        {"stream": "bulk:brain", "kind": "PollDue", "version": "2", "body": '{"new":"shape"}'},
    ]
    assert await redis.xlen(bulk) == 1


async def test_what_an_older_version_set_aside_comes_back_when_it_is_known(
    store: Store, redis: Redis
) -> None:
    body = f'{{"tenant":"{TENANT}","id":"p-1","added_later":true}}'
    for version in ("2", "1"):
        await redis.xadd(
            f"{PREFIX}parked",
            {"stream": "bulk:brain", "kind": "PollDue", "version": version, "body": body},
        )

    assert await store.move_due() == 1
    assert events(await take(store)) == [POLL]
    assert (await store.depths())["parked"] == 1


async def test_what_no_version_wrote_is_poison_and_hurts_nobody(store: Store, redis: Redis) -> None:
    broken = [
        {"hello": "world"},
        {"kind": "PollDue", "version": "1", "body": "not json"},
        {"kind": "PollDue", "version": "1", "body": '{"tenant":1}'},
        {"kind": "PollDue", "version": "1", "body": '{"tenant":"another","id":"p"}'},
        {"kind": "PollDue", "version": "\u0661", "body": "{}"},
        {"kind": "PollDue", "version": "-1", "body": b"\xff\xfe"},
        {"kind": "PollDue", "version": "1", "body": b'{"tenant":"\xff","id":"p"}'},
    ]
    for fields in broken:
        await redis.xadd(f"{PREFIX}bulk:brain", fields)  # type: ignore[arg-type]  # invariant dict
    await store.put(POLL)

    assert events(await take(store)) == [POLL]
    depths = await store.depths()
    assert (depths["poison"], depths["bulk:brain"]) == (len(broken), 1)


async def test_the_same_event_scheduled_again_moves(store: Store, clock: HandClock) -> None:
    await store.schedule(Due(POLL, NOON + timedelta(seconds=10)))
    await store.schedule(Due(POLL, NOON + timedelta(seconds=20)))
    clock.forward(19)
    assert await store.move_due() == 0

    clock.forward(1)
    assert await store.move_due() == 1
    assert await store.move_due() == 0
    assert events(await take(store)) == [POLL]


async def test_ensure_adds_only_what_neither_waits_nor_is_worked_on(
    store: Store, clock: HandClock
) -> None:
    soon = Due(POLL, NOON)
    assert [await store.ensure(soon), await store.ensure(soon)] == [True, False]
    await store.move_due()
    assert not await store.ensure(soon)
    (held,) = await take(store)
    assert not await store.ensure(soon)

    later = Due(POLL, NOON + timedelta(hours=1))
    await store.commit(held, Result(event=POLL, later=(later,)))

    assert not await store.ensure(soon)
    clock.forward(3600)
    assert await store.move_due() == 1
    (held,) = await take(store)
    await store.commit(held, Result(event=POLL))
    assert await store.ensure(soon)


async def test_a_poisoned_event_can_be_ensured_again(store: Store) -> None:
    await store.ensure(Due(POLL, NOON))
    await store.move_due()
    (held,) = await take(store)
    await store.poison(held, "e-1")

    assert await store.ensure(Due(POLL, NOON))


async def test_several_replicas_move_each_event_once(store: Store) -> None:
    for n in range(250):
        await store.schedule(Due(VerifyDue(tenant=TENANT, id="v", case_id=str(n)), NOON))

    moved = await asyncio.gather(*(store.move_due() for _ in range(8)))

    assert (sum(moved), (await store.depths())["bulk:brain"]) == (250, 250)


async def test_streams_that_vanished_are_made_again(store: Store, redis: Redis) -> None:
    await store.put(POLL)
    held = await take(store)
    await redis.flushall()
    await store.put(seen(1))

    assert await store.renew(held) == []
    await store.release(held, idle_ms=0, counted=True)
    assert await take(store) == []
    assert events(await take(store)) == [seen(1)]


async def test_tenants_share_a_redis_and_nothing_else(
    store: Store, redis: Redis, clock: HandClock
) -> None:
    other = Store(redis, "another", clock=clock, link=link)
    await other.prepare()
    await other.put(PollDue(tenant="another", id="p"), once="Ev1")
    await store.put(POLL, once="Ev1")

    assert events(await take(store)) == [POLL]
    assert events(await take(other)) == [PollDue(tenant="another", id="p")]
    for key in [key async for key in redis.scan_iter("{dirsync:another}:*")]:
        await redis.delete(key)
