"""In: nothing.
Out: a directory of three people, and a server for it with clients that speak the wire format.
Promise: everything is gone when the test ends.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.lab.ad import ADMINISTRATOR, Directory, Faults, LabAd, serve, wire
from bot.lab.certs import Certificates, make_certificates

BASE = "DC=corp,DC=contoso,DC=com"
PEOPLE = f"OU=People,{BASE}"
PASSWORD = "Lab.password1"
TIMEOUT = 10.0
NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def directory() -> Directory:
    made = Directory(BASE, clock=lambda: NOON)
    made.add(PEOPLE, {"objectClass": "organizationalUnit"})
    for name in ("ann", "bob", "cid"):
        made.add(
            f"CN={name},{PEOPLE}",
            {
                "objectClass": "user",
                "sAMAccountName": name,
                "mail": f"{name}@contoso.com",
                "proxyAddresses": [f"SMTP:{name}@contoso.com", "smtp:dup@contoso.com"],
            },
        )
    made.add_account("root", PASSWORD, rights=ADMINISTRATOR)
    return made


@dataclass
class Client:
    """One connection; a request is sent and its answers are read until the last."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int = 0

    def send(self, operation: wire.Operation, controls: list[wire.Control] | None = None) -> int:
        self.number += 1
        self.writer.write(wire.encode(self.number, operation, controls))
        return self.number

    async def receive(self) -> dict[str, Any] | None:
        data = await asyncio.wait_for(wire.read_message(self.reader), TIMEOUT)
        return None if data is None else wire.decode(data)

    async def ask(
        self, operation: wire.Operation, controls: list[wire.Control] | None = None
    ) -> tuple[str, list[Any]]:
        """The code, and the entries that came before it."""
        self.send(operation, controls)
        entries = []
        while (message := await self.receive()) is not None:
            kind, body = message["protocolOp"]
            if kind == "searchResEntry":
                entries.append(body["objectName"].decode())
            elif kind != "searchResRef":
                return body["resultCode"], entries
        return "closed", entries

    async def bind(self, name: str = "root@corp.contoso.com", password: str = PASSWORD) -> str:
        body = {
            "version": 3,
            "name": name.encode(),
            "authentication": ("simple", password.encode()),
        }
        code, _ = await self.ask(("bindRequest", body))
        return code


def search(wanted: Any, *, base: str = BASE, scope: str = "wholeSubtree") -> wire.Operation:
    body = {
        "baseObject": base.encode(),
        "scope": scope,
        "derefAliases": "neverDerefAliases",
        "sizeLimit": 0,
        "timeLimit": 0,
        "typesOnly": False,
        "filter": wanted,
        "attributes": [b"mail"],
    }
    return ("searchRequest", body)


def equals(attribute: str, value: str) -> tuple[str, Any]:
    pair = {"attributeDesc": attribute.encode(), "assertionValue": value.encode()}
    return ("equalityMatch", pair)


def modify(dn: str, *changes: tuple[str, str, list[bytes]]) -> wire.Operation:
    steps = [
        {"operation": operation, "modification": {"type": attribute.encode(), "vals": values}}
        for operation, attribute, values in changes
    ]
    return ("modifyRequest", {"object": dn.encode(), "changes": steps})


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return make_certificates(tmp_path)


@pytest.fixture
async def lab(directory: Directory, certificates: Certificates) -> AsyncIterator[LabAd]:
    server = await serve(directory, certificates, faults=Faults())
    yield server
    await server.aclose()


Connect = Callable[[], Awaitable[Client]]


@pytest.fixture
async def connect(lab: LabAd, certificates: Certificates) -> AsyncIterator[Connect]:
    tls = ssl.create_default_context(cafile=str(certificates.ca_file))
    clients: list[Client] = []

    async def open_one() -> Client:
        reader, writer = await asyncio.open_connection(
            lab.host, lab.port, ssl=tls, server_hostname="localhost"
        )
        clients.append(Client(reader, writer))
        return clients[-1]

    yield open_one
    for client in clients:
        client.writer.transport.abort()
