"""In: writes that begin, end, fail and overlap. Out: which of them were begun.
Promise: no step twice, never one more than the caps allow, on whichever side it writes.
"""

import asyncio

import pytest

from bot.errors import Unreachable
from bot.model import Proposal, Receipt, Say, WriteResult
from bot.quota import Caps, Quota
from tests.fakes.clock import HandClock
from tests.fakes.writer import MemoryJournal
from tests.unit.approvals import decision, proposal

CLOCK = HandClock()


def receipt(about: Proposal, result: WriteResult) -> Receipt:
    return Receipt(proposal_id=about.id, step=0, result=result, dc="", at=CLOCK.now())


async def begun(
    quota: Quota, about: Proposal, result: WriteResult = WriteResult.WRITTEN
) -> Receipt | Say:
    async def write() -> Receipt:
        await asyncio.sleep(0)
        return receipt(about, result)

    return await quota.counted(about, 0, write)


async def intended(journal: MemoryJournal, *names: str) -> list[Proposal]:
    made = [proposal(id=name) for name in names]
    for each in made:
        await journal.intend(decision(each), each)
    return made


def told(came_to: Receipt | Say) -> str:
    return came_to.english() if isinstance(came_to, Say) else str(came_to.result)


async def test_nothing_is_begun_without_an_intent() -> None:
    quota = Quota(journal=MemoryJournal(), clock=CLOCK)

    said = told(await begun(quota, proposal()))

    assert said == "The journal has no intent for this: nothing is written without one."


async def test_a_step_is_not_written_twice_before_and_after_its_receipt_is_recorded() -> None:
    journal = MemoryJournal()
    quota = Quota(journal=journal, clock=CLOCK)
    (about,) = await intended(journal, "p-1")

    first, at_once = await asyncio.gather(begun(quota, about), begun(quota, about))
    unrecorded = await begun(quota, about)
    await journal.record(receipt(about, WriteResult.WRITTEN))
    recorded = await begun(quota, about)

    again = "The journal says that this was written before; it is never written twice."
    assert [told(each) for each in (first, at_once, unrecorded, recorded)] == [
        "written",
        again,
        again,
        again,
    ]


async def test_of_many_at_once_only_as_many_as_the_cap_allows() -> None:
    journal = MemoryJournal()
    quota = Quota(journal=journal, clock=CLOCK, caps=Caps(per_hour=2, per_day=100))
    several = await intended(journal, *(f"p-{n}" for n in range(5)))

    ended = [told(each) for each in await asyncio.gather(*(begun(quota, p) for p in several))]

    refused = "The cap of 2 objects an hour is reached. Approve again later, or raise the cap."
    assert sorted(ended) == [*[refused] * 3, "written", "written"]


@pytest.mark.parametrize(
    ("result", "again"),
    [
        (WriteResult.WRITTEN, False),
        (WriteResult.UNKNOWN, False),
        (WriteResult.ALREADY, True),
        (WriteResult.STALE, True),
        (WriteResult.REFUSED, True),
    ],
)
async def test_only_what_may_have_been_written_counts(result: WriteResult, again: bool) -> None:  # noqa: FBT001 -- a case of the table
    journal = MemoryJournal()
    quota = Quota(journal=journal, clock=CLOCK, caps=Caps(per_hour=1, per_day=1))
    one, other = await intended(journal, "p-1", "p-2")

    await begun(quota, one, result)
    second = await begun(quota, other)

    assert isinstance(second, Receipt) is again


async def test_a_write_that_could_not_be_sent_leaves_its_place_to_the_next() -> None:
    journal = MemoryJournal()
    quota = Quota(journal=journal, clock=CLOCK, caps=Caps(per_hour=1, per_day=1))
    one, other = await intended(journal, "p-1", "p-2")

    async def away() -> Receipt:
        raise Unreachable("Entra", "away")

    with pytest.raises(Unreachable):
        await quota.counted(one, 0, away)

    assert told(await begun(quota, other)) == "written"


async def test_a_day_has_a_cap_of_its_own_and_ends() -> None:
    clock = HandClock()
    journal = MemoryJournal()
    quota = Quota(journal=journal, clock=clock, caps=Caps(per_hour=5, per_day=1))
    one, other = await intended(journal, "p-1", "p-2")
    await begun(quota, one)
    await journal.record(receipt(one, WriteResult.WRITTEN))

    clock.forward(hours=23)
    same_day = told(await begun(quota, other))
    clock.forward(hours=2)
    next_day = told(await begun(quota, other))

    assert same_day.startswith("The cap of 1 objects a day is reached.")
    assert next_day == "written"
