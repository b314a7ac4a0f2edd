"""In: objects made in the cloud, roles, licences, apps; the rules this tenant plays by.
Out: Tenant, an Entra ID in memory with an index over every name an object answers to.
Promise: after reindex(object) a look-up by any of its names is right and costs one dict access.
"""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from bot.lab.entra.delta import Delta
from bot.lab.entra.objects import DirectoryObject, Kind, bare, is_sip, is_smtp

if TYPE_CHECKING:
    from collections.abc import Mapping

EXCHANGE_SKUS = frozenset({"ENTERPRISEPACK", "SPE_E3", "SPE_E5", "EXCHANGESTANDARD"})


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class Rules:
    """What differs between tenants, or is not documented well enough to fix it for good."""

    case_sensitive_proxy_filter: bool = False
    refuse_error_filter: bool = False
    refuse_deleted_address_filter: bool = False
    deleted_hold_addresses: bool = True
    withdrawn_error_clears_at: Literal["sweep", "cycle"] = "sweep"
    proxy_property_name: str = "ProxyAddresses"  # documented as ProxyAddress, seen with the s
    placeholder_plus: bool = False
    soft_match_on_upn: bool = True
    block_soft_match: bool = False
    block_hard_match: bool = False
    protect_mapped_objects: bool = True  # hard-match hardening of July 2026
    synchronize_upn_for_managed_users: bool = True
    # while the line above is off: Graph takes the sign-in name of a synchronized user [K]
    synced_sign_in_name_writable: bool = True
    restored_anchor_writable: bool = False
    deletion_threshold: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An app registration with the application permissions an administrator consented to."""

    client_id: str
    secret: str
    roles: frozenset[str]
    secret_expires: datetime | None = None
    directory_role: bool = False  # its service principal may touch holders of roles


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGrant:
    id: str
    principal_id: str
    role_definition_id: str
    role_name: str
    eligible: bool = False


@dataclass(slots=True)
class Tenant:
    tenant_id: str
    display_name: str = "Contoso"
    initial_domain: str = "contoso.onmicrosoft.com"
    domains: tuple[str, ...] = ("contoso.com",)
    clock: Callable[[], datetime] = utc_now
    seed: int = 2026
    rules: Rules = field(default_factory=Rules)
    apps: dict[str, App] = field(default_factory=dict)
    roles: list[RoleGrant] = field(default_factory=list)
    objects: dict[str, DirectoryObject] = field(default_factory=dict)
    former: dict[str, DirectoryObject] = field(default_factory=dict)  # before its last PATCH
    last_sync: datetime | None = None
    failed_first_exports: set[str] = field(default_factory=set)  # anchors of groups, see provision
    delta: Delta = field(default_factory=Delta)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _random: random.Random = field(init=False)
    _index: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)
    _indexed: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - digits of addresses, not a secret

    @property
    def verified_domains(self) -> frozenset[str]:
        return frozenset({self.initial_domain.lower(), *(name.lower() for name in self.domains)})

    def four_digits(self) -> str:
        return f"{self._random.randrange(10_000):04d}"

    def create(self, kind: Kind, **values: Any) -> DirectoryObject:
        made = DirectoryObject(
            id=values.pop("id", None) or self._new_id(),
            kind=kind,
            sequence=next(self._numbers),
            created=values.pop("created", None) or self.clock(),
            **values,
        )
        self.objects[made.id] = made
        self.reindex(made)
        return made

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def reindex(self, touched: DirectoryObject) -> None:
        """Call after every change of a name, an address or a licence."""
        for key in self._indexed.pop(touched.id, set()):
            self._index[key].pop(touched.id, None)
            if not self._index[key]:
                del self._index[key]
        if touched.id in self.objects:
            keys = set(_names(touched)) | {("otherMails", m.lower()) for m in touched.other_mails}
            self._indexed[touched.id] = keys
            for key in keys:
                self._index.setdefault(key, {})[touched.id] = None

    def find(self, name: str, value: str) -> list[DirectoryObject]:
        """Objects by an indexed name, live and deleted, oldest first."""
        ids = self._index.get((name, value.lower()), {})
        return sorted((self.objects[i] for i in ids), key=lambda each: each.sequence)

    def find_by_anchor(self, anchor: str) -> list[DirectoryObject]:
        """Anchors are Base64: their letter case counts."""
        return [each for each in self.find("anchor", anchor) if anchor_of(each) == anchor]

    def holders(self, address: str, *, but: str | None = None) -> list[DirectoryObject]:
        """Every object that keeps others from having this address; deleted ones by rule."""
        return [
            each
            for each in self.find("address", bare(address))
            if each.id != but and (each.deleted is None or self.rules.deleted_hold_addresses)
        ]

    def live(self, kind: Kind) -> list[DirectoryObject]:
        return [e for e in self.objects.values() if e.kind is kind and e.deleted is None]

    def in_recycle_bin(self, kind: Kind) -> list[DirectoryObject]:
        return [e for e in self.objects.values() if e.kind is kind and e.deleted is not None]

    def soft_delete(self, gone: DirectoryObject) -> None:
        """Into the recycle bin; the sign-in name is freed, the addresses are not."""
        gone.deleted = self.clock()
        if gone.kind is Kind.USER:
            gone.user_principal_name = gone.id.replace("-", "") + gone.user_principal_name
        self.reindex(gone)

    def purge(self, gone_id: str) -> None:
        """Gone for good: the recycle bin too."""
        gone = self.objects.pop(gone_id)
        self.reindex(gone)
        for group in self.live(Kind.GROUP):
            if gone_id in group.members:
                group.members.remove(gone_id)

    def register_app(self, app: App) -> None:
        self.apps[app.client_id] = app

    def grant_role(self, principal_id: str, role_name: str, *, eligible: bool = False) -> RoleGrant:
        grant = RoleGrant(
            id=self._new_id(),
            principal_id=principal_id,
            role_definition_id=str(uuid.uuid5(uuid.NAMESPACE_DNS, role_name)),
            role_name=role_name,
            eligible=eligible,
        )
        self.roles.append(grant)
        return grant

    def role_grants(self, object_id: str) -> list[RoleGrant]:
        """Held or eligible, directly or through a group."""
        principals = {object_id, *self.groups_of(object_id)}
        return [grant for grant in self.roles if grant.principal_id in principals]

    def groups_of(self, object_id: str) -> set[str]:
        found: set[str] = set()
        wanted = {object_id}
        while wanted:
            above = {g.id for g in self.live(Kind.GROUP) if wanted & set(g.members)} - found
            found |= above
            wanted = above
        return found

    def plant_error(self, object_id: str, entry: Mapping[str, Any] | None) -> None:
        """An error entry exactly as given: unknown categories, nulls and properties included."""
        self.objects[object_id].planted_errors.append(entry)


def anchor_of(held: DirectoryObject) -> str | None:
    return held.immutable_id or (held.on_premises.anchor if held.on_premises else None)


def _names(held: DirectoryObject) -> Iterator[tuple[str, str]]:
    for proxy in held.proxy_addresses:
        yield "proxyAddresses", proxy.lower()
        if is_smtp(proxy):
            yield "address", bare(proxy)
        elif is_sip(proxy):
            yield "sip", bare(proxy)
    if held.mail:
        yield "mail", held.mail.lower()
        yield "address", held.mail.lower()
    if held.user_principal_name:
        yield "userPrincipalName", held.user_principal_name.lower()
        if held.recipient:
            yield "address", held.user_principal_name.lower()
    if held.immutable_id:
        yield "onPremisesImmutableId", held.immutable_id.lower()
    if anchor := anchor_of(held):
        yield "anchor", anchor.lower()
    if held.on_premises is not None and held.on_premises.security_identifier:
        yield "sid", held.on_premises.security_identifier.lower()
