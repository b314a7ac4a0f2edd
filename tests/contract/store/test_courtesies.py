"""In: leases, counters, waiting cards, the journal's mark. Out: what several processes see of them.
The same suite on each kind of server; what ends by time is checked by its time to live, not by waiting.
"""

import asyncio
from datetime import timedelta

from redis.asyncio import Redis

from bot.ports import Cases, Inbox, Outbox, Shown, Waiting
from bot.store import Store
from bot.worker import Queue  # noqa: TC001 - beside the other ports
from tests.contract.store.parts import NOON, TENANT, case

PREFIX = f"{{dirsync:{TENANT}}}:"


async def test_it_is_what_the_ports_ask_for(store: Store) -> None:
    """Mypy does the checking; this names the ports in one place."""
    cases: Cases = store
    inbox: Inbox = store
    outbox: Outbox = store
    queue: Queue = store

    assert {id(port) for port in (cases, inbox, outbox, queue)} == {id(store)}


async def test_of_many_one_gets_the_lease(store: Store) -> None:
    tokens = await asyncio.gather(*(store.lease("poll", 30) for _ in range(20)))

    assert [token for token in tokens if token is not None] == ["1"]


async def test_only_the_holder_extends_or_ends_a_lease(store: Store, redis: Redis) -> None:
    token = await store.lease("poll", 30)
    assert token is not None

    assert not await store.extend("poll", "999", 60)
    assert not await store.unlease("poll", "999")
    assert await store.extend("poll", token, 600)
    assert 590 < await redis.ttl(f"{PREFIX}lease:poll") <= 600
    assert await store.unlease("poll", token)
    assert not await store.unlease("poll", token)
    assert not await store.extend("poll", token, 600)


async def test_a_later_token_is_greater_also_of_another_lease(store: Store) -> None:
    first = await store.lease("a", 30)
    second = await store.lease("b", 30)
    assert first is not None
    assert second is not None
    await store.unlease("a", first)
    third = await store.lease("a", 30)

    assert third is not None
    assert int(first) < int(second) < int(third)


async def test_uses_are_counted_in_a_window(store: Store, redis: Redis) -> None:
    counts = await asyncio.gather(*(store.count("asked:U123", 3600) for _ in range(30)))

    assert sorted(counts) == list(range(1, 31))
    assert await store.count("asked:U124", 3600) == 1
    assert await store.count("asked:U123", 60) == 1
    keys = [key async for key in redis.scan_iter(f"{PREFIX}count:*")]
    assert len(keys) == 3
    assert [0 < await redis.ttl(key) <= 3600 for key in keys] == [True] * 3
    assert "U123" not in "".join(keys)


async def test_a_card_waits_once_and_the_oldest_comes_first(store: Store) -> None:
    await store.outbox_add("C1", "c-1", NOON)
    await store.outbox_add("C1", "c-2", NOON - timedelta(seconds=5))
    await store.outbox_add("C1", "c-1", NOON + timedelta(seconds=5))
    await store.outbox_add("C2", "c-9", NOON)
    order = []
    while waiting := await store.outbox_take("C1", NOON):
        order.append(waiting.case_id)
        assert await store.outbox_done("C1", waiting)

    assert order == ["c-2", "c-1"]


async def test_a_card_that_is_not_due_waits(store: Store) -> None:
    await store.outbox_add("C1", "c-1", NOON + timedelta(seconds=1))

    assert await store.outbox_take("C1", NOON) is None
    assert await store.outbox_take("C1", NOON + timedelta(seconds=1)) is not None


async def test_a_change_while_the_card_is_drawn_draws_it_again(store: Store) -> None:
    await store.outbox_add("C1", "c-1", NOON)
    drawing = await store.outbox_take("C1", NOON)
    assert drawing is not None
    await store.outbox_add("C1", "c-1", NOON)

    assert not await store.outbox_done("C1", drawing)
    again = await store.outbox_take("C1", NOON)
    assert again is not None
    assert await store.outbox_done("C1", again)
    assert await store.outbox_take("C1", NOON) is None


async def test_a_late_sender_cannot_end_an_asking_it_never_saw(store: Store) -> None:
    await store.outbox_add("C1", "c-1", NOON)
    late = await store.outbox_take("C1", NOON)
    assert late is not None
    assert await store.outbox_done("C1", late)
    await store.outbox_add("C1", "c-1", NOON)

    assert not await store.outbox_done("C1", late)
    assert isinstance(await store.outbox_take("C1", NOON), Waiting)


async def test_a_card_is_remembered(store: Store, redis: Redis) -> None:
    assert await store.card(case().id) is None

    shown = Shown(channel="C1", stamp="1763812800.000100", told=3, telling=5, anew=True)
    await store.set_card(case().id, shown)

    assert await store.card(case().id) == shown
    assert (
        await redis.ttl(f"{PREFIX}card:{case().id}") > 0
    )  # no such case: it does not stay for ever


async def test_the_journals_mark_never_goes_back(store: Store) -> None:
    assert await store.journal_position() == 0
    assert [await store.set_journal_position(n) for n in (7, 3, 12)] == [7, 7, 12]
    assert await store.journal_position() == 12


async def test_many_cases_are_read_by_chunks(store: Store) -> None:
    assert await store.get_many([]) == {}
    assert await store.get_many([f"c-{n}" for n in range(450)]) == {}
    assert await store.live_ids() == ()
