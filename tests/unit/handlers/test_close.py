"""In: a case that the lists no longer show. Out: closed if a direct read agrees; otherwise looked at again."""

from dataclasses import replace

import pytest

from bot.events import SyncErrorCleared, VerifyDue
from bot.model import State
from handlers import watch
from tests import builders
from tests.builders import TENANT
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID


async def opened() -> Bot:
    bot = Bot()
    await bot.poll()
    return bot


def cleared(bot: Bot) -> SyncErrorCleared:
    bot.cases.noted.pop(watch.name_of(bot.case.id), None)  # as the poll does
    return SyncErrorCleared(tenant=TENANT, id=f"{bot.case.id}:cleared", case_id=bot.case.id)


def clean(bot: Bot) -> None:
    for account in list(bot.world.entra.values()):
        bot.world.entra[account.id] = replace(account, errors=())


async def test_what_somebody_else_put_right_is_closed() -> None:
    bot = await opened()
    clean(bot)
    await bot.poll()

    assert bot.state() is State.CLOSED
    assert bot.actions()[-1] == "case.closed"
    assert bot.case.timeline[-1].say.english().endswith("put right without the bot.")


async def test_an_object_that_is_gone_has_no_error() -> None:
    bot = await opened()
    del bot.world.entra[bot.world.account("Svc Scanner").id]
    await bot.poll()

    assert bot.state() is State.CLOSED


async def test_a_list_that_lags_cannot_close_a_case_and_does_not_leave_it_open_for_ever() -> None:
    """The list dropped the error a minute before the object did: nothing ever looked again."""
    bot = await opened()
    bot.source.listed = ()
    await bot.poll()

    assert bot.state() is State.PENDING

    clean(bot)
    await bot.wait(minutes=3)

    assert bot.state() is State.CLOSED


async def test_a_late_signal_cannot_close_what_is_listed_again() -> None:
    bot = await opened()
    event = cleared(bot)
    await bot.poll()
    clean(bot)
    result = await bot.tell(event)

    assert (result.case, result.later) == (None, ())


@pytest.mark.parametrize("state", [State.APPROVED, State.APPLYING, State.UNKNOWN])
async def test_a_write_on_its_way_is_left_alone_and_asked_about_later(state: State) -> None:
    """The error went while the write was refused: the case stayed "refused" without an error, for ever."""
    bot = await opened()
    bot.cases.put(replace(bot.case, state=state))
    clean(bot)
    event = cleared(bot)
    result = await bot.tell(event)

    assert (bot.state(), [d.event for d in result.later]) == (state, [event])

    bot.cases.put(replace(bot.case, state=State.REFUSED))
    await bot.tell(event)

    assert bot.state() is State.CLOSED


@pytest.mark.parametrize("state", [State.WRITTEN, State.EXPORTED, State.OVERDUE])
async def test_what_was_written_is_judged_by_verify(state: State) -> None:
    bot = await opened()
    bot.cases.put(replace(bot.case, state=state))
    result = await bot.tell(cleared(bot))

    assert result.case is None
    assert [type(event) for event in result.follow] == [VerifyDue]


async def test_a_case_that_is_being_opened_while_it_clears_is_not_left_open() -> None:
    """The signals of a poll and of the next one overtook each other while triage was still reading."""
    bot = Bot()
    await bot.tell(bot.poll_due())
    (seen,) = bot.cases.waiting
    slow = await bot.handle(seen)  # has read everything, has not committed
    clean(bot)
    bot.cases.waiting.clear()
    await bot.poll()

    assert bot.cases.all() == []

    bot.cases.commit(slow)

    assert bot.state() is State.PENDING

    await bot.wait(minutes=3)

    assert bot.state() is State.CLOSED


async def test_a_closed_case_that_is_not_listed_is_not_looked_at_for_ever() -> None:
    bot = await opened()
    clean(bot)
    await bot.poll()
    await bot.wait(minutes=10)

    assert [e for e in bot.cases.due if isinstance(e, SyncErrorCleared)] == []


async def test_a_case_of_two_objects_is_closed_with_the_last_of_them() -> None:
    bot = await opened()
    second = builders.user("Second Scanner", proxies=(f"smtp:{builders.VALUE}",))
    bot.world.add(second)
    bot.world.sync()
    await bot.poll()

    assert len(bot.case.errors) == 2

    first = bot.world.account("Svc Scanner")
    bot.world.entra[first.id] = replace(first, errors=())
    result = await bot.tell(cleared(bot))

    assert result.case is None

    clean(bot)
    await bot.tell(cleared(bot))

    assert bot.state() is State.CLOSED


async def test_closing_takes_the_buttons_and_the_hold_away() -> None:
    bot = await opened()
    clean(bot)
    await bot.poll()

    assert (bot.case.held, bot.case.expires_at, bot.case.next_look_at) == (None, None, None)

    await bot.click(INGRID)

    assert bot.answers(INGRID) == ["This case is closed."]
