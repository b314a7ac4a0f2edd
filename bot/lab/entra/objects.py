"""In: what a directory object is made of, on-premises values and cloud values apart.
Out: DirectoryObject (user, group, orgContact, public folder) and the small records on it.
Promise: state only; nothing here decides what a value becomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    USER = "user"
    GROUP = "group"
    CONTACT = "orgContact"
    PUBLIC_FOLDER = "publicFolder"  # holds addresses, is listed nowhere in Graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """The on-premises values as they were exported; the visible ones are calculated from them."""

    user_principal_name: str | None = None
    mail: str | None = None
    proxy_addresses: tuple[str, ...] = ()
    mail_nickname: str | None = None
    target_address: str | None = None
    sip_address: str | None = None
    exchange_recipient: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisioningError:
    """One quarantined value. `address` is the value without prefix, lower case."""

    property_causing_error: str
    value: str
    address: str
    occurred: datetime
    category: str = "PropertyConflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPremises:
    """Where a synchronized object comes from. Kept when it is restored from the recycle bin."""

    anchor: str
    shadow: Shadow
    last_sync: datetime
    object_guid: str | None = None
    distinguished_name: str | None = None
    sam_account_name: str | None = None
    domain_name: str | None = None
    net_bios_name: str | None = None
    security_identifier: str | None = None


@dataclass(slots=True, kw_only=True)
class DirectoryObject:
    id: str
    kind: Kind
    sequence: int
    created: datetime
    display_name: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)  # givenName, department … as in Graph
    user_principal_name: str = ""
    substitute_upn: str | None = None  # while the one it wants belongs to somebody else
    mail: str | None = None
    mail_nickname: str | None = None
    proxy_addresses: list[str] = field(default_factory=list)
    other_mails: list[str] = field(default_factory=list)
    account_enabled: bool = True
    user_type: str = "Member"
    licences: list[str] = field(default_factory=list)  # skuPartNumber
    group_types: list[str] = field(default_factory=list)
    mail_enabled: bool = False
    security_enabled: bool = False
    members: list[str] = field(default_factory=list)  # object ids
    sync_enabled: bool | None = None  # None: never synchronized; False: was, then restored
    immutable_id: str | None = None
    on_premises: OnPremises | None = None
    cloud_managed: bool = False  # source of authority moved to the cloud: exports are ignored
    moera: str | None = None  # address in the initial domain; given once, never changed
    errors: list[ProvisioningError] = field(default_factory=list)
    planted_errors: list[Mapping[str, Any] | None] = field(default_factory=list)  # as they are
    deleted: datetime | None = None

    @property
    def recipient(self) -> bool:
        """Whether Exchange Online delivers to it, which makes a sign-in name an address too."""
        exported = self.on_premises is not None and self.on_premises.shadow.exchange_recipient
        return self.kind is Kind.USER and (bool(self.licences) or exported)


def bare(address: str) -> str:
    """The address without its prefix, in lower case: what uniqueness is decided on."""
    return address.rpartition(":")[2].strip().lower() if ":" in address else address.lower()


def is_smtp(address: str) -> bool:
    return address[:5].lower() == "smtp:"


def is_sip(address: str) -> bool:
    return address[:4].lower() == "sip:"


def stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
