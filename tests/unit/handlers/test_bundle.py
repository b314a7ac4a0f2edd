"""In: the id of a case and who asks. Out: the case as a file for those who may see everything, or a sentence."""

import msgspec
import pytest

from bot.answers import Bundled
from bot.events import QuestionAllowed
from bot.model import Say, SlackUser
from bot.slack.answers import draw_answer, draw_bundled
from bot.triage.casefile import CaseFile, examined, read
from tests import builders
from tests.builders import TENANT, VALUE
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, OLA, Told, reply_to


async def asked(bot: Bot, text: str, who: SlackUser = INGRID) -> Told:
    event = QuestionAllowed(
        tenant=TENANT,
        id="q-1",
        command="bundle",
        text=text,
        reply_to=reply_to(who),
        full=who is INGRID,
    )
    await bot.tell(event)
    await bot.work()
    return bot.channel.told[-1]


def file_in(told: Told) -> CaseFile:
    found = read(msgspec.json.decode(told.body, type=Bundled).text)

    assert isinstance(found, CaseFile)
    return found


def said(told: Told) -> str:
    return msgspec.json.decode(told.body, type=Say).english()


async def test_a_stored_case_is_replayed_from_the_answer() -> None:
    bot = Bot()
    await bot.poll()
    told = await asked(bot, bot.case.id.upper())
    found = examined(file_in(told))

    assert told.shape == "bundled"
    assert (found.key, found.diagnosis) == (bot.case.key, bot.case.diagnosis)
    assert [p.plan_hash for p in found.proposals] == [p.plan_hash for p in bot.case.proposals]


async def test_a_redacted_case_names_nobody_and_is_the_same_problem() -> None:
    bot = Bot()
    await bot.poll()
    told = await asked(bot, f"{bot.case.id} redacted")
    found = examined(file_in(told))

    assert bot.case.diagnosis is not None
    assert found.diagnosis.code == bot.case.diagnosis.code
    assert [p.risk for p in found.proposals] == [p.risk for p in bot.case.proposals]
    assert [
        word for word in ("john", "contoso", "scanner", TENANT) if word in told.body.lower()
    ] == []


async def test_twice_redacted_are_two_different_files() -> None:
    bot = Bot()
    await bot.poll()
    one, other = [(await asked(bot, f"{bot.case.id} redacted")).body for _ in range(2)]

    assert one != other


async def test_a_case_file_is_for_full_readers() -> None:
    bot = Bot()
    await bot.poll()
    told = await asked(bot, bot.case.id, OLA)

    assert said(told).endswith("it is for full readers.")
    assert VALUE not in told.body


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Write /dirsync bundle CASE"),
        ("c-abcdefghij please", "Write /dirsync bundle CASE"),
        ("c-abcdefghij", "There is no case c-abcdefghij."),
        ("../secrets", "There is no case ../secrets."),
    ],
)
async def test_what_cannot_be_bundled_is_said(text: str, says: str) -> None:
    assert said(await asked(Bot(), text)).startswith(says)


async def test_a_case_that_was_never_looked_at_has_no_file_yet() -> None:
    bot = Bot()
    new = bot.cases.put(builders.case(evidence=None))

    assert said(await asked(bot, new.id)) == f"Nothing was read about case {new.id} yet."


async def test_a_file_is_shown_whole_or_the_command_that_writes_it() -> None:
    bot = Bot()
    await bot.poll()
    told = await asked(bot, bot.case.id)
    text = msgspec.json.decode(told.body, type=Bundled).text
    shown = draw_answer(told.shape, told.body, full=True)[1]
    long = draw_bundled(Bundled(case_id="c-x", redacted=True, text="x" * 9000))[0]

    assert "".join(run["text"] for run in shown[1]["elements"][0]["elements"]) == text
    assert text.isascii()
    assert "dirsync-triage bundle c-x --redact &gt; case.json" in long
