"""In: the errors a poll saw for one case. Out: the same as the text of a mark, and back.
Promise: equal errors give equal text, in whatever order Entra listed them, so that texts can be compared.
"""

from dataclasses import dataclass

import msgspec

from bot.model import CaseKey, SyncError

PREFIX = "errors:"
SYNC = "sync"


@dataclass(frozen=True, slots=True)
class Watch:
    key: CaseKey
    errors: tuple[SyncError, ...]


def name_of(case_id: str) -> str:
    return PREFIX + case_id


def write(watch: Watch) -> str:
    ordered = tuple(sorted(watch.errors, key=lambda e: (e.object_id, e.attribute or "", e.raw)))
    return msgspec.json.encode(Watch(watch.key, ordered)).decode()


def read(text: str) -> Watch:
    return msgspec.json.decode(text, type=Watch)
