"""In: a connection to a forest that was just reached. Out: what may be asked there, and what may not be seen.
Only attributes that exist and are indexed go into filters: one that is not makes the whole OR a scan.
Promise: what the account cannot see is said as a Gap, never taken for "there is nothing". Blocking.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import ldap3

from bot.ad.ask import Entry, find
from bot.ad.entry import guid_text
from bot.ad.filters import SEARCHED, any_of, is_equal
from bot.ad.forest import Account, Forest
from bot.errors import Refused
from bot.model import Gap

_INDEXED = 0x1
_READ_ONLY_DC = "1.2.840.113556.1.4.1920"  # supportedCapabilities of an RODC


@dataclass(frozen=True, slots=True)
class Terrain:
    """One forest as this account sees it."""

    base_dn: str
    dc: str
    writable: bool
    indexed: frozenset[str]
    gaps: tuple[Gap, ...] = ()
    bin_readable: bool = False
    dcs: Mapping[str, str] = field(default_factory=dict)  # invocationId -> name


def probe(connection: ldap3.Connection, forest: Forest, account: Account) -> Terrain:
    root = _root(connection, forest, account)
    base = forest.base_dn or root.one("defaultNamingContext") or ""
    if not base:
        raise Refused(
            forest.label,
            f"{account.host} names no domain of its own.",
            todo="Set base_dn of this forest, or point host at a domain controller.",
        )
    indexed, slow = _attributes(connection, forest, account, root.one("schemaNamingContext") or "")
    gaps = [
        Gap(forest.label, name, "not indexed in this forest, so it is not searched")
        for name in slow
    ]
    readable = _bin_readable(connection, forest, base)
    if not readable:
        gaps.append(
            Gap(
                forest.label,
                "recycle bin",
                f"no right: {account.user} may not list CN=Deleted Objects",
            )
        )
    return Terrain(
        base_dn=base,
        dc=root.one("dnsHostName") or account.host,
        writable=_READ_ONLY_DC not in root.all("supportedCapabilities"),
        indexed=indexed,
        gaps=tuple(gaps),
        bin_readable=readable,
        dcs=_dcs(connection, forest, root.one("configurationNamingContext") or ""),
    )


def _root(connection: ldap3.Connection, forest: Forest, account: Account) -> Entry:
    entries = find(
        connection,
        forest,
        "",
        "(objectClass=*)",
        scope="BASE",
        attributes=(
            "defaultNamingContext",
            "schemaNamingContext",
            "configurationNamingContext",
            "dnsHostName",
            "supportedCapabilities",
        ),
        what="reading the rootDSE",
    )
    if not entries:
        raise Refused(forest.label, f"{account.host} shows no rootDSE: is it a directory server?")
    return entries[0]


def _attributes(
    connection: ldap3.Connection, forest: Forest, account: Account, schema_dn: str
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Those present and indexed, and those present only."""
    found = find(
        connection,
        forest,
        schema_dn,
        any_of(is_equal("lDAPDisplayName", name) for name in SEARCHED),
        scope="LEVEL",
        attributes=("lDAPDisplayName", "searchFlags"),
        what="reading the schema",
    )
    spelled = {name.lower(): name for name in SEARCHED}
    flags = {
        spelled[(entry.one("lDAPDisplayName") or "").lower()]: entry.number("searchFlags")
        for entry in found
        if (entry.one("lDAPDisplayName") or "").lower() in spelled
    }
    indexed = frozenset(name for name, flag in flags.items() if flag & _INDEXED)
    if "proxyAddresses" not in indexed:
        raise Refused(
            forest.label,
            f"{account.user} cannot see proxyAddresses in the schema of {account.host}.",
            todo="Let the account read the schema, and check that this is Active Directory.",
        )
    return indexed, tuple(sorted(flags.keys() - indexed))


def _bin_readable(connection: ldap3.Connection, forest: Forest, base: str) -> bool:
    """An account without the right sees an empty bin, not a refusal: ask for the container itself."""
    try:
        found = find(
            connection,
            forest,
            f"CN=Deleted Objects,{base}",
            "(objectClass=*)",
            scope="BASE",
            attributes=("name",),
            deleted=True,
            what="reading the recycle bin",
        )
    except Refused:
        return False
    # Samba shows the bare name of an object that it lets nobody read; AD shows nothing
    return any(entry.one("name") for entry in found)


def _dcs(connection: ldap3.Connection, forest: Forest, configuration: str) -> Mapping[str, str]:
    """Replication metadata names a DC by its invocationId; a name is nicer, and nothing hangs on it."""
    try:
        found = find(
            connection,
            forest,
            f"CN=Sites,{configuration}",
            "(objectClass=nTDSDSA)",
            attributes=("invocationId",),
            what="reading the domain controllers",
        )
    except Refused:
        return {}
    names: dict[str, str] = {}
    for entry in found:
        invocation = entry.octets("invocationId")
        # CN=NTDS Settings,CN=DC1,CN=Servers,…
        server = entry.dn.split(",")[1].partition("=")[2] if "," in entry.dn else ""
        if invocation and server:
            names[guid_text(invocation)] = server
    return names
