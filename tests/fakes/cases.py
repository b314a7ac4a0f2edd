"""In: results of handlers. Out: the port Cases in memory, with the same rules of committing as the real store.
A result is taken whole or not at all: version, transition and follow-up kinds are checked first.
Promise: what is stored went through the store's own JSON, so nothing lives here that could not live in Redis.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.errors import Moved
from bot.events import KINDS, Event
from bot.model import LIVE, TRANSITIONS, Case, State
from bot.ports import AuditLine, Result
from bot.store import wire


@dataclass
class MemoryCases:
    stored: dict[str, str] = field(default_factory=dict)  # as the store writes them
    noted: dict[str, str] = field(default_factory=dict)
    waiting: list[Event] = field(default_factory=list)
    due: dict[Event, datetime] = field(default_factory=dict)
    audit: list[AuditLine] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    steps: list[tuple[State, State]] = field(default_factory=list)

    async def get(self, case_id: str) -> Case | None:
        text = self.stored.get(case_id)
        return wire.decode_case(case_id, text) if text else None

    async def get_many(self, case_ids: Sequence[str]) -> dict[str, Case]:
        found = {case_id: await self.get(case_id) for case_id in case_ids}
        return {case_id: case for case_id, case in found.items() if case}

    async def versions(self, case_ids: Sequence[str]) -> Mapping[str, int]:
        known = ((i, self.stored[i]) for i in case_ids if i in self.stored)
        return {case_id: wire.case_head(case_id, text)[0] for case_id, text in known}

    async def live_ids(self) -> tuple[str, ...]:
        heads = ((i, wire.case_head(i, text)[1]) for i, text in self.stored.items())
        return tuple(sorted(case_id for case_id, state in heads if state in LIVE))

    async def closed_since(self, moment: datetime) -> tuple[str, ...]:
        closed = (c for c in self.all() if c.state is State.CLOSED and c.updated_at)
        return tuple(c.id for c in closed if c.updated_at and c.updated_at >= moment)

    async def marks(self) -> Mapping[str, str]:
        return dict(self.noted)

    async def marks_of(self, names: Sequence[str]) -> Mapping[str, str]:
        return {name: self.noted[name] for name in names if name in self.noted}

    async def count(self, name: str, window_seconds: int) -> int:
        key = f"{name}:{window_seconds}"
        self.counts[key] = self.counts.get(key, 0) + 1
        return self.counts[key]

    # ------------------------------------------------------------ what the worker does with it

    def all(self) -> list[Case]:
        return [wire.decode_case(case_id, text) for case_id, text in self.stored.items()]

    def put(self, case: Case) -> Case:
        """A case from before; the answer is how it is read."""
        self.stored[case.id] = wire.encode_case(case)
        return wire.decode_case(case.id, self.stored[case.id])

    def commit(self, result: Result) -> None:
        """Raises Moved when the case was made from a version that is not the stored one any more."""
        for name, text in (result.relies or {}).items():
            if self.noted.get(name) != text:
                raise Moved(f"What is known of {name} was changed meanwhile.")
        if result.case is not None:
            version, state = wire.case_head(result.case.id, self.stored.get(result.case.id, ""))
            if version != result.case.version:
                raise Moved(f"Case {result.case.id} was changed meanwhile.")
            after = result.case.state
            if after is not state and after not in TRANSITIONS[state]:
                raise ValueError(f"A case cannot go from {state} to {after}.")
            self.steps.append((state, after))
            self.stored[result.case.id] = wire.encode_case(result.case)
        for event in (*result.follow, *(due.event for due in result.later)):
            if type(event).__name__ not in KINDS:
                raise ValueError(f"{event} has no handler.")
        for name, text in (result.marks or {}).items():
            if text is None:
                self.noted.pop(name, None)
            else:
                self.noted[name] = text
        self.waiting += result.follow
        self.due |= {due.event: due.at for due in result.later}
        self.audit += result.audit

    def move_due(self, now: datetime) -> None:
        for event in [event for event, at in self.due.items() if at <= now]:
            del self.due[event]
            self.waiting.append(event)
