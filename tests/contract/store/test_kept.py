"""In: answers that can be turned over and shared. Out: the same from Redis, for half an hour; one press that shares.
The same suite on each kind of server; what ends by time is checked by its time to live, not by waiting.
"""

import asyncio

from redis.asyncio import Redis

from bot.model import SlackUser
from bot.ports import Answers, Kept
from bot.store import Store
from tests.contract.store.parts import TENANT

ID = "e-0123456789:answer"
KEPT = Kept(
    id=ID,
    owner=SlackUser("T1", "U1"),
    shape="whohas",
    body='{"a":"é"}',
    full=True,
    open="",
    seal="s",
)


async def test_what_is_kept_is_read_as_it_was_for_half_an_hour(store: Store, redis: Redis) -> None:
    answers: Answers = store.answers
    await answers.keep(ID, KEPT)
    [key] = [key async for key in redis.scan_iter(match="*kept:*")]

    assert await answers.kept(ID) == KEPT
    assert 1790 < await redis.ttl(key) <= 1800
    assert ID not in key


async def test_another_answer_is_not_known(store: Store) -> None:
    await store.answers.keep(ID, KEPT)

    assert await store.answers.kept("e-2:answer") is None


async def test_what_something_else_wrote_there_is_as_good_as_gone(
    store: Store, redis: Redis
) -> None:
    await store.answers.keep(ID, KEPT)
    [key] = [key async for key in redis.scan_iter(match="*kept:*")]
    for text in ("", "{", '{"schema":1}', '{"schema":2,"kept":{}}', "[]"):
        await redis.set(key, text, ex=60)

        assert await store.answers.kept(ID) is None


async def test_of_many_presses_one_shares(store: Store, redis: Redis) -> None:
    presses = [f"click-{n}" for n in range(20)]
    won = await asyncio.gather(*(store.answers.claim_share(ID, press) for press in presses))
    first = presses[won.index(True)]

    assert won.count(True) == 1
    assert await store.answers.is_shared(ID)
    assert await store.answers.claim_share(ID, first)
    assert 1790 < await redis.ttl(f"{{dirsync:{TENANT}}}:" + await _name(redis)) <= 1800


async def _name(redis: Redis) -> str:
    [key] = [key async for key in redis.scan_iter(match="*shared:*")]
    return str(key).partition("}:")[2]


async def test_a_share_that_came_to_nothing_can_be_tried_again(store: Store) -> None:
    await store.answers.claim_share(ID, "click-1")
    await store.answers.release_share(ID)

    assert not await store.answers.is_shared(ID)
    assert await store.answers.claim_share(ID, "click-2")
