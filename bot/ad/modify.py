"""In: a signed decision and the proposal it is about. Out: a receipt for each step, from the pinned DC.
The only writer: every rule is checked here again, then one guarded modify is sent, then it is looked at again.
Promise: an answer is a receipt, never an exception; Unreachable means that nothing was sent.
"""

from collections.abc import Awaitable, Callable, Iterable

from bot.ad import guard, outcome
from bot.ad.forest import Forest, writing
from bot.ad.probe import Terrain
from bot.ad.protection import Protection, protected, protecting_group, standing_refuses
from bot.ad.site import Site
from bot.ad.swap import Gate, Swap, swap
from bot.ad.target import Fit, Target, fit, image, read_target, relied_on
from bot.admission import Admission
from bot.errors import DirsyncError, Refused, SettingsError
from bot.model import (
    AdObject,
    Decision,
    ObjectType,
    Proposal,
    Receipt,
    Say,
    Standing,
    Step,
    WriteResult,
)
from bot.ports import Clock
from bot.rules.names import inside, parts


class Writer:
    """The AdWriter port. Forests without a write account are refused, step by step."""

    def __init__(
        self,
        forests: Iterable[Forest],
        *,
        admission: Admission,
        standing: Callable[[str], Awaitable[Standing]],
        protection: Protection,
        clock: Clock,
        upn_opt_in: bool = False,
    ) -> None:
        self._forests = {forest.name: forest for forest in forests}
        self._sites = {
            forest.name: Site(forest, account)
            for forest in self._forests.values()
            if (account := writing(forest))
        }
        self._admission = admission
        self._standing = standing
        self._protection = protection
        self._clock = clock
        self._upn_opt_in = upn_opt_in
        _check_names(self._forests.values(), protection)

    async def close(self) -> None:
        await self._admission.close()
        for site in self._sites.values():
            await site.pool.close()

    async def read(self, step: Step) -> AdObject | None:
        site = self._site(step)
        target = await self._target(site, await site.terrain(), step)
        return target.object if target else None

    async def write(self, decision: Decision, proposal: Proposal, index: int) -> Receipt:
        came_to = await self._admission.admit(
            decision, proposal, index, lambda: self._checked(decision, proposal, index)
        )
        if isinstance(came_to, Say):
            return self._receipt(proposal, index, WriteResult.REFUSED, came_to)
        return came_to

    async def settle(self, proposal: Proposal, index: int) -> Receipt:
        step = proposal.steps[index]
        site = self._site(step)
        terrain = await site.terrain()
        target = await self._target(site, terrain, step)
        tried = await self._admission.tried(proposal, index)
        result, note = outcome.settled(target, step, ours=tried.ours)
        return Receipt(
            proposal_id=proposal.id,
            step=index,
            result=result,
            dc=terrain.dc,
            at=self._clock.now(),
            before=tried.seen or outcome.relied_on_before(proposal, step),
            after=image(target, step),
            note=note,
        )

    async def protects(self, twin: AdObject) -> Say | None:
        """Whether the rules of AD keep this object from being changed, for a change of its other side. A forest without a
        write account is one where nothing may be changed. Raises Unreachable.
        """
        step = Step(forest=twin.forest, guid=twin.guid, dn=twin.dn, name=twin.name, changes=())
        try:
            site = self._site(step)
        except Refused as error:
            return Say("{why}", {"why": str(error)})
        terrain = await site.terrain()
        target = await self._target(site, terrain, step)
        if target is None:
            return outcome.GONE
        refused = protected(target, site.forest, self._protection)
        return refused or await self._protecting_group(site, terrain, target)

    # ------------------------------------------------------------ one write

    async def _checked(self, decision: Decision, proposal: Proposal, index: int) -> Receipt:
        refused = guard.not_writable(proposal, proposal.steps[index], upn_opt_in=self._upn_opt_in)
        if refused:
            return self._receipt(proposal, index, WriteResult.REFUSED, refused)
        step = proposal.steps[index]
        try:
            site = self._site(step)
            terrain = await site.terrain()
            target, refused = await self._look(site, terrain, proposal, index)
            if target is None:
                return self._receipt(proposal, index, WriteResult.STALE, outcome.GONE, terrain)
            refused = refused or await self._entra_refuses(target, step)
            if refused:
                return self._receipt(
                    proposal, index, WriteResult.REFUSED, refused, terrain, before=target
                )
            return await self._swap(site, terrain, decision, proposal, index)
        except Refused as error:
            why = Say("{why}", {"why": str(error)})
            return self._receipt(proposal, index, WriteResult.REFUSED, why)

    async def _look(
        self, site: Site, terrain: Terrain, proposal: Proposal, index: int
    ) -> tuple[Target | None, Say | None]:
        step = proposal.steps[index]
        target = await self._target(site, terrain, step)
        if target is None:
            return None, None
        refused = self._refuses(site, terrain, target, proposal, step)
        return target, refused or await self._protecting_group(site, terrain, target)

    async def _protecting_group(self, site: Site, terrain: Terrain, target: Target) -> Say | None:
        guarded = self._guarded_groups(site.forest)
        if not guarded:
            return None
        return await site.pool.ask(
            lambda c: protecting_group(c, site.forest, terrain, target, guarded)
        )

    def _refuses(
        self, site: Site, terrain: Terrain, target: Target, proposal: Proposal, step: Step
    ) -> Say | None:
        if not terrain.writable:
            return Say("{dc} is a read-only domain controller: set write_dc.", {"dc": terrain.dc})
        return (
            protected(target, site.forest, self._protection)
            or guard.harmful(target, proposal, step)
            or guard.no_right(target, step, site.account.user)
        )

    def _guarded_groups(self, forest: Forest) -> tuple[str, ...]:
        """Those of this forest, and those of no forest: a mistyped one must not go unnoticed."""
        others = [f.base_dn for f in self._forests.values() if f is not forest and f.base_dn]
        return tuple(
            dn for dn in self._protection.groups if not any(inside(dn, top) for top in others)
        )

    async def _entra_refuses(self, target: Target, step: Step) -> Say | None:
        if target.object.type is not ObjectType.USER:
            return None  # groups and contacts that come from AD hold no roles
        standing = await self._standing(target.object.anchor)
        return standing_refuses(target, step, standing, self._protection.approvers)

    async def _swap(
        self, site: Site, terrain: Terrain, decision: Decision, proposal: Proposal, index: int
    ) -> Receipt:
        step = proposal.steps[index]

        def last_look(target: Target) -> Say | None:
            """Minutes may have gone by while Entra was asked; this is the last moment to say no."""
            if not relied_on(target, proposal, index) and fit(target, step) is not Fit.DONE:
                return outcome.CHANGED
            late = self._admission.too_late(decision)
            return late or self._refuses(site, terrain, target, proposal, step)

        gate = Gate()
        try:
            done = await site.pool.once(
                lambda c: swap(c, site.forest, terrain, step, last_look, gate)
            )
        except DirsyncError as error:
            if not gate.close():
                raise
            note = Say(
                "The answer of {dc} was lost: {why} A look at the object will tell.",
                {"dc": terrain.dc, "why": error.message},
            )
            return self._receipt(proposal, index, WriteResult.UNKNOWN, note, terrain)
        result, note = outcome.of(done, step, site.account.user)
        return self._receipt(proposal, index, result, note, terrain, swapped=done)

    # ------------------------------------------------------------ small things

    def _site(self, step: Step) -> Site:
        site = self._sites.get(step.forest)
        if site is None:
            raise Refused(
                f"AD {step.forest}",
                f"There is no write account for the forest {step.forest}.",
                todo="Set write_user and write_password of the forest.",
            )
        return site

    async def _target(self, site: Site, terrain: Terrain, step: Step) -> Target | None:
        return await site.pool.ask(lambda c: read_target(c, site.forest, terrain, step.guid))

    def _receipt(
        self,
        proposal: Proposal,
        index: int,
        result: WriteResult,
        note: Say,
        terrain: Terrain | None = None,
        *,
        before: Target | None = None,
        swapped: Swap | None = None,
    ) -> Receipt:
        step = proposal.steps[index] if 0 <= index < len(proposal.steps) else None
        first = swapped.before if swapped else before
        return Receipt(
            proposal_id=proposal.id,
            step=index,
            result=result,
            dc=terrain.dc if terrain else "",
            at=self._clock.now(),
            before=image(first, step) if step else (),
            after=image(swapped.after, step) if swapped and step else (),
            note=note,
        )


def _check_names(forests: Iterable[Forest], protection: Protection) -> None:
    named = [
        (f"allowed_ous of {forest.name}", dn) for forest in forests for dn in forest.allowed_ous
    ]
    for where, dn in [*named, *(("protected.groups", dn) for dn in protection.groups)]:
        try:
            good = len(parts(dn)) > 0
        except ValueError:
            good = False
        if not good:
            raise SettingsError(
                f"{dn!r} in {where} is not a distinguished name.",
                todo="Write it as in OU=Staff,DC=corp,DC=contoso,DC=com.",
            )
