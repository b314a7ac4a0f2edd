"""In: moments in a zone, and what day was told of last. Out: whether it is time, and when it is next.
Promise: once a day, on working days, by the clock on the wall, whatever summer time and outages do.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.working_days import Daily

OSLO = Daily(at=time(8), zone=ZoneInfo("Europe/Oslo"))
MONDAY = date(2026, 11, 30)
A_DAY = timedelta(days=1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In November 2026, by the clock in Oslo."""
    return datetime(2026, 11, day, hour, minute, tzinfo=OSLO.zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "last", "due"),
    [
        (at(30, 7, 59), None, False),
        (at(30, 8), None, True),
        (at(30, 8), MONDAY, False),
        (at(30, 23), date(2026, 11, 27), True),  # late, and still the same day
        (at(29, 12), date(2026, 11, 26), False),  # a Sunday: Friday's is not made up for
        (at(30, 8), date(2026, 12, 1), False),  # a zone further east told it
        (at(30, 8), date(2031, 1, 1), True),  # a clock that went wrong
    ],
)
def test_it_is_due_once_a_working_day(now: datetime, last: date | None, due: bool) -> None:  # noqa: FBT001 - a row of a table
    assert OSLO.is_due(now, last) is due


def test_after_friday_comes_monday_and_before_monday_was_friday() -> None:
    assert OSLO.next_after(at(27, 8)) == at(30, 8)
    assert OSLO.before(at(30, 12)) == at(27, 8)


def test_it_keeps_to_the_clock_on_the_wall() -> None:
    """The last Friday of summer time, and the Monday after it."""
    friday = datetime(2026, 10, 23, 6, tzinfo=UTC)

    assert OSLO.next_after(friday) == datetime(2026, 10, 26, 7, tzinfo=UTC)


def test_the_day_of_the_digest_is_shown_also_when_nobody_works() -> None:
    assert OSLO.last_days(date(2026, 11, 28), 4) == (
        date(2026, 11, 25),
        date(2026, 11, 26),
        date(2026, 11, 27),
        date(2026, 11, 28),
    )


ZONES = st.sampled_from(["UTC", "Europe/Oslo", "America/St_Johns", "Pacific/Apia", "Asia/Tehran"])
DAYS = st.frozensets(st.integers(0, 6))
MOMENTS = st.datetimes(datetime(2011, 12, 25), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the bounds have no zone


@given(MOMENTS, st.times(), DAYS, ZONES)
def test_the_next_time_is_due_and_comes_within_a_week_or_so(
    now: datetime, clock: time, days: frozenset[int], zone: str
) -> None:
    daily = Daily(at=clock.replace(tzinfo=None), days=days, zone=ZoneInfo(zone))
    next_one = daily.next_after(now)

    assert now < next_one <= now + 9 * A_DAY
    assert daily.before(now) < now
