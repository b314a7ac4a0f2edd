"""In: the end of a proposal's time. Out: its buttons gone, if it is still that proposal."""

import pytest

from bot.events import ExpiryDue
from bot.model import State
from tests.builders import TENANT
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID


async def test_nobody_decided_in_a_day() -> None:
    bot = Bot()
    await bot.poll()
    bot.channel.shown.clear()
    await bot.wait(hours=24)

    assert bot.state() is State.EXPIRED
    assert bot.channel.shown == [bot.case.id]
    assert bot.actions()[-1] == "case.expired"


@pytest.mark.parametrize("revision", [0, 2])
async def test_the_end_of_another_revision_is_not_the_end_of_this_one(revision: int) -> None:
    bot = Bot()
    await bot.poll()
    event = ExpiryDue(tenant=TENANT, id="late", case_id=bot.case.id, revision=revision)
    result = await bot.tell(event)

    assert result.case is None


async def test_what_was_decided_does_not_expire() -> None:
    bot = Bot()
    await bot.poll()
    await bot.click(INGRID)
    await bot.tell(ExpiryDue(tenant=TENANT, id="late", case_id=bot.case.id, revision=1))

    assert bot.state() is State.WRITTEN


async def test_a_case_nobody_knows_expires_into_nothing() -> None:
    result = await Bot().tell(ExpiryDue(tenant=TENANT, id="late", case_id="c-gone", revision=1))

    assert (result.case, result.follow) == (None, ())
