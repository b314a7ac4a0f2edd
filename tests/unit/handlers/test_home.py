"""In: people who open their home tab, or press something there. Out: each one's own queue, drawn for them alone.
Promise: a stranger sees the refusal and nothing else; the tab is not drawn more often than once in a few seconds.
"""

from dataclasses import replace

from bot.answers import Home
from bot.events import HomeDue
from bot.model import Owner, Refusal, ReplyTo, SlackUser, State
from bot.triage import pause
from tests.builders import NOW, TENANT
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, JOHN, KARI, OLA, PEER
from tests.unit.handlers.test_pause import wish


def opened(who: SlackUser) -> HomeDue:
    return HomeDue(tenant=TENANT, id="home-1", user=who)


async def home_of(bot: Bot, who: SlackUser) -> Home:
    bot.cases.counts.clear()
    await bot.tell(opened(who))
    _, shown, _ = bot.channel.homes[-1]
    assert isinstance(shown, Home)
    return shown


async def doubtful() -> Bot:
    bot = Bot()
    bot.world.roles[bot.world.person("Svc Scanner").anchor] = ("Global Reader",)
    await bot.poll()
    return bot


async def test_what_waits_for_me_is_what_i_may_approve_and_have_not() -> None:
    bot = Bot()
    await bot.poll()

    assert [line.id for line in (await home_of(bot, INGRID)).for_me] == [bot.case.id]
    assert (await home_of(bot, JOHN)).for_me == ()  # he holds the value
    assert (await home_of(bot, OLA)).for_me == ()

    await bot.click(INGRID)
    mine, other = await home_of(bot, INGRID), await home_of(bot, KARI)

    assert (mine.for_me, [line.state for line in mine.approved]) == ((), [State.WRITTEN])
    assert (other.for_me, other.approved) == ((), ())


async def test_what_i_approved_first_waits_for_somebody_else() -> None:
    bot = await doubtful()
    await bot.click(INGRID, reason="Svc Scanner never needed this address.")
    mine, other = await home_of(bot, INGRID), await home_of(bot, KARI)

    assert (len(mine.for_me), len(mine.first_of_two)) == (0, 1)
    assert (len(other.for_me), len(other.first_of_two)) == (1, 0)


async def test_what_i_take_care_of_is_mine_alone() -> None:
    bot = Bot()
    await bot.poll()
    bot.cases.put(replace(bot.case, owner=Owner(user=OLA, name="Ola Lund", at=NOW)))

    assert len((await home_of(bot, OLA)).owned) == 1
    assert (await home_of(bot, INGRID)).owned == ()


async def test_a_stranger_sees_the_refusal_and_nothing_else() -> None:
    bot = Bot()
    await bot.poll()
    await bot.tell(opened(PEER))
    [(who, shown, notice)] = bot.channel.homes

    assert (who, notice) == (PEER, None)
    assert isinstance(shown, Refusal)


async def test_opened_ten_times_it_is_drawn_twice() -> None:
    bot = Bot()
    for number in range(10):
        await bot.tell(replace(opened(INGRID), id=f"home-{number}"))

    assert len(bot.channel.homes) == 1
    assert len(bot.cases.due) == 1

    bot.cases.counts.clear()
    await bot.wait(seconds=4)

    assert len(bot.channel.homes) == 2


async def test_a_click_in_the_home_tab_is_answered_there_at_once() -> None:
    bot = Bot()
    await bot.tell(opened(OLA))
    event = replace(wish(bot, OLA, "pause"), reply_to=ReplyTo("", OLA), seal="")
    await bot.tell(replace(event, seal=bot.signer.seal(event.unsealed())))
    await bot.work()
    _, shown, notice = bot.channel.homes[-1]

    assert isinstance(shown, Home)
    assert pause.MARK in bot.cases.noted
    assert shown.status.paused is not None
    assert notice is not None
    assert "Paused: nothing is written" in notice.english()
    assert bot.channel.told == []
