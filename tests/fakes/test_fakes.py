"""In: the fakes. Out: that they are ports to mypy, and as strict as what they stand for."""

from dataclasses import replace

import pytest

from bot.errors import Moved, Refused, Unreachable
from bot.model import SlackUser, State, WriteResult
from bot.ports import (
    AdReader,
    Approvers,
    Cases,
    Channel,
    Clock,
    Cloud,
    ErrorSource,
    Journal,
    People,
    Result,
    Signer,
    StepWriter,
    SyncTrigger,
)
from tests import builders
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, OLA, PEER
from tests.fakes.world import everyday
from tests.fakes.writer import Fault

SCANNER = "Svc Scanner"
EXTRA = f"smtp:{builders.VALUE}"


def test_each_fake_is_the_port_it_stands_for() -> None:
    bot = Bot()
    clock: Clock = bot.clock
    cases: Cases = bot.cases
    journal: Journal = bot.journal
    directories: tuple[AdReader, Cloud, ErrorSource, StepWriter] = (
        bot.ad,
        bot.cloud,
        bot.source,
        bot.writer,
    )
    people: tuple[People, Approvers, Signer] = (bot.people, bot.approvers, bot.signer)
    around: tuple[Channel, SyncTrigger] = (bot.channel, bot.sync)

    assert all((clock, cases, journal, *directories, *people, *around))


def test_entra_takes_the_value_from_whoever_comes_second() -> None:
    world = everyday()

    assert [e.object_name for e in world.errors()] == [SCANNER]
    assert EXTRA not in world.account(SCANNER).proxy_addresses
    assert f"SMTP:{builders.VALUE}" in world.account("John Doe").proxy_addresses


def test_an_error_outlives_the_sync_that_settles_it_until_the_clean_up() -> None:
    world = everyday()
    world.edit(SCANNER, proxy_addresses=("SMTP:svc.scanner@contoso.com",))
    world.sync()

    assert len(world.errors()) == 1

    world.sweep()

    assert world.errors() == ()


def test_a_clean_up_leaves_an_error_that_still_stands() -> None:
    world = everyday()
    world.sync()
    world.sweep()

    assert len(world.errors()) == 1


def test_a_value_that_was_let_go_comes_to_the_other_one() -> None:
    world = everyday()
    world.edit("John Doe", proxy_addresses=("SMTP:john.d@contoso.com",))
    world.sync()

    assert EXTRA in world.account(SCANNER).proxy_addresses


def test_a_stopped_sync_carries_nothing_over() -> None:
    world = everyday()
    world.stop_sync()
    world.edit(SCANNER, proxy_addresses=())
    before = world.account(SCANNER)
    world.sync()

    assert world.account(SCANNER) == before


async def approved(bot: Bot) -> None:
    """A signed decision, and an intent in the journal."""
    await bot.poll()
    await bot.tell(bot.clicked(INGRID))
    bot.cases.waiting.clear()
    case = bot.case
    assert case.decision is not None
    await bot.journal.intend(case.decision, case.proposals[0])


async def test_the_writer_deletes_exact_values_or_nothing() -> None:
    bot = Bot()
    await approved(bot)
    assert bot.case.decision is not None
    bot.world.edit(SCANNER, proxy_addresses=("smtp:John@Contoso.com",))
    receipt = await bot.writer.write(bot.case.decision, bot.case.proposals[0], 0)

    assert receipt.result is WriteResult.STALE
    assert bot.world.person(SCANNER).proxy_addresses == ("smtp:John@Contoso.com",)


async def test_the_writer_refuses_what_nobody_signed_and_what_is_too_late() -> None:
    bot = Bot()
    await approved(bot)
    case = bot.case
    assert case.decision is not None
    forged = replace(case.decision, reason="because")
    results = [(await bot.writer.write(forged, case.proposals[0], 0)).result]
    bot.clock.forward(minutes=15, seconds=1)
    results.append((await bot.writer.write(case.decision, case.proposals[0], 0)).result)

    assert results == [WriteResult.REFUSED, WriteResult.REFUSED]
    assert bot.writer.modifies == []


@pytest.mark.parametrize(
    ("fault", "modifies", "settled"),
    [(Fault.LOST_BEFORE, 0, WriteResult.STALE), (Fault.LOST_AFTER, 1, WriteResult.WRITTEN)],
)
async def test_a_lost_answer_is_unknown_and_a_look_tells(
    fault: Fault, modifies: int, settled: WriteResult
) -> None:
    bot = Bot()
    await approved(bot)
    case = bot.case
    assert case.decision is not None
    bot.writer.fault = fault
    receipt = await bot.writer.write(case.decision, case.proposals[0], 0)

    assert receipt.result is WriteResult.UNKNOWN
    assert len(bot.writer.modifies) == modifies
    assert (await bot.writer.settle(case.proposals[0], 0)).result is settled


async def test_the_journal_takes_a_proposal_once_and_no_receipt_without_it() -> None:
    bot = Bot()
    await approved(bot)
    case = bot.case
    assert case.decision is not None

    with pytest.raises(Refused):
        await bot.journal.intend(case.decision, case.proposals[0])
    with pytest.raises(Refused):
        await bot.journal.record(builders.receipt(case, proposal_id="p-other"))
    assert await bot.journal.receipts("p-other") is None
    assert await bot.journal.writes_since(bot.clock.now()) == 0


async def test_a_case_made_from_an_older_version_is_not_stored() -> None:
    bot = Bot()
    await bot.poll()
    read = bot.case
    event = bot.clicked(INGRID)
    bot.cases.commit(Result(event=event, case=read))

    with pytest.raises(Moved):
        bot.cases.commit(Result(event=event, case=read))
    with pytest.raises(ValueError, match="cannot go from pending to verified"):
        bot.cases.commit(Result(event=event, case=replace(bot.case, state=State.VERIFIED)))


@pytest.mark.parametrize("side", ["ad_away", "entra_away"])
async def test_a_side_that_is_away_says_so(side: str) -> None:
    bot = Bot()
    setattr(bot.world, side, True)
    asked = bot.ad.holders([]) if side == "ad_away" else bot.cloud.facts()

    with pytest.raises(Unreachable):
        await asked


@pytest.mark.parametrize(
    ("who", "expected"), [(INGRID, (True, True)), (OLA, (False, True)), (PEER, (False, False))]
)
async def test_people_may_what_they_are_listed_for(
    who: SlackUser, expected: tuple[bool, bool]
) -> None:
    bot = Bot()
    approve = await bot.people.may_approve(who, builders.case().proposals[0])
    ask = await bot.people.may_ask(who)

    assert expected == (hasattr(approve, "entra_id"), hasattr(ask, "entra_id"))
