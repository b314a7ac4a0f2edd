"""In: a folder, certificates. Out: the lab's Entra, our reader on it with one app and our writer with another.
Decisions are signed and hashed as the edge does it; the journal is the real one, in a folder of the test.
Promise: nothing here stands in for the code under test; the app that reads may not write.
"""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.ad.journal import FileJournal, open_journal
from bot.admission import Admission
from bot.entra.cloud import EntraCloud
from bot.entra.modify import CloudWriter
from bot.lab.certs import Certificates
from bot.lab.entra import App, DirectoryObject, LabEntra, Tenant, serve
from bot.model import (
    AdFindings,
    AdObject,
    Change,
    Decision,
    Mode,
    Proposal,
    Receipt,
    Risk,
    Say,
    Side,
    Step,
)
from bot.quota import Caps
from tests.builders import ad_object
from tests.contract.entra.lab import SECRET, contoso, settings, user
from tests.fakes.clock import HandClock
from tests.unit.approvals import KEY, decision, proposal

WRITER_ID = "77777777-8888-4777-8666-555555555555"
JUDGED: dict[str, Any] = {"by": ("ann", "bo"), "reason": "agreed with both"}
OLD, NEW = "cy@contoso.com", "cyril@contoso.com"


def renames(held: DirectoryObject, new: str = NEW, old: str | None = None, **more: Any) -> Step:
    change = Change("userPrincipalName", delete=(old or held.user_principal_name,), add=(new,))
    given: dict[str, Any] = {
        "forest": "",
        "guid": held.id,
        "dn": "",
        "name": held.display_name or "",
        "changes": (change,),
        "side": Side.ENTRA,
    }
    return Step(**(given | more))


def proposed(*steps: Step, **more: Any) -> Proposal:
    return proposal(*steps, **({"risk": Risk.JUDGE, "code": "C24"} | more))


def approved(about: Proposal, **more: Any) -> Decision:
    return decision(about, **(JUDGED | more))


@dataclass
class Twins:
    """The AD side of whoever came from AD, as far as the writer asks for it: found by anchor; `why` protects them all."""

    there: bool = True
    why: Say | None = None

    async def by_anchor(self, anchor: str) -> AdFindings:
        twin = ad_object("Cy", anchor=anchor)
        return AdFindings((twin,)) if self.there else AdFindings()

    async def protects(self, _: AdObject) -> Say | None:
        return self.why


@dataclass
class Desk:
    """One tenant, and the product's two adapters pointed at it."""

    tenant: Tenant
    lab: LabEntra
    cloud: EntraCloud
    certificates: Certificates
    journal: FileJournal
    clock: HandClock = field(default_factory=HandClock)
    twins: Any = field(default_factory=Twins)
    _opened: list[CloudWriter] = field(default_factory=list)

    def user(self, name: str = "Cy", *addresses: str, **values: Any) -> DirectoryObject:
        return user(self.tenant, name, *addresses, **values)

    def writer(
        self,
        *,
        cloud: EntraCloud | None = None,
        app: dict[str, Any] | None = None,
        caps: Caps | None = None,
        mode: Mode = Mode.APPLY,
        **more: Any,
    ) -> CloudWriter:
        own = {"client_id": WRITER_ID} | (app or {})
        given: dict[str, Any] = {
            "tenant": settings(self.lab, self.certificates, **own),
            "cloud": cloud or self.cloud,
            "admission": Admission(
                tenant="contoso",
                public_key=KEY.public_key(),
                mode_allowed=mode,
                journal=self.journal,
                clock=self.clock,
                caps=caps,
            ),
            "ad": self.twins,
            "protects": self.twins.protects,
            "approvers": frozenset({"ann", "bo"}),
            "clock": self.clock,
            "upn_opt_in": True,
        }
        made = CloudWriter(**(given | more))
        self._opened.append(made)
        return made

    async def write(
        self, about: Proposal, writer: CloudWriter | None = None, **more: Any
    ) -> Receipt:
        """As the handler does it: intent, write, receipt."""
        made = approved(about, **more)
        await self.journal.intend(made, about)
        receipt = await (writer or self.writer()).write(made, about, 0)
        await self.journal.record(receipt)
        return receipt

    async def settle(self, about: Proposal) -> Receipt:
        receipt = await self.writer().settle(about, 0)
        await self.journal.record(receipt)
        return receipt

    @property
    def patches(self) -> Sequence[str]:
        """The paths of every PATCH that reached Entra."""
        return [seen.path for seen in self.lab.log if seen.method == "PATCH"]

    async def close(self) -> None:
        for each in self._opened:
            await each.close()


@asynccontextmanager
async def at_the_desk(certificates: Certificates, *, but: str = "") -> AsyncIterator[Desk]:
    """`but`: a permission that the reading app lacks."""
    tenant = contoso(but=but)
    roles = frozenset({"User.ReadWrite.All"})
    tenant.register_app(App(client_id=WRITER_ID, secret=SECRET, roles=roles))
    lab = await serve(tenant, certificates)
    cloud = EntraCloud(settings(lab, certificates))
    clock = HandClock()
    with tempfile.TemporaryDirectory(prefix="dirsync-entra-") as folder:
        journal = await open_journal(Path(folder) / "journal.jsonl", clock)
        desk = Desk(tenant, lab, cloud, certificates, journal, clock)
        try:
            yield desk
        finally:
            await desk.close()
            await cloud.aclose()
            await lab.aclose()
            await journal.close()
