"""In: the id of a case and who asks. Out: three sentences for the person who called, in the language of who asks.
Promise: a reader who may not see everything gets them too, for nothing in them is about anybody else.
"""

import msgspec
import pytest

from bot.answers import Listing
from bot.events import QuestionAllowed
from bot.model import Say, SlackUser
from bot.slack.answers import draw_answer
from bot.triage.reply import reply_for
from bot.words import Language, sentence, speaking
from tests.builders import TENANT, VALUE
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, OLA, Told, reply_to


async def asked(bot: Bot, text: str, who: SlackUser = INGRID) -> Told:
    event = QuestionAllowed(
        tenant=TENANT,
        id="q-1",
        command="reply",
        text=text,
        reply_to=reply_to(who),
        full=who is INGRID,
    )
    await bot.tell(event)
    await bot.work()
    return bot.channel.told[-1]


@pytest.mark.parametrize("who", [INGRID, OLA], ids=["full reader", "reader"])
async def test_a_stored_case_gives_three_sentences_that_name_nobody(who: SlackUser) -> None:
    bot = Bot()
    await bot.poll()
    told = await asked(bot, f" {bot.case.id.upper()} ", who)

    assert told.shape == "list"
    assert msgspec.json.decode(told.body, type=Listing).lines == reply_for(bot.case)
    assert [word for word in ("John", "Scanner", VALUE) if word in told.body] == []


@pytest.mark.parametrize("language", Language)
async def test_they_are_drawn_in_the_language_of_who_asked(language: Language) -> None:
    bot = Bot()
    await bot.poll()
    told = await asked(bot, bot.case.id)
    with speaking(language):
        blocks = repr(draw_answer(told.shape, told.body, full=True)[1])
        expected = [sentence(say) for say in reply_for(bot.case)]

    assert [line for line in expected if line not in blocks] == []


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("c-abcdefghij", "There is no case c-abcdefghij. The id of a case stands on its card"),
        ("", "Write /dirsync reply CASE."),
        ("two words", "Write /dirsync reply CASE."),
    ],
)
async def test_what_is_no_case_is_answered_with_what_to_do(text: str, start: str) -> None:
    told = await asked(Bot(), text)

    assert told.shape == "say"
    assert msgspec.json.decode(told.body, type=Say).english().startswith(start)
