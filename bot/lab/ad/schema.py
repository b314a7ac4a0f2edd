"""In: `schema.csv`, measured on a real domain controller, and whether Exchange extended it.
Out: the attributes and classes of a forest, by name, and what an object of a class may hold.
Promise: names are found in any letter case; an unknown one is None, never a guess.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5

TABLE = Path(__file__).with_name("schema.csv")

INDEXED: Final = 1
ANR: Final = 4
KEPT_ON_TOMBSTONE: Final = 8
CONSTRUCTED: Final = 4
NOT_REPLICATED: Final = 1

# AD hands attributes added after installation an internal id in this range
FIRST_INTERNAL_ID: Final = 0x80258B20
PREFIXES: Final = {
    "2.5.4": 0x0,
    "2.5.6": 0x1,
    "1.2.840.113556.1.2": 0x2,
    "1.2.840.113556.1.3": 0x3,
    "1.2.840.113556.1.4": 0x9,
    "1.2.840.113556.1.5": 0xA,
    "2.5.18": 0x14,
    "0.9.2342.19200300.100.1": 0x15,
    "2.16.840.1.113730.3.1": 0x17,
}


@dataclass(frozen=True)
class Attribute:
    name: str
    cn: str
    oid: str
    syntax: str
    om_syntax: int
    single: bool
    search_flags: int
    in_gc: bool
    range_lower: int | None
    range_upper: int | None
    guid: UUID
    property_set: UUID | None
    system_only: bool
    system_flags: int
    link_id: int | None
    classes: frozenset[str]
    exchange: bool
    internal_id: int | None = None

    @property
    def indexed(self) -> bool:
        return bool(self.search_flags & INDEXED)

    @property
    def constructed(self) -> bool:
        return bool(self.system_flags & CONSTRUCTED)

    @property
    def forward_link(self) -> bool:
        return self.link_id is not None and self.link_id % 2 == 0

    @property
    def back_link(self) -> bool:
        return self.link_id is not None and self.link_id % 2 == 1

    @property
    def writable(self) -> bool:
        return not (self.system_only or self.constructed or self.back_link)

    @property
    def attribute_id(self) -> int:
        """The number under which replication metadata names this attribute."""
        if self.internal_id is not None:
            return self.internal_id
        prefix, _, last = self.oid.rpartition(".")
        return (PREFIXES.get(prefix, 0x7F) << 16) | int(last)


@dataclass(frozen=True)
class ObjectClass:
    name: str
    cn: str
    oid: str
    superior: str
    auxiliaries: tuple[str, ...]
    rdn: str
    structural: bool
    must: tuple[str, ...]
    category: str
    exchange: bool = False
    parents: tuple[str, ...] = ()  # told of Exchange's own classes only


def _class(
    name: str,
    cn: str,
    oid: str,
    superior: str = "top",
    *,
    aux: tuple[str, ...] = (),
    rdn: str = "cn",
    structural: bool = True,
    must: tuple[str, ...] = (),
    category: str = "",
) -> ObjectClass:
    return ObjectClass(name, cn, oid, superior, aux, rdn, structural, must, category=category or cn)


RECIPIENT = ("mailRecipient", "securityPrincipal")
# Of Exchange's own classes the folder that has an address. Its real numbers are not known to us.
PUBLIC_FOLDER: Final = ObjectClass(
    "publicFolder",
    "ms-Exch-Public-Folder",
    "1.2.840.113556.1.5.7000.62.65535",
    "top",
    ("mailRecipient",),
    "cn",
    structural=True,
    must=("cn",),
    category="ms-Exch-Public-Folder",
    exchange=True,
    parents=("container", "organizationalUnit"),
)
CLASSES: Final = (
    _class("top", "Top", "2.5.6.0", "", structural=False),
    _class("person", "Person", "2.5.6.6", structural=False, must=("cn",)),
    _class(
        "organizationalPerson",
        "Organizational-Person",
        "2.5.6.7",
        "person",
        structural=False,
        category="Person",
    ),
    _class(
        "user",
        "User",
        "1.2.840.113556.1.5.9",
        "organizationalPerson",
        aux=RECIPIENT,
        must=("sAMAccountName",),
        category="Person",
    ),
    _class(
        "inetOrgPerson",
        "inetOrgPerson",
        "2.16.840.1.113730.3.2.2",
        "user",
        category="Person",
    ),
    _class("computer", "Computer", "1.2.840.113556.1.3.30", "user"),
    _class(
        "msDS-GroupManagedServiceAccount",
        "ms-DS-Group-Managed-Service-Account",
        "1.2.840.113556.1.5.282",
        "computer",
    ),
    _class(
        "group",
        "Group",
        "1.2.840.113556.1.5.8",
        aux=RECIPIENT,
        must=("groupType", "sAMAccountName"),
    ),
    _class(
        "contact",
        "Contact",
        "1.2.840.113556.1.5.15",
        "organizationalPerson",
        aux=("mailRecipient",),
        category="Person",
    ),
    _class("organizationalUnit", "Organizational-Unit", "2.5.6.5", rdn="ou", must=("ou",)),
    _class("container", "Container", "1.2.840.113556.1.3.23", must=("cn",)),
    _class("domain", "Domain", "1.2.840.113556.1.5.66", rdn="dc", structural=False),
    _class(
        "domainDNS",
        "Domain-DNS",
        "1.2.840.113556.1.5.67",
        "domain",
        aux=("samDomain", "samDomainBase"),
        rdn="dc",
    ),
    _class("builtinDomain", "Builtin-Domain", "1.2.840.113556.1.5.4", aux=("samDomainBase",)),
    _class("configuration", "Configuration", "1.2.840.113556.1.5.12", must=("cn",)),
    _class("crossRefContainer", "Cross-Ref-Container", "1.2.840.113556.1.5.7000.53"),
    _class("crossRef", "Cross-Ref", "1.2.840.113556.1.3.11", must=("nCName", "dnsRoot", "cn")),
    _class("dMD", "DMD", "1.2.840.113556.1.3.9", must=("cn",)),
    _class("attributeSchema", "Attribute-Schema", "1.2.840.113556.1.3.14"),
    _class("classSchema", "Class-Schema", "1.2.840.113556.1.3.13"),
    _class("mailRecipient", "Mail-Recipient", "1.2.840.113556.1.3.46", structural=False),
    _class("securityPrincipal", "Security-Principal", "1.2.840.113556.1.5.6", structural=False),
    _class("samDomain", "Sam-Domain", "1.2.840.113556.1.5.3", structural=False),
    _class("samDomainBase", "Sam-Domain-Base", "1.2.840.113556.1.5.2", structural=False),
    PUBLIC_FOLDER,
)


def _number(text: str) -> int | None:
    return int(text) if text else None


@cache
def all_attributes() -> tuple[Attribute, ...]:
    """Every attribute of the table, as a forest without Exchange has it."""
    attributes = []
    extended = FIRST_INTERNAL_ID
    with TABLE.open(newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            exchange = row["exchange"] == "1"
            extended += exchange
            attributes.append(
                Attribute(
                    name=row["name"],
                    cn=row["cn"],
                    oid=row["oid"],
                    syntax=row["syntax"],
                    om_syntax=int(row["om_syntax"]),
                    single=row["single"] == "1",
                    search_flags=int(row["search_flags"]),
                    in_gc=row["gc"] == "1",
                    range_lower=_number(row["range_lower"]),
                    range_upper=_number(row["range_upper"]),
                    # two of the Exchange attributes: the real number is not known to us
                    guid=UUID(row["guid"]) if row["guid"] else uuid5(NAMESPACE_OID, row["oid"]),
                    property_set=UUID(row["property_set"]) if row["property_set"] else None,
                    system_only=row["system_only"] == "1",
                    system_flags=int(row["system_flags"]),
                    link_id=_number(row["link_id"]),
                    classes=frozenset(row["classes"].split()),
                    exchange=exchange,
                    internal_id=extended if exchange else None,
                )
            )
    return tuple(attributes)


def exchange_proxy_addresses(attribute: Attribute) -> Attribute:
    """Exchange puts proxyAddresses in the global catalog and keeps it on tombstones."""
    flags = attribute.search_flags | KEPT_ON_TOMBSTONE
    return replace(attribute, search_flags=flags, in_gc=True)


class Schema:
    def __init__(self, *, exchange: bool) -> None:
        self.exchange = exchange
        self.attributes: dict[str, Attribute] = {}
        for attribute in all_attributes():
            if exchange and attribute.name == "proxyAddresses":
                self._learn(exchange_proxy_addresses(attribute))
            elif exchange or not attribute.exchange:
                self._learn(attribute)
        self.classes = {
            each.name.lower(): each for each in CLASSES if exchange or not each.exchange
        }
        self.back_links = {
            attribute.link_id: attribute
            for attribute in self.attributes.values()
            if attribute.back_link
        }
        # what "*" asks for: everything but passwords and what is worked out on demand
        self.stored_names = [
            key
            for key, attribute in self.attributes.items()
            if not attribute.constructed
            and attribute.name not in ("unicodePwd", "replPropertyMetaData", "nTSecurityDescriptor")
        ]
        self._allowed: dict[frozenset[str], frozenset[str]] = {}

    def _learn(self, attribute: Attribute) -> None:
        self.attributes[attribute.name.lower()] = attribute

    def attribute(self, name: str) -> Attribute | None:
        """By lDAPDisplayName in any letter case, or by OID; options after a semicolon are dropped."""
        plain = name.partition(";")[0].lower()
        found = self.attributes.get(plain)
        if found is None and plain[:1].isdigit():
            return next((each for each in self.attributes.values() if each.oid == plain), None)
        return found

    def back_link_of(self, attribute: Attribute) -> Attribute | None:
        return None if attribute.link_id is None else self.back_links.get(attribute.link_id + 1)

    def lineage(self, name: str) -> tuple[ObjectClass, ...]:
        """The class and its superiors, top first; empty when the class is unknown."""
        lineage: list[ObjectClass] = []
        each = self.classes.get(name.lower())
        while each is not None:
            lineage.insert(0, each)
            each = self.classes.get(each.superior.lower())
        return tuple(lineage)

    def allowed(self, object_classes: Iterable[str]) -> frozenset[str]:
        """Names of the attributes that an object of these classes may hold."""
        key = frozenset(object_classes)
        if key not in self._allowed:
            names = set(key)
            for name in key:
                known = self.classes.get(name.lower())
                names.update(known.auxiliaries if known else ())
            self._allowed[key] = frozenset(
                attribute.name
                for attribute in self.attributes.values()
                if attribute.classes & names
            )
        return self._allowed[key]
