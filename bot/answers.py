"""In: nothing; these are the words of the answers. Out: what commands, the home tab and a terminal tell, before it is drawn.
A question is about values, people and cases; what was read and concluded for it is in `bot.model`.
Promise: pure data, JSON-able by msgspec, like the model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.model import (
    AdObject,
    CaseKey,
    CloudObject,
    Diagnosis,
    Evidence,
    Gap,
    Holder,
    Instruction,
    Kind,
    Mode,
    ObjectType,
    Paused,
    Proposal,
    Say,
    Standing,
    State,
    SyncError,
    TenantFacts,
)

# ---------------------------------------------------------------- what Entra makes of an object


class Loss(StrEnum):
    """Why Entra shows something else than AD holds."""

    SUFFIX = "suffix"  # of a sign-in name: no verified domain
    CHARACTERS = "characters"
    LENGTH = "length"
    MALFORMED = "malformed"
    TYPE = "type"  # an address type that Entra does not keep
    RESERVED = "reserved"  # Microsoft's own domains
    UNVERIFIED = "unverified"  # an address of a licensed user in a domain that is not the tenant's
    MASKED = "masked"  # `mail`, when proxyAddresses has a main address
    DEMOTED = "demoted"  # a second main address becomes an extra one
    UNDERSCORES = "underscores"  # characters of an alias


@dataclass(frozen=True, slots=True)
class Dropped:
    """One value of AD that Entra does not show as it stands. `shown` is what stands in its place, if anything."""

    attribute: str
    value: str
    loss: Loss
    why: Say
    shown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One attribute: in AD, what Entra should make of it, what Entra shows. None: that side was not read."""

    attribute: str
    ad: tuple[str, ...] | None
    meant: tuple[str, ...] | None
    entra: tuple[str, ...] | None

    @property
    def differs(self) -> bool:
        if self.meant is None or self.entra is None:
            return False
        return {v.lower() for v in self.meant} != {v.lower() for v in self.entra}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculated:
    """What Entra shows for one AD object, once it has synchronized it and nobody else holds any of it.

    `synced` None: the rules let it pass, but which OUs are synchronized was not stated. Not synced: no values.
    `proxy_addresses` begins with the main address. `assumed` says what was taken for granted or cannot be known.
    `compared` sets it against what Entra shows now; empty where that was not looked at.
    """

    ad: AdObject
    licensed: bool | None
    synced: bool | None
    left_out: Say | None = None
    user_principal_name: str | None = None
    mail: str | None = None
    mail_nickname: str | None = None
    proxy_addresses: tuple[str, ...] = ()
    moera: str | None = None  # the technical address in the initial domain; also one of the above
    dropped: tuple[Dropped, ...] = ()
    assumed: tuple[Say, ...] = ()
    compared: tuple[Compared, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """The answer to `calculate`: every AD object that was meant, with what Entra makes of it."""

    asked: str
    objects: tuple[Calculated, ...] = ()
    gaps: tuple[Gap, ...] = ()
    searched: tuple[str, ...] = ()
    trouble: Say | None = None  # the question itself cannot be understood


# ---------------------------------------------------------------- questions and answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """One error as somebody pasted it. `attribute` is what the text calls it, `error.attribute` what that means;
    `dn` and `anchor` name the object that fails, where the text does.
    """

    error: SyncError
    attribute: str = ""
    dn: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One value or object of a question, looked at as a case is. `state`: of the card, where there is one."""

    key: CaseKey
    evidence: Evidence
    diagnosis: Diagnosis
    proposals: tuple[Proposal, ...] = ()
    state: State | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The answer to explain: what the text tells, and what it is today. `notes`: what was not done, and why."""

    errors: tuple[Pasted, ...] = ()
    examined: tuple[Examined, ...] = ()
    notes: tuple[Say, ...] = ()
    trouble: Say | None = None  # the text holds no error


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """The answer to bundle: a case as a file, which `dirsync-triage diagnose` reads."""

    case_id: str
    redacted: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """An answer of several lines, such as /dirsync help."""

    title: Say
    lines: tuple[Say, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoHas:
    """The answer to /whohas. `understood` are the forms searched for; `close` are values much alike."""

    asked: str
    value: str
    kind: Kind
    understood: tuple[str, ...] = ()
    holders: tuple[Holder, ...] = ()
    gaps: tuple[Gap, ...] = ()
    searched: tuple[str, ...] = ()
    close: tuple[str, ...] = ()
    trouble: Say | None = None  # the question itself cannot be understood


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One case, in a list of them."""

    id: str
    state: State
    code: str
    title: Say
    first_seen: datetime | None = None
    owner: str = ""
    alert: bool = False
    stands: str = ""  # in a few words, where the state alone does not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseList:
    """The answer to list: the live cases that were meant, those that wait longest first; `all` counts every live one."""

    asked: str
    cases: tuple[CaseLine, ...] = ()
    all: int = 0
    trouble: Say | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """The answer to free: does anything hold the value, a sign-in name that AD implies or a recycle bin too?

    `holders` are names, for those who may see them, `in_bins` those of them that lie in a recycle bin; `instead` were
    looked for in the same places and are free.
    """

    asked: str
    value: str = ""
    free: Answer = Answer.UNKNOWN
    holders: tuple[str, ...] = ()
    in_bins: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    trouble: Say | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """One object on both sides. `synced` as in `Calculated`; `roles` None: unreadable, or not for the asker."""

    name: str
    type: ObjectType
    in_ad: bool
    in_entra: bool
    synced: bool | None = None
    left_out: Say | None = None
    attributes: tuple[Compared, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    errors: tuple[SyncError, ...] = ()
    last_sync_at: datetime | None = None
    roles: tuple[str, ...] | None = None
    dn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The answer to check: everybody who was meant, side by side."""

    asked: str
    found: tuple[Checkup, ...] = ()
    last_sync_at: datetime | None = None
    full: bool = False
    gaps: tuple[Gap, ...] = ()
    trouble: Say | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the bot stands, as Redis knows it. `waiting`: approved changes that no writer has taken up."""

    mode: Mode
    version: str
    paused: Paused | None = None
    last_poll_at: datetime | None = None
    last_sync_at: datetime | None = None
    sync_stopped: bool = False
    cases: Mapping[State, int] = field(default_factory=dict)
    waiting: int = 0
    aside: int = 0  # snoozed or ignored; they are in no number of `cases`


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What one person's home tab shows; the lists are the newest of each, `counts` tells how many there are."""

    name: str
    approver: bool
    status: Status
    for_me: tuple[CaseLine, ...] = ()  # I may approve it and have not
    first_of_two: tuple[CaseLine, ...] = ()  # I have, and it waits for somebody else
    approved: tuple[CaseLine, ...] = ()
    owned: tuple[CaseLine, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)  # by the names above


# ---------------------------------------------------------------- soft match, foretold


class MatchRule(StrEnum):
    """What Entra goes by when an object comes to it for the first time, in this order."""

    SCOPE = "scope"  # does the synchronization take it at all
    NEW = "new"  # only what Entra has not seen from AD before is matched
    ANCHOR = "anchor"  # hard match
    ADDRESS = "address"  # soft match by the main address
    SIGN_IN = "sign-in"  # soft match by the sign-in name


class Prospect(StrEnum):
    """joins: with the next sync. joined: the two are one already. apart: no. unknown: something was not read."""

    JOINS = "joins"
    JOINED = "joined"
    APART = "apart"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Bar:
    """What keeps two objects apart (`answer` no), or may do so, for nobody has read it (unknown)."""

    code: str  # "role", "guest" …: for steps and tests
    answer: Answer
    say: Say


@dataclass(frozen=True, slots=True)
class RuleLook:
    """One rule that was looked at, what it answered and why."""

    rule: MatchRule
    answer: Answer
    why: tuple[Say, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """All that was read to foretell whether an AD object will join a cloud object.

    `clouds` answer to its anchor, its main address or its sign-in name; `rivals` are other AD objects that claim the
    same. `standings` are by ref of the cloud object.
    """

    asked: str
    tenant: TenantFacts
    ad: AdObject | None = None
    clouds: tuple[CloudObject, ...] = ()
    rivals: tuple[AdObject, ...] = ()
    standings: Mapping[str, Standing] = field(default_factory=dict)
    exchange: bool = False  # something in AD bears the marks of Exchange
    gaps: tuple[Gap, ...] = ()
    searched: tuple[str, ...] = ()

    def keys(self) -> frozenset[str]:
        """What a sentence may cite, as in `Evidence.keys`; `roles` where somebody's roles were asked for."""
        refs = {"tenant", "flags", "searched"}
        refs |= {cloud.ref for cloud in self.clouds}
        refs |= {ad.ref for ad in (*self.rivals, self.ad) if ad}
        if self.gaps:
            refs.add("gaps")
        if self.standings:
            refs.add("roles")
        return frozenset(refs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """The answer to softmatch: will they join, by which rule, what stands in the way, what to do."""

    asked: str
    prospect: Prospect = Prospect.UNKNOWN
    title: Say
    ad: AdObject | None = None
    cloud: CloudObject | None = None  # the one it joins, or would but for the bars
    bound: CloudObject | None = None  # the one it is joined with already
    by: MatchRule | None = None
    rules: tuple[RuleLook, ...] = ()
    bars: tuple[Bar, ...] = ()
    then: tuple[Say, ...] = ()  # what happens at the join
    steps: tuple[Instruction, ...] = ()
    outdated: tuple[Say, ...] = ()  # what older guides tell, and what is done instead
    gaps: tuple[Gap, ...] = ()
    searched: tuple[str, ...] = ()
    trouble: bool = False  # the question cannot be answered as it was put: `title` says why
