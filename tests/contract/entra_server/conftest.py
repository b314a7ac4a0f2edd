"""In: nothing.
Out: the lab's Entra on a port of its own, and Microsoft's own clients signed in to it.
Promise: TLS is verified; everything opened is closed.
"""

from __future__ import annotations

import asyncio
import ssl
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from azure.identity.aio import ClientSecretCredential

from bot.lab.certs import Certificates, make_certificates
from bot.lab.entra import App, LabEntra, Tenant, serve
from bot.lab.entra.permissions import EVERY

with warnings.catch_warnings():
    # the SDK warns about names of its own while it is imported; later imports find it loaded
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    from msgraph.generated.users import users_request_builder  # noqa: F401 - see above

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

TENANT_ID = "12cce4b4-0000-4000-8000-000000000001"
SECRET = "kept only here"
READER, WRITER = "reader-app", "writer-app"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The SDK imports its builders when they are first used, with the same warnings."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            for told in ("This class is deprecated", "GetQueryParameters is deprecated"):
                item.add_marker(pytest.mark.filterwarnings(f"ignore:{told}:DeprecationWarning"))


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def tenant() -> Tenant:
    made = Tenant(TENANT_ID)
    reads = frozenset(name for name in EVERY if "Write" not in name and "Delete" not in name)
    made.register_app(App(client_id=READER, secret=SECRET, roles=reads))
    made.register_app(App(client_id=WRITER, secret=SECRET, roles=frozenset(EVERY)))
    return made


@pytest.fixture
async def lab(tenant: Tenant, certificates: Certificates) -> AsyncIterator[LabEntra]:
    running = await serve(tenant, certificates)
    yield running
    await running.aclose()
    # azure-identity does not wait for its sockets; the end of the server ends them
    await asyncio.sleep(0.03)


@dataclass
class Clients:
    """Microsoft's clients for one app, and a bare one with the same token."""

    adapter: Any
    graph: Any
    http: httpx.AsyncClient

    async def get(self, target: str, **headers: str) -> httpx.Response:
        return await self.http.get(target, headers=headers)


def credential(
    lab: LabEntra,
    certificates: Certificates,
    *,
    client_id: str = READER,
    secret: str = SECRET,
    tenant_id: str = TENANT_ID,
) -> ClientSecretCredential:
    return ClientSecretCredential(
        tenant_id,
        client_id,
        secret,
        authority=lab.authority,
        disable_instance_discovery=True,
        connection_verify=str(certificates.ca_file),
        retry_total=0,
    )


@pytest.fixture
async def sign_in(lab: LabEntra, certificates: Certificates) -> AsyncIterator[Callable[..., Any]]:
    from kiota_authentication_azure.azure_identity_authentication_provider import (
        AzureIdentityAuthenticationProvider,
    )
    from msgraph import GraphRequestAdapter, GraphServiceClient
    from msgraph_core import GraphClientFactory

    opened: list[Any] = []

    async def sign_in(client_id: str = READER) -> Clients:
        signed_in = credential(lab, certificates, client_id=client_id)
        opened.append(signed_in.close)
        provider = AzureIdentityAuthenticationProvider(
            signed_in, scopes=["https://graph.microsoft.com/.default"], allowed_hosts=["127.0.0.1"]
        )
        trusted = ssl.create_default_context(cafile=str(certificates.ca_file))
        plain = httpx.AsyncClient(verify=trusted)
        sockets = plain._transport  # the factory wraps it in one that does not close it
        sdk_http = GraphClientFactory.create_with_default_middleware(client=plain)
        adapter = GraphRequestAdapter(provider, client=sdk_http)
        adapter.base_url = lab.graph_url
        token = await signed_in.get_token("https://graph.microsoft.com/.default")
        http = httpx.AsyncClient(
            verify=trusted,
            base_url=lab.graph_url,
            headers={"Authorization": f"Bearer {token.token}"},
        )
        opened.extend([sdk_http.aclose, sockets.aclose, http.aclose])
        return Clients(adapter, GraphServiceClient(request_adapter=adapter), http)

    yield sign_in
    for close in opened:
        await close()


@pytest.fixture
async def clients(sign_in: Callable[..., Any]) -> Clients:
    reader: Clients = await sign_in()
    return reader


@pytest.fixture
async def writer(sign_in: Callable[..., Any]) -> Clients:
    signed_in: Clients = await sign_in(WRITER)
    return signed_in
