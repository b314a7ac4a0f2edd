"""In: signed decisions. Out: a StepWriter for either side and a Journal on a World: exact old values, all or nothing.
`fault` loses an answer before or after the write; `just_before` is somebody who is quicker than the bot.
Promise: `modifies` counts what really reached the directory; nothing is written without signature, hash and time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.ad import guard
from bot.errors import Refused, Unreachable
from bot.model import (
    AdObject,
    Before,
    CloudObject,
    Decision,
    Mode,
    Proposal,
    Receipt,
    Say,
    Side,
    Step,
    WriteResult,
)
from bot.triage import approved
from bot.triage.holding import values_of
from tests.builders import TENANT
from tests.fakes.world import World

# where the model keeps each attribute
_FIELDS = {
    "mail": "mail",
    "mailNickname": "mail_nickname",
    "targetAddress": "target_address",
    "displayName": "display_name",
    "userPrincipalName": "user_principal_name",
}


class Fault(Enum):
    NONE = "the DC answers"
    LOST_BEFORE = "the request never arrives"
    LOST_AFTER = "the change is made, its answer never arrives"
    AWAY = "the DC cannot even be connected to"


@dataclass
class MemoryJournal:
    intents: dict[str, tuple[Decision, Proposal]] = field(default_factory=dict)
    known: list[Receipt] = field(default_factory=list)

    async def intend(self, decision: Decision, proposal: Proposal) -> None:
        if proposal.id in self.intents:
            raise Refused("journal", "This proposal is in the journal already.")
        self.intents[proposal.id] = (decision, proposal)

    async def intended(self, proposal_id: str) -> Proposal | None:
        known = self.intents.get(proposal_id)
        return known[1] if known else None

    async def receipts(self, proposal_id: str) -> tuple[Receipt, ...] | None:
        if proposal_id not in self.intents:
            return None
        return tuple(r for r in self.known if r.proposal_id == proposal_id)

    async def record(self, receipt: Receipt) -> None:
        if receipt.proposal_id not in self.intents:
            raise Refused("journal", "There is no intent for this receipt.")
        self.known.append(receipt)

    async def writes_since(self, moment: datetime) -> int:
        return sum(r.result is WriteResult.WRITTEN and r.at >= moment for r in self.known)


@dataclass
class GuardedWriter:
    world: World
    key: Ed25519PublicKey
    journal: MemoryJournal
    side: Side = Side.AD
    protected: set[str] = field(default_factory=set)  # objectGUIDs
    break_glass: bool = False
    fault: Fault = Fault.NONE
    just_before: Callable[[], None] | None = None
    modifies: list[Step] = field(default_factory=list)
    under: list[tuple[Decision, Proposal]] = field(default_factory=list)  # what each was made for
    settles: int = 0

    async def read(self, step: Step) -> AdObject | CloudObject | None:
        self._reach()
        return self._stored(step)

    def _stored(self, step: Step) -> AdObject | CloudObject | None:
        return (
            self.world.entra.get(step.guid)
            if self.side is Side.ENTRA
            else self.world.ad.get(step.guid)
        )

    async def write(self, decision: Decision, proposal: Proposal, index: int) -> Receipt:
        step = proposal.steps[index]
        if why := await self._refuses(decision, proposal, index):
            return self._receipt(proposal, index, WriteResult.REFUSED, why)
        if step.guid in self.protected:
            why = Say("{name} is protected.", {"name": step.name})
            return self._receipt(proposal, index, WriteResult.REFUSED, why)
        self._reach()
        if self.just_before:
            self.just_before()
        if self.fault is Fault.LOST_BEFORE:
            return self._receipt(proposal, index, WriteResult.UNKNOWN, Say("No answer."))
        before = self._stored(step)
        if before is not None and not self._relied_on(before, proposal, step):
            return self._receipt(proposal, index, WriteResult.STALE, Say("It has changed."))
        result = self._modify(step)
        if result is WriteResult.WRITTEN:
            self.under.append((decision, proposal))
        if self.fault is Fault.LOST_AFTER:
            return self._receipt(proposal, index, WriteResult.UNKNOWN, Say("No answer."))
        return self._receipt(proposal, index, result, Say("The directory answered."), before)

    async def settle(self, proposal: Proposal, index: int) -> Receipt:
        self._reach()
        self.settles += 1
        target = self._stored(proposal.steps[index])
        there = target is not None and _done(proposal.steps[index], target)
        ours = await self.journal.receipts(proposal.id) is not None
        done = WriteResult.WRITTEN if ours else WriteResult.ALREADY
        result = done if there else WriteResult.STALE
        note = Say("The change is there." if there else "The old values still stand there.")
        return self._receipt(proposal, index, result, note)

    async def _refuses(self, decision: Decision, proposal: Proposal, index: int) -> Say | None:
        """The product's own checks, on the journal of this writer."""
        if proposal.undo_of is not None:
            original = await self.journal.intended(proposal.undo_of)
            receipts = await self.journal.receipts(proposal.undo_of)
            if why := approved.not_an_undo(proposal, original, receipts, tenant=TENANT):
                return why
        return approved.not_approved(
            decision,
            proposal,
            index,
            tenant=TENANT,
            key=self.key,
            mode_allowed=Mode.APPLY,
            now=self.world.clock.now(),
            break_glass_allowed=self.break_glass,
        ) or guard.not_writable(proposal, proposal.steps[index], upn_opt_in=True)

    def _relied_on(self, target: AdObject | CloudObject, proposal: Proposal, step: Step) -> bool:
        """The touched attributes stand as people saw them when they approved."""
        touched = {change.attribute for change in step.changes}
        return all(
            sorted(filter(None, b.values)) == sorted(values_of(target, b.what))
            for b in proposal.before
            if b.ref == target.ref and b.what in touched
        )

    def _reach(self) -> None:
        away = self.world.entra_away if self.side is Side.ENTRA else self.world.ad_away
        if self.fault is Fault.AWAY or away:
            raise Unreachable(self.side, "It does not answer.")

    def _modify(self, step: Step) -> WriteResult:
        target = self._stored(step)
        if target is None:
            return WriteResult.STALE
        after = target
        for change in step.changes:
            values = values_of(after, change.attribute)
            if not set(change.delete) <= set(values) or set(change.add) & set(values):
                return WriteResult.STALE
            left = [v for v in values if v not in change.delete]
            after = _with(after, change.attribute, (*left, *change.add))
        if isinstance(after, CloudObject):
            self.world.entra[step.guid] = after
        else:
            self.world.ad[step.guid] = after
        self.modifies.append(step)
        return WriteResult.WRITTEN

    def _receipt(
        self,
        proposal: Proposal,
        index: int,
        result: WriteResult,
        note: Say,
        before: AdObject | CloudObject | None = None,
    ) -> Receipt:
        step = proposal.steps[index]
        return Receipt(
            proposal_id=proposal.id,
            step=index,
            result=result,
            dc="Entra" if self.side is Side.ENTRA else "DC1",
            at=self.world.clock.now(),
            before=_image(before, step),
            after=_image(self._stored(step), step) if before else (),
            note=note,
        )


def _image(target: AdObject | CloudObject | None, step: Step) -> tuple[Before, ...]:
    if target is None:
        return ()
    touched = dict.fromkeys(change.attribute for change in step.changes)
    return tuple(Before(target.ref, name, values_of(target, name)) for name in touched)


def _with(
    target: AdObject | CloudObject, attribute: str, values: tuple[str, ...]
) -> AdObject | CloudObject:
    if attribute == "proxyAddresses":
        return replace(target, proxy_addresses=values)
    changed: dict[str, Any] = {_FIELDS[attribute]: values[0] if values else None}
    return replace(target, **changed)


def _done(step: Step, target: AdObject | CloudObject) -> bool:
    return all(
        not set(c.delete) & set(values_of(target, c.attribute))
        and set(c.add) <= set(values_of(target, c.attribute))
        for c in step.changes
    )
