"""In: what Entra's lists show from poll to poll. Out: exactly the cases that differ, and nothing from half a list."""

from dataclasses import replace

import pytest

from bot.errors import ListBroken
from bot.events import PollDue, SyncErrorChanged, SyncErrorCleared, SyncErrorSeen
from bot.model import Kind, State
from handlers.poll import poll
from tests import builders
from tests.builders import TENANT
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID
from tests.fakes.world import World

DUE = PollDue(tenant=TENANT, id="poll")


async def kinds(bot: Bot) -> list[type]:
    result = await bot.handle(DUE)
    bot.cases.commit(result)
    bot.cases.waiting.clear()
    return [type(event) for event in result.follow]


async def test_an_error_is_seen_once_and_then_known() -> None:
    bot = Bot()

    assert await kinds(bot) == [SyncErrorSeen]
    assert await kinds(bot) == []


async def test_another_error_on_the_same_value_is_a_change_and_its_end_is_told() -> None:
    bot = Bot()
    await kinds(bot)
    first = bot.world.errors()
    bot.source.listed = (*first, builders.error(object_id="another", object_name="Another"))

    assert await kinds(bot) == [SyncErrorChanged]

    bot.source.listed = ()

    assert await kinds(bot) == [SyncErrorCleared]
    assert await kinds(bot) == []


async def test_the_order_of_the_list_says_nothing() -> None:
    bot = Bot()
    bot.source.listed = (*bot.world.errors(), builders.error(object_id="another"))
    await kinds(bot)
    bot.source.listed = tuple(reversed(bot.source.listed))

    assert await kinds(bot) == []


async def test_a_list_that_breaks_off_changes_nothing() -> None:
    bot = Bot()
    await bot.poll()
    before = (dict(bot.cases.stored), dict(bot.cases.noted))
    bot.source.broken = True

    with pytest.raises(ListBroken):
        await bot.handle(DUE)

    assert before == (bot.cases.stored, bot.cases.noted)


async def test_two_polls_due_at_once_are_one() -> None:
    bot = Bot()
    twice = [DUE, replace(DUE, id="again")]
    first, second = await poll(
        twice, cases=bot.cases, source=bot.source, clock=bot.clock, timing=bot.timing
    )

    assert len(first.follow) == 1
    assert (second.follow, second.later, second.marks) == ((), (), None)


async def test_the_next_poll_is_always_due() -> None:
    bot = Bot()
    result = await bot.handle(DUE)

    assert [(d.event, d.at - bot.clock.now()) for d in result.later] == [
        (DUE, bot.timing.poll_every)
    ]


async def test_an_entry_without_anything_in_it_is_a_card_and_no_crash() -> None:
    bot = Bot(world=World(last_sync_at=builders.NOW))
    odd = builders.cloud_object(
        "Odd One",
        errors=(
            builders.error(
                object_id=builders.cloud_id_of("Odd One"),
                category="SomethingNew2027",
                attribute=None,
                value=None,
                occurred_at=None,
            ),
        ),
    )
    bot.world.entra[odd.id] = odd
    await bot.poll()

    assert bot.case.key.kind is Kind.OBJECT
    assert bot.case.diagnosis is not None
    assert bot.case.diagnosis.code == "C00"
    assert bot.state() is State.OPEN
    assert bot.case.errors[0].raw != ""


async def test_a_stopped_sync_is_one_case_and_holds_every_other() -> None:
    bot = Bot()
    await bot.poll()
    bot.world.stop_sync()
    await bot.poll()
    await bot.poll()
    codes = {c.diagnosis.code: c for c in bot.cases.all() if c.diagnosis}

    assert set(codes) == {"C01", "C59"}
    assert codes["C01"].held is not None
    assert codes["C01"].state is State.OPEN
    assert codes["C59"].held is None
    assert codes["C59"].revision == 1

    await bot.click(INGRID, on=codes["C01"])

    assert bot.writer.modifies == []


async def test_a_sync_that_runs_again_lets_everything_go() -> None:
    bot = Bot()
    await bot.poll()
    bot.world.stop_sync()
    await bot.poll()
    bot.world.start_sync()
    await bot.poll()
    codes = {c.diagnosis.code: c for c in bot.cases.all() if c.diagnosis}

    assert codes["C59"].state is State.CLOSED
    assert codes["C01"].held is None
    assert codes["C01"].state is State.PENDING
    assert [m.say.msgid for m in codes["C01"].timeline][1:] == [
        "Directory sync has stopped; the case is held until it runs.",
        "Directory sync runs again; the case goes on.",
    ]


async def test_the_card_of_a_stopped_sync_closes_when_entra_stops_telling() -> None:
    """Without this it stood there for ever, while all other cases had been let go."""
    bot = Bot()
    bot.world.stop_sync()
    await bot.poll()
    bot.world.last_sync_at = None
    await bot.poll()
    sync = next(c for c in bot.cases.all() if c.key.kind is Kind.TENANT)

    assert sync.state is State.CLOSED


async def test_a_look_at_the_sync_card_after_sync_has_returned_invents_no_error() -> None:
    bot = Bot()
    bot.world.stop_sync()
    await bot.poll()
    sync = next(c for c in bot.cases.all() if c.key.kind is Kind.TENANT)
    bot.world.start_sync()
    await bot.click(INGRID, "recheck", on=sync)
    after = await bot.cases.get(sync.id)

    assert after is not None
    assert after.diagnosis == sync.diagnosis

    await bot.poll()
    closed = await bot.cases.get(sync.id)

    assert closed is not None
    assert closed.state is State.CLOSED
