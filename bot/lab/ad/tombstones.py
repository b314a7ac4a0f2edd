"""In: an entry that is deleted.
Out: its tombstone below CN=Deleted Objects.
Promise: keeps what AD keeps without the recycle-bin feature: identity, and what searchFlags 8 says.
"""

from typing import TYPE_CHECKING

from bot.lab.ad.schema import KEPT_ON_TOMBSTONE
from bot.lab.ad.tree import Entry

if TYPE_CHECKING:
    from bot.lab.ad.directory import Directory

KEPT = frozenset(
    [
        "attributeID",
        "attributeSyntax",
        "distinguishedName",
        "dNSHostName",
        "flatName",
        "governsID",
        "groupType",
        "instanceType",
        "lDAPDisplayName",
        "legacyExchangeDN",
        "mS-DS-CreatorSID",
        "nCName",
        "objectClass",
        "objectGUID",
        "objectSid",
        "oMSyntax",
        "sAMAccountName",
        "sIDHistory",
        "subClassOf",
        "userAccountControl",
        "uSNChanged",
        "uSNCreated",
        "whenChanged",
        "whenCreated",
        "name",
    ]
)


def bury(directory: "Directory", entry: Entry) -> None:
    parent = entry.parent
    bin_ = directory.deleted_objects
    if parent is None:
        return
    _drop_links_to(directory, entry)
    kept = {
        name: values
        for name, values in entry.values.items()
        if name in KEPT or _flagged(directory, name)
    }
    kept["isDeleted"] = [b"TRUE"]
    kept["lastKnownParent"] = [parent.dn.encode()]
    entry.deleted = True
    directory.commit(entry, kept)
    directory.move(entry, bin_, (entry.rdn[0], f"{entry.rdn[1]}\nDEL:{entry.guid}"))
    directory.secrets.pop(entry.guid, None)
    directory.rights.pop(entry.guid, None)


def _flagged(directory: "Directory", name: str) -> bool:
    return bool(directory.schema.attributes[name.lower()].search_flags & KEPT_ON_TOMBSTONE)


def _drop_links_to(directory: "Directory", entry: Entry) -> None:
    target = entry.guid.bytes_le
    for forward in directory.tree.forward_links.values():
        for source in list(directory.tree.indexes[forward.name].get(target, {})):
            source.values[forward.name].remove(target)
            directory.tree.unindex(source, forward.name, [target])
            if not source.values[forward.name]:
                del source.values[forward.name]
