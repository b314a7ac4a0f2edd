"""In: "this is away" and "this answers". Out: how long to leave it alone, and one log line for each change.
The worker keeps one `Outage` for Redis and one for each kind of event; `Pace` is all of the worker's times.
Promise: told once when it breaks and once when it is back; while it is away, one caller at a time asks.
"""

import asyncio
from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from bot.errors import DirsyncError, Unreachable


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The worker's times, in seconds. Tests make them short; they prove nothing by them."""

    lease: float = 60.0
    block: float = 1.0
    tick: float = 1.0  # of the schedule
    first_pause: float = 1.0
    longest_pause: float = 30.0
    drain: float = 30.0


class Outage:
    """Something is away: told once when it breaks, once when it is back, asked at growing intervals."""

    def __init__(self, what: str, pace: Pace, log: FilteringBoundLogger) -> None:
        self._what = what
        self._pace = pace
        self._log = log
        self._failures = 0
        self._until = 0.0
        self._asking = False

    def wait(self) -> float:
        """0: go on. While it is away, one caller at a time gets 0, to ask whether it is back."""
        if not self._failures:
            return 0.0
        left = self._until - asyncio.get_running_loop().time()
        if left > 0 or self._asking:
            return max(left, self._pace.first_pause)
        self._asking = True
        return 0.0

    def broke(self, error: DirsyncError) -> float:
        if not self._failures:
            self._log.warning("paused", what=self._what, why=error.message, todo=error.todo)
        now = asyncio.get_running_loop().time()
        self._asking = False
        if now < self._until:  # several calls failed together: that is one failure
            return self._until - now
        grown = self._pace.first_pause * 2.0 ** min(self._failures, 30)
        pause = min(grown, self._pace.longest_pause)
        if isinstance(error, Unreachable) and error.retry_after is not None:
            pause = max(pause, error.retry_after)
        self._failures += 1
        self._until = now + pause
        return pause

    def undecided(self) -> None:
        """The one who asked learned nothing: somebody else may ask."""
        self._asking = False

    def recovered(self) -> None:
        if self._failures:
            self._log.info("goes on", what=self._what, failures=self._failures)
        self._failures, self._until, self._asking = 0, 0.0, False
