"""In: a server to test against. Out: readers and writers of the product, and what they write about.
Decisions are signed and hashed as the edge does it; the journal is the real one, in a folder of the test.
Promise: nothing here stands in for the code under test.
"""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.ad.forest import Forest
from bot.ad.journal import FileJournal, open_journal
from bot.ad.modify import Writer
from bot.ad.protection import Protection
from bot.ad.search import Reader
from bot.admission import Admission
from bot.lab.ad import ADMINISTRATOR, Directory, Faults, LabAd, serve
from bot.lab.certs import make_certificates
from bot.model import (
    Approval,
    Before,
    Change,
    Decision,
    Mode,
    Proposal,
    Receipt,
    Risk,
    Say,
    Standing,
    Step,
)
from bot.quota import Caps
from bot.triage.plan import hash_of, sign
from tests.contract.ad_server.target import PASSWORD, Room, Target

TENANT = "contoso"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()


@dataclass
class SetClock:
    at: datetime = NOON
    made: int = 0

    def now(self) -> datetime:
        return self.at

    def new_id(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}-{self.made}"


async def nobody_special(_: str) -> Standing:
    return Standing("entra-of-the-target", ())


@dataclass
class Place:
    """One OU on one server, and the product's adapters pointed at it."""

    room: Room
    clock: SetClock = field(default_factory=SetClock)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    journal: FileJournal | None = None

    @property
    def target(self) -> Target:
        return self.room.target

    def mail(self, name: str) -> str:
        return f"{name}.{self.room.tag}@contoso.com"

    def forest(self, **more: Any) -> Forest:
        target = self.target
        given: dict[str, Any] = {
            "name": "corp",
            "host": target.host,
            "port": target.port,
            "ca_file": str(target.ca_file),
            "tls_name": target.tls_name,
            "user": target.admin,
            "password": target.password,
            "allowed_ous": (self.room.ou,),
        }
        return Forest(**(given | more))

    def reader(self, *forests: Forest) -> Reader:
        reader = Reader(forests or (self.forest(),))
        self._stack.push_async_callback(reader.close)
        return reader

    async def writer(
        self,
        *,
        forest: Forest | None = None,
        protection: Protection | None = None,
        standing: Callable[[str], Awaitable[Standing]] = nobody_special,
        caps: Caps | None = None,
        mode: Mode = Mode.APPLY,
        upn: bool = False,
    ) -> Writer:
        if self.journal is None:
            folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="dirsync-ad-"))
            self.journal = await open_journal(Path(folder) / "journal.jsonl", self.clock)
            self._stack.push_async_callback(self.journal.close)
        account = {"write_user": self.target.admin, "write_password": self.target.password}
        writer = Writer(
            [forest or self.forest(**account)],
            admission=Admission(
                tenant=TENANT,
                public_key=KEY.public_key(),
                mode_allowed=mode,
                journal=self.journal,
                clock=self.clock,
                caps=caps,
            ),
            standing=standing,
            protection=protection or Protection(),
            clock=self.clock,
            upn_opt_in=upn,
        )
        self._stack.push_async_callback(writer.close)
        return writer

    async def write(self, writer: Writer, proposal: Proposal, **more: Any) -> Receipt:
        """As the handler does it: intent, write, receipt."""
        decision = approved(proposal, **more)
        assert self.journal is not None
        await self.journal.intend(decision, proposal)
        receipt = await writer.write(decision, proposal, 0)
        await self.journal.record(receipt)
        return receipt

    async def step(self, dn: str, *changes: Change) -> Step:
        found = self.room.find("(objectClass=*)", "objectGUID", base=dn, scope="BASE")
        guid = str(UUID(bytes_le=found[0]["raw_attributes"]["objectGUID"][0]))
        return Step(forest="corp", guid=guid, dn=dn, name="", changes=changes)

    def addresses(self, dn: str) -> list[str]:
        return sorted(value.decode() for value in self.room.values(dn, "proxyAddresses"))

    def delete(self, dn: str) -> None:
        admin: Any = self.room.admin  # the stubs leave it untyped
        admin.delete(dn)

    async def close(self) -> None:
        await self._stack.aclose()


def consistency(guid: UUID) -> dict[str, Any]:
    return {"mS-DS-ConsistencyGuid": guid.bytes_le}


def proposed(
    *steps: Step, risk: Risk = Risk.SAFE, before: tuple[Before, ...] = (), **more: Any
) -> Proposal:
    made = Proposal(
        id=more.pop("id", "p-1"),
        case_id="c-1",
        code="C01",
        rank=1,
        risk=risk,
        title=Say("t"),
        because=Say("b"),
        untouched=Say("u"),
        steps=steps,
        before=before,
        plan_hash="",
        **more,
    )
    return replace(made, plan_hash=hash_of(TENANT, made))


def approved(
    proposal: Proposal,
    *,
    by: tuple[str, ...] = ("entra-ann",),
    at: datetime = NOON,
    key: Ed25519PrivateKey = KEY,
    **more: Any,
) -> Decision:
    given: dict[str, Any] = {
        "tenant": TENANT,
        "case_id": proposal.case_id,
        "proposal_id": proposal.id,
        "revision": 1,
        "plan_hash": proposal.plan_hash,
        "risk": proposal.risk,
        "mode": Mode.APPLY,
        "approvals": tuple(
            Approval(slack_team="T1", slack_user=f"U-{who}", entra_id=who, name=who, at=at)
            for who in by
        ),
        "reason": "",
        "decided_at": at,
        "expires_at": at + timedelta(minutes=15),
    }
    return sign(Decision(**(given | more)), key)


@cache
def ordinary_account(target: Target) -> str:
    """One for all tests: making it on a real DC takes a second."""
    return target.add_account("svc-read", PASSWORD)


@dataclass
class Lab:
    """A lab's AD in the loop of the test, so that its faults and counters are at hand."""

    directory: Directory
    server: LabAd
    ca_file: Path
    clock: SetClock = field(default_factory=SetClock)

    @property
    def faults(self) -> Faults:
        return self.server.faults

    def forest(self, **more: Any) -> Forest:
        given: dict[str, Any] = {
            "name": "corp",
            "host": self.server.host,
            "port": self.server.port,
            "ca_file": str(self.ca_file),
            "user": f"administrator@{self.directory.domain}",
            "password": PASSWORD,
            "write_user": f"administrator@{self.directory.domain}",
            "write_password": PASSWORD,
            "allowed_ous": (f"OU=Staff,{self.directory.base_dn}",),
        }
        return Forest(**(given | more))

    def user(self, name: str, **given: Any) -> str:
        dn = f"CN={name},OU=Staff,{self.directory.base_dn}"
        self.directory.add(dn, {"objectClass": "user", "sAMAccountName": name, **given})
        return dn


@asynccontextmanager
async def running_lab(
    folder: Path, base_dn: str = "DC=corp,DC=contoso,DC=com"
) -> AsyncIterator[Lab]:
    directory = Directory(base_dn)
    directory.add_account("Administrator", PASSWORD, rights=ADMINISTRATOR)
    directory.add(f"OU=Staff,{base_dn}", {"objectClass": "organizationalUnit"})
    certificates = make_certificates(folder)
    server = await serve(directory, certificates)
    try:
        yield Lab(directory, server, certificates.ca_file)
    finally:
        await server.aclose()
