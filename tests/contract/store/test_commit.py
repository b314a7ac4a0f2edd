"""In: a claimed message and a result. Out: what Redis holds after the commit, on each kind of server.
Whole or not at all, once or never: each reason to refuse a commit leaves everything as it was.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.audit.chain import link, verify
from bot.errors import Moved
from bot.events import (
    CaseChanged,
    Clicked,
    Event,
    Lane,
    PollDue,
    Role,
    SyncErrorSeen,
    VerifyDue,
)
from bot.model import ReplyTo, SlackUser, State
from bot.ports import AuditLine, Due, Result, Shown
from bot.store import Store, connect
from bot.store.scripts import call
from bot.worker import AlreadyDone, Message
from tests.contract.store.parts import NOON, TENANT, HandClock, case, entries
from tests.servers.redis import RedisServer

SEEN = SyncErrorSeen(tenant=TENANT, id="s-1", case_id="c-1")
CHANGED = CaseChanged(tenant=TENANT, id="k-1", case_id="c-1")
VERIFY = VerifyDue(tenant=TENANT, id="v-1", case_id="c-1")
LINE = AuditLine("bot", "opened", "c-1", {"code": "C01"})


async def claimed(store: Store, event: Event, consumer: str = "w-1") -> Message:
    await store.put(event)
    return (await take(store, consumer))[0]


async def take(store: Store, consumer: str = "w-1", *, stale_ms: int = 60_000) -> list[Message]:
    lanes = [
        await store.claim(tuple(Role), lane, consumer, count=100, block_ms=0, stale_ms=stale_ms)
        for lane in Lane
    ]
    return [message for lane in lanes for message in lane]


async def everything(redis: Redis) -> dict[str, object]:
    """A picture of all data; a stream's consumers are not part of what a commit may change."""
    return {str(key): await content(redis, str(key)) async for key in redis.scan_iter()}


async def content(redis: Redis, key: str) -> object:
    reading = {
        "stream": ("XRANGE", key, "-", "+"),
        "set": ("SMEMBERS", key),
        "zset": ("ZRANGE", key, 0, -1, "WITHSCORES"),
        "hash": ("HGETALL", key),
        "string": ("GET", key),
    }
    return await call(redis, *reading[str(await redis.type(key))])


async def test_a_commit_leaves_all_of_a_result(store: Store) -> None:
    message = await claimed(store, SEEN)
    new = case()

    await store.commit(
        message,
        Result(
            event=SEEN,
            case=new,
            follow=(CHANGED,),
            later=(Due(VERIFY, NOON + timedelta(minutes=5)),),
            audit=(LINE, LINE),
            marks={"seen": "1"},
        ),
    )

    assert await store.get(new.id) == replace(new, version=1)
    assert await store.live_ids() == (new.id,)
    assert await store.versions([new.id, "c-nowhere"]) == {new.id: 1}
    assert await store.marks() == {"seen": "1"}
    assert [m.event for m in await take(store)] == [CHANGED]
    depths = await store.depths()
    assert (depths["bulk:brain"], depths["due"]) == (0, 1)
    lines = [line async for line in store.audit_lines()]
    assert len(lines) == 2
    assert verify(lines, head=await store.audit_head()).ok


async def test_a_case_that_was_changed_meanwhile_is_left_alone(store: Store, redis: Redis) -> None:
    message = await claimed(store, SEEN)
    await store.commit(message, Result(event=SEEN, case=case()))
    second = await claimed(store, replace(SEEN, id="s-2"))
    before = await everything(redis)

    for version in (0, 2):
        late = Result(
            event=second.event,
            case=case(version=version),
            follow=(CHANGED,),
            audit=(LINE,),
            marks={"seen": "2"},
            later=(Due(VERIFY, NOON),),
        )
        with pytest.raises(Moved) as refused:
            await store.commit(second, late)
        assert not isinstance(refused.value, AlreadyDone)

    assert await everything(redis) == before


async def test_the_lua_itself_refuses_a_moved_case(store: Store, redis: Redis) -> None:
    """Two workers read version 1; both pass the look in Python; one wins."""
    first = await claimed(store, SEEN)
    await store.commit(first, Result(event=SEEN, case=case()))
    messages = [await claimed(store, replace(SEEN, id=f"s-{n}")) for n in range(2, 10)]

    ends = await asyncio.gather(
        *(
            store.commit(m, Result(event=m.event, case=case(version=1), audit=(LINE,)))
            for m in messages
        ),
        return_exceptions=True,
    )

    assert sorted(type(end).__name__ for end in ends) == ["Moved"] * 7 + ["NoneType"]
    stored = await store.get(case().id)
    assert stored == replace(case(), version=2)
    assert len([line async for line in store.audit_lines()]) == 1
    assert await redis.xlen(f"{{dirsync:{TENANT}}}:bulk:brain") == 7


async def test_a_message_is_finished_once(store: Store, redis: Redis) -> None:
    message = await claimed(store, SEEN)
    taken_over = (await take(store, "w-2", stale_ms=0))[0]
    await store.commit(taken_over, Result(event=SEEN, case=case(), follow=(CHANGED,)))
    before = await everything(redis)

    with pytest.raises(AlreadyDone):
        await store.commit(message, Result(event=SEEN, follow=(CHANGED,), audit=(LINE,)))

    assert await everything(redis) == before
    assert (taken_over.id, taken_over.attempt) == (message.id, 2)


async def test_a_forbidden_change_of_state_is_a_bug_and_nothing_is_written(
    store: Store, redis: Redis
) -> None:
    message = await claimed(store, SEEN)
    before = await everything(redis)

    with pytest.raises(ValueError, match="cannot go from new to verified"):
        await store.commit(message, Result(event=SEEN, case=case(state=State.VERIFIED)))

    assert await everything(redis) == before


async def test_an_event_of_another_tenant_is_refused(store: Store, redis: Redis) -> None:
    message = await claimed(store, SEEN)
    before = await everything(redis)
    strange = PollDue(tenant="somebody else", id="p")

    with pytest.raises(ValueError, match="does not belong here"):
        await store.put(strange)
    with pytest.raises(ValueError, match="does not belong here"):
        await store.commit(message, Result(event=SEEN, follow=(strange,)))

    assert await everything(redis) == before


async def test_what_follows_a_now_message_stays_in_now(store: Store) -> None:
    clicked = Clicked(
        tenant=TENANT,
        id="1",
        case_id="c-1",
        action="recheck",
        proposal_id="",
        revision=1,
        plan_hash="",
        reply_to=ReplyTo("C1", SlackUser("T1", "U1")),
        clicked_at="1.0",
    )
    now = await claimed(store, clicked)
    await store.commit(now, Result(event=clicked, follow=(SEEN,)))
    follows = await take(store)
    await store.commit(follows[0], Result(event=SEEN, follow=(VERIFY,)))

    assert [(m.lane, m.event) for m in follows] == [(Lane.NOW, SEEN)]
    assert [(m.lane, m.event) for m in await take(store)] == [(Lane.NOW, VERIFY)]
    bulk = await claimed(store, replace(SEEN, id="s-2"))
    await store.commit(bulk, Result(event=bulk.event, follow=(VERIFY, CHANGED)))
    assert {(m.lane, m.event) for m in await take(store)} == {
        (Lane.BULK, VERIFY),
        (Lane.BULK, CHANGED),
    }


async def test_a_closed_case_leaves_the_live_ones_and_expires_with_its_card(
    store: Store, redis: Redis
) -> None:
    opened = await claimed(store, SEEN)
    await store.commit(opened, Result(event=SEEN, case=case()))
    id_ = case().id
    await store.set_card(id_, Shown(channel="C1", stamp="1.5"))
    keys = [f"{{dirsync:{TENANT}}}:{kind}:{id_}" for kind in ("case", "card")]
    assert [await redis.ttl(key) for key in keys] == [-1, -1]

    closing = await claimed(store, replace(SEEN, id="s-2"))
    done = case(state=State.CLOSED, version=1)
    await store.commit(closing, Result(event=closing.event, case=done))

    assert await store.live_ids() == ()
    assert await store.get(id_) == replace(done, version=2)
    assert [await redis.ttl(key) > 89 * 86_400 for key in keys] == [True, True]
    assert await redis.zrange(f"{{dirsync:{TENANT}}}:closed", 0, -1) == [id_]

    again = await claimed(store, replace(SEEN, id="s-3"))
    await store.commit(again, Result(event=again.event, case=case(version=2)))

    assert await store.live_ids() == (id_,)
    assert [await redis.ttl(key) for key in keys] == [-1, -1]
    assert await store.card(id_) == Shown(channel="C1", stamp="1.5")


async def test_closed_cases_leave_the_index_when_they_expire(
    store: Store, redis: Redis, clock: HandClock
) -> None:
    for n, value in enumerate(("a@contoso.com", "b@contoso.com")):
        message = await claimed(store, replace(SEEN, id=str(n)))
        closed = case(value, state=State.CLOSED)
        await store.commit(message, Result(event=message.event, case=closed))
        clock.forward(91 * 86_400)

    closed_ids = await redis.zrange(f"{{dirsync:{TENANT}}}:closed", 0, -1)
    assert closed_ids == [case("b@contoso.com").id]


async def test_what_was_closed_since_a_moment_is_found_until_it_is_back(
    store: Store, clock: HandClock
) -> None:
    for n, value in enumerate(("a@contoso.com", "b@contoso.com", "c@contoso.com")):
        message = await claimed(store, replace(SEEN, id=str(n)))
        closed = case(value, state=State.CLOSED)
        await store.commit(message, Result(event=message.event, case=closed))
        clock.forward(3600)
    back = await claimed(store, replace(SEEN, id="back"))
    again = case("c@contoso.com", state=State.PENDING, version=1)
    await store.commit(back, Result(event=back.event, case=again))

    since = clock.now() - timedelta(hours=2)
    assert await store.closed_since(since) == (case("b@contoso.com").id,)
    assert await store.closed_since(clock.now()) == ()


async def test_marks_are_set_and_taken_away(store: Store) -> None:
    first, second = await claimed(store, SEEN), await claimed(store, VERIFY)
    await store.commit(first, Result(event=SEEN, marks={"a": "1", "b": "ø\n{}", "c": ""}))
    await store.commit(second, Result(event=VERIFY, marks={"a": None, "b": "2"}))

    assert await store.marks() == {"b": "2", "c": ""}
    assert await store.marks_of(["a", "b"]) == {"b": "2"}
    assert await store.marks_of([]) == {}


async def test_lines_of_many_workers_make_one_chain(server: RedisServer, store: Store) -> None:
    for n in range(40):
        await store.put(replace(SEEN, id=str(n)))
    messages = await take(store)

    async with AsyncExitStack() as clients:
        stores = []
        for _ in range(4):
            client = await clients.enter_async_context(connect(server.url))
            stores.append(Store(client, TENANT, clock=HandClock(), link=link))
        await asyncio.gather(
            *(
                stores[n % 4].commit(m, Result(event=m.event, audit=(LINE, LINE)))
                for n, m in enumerate(messages)
            ),
            *(each.append_audit(AuditLine("bot", "started")) for each in stores),
        )

    lines = [line async for line in store.audit_lines()]
    assert len(lines) == 84
    assert verify(lines, head=await store.audit_head()).ok


async def test_poison_is_kept_told_in_the_audit_and_gone_from_the_lane(
    store: Store, redis: Redis
) -> None:
    message = await claimed(store, SEEN)
    await store.poison(message, "e-1")

    depths = await store.depths()
    assert (depths["bulk:brain"], depths["poison"]) == (0, 1)
    ((_, fields),) = await entries(redis, f"{{dirsync:{TENANT}}}:poison")
    assert (fields["kind"], fields["error"], fields["stream"]) == (
        "SyncErrorSeen",
        "e-1",
        "bulk:brain",
    )
    (line,) = [line async for line in store.audit_lines()]
    assert '"action":"poisoned"' in line
    with pytest.raises(AlreadyDone):
        await store.poison(message, "e-2")


@pytest.mark.parametrize(
    ("relied", "stands"), [("1", True), ("2", False), (None, False), ("", False)]
)
async def test_what_was_made_from_a_mark_that_reads_otherwise_by_now_is_made_again(
    store: Store,
    relied: str | None,
    stands: bool,  # noqa: FBT001 - a column of the table
) -> None:
    first, second = await claimed(store, SEEN), await claimed(store, VERIFY)
    await store.commit(first, Result(event=SEEN, marks={"pause": "1"}))
    late = Result(event=VERIFY, marks={"pause": "3"}, relies={"pause": relied, "none": None})
    if stands:
        await store.commit(second, late)
    else:
        with pytest.raises(Moved):
            await store.commit(second, late)

    assert await store.marks() == {"pause": "3" if stands else "1"}
