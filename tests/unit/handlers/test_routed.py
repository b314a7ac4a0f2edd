"""In: cases whose route names some of the approvers, and channels that others read too. Out: who decides there.
Promise: a route takes rights away at the click and again at the write; nothing is decided where strangers read along.
"""

from dataclasses import replace

import pytest

from bot.entra.approvers import ListedApprovers
from bot.model import Case, Decision, Refusal, State
from bot.triage.routing import Row, Table
from tests.builders import cloud_id_of
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, KARI
from tests.fakes.world import everyday

SHARED = "C0DIRSYNC1"  # where `reply_to` of the fakes is


@pytest.fixture
async def bot() -> Bot:
    made = Bot()
    await made.poll()
    return made


async def test_an_approver_of_another_route_is_told_so(bot: Bot) -> None:
    bot.people.of_case[bot.case.id] = {KARI}
    await bot.click(INGRID)

    assert bot.state() is State.PENDING
    assert bot.answers(INGRID) == ["The route of this case names others."]

    await bot.click(KARI)

    assert bot.state() is State.WRITTEN


async def test_a_route_that_changed_between_click_and_write_stops_the_write(bot: Bot) -> None:
    click = bot.clicked(INGRID)
    await bot.tell(click)
    bot.people.of_case[bot.case.id] = {KARI}
    await bot.work()

    assert (bot.state(), bot.writer.modifies) == (State.REFUSED, [])


@pytest.mark.parametrize("action", ["approve", "reject", "undo"])
async def test_nothing_is_decided_in_a_shared_channel(bot: Bot, action: str) -> None:
    if action == "undo":
        await bot.click(INGRID)
    before = bot.state()
    bot.people.shared.add(SHARED)
    await bot.click(INGRID, action)

    assert bot.state() is before
    assert bot.answers(INGRID)[-1] == "This channel is shared."


async def test_nor_beside_the_state(bot: Bot) -> None:
    bot.people.shared.add(SHARED)
    await bot.aside(INGRID, "assign")

    assert (bot.case.owner, bot.answers(INGRID)[-1]) == (None, "This channel is shared.")


# ---------------------------------------------------------------- the writer's own look at the table

LISTED = {
    who.user: cloud_id_of(name) for who, name in ((INGRID, "Ingrid Berg"), (KARI, "Kari Holm"))
}


def approvers(*named: str, domain: str = "contoso.com") -> ListedApprovers:
    row = Row(number=1, domains=(domain,), channel="C0ROW00001", approvers=frozenset(named))
    table = Table(rows=(row,), rest=Row(number=2, channel="C0REST0001"), approvers=tuple(LISTED))
    return ListedApprovers(LISTED, Bot(world=everyday()).cloud, table)


async def approved() -> tuple[Decision, Case]:
    bot = Bot()
    await bot.poll()
    await bot.tell(bot.clicked(INGRID))
    assert bot.case.decision
    return bot.case.decision, bot.case


async def code(listed: ListedApprovers, of: Case | None = None) -> str:
    decision, case_ = await approved()
    answer = await listed.still_valid(decision, of or case_)
    return answer.code if isinstance(answer, Refusal) else "valid"


async def test_the_writer_reads_the_table_itself() -> None:
    assert await code(approvers(KARI.user, domain="contoso.com")) == "other-route"
    assert await code(approvers(INGRID.user)) != "other-route"
    assert await code(approvers(KARI.user, domain="fabrikam.com")) != "other-route"


async def test_a_table_that_names_a_stranger_gives_them_nothing() -> None:
    """The settings refuse it; and if they did not, the list of approvers would."""
    decision, case_ = await approved()
    stranger = replace(decision.approvals[0], slack_user="U0PEER0001", entra_id="e")
    forged = replace(decision, approvals=(stranger,))
    answer = await approvers("U0PEER0001").still_valid(forged, case_)

    assert isinstance(answer, Refusal)
    assert answer.code == "not-an-approver"
