"""In: AD entries as they were read.
Out: what Connect's default rules make of them: in or out of scope, anchor, exported attributes.
Promise: pure; the order of the result is the order of creation, so "first synced" is defined.
"""

from __future__ import annotations

import base64
import re
import uuid
from typing import TYPE_CHECKING

from bot.lab.entra.objects import Kind, Shadow
from bot.lab.entra.provisioning import Incoming

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.lab.sync.source import AdEntry

DISABLED = 0x2
SECURITY_GROUP = 0x80000000
NOT_SYNCED_RECIPIENTS = 0x21C07000  # msExchRecipientTypeDetails of system mailboxes and the like
ROLE_GROUP = 0x40000000
LINKED_MAILBOX = 2
MOST_MEMBERS = 250_000
CONFLICT_VICTIM = re.compile(r"\\0ACNF:", re.IGNORECASE)
ATTRIBUTES = {
    "givenName": "givenName",
    "sn": "surname",
    "title": "jobTitle",
    "department": "department",
    "company": "companyName",
    "employeeID": "employeeId",
    "mobile": "mobilePhone",
    "physicalDeliveryOfficeName": "officeLocation",
    "description": "description",
}
DESCRIBED = frozenset({Kind.GROUP})  # only groups show a description in Graph


def kind_of(entry: AdEntry) -> Kind | None:
    classes = {name.lower() for name in entry.texts("objectClass")}
    if "group" in classes:
        return Kind.GROUP
    if "contact" in classes:
        return Kind.CONTACT
    gmsa = {"msds-groupmanagedserviceaccount", "msds-managedserviceaccount"}
    return Kind.USER if "user" in classes and not classes & {"computer", *gmsa} else None


def in_scope(entry: AdEntry) -> bool:
    """The scoping filters of the default synchronization rules."""
    kind = kind_of(entry)
    if kind is None or (entry.text("isCriticalSystemObject") or "").upper() == "TRUE":
        return False
    if CONFLICT_VICTIM.search(entry.dn):
        return False
    match kind:
        case Kind.USER:
            return _user_in_scope(entry)
        case Kind.GROUP:
            return _group_in_scope(entry)
        case _:
            name = entry.text("displayName") or ""
            addressed = entry.text("mail") or entry.text("proxyAddresses")
            return addressed is not None and not name.startswith("(MSOL)")


def _user_in_scope(entry: AdEntry) -> bool:
    sam = (entry.text("sAMAccountName") or "").lower()
    alias = (entry.text("mailNickname") or "").lower()
    details = entry.number("msExchRecipientTypeDetails")
    hidden_alias = alias.startswith("systemmailbox{") or (alias.startswith("cas_") and "}" in alias)
    hidden_name = sam.startswith(("aad_", "msol_")) or (sam.startswith("cas_") and "}" in sam)
    return not (
        not sam
        or hidden_alias
        or hidden_name
        or sam == "support_388945a0"
        or details & NOT_SYNCED_RECIPIENTS
        or details == LINKED_MAILBOX
    )


def _group_in_scope(entry: AdEntry) -> bool:
    security = entry.number("groupType") & SECURITY_GROUP
    if not security and not _mail_enabled(entry):
        return False
    role_group = entry.number("msExchRecipientTypeDetails") & ROLE_GROUP
    return (
        bool(entry.text("sAMAccountName"))
        and not role_group
        and (len(entry.raw.get("member", [])) < MOST_MEMBERS)
    )


def _mail_enabled(entry: AdEntry) -> bool:
    return bool(entry.text("mail") or entry.text("proxyAddresses"))


def ordered(entries: Iterable[AdEntry]) -> list[AdEntry]:
    """The order of a first import: by creation."""
    return sorted(entries, key=lambda e: (e.text("whenCreated") or "", e.number("uSNCreated")))


def anchor_of(entry: AdEntry) -> str:
    """Users may carry their anchor with them when they are moved to another forest."""
    carried = entry.octets("mS-DS-ConsistencyGuid") if kind_of(entry) is Kind.USER else None
    return base64.b64encode(carried or entry.octets("objectGUID") or b"").decode()


def transform(entry: AdEntry, *, net_bios_name: str) -> Incoming:
    kind = kind_of(entry) or Kind.USER
    guid = entry.octets("objectGUID") or b""
    sid = entry.octets("objectSid")
    group_type = entry.number("groupType")
    return Incoming(
        kind=kind,
        anchor=anchor_of(entry),
        object_guid=str(uuid.UUID(bytes_le=guid)),
        distinguished_name=entry.dn,
        shadow=_shadow(entry, kind),
        display_name=entry.text("displayName") or entry.text("cn"),
        sam_account_name=entry.text("sAMAccountName"),
        domain_name=domain_of(entry.dn),
        net_bios_name=net_bios_name,
        security_identifier=sid_text(sid) if sid else None,
        account_enabled=not entry.number("userAccountControl") & DISABLED,
        mail_enabled=kind is Kind.GROUP and _mail_enabled(entry),
        security_enabled=kind is Kind.GROUP and bool(group_type & SECURITY_GROUP),
        attributes={
            graph: value
            for name, graph in ATTRIBUTES.items()
            if (value := entry.text(name)) and (graph != "description" or kind in DESCRIBED)
        },
    )


def _shadow(entry: AdEntry, kind: Kind) -> Shadow:
    sam = entry.text("sAMAccountName")
    implied = f"{sam}@{domain_of(entry.dn)}" if sam else None
    user = kind is Kind.USER
    return Shadow(
        user_principal_name=(entry.text("userPrincipalName") or implied) if user else None,
        mail=entry.text("mail"),
        proxy_addresses=tuple(entry.texts("proxyAddresses")),
        mail_nickname=entry.text("mailNickname"),
        target_address=entry.text("targetAddress"),
        sip_address=entry.text("msRTCSIP-PrimaryUserAddress"),
        exchange_recipient=user and _exchange_recipient(entry),
    )


def _exchange_recipient(entry: AdEntry) -> bool:
    """The attributes of Exchange are only sent for an object that has an alias."""
    alias = entry.text("mailNickname")
    return alias is not None and entry.number("msExchRecipientTypeDetails") != 0


def domain_of(dn: str) -> str:
    labels = re.findall(r"(?:^|,)\s*DC=([^,]+)", dn, re.IGNORECASE)
    return ".".join(label.lower() for label in labels)


def sid_text(sid: bytes) -> str:
    authority = int.from_bytes(sid[2:8], "big")
    parts = (int.from_bytes(sid[at : at + 4], "little") for at in range(8, len(sid), 4))
    return "-".join(["S", str(sid[0]), str(authority), *map(str, parts)])
