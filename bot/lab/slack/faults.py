"""In: what a test or a demo wants to go wrong, and each call as it passes.
Out: the failure due for a call, the counters and the log of what was called.
Promise: a planted fault happens exactly as often as planted, then never again.
"""

from collections import Counter, deque
from dataclasses import dataclass, field

LOG_LENGTH = 1000


@dataclass
class Planted:
    error: str = ""
    status: int = 200
    times: int = 1
    retry_after: int | None = 1  # None: the answer does not say


@dataclass(frozen=True)
class Called:
    method: str
    at: float
    answer: str  # "ok" or Slack's name of the error


@dataclass
class Faults:
    delay_seconds: float = 0.0  # before every Web API answer
    planted: dict[str, deque[Planted]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    log: deque[Called] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))

    def fail_next(
        self,
        method: str,
        error: str = "",
        *,
        status: int = 200,
        times: int = 1,
        after: int | None = 1,
    ) -> None:
        """Refuse the next calls: by Slack's error name, by an HTTP status, or both."""
        if not error and status < 400:
            raise ValueError("name an error, or give a status of 400 or more")
        self.planted.setdefault(method, deque()).append(Planted(error, status, times, after))

    def drop_answer_after(self, method: str, *, times: int = 1) -> None:
        """Do the work, then close the connection: the caller cannot know that it was done."""
        self.dropped[method] += times

    def due(self, method: str) -> Planted | None:
        queue = self.planted.get(method)
        if not queue:
            return None
        first = queue[0]
        first.times -= 1
        if first.times <= 0:
            queue.popleft()
        return first

    def drops(self, method: str) -> bool:
        if self.dropped[method] <= 0:
            return False
        self.dropped[method] -= 1
        return True

    def note(self, method: str, at: float, answer: str) -> None:
        self.calls[method] += 1
        self.log.append(Called(method, at, answer))
