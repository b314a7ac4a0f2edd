"""In: the errors a poll saw for one case. Out: the same as the text of a mark, and back.
Promise: equal errors give equal text, in whatever order Entra listed them, so that texts can be compared.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from bot.model import CaseKey, Origin, SyncError
from bot.triage.value import key_of

PREFIX = "errors:"
SYNC = "sync"
RUNNING, STOPPED = "running", "stopped"  # what it says
POLLED, SYNCED = "poll:at", "sync:at"  # the last complete poll, and the last sync it was told of
DELTA = "delta:"  # and the type of object: from where the next walk goes on
SETTLING = "drift:settling"  # whom to look at again, whatever happens
WHOLE = "drift:whole"  # when all objects were last walked over


@dataclass(frozen=True, slots=True)
class Watch:
    key: CaseKey
    errors: tuple[SyncError, ...]


def name_of(case_id: str) -> str:
    return PREFIX + case_id


def write(watch: Watch) -> str:
    ordered = tuple(sorted(watch.errors, key=lambda e: (e.object_id, e.attribute or "", e.raw)))
    return msgspec.json.encode(Watch(watch.key, ordered)).decode()


def by_case(tenant: str, errors: Iterable[SyncError]) -> dict[str, Watch]:
    """By case id."""
    grouped: defaultdict[CaseKey, list[SyncError]] = defaultdict(list)
    for error in errors:
        grouped[key_of(tenant, error)].append(error)
    return {key.id: Watch(key, tuple(found)) for key, found in grouped.items()}


def is_of(text: str, origin: Origin) -> bool:
    """Each source takes back only what it has said itself. Without errors it is the case about the sync."""
    return any(error.origin is origin for error in read(text).errors)


def read(text: str) -> Watch:
    return msgspec.json.decode(text, type=Watch)


def moment_of(text: str | None) -> datetime | None:
    """Of a mark that holds one; None: there is none, or nobody can read it."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
