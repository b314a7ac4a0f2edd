"""In: what handlers need from outside, as verbs of the domain. Out: Protocols, one per outside thing.
Real adapters and the fakes of tests both satisfy them; mypy checks that in `main.py` and in the tests.
Promise: every method says its errors; `Unreachable` always means "nothing happened, ask again later".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import msgspec

from bot.answers import Home
from bot.events import Event
from bot.model import (
    AdFindings,
    AdObject,
    Case,
    Changed,
    CloudFindings,
    CloudObject,
    Decision,
    ObjectType,
    Person,
    Poll,
    Proposal,
    Receipt,
    Refusal,
    ReplyTo,
    Say,
    SlackUser,
    Standing,
    Step,
    TenantFacts,
    Walk,
)


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def new_id(self, prefix: str) -> str:
        """`prefix-` and enough randomness that two processes never meet."""
        ...


# ---------------------------------------------------------------- what a handler leaves behind


@dataclass(frozen=True, slots=True)
class Due:
    """An event for later. The same event scheduled again moves; it never doubles."""

    event: Event
    at: datetime


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line of the audit chain: who did what to which case. Never translated text, never a secret."""

    actor: str
    action: str
    case_id: str = ""
    facts: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What handling one event leaves behind; committed whole, or not at all.

    `case` was made from the version that was read: if the stored one has moved, nothing is committed and the
    handler runs again. `marks` are small facts of the tenant (name -> text, None deletes); those in `relies` must
    still read as they do here, or nothing is committed and the handler runs again.
    """

    event: Event
    case: Case | None = None
    follow: tuple[Event, ...] = ()
    later: tuple[Due, ...] = ()
    audit: tuple[AuditLine, ...] = ()
    marks: Mapping[str, str | None] | None = None
    relies: Mapping[str, str | None] | None = None


class Cases(Protocol):
    """The cases as stored. Raises Unreachable("Redis")."""

    async def get(self, case_id: str) -> Case | None: ...

    async def get_many(self, case_ids: Sequence[str]) -> dict[str, Case]: ...

    async def versions(self, case_ids: Sequence[str]) -> Mapping[str, int]:
        """Their versions without the cases themselves; what is not stored is left out."""
        ...

    async def live_ids(self) -> tuple[str, ...]:
        """Every case that is not closed."""
        ...

    async def closed_since(self, moment: datetime) -> tuple[str, ...]:
        """Every case that was closed at this moment or later, and is."""
        ...

    async def marks(self) -> Mapping[str, str]:
        """What `Result.marks` left: the poll's memory of what it saw last."""
        ...

    async def marks_of(self, names: Sequence[str]) -> Mapping[str, str]:
        """Some of them; a name that is not there is left out."""
        ...

    async def count(self, name: str, window_seconds: int) -> int:
        """Counts one use of `name` and says how many fell into the window, this one included."""
        ...


class Journal(Protocol):
    """The writer's own fsynced memory, on its disk, not in Redis."""

    async def intend(self, decision: Decision, proposal: Proposal) -> None:
        """Raises Refused if this proposal is already in the journal."""
        ...

    async def intended(self, proposal_id: str) -> Proposal | None:
        """What was to be written, as it stands there; None: never intended."""
        ...

    async def receipts(self, proposal_id: str) -> tuple[Receipt, ...] | None:
        """None: never intended. Empty: intended, no receipt (a crash in between): only a re-read can tell."""
        ...

    async def record(self, receipt: Receipt) -> None: ...

    async def writes_since(self, moment: datetime) -> int:
        """How many objects were written, for the caps of an hour and a day."""
        ...


# ---------------------------------------------------------------- the two directories


class AdReader(Protocol):
    """All configured forests. Raises Unreachable, Refused (wrong password, no right to search at all)."""

    async def holders(self, values: Sequence[str]) -> Mapping[str, AdFindings]:
        """For each bare value (`john@contoso.com`): every object that holds it in any attribute that matters,
        recycle bin included where the account may look there.
        """
        ...

    async def joined(
        self, clouds: Sequence[CloudObject], *, heavy: bool = True
    ) -> Mapping[str, AdObject]:
        """The AD twin of each synced cloud object (anchor, else SID, else DN), by cloud object id.
        `heavy`: certificates and photos are counted too, which is too much for thousands.
        """
        ...

    async def by_guid(self, guid: str) -> AdFindings: ...

    async def by_anchor(self, anchor: str) -> AdFindings:
        """By ImmutableId: objectGUID first, then a search on mS-DS-ConsistencyGuid."""
        ...

    async def by_sid(self, sid: str) -> AdFindings:
        """Whoever has this SID now, or had it before it came here (sIDHistory)."""
        ...

    async def implied(self, values: Sequence[str]) -> Mapping[str, tuple[AdObject, ...]]:
        """For each bare value: the living accounts that AD lets sign in by it because it is their account name
        and the DNS name of their domain. A value is left out when a forest that could say so did not answer.
        """
        ...

    async def similar(self, value: str) -> tuple[str, ...]:
        """At most five held values much like this one, for "did you mean"."""
        ...


class StepWriter(Protocol):
    """Whatever the side: one step, written once, under an approval that is checked here again."""

    async def read(self, step: Step) -> AdObject | CloudObject | None:
        """The target as it is now, where it will be written. Raises Unreachable."""
        ...

    async def write(self, decision: Decision, proposal: Proposal, index: int) -> Receipt:
        """One guarded write of one step. Verifies signature, hash, expiry, mode and every protection itself.
        Never raises for an answer: STALE, REFUSED and UNKNOWN are results; Unreachable means that nothing was sent.
        Never retries.
        """
        ...

    async def settle(self, proposal: Proposal, index: int) -> Receipt:
        """After UNKNOWN or a crash: a re-read decides between WRITTEN/ALREADY and STALE.
        Raises Unreachable.
        """
        ...


class AdWriter(StepWriter, Protocol):
    """One LDAP modify, which AD itself guards: the old values must still stand there."""

    async def read(self, step: Step) -> AdObject | None: ...


class CloudWriter(StepWriter, Protocol):
    """What an application changes in Entra: the sign-in name of one user. Graph has no guard: what stands there is
    read, compared, written, and read again; never SAFE.
    """

    async def read(self, step: Step) -> CloudObject | None: ...


class Cloud(Protocol):
    """One Entra tenant through Graph. Raises Unreachable, Refused (expired secret, missing permission)."""

    async def facts(self) -> TenantFacts: ...

    async def holders(self, values: Sequence[str]) -> Mapping[str, CloudFindings]:
        """For each bare value: users, groups, contacts and the recycle bins that hold it."""
        ...

    async def objects(
        self, ids: Sequence[tuple[ObjectType, str]]
    ) -> Mapping[str, CloudObject | None]:
        """Direct reads by id; None: Entra says it is gone."""
        ...

    async def by_ids(self, ids: Sequence[str]) -> Mapping[str, CloudFindings]:
        """Direct reads where only the id is known: users, groups, contacts and the recycle bins."""
        ...

    async def who_manages(self, clouds: Sequence[CloudObject]) -> CloudFindings:
        """The same objects with `cloud_managed`, as far as it could be read; at most one gap says why not."""
        ...

    async def by_anchor(self, anchor: str) -> CloudFindings: ...

    async def by_anchors(self, anchors: Sequence[str]) -> Mapping[str, CloudFindings]: ...

    async def changed(self, type_: ObjectType, token: str) -> Changed:
        """Synchronized objects that changed since; all of them when the token is "" or too old.
        Raises ListBroken.
        """
        ...

    async def with_errors(self, type_: ObjectType) -> tuple[CloudObject, ...]:
        """Every object of the type that carries provisioning errors, read to the last page.
        Raises ListBroken: nothing may be concluded from half a list.
        """
        ...

    async def standing(self, anchor: str) -> Standing:
        """The Entra account joined to this anchor and the roles it holds or may take."""
        ...

    async def standings(self, ids: Sequence[str]) -> Mapping[str, Standing]:
        """The same of many accounts at once, by their Entra ids."""
        ...


class DriftSource(Protocol):
    async def walk(self, tokens: Mapping[str, str], settling: Sequence[str]) -> Walk:
        """What drifts among the objects that changed since the tokens were given, and those that were settling then;
        among all without tokens.
        Raises ListBroken, Unreachable, Refused.
        """
        ...


class ErrorSource(Protocol):
    async def poll(self) -> Poll:
        """Every open error of the tenant. Raises ListBroken when a list ended before its last page: a poll is
        whole or it is nothing.
        """
        ...


class SyncTrigger(Protocol):
    async def ask_for_sync(self, case: Case) -> Say:
        """Asks for a sync, or says when the next one is due anyway."""
        ...


# ---------------------------------------------------------------- people


class People(Protocol):
    """Who may do what, asked at the moment it matters. On any doubt or API error: a Refusal, never a guess."""

    async def may_approve(
        self, who: SlackUser, proposal: Proposal | None, case: Case | None = None
    ) -> Person | Refusal:
        """Of those whom the route of the case names. Neither of the two: an approver at all, whatever it is about."""
        ...

    async def open_to_others(self, channel: str) -> Refusal | None:
        """Whether another organisation reads along where somebody clicked; then nothing is decided there."""
        ...

    async def may_ask(self, who: SlackUser) -> Person | Refusal: ...


class Approvers(Protocol):
    """The writer's own check at apply time, without Slack: still on the list, still an enabled Entra account."""

    async def still_valid(self, decision: Decision, case: Case) -> Refusal | None:
        """Of those whom the route of the case names, as the case is known now."""
        ...


class Signer(Protocol):
    def sign(self, decision: Decision) -> Decision: ...

    def seal(self, heard: bytes) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """By what an answer that is kept can be turned over and shared; `replaces`: it stands where a page of it stood."""

    id: str
    page: int = 0
    may_share: bool = False
    shared: bool = False
    replaces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer as it was given, for as long as Slack lets it be replaced. Only its owner may do anything with it.

    `open` is what everybody who may ask may see of it: "" all, None nothing; `alert`: it tells of a possible attack.
    """

    id: str  # under which it is kept; sealed too, so that none stands in for another
    owner: SlackUser
    shape: str
    body: str
    full: bool
    open: str | None = None
    alert: bool = False
    seal: str = ""  # of the process that gave it: Redis may not make up what somebody shares

    def unsealed(self) -> bytes:
        return b"kept:" + msgspec.json.encode(replace(self, seal=""))


class Answers(Protocol):
    """Answers that can still be turned over and shared. Raises Unreachable("Redis")."""

    async def keep(self, answer_id: str, kept: Kept) -> None: ...

    async def kept(self, answer_id: str) -> Kept | None:
        """None: its time is over."""
        ...

    async def claim_share(self, answer_id: str, by: str) -> bool:
        """Whoever is first shares it; the same `by` may come again."""
        ...

    async def release_share(self, answer_id: str) -> None: ...

    async def is_shared(self, answer_id: str) -> bool: ...


class Channel(Protocol):
    """Where cards are shown and answers go. The card is drawn from the state of the moment it is sent."""

    async def show(self, case_id: str) -> None: ...

    async def put(self, paper: str) -> None:
        """A digest, or a file for the thread of a card; asked for again, it is there once all the same."""
        ...

    async def answer(
        self, shape: str, body: str, to: ReplyTo, *, full: bool, handle: Handle | None = None
    ) -> None:
        """For one person's eyes."""
        ...

    def private(self, channel: str) -> bool:
        """Whether it is the one where possible attacks are shown, and known to be private now."""
        ...

    async def home(self, who: SlackUser, shown: Home | Refusal, *, notice: Say | None) -> None:
        """The home tab of one person, drawn anew. Raises Unreachable("Slack")."""
        ...

    async def announce(
        self, shape: str, body: str, *, channel: str, by: str, page: int = 0, less: bool = False
    ) -> Say | None:
        """For everybody in a channel, "" for the one of the cards; `by` is who shared it, "" where nobody did, and
        `less` that they have seen more. None: it stands there; else why it never will. Raises Unreachable("Slack").
        """
        ...


# ---------------------------------------------------------------- the edge's own needs of the store


class Inbox(Protocol):
    """Where the edge puts what came in, before it acknowledges anything."""

    async def put(self, event: Event, *, once: str | None = None) -> bool:
        """False: `once` was seen before, and nothing was put. Raises Unreachable("Redis")."""
        ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """A card that has to be drawn. `asking` tells this request from a later one."""

    case_id: str
    asking: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The message that shows a case, and how much of the timeline its thread has told.

    `stamp` "": it is to be posted; if `since` is set, a post was begun then and may have arrived.
    `telling`: a message of the thread is on its way that tells so many moments; None: none is.
    """

    channel: str
    stamp: str = ""
    since: float | None = None  # seconds since 1970, as Slack counts them
    told: int = 0  # moments that the thread tells
    opened: int = 0  # moments the card was posted with: they alone are no reason for a message
    telling: int | None = None
    line: str = ""  # the newest message of the thread that is known
    anew: bool = False  # posted again: the message before is gone from Slack
    watchers: int = 0  # how many of those who watch it were told that it is over
    restart: bool = False  # and its new thread does not say so yet


class Outbox(Protocol):
    """Cards waiting to be drawn: at most one entry a card in each lane, one sender a channel."""

    async def outbox_add(self, lane: str, case_id: str, at: datetime) -> None: ...

    async def outbox_take(self, lane: str, now: datetime) -> Waiting | None:
        """The next card that is due; it stays until `outbox_done`."""
        ...

    async def outbox_done(self, lane: str, waiting: Waiting) -> bool:
        """Takes it out, unless it was asked for again since it was taken."""
        ...

    async def card(self, case_id: str) -> Shown | None:
        """The message that shows the case; None: it was never shown."""
        ...

    async def set_card(self, case_id: str, shown: Shown) -> None: ...

    async def lease(self, name: str, seconds: float) -> str | None: ...

    async def extend(self, name: str, token: str, seconds: float) -> bool: ...

    async def unlease(self, name: str, token: str) -> bool: ...
