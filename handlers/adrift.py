"""In: errors that were worked out by comparing both sides. Out: which of them a fresh comparison still finds.
Used where a case is opened, closed or verified: no list of Entra's could tell.
Promise: where the AD side cannot be found the difference stands: it was not seen to be gone.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from bot.model import AdObject, Case, CaseKey, CloudObject, Origin, SyncError, TenantFacts
from bot.ports import AdReader, Cloud
from bot.triage.drift import drifts
from bot.triage.value import key_of


def still_adrift(
    key: CaseKey,
    errors: Sequence[SyncError],
    sides: Mapping[str, tuple[CloudObject | None, AdObject | None]],
    tenant: TenantFacts,
) -> tuple[SyncError, ...]:
    """`sides` by id of the Entra object. An object that is gone from Entra differs from nothing."""
    found: list[SyncError] = []
    for object_id in dict.fromkeys(e.object_id for e in errors):
        cloud, ad = sides.get(object_id, (None, None))
        if cloud is None:
            continue
        if ad is None:
            found += [e for e in errors if e.object_id == object_id]
            continue
        now = drifts(ad, cloud, tenant, licensed=cloud.licensed)
        found += [e for e in now if key_of(key.tenant, e) == key]
    return tuple(found)


async def look_again(
    cases: Iterable[Case],
    clouds: Mapping[str, CloudObject | None],
    *,
    ad: AdReader,
    cloud: Cloud,
) -> frozenset[str]:
    """Ids of the cases whose difference is still there. Asks nobody when no case is about one."""
    adrift = [c for c in cases if any(e.origin is Origin.DRIFT for e in c.errors)]
    ids = {e.object_id for c in adrift for e in c.errors}
    there = {id_: found for id_ in ids if (found := clouds.get(id_)) is not None}
    if not there:
        return frozenset()
    tenant, twins = await asyncio.gather(cloud.facts(), ad.joined(list(there.values())))
    sides = {id_: (found, twins.get(id_)) for id_, found in there.items()}
    return frozenset(c.id for c in adrift if still_adrift(c.key, c.errors, sides, tenant))
