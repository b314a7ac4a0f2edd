"""In: a running server, the lab's or a real one.
Out: connections of a real LDAP client, and a fresh OU for a test.
Promise: nothing here knows which of the two servers it talks to.
"""

import asyncio
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ldap3

from bot.lab.ad import ADMINISTRATOR, Directory, LabAd, serve, writer
from bot.lab.certs import make_certificates
from tests.servers import samba as real

TIMEOUT = 20
PASSWORD = "Passw0rd.lab1"
Entries = list[dict[str, Any]]
Client = Any  # an ldap3.Connection; its type stubs know only half of it


@dataclass(frozen=True)
class Target:
    kind: str
    host: str
    port: int
    plain_port: int
    base_dn: str
    domain: str
    netbios: str
    admin: str
    password: str
    ca_file: Path
    tls_name: str
    add_account: Callable[[str, str], str]
    delegate: Callable[[str, tuple[str, ...], str], None]

    def tls(self) -> ldap3.Tls:
        names = [self.tls_name]
        return ldap3.Tls(
            validate=ssl.CERT_REQUIRED, ca_certs_file=str(self.ca_file), valid_names=names
        )

    def connect(self, user: str = "", password: str = "", **options: Any) -> Client:
        """Over TLS; not yet bound."""
        server = ldap3.Server(
            self.host,
            port=self.port,
            use_ssl=True,
            tls=self.tls(),
            get_info=ldap3.NONE,
            connect_timeout=TIMEOUT,
        )
        return ldap3.Connection(
            server,
            user or None,
            password or None,
            auto_referrals=False,
            receive_timeout=TIMEOUT,
            **options,
        )

    def bound(self, user: str = "", password: str = "", **options: Any) -> Client:
        connection = self.connect(user or self.admin, password or self.password, **options)
        assert connection.bind(), connection.result
        return connection


@dataclass
class Room:
    """An OU of its own for one test, and an administrator's connection."""

    target: Target
    ou: str
    tag: str
    admin: Client

    def add(self, name: str, kind: str = "user", **given: Any) -> str:
        dn = f"CN={name},{self.ou}"
        if kind in ("user", "group"):
            given = {"sAMAccountName": f"{name}-{self.tag}"[:20], **given}
        self.admin.add(dn, kind, given)
        assert self.code() == 0, self.admin.result
        return dn

    def find(
        self, wanted: str, *attributes: str, base: str = "", scope: str = "SUBTREE", **more: Any
    ) -> Entries:
        asked = list(attributes) or ["1.1"]
        self.admin.search(base or self.ou, wanted, scope, attributes=asked, **more)
        return entries_of(self.admin)

    def names(self, wanted: str, **more: Any) -> list[str]:
        return sorted(names_of(self.find(wanted, **more)))

    def values(self, dn: str, attribute: str) -> list[bytes]:
        found = self.find("(objectClass=*)", attribute, base=dn, scope="BASE")
        values: list[bytes] = found[0]["raw_attributes"].get(attribute, [])
        return values

    def modify(self, dn: str, changes: dict[str, Any], **more: Any) -> int:
        self.admin.modify(dn, changes, **more)
        return self.code()

    def code(self) -> int:
        return code_of(self.admin)


def code_of(connection: Client) -> int:
    return int(connection.result["result"])


def entries_of(connection: Client) -> Entries:
    return [each for each in connection.response or [] if each["type"] == "searchResEntry"]


def names_of(entries: Entries) -> list[str]:
    return [each["dn"].partition(",")[0].removeprefix("CN=") for each in entries]


def room_in(target: Target, admin: Client) -> Room:
    tag = uuid.uuid4().hex[:8]
    ou = f"OU=probe-{tag},{target.base_dn}"
    admin.add(ou, "organizationalUnit")
    assert code_of(admin) == 0, admin.result
    return Room(target, ou, tag, admin)


def samba_target(server: real.Samba) -> Target:
    return Target(
        kind="samba",
        host=server.host,
        port=server.port,
        plain_port=server.plain_port,
        base_dn=server.base_dn,
        domain=server.domain,
        netbios=server.netbios,
        admin=server.admin_upn,
        password=server.admin_password,
        ca_file=server.ca_file,
        tls_name=server.tls_name,
        add_account=lambda name, password: real.add_account(server, name, password),
        delegate=lambda name, attributes, below: real.delegate(
            server, name, attributes=attributes, below=below
        ),
    )


@contextmanager
def lab_target(folder: Path) -> Iterator[Target]:
    """The lab's server in a thread of its own, as ldap3 blocks the one it runs in."""
    directory = Directory("DC=corp,DC=contoso,DC=com")
    directory.add_account("Administrator", PASSWORD, rights=ADMINISTRATOR)
    certificates = make_certificates(folder)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(task: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(task, loop).result(TIMEOUT)

    async def call(work: Callable[[], Any]) -> Any:  # the directory belongs to the loop
        return work()

    server: LabAd = run(serve(directory, certificates, plain_port=0))
    passwords: dict[str, str] = {}

    def add_account(name: str, password: str) -> str:
        passwords[name] = password
        return str(run(call(lambda: directory.add_account(name, password).upn)))

    def delegate(name: str, attributes: tuple[str, ...], below: str) -> None:
        rights = writer(attributes, (below,))
        run(call(lambda: directory.add_account(name, passwords[name], rights=rights)))

    try:
        yield Target(
            kind="lab",
            host=server.host,
            port=server.port,
            plain_port=server.plain_port or 0,
            base_dn=directory.base_dn,
            domain=directory.domain,
            netbios=directory.netbios,
            admin=f"administrator@{directory.domain}",
            password=PASSWORD,
            ca_file=certificates.ca_file,
            tls_name="localhost",
            add_account=add_account,
            delegate=delegate,
        )
    finally:
        run(server.aclose())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
