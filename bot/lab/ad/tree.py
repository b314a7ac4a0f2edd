"""In: entries with their values.
Out: the tree they hang in, and indexes from values to entries.
Promise: an index always says what the entries hold; all links between entries follow a rename.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from bot.lab.ad.errors import no_object
from bot.lab.ad.names import Name, Rdn, folded, format_name, name_key, parse_name
from bot.lab.ad.schema import Attribute, Schema
from bot.lab.ad.values import normal, sid_from_text

RdnKey = tuple[str, str]
Index = dict[Hashable, dict["Entry", None]]  # a dict keeps the order, a set does not


@dataclass(frozen=True)
class Stamp:
    """When an attribute was last written: what replPropertyMetaData says of it."""

    version: int
    filetime_seconds: int
    usn: int


@dataclass(slots=True, eq=False)
class Entry:
    guid: UUID
    rdn: Rdn
    parent: "Entry | None"
    values: dict[str, list[bytes]]
    root: Name = ()  # of a naming context's head: the names above it
    naming_context: bool = False
    deleted: bool = False
    children: dict[RdnKey, "Entry"] = field(default_factory=dict)
    stamps: dict[str, Stamp] = field(default_factory=dict)

    @property
    def name(self) -> Name:
        above = self.root if self.parent is None else self.parent.name
        return (self.rdn, *above)

    @property
    def dn(self) -> str:
        return format_name(self.name)

    def first(self, attribute: str) -> bytes | None:
        values = self.values.get(attribute)
        return values[0] if values else None

    def text(self, attribute: str) -> str:
        return (self.first(attribute) or b"").decode()

    def integer(self, attribute: str) -> int:
        return int(self.first(attribute) or 0)


def rdn_key(rdn: Rdn) -> RdnKey:
    return (rdn[0].lower(), folded(rdn[1]))


class Tree:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.root: Entry | None = None
        self.schema_dn = ""
        self.by_guid: dict[UUID, Entry] = {}
        self.indexes: dict[str, Index] = {
            each.name: defaultdict(dict)
            for each in schema.attributes.values()
            if each.indexed or each.forward_link or each.name == "objectSid"
        }
        forward = {each.link_id: each for each in schema.attributes.values() if each.forward_link}
        self.forward_links = {
            each.name: forward[each.link_id - 1]
            for each in schema.attributes.values()
            if each.link_id is not None and each.back_link and each.link_id - 1 in forward
        }

    def hang(self, entry: Entry) -> None:
        if entry.parent is None:
            self.root = entry
        else:
            entry.parent.children[rdn_key(entry.rdn)] = entry
        self.by_guid[entry.guid] = entry
        for name, values in entry.values.items():
            self.index(entry, name, values)

    def cut(self, entry: Entry) -> None:
        if entry.parent is not None:
            entry.parent.children.pop(rdn_key(entry.rdn), None)

    def forget(self, entry: Entry) -> None:
        for name, values in entry.values.items():
            self.unindex(entry, name, values)
        self.by_guid.pop(entry.guid, None)

    def index(self, entry: Entry, name: str, values: Iterable[bytes]) -> None:
        index = self.indexes.get(name)
        if index is not None:
            attribute = self.schema.attributes[name.lower()]
            for value in values:
                index[self.key(attribute, value)][entry] = None

    def unindex(self, entry: Entry, name: str, values: Iterable[bytes]) -> None:
        index = self.indexes.get(name)
        if index is not None:
            attribute = self.schema.attributes[name.lower()]
            for value in values:
                key = self.key(attribute, value)
                index[key].pop(entry, None)
                if not index[key]:
                    del index[key]

    @staticmethod
    def key(attribute: Attribute, stored: bytes) -> Hashable:
        """The normal form of a stored value; a link is stored as its target's GUID."""
        return stored if attribute.forward_link else normal(attribute, stored)

    def holders(self, attribute: Attribute, key: Hashable) -> dict[Entry, None] | None:
        """Entries whose value has this normal form; None when the attribute has no index."""
        index = self.indexes.get(attribute.name)
        return None if index is None else index.get(key, {})

    def find(self, name: Name) -> Entry | None:
        entry, _ = self.walk(name)
        return entry

    def walk(self, name: Name) -> tuple[Entry | None, Entry | None]:
        """The entry of this name, or None and the deepest entry above it that exists."""
        return self.walk_key(name_key(name))

    def find_key(self, wanted: Name) -> Entry | None:
        return self.walk_key(wanted)[0]

    def walk_key(self, wanted: Name) -> tuple[Entry | None, Entry | None]:
        root = self.root
        if root is None:
            return None, None
        top = name_key(root.name)
        if wanted[-len(top) :] != top:
            return None, None
        entry = root
        for key in reversed(wanted[: -len(top)]):
            below = entry.children.get(key)
            if below is None:
                return None, entry
            entry = below
        return entry, entry

    def resolve(self, dn: str) -> Entry:
        """By DN, `<GUID=…>` or `<SID=…>`."""
        if dn.startswith("<") and dn.endswith(">"):
            found = self._by_identity(dn[1:-1])
            if found is None:
                raise no_object("")
            return found
        entry, deepest = self.walk(parse_name(dn))
        if entry is None:
            raise no_object(deepest.dn if deepest else "")
        return entry

    def _by_identity(self, text: str) -> Entry | None:
        kind, _, value = text.partition("=")
        if kind.upper() == "GUID":
            try:
                # 32 digits without dashes are the octets as they are stored
                return self.by_guid.get(
                    UUID(value) if "-" in value else UUID(bytes_le=bytes.fromhex(value))
                )
            except ValueError:
                return None
        if kind.upper() == "SID":
            try:
                sid = sid_from_text(value) or bytes.fromhex(value)
            except ValueError:
                return None
            return next(iter(self.indexes["objectSid"].get(sid, {})), None)
        return None

    def link_target(self, dn: str) -> bytes | None:
        entry = self.find(parse_name(dn)) if not dn.startswith("<") else self._by_identity(dn[1:-1])
        return None if entry is None else entry.guid.bytes_le

    def stored(self, entry: Entry, attribute: Attribute) -> list[bytes]:
        """Values as kept (links as GUIDs), with back links and the name worked out."""
        if attribute.name == "distinguishedName":
            return [entry.dn.encode()]
        if attribute.back_link:
            forward = self.forward_links.get(attribute.name)
            if forward is None:
                return []
            sources = self.indexes[forward.name].get(entry.guid.bytes_le, {})
            return [source.guid.bytes_le for source in sources]
        return entry.values.get(attribute.name, [])

    def below(self, entry: Entry) -> Iterator[Entry]:
        """The entry and all under it, without the naming contexts that begin there."""
        yield entry
        for child in entry.children.values():
            if not child.naming_context:
                yield from self.below(child)


def is_below(entry: Entry, top: Entry) -> bool:
    each: Entry | None = entry
    while each is not None:
        if each is top:
            return True
        if each.naming_context:
            return False
        each = each.parent
    return False
