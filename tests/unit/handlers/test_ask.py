"""In: a question as somebody typed it. Out: answered if they may ask, refused with a reason if not; audited."""

import msgspec
import pytest

from bot.events import Answered, Asked, QuestionAllowed
from bot.model import Say, SlackUser
from tests.builders import TENANT, VALUE
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, OLA, PEER, RESPONSE_URL, reply_to


def question(who: SlackUser, text: str = VALUE, command: str = "whohas") -> Asked:
    return Asked(tenant=TENANT, id="q-1", command=command, text=text, reply_to=reply_to(who))


@pytest.mark.parametrize(("who", "full"), [(INGRID, True), (OLA, False)])
async def test_who_may_ask_is_asked_on_with_what_they_may_see(
    who: SlackUser,
    full: bool,  # noqa: FBT001 - a table of two
) -> None:
    bot = Bot()
    result = await bot.handle(question(who))

    assert [type(e) for e in result.follow] == [QuestionAllowed]
    assert [e.full for e in result.follow if isinstance(e, QuestionAllowed)] == [full]


async def test_who_may_not_ask_learns_why_and_nothing_is_looked_up() -> None:
    bot = Bot()
    await bot.tell(question(PEER))
    await bot.work()

    assert bot.answers(PEER) == ["You may not ask this bot."]
    assert bot.world.reads == 0


async def test_the_thirty_first_question_of_an_hour_is_refused() -> None:
    bot = Bot()
    for _ in range(31):
        await bot.tell(question(OLA))
    bot.world.reads = 0
    refused = [e for e in bot.cases.waiting if isinstance(e, Answered)]

    assert len(refused) == 1
    assert "30 questions" in msgspec.json.decode(refused[0].body, type=Say).english()

    await bot.tell(question(INGRID))

    assert isinstance(bot.cases.waiting[-1], QuestionAllowed)


async def test_whoever_has_asked_too_much_may_still_read_what_can_be_asked() -> None:
    bot = Bot()
    for _ in range(31):
        await bot.tell(question(OLA))
    await bot.tell(question(OLA, text="", command="help"))

    assert isinstance(bot.cases.waiting[-1], QuestionAllowed)


async def test_a_whole_mail_that_was_pasted_is_not_kept_in_the_audit() -> None:
    bot = Bot()
    await bot.tell(question(INGRID, text="x" * 5000, command="explain"))
    (line,) = bot.cases.audit

    assert (line.facts or {})["text"] == "x" * 1000 + "… (5000 characters)"


async def test_every_question_is_in_the_audit_and_no_reply_address_is() -> None:
    bot = Bot()
    for who in (INGRID, OLA, PEER):
        await bot.tell(question(who, text="SMTP:john@contoso.com"))

    assert [(x.action, x.actor) for x in bot.cases.audit] == [
        ("question.asked", f"{INGRID.team}/{INGRID.user}"),
        ("question.asked", f"{OLA.team}/{OLA.user}"),
        ("question.refused", f"{PEER.team}/{PEER.user}"),
    ]
    assert {(x.facts or {})["text"] for x in bot.cases.audit} == {"SMTP:john@contoso.com"}
    assert RESPONSE_URL not in repr(bot.cases.audit)
