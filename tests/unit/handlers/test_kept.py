"""In: buttons below an answer, pressed by its asker and by others, in time and too late, in this channel and that.
Out: another page, the answer for everybody there, or a refusal that says why.
Promise: what one person asked is turned over and shared by nobody else, and what everybody sees is no more than they may.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from bot.answers import WhoHas
from bot.events import AnswerClicked, Answered, Asked, Event
from bot.model import Case, Say, SlackUser
from bot.ports import Handle, Kept
from tests.builders import TENANT, VALUE
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, JOHN, KARI, OLA, PEER, reply_to

HERE = "C0DIRSYNC1"
ATTACKS = "C0ATTACKS1"


async def asked(bot: Bot, who: SlackUser, command: str = "whohas", text: str = VALUE) -> str:
    """The id of the answer, which is told by the button."""
    bot.clicks += 1
    event = Asked(
        tenant=TENANT, id=f"q-{bot.clicks}", command=command, text=text, reply_to=reply_to(who)
    )
    await bot.tell(event)
    await bot.work()
    handle = bot.channel.pages[-1]
    return handle.id if handle else ""


def click(
    bot: Bot,
    who: SlackUser,
    answer_id: str,
    action: str = "share",
    *,
    page: int = 0,
    channel: str = HERE,
    late: timedelta = timedelta(),
) -> AnswerClicked:
    bot.clicks += 1
    event = AnswerClicked(
        tenant=TENANT,
        id=f"click-{bot.clicks}",
        answer_id=answer_id,
        action=action,
        page=page,
        reply_to=replace(reply_to(who), channel=channel),
        clicked_at=f"{(bot.clock.now() - late).timestamp():.6f}",
    )
    return replace(event, seal=bot.signer.seal(event.unsealed()))


async def press(
    bot: Bot, who: SlackUser, answer_id: str, action: str = "share", **how: Any
) -> None:
    await bot.tell(click(bot, who, answer_id, action, **how))
    await bot.work()


def audited(bot: Bot, action: str) -> list[dict[str, str]]:
    return [dict(line.facts or {}) for line in bot.cases.audit if line.action == action]


def last_handle(bot: Bot) -> Handle:
    handle = bot.channel.pages[-1]
    assert handle is not None
    return handle


# ---------------------------------------------------------------- what is offered


@pytest.mark.parametrize(
    ("command", "text", "who", "may_share"),
    [
        ("whohas", VALUE, INGRID, True),
        ("check", VALUE, INGRID, True),
        ("calculate", VALUE, INGRID, True),
        ("free", "new@contoso.com", INGRID, True),
        ("softmatch", VALUE, INGRID, True),
        ("explain", f"[ProxyAddresses SMTP:{VALUE};]", INGRID, True),
        ("list", "", INGRID, True),
        ("status", "", INGRID, True),
        ("whohas", VALUE, OLA, False),
        ("status", "", OLA, False),
        ("whohas", "one two three", INGRID, False),
        ("help", "", INGRID, False),
    ],
)
async def test_approvers_are_offered_to_share_what_can_help_others(
    command: str, text: str, who: SlackUser, *, may_share: bool
) -> None:
    bot = Bot()
    await asked(bot, who, command, text)

    assert last_handle(bot).may_share is may_share


async def test_a_sentence_and_a_case_file_are_not_kept() -> None:
    bot = Bot()
    await bot.poll()
    await asked(bot, INGRID, "nonsense")
    await asked(bot, INGRID, "bundle", bot.case.id)

    assert bot.channel.pages == [None, None]
    assert bot.answers_kept.stored == {}


async def test_the_same_answer_told_twice_is_kept_once() -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    kept = await bot.answers_kept.kept(answer_id)
    assert kept is not None
    again = Answered(
        tenant=TENANT,
        id=answer_id,
        shape=kept.shape,
        body=kept.body,
        reply_to=reply_to(INGRID),
        full=kept.full,
        open=kept.open,
    )
    await bot.tell(again)

    assert list(bot.answers_kept.stored) == [answer_id]


# ---------------------------------------------------------------- shared


async def test_an_approver_shows_it_to_everybody_there_and_is_told_so() -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    await press(bot, INGRID, answer_id)
    [(shape, body, channel, by)] = bot.channel.announced

    assert (shape, channel, by) == ("whohas", HERE, INGRID.user)
    assert msgspec.json.decode(body, type=WhoHas).value == VALUE
    assert last_handle(bot) == Handle(id=answer_id, may_share=True, shared=True, replaces=True)
    assert audited(bot, "answer.shared") == [
        {"answer": answer_id, "shape": "whohas", "channel": HERE}
    ]


async def test_what_only_full_readers_may_see_stays_behind() -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    await press(bot, INGRID, answer_id)
    mine = bot.channel.told[0].body
    [(_, body, _, _)] = bot.channel.announced
    for_all = msgspec.json.decode(body, type=WhoHas)

    assert "DC=contoso" in mine
    assert "DC=contoso" not in body
    assert [h.ad.dn for h in for_all.holders if h.ad] == ["" for h in for_all.holders if h.ad]
    assert "they are shown to full readers only" in [gap.why for gap in for_all.gaps]


async def test_the_second_press_shares_nothing_and_says_so() -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    await press(bot, INGRID, answer_id)
    await press(bot, INGRID, answer_id)

    assert len(bot.channel.announced) == 1
    assert bot.answers(INGRID) == ["This is shown to everybody here already."]


async def test_two_presses_at_once_are_one() -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    both = [click(bot, INGRID, answer_id), click(bot, INGRID, answer_id)]
    for event in both:
        await bot.tell(event)
    await bot.work()

    assert len(bot.channel.announced) == 1


async def test_a_press_whose_commit_was_lost_is_taken_again_and_not_refused() -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    event = click(bot, INGRID, answer_id)
    await bot.handle(event)  # and the process died
    await bot.tell(event)
    await bot.work()

    assert len(bot.channel.announced) == 1
    assert bot.answers(INGRID) == []


async def test_a_channel_that_slack_does_not_let_the_bot_post_to_is_told_and_can_be_tried_again() -> (
    None
):
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    bot.channel.closed = Say("The bot is not in this channel.")
    await press(bot, INGRID, answer_id)
    told = bot.answers(INGRID)
    bot.channel.closed = None
    await press(bot, INGRID, answer_id)

    assert told == ["The bot is not in this channel."]
    assert len(bot.channel.announced) == 1
    assert last_handle(bot).shared
    assert [facts["channel"] for facts in audited(bot, "answer.not_posted")] == [HERE]


# ---------------------------------------------------------------- who, and when


async def refused(bot: Bot, who: SlackUser, event: Event) -> list[str]:
    before = (len(bot.channel.announced), len(bot.channel.pages))
    await bot.tell(event)
    await bot.work()
    after = (len(bot.channel.announced), len(bot.channel.pages))

    assert after == (before[0], before[1] + 1)
    assert bot.channel.pages[-1] is None
    assert bot.answers_kept.shared == {}
    return bot.answers(who)


@pytest.mark.parametrize("who", [KARI, OLA, PEER])
@pytest.mark.parametrize("action", ["page", "share"])
async def test_nobody_turns_over_or_shares_what_somebody_else_asked(
    who: SlackUser, action: str
) -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)

    assert await refused(bot, who, click(bot, who, answer_id, action)) == [
        "Somebody else has asked this. Ask it yourself."
    ]
    assert [f["why"] for f in audited(bot, "answer.refused")] == ["not-yours"]


async def test_a_reader_does_not_share_though_the_button_was_made_up() -> None:
    bot = Bot()
    answer_id = await asked(bot, OLA)

    [said] = await refused(bot, OLA, click(bot, OLA, answer_id))
    assert "not on the list of approvers" in said


async def test_who_is_no_approver_any_more_shares_nothing() -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    bot.people.approvers.discard(INGRID)

    [said] = await refused(bot, INGRID, click(bot, INGRID, answer_id))
    assert "not on the list of approvers" in said


async def test_who_may_not_ask_any_more_turns_nothing_over() -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    bot.people.approvers.discard(INGRID)

    assert await refused(bot, INGRID, click(bot, INGRID, answer_id, "page")) == [
        "You may not ask this bot."
    ]


async def test_who_is_no_full_reader_any_more_does_not_get_the_rest_of_a_full_answer() -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    bot.people.approvers.discard(INGRID)
    bot.people.readers.add(INGRID)

    assert await refused(bot, INGRID, click(bot, INGRID, answer_id, "page")) == [
        "You may not see all of this answer any more. Ask again."
    ]


@pytest.mark.parametrize("action", ["page", "share"])
async def test_after_half_an_hour_the_question_is_asked_again(action: str) -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    bot.answers_kept.stored.clear()  # as Redis forgets it

    [said] = await refused(bot, INGRID, click(bot, INGRID, answer_id, action))
    assert said.endswith("Ask again.")


async def test_an_answer_that_ends_between_the_click_and_the_page_is_told_so() -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    await bot.tell(click(bot, INGRID, answer_id, "page", page=1))
    bot.answers_kept.stored.clear()
    await bot.work()

    [said] = bot.answers(INGRID)
    assert said.endswith("Ask again.")


async def test_a_press_that_was_kept_back_shares_nothing() -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    late = click(bot, INGRID, answer_id, late=timedelta(minutes=16))

    [said] = await refused(bot, INGRID, late)
    assert "too late" in said


async def test_a_click_that_redis_made_up_is_not_believed() -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    forged = replace(click(bot, INGRID, answer_id), seal="x")

    [said] = await refused(bot, INGRID, forged)
    assert "did not come from Slack" in said


@pytest.mark.parametrize("change", [{"owner": INGRID}, {"open": '{"msgid":"Pay here"}'}])
async def test_an_answer_that_redis_made_up_is_not_shown(change: dict[str, Any]) -> None:
    bot = Bot()
    answer_id = await asked(bot, JOHN)
    kept: Kept | None = await bot.answers_kept.kept(answer_id)
    assert kept is not None
    await bot.answers_kept.keep(answer_id, replace(kept, **change))
    who = change.get("owner", JOHN)

    [said] = await refused(bot, who, click(bot, who, answer_id))
    assert said.endswith("Ask again.")


async def test_no_answer_stands_in_for_another_of_the_same_person() -> None:
    bot = Bot()
    one, other = await asked(bot, INGRID), await asked(bot, INGRID, "status", "")
    bot.answers_kept.stored[other] = bot.answers_kept.stored[one]

    [said] = await refused(bot, INGRID, click(bot, INGRID, other))
    assert said.endswith("Ask again.")


async def test_a_button_of_another_version_is_told_so() -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)

    assert await refused(bot, INGRID, click(bot, INGRID, answer_id, "print")) == [
        "This button is from another version of the bot."
    ]


# ---------------------------------------------------------------- where


async def test_in_a_channel_that_others_read_too_nothing_is_shared() -> None:
    bot = Bot()
    bot.people.shared.add(HERE)
    answer_id = await asked(bot, INGRID)

    assert await refused(bot, INGRID, click(bot, INGRID, answer_id)) == ["This channel is shared."]


async def alarming(bot: Bot) -> str:
    """An answer about a case that may be an attack."""
    await bot.poll()
    case: Case = bot.case
    assert case.diagnosis is not None
    attack = replace(case, diagnosis=replace(case.diagnosis, alert=True))
    bot.cases.put(attack)
    return await asked(bot, INGRID, "show", case.id)


async def test_a_possible_attack_is_not_shown_where_whoever_attacks_may_read() -> None:
    bot = Bot()
    answer_id = await alarming(bot)

    [said] = await refused(bot, INGRID, click(bot, INGRID, answer_id))
    assert "possible attack" in said


async def test_a_list_with_a_possible_attack_in_it_is_not_shown_either() -> None:
    bot = Bot()
    await alarming(bot)
    answer_id = await asked(bot, INGRID, "list", "")

    [said] = await refused(bot, INGRID, click(bot, INGRID, answer_id))
    assert "possible attack" in said


async def test_in_the_private_channel_for_attacks_it_is_shown() -> None:
    bot = Bot()
    bot.channel.secret.add(ATTACKS)
    answer_id = await alarming(bot)
    await press(bot, INGRID, answer_id, channel=ATTACKS)

    assert [(shape, channel) for shape, _, channel, _ in bot.channel.announced] == [
        ("case", ATTACKS)
    ]


async def test_it_is_shown_where_the_button_was_pressed() -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    await press(bot, INGRID, answer_id, channel="C0HELPDESK")

    assert [channel for _, _, channel, _ in bot.channel.announced] == ["C0HELPDESK"]


# ---------------------------------------------------------------- turned over


async def test_another_page_stands_in_the_place_of_the_one_before() -> None:
    bot = Bot()
    answer_id = await asked(bot, OLA)
    await press(bot, OLA, answer_id, "page", page=1)
    first, second = bot.channel.told

    assert (second.shape, second.body, second.full) == (first.shape, first.body, first.full)
    assert last_handle(bot) == Handle(id=answer_id, page=1, replaces=True)


async def test_a_page_turned_after_sharing_does_not_offer_it_again() -> None:
    bot = Bot()
    answer_id = await asked(bot, INGRID)
    await press(bot, INGRID, answer_id)
    await press(bot, INGRID, answer_id, "page", page=1)

    assert last_handle(bot).shared


# ---------------------------------------------------------------- what everybody may see of each kind


@pytest.mark.parametrize(
    "command", ["whohas", "check", "softmatch", "free", "calculate", "explain"]
)
@pytest.mark.parametrize("in_bin", [False, True])
async def test_what_is_shared_is_what_a_reader_would_have_been_told(
    command: str, *, in_bin: bool
) -> None:
    """A name that only a recycle bin holds, a DN, a role: none of it leaves by the back door."""
    text = f"[ProxyAddresses SMTP:{VALUE};]" if command == "explain" else VALUE
    bot = Bot()
    bot.world.roles["John Doe"] = ("Global Reader",)
    if in_bin:
        bot.world.edit("Svc Scanner", deleted=True)
    answer_id = await asked(bot, INGRID, command, text)
    await asked(bot, OLA, command, text)
    await press(bot, INGRID, answer_id)
    for_reader = bot.channel.told[1]
    [(shape, body, _, _)] = bot.channel.announced

    assert (shape, msgspec.json.decode(body)) == (
        for_reader.shape,
        msgspec.json.decode(for_reader.body),
    )
