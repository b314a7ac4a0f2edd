"""In: people who want the bot to stop writing, or to go on; writes that go wrong. Out: the switch, and what it holds back.
Promise: while it is paused nothing reaches a directory; one person cannot end it; whoever asks is answered.
"""

from dataclasses import replace

import msgspec
import pytest

from bot.events import CaseChanged, FixApproved, Switched, WriteDue
from bot.model import Approval, Say, SlackUser, State
from bot.triage import pause
from tests.builders import TENANT, case, key
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, JOHN, KARI, OLA, PEER, reply_to
from tests.fakes.writer import Fault


def wish(
    bot: Bot, who: SlackUser, action: str, *, pause_id: str = "", reason: str = ""
) -> Switched:
    bot.clicks += 1
    event = Switched(
        tenant=TENANT,
        id=f"switch-{bot.clicks}",
        action=action,
        reply_to=reply_to(who),
        clicked_at=f"{bot.clock.now().timestamp():.6f}",
        pause_id=pause_id,
        reason=reason,
    )
    return replace(event, seal=bot.signer.seal(event.unsealed()))


async def switch(bot: Bot, who: SlackUser, action: str, **more: str) -> None:
    await bot.tell(wish(bot, who, action, **more))
    await bot.work()


def aloud(bot: Bot) -> list[str]:
    return [
        msgspec.json.decode(body, type=Say).english() for _, body, _, _ in bot.channel.announced
    ]


async def waiting() -> Bot:
    bot = Bot()
    await bot.poll()

    assert bot.state() is State.PENDING
    return bot


async def test_a_reader_pauses_and_an_approval_is_refused_with_the_reason() -> None:
    bot = await waiting()
    await switch(bot, OLA, "pause", reason="We restore a DC.")
    await bot.click(INGRID)

    assert (bot.state(), bot.writer.modifies) == (State.PENDING, [])
    assert "by Ola Lund, because: We restore a DC." in bot.answers(INGRID)[-1]
    assert bot.answers(OLA) == ["Paused: nothing is written until two approvers resume."]
    assert "by Ola Lund" in aloud(bot)[0]
    assert bot.actions()[-2:] == ["pause.set", "decision.refused"]
    assert bot.channel.shown.count(bot.case.id) >= 2


@pytest.mark.parametrize("damage", [('"schema":', '"schema":9'), ('"key":', '"kay":')])
async def test_a_case_that_cannot_be_read_keeps_nobody_from_stopping_the_bot(
    damage: tuple[str, str],
) -> None:
    """The first is what a newer version leaves behind when it is taken back."""
    bot = await waiting()
    other = bot.cases.put(replace(bot.case, key=key(value="other@contoso.com")))
    text = bot.cases.stored[other.id]
    bot.cases.stored[other.id] = text.replace(*damage, 1)
    assert bot.cases.stored[other.id] != text

    result = await bot.tell(wish(bot, OLA, "pause"))
    redrawn = [e.case_id for e in result.follow if isinstance(e, CaseChanged)]

    assert pause.read(bot.cases.noted)
    assert len(redrawn) == 1


async def test_a_card_can_still_be_rejected_and_looked_at_while_it_is_paused() -> None:
    bot = await waiting()
    await switch(bot, OLA, "pause")
    await bot.click(INGRID, "reject")

    assert bot.state() is State.REJECTED


@pytest.mark.parametrize("step", [FixApproved, WriteDue])
async def test_what_was_approved_before_the_pause_is_not_written(
    step: type[FixApproved | WriteDue],
) -> None:
    bot = await waiting()
    await bot.tell(bot.clicked(INGRID))
    while not any(isinstance(e, step) for e in bot.cases.waiting):
        await bot.tell(bot.cases.waiting.pop(0))
    await bot.tell(wish(bot, OLA, "pause"))
    await bot.work()

    assert (bot.state(), bot.writer.modifies, bot.journal.intents) == (State.REFUSED, [], {})
    assert "Not written: writing is paused" in bot.case.timeline[-1].say.english()


async def test_the_writer_reads_the_switch_after_its_last_look_at_the_directories() -> None:
    """The pause came while both sides were read once more."""
    bot = await waiting()
    await bot.tell(bot.clicked(INGRID))
    reads = bot.writer.read

    async def meanwhile(step: object) -> object:
        await bot.tell(wish(bot, OLA, "pause"))
        return await reads(step)  # type: ignore[arg-type]

    bot.writer.read = meanwhile  # type: ignore[method-assign, assignment]
    await bot.work()

    assert (bot.state(), bot.writer.modifies) == (State.REFUSED, [])


async def test_an_undo_waits_for_the_end_of_the_pause_too() -> None:
    bot = await waiting()
    await bot.click(INGRID)
    await switch(bot, OLA, "pause")
    await bot.click(INGRID, "undo")

    assert (bot.state(), len(bot.writer.modifies)) == (State.WRITTEN, 1)
    assert "Nothing was approved: writing is paused" in bot.answers(INGRID)[-1]


async def test_going_on_takes_two_different_approvers() -> None:
    bot = await waiting()
    await switch(bot, OLA, "pause")
    await switch(bot, OLA, "resume")
    await switch(bot, INGRID, "resume")
    await switch(bot, INGRID, "resume")
    await bot.click(INGRID)

    assert bot.writer.modifies == []
    assert "You have asked for that already" in bot.answers(INGRID)[1]

    await switch(bot, KARI, "resume")
    await bot.click(INGRID)

    assert (bot.state(), len(bot.writer.modifies)) == (State.WRITTEN, 1)
    assert aloud(bot)[-1] == "Writing goes on: Ingrid Berg and Kari Holm want it so."
    assert "pause.lifted" in bot.actions()


async def test_two_slack_accounts_of_one_person_are_one_person() -> None:
    bot = await waiting()
    bot.people.same[KARI] = "Ingrid Berg"
    await switch(bot, OLA, "pause")
    await switch(bot, INGRID, "resume")
    await switch(bot, KARI, "resume")

    assert pause.MARK in bot.cases.noted


async def test_who_is_no_approver_any_more_does_not_count_as_the_first() -> None:
    bot = await waiting()
    await switch(bot, OLA, "pause")
    await switch(bot, INGRID, "resume")
    bot.people.approvers.discard(INGRID)
    await switch(bot, KARI, "resume")

    paused = pause.read(bot.cases.noted)
    assert paused is not None
    assert paused.lifting is not None
    assert paused.lifting.name == "Kari Holm"


async def test_a_new_pause_is_not_lifted_by_the_half_of_an_older_one() -> None:
    bot = await waiting()
    await switch(bot, OLA, "pause")
    old = pause.read(bot.cases.noted)
    assert old is not None
    await switch(bot, INGRID, "resume")
    await switch(bot, JOHN, "pause", reason="No, wait.")
    await switch(bot, KARI, "resume", pause_id=old.id)

    assert "That was another pause." in bot.answers(KARI)[-1]

    await switch(bot, KARI, "resume")
    now = pause.read(bot.cases.noted)

    assert now is not None
    assert isinstance(now.lifting, Approval)


async def test_two_who_resume_in_the_same_instant_are_two() -> None:
    bot = await waiting()
    await switch(bot, OLA, "pause")
    first, second = wish(bot, INGRID, "resume"), wish(bot, KARI, "resume")
    late = await bot.handle(second)
    await bot.tell(first)

    assert late.relies != {pause.MARK: bot.cases.noted[pause.MARK]}

    await bot.tell(second)

    assert pause.MARK not in bot.cases.noted


@pytest.mark.parametrize("action", ["pause", "resume"])
async def test_a_stranger_and_a_forger_change_nothing(action: str) -> None:
    bot = Bot()
    if action == "resume":
        await switch(bot, OLA, "pause")
    before = dict(bot.cases.noted)
    await switch(bot, PEER, action)
    await bot.tell(replace(wish(bot, INGRID, action), seal="forged"))
    await bot.work()

    assert bot.cases.noted == before
    assert len(bot.answers(PEER)) == 1
    assert "did not come from Slack" in bot.answers(INGRID)[0]


async def test_resume_where_nothing_is_paused_says_so() -> None:
    bot = Bot()
    await switch(bot, INGRID, "resume")

    assert bot.answers(INGRID) == ["Writing is not paused."]


async def test_a_mark_that_nobody_can_read_is_a_pause_that_two_people_end() -> None:
    bot = await waiting()
    bot.cases.noted[pause.MARK] = "{broken"
    await bot.click(INGRID)

    assert "cannot be read" in bot.answers(INGRID)[-1]

    await switch(bot, INGRID, "resume")
    await switch(bot, KARI, "resume")
    await bot.click(INGRID)

    assert bot.state() is State.WRITTEN


# ---------------------------------------------------------------- by itself


async def went_wrong_before(bot: Bot) -> None:
    """One write of another case, the last one there was."""
    bot.cases.noted[pause.BAD] = '[["p-other","c-other"]]'


async def test_two_writes_in_a_row_whose_answers_are_lost_pause_the_bot_aloud() -> None:
    bot = await waiting()
    await went_wrong_before(bot)
    bot.writer.fault = Fault.LOST_AFTER
    await bot.click(INGRID)
    paused = pause.read(bot.cases.noted)

    assert paused is not None
    assert (paused.by, paused.cases) == ("", ("c-other", bot.case.id))
    assert "The bot has paused itself" in aloud(bot)[0]
    assert bot.case.timeline[-1].broadcast
    assert "pause.set" in bot.actions()


async def test_one_write_that_goes_wrong_is_no_reason_and_counts_once() -> None:
    bot = await waiting()
    bot.writer.fault = Fault.LOST_BEFORE
    await bot.click(INGRID)

    assert pause.MARK not in bot.cases.noted
    assert len(pause.bad_writes(bot.cases.noted)) == 1

    bot.writer.fault = Fault.NONE
    await bot.wait(minutes=3)

    assert pause.MARK not in bot.cases.noted


async def test_an_answer_that_was_lost_and_found_does_not_count_any_more() -> None:
    bot = await waiting()
    bot.writer.fault = Fault.LOST_AFTER
    await bot.click(INGRID)
    bot.writer.fault = Fault.NONE
    await bot.wait(minutes=3)

    assert bot.state() is State.WRITTEN
    assert pause.bad_writes(bot.cases.noted) == ()


async def test_what_entra_does_not_confirm_in_time_counts_too() -> None:
    bot = await waiting()
    await went_wrong_before(bot)
    await bot.click(INGRID)

    assert pause.MARK not in bot.cases.noted

    await bot.wait(hours=5)

    assert bot.state() is State.OVERDUE
    assert pause.MARK in bot.cases.noted


async def test_a_change_that_entra_confirms_begins_the_row_anew() -> None:
    bot = await waiting()
    await went_wrong_before(bot)
    await bot.click(INGRID)
    bot.world.sync()
    bot.world.sweep()
    await bot.wait(minutes=5)

    assert bot.state() is State.VERIFIED
    assert pause.bad_writes(bot.cases.noted) == ()


async def test_cards_that_nobody_can_act_on_are_not_drawn_again() -> None:
    bot = Bot()
    bot.cases.put(replace(case(), state=State.WRITTEN))
    await switch(bot, OLA, "pause")

    assert bot.channel.shown == []


async def test_however_often_somebody_pauses_the_channel_hears_it_once() -> None:
    bot = await waiting()
    for _ in range(20):
        await switch(bot, OLA, "pause", reason="We restore a DC.")

    assert len(aloud(bot)) == 1
    assert len(bot.answers(OLA)) == 20

    await switch(bot, INGRID, "resume")
    await switch(bot, OLA, "pause", reason="Not yet!")

    assert aloud(bot)[-1].endswith("Two approvers end it with /dirsync resume.")
    assert "Not yet!" in aloud(bot)[-1]
