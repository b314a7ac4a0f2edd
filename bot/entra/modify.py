"""In: a signed decision and the proposal it is about. Out: a receipt for a step in Entra: one user's sign-in name.
Graph has no fence: every rule is checked here again, the user is read, one PATCH is sent, the user is read again.
Promise: an answer is a receipt, never an exception; Unreachable means that nothing was sent; never a second PATCH.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.admission import Admission
from bot.entra import guard, outcome
from bot.entra.guard import Fit, fit, image, names
from bot.entra.pen import pen
from bot.entra.tenant import Tenant
from bot.errors import DirsyncError, Unreachable
from bot.model import (
    AdObject,
    Before,
    CloudObject,
    Decision,
    ObjectType,
    Proposal,
    Receipt,
    Say,
    Step,
    WriteResult,
)
from bot.ports import AdReader, Clock, Cloud

WHERE = "Entra"  # in the place of a domain controller's name
LAG = timedelta(minutes=5)  # after a write whose answer was lost


class CloudWriter:
    """The CloudWriter port. `tenant` signs in as the app that may write, `cloud` reads as the one that may not."""

    def __init__(
        self,
        *,
        tenant: Tenant,
        cloud: Cloud,
        admission: Admission,
        approvers: frozenset[str],
        deny: tuple[str, ...] = (),
        ad: AdReader,
        protects: Callable[[AdObject], Awaitable[Say | None]],
        clock: Clock,
        upn_opt_in: bool = False,
    ) -> None:
        """`approvers`: Entra object ids. `deny`: object ids or sign-in names. `protects`: what the writer of AD says of
        the AD side of an account: whom it may not touch there, nobody renames here.
        """
        self._ad = ad
        self._protects = protects
        self._tenant = tenant
        self._cloud = cloud
        self._admission = admission
        self._approvers = approvers
        self._deny = deny
        self._clock = clock
        self._upn_opt_in = upn_opt_in
        self._one_at_a_time = asyncio.Lock()  # Graph would let two of ours overtake each other

    async def close(self) -> None:
        await self._admission.close()

    async def read(self, step: Step) -> CloudObject | None:
        found = await self._cloud.objects([(ObjectType.USER, step.guid)])
        return found.get(step.guid)

    async def write(self, decision: Decision, proposal: Proposal, index: int) -> Receipt:
        async def alone() -> Receipt:
            async with self._one_at_a_time:
                return await self._checked(decision, proposal, index)

        came_to = await self._admission.admit(decision, proposal, index, alone)
        if isinstance(came_to, Say):
            return self._receipt(proposal, index, WriteResult.REFUSED, came_to)
        return came_to

    async def settle(self, proposal: Proposal, index: int) -> Receipt:
        step = proposal.steps[index]
        async with self._one_at_a_time:
            target = await self.read(step)
        tried = await self._admission.tried(proposal, index)
        seen, pair = tried.seen, names(step)
        result, note = outcome.settled(target, pair, ours=tried.ours)
        as_before = pair is not None and target and target.user_principal_name == pair[0]
        # that proves nothing yet: a replica of Entra may not have heard of the change
        if tried.ours and as_before and not self._long_ago(tried.since):
            result, note = WriteResult.UNKNOWN, outcome.MAY_LAG
        if pair and not seen:  # nothing else is ever written over
            seen = (Before(step.ref, guard.SIGN_IN, (pair[0],)),)
        return self._receipt(proposal, index, result, note, seen, image(target, step))

    def _long_ago(self, since: datetime | None) -> bool:
        return since is not None and self._clock.now() - since >= LAG

    # ------------------------------------------------------------ one write

    async def _checked(self, decision: Decision, proposal: Proposal, index: int) -> Receipt:
        step = proposal.steps[index]
        refused = guard.not_writable(proposal, step, upn_opt_in=self._upn_opt_in)
        if refused:
            return self._receipt(proposal, index, WriteResult.REFUSED, refused)
        try:
            target = await self.read(step)
            stopped = self._stops(target, proposal, step)
            if target is None and stopped:
                stopped = await self._instead(step) or stopped
            if target and not stopped:
                stopped = await self._around(target, step)
            if stopped:
                return self._receipt(proposal, index, *stopped, image(target, step))
            return await self._rename(decision, proposal, index)
        except Unreachable:
            raise
        except DirsyncError as error:  # of a read, or of the sign-in: nothing was sent
            why = Say("{why}", {"why": str(error)})
            return self._receipt(proposal, index, WriteResult.REFUSED, why)

    def _stops(
        self, target: CloudObject | None, proposal: Proposal, step: Step
    ) -> outcome.Outcome | None:
        if target is None or target.deleted_at is not None:
            return WriteResult.STALE, outcome.GONE
        refused = guard.protected(target, approvers=self._approvers, deny=self._deny)
        if refused:
            return WriteResult.REFUSED, refused
        match fit(target, proposal, step):
            case Fit.DONE:
                return WriteResult.ALREADY, outcome.ALREADY
            case Fit.STALE:
                return WriteResult.STALE, outcome.CHANGED
        return None

    async def _instead(self, step: Step) -> outcome.Outcome | None:
        """What bears the id, where no user does."""
        found = (await self._cloud.by_ids([step.guid])).get(step.guid)
        live = [each for each in found.objects if each.deleted_at is None] if found else []
        if live and live[0].type is not ObjectType.USER:
            gaps = {"name": live[0].name}
            return WriteResult.REFUSED, Say(
                "{name} is no user: in Entra the bot changes nothing else.", gaps
            )
        return None

    async def _around(self, target: CloudObject, step: Step) -> outcome.Outcome | None:
        """Everything else that Entra must say before the name may change."""
        new = step.changes[0].add[0]
        refused = guard.unverified(new, await self._cloud.facts())
        if not refused:
            refused = guard.not_free(new, target, (await self._cloud.holders([new]))[new])
        if not refused:
            standings = await self._cloud.standings([target.id])
            refused = guard.standing_refuses(target, standings.get(target.id))
        if not refused and target.anchor:
            refused = await self._twin_refuses(target, target.anchor)
        return (WriteResult.REFUSED, refused) if refused else None

    async def _twin_refuses(self, target: CloudObject, anchor: str) -> Say | None:
        twins = [each for each in (await self._ad.by_anchor(anchor)).objects if not each.deleted]
        if len(twins) != 1:
            return Say(
                "The AD object of {name} was not found or could not be read, so nobody knows whether it is protected. "
                "Nothing was written.",
                {"name": target.name},
            )
        return await self._protects(twins[0])

    async def _rename(self, decision: Decision, proposal: Proposal, index: int) -> Receipt:
        step = proposal.steps[index]
        old, new = step.changes[0].delete[0], step.changes[0].add[0]
        async with pen(self._tenant) as signed_in:
            # the last moment to say no: signing in is behind us, and nothing is between this look and the PATCH
            target = await self.read(step)
            stopped = self._stops(target, proposal, step)
            late = self._admission.too_late(decision)
            if late and not stopped:
                stopped = WriteResult.REFUSED, late
            if stopped:
                return self._receipt(proposal, index, *stopped, image(target, step))
            said = await signed_in.rename(step.guid, new)
        after = await self._look_again(step) if said.written else None
        result, note = outcome.of(said, after, old, new)
        # a read that still shows the old name has seen nothing of the change: it is no after-image
        shown = after if after and after.user_principal_name != old else None
        return self._receipt(proposal, index, result, note, image(target, step), image(shown, step))

    async def _look_again(self, step: Step) -> CloudObject | None:
        """The PATCH has its answer; that the look afterwards fails does not take it back."""
        try:
            return await self.read(step)
        except DirsyncError:
            return None

    def _receipt(
        self,
        proposal: Proposal,
        index: int,
        result: WriteResult,
        note: Say,
        before: tuple[Before, ...] = (),
        after: tuple[Before, ...] = (),
    ) -> Receipt:
        return Receipt(
            proposal_id=proposal.id,
            step=index,
            result=result,
            dc=WHERE,
            at=self._clock.now(),
            before=before,
            after=after,
            note=note,
        )
