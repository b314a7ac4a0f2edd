"""In: nothing. Out: the edge's and the sender's ports in memory: inbox, outbox, cases, people, clock.
Promise: they keep what they are given as the store does, and can be away.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.errors import Unreachable, Untrusted
from bot.events import Event
from bot.model import Case, Person, Proposal, Refusal, Say, SlackUser
from bot.ports import Shown, Waiting
from tests.builders import NOW


@dataclass
class Clock:
    moment: datetime = NOW
    made: int = 0

    def now(self) -> datetime:
        return self.moment

    def new_id(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}-{self.made}"

    def step(self, seconds: float = 1) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class Store:
    """Satisfies `ports.Inbox`, `ports.Outbox` and `ports.Cases`."""

    away: bool = False
    events: list[Event] = field(default_factory=list)
    onces: set[str] = field(default_factory=set)
    stored: dict[str, Case] = field(default_factory=dict)
    noted: dict[str, str] = field(default_factory=dict)  # the marks
    unreadable: set[str] = field(default_factory=set)  # something else wrote these cases
    cards: dict[str, Shown] = field(default_factory=dict)
    waiting: dict[str, list[Waiting]] = field(default_factory=dict)  # by lane
    due: dict[tuple[str, str], datetime] = field(default_factory=dict)
    leases: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    counted: Counter[str] = field(default_factory=Counter)

    def _here(self) -> None:
        if self.away:
            raise Unreachable("Redis", "Redis does not answer.")

    async def put(self, event: Event, *, once: str | None = None) -> bool:
        self._here()
        if once in self.onces:
            return False
        if once is not None:
            self.onces.add(once)
        self.events.append(event)
        return True

    async def get(self, case_id: str) -> Case | None:
        self._here()
        if case_id in self.unreadable:
            raise Untrusted(f"Case {case_id} in Redis cannot be read.")
        return self.stored.get(case_id)

    async def get_many(self, case_ids: Sequence[str]) -> dict[str, Case]:
        found = {name: await self.get(name) for name in case_ids}
        return {name: case for name, case in found.items() if case}

    async def versions(self, case_ids: Sequence[str]) -> Mapping[str, int]:
        return {name: self.stored[name].version for name in case_ids if name in self.stored}

    async def live_ids(self) -> tuple[str, ...]:
        return tuple(self.stored)

    async def closed_since(self, moment: datetime) -> tuple[str, ...]:  # noqa: ARG002 - none is
        return ()

    async def marks(self) -> Mapping[str, str]:
        return self.noted

    async def marks_of(self, names: Sequence[str]) -> Mapping[str, str]:
        return {name: self.noted[name] for name in names if name in self.noted}

    async def count(self, name: str, window_seconds: int) -> int:  # noqa: ARG002 - no window ends here
        self.counted[name] += 1
        return self.counted[name]

    async def outbox_add(self, lane: str, case_id: str, at: datetime) -> None:
        self.asked += 1
        queue = self.waiting.setdefault(lane, [])
        entry = Waiting(case_id, str(self.asked))
        at_place = next((n for n, w in enumerate(queue) if w.case_id == case_id), None)
        if at_place is None:
            queue.append(entry)
            self.due[lane, case_id] = at
        else:
            queue[at_place] = entry
            self.due[lane, case_id] = min(at, self.due[lane, case_id])

    async def outbox_take(self, lane: str, now: datetime) -> Waiting | None:
        self._here()
        due = (w for w in self.waiting.get(lane, []) if self.due[lane, w.case_id] <= now)
        return next(due, None)

    async def outbox_done(self, lane: str, waiting: Waiting) -> bool:
        queue = self.waiting.get(lane, [])
        if waiting not in queue:
            return False
        queue.remove(waiting)
        return True

    def nothing_waits(self) -> bool:
        return not any(self.waiting.values())

    async def card(self, case_id: str) -> Shown | None:
        return self.cards.get(case_id)

    async def set_card(self, case_id: str, shown: Shown) -> None:
        self._here()
        self.cards[case_id] = shown

    async def lease(self, name: str, seconds: float) -> str | None:  # noqa: ARG002 - taken until given back
        self._here()
        if name in self.leases:
            return None
        self.asked += 1
        self.leases[name] = f"token-{self.asked}"
        return self.leases[name]

    async def extend(self, name: str, token: str, seconds: float) -> bool:  # noqa: ARG002 - as above
        self._here()
        return self.leases.get(name) == token

    async def unlease(self, name: str, token: str) -> bool:
        if self.leases.get(name) != token:
            return False
        del self.leases[name]
        return True


@dataclass
class Everybody:
    """Satisfies `ports.People`: what it says is set by the test."""

    says: Person | Refusal
    others: frozenset[str] = frozenset()  # cases whose route names others

    async def may_ask(self, who: SlackUser) -> Person | Refusal:  # noqa: ARG002 - the same for all
        return self.says

    async def may_approve(
        self,
        who: SlackUser,  # noqa: ARG002 - as above
        proposal: Proposal | None,  # noqa: ARG002 - as above
        case: Case | None = None,
    ) -> Person | Refusal:
        if case and case.id in self.others:
            return Refusal("other-route", Say("The route of this case names others."))
        return self.says

    async def open_to_others(self, channel: str) -> Refusal | None:  # noqa: ARG002 - as above
        return None
