"""In: an object that is new from AD, and the tenant.
Out: the cloud object it is to be joined with, a refusal, or nothing (a new one is made).
Promise: anchor first, then primary address, then sign-in name; what blocks a match says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.lab.entra import shadow as calculation
from bot.lab.entra.objects import DirectoryObject, Kind, is_smtp
from bot.lab.entra.tenant import anchor_of

if TYPE_CHECKING:
    from bot.lab.entra.objects import Shadow
    from bot.lab.entra.tenant import Tenant

Join = Literal["hard", "soft", "revived"]
HARDENED = "Hard match operation blocked due to security hardening. "
TAKEOVER_BLOCKED = "Taking over a cloud object through hard match is blocked in this tenant."


@dataclass(frozen=True, slots=True)
class Match:
    found: DirectoryObject
    how: Join


@dataclass(frozen=True, slots=True)
class BlockedMatch:
    found: DirectoryObject
    reason: str


def match(
    tenant: Tenant, kind: Kind, shadow: Shadow, anchor: str, guid: str
) -> Match | BlockedMatch | None:
    """Only for objects Entra has not seen from this directory before."""
    by_anchor = _hard(tenant, anchor, guid) if kind is Kind.USER else None
    return by_anchor or _soft(tenant, kind, shadow)


def _hard(tenant: Tenant, anchor: str, guid: str) -> Match | BlockedMatch | None:
    found = [each for each in tenant.find_by_anchor(anchor) if each.kind is Kind.USER]
    if not found:
        return None
    target = next((each for each in found if each.deleted is None), found[0])
    if tenant.rules.block_hard_match:
        return BlockedMatch(target, TAKEOVER_BLOCKED)
    if tenant.role_grants(target.id):
        return BlockedMatch(target, f"{HARDENED}The user holds or is eligible for a role.")
    mapped_to = target.on_premises.object_guid if target.on_premises else None
    if tenant.rules.protect_mapped_objects and mapped_to not in (None, guid):
        return BlockedMatch(target, f"{HARDENED}Review OnPremisesObjectIdentifier mapping.")
    return Match(target, "revived" if target.deleted else "hard")


def _soft(tenant: Tenant, kind: Kind, shadow: Shadow) -> Match | None:
    """A blocked soft match is no refusal: a second object is made, and its values quarantined."""
    if tenant.rules.block_soft_match:
        return None
    wanted = calculation.wanted_proxies(shadow, kind=kind, upn=None, verified=None)
    primary = next((value for value in wanted if value.startswith("SMTP:")), None)
    targets = tenant.find("proxyAddresses", primary) if primary else []
    found = [each for each in targets if primary and _has_primary(each, primary)]
    if not any(_may_join(tenant, each, kind) for each in found) and _tries_upn(
        tenant, kind, shadow
    ):
        found = tenant.find("userPrincipalName", shadow.user_principal_name or "")
    joined = next((each for each in found if _may_join(tenant, each, kind)), None)
    return Match(joined, "soft") if joined else None


def _tries_upn(tenant: Tenant, kind: Kind, shadow: Shadow) -> bool:
    return (
        kind is Kind.USER
        and tenant.rules.soft_match_on_upn
        and shadow.user_principal_name is not None
    )


def _has_primary(target: DirectoryObject, primary: str) -> bool:
    value = next((proxy for proxy in target.proxy_addresses if proxy.startswith("SMTP:")), "")
    return is_smtp(value) and value.lower() == primary.lower()


def _may_join(tenant: Tenant, target: DirectoryObject, kind: Kind) -> bool:
    return (
        target.kind is kind
        and target.deleted is None
        and anchor_of(target) is None
        and target.user_type == "Member"
        and not tenant.role_grants(target.id)
    )
