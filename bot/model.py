"""In: nothing; this is the vocabulary. Out: the types that every room speaks in, frozen.
No dict crosses a room and no library's type does: adapters make these, handlers and triage reason on them.
Promise: pure data, JSON-able by msgspec, times are aware and in UTC, identifiers are text.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

# ---------------------------------------------------------------- words


@dataclass(frozen=True, slots=True)
class Say:
    """An English sentence with named gaps, translated where it is drawn.

    `cites` names the evidence the sentence rests on (keys of `Evidence.keys()`), so that no card can claim
    what was not read. Values are data from a directory: whoever draws them escapes them. One that is a sentence
    itself is drawn in the same language.
    """

    msgid: str
    values: Mapping[str, "str | Say"] = field(default_factory=dict)
    cites: tuple[str, ...] = ()

    def english(self) -> str:
        """As programs, logs and the audit are told it."""
        said = {k: v.english() if isinstance(v, Say) else v for k, v in self.values.items()}
        return self.msgid.format(**said)


def mark(text: str) -> str:
    """A sentence that becomes a `Say` somewhere else: `make words` finds it here. Changes nothing."""
    return text


class Kind(StrEnum):
    ADDRESS = "address"
    SIP = "sip"
    SID = "sid"
    ANCHOR = "anchor"
    OBJECT = "object"
    TENANT = "tenant"


class ObjectType(StrEnum):
    USER = "user"
    GROUP = "group"
    CONTACT = "contact"
    OTHER = "other"


class Risk(StrEnum):
    """SAFE: one approver, one click. JUDGE: two approvers and a reason. DESTRUCTIVE: never a button."""

    SAFE = "safe"
    JUDGE = "judge"
    DESTRUCTIVE = "destructive"


class Origin(StrEnum):
    """Where an error was read.

    quarantine: on the object in Entra, where Graph lists it. export: on the sync server, where only a person or an
    agent sees it. drift: nowhere; the bot compared AD with what Entra should make of it.
    """

    QUARANTINE = "quarantine"
    EXPORT = "export"
    DRIFT = "drift"


class Mode(StrEnum):
    """observe: no buttons. propose: approvals are recorded, a person makes the change. apply: the bot writes."""

    OBSERVE = "observe"
    PROPOSE = "propose"
    APPLY = "apply"


# ---------------------------------------------------------------- what was read


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncError:
    """One entry of an object's error list, as Entra gave it; `raw` keeps every field for the reader."""

    object_id: str
    object_type: ObjectType
    object_name: str
    category: str | None = None
    attribute: str | None = None
    value: str | None = None
    occurred_at: datetime | None = None
    raw: str = ""
    origin: Origin = Origin.QUARANTINE
    conflict_id: str | None = None  # ObjectIdInConflict: who Entra says holds the value


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeStamp:
    """When and on which DC an attribute was last written; AD never says by whom."""

    attribute: str
    changed_at: datetime
    version: int
    dc: str


# msExchRecipientTypeDetails: RemoteUserMailbox, RemoteRoomMailbox, RemoteEquipmentMailbox, RemoteSharedMailbox
REMOTE_MAILBOXES = frozenset({1 << 31, 1 << 33, 1 << 34, 1 << 35})


@dataclass(frozen=True, slots=True, kw_only=True)
class AdObject:
    """One object of one forest. `guid` is objectGUID in text form, `anchor` the base64 that Entra joins by."""

    forest: str
    guid: str
    dn: str
    type: ObjectType
    name: str
    anchor: str
    anchor_broken: bool = False  # mS-DS-ConsistencyGuid holds something that is not 16 bytes
    sid: str | None = None
    classes: tuple[str, ...] = ()  # lower case
    common_name: str | None = None
    display_name: str | None = None
    given_name: str | None = None
    surname: str | None = None
    employee_id: str | None = None
    sam_account_name: str | None = None
    user_principal_name: str | None = None
    mail: str | None = None
    mail_nickname: str | None = None
    target_address: str | None = None
    sip_address: str | None = None
    proxy_addresses: tuple[str, ...] = ()
    enabled: bool | None = None  # None: the kind of object has no such state
    mailbox: bool = False
    recipient_type: int = (
        0  # msExchRecipientTypeDetails; 0: Exchange on-premises does not know the object
    )
    address_policy: bool = False  # an Exchange e-mail address policy writes its addresses
    master_sid: str | None = (
        None  # msExchMasterAccountSid: a linked mailbox of another forest's account
    )
    group_type: int = 0
    certificates: int | None = None  # these four: None means not read
    expired_certificates: int | None = None
    smime_certificates: int | None = None
    photo_bytes: int | None = None
    admin_count: bool = False
    critical: bool = False
    deleted: bool = False
    usn_changed: int = 0
    created_at: datetime | None = None
    changed_at: datetime | None = None
    last_logon_at: datetime | None = None
    stamps: tuple[AttributeStamp, ...] = ()

    @property
    def ref(self) -> str:
        return f"ad:{self.forest}:{self.guid}"

    @property
    def remote_mailbox(self) -> bool:
        """Exchange on-premises knows it, but the mailbox is in Exchange Online."""
        return self.recipient_type in REMOTE_MAILBOXES

    @property
    def conflict(self) -> bool:
        """The copy that lost when two domain controllers made one object; it is never synchronized."""
        return "\\0acnf:" in self.dn.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudObject:
    """One Entra object. `synced` is onPremisesSyncEnabled: True, False (was once), None (cloud-only)."""

    id: str
    type: ObjectType
    name: str
    user_principal_name: str | None = None
    mail: str | None = None
    mail_nickname: str | None = None
    proxy_addresses: tuple[str, ...] = ()
    other_mails: tuple[str, ...] = ()
    synced: bool | None = None
    anchor: str | None = None
    dn: str | None = None
    sid: str | None = None
    enabled: bool | None = None
    guest: bool = False
    licensed: bool | None = None
    unified: bool = False  # a Microsoft 365 group
    employee_id: str | None = None
    given_name: str | None = None
    surname: str | None = None
    cloud_managed: bool | None = None  # isCloudManaged: AD no longer decides; None: not read
    mapped_to: str | None = None  # onPremisesObjectIdentifier, the objectGUID it is tied to
    created_at: datetime | None = None
    last_sync_at: datetime | None = None
    deleted_at: datetime | None = None
    errors: tuple[SyncError, ...] = ()

    @property
    def ref(self) -> str:
        return f"entra:{self.id}"


EVERYTHING = mark("everything")  # the `what` of a gap where a whole forest or tenant did not answer


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be read: where, what, why. Part of every answer, never left out."""

    where: str
    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """Switches of the tenant, which Graph shows to people only: as an administrator stated them; None: unknown.

    `stated_on` is the day of that statement, as it was written into the settings.
    """

    soft_match_blocked: bool | None = None  # BlockSoftMatch
    hard_match_blocked: bool | None = None  # BlockCloudObjectTakeoverThroughHardMatch
    soft_match_on_upn: bool | None = None  # SoftMatchOnUpn
    upn_changes_follow: bool | None = None  # SynchronizeUpnForManagedUsers
    stated_on: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantFacts:
    tenant: str
    name: str = ""
    initial_domain: str = ""
    verified_domains: tuple[str, ...] = ()
    sync_enabled: bool | None = None
    last_sync_at: datetime | None = None
    flags: Flags = Flags()


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The error lists, read to their last page, and the tenant's facts of the same moment."""

    errors: tuple[SyncError, ...]
    tenant: TenantFacts
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Synchronized objects of one type that changed since a token was given, as they are now; `gone` are ids.

    `whole`: the token was none, or not good any more, so these are all there are. `token` is for the next time.
    """

    objects: tuple[CloudObject, ...]
    gone: frozenset[str] = frozenset()
    token: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Differences between AD and Entra, worked out for the objects that were looked at.

    `unknown` are ids whose AD side was not found. `whole`: every synchronized object was asked for, so what is
    in neither of the two is gone.
    """

    errors: tuple[SyncError, ...]
    looked: frozenset[str]
    unknown: frozenset[str]
    whole: bool
    tokens: Mapping[str, str]  # by type of object, for the next walk
    # users whose change is on its way: no later change would bring them up again
    settling: tuple[str, ...] = ()
    read_at: datetime


@dataclass(frozen=True, slots=True)
class AdFindings:
    objects: tuple[AdObject, ...] = ()
    gaps: tuple[Gap, ...] = ()
    searched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CloudFindings:
    objects: tuple[CloudObject, ...] = ()
    gaps: tuple[Gap, ...] = ()
    searched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Who an AD object is in Entra. `roles` are held or eligible, direct or inherited; None: unreadable."""

    object_id: str | None
    roles: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Claim:
    """One place where an object holds the value: the attribute, the stored text, whether it is the main one."""

    attribute: str
    value: str
    primary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One thing that holds the value, joined over both sides. `joined_by` is anchor, sid, dn or address."""

    ad: AdObject | None = None
    cloud: CloudObject | None = None
    ad_claims: tuple[Claim, ...] = ()
    cloud_claims: tuple[Claim, ...] = ()
    joined_by: str | None = None
    known_as: str = ""  # set where two holders of one value bear the same name

    @property
    def name(self) -> str:
        own = self.ad.name if self.ad else self.cloud.name if self.cloud else ""
        return self.known_as or own

    @property
    def type(self) -> ObjectType:
        if self.ad:
            return self.ad.type
        return self.cloud.type if self.cloud else ObjectType.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that was read about one value in one pass over both sides."""

    value: str
    read_at: datetime
    tenant: TenantFacts
    errors: tuple[SyncError, ...] = ()
    holders: tuple[Holder, ...] = ()
    # by ref of the AD object; of an account that only Entra has, by its own
    standings: Mapping[str, Standing] = field(default_factory=dict)
    # bare value that might be given to somebody -> refs of all that hold it; not in here: nobody has looked
    taken: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    searched: tuple[str, ...] = ()

    def keys(self) -> frozenset[str]:
        """What a sentence may cite: `err`, `tenant`, `flags`, `taken`, `searched`, `gaps`, and the ref of each
        object read.
        """
        refs = {h.ad.ref for h in self.holders if h.ad}
        refs |= {h.cloud.ref for h in self.holders if h.cloud}
        named = {"tenant", "searched", "flags"}
        if self.taken:
            named.add("taken")
        if self.errors:
            named.add("err")
        if self.gaps:
            named.add("gaps")
        return frozenset(refs | named)


# ---------------------------------------------------------------- what is concluded and proposed


@dataclass(frozen=True, slots=True)
class Term:
    """One reason for or against keeping the value, with its weight."""

    points: int
    say: Say


@dataclass(frozen=True, slots=True)
class Score:
    """How strong one holder's claim on the value is; every term is shown to the reader."""

    ref: str
    name: str
    terms: tuple[Term, ...]

    @property
    def total(self) -> int:
        return sum(term.points for term in self.terms)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One step a person takes. `command` is ready to paste: names and values of this case are in it, quoted."""

    say: Say
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """A way out that the bot does not take: for people to read and do. Never a button."""

    rank: int
    risk: Risk
    title: Say
    because: Say  # why there is no button
    steps: tuple[Instruction, ...]
    undo: Say


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Which case it is and how to say it: what happened, why we think so, what Entra will do next."""

    code: str  # C01 to C62, or "C00": not recognised yet
    title: Say
    what: tuple[Say, ...]
    why: tuple[Say, ...] = ()
    then: tuple[Say, ...] = ()
    keeper: str | None = None  # ref
    losers: tuple[str, ...] = ()
    scores: tuple[Score, ...] = ()
    runbooks: tuple[Runbook, ...] = ()
    alert: bool = False  # perhaps an attack: told to security, never held back


@dataclass(frozen=True, slots=True)
class Change:
    """Exact values to delete and to add on one attribute; both in one LDAP modify."""

    attribute: str
    delete: tuple[str, ...] = ()
    add: tuple[str, ...] = ()


class Side(StrEnum):
    AD = "ad"
    ENTRA = "entra"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One object, one modify. The target is the objectGUID; the DN is what people read.

    On the side of Entra: one PATCH of one user. `guid` is the object id there, `forest` and `dn` are "".
    """

    forest: str
    guid: str
    dn: str
    name: str
    changes: tuple[Change, ...]
    side: Side = Side.AD

    @property
    def ref(self) -> str:
        return f"entra:{self.guid}" if self.side is Side.ENTRA else f"ad:{self.forest}:{self.guid}"


@dataclass(frozen=True, slots=True)
class Before:
    """One thing a proposal relies on, as it was read: object ref, what, its values in order."""

    ref: str
    what: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that can be approved exactly as shown. `plan_hash` covers steps, risk and all of `before`."""

    id: str
    case_id: str
    code: str
    rank: int
    risk: Risk
    title: Say
    because: Say  # why this risk
    untouched: Say
    steps: tuple[Step, ...]
    before: tuple[Before, ...]
    plan_hash: str
    affected: tuple[str, ...] = ()  # entra object ids of people who hold, gain or lose the value
    consequences: tuple[Say, ...] = ()  # of a JUDGE: what people will notice
    undo_of: str | None = None


# ---------------------------------------------------------------- who decided, what was written


@dataclass(frozen=True, slots=True)
class SlackUser:
    team: str
    user: str


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """Where an ephemeral answer goes: the response_url of the question, else the channel and the user."""

    channel: str
    user: SlackUser
    response_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may do what was asked, as both sides know them."""

    slack: SlackUser
    entra_id: str
    name: str
    full_reader: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a click or a question was refused, and what to do. `code` is for the audit and for tests."""

    code: str
    say: Say


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    slack_team: str
    slack_user: str
    entra_id: str
    name: str
    at: datetime


SHORTEST_REASON = (
    10  # characters of the first one: enough to be a reason, not enough to be a burden
)
SHORTEST_ALONE = 30  # characters, where nobody else reads the reason before it is written


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """Nothing is written, whatever is approved. `by` "": the bot did it, after the writes for `cases` went wrong.

    `lifting` is the first of the two approvers that it takes to go on.
    """

    id: str
    at: datetime
    by: str = ""
    reason: str = ""
    cases: tuple[str, ...] = ()
    lifting: Approval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The first of two approvals of a JUDGE, with the reason that was typed; it waits for the second.

    It is kept in Redis, which may not make up an approver: the edge seals it (`plan.agreement_bytes`).
    """

    proposal_id: str
    revision: int
    plan_hash: str
    approval: Approval
    reason: str
    seal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Another proposal than the bot's first one, because somebody chose it; that person does not approve it.

    It is kept in Redis, which may not make up who chose: the edge seals it (`plan.choice_bytes`).
    """

    proposal_id: str
    revision: int
    plan_hash: str
    by: Person
    at: datetime
    seal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze:
    """Somebody wants to hear of the case later: from a moment on, or (`until` None) when the evidence changes."""

    at: datetime
    by: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Somebody said why nothing is to be done about the case, and for how long."""

    at: datetime
    by: str
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who takes care of the case."""

    user: SlackUser
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What people approved, signed by the edge (Ed25519 over all fields but `signature`).

    `break_glass`: one approved alone what takes two. `chosen_by`: the Entra id of whoever chose the proposal.
    """

    tenant: str
    case_id: str
    proposal_id: str
    revision: int
    plan_hash: str
    risk: Risk
    mode: Mode
    approvals: tuple[Approval, ...]
    reason: str
    decided_at: datetime
    expires_at: datetime
    break_glass: bool = False
    chosen_by: str = ""
    signature: str = ""


class WriteResult(StrEnum):
    WRITTEN = "written"  # our modify answered success
    ALREADY = "already"  # a re-read shows exactly what we meant to write
    STALE = "stale"  # an old value has gone; nothing was written
    REFUSED = "refused"  # a rule of the writer, or the directory, said no; nothing was written
    UNKNOWN = "unknown"  # no answer, and no re-read yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one step did. `before` and `after` are the touched attributes as read around the write."""

    proposal_id: str
    step: int
    result: WriteResult
    dc: str
    at: datetime
    before: tuple[Before, ...] = ()
    after: tuple[Before, ...] = ()
    note: Say = field(default_factory=lambda: Say(""))


class State(StrEnum):
    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    APPROVED = "approved"
    APPLYING = "applying"
    WRITTEN = "written"
    EXPORTED = "exported"
    VERIFIED = "verified"
    CLOSED = "closed"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    FAILED = "failed"
    REFUSED = "refused"
    OVERDUE = "overdue"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNDONE = "undone"


_REOPEN = frozenset({State.OPEN, State.PENDING, State.CLOSED})

# The life of a case. Code, cards, docs and tests are all held to this one table.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.NEW: frozenset({State.OPEN, State.PENDING, State.CLOSED}),
    # to approved: a fix; from where nothing of now is to be approved, the undo of something written earlier
    State.OPEN: _REOPEN | {State.APPROVED},
    State.PENDING: _REOPEN | {State.APPROVED, State.REJECTED, State.EXPIRED},
    # from approved straight to written: in `propose` a person makes the change by hand
    State.APPROVED: _REOPEN | {State.APPLYING, State.EXPIRED, State.REFUSED, State.WRITTEN},
    # an undo goes the same way as a fix; one that comes to nothing leaves the case written, as it was, or open
    State.APPLYING: _REOPEN
    | {State.WRITTEN, State.PARTIAL, State.UNKNOWN, State.FAILED, State.REFUSED, State.UNDONE},
    State.UNKNOWN: _REOPEN | {State.WRITTEN, State.PARTIAL, State.FAILED, State.UNDONE},
    # from written back to failed: something put the old value back; to approved: an undo; to open or pending: it did
    # its part, and what is left of the case is other objects'
    State.WRITTEN: frozenset(
        {State.EXPORTED, State.VERIFIED, State.OVERDUE, State.APPROVED, State.FAILED}
        | {State.OPEN, State.PENDING}
    ),
    State.EXPORTED: frozenset(
        {State.VERIFIED, State.OVERDUE, State.APPROVED, State.FAILED, State.OPEN, State.PENDING}
    ),
    State.OVERDUE: _REOPEN | {State.VERIFIED, State.APPROVED, State.FAILED},
    State.VERIFIED: frozenset({State.CLOSED, State.APPROVED, State.OPEN, State.PENDING}),
    State.PARTIAL: _REOPEN | {State.APPROVED},
    State.FAILED: _REOPEN,
    State.REFUSED: _REOPEN | {State.APPROVED},
    State.REJECTED: _REOPEN | {State.APPROVED},
    State.EXPIRED: _REOPEN | {State.APPROVED},
    State.UNDONE: _REOPEN | {State.APPROVED},
    State.CLOSED: frozenset({State.OPEN, State.PENDING}),
}
LIVE = frozenset(State) - {State.CLOSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A change that the bot wrote for a case which has gone on since: kept, so that it can still be taken back.

    `put_back`: it was. Then it only tells who held the value before it.
    """

    proposal: Proposal
    receipts: tuple[Receipt, ...]
    at: datetime
    put_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A change of ours that Entra confirmed: remembered, so that a value written back is recognised."""

    at: datetime
    ref: str
    attribute: str
    deleted: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    version: int | None = None  # of the attribute's replication metadata after our write


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """When the story of a case came to its end: Entra is clean. `by_us`: it was shown to be so after a write of ours."""

    at: datetime
    by_us: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline, told in the thread: when, who ("" is the bot), what.

    `broadcast`: the channel hears of it too, for somebody relied on what is no longer so.
    """

    at: datetime
    who: str
    say: Say
    broadcast: bool = False
    mention: tuple[str, ...] = ()  # Slack user ids, told by name where the thread tells it


# ---------------------------------------------------------------- many at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One case of a storm, as short as can be: thousands of them stand in one stored value.

    `version` 0: it has not been looked at yet. `safe`: one click would do, and nothing stands against it now.
    """

    case_id: str
    version: int = 0
    state: State = State.NEW
    code: str = ""
    attribute: str = ""
    place: str = ""  # the container of the object that would be changed
    safe: bool = False
    apart: bool = False  # it has a card of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One change of a list that people review: which one was seen, never an instruction."""

    case_id: str
    proposal_id: str
    revision: int
    plan_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAgreement:
    """The first of two approvals of a list. The edge seals it (`causes.list_bytes`), as it does an `Agreement`."""

    items: tuple[Item, ...]
    approval: Approval
    seal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The first `upto` items of a run may be written, within the time that an approval is good for.

    `approvals` are all who stand for it. The edge seals it, for it signs a decision for each item by it.
    """

    upto: int
    approvals: tuple[Approval, ...]
    at: datetime
    seal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A list that two people approved, written in order. `ready`: what was granted so far is verified."""

    items: tuple[Item, ...]
    grant: Grant
    ready: bool = False
    stopped: Say | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What a storm's own case holds. `examples`: the title of one member, by code and attribute. Over, it only knows
    how many there were (`ended`).
    """

    members: tuple[Member, ...] = ()
    ended: int = 0
    examples: Mapping[str, Say] = field(default_factory=dict)
    agreed: ListAgreement | None = None
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class CaseKey:
    """tenant + kind + the value without its prefix in lower case; one address is one case."""

    tenant: str
    kind: Kind
    value: str

    @property
    def id(self) -> str:
        """Stable, short, and free of anybody's data: it goes into Redis keys and Slack metadata."""
        digest = hashlib.sha256(f"{self.tenant}\n{self.kind}\n{self.value}".encode()).digest()
        return "c-" + base64.b32encode(digest)[:10].decode().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One problem. `version` counts commits (the store's fence); `revision` counts what people may approve."""

    key: CaseKey
    state: State = State.NEW
    version: int = 0
    revision: int = 0
    errors: tuple[SyncError, ...] = ()
    evidence: Evidence | None = None
    diagnosis: Diagnosis | None = None
    proposals: tuple[Proposal, ...] = ()
    mode: Mode = Mode.OBSERVE
    decision: Decision | None = None
    undo: Decision | None = None  # to take a written change back; its proposal is among `proposals`
    receipts: tuple[Receipt, ...] = ()
    past: tuple[Done, ...] = ()  # what was written before the decision of now, the oldest first
    held: Say | None = None
    first_seen: datetime | None = None
    back_at: datetime | None = None  # the error came back after the story had ended
    ended: Ended | None = None
    updated_at: datetime | None = None
    expires_at: datetime | None = None  # of the proposals shown
    verify_by: datetime | None = None
    next_look_at: datetime | None = None
    written_at: datetime | None = None
    fixed_since: datetime | None = None  # first seen to be right already (C54)
    agreed: tuple[Agreement, ...] = ()
    chosen: Choice | None = None  # None: the card is about the bot's first one
    snoozed: Snooze | None = None
    ignored: Ignored | None = None
    owner: Owner | None = None
    reminded: tuple[str, ...] = ()  # who was, of this revision: "owner", "lead"
    repairs: tuple[Repair, ...] = ()
    timeline: tuple[Moment, ...] = ()
    batch: str = ""  # the id of the storm whose card tells of this case
    apart: bool = False  # somebody asked for a card of its own all the same
    storm: Storm | None = None  # of the case about a storm itself

    @property
    def id(self) -> str:
        return self.key.id

    def proposal(self, proposal_id: str) -> Proposal | None:
        return next((p for p in self.proposals if p.id == proposal_id), None)
