"""In: the lab's schema table.
Out: LDIF that extends a Samba domain's schema by the Exchange recipient attributes of that table.
Promise: two parts, to be applied one after the other: the second uses what the first defines.
"""

import base64
import uuid

from bot.lab.ad.schema import (
    CLASSES,
    Attribute,
    ObjectClass,
    all_attributes,
    exchange_proxy_addresses,
)


def exchange_schema(schema_dn: str) -> tuple[str, str]:
    extension = [each for each in all_attributes() if each.exchange]
    proxy = next(each for each in all_attributes() if each.name == "proxyAddresses")
    flags = exchange_proxy_addresses(proxy).search_flags
    first = "\n".join(_definition(each, schema_dn) for each in extension) + "\n" + SCHEMA_NOW
    second = (
        f"dn: CN={proxy.cn},{schema_dn}\nchangetype: modify\n"
        "replace: isMemberOfPartialAttributeSet\nisMemberOfPartialAttributeSet: TRUE\n-\n"
        f"replace: searchFlags\nsearchFlags: {flags}\n-\n\n"
        f"dn: CN=Mail-Recipient,{schema_dn}\nchangetype: modify\nadd: mayContain\n"
        + "".join(f"mayContain: {each.name}\n" for each in extension)
        + "-\n\n"
        + "\n".join(_class_definition(each, schema_dn) for each in CLASSES if each.exchange)
        + "\n"
        + SCHEMA_NOW
    )
    return first, second


SCHEMA_NOW = "dn:\nchangetype: modify\nreplace: schemaUpdateNow\nschemaUpdateNow: 1\n-\n"


def _definition(attribute: Attribute, schema_dn: str) -> str:
    lines = [
        f"dn: CN={attribute.cn},{schema_dn}",
        "changetype: add",
        "objectClass: top",
        "objectClass: attributeSchema",
        f"cn: {attribute.cn}",
        f"lDAPDisplayName: {attribute.name}",
        f"attributeID: {attribute.oid}",
        f"attributeSyntax: {attribute.syntax}",
        f"oMSyntax: {attribute.om_syntax}",
        f"isSingleValued: {'TRUE' if attribute.single else 'FALSE'}",
        f"searchFlags: {attribute.search_flags}",
        f"schemaIDGUID:: {base64.b64encode(attribute.guid.bytes_le).decode()}",
        f"objectCategory: CN=Attribute-Schema,{schema_dn}",
    ]
    if attribute.range_lower is not None:
        lines.append(f"rangeLower: {attribute.range_lower}")
    if attribute.range_upper is not None:
        lines.append(f"rangeUpper: {attribute.range_upper}")
    if attribute.property_set is not None:
        text = base64.b64encode(attribute.property_set.bytes_le).decode()
        lines.append(f"attributeSecurityGUID:: {text}")
    if attribute.in_gc:
        lines.append("isMemberOfPartialAttributeSet: TRUE")
    return "\n".join(lines) + "\n"


def _class_definition(each: ObjectClass, schema_dn: str) -> str:
    guid = uuid.uuid5(uuid.NAMESPACE_OID, each.oid)
    lines = [
        f"dn: CN={each.cn},{schema_dn}",
        "changetype: add",
        "objectClass: top",
        "objectClass: classSchema",
        f"cn: {each.cn}",
        f"lDAPDisplayName: {each.name}",
        f"governsID: {each.oid}",
        "objectClassCategory: 1",
        f"subClassOf: {each.superior}",
        f"rDNAttID: {each.rdn}",
        *(f"auxiliaryClass: {name}" for name in each.auxiliaries),
        *(f"mustContain: {name}" for name in each.must),
        *(f"possSuperiors: {name}" for name in each.parents),
        f"schemaIDGUID:: {base64.b64encode(guid.bytes_le).decode()}",
        f"defaultObjectCategory: CN={each.category},{schema_dn}",
        "defaultSecurityDescriptor: D:S:",
        "defaultHidingValue: TRUE",
        f"objectCategory: CN=Class-Schema,{schema_dn}",
    ]
    return "\n".join(lines) + "\n"
