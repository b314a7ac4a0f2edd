"""In: a World. Out: the ports that read it: AdReader, Cloud, ErrorSource, SyncTrigger.
A side that is "away" raises Unreachable; a forest that is away is a gap, as the real reader tells it.
Promise: they only read, and what they answer is the World of this very moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.errors import ListBroken, Unreachable
from bot.model import (
    AdFindings,
    AdObject,
    Case,
    Changed,
    CloudFindings,
    CloudObject,
    Gap,
    ObjectType,
    Poll,
    Say,
    Standing,
    SyncError,
    TenantFacts,
)
from bot.triage.join import ad_claims, cloud_claims
from bot.triage.value import fold
from tests.fakes.world import World

_NO_GROUPS = Gap("Entra", "groups", "no permission GroupMember.Read.All")
_NO_PERMISSION = Gap(
    "Entra", "who manages it (isCloudManaged)", "no permission User-OnPremisesSyncBehavior.Read.All"
)
_AWAY = Gap("AD corp", "everything", "the server does not answer")


@dataclass
class WorldAd:
    world: World

    async def holders(self, values: Sequence[str]) -> Mapping[str, AdFindings]:
        objects = self._all()
        return {v: self._found([a for a in objects if ad_claims(a, v)]) for v in values}

    async def joined(
        self,
        clouds: Sequence[CloudObject],
        *,
        heavy: bool = True,  # noqa: ARG002 - the World has it all at hand
    ) -> Mapping[str, AdObject]:
        living = {a.anchor: a for a in self._all() if not a.deleted}
        return {c.id: living[c.anchor] for c in clouds if c.anchor in living}

    async def by_guid(self, guid: str) -> AdFindings:
        return self._found([a for a in self._all() if a.guid == guid])

    async def by_anchor(self, anchor: str) -> AdFindings:
        return self._found([a for a in self._all() if a.anchor == anchor])

    async def by_sid(self, sid: str) -> AdFindings:
        return self._found([a for a in self._all() if fold(a.sid or "") == fold(sid)])

    async def implied(self, values: Sequence[str]) -> Mapping[str, tuple[AdObject, ...]]:
        """Account name and the DNS name of the domain, as AD takes them for a sign-in name."""
        living = [a for a in self._all() if not a.deleted and a.sam_account_name]
        if self.world.forest_away:
            return {}
        names = [(f"{a.sam_account_name}@{_dns_name(a.dn)}".lower(), a) for a in living]
        return {v: tuple(a for name, a in names if name == v) for v in values}

    async def similar(self, value: str) -> tuple[str, ...]:
        domain = value.rpartition("@")[2]
        living = [a for a in self._all() if not a.deleted]
        held = {a.mail for a in living if a.mail and a.mail.endswith(f"@{domain}")}
        return tuple(sorted(held))[:5]

    def _all(self) -> list[AdObject]:
        self.world.reads += 1
        if self.world.ad_away:
            raise Unreachable("AD corp", "The domain controller does not answer.")
        return [] if self.world.forest_away else list(self.world.ad.values())

    def _found(self, objects: Sequence[AdObject]) -> AdFindings:
        if self.world.forest_away:
            return AdFindings(gaps=(_AWAY,))
        return AdFindings(tuple(objects), searched=("AD corp", "AD corp recycle bin"))


def _dns_name(dn: str) -> str:
    return ".".join(part[3:] for part in dn.split(",") if part.startswith("DC="))


@dataclass
class WorldCloud:
    world: World

    async def facts(self) -> TenantFacts:
        self._reach()
        return self.world.facts()

    async def holders(self, values: Sequence[str]) -> Mapping[str, CloudFindings]:
        objects = self._all()
        if self.world.groups_readable:
            return {v: _cloud([c for c in objects if cloud_claims(c, v)]) for v in values}
        shown = [c for c in objects if c.type is not ObjectType.GROUP]
        found = {v: _cloud([c for c in shown if cloud_claims(c, v)]) for v in values}
        return {v: replace(each, gaps=(_NO_GROUPS,)) for v, each in found.items()}

    async def objects(
        self, ids: Sequence[tuple[ObjectType, str]]
    ) -> Mapping[str, CloudObject | None]:
        known = {c.id: c for c in self._all()}
        return {id_: known.get(id_) for type_, id_ in ids}

    async def by_anchor(self, anchor: str) -> CloudFindings:
        return _cloud([c for c in self._all() if c.anchor == anchor])

    async def by_anchors(self, anchors: Sequence[str]) -> Mapping[str, CloudFindings]:
        known = self._all()
        return {anchor: _cloud([c for c in known if c.anchor == anchor]) for anchor in anchors}

    async def changed(self, type_: ObjectType, token: str) -> Changed:
        """Always all of them, as where every token is too old."""
        found = tuple(c for c in self._all() if c.type is type_ and c.synced)
        return Changed(objects=found, token=f"{token}+", whole=True)

    async def with_errors(self, type_: ObjectType) -> tuple[CloudObject, ...]:
        return tuple(c for c in self._all() if c.type is type_ and c.errors)

    async def by_ids(self, ids: Sequence[str]) -> Mapping[str, CloudFindings]:
        known = self._all()
        return {id_: _cloud([c for c in known if c.id == id_]) for id_ in ids}

    async def who_manages(self, clouds: Sequence[CloudObject]) -> CloudFindings:
        self._reach()
        if not self.world.managed_readable:
            return CloudFindings(tuple(clouds), (_NO_PERMISSION,))
        managed = self.world.cloud_managed
        return CloudFindings(tuple(replace(c, cloud_managed=c.id in managed) for c in clouds))

    async def standing(self, anchor: str) -> Standing:
        account = next((c for c in self._all() if c.anchor == anchor), None)
        return Standing(account.id if account else None, self.world.roles.get(anchor, ()))

    async def standings(self, ids: Sequence[str]) -> Mapping[str, Standing]:
        """Of an account without an anchor the roles are noted by its id."""
        known = {c.id: c for c in self._all()}
        whose = {id_: (known[id_].anchor or id_) if id_ in known else id_ for id_ in ids}
        return {id_: Standing(id_, self.world.roles.get(whose[id_], ())) for id_ in ids}

    def _all(self) -> list[CloudObject]:
        self._reach()
        return list(self.world.entra.values())

    def _reach(self) -> None:
        self.world.reads += 1
        if self.world.entra_away:
            raise Unreachable("Entra", "Graph does not answer.")


def _cloud(objects: Sequence[CloudObject]) -> CloudFindings:
    return CloudFindings(tuple(objects), searched=("Entra users", "Entra groups"))


@dataclass
class WorldSource:
    """`listed` is what a lagging list shows instead of the truth; `broken` ends it before its last page."""

    world: World
    listed: tuple[SyncError, ...] | None = None
    broken: bool = False

    async def poll(self) -> Poll:
        if self.world.entra_away:
            raise Unreachable("Entra", "Graph does not answer.")
        if self.broken:
            raise ListBroken("The list of users ended before its last page.")
        errors = self.world.errors() if self.listed is None else self.listed
        return Poll(errors=errors, tenant=self.world.facts(), read_at=self.world.clock.now())


@dataclass
class ScheduledSync:
    """Nothing is started from here: the sync runs when the test lets it run."""

    asked: int = 0

    async def ask_for_sync(self, case: Case) -> Say:
        self.asked += 1
        return Say("The change of {case} goes to Entra with the next sync.", {"case": case.id})
