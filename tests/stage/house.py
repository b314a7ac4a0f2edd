"""In: certificates. Out: the servers of a stage: two domain controllers and an Entra, started once for a whole run.
What is in them is a scenario's own: a directory and a tenant are put in when it begins, and thrown away with it.
Promise: everything listens on loopback, over TLS with a verified certificate; the bot has no way around it.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.entra.cloud import EntraCloud
from bot.entra.tenant import Tenant as Settings
from bot.lab.ad import Directory, LabAd
from bot.lab.ad import serve as serve_ad
from bot.lab.certs import Certificates, make_certificates
from bot.lab.entra import App, LabEntra, Tenant
from bot.lab.entra import serve as serve_entra
from tests.builders import TENANT

BASES = {"corp": "DC=corp,DC=contoso,DC=com", "fab": "DC=fab,DC=contoso,DC=com"}
APP = App(
    client_id="99999999-8888-4777-8666-000000000001",
    secret="a throw-away secret",
    roles=frozenset(
        {
            "User.Read.All",
            "Group.Read.All",
            "OrgContact.Read.All",
            "Organization.Read.All",
            "RoleManagement.Read.Directory",
            "User-OnPremisesSyncBehavior.Read.All",
            "Group-OnPremisesSyncBehavior.Read.All",
            "Contacts-OnPremisesSyncBehavior.Read.All",
        }
    ),
)
WRITING_APP = App(
    client_id="99999999-8888-4777-8666-000000000002",
    secret="another throw-away secret",
    roles=frozenset({"User.ReadWrite.All"}),
)


def dc_name(forest: str) -> str:
    return f"dc1.{forest}.contoso.com"


@dataclass(frozen=True)
class House:
    certificates: Certificates
    ad: dict[str, LabAd]  # by forest
    entra: LabEntra
    cloud: EntraCloud
    written: Settings  # the same tenant, as the app that may write signs in to it

    def furnish(self, tenant: Tenant, directories: dict[str, Directory]) -> None:
        """Another scenario: what was there before is gone."""
        self.entra.tenant = tenant
        for forest, directory in directories.items():
            self.ad[forest].directory = directory


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    certificates = make_certificates(folder, names=tuple(map(dc_name, BASES)))
    # signs the bot in; it keeps real time, as the libraries that look at the token's age do
    front = Tenant(TENANT)
    front.register_app(APP)
    front.register_app(WRITING_APP)
    async with AsyncExitStack() as stack:
        ad = {}
        for forest, base in BASES.items():
            ad[forest] = await serve_ad(Directory(base), certificates)
            stack.push_async_callback(ad[forest].aclose)
        entra = await serve_entra(front, certificates)
        stack.push_async_callback(entra.aclose)
        read, written = (
            Settings(
                tenant_id=TENANT,
                client_id=app.client_id,
                client_secret=app.secret,
                authority=entra.authority,
                graph_url=entra.graph_url,
                ca_file=str(certificates.ca_file),
            )
            for app in (APP, WRITING_APP)
        )
        cloud = EntraCloud(read)
        stack.push_async_callback(cloud.aclose)
        yield House(certificates, ad, entra, cloud, written)
