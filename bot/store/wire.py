"""In: events, cases and where their cards are, or what Redis holds of them. Out: the same, the other way round.
JSON by msgspec with a schema version; the head of a stored case is short enough to be read by Lua.
Promise: nothing but data is ever decoded; what a newer version wrote is told apart from what is broken.
"""

import re
from dataclasses import dataclass, replace
from enum import Enum

import msgspec

from bot.errors import Unreachable, Untrusted
from bot.events import KINDS, Event, Lane
from bot.model import Case, State
from bot.ports import Shown

# 2: a value of a sentence may be a sentence; 3: what was written before goes along; 4: what is decided beside the
# state: a replica that does not know of it would show and approve what was set aside or chosen; 5: storms: it would
# post a card for each of thousands
CASE_SCHEMA = 5
SHOWN_SCHEMA = 2  # 1: only channel and timestamp, as words
HEAD_BYTES = 96  # enough for schema, version and state
_CASE_HEAD = re.compile(r'^\{"schema":(\d+),"version":(\d+),"state":"([a-z]+)",')


class Strange(Enum):
    """Why an entry is not an event of ours."""

    NEWER = "newer"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Entry:
    """One stream entry as text; `stream` is where it belongs, such as `now:edge`."""

    stream: str
    kind: str
    version: str
    body: str

    def member(self) -> str:
        """The form of the entry in the schedule: the same event is always the same member."""
        return f"{self.stream}|{self.kind}|{self.version}|{self.body}"


def entry(event: Event, *, after: Lane | None = None) -> Entry:
    """`after` is the lane of the message it follows: what follows a `now` message stays in `now`."""
    kind = type(event).__name__
    known = KINDS[kind]
    lane = Lane.NOW if after is Lane.NOW else known.lane
    body = msgspec.json.encode(event).decode()
    return Entry(f"{lane}:{known.role}", kind, str(known.version), body)


def event(kind: str, version: str, body: str) -> Event | Strange:
    known = KINDS.get(kind)
    if not (version.isascii() and version.isdecimal()):
        return Strange.BROKEN
    if known is None or int(version) > known.version:
        return Strange.NEWER
    try:
        decoded: Event = msgspec.json.decode(body, type=known.type)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return Strange.BROKEN
    return decoded


class _StoredCase(msgspec.Struct):
    schema: int
    version: int
    state: str
    case: Case


class _Schema(msgspec.Struct):
    schema: int


def encode_case(case: Case) -> str:
    """The case as it is stored: with the version that this commit makes."""
    stored = replace(case, version=case.version + 1)
    document = _StoredCase(CASE_SCHEMA, stored.version, stored.state.value, stored)
    return msgspec.json.encode(document).decode()


def decode_case(case_id: str, text: str) -> Case:
    """Raises Unreachable for a case of a newer version (it waits), Untrusted for one that cannot be read."""
    try:
        if msgspec.json.decode(text, type=_Schema).schema > CASE_SCHEMA:
            raise _newer(case_id)
        return msgspec.json.decode(text, type=_StoredCase).case
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise Untrusted(
            f"Case {case_id} in Redis cannot be read ({error}).",
            todo="Something else wrote it; delete the key, the next poll makes the case again.",
        ) from error


def case_head(case_id: str, text: str) -> tuple[int, State]:
    """Version and state of a stored case from its first bytes; version 0 and NEW when there is none.

    A case of a newer schema has version -1: whoever read it before the upgrade has to read it again.
    """
    if not text:
        return 0, State.NEW
    found = _CASE_HEAD.match(text)
    if found is None:
        raise Untrusted(f"Case {case_id} in Redis was not written by this bot.")
    if int(found[1]) > CASE_SCHEMA:
        return -1, State.NEW
    return int(found[2]), State(found[3])


class _StoredShown(msgspec.Struct):
    schema: int
    shown: Shown


def encode_shown(shown: Shown) -> str:
    return msgspec.json.encode(_StoredShown(SHOWN_SCHEMA, shown)).decode()


def decode_shown(case_id: str, text: str) -> Shown:
    """Raises Unreachable for one of a newer version, Untrusted for one that cannot be read."""
    if text and not text.startswith("{"):
        channel, _, stamp = text.partition(" ")
        return Shown(channel=channel, stamp=stamp, since=None if stamp else 0.0)
    try:
        if msgspec.json.decode(text, type=_Schema).schema > SHOWN_SCHEMA:
            raise _newer(case_id)
        return msgspec.json.decode(text, type=_StoredShown).shown
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise Untrusted(
            f"Where the card of case {case_id} is cannot be read in Redis ({error}).",
            todo="Something else wrote it; delete the key, the card is then posted anew.",
        ) from error


def _newer(case_id: str) -> Unreachable:
    return Unreachable(
        f"case {case_id}",
        f"Case {case_id} was written by a newer version of the bot.",
        todo="Finish the upgrade: this replica leaves the case alone.",
    )
