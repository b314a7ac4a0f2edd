"""In: a Samba AD DC with people in it.
Out: the same people in the lab's tenant, by the lab's sync engine.
Promise: what the engine asks of AD is what a real domain controller answers.
"""

from __future__ import annotations

import asyncio
import ssl
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from ldap3 import NONE, SAFE_SYNC, Connection, Server, Tls

from bot.lab.entra import Kind
from bot.lab.sync import SyncEngine, SyncSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.lab.entra import Tenant
    from tests.servers.samba import Samba

pytestmark = pytest.mark.filterwarnings("ignore:ssl.match_hostname:DeprecationWarning")


@pytest.fixture
def admin(samba: Samba) -> Iterator[Any]:
    tls = Tls(
        validate=ssl.CERT_REQUIRED, ca_certs_file=str(samba.ca_file), valid_names=[samba.tls_name]
    )
    server = Server(samba.host, samba.port, use_ssl=True, tls=tls, get_info=NONE, connect_timeout=5)
    connection = Connection(
        server,
        samba.admin_upn,
        samba.admin_password,
        client_strategy=SAFE_SYNC,
        receive_timeout=30,
        auto_bind=True,
    )
    yield connection
    connection.unbind()


def fill(admin: Any, folder: str) -> None:
    """Anna before Bo, who claims her address; a group with both; a contact."""

    def add(dn: str, **given: Any) -> str:
        status, result, *_rest = admin.add(dn, attributes=given)
        assert status, result
        return dn

    unique = uuid.uuid4().hex[:8]
    add(folder, objectClass="organizationalUnit")
    people = [
        add(
            f"CN={name}{unique},{folder}",
            objectClass="user",
            sAMAccountName=f"{name}{unique}",
            userPrincipalName=f"{name}{unique}@contoso.com",
            displayName=name.title(),
            proxyAddresses=addresses,
        )
        for name, addresses in (
            ("anna", ["SMTP:john@contoso.com"]),
            ("bo", ["SMTP:bo@contoso.com", "smtp:john@contoso.com"]),
        )
    ]
    add(
        f"CN=sales{unique},{folder}",
        objectClass="group",
        sAMAccountName=f"sales{unique}",
        displayName="Sales",
        member=people,
    )
    add(f"CN=ext,{folder}", objectClass="contact", displayName="Ext", mail="ext@fabrikam.com")


def present(tenant: Tenant, name: str, kind: Kind = Kind.USER) -> Any:
    [found] = [each for each in tenant.live(kind) if each.display_name == name]
    return found


async def test_samba_to_entra(admin: Any, samba: Samba, tenant: Tenant) -> None:
    folder = f"OU=Sync-{uuid.uuid4().hex[:8]},{samba.base_dn}"
    await asyncio.to_thread(fill, admin, folder)
    source = SyncSource(
        host=samba.host,
        port=samba.port,
        user=samba.admin_upn,
        password=samba.admin_password,
        ca_file=samba.ca_file,
        tls_name=samba.tls_name,
        base_dn=samba.base_dn,
        scope_ous=(folder,),
    )
    engine = SyncEngine(source, tenant, cycle_seconds=60, sweep_seconds=60, write_back_anchor=True)
    first = await engine.cycle()
    anna, bo = present(tenant, "Anna"), present(tenant, "Bo")
    conflict = [error.value for error in bo.errors]
    change = {"proxyAddresses": [("MODIFY_DELETE", ["smtp:john@contoso.com"])]}
    await asyncio.to_thread(admin.modify, bo.on_premises.distinguished_name, change)
    second = await engine.cycle()
    await engine.sweep()

    assert (first.stopped, first.in_scope, len(first.added), first.errors) == (None, 4, 4, 0)
    assert conflict == ["smtp:john@contoso.com"]
    assert (second.updated, bo.errors) == ([bo.id], [])
    assert set(present(tenant, "Sales", Kind.GROUP).members) == {anna.id, bo.id}
    assert present(tenant, "Ext", Kind.CONTACT).mail == "ext@fabrikam.com"


async def test_a_whole_domain_leaves_its_own_accounts_out(samba: Samba, tenant: Tenant) -> None:
    source = SyncSource(
        host=samba.host,
        port=samba.port,
        user=samba.admin_upn,
        password=samba.admin_password,
        ca_file=samba.ca_file,
        tls_name=samba.tls_name,
        base_dn=samba.base_dn,
    )
    result = await SyncEngine(source, tenant, cycle_seconds=60, sweep_seconds=60).cycle()
    names = {each.display_name for each in tenant.live(Kind.USER)}

    assert result.stopped is None
    assert names & {"Administrator", "Guest", "krbtgt"} == set()
