"""In: signed decisions. Out: AdWriter and Journal on a World, as strict as AD: exact old values, all or nothing.
`fault` loses an answer before or after the write; `just_before` is somebody who is quicker than the bot.
Promise: `modifies` counts what really reached the directory; nothing is written without signature, hash and time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.errors import Refused, Unreachable, Untrusted
from bot.model import (
    AdObject,
    Decision,
    Mode,
    Proposal,
    Receipt,
    Say,
    Step,
    WriteResult,
)
from bot.triage.plan import check_signature, hash_of
from tests.fakes.world import World


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
    protected: set[str] = field(default_factory=set)  # objectGUIDs
    fault: Fault = Fault.NONE
    just_before: Callable[[], None] | None = None
    modifies: list[Step] = field(default_factory=list)
    under: list[tuple[Decision, Proposal]] = field(default_factory=list)  # what each was made for
    settles: int = 0

    async def read(self, step: Step) -> AdObject | None:
        self._reach()
        return self.world.ad.get(step.guid)

    async def write(self, decision: Decision, proposal: Proposal, index: int) -> Receipt:
        step = proposal.steps[index]
        if why := self._not_approved(decision, proposal):
            return self._receipt(proposal, index, WriteResult.REFUSED, why)
        if step.guid in self.protected:
            why = Say("{name} is protected.", {"name": step.name})
            return self._receipt(proposal, index, WriteResult.REFUSED, why)
        self._reach()
        if self.just_before:
            self.just_before()
        if self.fault is Fault.LOST_BEFORE:
            return self._receipt(proposal, index, WriteResult.UNKNOWN, Say("No answer."))
        result = self._modify(step)
        if result is WriteResult.WRITTEN:
            self.under.append((decision, proposal))
        if self.fault is Fault.LOST_AFTER:
            return self._receipt(proposal, index, WriteResult.UNKNOWN, Say("No answer."))
        return self._receipt(proposal, index, result, Say("The directory answered."))

    async def settle(self, proposal: Proposal, index: int) -> Receipt:
        self._reach()
        self.settles += 1
        target = self.world.ad.get(proposal.steps[index].guid)
        there = target is not None and _done(proposal.steps[index], target)
        result = WriteResult.WRITTEN if there else WriteResult.STALE
        note = Say("The change is there." if there else "The old values still stand there.")
        return self._receipt(proposal, index, result, note)

    def _not_approved(self, decision: Decision, proposal: Proposal) -> Say | None:
        try:
            check_signature(decision, self.key)
        except Untrusted as error:
            return Say("{why}", {"why": error.message})
        hashes = {decision.plan_hash, hash_of(decision.tenant, proposal), proposal.plan_hash}
        if decision.proposal_id != proposal.id or len(hashes) != 1:
            return Say("What would be written is not what was approved.")
        if decision.mode is not Mode.APPLY or self.world.clock.now() >= decision.expires_at:
            return Say("The approval does not hold any more.")
        return None

    def _reach(self) -> None:
        if self.fault is Fault.AWAY or self.world.ad_away:
            raise Unreachable("AD corp", "The domain controller does not answer.")

    def _modify(self, step: Step) -> WriteResult:
        target = self.world.ad.get(step.guid)
        if target is None:
            return WriteResult.STALE
        after = target
        for change in step.changes:
            values = values_of(after, change.attribute)
            if not set(change.delete) <= set(values) or set(change.add) & set(values):
                return WriteResult.STALE
            left = [v for v in values if v not in change.delete]
            after = _with(after, change.attribute, (*left, *change.add))
        self.world.ad[step.guid] = after
        self.modifies.append(step)
        return WriteResult.WRITTEN

    def _receipt(self, proposal: Proposal, index: int, result: WriteResult, note: Say) -> Receipt:
        return Receipt(
            proposal_id=proposal.id,
            step=index,
            result=result,
            dc="DC1",
            at=self.world.clock.now(),
            note=note,
        )


def values_of(target: AdObject, attribute: str) -> tuple[str, ...]:
    if attribute == "proxyAddresses":
        return target.proxy_addresses
    return (target.mail,) if target.mail else ()


def _with(target: AdObject, attribute: str, values: tuple[str, ...]) -> AdObject:
    if attribute == "proxyAddresses":
        return replace(target, proxy_addresses=values)
    return replace(target, mail=values[0] if values else None)


def _done(step: Step, target: AdObject) -> bool:
    return all(
        not set(c.delete) & set(values_of(target, c.attribute))
        and set(c.add) <= set(values_of(target, c.attribute))
        for c in step.changes
    )
