"""In: a few people of Contoso and what they may. Out: the ports People, Approvers, Signer, Channel.
Promise: who is not listed is refused; the signature is a real Ed25519 one, so a forged decision does not pass.
"""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.answers import Home
from bot.model import Case, Decision, Person, Proposal, Refusal, ReplyTo, Say, SlackUser
from bot.ports import Handle, Kept
from bot.store.answers import decode, encode
from bot.triage.plan import seal, sign
from tests.builders import cloud_id_of

TEAM = "T0CONTOSO1"
INGRID = SlackUser(TEAM, "U0INGRID01")  # approver
KARI = SlackUser(TEAM, "U0KARI0001")  # approver too
JOHN = SlackUser(TEAM, "U0JOHN0001")  # approver, and the holder of the value
LIV = SlackUser(TEAM, "U0LIV00001")  # approver too; where somebody has to choose, she does
OLA = SlackUser(TEAM, "U0OLA00001")  # reader
PEER = SlackUser(TEAM, "U0PEER0001")  # may nothing
EVERYBODY = (INGRID, KARI, JOHN, OLA, PEER)
NAMES = {
    INGRID: "Ingrid Berg",
    KARI: "Kari Holm",
    JOHN: "John Doe",
    LIV: "Liv Dahl",
    OLA: "Ola Lund",
}

# what Slack gives for one answer: whoever has it can write to that person
RESPONSE_URL = "https://hooks.slack.com/commands/T0CONTOSO1/1/very-secret"


def reply_to(who: SlackUser) -> ReplyTo:
    return ReplyTo("C0DIRSYNC1", who, RESPONSE_URL)


@dataclass
class ListedPeople:
    approvers: set[SlackUser] = field(default_factory=lambda: {INGRID, KARI, JOHN, LIV})
    readers: set[SlackUser] = field(default_factory=lambda: {OLA})
    of_case: dict[str, set[SlackUser]] = field(default_factory=dict)  # whom its route names
    shared: set[str] = field(default_factory=set)  # channels that others read too
    same: dict[SlackUser, str] = field(default_factory=dict)  # a second Slack account of somebody

    async def may_approve(
        self, who: SlackUser, proposal: Proposal | None, case: Case | None = None
    ) -> Person | Refusal:
        if who not in self.approvers:
            what = proposal.id if proposal else "anything"
            say = Say("You are not on the list of approvers of {what}.", {"what": what})
            return Refusal("not-an-approver", say)
        if case and (named := self.of_case.get(case.id)) is not None and who not in named:
            return Refusal("other-route", Say("The route of this case names others."))
        return _person(who, full=True, name=self.same.get(who))

    async def open_to_others(self, channel: str) -> Refusal | None:
        if channel in self.shared:
            return Refusal("shared-channel", Say("This channel is shared."))
        return None

    async def may_ask(self, who: SlackUser) -> Person | Refusal:
        if who not in self.approvers | self.readers:
            return Refusal("not-a-reader", Say("You may not ask this bot."))
        return _person(who, full=who in self.approvers)

    async def still_valid(self, decision: Decision, case: Case) -> Refusal | None:
        """The writer's own look at the same list."""
        listed = {who.user for who in self.of_case.get(case.id, self.approvers) & self.approvers}
        if all(a.slack_user in listed for a in decision.approvals):
            return None
        return Refusal("not-an-approver", Say("Nothing was written: not an approver any more."))


def _person(who: SlackUser, *, full: bool, name: str | None = None) -> Person:
    name = name or NAMES[who]
    return Person(slack=who, entra_id=cloud_id_of(name), name=name, full_reader=full)


@dataclass
class KeySigner:
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def sign(self, decision: Decision) -> Decision:
        return sign(decision, self.key)

    def seal(self, heard: bytes) -> str:
        return seal(heard, self.key)


@dataclass(frozen=True)
class Told:
    shape: str
    body: str
    to: ReplyTo
    full: bool


@dataclass
class PaperChannel:
    shown: list[str] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    homes: list[tuple[SlackUser, Home | Refusal, Say | None]] = field(default_factory=list)
    papers: list[str] = field(default_factory=list)
    announced: list[tuple[str, str, str, str]] = field(default_factory=list)
    pages: list[Handle | None] = field(default_factory=list)  # one for each of `told`
    secret: set[str] = field(default_factory=set)  # private channels for possible attacks
    closed: Say | None = None  # why nothing can be posted

    async def show(self, case_id: str) -> None:
        self.shown.append(case_id)

    async def put(self, paper: str) -> None:
        self.papers.append(paper)

    async def answer(
        self, shape: str, body: str, to: ReplyTo, *, full: bool, handle: Handle | None = None
    ) -> None:
        self.told.append(Told(shape, body, to, full))
        self.pages.append(handle)

    def private(self, channel: str) -> bool:
        return channel in self.secret

    async def announce(
        self,
        shape: str,
        body: str,
        *,
        channel: str,
        by: str,
        page: int = 0,  # noqa: ARG002 - drawn elsewhere
        less: bool = False,  # noqa: ARG002 - as above
    ) -> Say | None:
        if self.closed is None:
            self.announced.append((shape, body, channel, by))
        return self.closed

    async def home(self, who: SlackUser, shown: Home | Refusal, *, notice: Say | None) -> None:
        self.homes.append((who, shown, notice))


@dataclass
class MemoryAnswers:
    """What is kept went through the store's own JSON."""

    stored: dict[str, str] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)

    async def keep(self, answer_id: str, kept: Kept) -> None:
        self.stored[answer_id] = encode(kept)

    async def kept(self, answer_id: str) -> Kept | None:
        return decode(self.stored.get(answer_id))

    async def claim_share(self, answer_id: str, by: str) -> bool:
        return self.shared.setdefault(answer_id, by) == by

    async def release_share(self, answer_id: str) -> None:
        self.shared.pop(answer_id, None)

    async def is_shared(self, answer_id: str) -> bool:
        return answer_id in self.shared
