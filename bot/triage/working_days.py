"""In: a moment, and at which hour of which days something is told. Out: whether it is time, and when the next time is.
Hours and days are those on the wall in one zone, summer time included.
Promise: pure and total; once a day at most, however often it is asked; a day that was missed whole is not made up for.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MONDAY_TO_FRIDAY = frozenset(range(5))
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """`days`: 0 is Monday."""

    at: time = time(8)
    days: frozenset[int] = MONDAY_TO_FRIDAY
    zone: tzinfo = UTC

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def is_due(self, now: datetime, last: date | None) -> bool:
        """`last`: the day that was told of last. One in the future was written by a clock that went wrong."""
        today = self.day_of(now)
        told = last is not None and today <= last <= today + A_DAY
        return not told and self._is_working(today) and now >= self._moment(today)

    def next_after(self, now: datetime) -> datetime:
        today = self.day_of(now)
        days = (today + A_DAY * n for n in range(9))
        return next(at for day in days if self._is_working(day) and (at := self._moment(day)) > now)

    def before(self, now: datetime) -> datetime:
        """The time before the one that it is now, or was last."""
        today = self.day_of(now)
        days = (today - A_DAY * n for n in range(1, 9))
        return next(self._moment(day) for day in days if self._is_working(day))

    def last_days(self, today: date, count: int) -> tuple[date, ...]:
        """The last working days, the oldest first; today is one of them whatever day it is."""
        found = [today]
        day = today
        while len(found) < count:
            day -= A_DAY
            if self._is_working(day):
                found.append(day)
        return tuple(reversed(found))

    def _is_working(self, day: date) -> bool:
        return not self.days or day.weekday() in self.days

    def _moment(self, day: date) -> datetime:
        return datetime.combine(day, self.at, self.zone).astimezone(UTC)
