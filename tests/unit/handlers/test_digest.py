"""In: polls, working days, outages. Out: one digest a day, with the numbers of what is stored.
Promise: also when nothing is open; never a second one, however often it is asked for; the first look comes by itself.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.events import DigestDue, PaperReady
from bot.model import State
from bot.triage.digest import FIRST, MARK, Digest, remembered
from bot.triage.routing import Row, Table
from bot.triage.sheet import Sheet
from bot.triage.working_days import Daily
from handlers import watch
from handlers.digest import WAITED, digest_due
from handlers.timing import Timing
from tests.builders import NOW, TENANT
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID
from tests.fakes.world import World
from tests.unit.handlers.test_storm import many, storm_of

DUE = digest_due(TENANT)
DAILY = Timing(digest=Daily())
FRIDAY, MONDAY = (datetime(2026, 11, day, 9, tzinfo=UTC) for day in (27, 30))


def known(bot: Bot) -> Digest:
    """The digest that waits to be posted, or was."""
    digest = remembered(bot.cases.noted.get(MARK)).digest
    assert digest is not None
    return digest


def a_bot(world: World | None = None, *, at: datetime = FRIDAY) -> Bot:
    """It has polled already, so no first look is due; and it polls on."""
    bot = Bot(world=world or World(), timing=DAILY)
    bot.clock.at = bot.world.last_sync_at = at
    bot.cases.noted[watch.POLLED] = at.isoformat()
    bot.cases.due[DUE] = at
    return bot


async def go_to(bot: Bot, moment: datetime) -> None:
    await bot.poll()
    await bot.wait(seconds=(moment - bot.clock.now()).total_seconds())


async def test_it_comes_on_working_days_also_when_nothing_is_open() -> None:
    bot = a_bot()
    await go_to(bot, MONDAY + timedelta(days=1))

    assert bot.channel.papers == [f"digest:2026-11-{day}" for day in (27, 30)] + [
        "digest:2026-12-01"
    ]
    assert known(bot).open == 0
    assert [d.day.isoformat() for d in known(bot).days if d.open is not None] == [
        "2026-11-27", "2026-11-30", "2026-12-01",
    ]  # fmt: skip


async def test_asked_for_often_it_comes_once() -> None:
    bot = a_bot()
    for _ in range(3):
        await bot.tell(DUE)
    results = await bot.handle_all([DUE, replace(DUE, id="other")])
    await bot.work()

    assert bot.channel.papers == ["digest:2026-11-27"]
    assert [result.follow for result in results] == [(), ()]


async def test_two_at_the_same_moment_are_one() -> None:
    """Both looked before either was committed: the second has to look again."""
    bot = a_bot()
    first, second = await bot.handle(DUE), await bot.handle(DUE)
    bot.cases.commit(first)

    with pytest.raises(Exception, match="changed meanwhile"):
        bot.cases.commit(second)


async def test_after_days_of_outage_it_is_one_digest_since_the_last_one() -> None:
    bot = a_bot(at=MONDAY - timedelta(days=14))
    await bot.tell(DUE)
    await bot.work()
    bot.clock.at = MONDAY
    await go_to(bot, MONDAY + timedelta(minutes=30))

    assert bot.channel.papers == ["digest:2026-11-16", "digest:2026-11-30"]
    assert known(bot).since == MONDAY - timedelta(days=14)


async def test_after_an_outage_it_waits_for_a_poll_and_not_for_ever() -> None:
    bot = a_bot()
    bot.cases.noted[watch.POLLED] = (FRIDAY - timedelta(hours=20)).isoformat()
    result = await bot.handle(DUE)

    assert result.follow == ()
    assert (DigestDue(tenant=TENANT, id=WAITED), FRIDAY + timedelta(minutes=5)) in [
        (due.event, due.at) for due in result.later
    ]

    await bot.tell(DigestDue(tenant=TENANT, id=WAITED))

    assert known(bot).known.last_poll_at == FRIDAY - timedelta(hours=20)


async def test_the_first_poll_ever_has_a_digest_of_all_it_found() -> None:
    bot = Bot(world=many(12), timing=DAILY)
    bot.clock.at = bot.world.last_sync_at = saturday = datetime(2026, 11, 28, 22, tzinfo=UTC)
    await bot.poll()
    await bot.wait(minutes=2)

    assert bot.channel.papers == [Sheet(storm_of(bot).id).name, "digest:2026-11-28:first"]
    assert known(bot).since is None
    assert (known(bot).open, known(bot).new, known(bot).together) == (12, 12, 12)
    assert FIRST not in bot.cases.noted
    assert known(bot).at < saturday + timedelta(minutes=1)


async def test_the_first_look_waits_until_all_was_diagnosed_and_not_for_ever() -> None:
    bot = Bot(world=many(2), timing=DAILY)
    await bot.tell(bot.poll_due())  # and what it found waits
    assert (await bot.handle(DUE)).follow == ()

    bot.clock.at += DAILY.first_look_within
    result = await bot.handle(DUE)

    assert [type(event) for event in result.follow] == [PaperReady]


async def test_the_day_of_the_first_look_has_no_other_digest() -> None:
    bot = Bot(world=many(1), timing=DAILY)
    bot.clock.at = FRIDAY - timedelta(hours=3)
    await go_to(bot, FRIDAY + timedelta(hours=3))

    assert bot.channel.papers == ["digest:2026-11-27:first"]


async def test_a_bot_that_is_told_to_says_nothing() -> None:
    bot = Bot(world=many(2))
    await bot.poll()
    await bot.wait(hours=20)
    result = await bot.handle(DUE)

    assert bot.channel.papers == []
    assert (result.follow, result.later) == ((), ())


async def test_what_was_put_right_is_counted_on_the_next_day() -> None:
    bot = a_bot(many(3))
    await bot.poll()
    await bot.wait(minutes=2)
    assert (known(bot).open, known(bot).fixed) == (3, 0)

    for cloud in bot.world.entra.values():
        bot.world.entra[cloud.id] = replace(cloud, errors=())
    await go_to(bot, MONDAY)

    assert all(c.state is State.CLOSED for c in bot.cases.all())
    assert (known(bot).open, known(bot).fixed, known(bot).by_hand) == (0, 3, 3)


async def test_only_cases_of_the_usual_channel_are_named() -> None:
    bot = a_bot(many(2))
    elsewhere = Row(number=1, domains=("contoso.com",), channel="C0OTHER001")
    bot.table = Table(rows=(elsewhere,), rest=Row(number=2, channel="C0DIRSYNC1"))
    await go_to(bot, MONDAY)

    assert (known(bot).waiting, known(bot).oldest) == (2, ())
    assert [cause.example for cause in known(bot).causes] == [None]
    assert known(bot).day == date(2026, 11, 30)


async def test_a_fix_of_ours_is_counted_on_the_day_it_is_green_and_not_when_it_is_put_away() -> (
    None
):
    bot = Bot(timing=DAILY)
    await bot.poll()
    await bot.click(INGRID)
    await bot.wait(minutes=31)
    bot.world.sync()
    bot.world.sweep()
    await bot.wait(minutes=5)
    green = bot.case.ended
    assert green
    assert green.by_us
    await bot.wait(hours=30)

    assert bot.state() is State.CLOSED
    assert bot.case.ended == green


async def test_an_error_that_is_back_counts_from_the_day_it_came_back() -> None:
    bot = Bot()
    await bot.poll()
    errors = {cloud.id: cloud.errors for cloud in bot.world.entra.values()}
    for id_ in errors:
        bot.world.entra[id_] = replace(bot.world.entra[id_], errors=())
    await bot.poll()
    assert (bot.state(), bot.case.back_at) == (State.CLOSED, None)

    bot.clock.at += timedelta(days=9)
    bot.world.last_sync_at = bot.clock.now()
    for id_, had in errors.items():
        bot.world.entra[id_] = replace(bot.world.entra[id_], errors=had)
    await bot.poll()

    assert bot.case.back_at == bot.clock.now()
    assert bot.case.first_seen == NOW
