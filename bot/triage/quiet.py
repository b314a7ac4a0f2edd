"""In: a moment, and when people are not to be disturbed. Out: when they may be told.
Quiet hours and weekends are those of one zone, by the clock on the wall there, summer time included.
Promise: pure and total: what is told later is told at the end of the quiet, never sooner, never not at all.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

SATURDAY = 5
_MOST_STEPS = 16  # a weekend and a night on either side of it take four


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminders:
    """A span of 0: nobody is reminded. `quiet`: from and to, by the clock there; None: no hour is quiet."""

    owner_after: timedelta = timedelta(hours=4)
    lead_after: timedelta = timedelta(hours=8)
    zone: tzinfo = UTC
    quiet: tuple[time, time] | None = None
    weekends: bool = False  # Saturday and Sunday are quiet

    def not_before(self, moment: datetime) -> datetime:
        """The moment itself, or the end of the quiet that it falls into."""
        at = moment
        for _ in range(_MOST_STEPS):
            later = self._end_of_quiet(at)
            if later <= at:
                break
            at = later
        return at

    def _end_of_quiet(self, moment: datetime) -> datetime:
        local = moment.astimezone(self.zone)
        if self.weekends and local.weekday() >= SATURDAY:
            return self._at(local, time(), days=7 - local.weekday())
        if self.quiet is None:
            return moment
        start, end = self.quiet
        now = local.time()
        if start < end:
            return self._at(local, end) if start <= now < end else moment
        if now >= start:
            return self._at(local, end, days=1)
        return self._at(local, end) if now < end else moment

    def _at(self, local: datetime, clock: time, *, days: int = 0) -> datetime:
        day = local.date() + timedelta(days=days)
        return datetime.combine(day, clock, self.zone).astimezone(UTC)
