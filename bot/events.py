"""In: something happened. Out: a signal that names it, small enough to be late, repeated or out of order.
Events carry who and which, never state: handlers read the state again, so a second delivery is harmless.
Promise: `KINDS` is every kind with its schema version, its lane and the role that handles it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import msgspec

from bot.model import Item, ReplyTo, SlackUser


class Lane(StrEnum):
    """`now`: somebody waits for it. `bulk`: everything else. Workers always keep a slot for `now`."""

    NOW = "now"
    BULK = "bulk"


class Role(StrEnum):
    """edge: Slack's secrets and the signing key. brain: reads AD and Entra. writer: the AD write account."""

    EDGE = "edge"
    BRAIN = "brain"
    WRITER = "writer"


@dataclass(frozen=True, slots=True, kw_only=True)
class PollDue:
    tenant: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftDue:
    """Time to compare AD with what Entra makes of it."""

    tenant: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncErrorSeen:
    tenant: str
    id: str
    case_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncErrorChanged:
    """The errors of the case changed, or what held it back has ended: look at it again."""

    tenant: str
    id: str
    case_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncErrorCleared:
    """A complete poll no longer lists the case; `close` confirms it by a direct read."""

    tenant: str
    id: str
    case_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicked:
    """A button of a card. It names what was shown; it never says what to do to AD."""

    tenant: str
    id: str
    case_id: str
    action: str  # "approve", "break_glass", "reject", "undo", "recheck"
    proposal_id: str
    revision: int
    plan_hash: str
    reply_to: ReplyTo
    clicked_at: str  # Slack's action_ts
    reason: str = ""
    seal: str = ""  # of the process that heard it from Slack: Redis may not make up who clicked

    def unsealed(self) -> bytes:
        return msgspec.json.encode(replace(self, seal=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class AsideClicked:
    """What people decide beside the state of a case: when they want to hear of it, whose it is, what it is about."""

    tenant: str
    id: str
    case_id: str
    action: str  # "snooze", "ignore", "wake", "assign", "choose"
    proposal_id: str
    revision: int
    plan_hash: str
    reply_to: ReplyTo
    clicked_at: str  # Slack's action_ts
    until: datetime | None = None
    reason: str = ""
    seal: str = ""  # as of Clicked

    def unsealed(self) -> bytes:
        return b"aside:" + msgspec.json.encode(replace(self, seal=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """Somebody wants the bot to stop writing, or to go on. `pause_id`: the pause that was shown to them, if any."""

    tenant: str
    id: str
    action: str  # "pause", "resume"
    reply_to: ReplyTo
    clicked_at: str  # Slack's action_ts
    pause_id: str = ""
    reason: str = ""
    seal: str = ""  # as of Clicked

    def unsealed(self) -> bytes:
        return b"switch:" + msgspec.json.encode(replace(self, seal=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchClicked:
    """About a storm: a list was approved, its run may go on, or one case is to have a card of its own."""

    tenant: str
    id: str
    case_id: str  # of the storm
    action: str  # "agree", "second", "continue", "show"
    items: tuple[Item, ...]  # as they were seen; of "continue" the run itself, by `lists.name_of`
    reply_to: ReplyTo
    clicked_at: str
    proposal_id: str = "-"
    seal: str = ""  # as of Clicked

    def unsealed(self) -> bytes:
        return b"batch:" + msgspec.json.encode(replace(self, seal=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDue:
    """Time for the next change of a list that two people approved."""

    tenant: str
    id: str
    case_id: str  # of the storm


@dataclass(frozen=True, slots=True, kw_only=True)
class FixApproved:
    tenant: str
    id: str
    case_id: str
    proposal_id: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteDue:
    """The intent is in the audit: look once more, then write; or settle a write whose answer was lost."""

    tenant: str
    id: str
    case_id: str
    proposal_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FixWritten:
    tenant: str
    id: str
    case_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyDue:
    tenant: str
    id: str
    case_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryDue:
    tenant: str
    id: str
    case_id: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SnoozeDue:
    """A snoozed or ignored case: its time may be over, or it is time to look whether it changed."""

    tenant: str
    id: str
    case_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StormDue:
    """Time to count a storm: cases joined it, or changed since. `storm` is the value of its case's key."""

    tenant: str
    id: str
    storm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderDue:
    """A proposal of this revision may still wait for an answer: time to tell its owners, or the lead."""

    tenant: str
    id: str
    case_id: str
    revision: int
    to: str  # "owner", "lead"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestDue:
    """Time to look whether a digest is due; the time itself is in the settings."""

    tenant: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperReady:
    """Something beside the cards is ready to be put into Slack, from what is stored then: a digest, a list as a file."""

    tenant: str
    id: str
    paper: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChanged:
    tenant: str
    id: str
    case_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command somebody typed; the edge decides whether they may ask before anything is looked up."""

    tenant: str
    id: str
    command: str  # "whohas", or the word after /dirsync
    text: str
    reply_to: ReplyTo


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAllowed:
    """Asked, and the asker may know the answer. `full`: recycle bins, DN and activity too."""

    tenant: str
    id: str
    command: str
    text: str
    reply_to: ReplyTo
    full: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorDue:
    """Somebody asked whether two objects will join: look whether they have, and tell them."""

    tenant: str
    id: str
    ad_guid: str
    cloud_id: str
    since: datetime
    reply_to: ReplyTo
    full: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer or a refusal for one person's eyes; `body` is a JSON document of `model` types.

    `open` is the same as everybody who may ask may see it: "" as it is, None not at all; `alert`: of a possible attack.
    """

    tenant: str
    id: str
    shape: str  # "whohas", "say": how it is drawn
    body: str
    reply_to: ReplyTo
    full: bool = False
    open: str | None = None
    alert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerClicked:
    """A button below an answer that one person got. It names the answer; what it says is kept in the store."""

    tenant: str
    id: str
    answer_id: str
    action: str  # "page", "share"
    page: int
    reply_to: ReplyTo
    clicked_at: str  # Slack's action_ts
    seal: str = ""  # as of Clicked

    def unsealed(self) -> bytes:
        return b"answer:" + msgspec.json.encode(replace(self, seal=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageDue:
    """An answer that is kept is to be drawn anew where it stands: another page of it, or that it is shared now."""

    tenant: str
    id: str
    answer_id: str
    page: int
    reply_to: ReplyTo


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """Something that everybody in a channel is to see; "" is the channel of the cards.

    `by` is who shared it, `less` that they have seen more; then `answer_id` and `reply_to` say whom to tell what came of it.
    """

    tenant: str
    id: str
    shape: str
    body: str
    channel: str = ""
    by: str = ""
    page: int = 0
    less: bool = False
    answer_id: str = ""
    reply_to: ReplyTo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeDue:
    """Somebody looks at their home tab, or has pressed something there: then `notice` is the answer, a `Say` as JSON."""

    tenant: str
    id: str
    user: SlackUser
    notice: str = ""


Event = (
    PollDue
    | DriftDue
    | SyncErrorSeen
    | SyncErrorChanged
    | SyncErrorCleared
    | Clicked
    | AsideClicked
    | Switched
    | BatchClicked
    | RunDue
    | FixApproved
    | WriteDue
    | FixWritten
    | VerifyDue
    | ExpiryDue
    | SnoozeDue
    | StormDue
    | ReminderDue
    | DigestDue
    | PaperReady
    | CaseChanged
    | Asked
    | QuestionAllowed
    | AnchorDue
    | Answered
    | AnswerClicked
    | PageDue
    | Announced
    | HomeDue
)


@dataclass(frozen=True, slots=True)
class KindOfEvent:
    type: type[Event]
    version: int
    lane: Lane
    role: Role


KINDS: dict[str, KindOfEvent] = {
    kind.type.__name__: kind
    for kind in (
        KindOfEvent(PollDue, 1, Lane.BULK, Role.BRAIN),
        KindOfEvent(DriftDue, 1, Lane.BULK, Role.BRAIN),
        KindOfEvent(SyncErrorSeen, 1, Lane.BULK, Role.BRAIN),
        KindOfEvent(SyncErrorChanged, 1, Lane.BULK, Role.BRAIN),
        KindOfEvent(SyncErrorCleared, 1, Lane.BULK, Role.BRAIN),
        KindOfEvent(Clicked, 1, Lane.NOW, Role.EDGE),
        KindOfEvent(AsideClicked, 1, Lane.NOW, Role.EDGE),
        KindOfEvent(Switched, 1, Lane.NOW, Role.EDGE),
        KindOfEvent(BatchClicked, 1, Lane.NOW, Role.EDGE),
        KindOfEvent(RunDue, 1, Lane.BULK, Role.EDGE),
        KindOfEvent(FixApproved, 1, Lane.NOW, Role.WRITER),
        KindOfEvent(WriteDue, 1, Lane.NOW, Role.WRITER),
        KindOfEvent(FixWritten, 1, Lane.NOW, Role.BRAIN),
        KindOfEvent(VerifyDue, 1, Lane.BULK, Role.BRAIN),
        KindOfEvent(ExpiryDue, 1, Lane.BULK, Role.BRAIN),
        KindOfEvent(SnoozeDue, 1, Lane.BULK, Role.BRAIN),
        KindOfEvent(
            StormDue, 1, Lane.NOW, Role.BRAIN
        ),  # people wait for its card, not for its members
        KindOfEvent(ReminderDue, 1, Lane.BULK, Role.BRAIN),
        KindOfEvent(DigestDue, 1, Lane.BULK, Role.BRAIN),
        KindOfEvent(PaperReady, 1, Lane.BULK, Role.EDGE),
        # after a click it stays in `now`; after a poll that opened thousands, no click waits behind them
        KindOfEvent(CaseChanged, 1, Lane.BULK, Role.EDGE),
        KindOfEvent(Asked, 1, Lane.NOW, Role.EDGE),
        KindOfEvent(QuestionAllowed, 1, Lane.NOW, Role.BRAIN),
        KindOfEvent(AnchorDue, 1, Lane.BULK, Role.BRAIN),
        KindOfEvent(Answered, 1, Lane.NOW, Role.EDGE),
        KindOfEvent(AnswerClicked, 1, Lane.NOW, Role.EDGE),
        KindOfEvent(PageDue, 1, Lane.NOW, Role.EDGE),
        KindOfEvent(Announced, 1, Lane.NOW, Role.EDGE),
        KindOfEvent(HomeDue, 1, Lane.NOW, Role.EDGE),
    )
}
