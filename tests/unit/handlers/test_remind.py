"""In: cases that nobody answers, by day and by night. Out: who is mentioned in their threads, and when.
Promise: the owners after four hours, the lead after eight, once each a revision; nobody in the quiet, but for an attack.
"""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from bot.events import ReminderDue
from bot.model import Moment, State
from bot.triage.quiet import Reminders
from bot.triage.routing import Row, Table
from handlers.timing import Timing
from tests.builders import TENANT
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, KARI
from tests.unit.handlers.test_batch import items, press
from tests.unit.handlers.test_storm import counted, many

OWNERS, LEAD = ("U0OLA00001", "U0LIV00001"), "U0LEAD0001"
ROUTED = Row(number=1, channel="C0DIRSYNC1", owners=OWNERS, lead=LEAD)


def routed(reminders: Reminders | None = None, row: Row = ROUTED) -> Bot:
    timing = Timing(reminders=reminders or Reminders())
    return Bot(table=Table(rest=row), timing=timing)


def reminded(bot: Bot) -> list[tuple[tuple[str, ...], float]]:
    """Who was, and after how many hours."""
    start = bot.case.timeline[0].at
    told = [m for m in bot.case.timeline if m.mention]
    return [(m.mention, (m.at - start) / timedelta(hours=1)) for m in told]


def said(moments: tuple[Moment, ...]) -> list[str]:
    return [m.say.english().split(" since")[0] for m in moments if m.mention]


async def test_the_owners_after_four_hours_and_the_lead_after_eight() -> None:
    bot = routed()
    await bot.poll()
    await bot.wait(hours=23)

    assert reminded(bot) == [(OWNERS, 4.0), ((LEAD,), 8.0)]
    assert said(bot.case.timeline) == ["Waiting for an approval"] * 2
    assert bot.case.timeline[-1].say.english().endswith("; the owners were reminded.")
    assert bot.actions().count("case.reminded") == 2
    assert bot.state() is State.PENDING


async def test_whoever_took_the_case_is_its_owner() -> None:
    bot = routed()
    await bot.poll()
    await bot.aside(KARI, "assign")
    await bot.wait(hours=5)

    assert reminded(bot) == [((KARI.user,), 4.0)]


async def test_what_was_decided_reminds_nobody() -> None:
    bot = routed()
    await bot.poll()
    await bot.click(INGRID, "reject")
    await bot.wait(hours=23)

    assert reminded(bot) == []


async def test_without_owners_the_lead_is_told_at_the_same_hour() -> None:
    bot = routed(row=replace(ROUTED, owners=()))
    await bot.poll()
    await bot.wait(hours=23)

    assert reminded(bot) == [((LEAD,), 8.0)]
    assert not bot.case.timeline[-1].say.english().endswith("reminded.")


async def test_where_nobody_is_named_nothing_is_said() -> None:
    bot = routed(row=Row(number=1, channel="C0DIRSYNC1"))
    await bot.poll()
    before = bot.case.timeline
    await bot.wait(hours=23)

    assert bot.case.timeline == before


def quiet_from(start: datetime, *, hours: int) -> Reminders:
    """Quiet for so many hours, beginning three hours after `start`."""
    begin = start + timedelta(hours=3)
    end = begin + timedelta(hours=hours)
    return Reminders(quiet=(clock(begin), clock(end)))


def clock(moment: datetime) -> time:
    return moment.time().replace(microsecond=0)


async def test_what_falls_into_the_quiet_is_told_at_its_end_and_the_owners_have_their_time() -> (
    None
):
    bot = routed()
    bot.timing = Timing(reminders=quiet_from(bot.clock.now(), hours=7))
    await bot.poll()
    await bot.wait(hours=23)

    assert [(who, round(hours)) for who, hours in reminded(bot)] == [(OWNERS, 10), ((LEAD,), 14)]


async def test_a_possible_attack_does_not_wait_for_the_morning() -> None:
    bot = routed()
    bot.timing = Timing(reminders=quiet_from(bot.clock.now(), hours=7))
    await bot.poll()
    seen = bot.case
    assert seen.diagnosis
    bot.cases.put(replace(seen, diagnosis=replace(seen.diagnosis, alert=True)))
    await bot.wait(hours=9)

    assert [round(hours) for _, hours in reminded(bot)] == [4, 8]


async def test_what_is_snoozed_is_not_asked_about_until_it_is_back() -> None:
    bot = routed()
    await bot.poll()
    await bot.aside(INGRID, "snooze", until=bot.clock.now() + timedelta(hours=6))
    await bot.wait(hours=5.5)
    assert reminded(bot) == []
    await bot.wait(hours=3)

    assert [who for who, _ in reminded(bot)] == [OWNERS]


@pytest.mark.parametrize("revision", [0, 2])
async def test_a_reminder_of_another_revision_reminds_nobody(revision: int) -> None:
    bot = routed()
    await bot.poll()
    event = ReminderDue(
        tenant=TENANT, id="late", case_id=bot.case.id, revision=revision, to="owner"
    )

    assert (await bot.tell(event)).case is None


async def test_a_reminder_that_comes_twice_is_one() -> None:
    bot = routed()
    await bot.poll()
    await bot.wait(hours=5)
    event = ReminderDue(tenant=TENANT, id="again", case_id=bot.case.id, revision=1, to="owner")

    assert (await bot.tell(event)).case is None


async def test_a_case_nobody_knows_reminds_nobody() -> None:
    event = ReminderDue(tenant=TENANT, id="late", case_id="c-gone", revision=1, to="lead")
    result = await routed().tell(event)

    assert (result.case, result.later) == (None, ())


async def test_reminders_that_are_off_are_off() -> None:
    bot = routed(Reminders(owner_after=timedelta(0), lead_after=timedelta(0)))
    await bot.poll()
    await bot.wait(hours=23)

    assert reminded(bot) == []


async def test_of_a_storm_the_owners_are_reminded_once_and_not_for_each_of_its_cases() -> None:
    bot = Bot(world=many(12), table=Table(rest=ROUTED), timing=Timing(reminders=Reminders()))
    await bot.poll()
    await bot.wait(hours=9)
    told = [(case.storm is not None, m.mention) for case in bot.cases.all() for m in case.timeline]

    assert [each for each in told if each[1]] == [(True, OWNERS), (True, (LEAD,))]


async def test_a_storm_whose_list_somebody_works_on_reminds_nobody() -> None:
    bot = Bot(world=many(12), table=Table(rest=ROUTED), timing=Timing(reminders=Reminders()))
    await bot.poll()
    await counted(bot)
    await press(bot, INGRID, "agree", items(bot))
    await bot.wait(hours=9)

    assert not any(m.mention for case in bot.cases.all() for m in case.timeline)
