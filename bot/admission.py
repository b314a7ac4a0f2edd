"""In: a signed decision and a step that is about to be written, on whichever side. Out: its receipt, or why it was not begun.
Signature, people, time and caps are looked at here, for every writer; what a side itself must show, each writer looks at.
Promise: a write that was begun ends by itself, whoever waits for it; `close` waits for those on their way.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.model import Before, Decision, Mode, Proposal, Receipt, Say, WriteResult
from bot.ports import Clock, Journal
from bot.quota import Caps, Quota
from bot.triage import approved


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What the journal knows of a step whose answer was lost. `seen`: what stood there before the last try.
    `ours`: what stands there now would be our own doing, for it knows that we set out to write it, and no more than
    that. `since`: of the first receipt.
    """

    seen: tuple[Before, ...]
    ours: bool
    since: datetime | None


class Admission:
    """One for all writers of a process: they share the caps and the journal."""

    def __init__(
        self,
        *,
        tenant: str,
        public_key: Ed25519PublicKey,
        mode_allowed: Mode,
        journal: Journal,
        clock: Clock,
        caps: Caps | None = None,
        break_glass: bool = False,
    ) -> None:
        self._tenant = tenant
        self._key = public_key
        self._mode_allowed = mode_allowed
        self._journal = journal
        self._clock = clock
        self._quota = Quota(journal=journal, clock=clock, caps=caps)
        self._break_glass = break_glass
        self._on_their_way: set[asyncio.Task[Receipt | Say]] = set()

    async def admit(
        self,
        decision: Decision,
        proposal: Proposal,
        index: int,
        write: Callable[[], Awaitable[Receipt]],
    ) -> Receipt | Say:
        """A `Say` is the reason why `write` was never called."""
        # a cancelled caller stops neither a thread nor a PATCH: what was begun ends by itself
        task = asyncio.create_task(self._admit(decision, proposal, index, write))
        self._on_their_way.add(task)
        task.add_done_callback(self._on_their_way.discard)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Waits for writes on their way: somebody must see their answers."""
        await asyncio.gather(*self._on_their_way, return_exceptions=True)

    def too_late(self, decision: Decision) -> Say | None:
        """For the last look, right before a write is sent."""
        return approved.expired(decision, self._clock.now())

    async def tried(self, proposal: Proposal, index: int) -> Tried:
        known = await self._journal.receipts(proposal.id)
        mine = [receipt for receipt in known or () if receipt.step == index]
        return Tried(
            seen=mine[-1].before if mine else (),
            ours=known is not None and (not mine or mine[-1].result is WriteResult.UNKNOWN),
            since=mine[0].at if mine else None,
        )

    async def _admit(
        self,
        decision: Decision,
        proposal: Proposal,
        index: int,
        write: Callable[[], Awaitable[Receipt]],
    ) -> Receipt | Say:
        refused = approved.not_approved(
            decision,
            proposal,
            index,
            tenant=self._tenant,
            key=self._key,
            mode_allowed=self._mode_allowed,
            now=self._clock.now(),
            break_glass_allowed=self._break_glass,
        )
        refused = refused or await self._not_an_undo(proposal)
        return refused or await self._quota.counted(proposal, index, write)

    async def _not_an_undo(self, proposal: Proposal) -> Say | None:
        if proposal.undo_of is None:
            return None
        original = await self._journal.intended(proposal.undo_of)
        receipts = await self._journal.receipts(proposal.undo_of)
        return approved.not_an_undo(proposal, original, receipts, tenant=self._tenant)
