"""In: azure-identity's credential.
Out: tokens, or the errors an administrator has to understand.
Promise: the same client as in production, over verified TLS.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import ClientAuthenticationError

from bot.lab.entra import App, serve
from bot.lab.entra.tenant import utc_now
from tests.contract.entra_server.conftest import READER, SECRET, TENANT_ID, credential

if TYPE_CHECKING:
    from bot.lab.certs import Certificates
    from bot.lab.entra import LabEntra, Tenant
    from tests.contract.entra_server.conftest import Clients

SCOPE = "https://graph.microsoft.com/.default"


async def test_a_token_is_issued(lab: LabEntra, certificates: Certificates) -> None:
    async with credential(lab, certificates) as signed_in:
        token = await signed_in.get_token(SCOPE)

    assert token.token.count(".") == 2
    assert lab.counters == {f"/{TENANT_ID}/oauth2/v2.0/token": 1}


@pytest.mark.parametrize(
    ("client_id", "secret", "tenant_id", "number"),
    [
        (READER, "wrong", TENANT_ID, "AADSTS7000215"),
        ("expired-app", SECRET, TENANT_ID, "AADSTS7000222"),
        ("nobody", SECRET, TENANT_ID, "AADSTS700016"),
        (READER, SECRET, "99999999-0000-4000-8000-000000000000", "AADSTS90002"),
    ],
)
async def test_why_a_sign_in_failed(
    lab: LabEntra,
    certificates: Certificates,
    client_id: str,
    secret: str,
    tenant_id: str,
    number: str,
) -> None:
    expired = utc_now() - timedelta(days=1)
    lab.tenant.register_app(
        App(client_id="expired-app", secret=SECRET, roles=frozenset(), secret_expires=expired)
    )
    async with credential(
        lab, certificates, client_id=client_id, secret=secret, tenant_id=tenant_id
    ) as signed_in:
        with pytest.raises(ClientAuthenticationError, match=f"{number}:"):
            await signed_in.get_token(SCOPE)


async def test_a_scope_must_end_in_default(lab: LabEntra, certificates: Certificates) -> None:
    async with credential(lab, certificates) as signed_in:
        with pytest.raises(ClientAuthenticationError, match="AADSTS1002012:"):
            await signed_in.get_token("https://graph.microsoft.com/User.Read.All")


async def test_an_expired_token_is_refused_with_a_challenge(
    lab: LabEntra, clients: Clients, tenant: Tenant
) -> None:
    tenant.clock = lambda: utc_now() + timedelta(hours=2)
    answer = await clients.get("/users")

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "InvalidAuthenticationToken"
    assert answer.headers["WWW-Authenticate"].startswith(
        f'Bearer realm="", authorization_uri="{lab.authority}/'
    )


@pytest.mark.parametrize("token", ["x", "a.b.c", "é.é.é"])
async def test_a_forged_token_is_refused(clients: Clients, token: str) -> None:
    answer = await clients.http.get(
        "/users", headers={b"Authorization": f"Bearer {token}".encode()}
    )

    assert answer.status_code == 401


async def test_only_loopback(tenant: Tenant, certificates: Certificates) -> None:
    with pytest.raises(ValueError, match="loopback addresses only"):
        await serve(tenant, certificates, host="0.0.0.0")  # noqa: S104 - it must be refused


async def test_discovery_names_this_server(clients: Clients, lab: LabEntra) -> None:
    answer = await clients.http.get(
        f"{lab.authority}/{TENANT_ID}/v2.0/.well-known/openid-configuration"
    )

    assert answer.json()["token_endpoint"] == f"{lab.authority}/{TENANT_ID}/oauth2/v2.0/token"
