"""In: questions that are allowed. Out: each is answered by its own command; help tells of every one of them."""

import msgspec
import pytest

from bot.answers import Listing, WhoHas
from bot.events import QuestionAllowed
from bot.model import Say
from bot.slack.answers import SHAPES, draw_answer
from handlers.commands import COMMANDS
from tests.builders import TENANT, VALUE
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, Told, reply_to


async def asked(command: str, text: str = VALUE) -> Told:
    bot = Bot()
    await bot.tell(
        QuestionAllowed(
            tenant=TENANT,
            id="q-1",
            command=command,
            text=text,
            reply_to=reply_to(INGRID),
            full=True,
        )
    )
    await bot.work()
    (told,) = bot.channel.told
    return told


async def test_whohas_is_answered_by_whohas() -> None:
    told = await asked("whohas")

    assert told.shape == "whohas"
    assert len(msgspec.json.decode(told.body, type=WhoHas).holders) == 2


async def test_help_tells_of_every_command_by_its_word() -> None:
    told = await asked("help", "")
    lines = [say.english() for say in msgspec.json.decode(told.body, type=Listing).lines]

    assert [line.split(maxsplit=2)[1].rstrip(":") for line in lines] == list(COMMANDS)


@pytest.mark.parametrize(
    ("word", "near"),
    [("whohsa", "/dirsync whohas"), ("hepl", "/dirsync help"), ("who-has", "/dirsync whohas")],
)
async def test_a_word_with_a_slip_is_answered_with_the_nearest_and_the_list(
    word: str, near: str
) -> None:
    told = await asked(word)
    said = msgspec.json.decode(told.body, type=Say).english()

    assert f"I do not know {word}. Did you mean {near}?" in said
    assert all(known in said for known in COMMANDS)


async def test_a_word_like_no_other_is_answered_with_the_list() -> None:
    told = await asked("zzzzzz")
    said = msgspec.json.decode(told.body, type=Say).english()

    assert "Did you mean" not in said
    assert all(known in said for known in COMMANDS)


@pytest.mark.parametrize("word", ["whohas", "help", "nonsense"])
async def test_every_answer_can_be_drawn(word: str) -> None:
    told = await asked(word)

    assert told.shape in SHAPES
    assert draw_answer(told.shape, told.body, full=True)[1]


def test_an_answer_of_another_version_says_so() -> None:
    text, blocks = draw_answer("hologram", "{}", full=True)

    assert "another version" in text
    assert blocks
