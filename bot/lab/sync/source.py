"""In: where a domain's AD is, who reads it, and which OUs are in scope.
Out: every user, group and contact below them, with the attributes the sync rules need.
Promise: LDAPS with a verified certificate, paged, bounded waits; all objects or SourceError.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ldap3 import Connection

PAGE_SIZE = 1_000
CONNECT_SECONDS = 5
ANSWER_SECONDS = 60
PAGED = "1.2.840.113556.1.4.319"
# no objectCategory: the classes alone say it, and any LDAP server understands them
FILTER = "(|(objectClass=user)(objectClass=group)(objectClass=contact))"
ATTRIBUTES = [
    "objectClass",
    "objectGUID",
    "objectSid",
    "mS-DS-ConsistencyGuid",
    "distinguishedName",
    "whenCreated",
    "uSNCreated",
    "uSNChanged",
    "userPrincipalName",
    "sAMAccountName",
    "mail",
    "proxyAddresses",
    "mailNickname",
    "targetAddress",
    "msRTCSIP-PrimaryUserAddress",
    "msExchRecipientTypeDetails",
    "userAccountControl",
    "groupType",
    "isCriticalSystemObject",
    "displayName",
    "cn",
    "givenName",
    "sn",
    "title",
    "department",
    "company",
    "employeeID",
    "mobile",
    "physicalDeliveryOfficeName",
    "description",
    "member",
]


class SourceError(Exception):
    """AD could not be read to the end; nothing of what was read may be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSource:
    """`tls_name` is the name in the server's certificate when it is reached by address."""

    host: str
    port: int
    user: str
    password: str
    ca_file: Path
    tls_name: str
    base_dn: str
    scope_ous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AdEntry:
    dn: str
    raw: dict[str, list[bytes]]  # names in lower case

    def texts(self, name: str) -> list[str]:
        return [value.decode("utf-8", "replace") for value in self.raw.get(name.lower(), [])]

    def text(self, name: str) -> str | None:
        return next((value for value in self.texts(name) if value), None)

    def number(self, name: str) -> int:
        return int(self.text(name) or 0)

    def octets(self, name: str) -> bytes | None:
        return next(iter(self.raw.get(name.lower(), [])), None)


def read(source: SyncSource) -> list[AdEntry]:
    """Blocks; run it in a thread."""
    from ldap3.core.exceptions import LDAPException

    try:
        connection = _connect(source)
        try:
            found: dict[str, AdEntry] = {}
            for base in source.scope_ous or (source.base_dn,):
                found.update((entry.dn.lower(), entry) for entry in _below(connection, base))
            return list(found.values())
        finally:
            connection.unbind()
    except (LDAPException, OSError) as error:
        raise SourceError(f"AD at {source.host}:{source.port} was not read: {error}") from error


def write_anchor(source: SyncSource, dn: str, guid: bytes) -> None:
    """What Connect does where it has the right: keep the anchor in mS-DS-ConsistencyGuid."""
    from ldap3 import MODIFY_ADD
    from ldap3.core.exceptions import LDAPException

    try:
        connection = _connect(source)
        try:
            change = {"mS-DS-ConsistencyGuid": [(MODIFY_ADD, [guid])]}
            modify: Any = connection.modify  # the stubs leave it untyped
            _status, result, *_rest = modify(dn, change)
            _check(result, f"writing the anchor of {dn}")
        finally:
            connection.unbind()
    except (LDAPException, OSError) as error:
        raise SourceError(f"The anchor of {dn} was not written: {error}") from error


def _connect(source: SyncSource) -> Connection:
    from ldap3 import NONE, SAFE_SYNC, Connection, Server, Tls

    tls = Tls(
        validate=ssl.CERT_REQUIRED,
        ca_certs_file=str(source.ca_file),
        valid_names=[source.tls_name],
    )
    server = Server(
        source.host,
        port=source.port,
        use_ssl=True,
        tls=tls,
        get_info=NONE,
        connect_timeout=CONNECT_SECONDS,
    )
    connection = Connection(
        server,
        user=source.user,
        password=source.password,
        client_strategy=SAFE_SYNC,
        receive_timeout=ANSWER_SECONDS,
        auto_referrals=False,
    )
    status, result, *_rest = connection.bind()
    if not status:
        connection.unbind()
        raise SourceError(f"AD did not accept the account {source.user}: {_told(result)}")
    return connection


def _below(connection: Connection, base: str) -> list[AdEntry]:
    found: list[AdEntry] = []
    cookie: bytes | None = None
    while True:
        _status, result, response, _request = connection.search(
            base, FILTER, attributes=ATTRIBUTES, paged_size=PAGE_SIZE, paged_cookie=cookie
        )
        _check(result, f"reading {base}")
        found += [
            _whole(connection, row) for row in response or () if row["type"] == "searchResEntry"
        ]
        cookie = result["controls"].get(PAGED, {}).get("value", {}).get("cookie")
        if not cookie:
            return found


def _whole(connection: Connection, row: dict[str, Any]) -> AdEntry:
    """AD gives at most 1,500 values of an attribute at a time, under a name with a range."""
    raw: dict[str, list[bytes]] = {}
    for name, values in row["raw_attributes"].items():
        plain, _, limits = name.partition(";range=")
        kept = raw.setdefault(plain.lower(), [])
        kept += values
        if limits and not limits.endswith("-*"):
            kept += _rest_of(connection, row["dn"], plain, int(limits.partition("-")[2]) + 1)
    return AdEntry(row["dn"], raw)


def _rest_of(connection: Connection, dn: str, name: str, start: int) -> list[bytes]:
    found: list[bytes] = []
    while True:
        _status, result, response, _request = connection.search(
            dn, "(objectClass=*)", search_scope="BASE", attributes=[f"{name};range={start}-*"]
        )
        _check(result, f"reading {name} of {dn}")
        ranged = {
            key: values
            for row in response or ()
            if row["type"] == "searchResEntry"
            for key, values in row["raw_attributes"].items()
            if ";range=" in key
        }
        for key, values in ranged.items():
            found += values
            if not key.endswith("-*"):
                start = int(key.rpartition("-")[2]) + 1
        if not ranged or any(key.endswith("-*") for key in ranged):
            return found


def _check(result: dict[str, Any], doing: str) -> None:
    if result["result"] != 0:
        raise SourceError(f"AD refused {doing}: {_told(result)}")


def _told(result: dict[str, Any]) -> str:
    return f"{result['result']} {result['description']} {result['message']}".strip()
