"""In: questions about an address, a person, the cases and the bot itself. Out: what is told, and to whom.
Promise: every word typed after a command is answered; what is for full readers stays with them.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answers import Answer, CaseList, Checked, Free, Status
from bot.events import QuestionAllowed
from bot.model import Case, Owner, Say, SlackUser, Snooze, State
from bot.slack.answers import SHAPES, draw_answer
from bot.triage import telling
from handlers.commands import COMMANDS
from tests.builders import NOW, TENANT, VALUE, case
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, KARI, OLA, reply_to
from tests.sizes import examples


async def ask(
    bot: Bot, command: str, text: str = "", *, full: bool = True, who: SlackUser = INGRID
) -> Any:
    question = QuestionAllowed(
        tenant=TENANT, id="q", command=command, text=text, reply_to=reply_to(who), full=full
    )
    await bot.tell(question)
    await bot.work()
    told = bot.channel.told[-1]
    return msgspec.json.decode(told.body, type=SHAPES[told.shape].type)


# ---------------------------------------------------------------- free


async def test_an_address_that_somebody_has_is_not_free_and_three_others_are_offered() -> None:
    found: Free = await ask(Bot(), "free", f"SMTP:{VALUE}")

    assert (found.free, "John Doe" in found.holders) == (Answer.NO, True)
    assert found.instead == ("john2@contoso.com", "john3@contoso.com", "john4@contoso.com")


async def test_an_address_that_nothing_holds_is_free() -> None:
    found: Free = await ask(Bot(), "free", "new.person@contoso.com")

    assert (found.free, found.holders) == (Answer.YES, ())
    assert "n.person@contoso.com" in found.instead
    assert "Free too: n.person@contoso.com" in [s.english() for s in telling.free(found).lines]


async def test_a_name_that_ad_only_implies_is_not_free() -> None:
    bot = Bot()
    bot.world.edit("John Doe", sam_account_name="jdoe", user_principal_name=None)
    found: Free = await ask(bot, "free", "jdoe@contoso.com")

    assert (found.free, found.holders) == (Answer.NO, ("John Doe",))


async def test_nothing_is_called_free_while_a_forest_is_away() -> None:
    bot = Bot()
    bot.world.forest_away = True
    found: Free = await ask(bot, "free", "new.person@contoso.com")

    assert (found.free, found.instead) == (Answer.UNKNOWN, ())
    assert "not every place could be read" in telling.free(found).title.english()


async def test_what_lies_in_a_recycle_bin_is_named_to_full_readers_only() -> None:
    bot = Bot()
    bot.world.edit("Svc Scanner", deleted=True, proxy_addresses=("smtp:old@contoso.com",))
    full: Free = await ask(bot, "free", "old@contoso.com")
    other: Free = await ask(bot, "free", "old@contoso.com", full=False)

    assert (full.free, other.free) == (Answer.NO, Answer.NO)
    assert full.holders == ("Svc Scanner",)
    assert other.holders == ()


@pytest.mark.parametrize("text", ["", "John Doe", "sip:john@contoso.com", "a b@c", "*@*"])
async def test_what_is_no_address_is_told_as_such(text: str) -> None:
    found: Free = await ask(Bot(), "free", text)

    assert found.trouble is not None or found.free is Answer.NO


# ---------------------------------------------------------------- check


async def test_a_person_is_compared_attribute_by_attribute() -> None:
    found: Checked = await ask(Bot(), "check", VALUE)
    [scanner] = [each for each in found.found if each.name == "Svc Scanner"]
    [addresses] = [row for row in scanner.attributes if row.attribute == "proxyAddresses"]

    assert (scanner.in_ad, scanner.in_entra, len(scanner.errors)) == (True, True, 1)
    assert addresses.differs
    assert f"smtp:{VALUE}" in (addresses.meant or ())


async def test_roles_and_dn_are_for_full_readers() -> None:
    bot = Bot()
    bot.world.roles[bot.world.person("John Doe").anchor] = ("Global Reader",)
    full: Checked = await ask(bot, "check", VALUE)
    other: Checked = await ask(bot, "check", VALUE, full=False)

    assert any(each.roles == ("Global Reader",) and each.dn for each in full.found)
    assert all(each.roles is None and not each.dn for each in other.found)
    assert "Global Reader" not in repr(telling.checked(other))


async def test_somebody_whom_nobody_knows_is_told_as_such() -> None:
    found: Checked = await ask(Bot(), "check", "nobody@contoso.com")

    assert found.found == ()
    assert "Nothing alive holds" in telling.checked(found).title.english()


# ---------------------------------------------------------------- list, show, status


def with_cases() -> Bot:
    bot = Bot()
    own = Owner(user=KARI, name="Kari Holm", at=NOW)
    bot.cases.put(replace(case(), state=State.WRITTEN, owner=own))
    bot.cases.put(replace(case(key=replace(case().key, value="b@contoso.com"))))
    return bot


@pytest.mark.parametrize(
    ("text", "who", "count"),
    [
        ("", INGRID, 2),
        ("pending", INGRID, 1),
        ("C01", INGRID, 2),
        ("mine", KARI, 1),
        ("mine", INGRID, 0),
    ],
)
async def test_cases_are_listed_by_state_by_code_and_by_who_takes_care(
    text: str, who: SlackUser, count: int
) -> None:
    found: CaseList = await ask(with_cases(), "list", text, who=who)

    assert (len(found.cases), found.all, found.trouble) == (count, 2, None)


async def test_what_waits_for_somebody_stands_first() -> None:
    found: CaseList = await ask(with_cases(), "list")

    assert [line.state for line in found.cases] == [State.PENDING, State.WRITTEN]


async def test_what_was_put_aside_is_listed_as_such_and_waits_for_nobody() -> None:
    """The list said "Waiting for an approval" of what the card called snoozed."""
    bot = with_cases()
    asleep = replace(case(), state=State.PENDING, snoozed=Snooze(at=NOW, by="Kari Holm"))
    bot.cases.put(replace(asleep, key=replace(case().key, value="a@contoso.com")))
    found: CaseList = await ask(bot, "list")
    told: Status = await ask(bot, "status")

    assert found.cases[0].stands == ""
    assert sorted(line.stands for line in found.cases) == ["", "", "Snoozed"]
    assert any("Snoozed; first seen" in line.english() for line in telling.cases(found).lines)
    assert (told.aside, told.cases) == (1, {State.WRITTEN: 1, State.PENDING: 1})


async def test_a_kind_of_case_that_is_none_is_answered_with_those_there_are() -> None:
    found: CaseList = await ask(with_cases(), "list", "urgent")

    assert found.trouble is not None
    assert "pending" in found.trouble.english()


async def test_show_is_the_card_without_anything_to_press() -> None:
    bot = with_cases()
    shown: Case = await ask(bot, "show", case().id.upper())
    _, blocks = draw_answer("case", bot.channel.told[-1].body, full=True)

    assert shown.id == case().id
    assert "action_id" not in repr(blocks)

    unknown: Say = await ask(bot, "show", "c-none")

    assert "There is no case c-none" in unknown.english()


@pytest.mark.parametrize(("text", "there"), [("", True), ("pending", True), ("c35", False)])
async def test_a_reader_hears_that_there_may_be_an_attack_and_not_on_whom(
    text: str, *, there: bool
) -> None:
    """Its card is in a private channel; whoever attacks may be among those who may ask."""
    bot = with_cases()
    attack = case()
    assert attack.diagnosis
    name = Say("AD tried to take over the administrator {name}", {"name": "Ada Admin"})
    alarm = replace(attack.diagnosis, code="C35", title=name, alert=True)
    bot.cases.put(replace(attack, diagnosis=alarm))
    found: CaseList = await ask(bot, "list", text, who=OLA, full=False)
    everything: CaseList = await ask(bot, "list", text)
    shown: Say = await ask(bot, "show", attack.id, who=OLA, full=False)

    assert (attack.id in [line.id for line in found.cases]) is there
    assert "Ada Admin" not in repr(found)
    assert "C35" not in repr(found.cases)
    assert "Ada Admin" in repr(everything)
    assert shown.english() == "A possible attack, told in the private channel for those"


async def test_status_tells_of_polls_cases_and_a_writer_that_takes_nothing_up() -> None:
    bot = Bot()
    await bot.poll()
    await bot.tell(bot.clicked(INGRID))
    waiting, bot.cases.waiting = bot.cases.waiting, []
    bot.clock.forward(minutes=5)
    told: Status = await ask(bot, "status")

    assert (told.last_poll_at, told.waiting) == (bot.clock.now() - timedelta(minutes=5), 1)
    assert told.cases == {State.APPROVED: 1}
    assert "wait for the writer" in repr(telling.status(told))

    bot.cases.waiting = waiting
    await bot.work()
    later: Status = await ask(bot, "status")

    assert later.waiting == 0


@settings(max_examples=examples(60), deadline=None)
@given(st.sampled_from(sorted(COMMANDS)), st.text(max_size=60), st.booleans())
async def test_whatever_is_typed_after_a_command_is_answered_and_can_be_drawn(
    command: str,
    text: str,
    full: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    bot = Bot()
    await ask(bot, command, text, full=full)
    (told,) = bot.channel.told
    said, blocks = draw_answer(told.shape, told.body, full=full)

    assert said
    assert blocks
