"""In: the values an entry is about to have.
Out: nothing, or `Refused` with AD's code; a new entry's values completed as AD completes them.
Promise: what passes here obeys the schema, and no UPN or account name of the forest is doubled.
"""

import struct
from typing import TYPE_CHECKING

from bot.lab.ad.changes import Values
from bot.lab.ad.errors import Refused, attribute_refused, update_refused
from bot.lab.ad.names import Rdn, folded
from bot.lab.ad.schema import Attribute, ObjectClass
from bot.lab.ad.tree import Entry

if TYPE_CHECKING:
    from bot.lab.ad.directory import Directory

SECURITY_GROUP = 0x80000000
GLOBAL_SECURITY = SECURITY_GROUP | 0x2
DOMAIN_LOCAL = 0x4
DISABLED_NO_PASSWORD = 546
ACCOUNT_TYPES = {"user": 0x30000000, "computer": 0x30000001}


def _violation(detail: str) -> Refused:
    return Refused(
        "objectClassViolation",
        f"0000207D: UpdErr: DSID-03151170, problem 6002 (OBJ_CLASS_VIOLATION), data 0 ({detail})\n",
    )


def signed(number: int) -> int:
    return int(struct.unpack("<i", struct.pack("<I", number & 0xFFFFFFFF))[0])


def lineage_of(directory: "Directory", values: Values) -> tuple[ObjectClass, ...]:
    """The classes of the most special structural class that was named."""
    named = [each.decode("utf-8", "replace") for each in values.get("objectClass", [])]
    lineages = [directory.schema.lineage(each) for each in named]
    structural = [each for each in lineages if each and each[-1].structural]
    if not structural:
        raise _violation("no structural object class is named")
    if not all(lineages):
        raise _violation("an object class is unknown")
    return max(structural, key=len)


def complete(directory: "Directory", rdn: Rdn, values: Values) -> Rdn:
    """Fill in what AD fills in; give back the RDN in the schema's spelling."""
    lineage = lineage_of(directory, values)
    own = lineage[-1]
    if rdn[0].lower() != own.rdn:
        raise Refused("namingViolation", f"0000207C: an RDN of {own.name} starts with {own.rdn}=")
    given = [folded(each.decode("utf-8", "replace")) for each in values.get(own.rdn, [])]
    if given and given != [folded(rdn[1])]:
        raise update_refused("notAllowedOnRDN", "000020B1", "6004 (CANT_ON_RDN)")
    values["objectClass"] = [each.name.encode() for each in lineage]
    values["instanceType"] = [b"4"]
    values["objectCategory"] = [f"CN={own.category},{directory.tree.schema_dn}".encode()]
    names = {each.name for each in lineage}
    if names & {"user", "group"}:
        _complete_principal(directory, names, values)
    values[own.rdn] = [rdn[1].encode()]
    _check_must(lineage, values)
    _check_may(directory, values)
    return (own.rdn.upper(), rdn[1])


def _complete_principal(directory: "Directory", names: set[str], values: Values) -> None:
    rid = directory.next_rid
    values.setdefault("objectSid", [directory.domain_sid_with(rid)])
    if values["objectSid"] == [directory.domain_sid_with(rid)]:
        directory.next_rid += 1
    values.setdefault("sAMAccountName", [f"${rid:06X}-{directory.usn:012X}".encode()])
    if "group" in names:
        values.setdefault("groupType", [str(signed(GLOBAL_SECURITY)).encode()])
        kind = int(values["groupType"][0])
        local = 0x20000000 if kind & DOMAIN_LOCAL else 0x10000000
        account_type = local | (0 if kind & SECURITY_GROUP else 1)
    else:
        values.setdefault("userAccountControl", [str(DISABLED_NO_PASSWORD).encode()])
        values.setdefault("primaryGroupID", [b"515" if "computer" in names else b"513"])
        account_type = ACCOUNT_TYPES["computer" if "computer" in names else "user"]
        for name in ("accountExpires", "pwdLastSet", "badPwdCount", "logonCount", "lastLogon"):
            zero = b"9223372036854775807" if name == "accountExpires" else b"0"
            values.setdefault(name, [zero])
    values.setdefault("sAMAccountType", [str(account_type).encode()])


def _check_must(lineage: tuple[ObjectClass, ...], values: Values) -> None:
    for each in lineage:
        for name in each.must:
            if not values.get(name):
                raise _violation(f"{name} is missing")


def _check_may(directory: "Directory", values: Values) -> None:
    classes = [each.decode() for each in values["objectClass"]]
    allowed = directory.schema.allowed(classes)
    for name in values:
        if name not in allowed:
            raise _violation(f"{name} does not belong to {classes[-1]}")


def check_class(directory: "Directory", entry: Entry, after: Values) -> None:
    if after.get("objectClass") != entry.values.get("objectClass"):
        raise Refused("objectClassModsProhibited", "000020B1: the object class stays what it is")
    _check_must(lineage_of(directory, after), after)
    _check_may(directory, after)


def check_not_rdn(entry: Entry, attribute: Attribute) -> None:
    if attribute.name.lower() in (entry.rdn[0].lower(), "name"):
        raise update_refused("notAllowedOnRDN", "000020B1", "6004 (CANT_ON_RDN)")


def check_rdn(directory: "Directory", entry: Entry, rdn: Rdn) -> None:
    attribute = directory.schema.attribute(rdn[0])
    if attribute is None or rdn[0].lower() != entry.rdn[0].lower():
        raise Refused("namingViolation", f"0000207C: it is named by {entry.rdn[0]}=")
    if attribute.range_upper is not None and len(rdn[1]) > attribute.range_upper:
        raise attribute_refused("constraintViolation", attribute.name)


def check_unique(directory: "Directory", entry: Entry | None, values: Values) -> None:
    """A UPN that another holds is 19, a name 68; one that a name implies is judged by its holder."""
    for value in values.get("userPrincipalName", []):
        upn = folded(value.decode())
        if _held(directory, entry, "userPrincipalName", upn):
            raise attribute_refused("constraintViolation", "userPrincipalName", hex_code="000021C8")
        local, _, suffix = upn.rpartition("@")
        if suffix == directory.domain.lower() and _held(directory, entry, "sAMAccountName", local):
            raise update_refused("entryAlreadyExists", "00000524", "6005 (ENTRY_EXISTS)")
    for value in values.get("sAMAccountName", []):
        name = folded(value.decode())
        implied = f"{name}@{directory.domain.lower()}"
        if _held(directory, entry, "sAMAccountName", name):
            raise update_refused("entryAlreadyExists", "00000524", "6005 (ENTRY_EXISTS)")
        if _held(directory, entry, "userPrincipalName", implied):
            raise attribute_refused("constraintViolation", "sAMAccountName", hex_code="000021C8")


def _held(directory: "Directory", entry: Entry | None, attribute: str, key: str) -> bool:
    holders = directory.tree.indexes[attribute].get(key, {})
    return any(each is not entry and not each.deleted for each in holders)
