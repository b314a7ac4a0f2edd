"""In: the lab's tenant. Out: the port Cloud over it, without a server: the same objects as Graph would show them.
Every object goes through the lab's own JSON and through the product's reading of it.
Promise: it only reads; what Graph does not show (the AD object somebody is tied to) is given where `shown` says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from bot.entra import listings, objects
from bot.lab.entra import DirectoryObject, Kind, Tenant
from bot.lab.entra.schema import render
from bot.model import (
    Changed,
    CloudFindings,
    CloudObject,
    Flags,
    ObjectType,
    Standing,
    TenantFacts,
)
from bot.triage.join import cloud_claims
from tests import builders

TYPES = {
    Kind.USER: ObjectType.USER,
    Kind.GROUP: ObjectType.GROUP,
    Kind.CONTACT: ObjectType.CONTACT,
}


@dataclass
class LabCloud:
    tenant: Tenant
    stated: bool = True  # an administrator has told the switches of the tenant
    roles_readable: bool = True
    shown: bool = True  # which AD object a user is tied to
    asked: int = 0

    async def facts(self) -> TenantFacts:
        self.asked += 1
        rules = self.tenant.rules
        flags = Flags(
            soft_match_blocked=rules.block_soft_match,
            hard_match_blocked=rules.block_hard_match,
            soft_match_on_upn=rules.soft_match_on_upn,
            upn_changes_follow=rules.synchronize_upn_for_managed_users,
        )
        return builders.tenant_facts(flags=flags if self.stated else Flags())

    async def holders(self, values: Sequence[str]) -> Mapping[str, CloudFindings]:
        everybody = self._all()
        return {v: _found(c for c in everybody if cloud_claims(c, v)) for v in values}

    async def objects(
        self, ids: Sequence[tuple[ObjectType, str]]
    ) -> Mapping[str, CloudObject | None]:
        known = {(c.type, c.id): c for c in self._all() if c.deleted_at is None}
        return {id_: known.get((type_, id_)) for type_, id_ in ids}

    async def by_anchor(self, anchor: str) -> CloudFindings:
        return _found(c for c in self._all() if c.anchor == anchor)

    async def by_anchors(self, anchors: Sequence[str]) -> Mapping[str, CloudFindings]:
        everybody = self._all()
        return {anchor: _found(c for c in everybody if c.anchor == anchor) for anchor in anchors}

    async def by_ids(self, ids: Sequence[str]) -> Mapping[str, CloudFindings]:
        everybody = self._all()
        return {id_: _found(c for c in everybody if c.id == id_) for id_ in ids}

    async def who_manages(self, clouds: Sequence[CloudObject]) -> CloudFindings:
        self.asked += 1
        managed = {o.id for o in self.tenant.objects.values() if o.cloud_managed}
        return CloudFindings(tuple(replace(c, cloud_managed=c.id in managed) for c in clouds))

    async def changed(self, type_: ObjectType, token: str) -> Changed:
        """Always all of them, as where every token is too old."""
        found = tuple(c for c in self._all() if c.type is type_ and c.synced)
        return Changed(objects=found, token=f"{token}+", whole=True)

    async def with_errors(self, type_: ObjectType) -> tuple[CloudObject, ...]:
        return tuple(c for c in self._all() if c.type is type_ and c.errors)

    async def standing(self, anchor: str) -> Standing:
        users = [c for c in self._all() if c.anchor == anchor and c.deleted_at is None]
        return await self._standing(users[0].id) if users else Standing(None, ())

    async def standings(self, ids: Sequence[str]) -> Mapping[str, Standing]:
        self.asked += 1
        return {id_: await self._standing(id_) for id_ in ids}

    async def _standing(self, id_: str) -> Standing:
        roles = tuple(grant.role_name for grant in self.tenant.role_grants(id_))
        return Standing(id_, roles if self.roles_readable else None)

    def _all(self) -> list[CloudObject]:
        self.asked += 1
        return [self._seen(o) for o in self.tenant.objects.values() if o.kind in TYPES]

    def _seen(self, held: DirectoryObject) -> CloudObject:
        select = f"{listings.BY_TYPE[TYPES[held.kind]].select},deletedDateTime"
        sent = msgspec.json.encode(render(held, tuple(select.split(","))))
        seen = objects.cloud_object(objects.wire(sent), TYPES[held.kind])
        source = held.on_premises
        return replace(seen, mapped_to=source.object_guid if source and self.shown else None)


def _found(objects_: Iterable[CloudObject]) -> CloudFindings:
    return CloudFindings(tuple(objects_), searched=("Entra users", "Entra groups"))
