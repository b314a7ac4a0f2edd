"""In: a step that is about to be written, the journal. Out: what became of it, or why it was not begun.
A step is written once, and so many objects an hour and a day: AD and Entra count together, over one `Quota`.
Promise: choosing and counting are one act, so two writes at once never share the last place.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.model import Proposal, Receipt, Say, WriteResult
from bot.ports import Clock, Journal

_COUNTED = frozenset({WriteResult.WRITTEN, WriteResult.UNKNOWN})  # as the journal counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    per_hour: int = 20
    per_day: int = 100


class Quota:
    def __init__(self, *, journal: Journal, clock: Clock, caps: Caps | None = None) -> None:
        self._journal = journal
        self._clock = clock
        self._caps = caps or Caps()
        self._choosing = asyncio.Lock()
        self._taken: set[tuple[str, int]] = set()

    async def counted(
        self, proposal: Proposal, index: int, write: Callable[[], Awaitable[Receipt]]
    ) -> Receipt | Say:
        """Begins the write only where it has a place; one that comes to nothing gives its place back."""
        key = (proposal.id, index)
        async with self._choosing:
            if refused := await self._objection(proposal.id, index):
                return refused
            self._taken.add(key)
        receipt = None
        try:
            receipt = await write()
        finally:
            if receipt is None or receipt.result not in _COUNTED:
                self._taken.discard(key)
        return receipt

    async def _objection(self, proposal_id: str, index: int) -> Say | None:
        known = await self._journal.receipts(proposal_id)
        if known is None:
            return Say("The journal has no intent for this: nothing is written without one.")
        if (proposal_id, index) in self._taken or any(r.step == index for r in known):
            return Say("The journal says that this was written before; it is never written twice.")
        now = self._clock.now()
        waiting = await self._not_yet_recorded()
        for limit, hours, gap in (
            (self._caps.per_hour, 1, Say("an hour")),
            (self._caps.per_day, 24, Say("a day")),
        ):
            written = await self._journal.writes_since(now - timedelta(hours=hours))
            if written + waiting >= limit:
                return Say(
                    "The cap of {limit} objects {gap} is reached. Approve again later, or raise the cap.",
                    {"limit": str(limit), "gap": gap},
                )
        return None

    async def _not_yet_recorded(self) -> int:
        """On their way, or written a moment ago and not yet in the journal: they count all the same."""
        for proposal_id, index in tuple(self._taken):
            known = await self._journal.receipts(proposal_id)
            if any(receipt.step == index for receipt in known or ()):
                self._taken.discard((proposal_id, index))
        return len(self._taken)
