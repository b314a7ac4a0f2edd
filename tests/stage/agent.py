"""In: the export errors of the lab's sync. Out: the bot's error source, with what an agent on the sync server tells it.
Graph never lists these; in life a person pastes them, or a script on the server reads them from its log.
Promise: what Entra quarantined comes from the real source; what the server says is handed on, field by field.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from bot.lab.entra import ExportError
from bot.lab.sync import SyncEngine
from bot.model import ObjectType, Origin, Poll, SyncError
from bot.ports import ErrorSource


@dataclass(frozen=True)
class WithAgent:
    quarantine: ErrorSource
    engines: Mapping[str, SyncEngine]
    told: list[SyncError] = field(default_factory=list)  # what the lab's sync never complains of

    async def poll(self) -> Poll:
        seen = await self.quarantine.poll()
        listed = [told_by(error) for each in self.engines.values() for error in each.export_errors]
        return replace(seen, errors=(*seen.errors, *listed, *self.told))


def told_by(error: ExportError) -> SyncError:
    return SyncError(
        object_id=error.object_id or "",
        object_type=ObjectType.USER,
        object_name=error.distinguished_name.partition(",")[0].partition("=")[2],
        category=error.error,
        attribute=error.attribute_conflict_name,
        value=next(iter(error.attribute_conflict_values), None),
        raw=json.dumps(asdict(error), sort_keys=True),
        origin=Origin.EXPORT,
        conflict_id=error.object_id_in_conflict,
    )
