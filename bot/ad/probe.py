"""In: a connection to a forest that was just reached. Out: what may be asked there, and what may not be seen.
Only attributes that exist and are indexed go into filters: one that is not makes the whole OR a scan.
Promise: what the account cannot see is said as a Gap, never taken for "there is nothing". Blocking.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import ldap3

from bot.ad.ask import Entry, find
from bot.ad.entry import STAMPED, guid_text
from bot.ad.filters import ALIAS, SEARCHED, any_of, is_equal
from bot.ad.forest import Account, Forest
from bot.errors import Refused
from bot.model import Gap, mark

_INDEXED = 0x1
# what Exchange adds to a forest is numbered by the forest itself; these are worth a stamp
_NUMBERED = ("targetAddress", ALIAS)
_ASKED = tuple(dict.fromkeys((*SEARCHED, *_NUMBERED)))
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
    stamped: Mapping[int, str] = field(default_factory=lambda: STAMPED)  # number -> attribute


def probe(connection: ldap3.Connection, forest: Forest, account: Account) -> Terrain:
    root = _root(connection, forest, account)
    base = forest.base_dn or root.one("defaultNamingContext") or ""
    if not base:
        raise Refused(
            forest.label,
            f"{account.host} names no domain of its own.",
            todo="Set base_dn of this forest, or point host at a domain controller.",
        )
    schema = _schema(connection, forest, root.one("schemaNamingContext") or "")
    indexed, slow = _attributes(schema, forest, account)
    gaps = [
        Gap(forest.label, name, mark("not indexed in this forest, so it is not searched"))
        for name in slow
    ]
    readable = _bin_readable(connection, forest, base)
    if not readable:
        gaps.append(
            Gap(
                forest.label,
                mark("recycle bin"),
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
        stamped={**STAMPED, **_numbers(schema)},
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


def _schema(connection: ldap3.Connection, forest: Forest, schema_dn: str) -> Mapping[str, Entry]:
    """Those attributes of ours that exist there, by their names as we spell them."""
    found = find(
        connection,
        forest,
        schema_dn,
        any_of(is_equal("lDAPDisplayName", name) for name in _ASKED),
        scope="LEVEL",
        attributes=("lDAPDisplayName", "searchFlags", "msDS-IntId"),
        what="reading the schema",
    )
    spelled = {name.lower(): name for name in _ASKED}
    named = {(entry.one("lDAPDisplayName") or "").lower(): entry for entry in found}
    return {spelled[name]: entry for name, entry in named.items() if name in spelled}


def _attributes(
    schema: Mapping[str, Entry], forest: Forest, account: Account
) -> tuple[frozenset[str], Sequence[str]]:
    """Those present and indexed, and those present only."""
    indexed = frozenset(
        name for name, entry in schema.items() if entry.number("searchFlags") & _INDEXED
    )
    if "proxyAddresses" not in indexed:
        raise Refused(
            forest.label,
            f"{account.user} cannot see proxyAddresses in the schema of {account.host}.",
            todo="Let the account read the schema, and check that this is Active Directory.",
        )
    return indexed, sorted(schema.keys() - indexed)


def _numbers(schema: Mapping[str, Entry]) -> Mapping[int, str]:
    """Under which numbers replication metadata names the attributes that Exchange added."""
    return {
        number & 0xFFFFFFFF: name
        for name in _NUMBERED
        if (entry := schema.get(name)) and (number := entry.number("msDS-IntId"))
    }


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
