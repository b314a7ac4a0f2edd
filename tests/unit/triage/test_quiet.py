"""In: moments, quiet hours and weekends of a zone. Out: when somebody may be told.
Promise: nothing is told in the quiet, nothing is told sooner than it is due, and nothing is put off for ever.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.quiet import Reminders

OSLO = ZoneInfo("Europe/Oslo")
NIGHT = Reminders(zone=OSLO, quiet=(time(20), time(7)), weekends=True)
SIESTA = Reminders(zone=OSLO, quiet=(time(12), time(13, 30)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO).astimezone(UTC)


@pytest.mark.parametrize(
    ("told", "due", "when"),
    [
        (NIGHT, "2026-11-25 14:00", "2026-11-25 14:00"),  # a Wednesday
        (NIGHT, "2026-11-25 20:00", "2026-11-26 07:00"),
        (NIGHT, "2026-11-26 06:59", "2026-11-26 07:00"),
        (NIGHT, "2026-11-26 07:00", "2026-11-26 07:00"),
        (NIGHT, "2026-11-27 23:00", "2026-11-30 07:00"),  # Friday night to Monday morning
        (NIGHT, "2026-11-29 12:00", "2026-11-30 07:00"),
        (NIGHT, "2026-03-28 22:00", "2026-03-30 07:00"),  # summer time begins in between
        (SIESTA, "2026-11-28 12:15", "2026-11-28 13:30"),  # a Saturday
        (SIESTA, "2026-11-28 11:59", "2026-11-28 11:59"),
        (Reminders(), "2026-11-28 03:00", "2026-11-28 03:00"),
    ],
)
def test_what_falls_into_the_quiet_is_told_at_its_end(told: Reminders, due: str, when: str) -> None:
    assert told.not_before(at(due)) == at(when)


_clock = st.times(timezones=st.none())


@given(
    due=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - `timezones` says it
    hours=st.tuples(_clock, _clock).filter(lambda hours: hours[0] != hours[1]),
    weekends=st.booleans(),
    zone=st.sampled_from(["Europe/Oslo", "Europe/Tallinn", "America/St_Johns", "Pacific/Apia"]),
)
def test_it_is_never_sooner_never_in_the_quiet_and_within_four_days(
    *, due: datetime, hours: tuple[time, time], weekends: bool, zone: str
) -> None:
    told = Reminders(zone=ZoneInfo(zone), quiet=hours, weekends=weekends)
    when = told.not_before(due)

    assert due <= when <= due + timedelta(days=4)
    assert told.not_before(when) == when
