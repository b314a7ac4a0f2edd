"""In: a folder for certificates. Out: the lab's Entra with a small Contoso in it, and our adapter on it.
The people here are made for these tests; the lab's own Contoso is larger and changes for other reasons.
Promise: what is made here is closed here.
"""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from bot.entra.cloud import EntraCloud
from bot.entra.tenant import Tenant as Settings
from bot.lab.certs import Certificates
from bot.lab.entra import App, DirectoryObject, LabEntra, Tenant, serve
from bot.lab.entra.objects import Kind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TENANT_ID = "11111111-2222-4333-8444-555555555555"
CLIENT_ID = "99999999-8888-4777-8666-555555555555"
SECRET = "a throw-away secret"
READER = frozenset(
    {
        "User.Read.All",
        "Group.Read.All",
        "OrgContact.Read.All",
        "Organization.Read.All",
        "RoleManagement.Read.Directory",
    }
)


def contoso(*, but: str = "") -> Tenant:
    """A tenant whose app may read everything the adapter reads, `but` one."""
    tenant = Tenant(TENANT_ID)
    tenant.register_app(App(client_id=CLIENT_ID, secret=SECRET, roles=READER - {but}))
    return tenant


def settings(lab: LabEntra, certificates: Certificates, **changes: Any) -> Settings:
    given: dict[str, Any] = {
        "tenant_id": TENANT_ID,
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "authority": lab.authority,
        "graph_url": lab.graph_url,
        "ca_file": str(certificates.ca_file),
        "timeout": 10.0,
    }
    return Settings(**(given | changes))


@asynccontextmanager
async def entra(
    tenant: Tenant, certificates: Certificates, **changes: Any
) -> "AsyncIterator[tuple[LabEntra, EntraCloud]]":
    lab = await serve(tenant, certificates)
    cloud = EntraCloud(settings(lab, certificates, **changes))
    try:
        yield lab, cloud
    finally:
        await cloud.aclose()
        await lab.aclose()


def user(tenant: Tenant, name: str, *addresses: str, **values: Any) -> DirectoryObject:
    primary = next((each[5:] for each in addresses if each.startswith("SMTP:")), None)
    given = {
        "display_name": name,
        "user_principal_name": f"{name.lower()}@contoso.com",
        "proxy_addresses": list(addresses),
        "mail": primary,
    }
    return tenant.create(Kind.USER, **(given | values))


def group(tenant: Tenant, name: str, *addresses: str, **values: Any) -> DirectoryObject:
    return tenant.create(Kind.GROUP, display_name=name, proxy_addresses=list(addresses), **values)


def contact(tenant: Tenant, name: str, *addresses: str, **values: Any) -> DirectoryObject:
    return tenant.create(Kind.CONTACT, display_name=name, proxy_addresses=list(addresses), **values)


def quarantined(tenant: Tenant, held: DirectoryObject, value: str, **entry: Any) -> None:
    given = {
        "category": "PropertyConflict",
        "occurredDateTime": "2026-11-20T08:15:30.1234567Z",
        "propertyCausingError": "ProxyAddresses",
        "value": value,
    }
    tenant.plant_error(held.id, given | entry)


def names(objects: Any) -> list[str]:
    return sorted(held.name for held in objects)
