"""In: a tenant. Out: the name of every Redis key the bot uses, and the table of what each holds and how long.
All keys of a tenant carry one hash tag, so that a Redis Cluster keeps them in one slot and Lua may touch them.
Promise: a key that is not in `FAMILIES` does not exist; each one expires or is named permanent here.
"""

import fnmatch
import hashlib
from dataclasses import dataclass

from bot.events import Lane, Role

GROUP = "workers"
STREAMS: tuple[str, ...] = tuple(f"{lane}:{role}" for lane in Lane for role in Role)

ONCE_SECONDS = 3600
KEPT_SECONDS = 1800  # as long as Slack lets an answer be replaced
CLOSED_SECONDS = 90 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Family:
    """`lives` is None for a permanent key; for the others it says how long."""

    pattern: str
    type: str
    holds: str
    lives: str | None = None


FAMILIES: tuple[Family, ...] = (
    *(Family(name, "stream", "unfinished work of this lane and role") for name in STREAMS),
    Family("parked", "stream", "events that only a newer version of the bot understands"),
    Family("poison", "stream", "events that failed too often, with their error id"),
    Family("due", "zset", "events for later, by time"),
    Family("flying", "set", "scheduled events that are in a stream now"),
    Family("live", "set", "ids of cases that are not closed"),
    Family("closed", "zset", "ids of closed cases, by time of closing"),
    Family("case:*", "string", "one case", "while it is live, then 90 days"),
    Family(
        "card:*",
        "string",
        "where a case is shown in Slack, and what its thread told",
        "as long as its case",
    ),
    Family("marks", "hash", "what the poll remembers"),
    Family("audit", "stream", "the audit chain"),
    Family("audit:head", "string", "hash of the last audit line"),
    Family("once:*", "string", "a Slack delivery that was seen", "1 hour"),
    Family("count:*", "string", "how often somebody did something", "its window"),
    Family("kept:*", "string", "an answer that can be turned over and shared", "30 minutes"),
    Family("shared:*", "string", "who was the first to share an answer", "30 minutes"),
    Family("lease:*", "string", "who has a courtesy lock", "its seconds"),
    Family("fence", "string", "the last number given to a lease or an asking"),
    Family("outbox:*", "zset", "cards to draw, by time, one entry a card in each lane"),
    Family("redraw:*", "hash", "the last asking for each waiting card"),
    Family("journal", "string", "how far the writer's journal had come"),
)


def family_of(tenant: str, key: str) -> Family | None:
    prefix = Keys(tenant).prefix
    if not key.startswith(prefix):
        return None
    name = key.removeprefix(prefix)
    return next((f for f in FAMILIES if fnmatch.fnmatchcase(name, f.pattern)), None)


@dataclass(frozen=True, slots=True)
class Keys:
    tenant: str

    def __post_init__(self) -> None:
        # a brace would move the hash tag, and the keys of one tenant into several slots
        if not self.tenant or set(self.tenant) & set("{}"):
            raise ValueError(f"{self.tenant!r} cannot be a tenant id")

    @property
    def prefix(self) -> str:
        return f"{{dirsync:{self.tenant}}}:"

    def named(self, name: str) -> str:
        return self.prefix + name

    def streams(self) -> list[str]:
        return [self.named(name) for name in STREAMS]

    def case(self, case_id: str) -> str:
        return self.named(f"case:{case_id}")

    def card(self, case_id: str) -> str:
        return self.named(f"card:{case_id}")

    def lease(self, name: str) -> str:
        return self.named(f"lease:{name}")

    def outbox(self, lane: str) -> str:
        return self.named(f"outbox:{lane}")

    def redraw(self, lane: str) -> str:
        return self.named(f"redraw:{lane}")

    def once(self, name: str) -> str:
        return self.named(f"once:{_short(name)}")

    def kept(self, answer_id: str) -> str:
        return self.named(f"kept:{_short(answer_id)}")

    def shared(self, answer_id: str) -> str:
        return self.named(f"shared:{_short(answer_id)}")

    def count(self, name: str, window_seconds: int) -> str:
        return self.named(f"count:{_short(name)}:{window_seconds}")


def _short(name: str) -> str:
    """Whatever the name is made of, the key is short and tells nobody's id."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]
