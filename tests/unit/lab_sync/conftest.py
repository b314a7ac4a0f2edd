"""In: nothing.
Out: the lab's AD on a port of its own, an empty tenant, and an engine between them.
Promise: the engine reads over verified LDAPS with an ordinary account.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.lab.ad import Directory, LabAd, serve
from bot.lab.ad.changes import Change, attribute_of, octets
from bot.lab.certs import Certificates, make_certificates
from bot.lab.entra import DirectoryObject, Kind, Tenant
from bot.lab.sync import SyncEngine, SyncSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BASE = "DC=contoso,DC=com"
PEOPLE = f"OU=People,{BASE}"
UNIVERSAL_SECURITY = -2147483640
UNIVERSAL_DISTRIBUTION = 8


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On Python 3.11 ldap3 checks the host's name with a function that is deprecated there."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(
                pytest.mark.filterwarnings("ignore:ssl.match_hostname:DeprecationWarning")
            )


@dataclass
class Room:
    directory: Directory
    server: LabAd
    tenant: Tenant
    engine: SyncEngine

    def user(self, name: str, *addresses: str, below: str = PEOPLE, **more: Any) -> str:
        given = {
            "objectClass": "user",
            "sAMAccountName": name,
            "userPrincipalName": f"{name}@contoso.com",
            "displayName": name.title(),
            "userAccountControl": 512,
            **more,
        }
        if addresses:
            given["proxyAddresses"] = addresses
        return self.add(name, below, given)

    def group(self, name: str, *members: str, kind: int = UNIVERSAL_SECURITY, **more: Any) -> str:
        given = {"objectClass": "group", "sAMAccountName": name, "groupType": kind, **more}
        if members:
            given["member"] = members
        return self.add(name, PEOPLE, given)

    def contact(self, name: str, **more: Any) -> str:
        return self.add(name, PEOPLE, {"objectClass": "contact", "displayName": name, **more})

    def add(self, name: str, below: str, given: dict[str, Any]) -> str:
        return self.directory.add(f"CN={name},{below}", given).dn

    def set(self, dn: str, attribute: str, *values: str | int | bytes) -> None:
        change = Change("replace", attribute_of(self.directory.schema, attribute), octets(values))
        self.directory.modify(dn, [change])

    def cloud(self, name: str, kind: Kind = Kind.USER) -> DirectoryObject | None:
        found = (each for each in self.tenant.live(kind) if each.display_name == name)
        return next(found, None)

    def present(self, name: str, kind: Kind = Kind.USER) -> DirectoryObject:
        found = self.cloud(name, kind)
        assert found is not None, name
        return found


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"), names=("dc1.contoso.com",))


@pytest.fixture
async def room(certificates: Certificates) -> AsyncIterator[Room]:
    directory = Directory(BASE)
    directory.add(PEOPLE, {"objectClass": "organizationalUnit"})
    directory.add(f"OU=Elsewhere,{BASE}", {"objectClass": "organizationalUnit"})
    account = directory.add_account("reader", "Passw0rd.reader")
    server = await serve(directory, certificates)
    source = SyncSource(
        host=server.host,
        port=server.port,
        user=account.upn,
        password="Passw0rd.reader",
        ca_file=certificates.ca_file,
        tls_name="dc1.contoso.com",
        base_dn=BASE,
        scope_ous=(PEOPLE,),
    )
    tenant = Tenant("12cce4b4-0000-4000-8000-000000000001")
    engine = SyncEngine(source, tenant, cycle_seconds=60, sweep_seconds=120)
    yield Room(directory, server, tenant, engine)
    await server.aclose()
