"""In: what changed in Entra since the last walk, and the AD side of it. Out: the differences that Entra calls no error.
Only objects that were exported or changed are looked at; the first walk, and one a day, looks at all of them.
Promise: an object whose AD side was not found is unknown, not clean; a walk is whole or it is an error.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.model import CloudObject, ObjectType, SyncError, TenantFacts, Walk
from bot.ports import AdReader, Clock, Cloud
from bot.triage.drift import drifts, is_on_its_way

# contacts have neither anchor nor SID in Graph: they are joined by address, too weak to blame a value on
WALKED = (ObjectType.USER, ObjectType.GROUP)
AT_A_TIME = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftWalk:
    ad: AdReader
    cloud: Cloud
    clock: Clock

    async def walk(self, tokens: Mapping[str, str], settling: Sequence[str] = ()) -> Walk:
        read_at = self.clock.now()
        try:
            async with asyncio.TaskGroup() as group:
                facts = group.create_task(self.cloud.facts())
                once_more = group.create_task(self._settling(settling))
                asked = {
                    type_: group.create_task(self.cloud.changed(type_, tokens.get(type_, "")))
                    for type_ in WALKED
                }
        except BaseExceptionGroup as several:  # one reason is enough
            raise several.exceptions[0] from None
        changes = {type_: task.result() for type_, task in asked.items()}
        gone = {id_ for found in changes.values() for id_ in found.gone}
        known = {c.id: c for c in once_more.result() if c.synced}
        known |= {c.id: c for found in changes.values() for c in found.objects if c.synced}
        objects = list(known.values())
        errors, looked, late = await self._compared(objects, facts.result())
        return Walk(
            errors=tuple(sorted(errors, key=lambda e: (e.object_id, e.category or "", e.raw))),
            looked=frozenset(looked | gone),
            unknown=frozenset({each.id for each in objects} - looked),
            whole=all(found.whole for found in changes.values()),
            tokens={str(type_): found.token for type_, found in changes.items()},
            settling=tuple(sorted(late)),
            read_at=read_at,
        )

    async def _settling(self, ids: Sequence[str]) -> list[CloudObject]:
        read = await self.cloud.objects([(ObjectType.USER, id_) for id_ in ids]) if ids else {}
        return [found for found in read.values() if found is not None]

    async def _compared(
        self, objects: Sequence[CloudObject], tenant: TenantFacts
    ) -> tuple[list[SyncError], set[str], set[str]]:
        """What differs, who was looked at, and whose change is on its way."""
        errors: list[SyncError] = []
        looked: set[str] = set()
        late: set[str] = set()
        for at in range(0, len(objects), AT_A_TIME):
            some = objects[at : at + AT_A_TIME]
            twins = await self.ad.joined(some, heavy=False)
            for cloud in some:
                twin = twins.get(cloud.id)
                if twin is not None:
                    looked.add(cloud.id)
                    errors += drifts(twin, cloud, tenant, licensed=cloud.licensed)
                    if cloud.type is ObjectType.USER and is_on_its_way(twin, cloud, tenant):
                        late.add(cloud.id)
        return errors, looked, late
