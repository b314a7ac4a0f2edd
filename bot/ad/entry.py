"""In: an entry as bytes, and the names of the forest's DCs. Out: an `AdObject`, and the values it holds.
Whatever stands in a directory is read: bad UTF-8, odd numbers and broken blobs become text, None or nothing.
Promise: never raises for an entry's content; the anchor is what Entra Connect would take.
"""

import base64
import contextlib
import struct
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from bot.ad.ask import Entry
from bot.ad.certificates import expired
from bot.ad.filters import bare
from bot.model import REMOTE_MAILBOXES, AdObject, AttributeStamp, ObjectType

READ = (
    "objectGUID",
    "objectSid",
    "objectClass",
    "name",
    "cn",
    "displayName",
    "givenName",
    "sn",
    "employeeID",
    "sAMAccountName",
    "userPrincipalName",
    "mail",
    "mailNickname",
    "targetAddress",
    "proxyAddresses",
    "legacyExchangeDN",
    "msRTCSIP-PrimaryUserAddress",
    "userAccountControl",
    "groupType",
    "mS-DS-ConsistencyGuid",
    "adminCount",
    "isCriticalSystemObject",
    "isDeleted",
    "homeMDB",
    "msExchMailboxGuid",
    "msExchRecipientTypeDetails",
    "msExchMasterAccountSid",
    "msExchPoliciesIncluded",
    "msExchPoliciesExcluded",
    "uSNChanged",
    "whenCreated",
    "whenChanged",
    "lastLogonTimestamp",
    "replPropertyMetaData",
)
# large, so asked for only where somebody looks at single objects
HEAVY = ("userCertificate", "userSMIMECertificate", "thumbnailPhoto")
DISABLED = 0x2
GUID_BYTES = 16
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_NEVER = 0x7FFF_FFFF_FFFF_FFFF
# msExchRecipientTypeDetails that have a mailbox, here or in Exchange Online
_MAILBOXES = frozenset({1, 2, 4, 8, 16, 32}) | REMOTE_MAILBOXES
# the policies that write e-mail addresses, as msExchPoliciesIncluded and -Excluded name them: {policy},{this}
_ADDRESS_POLICIES = "{26491cfc-9e50-4857-861b-0cb8df22b5d7}"
# attributeID of the schema, as replication numbers them; the same in every forest. What Exchange added has
# numbers of the forest's own, which the probe learns.
STAMPED = MappingProxyType(
    {
        0x200D2: "proxyAddresses",
        0x150003: "mail",
        0x90290: "userPrincipalName",
        0x90550: "mS-DS-ConsistencyGuid",
        0x2000D: "displayName",
        0x90008: "userAccountControl",
    }
)


def ad_object(
    forest: str,
    entry: Entry,
    dcs: Mapping[str, str],
    stamped: Mapping[int, str] = STAMPED,
    *,
    heavy_at: datetime | None = None,
) -> AdObject:
    """`heavy_at`: HEAVY was asked for, and this is the moment at which a certificate is expired or not."""
    kind = object_type(entry)
    guid = entry.octets("objectGUID") or b""
    sid = entry.octets("objectSid")
    master = entry.octets("msExchMasterAccountSid")
    logon = entry.number("lastLogonTimestamp")
    return AdObject(
        forest=forest,
        guid=guid_text(guid),
        dn=entry.dn,
        type=kind,
        name=_name(entry),
        anchor=anchor(entry),
        anchor_broken=_anchor_broken(entry),
        sid=sid_text(sid) if sid else None,
        classes=tuple(c.lower() for c in entry.all("objectClass")),
        common_name=_before_mark(entry.one("cn")),
        display_name=entry.one("displayName"),
        given_name=entry.one("givenName"),
        surname=entry.one("sn"),
        employee_id=entry.one("employeeID"),
        sam_account_name=entry.one("sAMAccountName"),
        user_principal_name=entry.one("userPrincipalName"),
        mail=entry.one("mail"),
        mail_nickname=entry.one("mailNickname"),
        target_address=entry.one("targetAddress"),
        sip_address=entry.one("msRTCSIP-PrimaryUserAddress"),
        proxy_addresses=entry.all("proxyAddresses"),
        enabled=_enabled(kind, entry),
        mailbox=_mailbox(entry),
        recipient_type=entry.number("msExchRecipientTypeDetails"),
        address_policy=_address_policy(entry),
        master_sid=sid_text(master) if master else None,
        group_type=entry.number("groupType"),
        certificates=len(entry.blobs("userCertificate")) if heavy_at else None,
        expired_certificates=expired(entry.blobs("userCertificate"), heavy_at)
        if heavy_at
        else None,
        smime_certificates=len(entry.blobs("userSMIMECertificate")) if heavy_at else None,
        photo_bytes=len(entry.octets("thumbnailPhoto") or b"") if heavy_at else None,
        admin_count=entry.number("adminCount") == 1,
        critical=entry.truth("isCriticalSystemObject"),
        deleted=entry.truth("isDeleted"),
        usn_changed=entry.number("uSNChanged"),
        created_at=_generalized(entry.one("whenCreated")),
        changed_at=_generalized(entry.one("whenChanged")),
        last_logon_at=_filetime(logon),
        stamps=_stamps(entry.octets("replPropertyMetaData") or b"", dcs, stamped),
    )


def held(entry: Entry) -> frozenset[str]:
    """Every value this entry can be searched by, in bare form."""
    return frozenset(
        bare(value)
        for attribute in (
            "userPrincipalName",
            "mail",
            "targetAddress",
            "msRTCSIP-PrimaryUserAddress",
            "legacyExchangeDN",
            "proxyAddresses",
        )
        for value in entry.all(attribute)
    )


def object_type(entry: Entry) -> ObjectType:
    classes = {c.lower() for c in entry.all("objectClass")}
    if "computer" in classes:  # a computer is a kind of user; so are managed service accounts
        return ObjectType.OTHER
    for type_ in (ObjectType.USER, ObjectType.GROUP, ObjectType.CONTACT):
        if str(type_) in classes:
            return type_
    return ObjectType.OTHER


def anchor(entry: Entry) -> str:
    consistency = entry.octets("mS-DS-ConsistencyGuid")
    if consistency is None or len(consistency) != GUID_BYTES:
        consistency = entry.octets("objectGUID") or b""
    return base64.b64encode(consistency).decode()


def _anchor_broken(entry: Entry) -> bool:
    """Connect takes what stands there as it is, whatever its length; an empty one it takes for none."""
    consistency = entry.octets("mS-DS-ConsistencyGuid")
    return bool(consistency) and len(consistency or b"") != GUID_BYTES


def guid_text(octets: bytes) -> str:
    return str(uuid.UUID(bytes_le=octets)) if len(octets) == GUID_BYTES else octets.hex()


def sid_text(octets: bytes) -> str:
    """MS-DTYP 2.4.2: revision, count, six bytes big-endian, then 32-bit numbers little-endian."""
    try:
        revision, count = octets[0], octets[1]
        parts = struct.unpack_from(f"<{count}I", octets, 8)
    except (IndexError, struct.error):
        return octets.hex()
    authority = int.from_bytes(octets[2:8], "big")
    return "-".join(["S", str(revision), str(authority), *map(str, parts)])


def sid_octets(text: str) -> bytes | None:
    try:
        letter, revision, authority, *parts = text.split("-")
        if letter.upper() != "S":
            return None
        head = bytes([int(revision), len(parts)]) + int(authority).to_bytes(6, "big")
        return head + struct.pack(f"<{len(parts)}I", *map(int, parts))
    except (ValueError, OverflowError, struct.error):
        return None


def _name(entry: Entry) -> str:
    # a deleted or conflicting object is called "Bo\nDEL:<guid>" or "Bo\nCNF:<guid>"
    name = entry.one("displayName") or entry.one("name") or entry.one("sAMAccountName")
    return _before_mark(name) or ""


def _before_mark(name: str | None) -> str | None:
    return name.partition("\n")[0] if name else None


def _enabled(kind: ObjectType, entry: Entry) -> bool | None:
    if kind is not ObjectType.USER or entry.octets("userAccountControl") is None:
        return None
    return not entry.number("userAccountControl") & DISABLED


def _mailbox(entry: Entry) -> bool:
    return (
        entry.octets("homeMDB") is not None
        or bool(entry.octets("msExchMailboxGuid"))
        or entry.number("msExchRecipientTypeDetails") in _MAILBOXES
    )


def _address_policy(entry: Entry) -> bool:
    """Exchange writes the addresses of a recipient by a policy, unless it was told to leave this one alone."""
    recipient = (
        entry.octets("legacyExchangeDN") is not None
        or entry.number("msExchRecipientTypeDetails") != 0
        or _mailbox(entry)
    )
    included, excluded = (
        any(_ADDRESS_POLICIES in value.lower() for value in entry.all(attribute))
        for attribute in ("msExchPoliciesIncluded", "msExchPoliciesExcluded")
    )
    return recipient and included and not excluded


def _generalized(text: str | None) -> datetime | None:
    try:
        return datetime.strptime((text or "")[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _filetime(ticks: int) -> datetime | None:
    if not 0 < ticks < _NEVER:
        return None
    with contextlib.suppress(OverflowError):
        return _EPOCH + timedelta(microseconds=ticks // 10)
    return None


def _stamps(
    blob: bytes, dcs: Mapping[str, str], stamped: Mapping[int, str]
) -> tuple[AttributeStamp, ...]:
    """MS-DRSR 5.166: a header of 16 bytes, then 48 bytes an attribute."""
    found: list[AttributeStamp] = []
    with contextlib.suppress(struct.error, OverflowError):
        if not blob:
            return ()
        (count,) = struct.unpack_from("<I", blob, 8)
        for position in range(16, min(16 + 48 * count, len(blob)), 48):
            number, version, seconds, dc = struct.unpack_from("<IIQ16s", blob, position)
            if attribute := stamped.get(number):
                guid = guid_text(dc)
                found.append(
                    AttributeStamp(
                        attribute=attribute,
                        changed_at=_EPOCH + timedelta(seconds=seconds),
                        version=version,
                        dc=dcs.get(guid, guid),
                    )
                )
    return tuple(sorted(found, key=lambda stamp: stamp.attribute))
