"""In: method, key and the time of a call.
Out: 0 when the call may pass, otherwise the whole seconds to wait.
Promise: the published tiers; chat.postMessage one a second a channel with a short burst.
"""

import math
from dataclasses import dataclass, field

# burst, and how many come back per second
TIERS = {
    # Tier 1 is one a minute, but Slack lets a client open its ten sockets at start
    1: (12.0, 1 / 60),
    2: (20.0, 20 / 60),
    3: (50.0, 50 / 60),
    4: (100.0, 100 / 60),
    5: (600.0, 10.0),  # auth.test
}
POSTING = (4.0, 1.0)


@dataclass
class Bucket:
    left: float
    at: float


@dataclass
class Rates:
    enabled: bool = True
    buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def wait(self, method: str, key: str, limit: tuple[float, float], now: float) -> int:
        if not self.enabled:
            return 0
        burst, per_second = limit
        bucket = self.buckets.setdefault((method, key), Bucket(burst, now))
        bucket.left = min(burst, bucket.left + (now - bucket.at) * per_second)
        bucket.at = now
        if bucket.left >= 1:
            bucket.left -= 1
            return 0
        return max(1, math.ceil((1 - bucket.left) / per_second))
