"""In: an entry, the attributes a client asked for, and the client's rights.
Out: names and values as they go into an answer.
Promise: never a password; never more than 1,500 values of an attribute in one answer.
"""

import re
from typing import TYPE_CHECKING, Final
from uuid import UUID

from bot.lab.ad.accounts import Rights, may_write
from bot.lab.ad.metadata import repl_property_meta_data
from bot.lab.ad.schema import Attribute
from bot.lab.ad.tree import Entry

if TYPE_CHECKING:
    from bot.lab.ad.directory import Directory

MAX_VALUES: Final = 1500  # AD's MaxValRange
RANGE: Final = re.compile(r"range=(\d{1,9})-(\d{1,9}|\*)", re.IGNORECASE)

Answer = list[tuple[str, list[bytes]]]


def read(directory: "Directory", entry: Entry, selection: list[str], rights: Rights) -> Answer:
    answer: Answer = []
    named = [each for each in selection if each not in ("*", "+", "1.1")]
    if not selection or "*" in selection:
        for name in directory.schema.stored_names:
            attribute = directory.schema.attributes[name]
            answer += _ranged(attribute, "", _values(directory, entry, attribute, rights))
    seen = {name for name, _ in answer}
    for asked in named:
        found = directory.schema.attribute(asked)
        if found is not None and found.name not in seen:
            seen.add(asked if ";" in asked else found.name)
            answer += _ranged(
                found, asked.partition(";")[2], _values(directory, entry, found, rights)
            )
    return answer


def _ranged(attribute: Attribute, options: str, values: list[bytes]) -> Answer:
    wanted = RANGE.fullmatch(options)
    if not values:
        return []
    if not wanted and len(values) <= MAX_VALUES:
        return [(attribute.name, values)]
    start = int(wanted.group(1)) if wanted else 0
    last = MAX_VALUES - 1 + start
    if wanted and wanted.group(2) != "*":
        last = min(last, int(wanted.group(2)))
    part = values[start : last + 1]
    if not part:
        return []
    end = "*" if start + len(part) >= len(values) else str(last)
    return [(f"{attribute.name};range={start}-{end}", part)]


def _values(
    directory: "Directory", entry: Entry, attribute: Attribute, rights: Rights
) -> list[bytes]:
    if attribute.forward_link or attribute.back_link:
        targets = directory.tree.stored(entry, attribute)
        by_guid = directory.tree.by_guid
        entries = [by_guid[UUID(bytes_le=each)] for each in targets]
        return [each.dn.encode() for each in entries]
    if attribute.name in ("allowedAttributes", "allowedAttributesEffective"):
        return _allowed(directory, entry, rights, effective=attribute.name.endswith("Effective"))
    if attribute.name == "canonicalName":
        path = [value for kind, value in entry.name if kind.lower() != "dc"]
        return ["/".join([directory.domain, *reversed(path)]).encode()]
    if attribute.name in ("createTimeStamp", "modifyTimeStamp"):
        stored = "whenCreated" if attribute.name.startswith("create") else "whenChanged"
        return entry.values.get(stored, [])
    if attribute.name == "primaryGroupToken":
        sid = entry.first("objectSid")
        group = b"group" in entry.values.get("objectClass", [])
        return [str(int.from_bytes(sid[-4:], "little")).encode()] if sid and group else []
    if attribute.name == "replPropertyMetaData":
        return [repl_property_meta_data(entry, directory.schema, directory.invocation)]
    return directory.tree.stored(entry, attribute)


def _allowed(
    directory: "Directory", entry: Entry, rights: Rights, *, effective: bool
) -> list[bytes]:
    classes = [each.decode() for each in entry.values.get("objectClass", [])]
    names = sorted(directory.schema.allowed(classes), key=str.lower)
    if effective:
        names = [
            name
            for name in names
            if directory.schema.attributes[name.lower()].writable and may_write(rights, entry, name)
        ]
    return [name.encode() for name in names]
