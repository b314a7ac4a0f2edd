"""In: how a connection ended, and how long it had lived. Out: how long to wait before the next is opened.
Opening is rationed by Slack (Tier 1); one that is refused and asks again at once does so hundreds of times a second.
Promise: pure but for the dice; the first break of a steady connection costs no wait, every further one doubles it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import SystemRandom

_dice = SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """All spans of Socket Mode, in seconds."""

    ping: float = 4.0  # bolt's own 10 s is a nine seconds' gap in which clicks are lost
    missed: int = 3  # pings without a sign of life: connected, but deaf
    hello: float = 10.0  # from opening to Slack's first word
    first: float = 1.0
    most: float = 300.0
    steady: float = 60.0  # a connection that lived so long was a good one
    drain: float = 3.0  # for what is being answered when a connection goes; Slack waits no longer
    linger: float = 30.0  # for Slack to close what it asked to go; then we do
    look_again: float = 60.0  # after Slack has counted too many: how soon it is asked anew


def whole_jitter() -> float:
    """Between half and all of the span, so that replicas do not ask in step."""
    return _dice.uniform(0.5, 1.0)


@dataclass(slots=True)
class Backoff:
    pace: Pace
    jitter: Callable[[], float] = whole_jitter
    failures: int = 0

    def after(self, *, lived: float) -> float:
        """One that worked has ended."""
        if lived >= self.pace.steady:
            self.failures = 0
            return 0.0
        return self.refused()

    def refused(self, *, at_least: float = 0.0) -> float:
        """None was opened; Slack may have said how long to wait."""
        span = min(self.pace.first * 2.0 ** min(self.failures, 30), self.pace.most)
        self.failures += 1
        return max(span * self.jitter(), min(at_least, self.pace.most))
