"""In: what was sent, and when; what Slack said of too many requests. Out: how long to wait before the next one.
Posts and redrawn cards have a budget each, as Slack counts them apart.
Promise: no clock and no sleep of its own: whoever asks says what time it is, and waits.
"""

from collections import deque
from datetime import datetime

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0


class Budget:
    """At most `count` within any `seconds`."""

    def __init__(self, count: int, seconds: float) -> None:
        self._taken: deque[datetime] = deque(maxlen=count)
        self._seconds = seconds

    def wait(self, now: datetime) -> float:
        """Seconds until the next one may go; 0: now."""
        taken = self._taken
        if taken and now < taken[-1]:  # the clock was set back: what it said before tells nothing
            taken.clear()
        if len(taken) < (taken.maxlen or 1):
            return 0.0
        return max(0.0, self._seconds - (now - taken[0]).total_seconds())

    def take(self, now: datetime) -> None:
        self._taken.append(now)


class Backoff:
    """Slack says how long, or it is asked again after 1, 2, 4 … 60 seconds."""

    def __init__(self) -> None:
        self._failures = 0

    def after(self, told: float | None) -> float:
        if told is not None:
            return max(told, FIRST_PAUSE)
        pause = FIRST_PAUSE * 2.0 ** min(self._failures, 10)
        self._failures += 1
        return min(pause, LONGEST_PAUSE)

    def recovered(self) -> None:
        self._failures = 0
