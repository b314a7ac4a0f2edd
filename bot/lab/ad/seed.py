"""In: an empty directory.
Out: what a new domain holds: containers, built-in accounts and groups, configuration, schema.
Promise: a start-up probe finds here what it would find on a domain controller.
"""

import struct
from typing import TYPE_CHECKING, Final

from bot.lab.ad.admission import GLOBAL_SECURITY, signed
from bot.lab.ad.changes import Given
from bot.lab.ad.names import Name, format_name
from bot.lab.ad.schema import Attribute, ObjectClass
from bot.lab.ad.tree import Entry

if TYPE_CHECKING:
    from bot.lab.ad.directory import Directory

NOT_REPLICATED: Final = frozenset(
    [
        "objectGUID",
        "uSNChanged",
        "uSNCreated",
        "whenChanged",
        "lastLogon",
        "logonCount",
        "badPwdCount",
        "badPasswordTime",
        "distinguishedName",
    ]
)
UNIVERSAL_SECURITY: Final = 0x80000008
BUILTIN_LOCAL: Final = 0x80000005
HEAD_OF_CONTEXT: Final = 5
ACCOUNTS: Final = (("Administrator", 500), ("Guest", 501), ("krbtgt", 502))
GROUPS: Final = (
    ("Domain Admins", 512, GLOBAL_SECURITY, True),
    ("Domain Users", 513, GLOBAL_SECURITY, False),
    ("Domain Guests", 514, GLOBAL_SECURITY, False),
    ("Domain Computers", 515, GLOBAL_SECURITY, False),
    ("Schema Admins", 518, UNIVERSAL_SECURITY, True),
    ("Enterprise Admins", 519, UNIVERSAL_SECURITY, True),
)
WELL_KNOWN: Final = {
    "Users": "A9D1CA15768811D1ADED00C04FD8D5CD",
    "Computers": "AA312825768811D1ADED00C04FD8D5CD",
    "Deleted Objects": "18E2EA80684F11D2B9AA00C04F79F805",
}


def fill(directory: "Directory") -> None:
    tree = directory.tree
    base_dn = format_name(directory.base)
    configuration_dn = f"CN=Configuration,{base_dn}"
    tree.schema_dn = f"CN=Schema,{configuration_dn}"
    domain = _head(directory, None, directory.base, "domainDNS")
    domain.values["objectSid"] = [directory.domain_sid]
    tree.index(domain, "objectSid", [directory.domain_sid])
    configuration = _head(directory, domain, (("CN", "Configuration"),), "configuration")
    schema = _head(directory, configuration, (("CN", "Schema"),), "dMD")
    _containers(directory, domain)
    _partitions(directory, configuration)
    for attribute in directory.schema.attributes.values():
        directory.create(schema, ("CN", attribute.cn), _describe(directory, attribute))
    for each in directory.schema.classes.values():
        directory.create(schema, ("CN", each.cn), _describe_class(directory, each))


def _head(directory: "Directory", parent: Entry | None, name: Name, kind: str) -> Entry:
    values = _of_class(directory, kind)
    values["instanceType"] = [str(HEAD_OF_CONTEXT).encode()]
    entry = directory.create(parent, name[0], values)
    entry.root = name[1:]
    entry.naming_context = True
    return entry


def _of_class(directory: "Directory", kind: str) -> dict[str, list[bytes]]:
    lineage = directory.schema.lineage(kind)
    return {
        "objectClass": [each.name.encode() for each in lineage],
        "objectCategory": [f"CN={lineage[-1].category},{directory.tree.schema_dn}".encode()],
        "instanceType": [b"4"],
    }


def _containers(directory: "Directory", domain: Entry) -> None:
    critical = {"isCriticalSystemObject": [b"TRUE"]}
    for name in ("Users", "Computers", "System", "Managed Service Accounts"):
        directory.create(domain, ("CN", name), _of_class(directory, "container") | critical)
    builtin = directory.create(
        domain, ("CN", "Builtin"), _of_class(directory, "builtinDomain") | critical
    )
    directory.create(
        domain, ("OU", "Domain Controllers"), _of_class(directory, "organizationalUnit") | critical
    )
    bin_ = directory.create(
        domain,
        ("CN", "Deleted Objects"),
        _of_class(directory, "container") | {"isDeleted": [b"TRUE"]},
    )
    bin_.deleted = True
    directory.deleted_objects = bin_
    users = f"CN=Users,{domain.dn}"
    for name, rid in ACCOUNTS:
        protected: Given = {} if name == "Guest" else {"adminCount": 1}
        _principal(directory, f"CN={name},{users}", rid, {"objectClass": "user", **protected})
    for name, rid, kind, privileged in GROUPS:
        given: Given = {"objectClass": "group", "groupType": signed(kind)}
        more: Given = {"adminCount": 1} if privileged else {}
        _principal(directory, f"CN={name},{users}", rid, {**given, **more})
    administrators: Given = {
        "objectClass": "group",
        "sAMAccountName": "Administrators",
        "groupType": signed(BUILTIN_LOCAL),
        "objectSid": struct.pack("<BB6sII", 1, 2, b"\0\0\0\0\0\x05", 32, 544),
        "isCriticalSystemObject": True,
        "adminCount": 1,
        "member": [f"CN=Administrator,{users}", f"CN=Domain Admins,{users}"],
    }
    directory.add(f"CN=Administrators,{builtin.dn}", administrators, as_system=True)


def _principal(directory: "Directory", dn: str, rid: int, given: Given) -> None:
    system: Given = {
        "sAMAccountName": dn.partition(",")[0].partition("=")[2],
        "objectSid": directory.domain_sid_with(rid),
        "isCriticalSystemObject": True,
    }
    directory.add(dn, {**given, **system}, as_system=True)


def _partitions(directory: "Directory", configuration: Entry) -> None:
    box = directory.create(
        configuration, ("CN", "Partitions"), _of_class(directory, "crossRefContainer")
    )
    contexts = (
        (directory.netbios, format_name(directory.base), 3),
        ("Enterprise Configuration", configuration.dn, 1),
        ("Enterprise Schema", directory.tree.schema_dn, 1),
    )
    for name, dn, flags in contexts:
        values = {
            **_of_class(directory, "crossRef"),
            "nCName": [dn.encode()],
            "dnsRoot": [directory.domain.encode()],
            "systemFlags": [str(flags).encode()],
        }
        if name == directory.netbios:
            values["nETBIOSName"] = [name.encode()]
        directory.create(box, ("CN", name), values)


def _describe(directory: "Directory", attribute: Attribute) -> dict[str, list[bytes]]:
    values = {
        **_of_class(directory, "attributeSchema"),
        "lDAPDisplayName": [attribute.name.encode()],
        "attributeID": [attribute.oid.encode()],
        "attributeSyntax": [attribute.syntax.encode()],
        "oMSyntax": [str(attribute.om_syntax).encode()],
        "isSingleValued": [b"TRUE" if attribute.single else b"FALSE"],
        "searchFlags": [str(attribute.search_flags).encode()],
        "systemFlags": [str(attribute.system_flags).encode()],
        "schemaIDGUID": [attribute.guid.bytes_le],
    }
    numbers = {
        "rangeLower": attribute.range_lower,
        "rangeUpper": attribute.range_upper,
        "linkID": attribute.link_id,
    }
    for name, number in numbers.items():
        if number is not None:
            values[name] = [str(number).encode()]
    if attribute.internal_id is None:
        values["systemOnly"] = [b"TRUE" if attribute.system_only else b"FALSE"]
    else:
        values["msDS-IntId"] = [str(signed(attribute.internal_id)).encode()]
    if attribute.property_set is not None:
        values["attributeSecurityGUID"] = [attribute.property_set.bytes_le]
    if attribute.in_gc:
        values["isMemberOfPartialAttributeSet"] = [b"TRUE"]
    return values


def _describe_class(directory: "Directory", each: ObjectClass) -> dict[str, list[bytes]]:
    return {
        **_of_class(directory, "classSchema"),
        "lDAPDisplayName": [each.name.encode()],
        "governsID": [each.oid.encode()],
        "subClassOf": [(each.superior or "top").encode()],
        "rDNAttID": [each.rdn.encode()],
    }
