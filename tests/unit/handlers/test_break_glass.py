"""In: an emergency, and one approver. Out: what takes two is approved by one, loudly, where the company allows it.
Promise: never without the setting on both sides, a long reason, and somebody whom the value does not concern.
"""

from dataclasses import replace

import pytest

from bot.model import Mode, Risk, State
from tests import builders
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, JOHN, KARI, OLA

WHY = "Payroll runs in ten minutes and nobody else is awake."
DOUBTFUL = "Svc Scanner"


async def doubtful(*, edge: bool = True, writer: bool = True, mode: Mode = Mode.APPLY) -> Bot:
    """An account that holds a role: its address takes two people."""
    bot = Bot(mode=mode, break_glass=edge)
    bot.writer.break_glass = writer
    bot.world.roles[bot.world.person(DOUBTFUL).anchor] = ("Global Reader",)
    await bot.poll()

    assert bot.case.proposals[0].risk is Risk.JUDGE
    return bot


def loud(bot: Bot) -> list[str]:
    said = [m.say.english() for m in bot.case.timeline]
    return [line for line in said if line.startswith("Break glass")]


async def test_one_approver_alone_and_everybody_hears_of_it() -> None:
    bot = await doubtful()
    await bot.click(INGRID, "break_glass", reason=f" {WHY} ")

    assert (bot.state(), len(bot.writer.modifies)) == (State.WRITTEN, 1)
    assert loud(bot) == [f"Break glass: approved alone, without a second person. Reason: {WHY}"]
    [line] = [a for a in bot.cases.audit if a.action == "decision.break_glass"]
    assert line.facts is not None
    assert (line.facts["break_glass"], line.facts["reason"]) == ("one approver", WHY)
    assert bot.case.decision is not None
    assert (bot.case.decision.break_glass, len(bot.case.decision.approvals)) == (True, 1)
    assert "decision.approved" not in bot.actions()


async def test_where_it_is_not_allowed_the_glass_stays_whole() -> None:
    bot = await doubtful(edge=False)
    await bot.click(INGRID, "break_glass", reason=WHY)

    assert (bot.state(), bot.case.agreed) == (State.PENDING, ())
    assert "Approving alone is not allowed here" in bot.answers(INGRID)[-1]


async def test_a_writer_that_does_not_allow_it_writes_nothing() -> None:
    bot = await doubtful(writer=False)
    await bot.click(INGRID, "break_glass", reason=WHY)

    assert (bot.state(), bot.writer.modifies) == (State.REFUSED, [])
    assert "slack.break_glass where the writer runs" in bot.case.timeline[-1].say.english()


@pytest.mark.parametrize("reason", ["", "It is urgent.", " " * 60, "x" * 29])
async def test_a_short_word_is_no_reason_to_be_alone(reason: str) -> None:
    bot = await doubtful()
    await bot.click(INGRID, "break_glass", reason=reason)

    assert (bot.state(), bot.case.decision) == (State.PENDING, None)
    assert "at least 30 characters" in bot.answers(INGRID)[-1]


async def test_never_by_somebody_whom_the_value_concerns_or_who_may_not_approve() -> None:
    bot = await doubtful()
    await bot.click(JOHN, "break_glass", reason=WHY)
    await bot.click(OLA, "break_glass", reason=WHY)

    assert (bot.state(), bot.case.decision) == (State.PENDING, None)
    assert "You hold, gain or lose this value yourself" in bot.answers(JOHN)[-1]
    assert "not on the list of approvers" in bot.answers(OLA)[-1]


async def test_whoever_waits_in_vain_for_a_second_one_may_be_alone() -> None:
    bot = await doubtful()
    await bot.click(INGRID, reason=WHY)
    await bot.click(INGRID, reason=WHY)

    assert "You have approved this already" in bot.answers(INGRID)[-1]

    await bot.click(INGRID, "break_glass", reason=WHY)

    assert (bot.state(), len(loud(bot))) == (State.WRITTEN, 1)


async def test_with_a_first_one_there_nobody_is_alone() -> None:
    bot = await doubtful()
    await bot.click(KARI, reason=WHY)
    await bot.click(INGRID, "break_glass", reason=WHY)

    assert (bot.state(), loud(bot)) == (State.WRITTEN, [])
    assert bot.case.decision is not None
    assert len(bot.case.decision.approvals) == 2


async def test_what_one_person_may_approve_breaks_no_glass() -> None:
    bot = Bot(break_glass=True)
    await bot.poll()
    await bot.click(INGRID, "break_glass", reason=WHY)

    assert bot.case.decision is not None
    assert (bot.case.decision.break_glass, loud(bot)) == (False, [])


async def test_to_put_it_back_takes_two_again() -> None:
    bot = await doubtful()
    await bot.click(INGRID, "break_glass", reason=WHY)
    await bot.click(INGRID, "undo", reason=WHY)

    assert (bot.state(), len(bot.case.agreed)) == (State.WRITTEN, 1)


async def test_in_propose_it_is_as_loud() -> None:
    bot = await doubtful(mode=Mode.PROPOSE)
    await bot.click(INGRID, "break_glass", reason=WHY)

    assert (bot.state(), len(loud(bot))) == (State.APPROVED, 1)


async def test_an_observing_bot_breaks_none() -> None:
    bot = Bot(mode=Mode.OBSERVE, break_glass=True)
    made = builders.case()
    bot.cases.put(replace(made, proposals=(replace(made.proposals[0], risk=Risk.JUDGE),)))
    await bot.click(INGRID, "break_glass", reason=WHY)

    assert bot.case.decision is None
