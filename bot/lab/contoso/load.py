"""In: a domain controller's address with an account on it, and what is to be written or read.
Out: Contoso in that directory, somebody's change of it, or the objects that hold an address.
Promise: LDAPS with a verified certificate only; the first refusal ends it, with AD's own words.
Everything here blocks: call it in a thread.
"""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ldap3
from ldap3.core.exceptions import LDAPException, LDAPNoSuchObjectResult
from ldap3.utils.conv import escape_filter_chars

from bot.lab.contoso.entries import TOP, Entry
from bot.lab.contoso.problems import Change

CONNECT_SECONDS = 5
RECEIVE_SECONDS = 15
SHOWN = (
    "displayName",
    "userPrincipalName",
    "mail",
    "mailNickname",
    "targetAddress",
    "proxyAddresses",
    "userAccountControl",
    "whenChanged",
)


class DirectoryRefused(Exception):
    """The directory did not do what the lab asked of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One account on one domain controller."""

    host: str
    port: int
    base_dn: str
    ca_file: Path
    tls_name: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Read:
    """An AD object as the page shows it."""

    dn: str
    guid: bytes
    object_classes: tuple[str, ...]
    values: dict[str, list[str]]


def connect(login: Login) -> ldap3.Connection:
    tls = ldap3.Tls(
        validate=ssl.CERT_REQUIRED,
        ca_certs_file=str(login.ca_file),
        # from Python 3.12 on, ldap3 cannot check a certificate against an IP address
        valid_names=[login.tls_name],
    )
    server = ldap3.Server(
        login.host,
        port=login.port,
        use_ssl=True,
        tls=tls,
        get_info=ldap3.NONE,
        connect_timeout=CONNECT_SECONDS,
    )
    try:
        return ldap3.Connection(
            server,
            login.user,
            login.password,
            auto_bind=True,
            auto_referrals=False,
            raise_exceptions=True,
            receive_timeout=RECEIVE_SECONDS,
        )
    except LDAPException as problem:
        raise DirectoryRefused(
            f"No connection to {login.host}:{login.port} as {login.user}: {problem}"
        ) from problem


def check_is_empty(connection: ldap3.Connection, base_dn: str) -> None:
    """Conflicts depend on what was synchronized first, so a used Contoso is of no use."""
    try:
        connection.search(f"{TOP},{base_dn}", "(objectClass=*)", ldap3.BASE, attributes=["1.1"])
    except LDAPNoSuchObjectResult:
        return
    raise DirectoryRefused(f"{TOP},{base_dn} exists already; remove it, then start the lab again.")


def write(connection: ldap3.Connection, wanted: Iterable[Entry | Change]) -> None:
    for each in wanted:
        try:
            if isinstance(each, Entry):
                given = {name: list(values) for name, values in each.attributes.items()}
                classes = list(each.object_classes)
                connection.add(each.dn, classes, given)  # type: ignore[no-untyped-call]  # the stubs leave it untyped
            else:
                connection.modify(each.dn, modification(each))  # type: ignore[no-untyped-call]  # as above
        except LDAPException as problem:
            raise DirectoryRefused(f"{each.dn} was not written: {problem}") from problem


def modification(change: Change) -> dict[str, list[tuple[str, list[str]]]]:
    """Deletes before adds: one object cannot hold both spellings of an address for a moment."""
    wanted: dict[str, list[tuple[str, list[str]]]] = {}
    for operation, pairs in ((ldap3.MODIFY_DELETE, change.gone), (ldap3.MODIFY_ADD, change.new)):
        for name, value in pairs:
            wanted.setdefault(name, [])
            same = [values for done, values in wanted[name] if done == operation]
            if same:
                same[0].append(value)
            else:
                wanted[name].append((operation, [value]))
    return wanted


def find(
    connection: ldap3.Connection,
    base_dn: str,
    *,
    addresses: Iterable[str] = (),
    guids: Iterable[bytes] = (),
) -> list[Read]:
    """Who has one of these addresses, in whatever attribute an address can be, or is one of these."""
    clauses = [f"(objectGUID={_escaped(each)})" for each in guids]
    for each in addresses:
        safe = escape_filter_chars(each)
        clauses += [
            f"(proxyAddresses=smtp:{safe})",
            f"(mail={safe})",
            f"(userPrincipalName={safe})",
        ]
    return _search(connection, base_dn, f"(|{''.join(clauses)})") if clauses else []


def _escaped(octets: bytes) -> str:
    return "".join(f"\\{octet:02x}" for octet in octets)


def _search(connection: ldap3.Connection, base_dn: str, wanted: str) -> list[Read]:
    try:
        connection.search(base_dn, wanted, attributes=[*SHOWN, "objectClass", "objectGUID"])
    except LDAPException as problem:
        raise DirectoryRefused(f"The directory could not be read: {problem}") from problem
    found: list[dict[str, Any]] = connection.response or []
    return [_read(each) for each in found if each["type"] == "searchResEntry"]


def _read(found: dict[str, Any]) -> Read:
    raw: dict[str, list[bytes]] = found["raw_attributes"]
    texts = {
        name: [value.decode("utf-8", "replace") for value in raw[name]]
        for name in SHOWN
        if raw.get(name)
    }
    classes = tuple(value.decode() for value in raw["objectClass"])
    return Read(found["dn"], raw["objectGUID"][0], classes, texts)
