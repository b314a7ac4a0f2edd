"""In: one object after its shadow values changed, or a whole tenant when the hourly sweep runs.
Out: its visible values, and an error entry for each value that somebody else holds.
Promise: a value is visible on one object only; who has it keeps it; only a sweep hands it on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.lab.entra import shadow as calculation
from bot.lab.entra.objects import Kind, ProvisioningError, Shadow, bare, is_smtp

if TYPE_CHECKING:
    from bot.lab.entra.objects import DirectoryObject
    from bot.lab.entra.tenant import Tenant

UPN = "UserPrincipalName"
Key = tuple[bool, str]  # is it about the sign-in name, the address


@dataclass(slots=True)
class SweepResult:
    """(object id, value) of what a sweep gave back, forgot because nobody asks for it, or kept."""

    at: datetime
    returned: list[tuple[str, str]] = field(default_factory=list)
    withdrawn: list[tuple[str, str]] = field(default_factory=list)
    remaining: int = 0


def recalculate(tenant: Tenant, changed: DirectoryObject, *, sweeping: bool = False) -> None:
    """Bring the visible values in line with the shadow ones, as far as others allow it."""
    if changed.on_premises is None:
        return
    shadow = changed.on_premises.shadow
    held_back = set() if sweeping else {_key(error) for error in changed.errors}
    _settle_nickname(tenant, changed, shadow)
    blocked = _settle_upn(tenant, changed, shadow, held_back)
    blocked += _settle_proxies(tenant, changed, shadow, held_back)
    _settle_errors(tenant, changed, blocked, sweeping=sweeping)
    tenant.reindex(changed)


def sweep(tenant: Tenant) -> SweepResult:
    """The service's hourly timer: values nobody else holds any more go to who waited longest."""
    result = SweepResult(at=tenant.clock())
    waiting = [each for each in tenant.objects.values() if each.errors and each.deleted is None]
    for waiter in sorted(waiting, key=lambda each: (each.errors[0].occurred, each.sequence)):
        before = list(waiter.errors)
        recalculate(tenant, waiter, sweeping=True)
        visible = {bare(proxy) for proxy in waiter.proxy_addresses}
        visible.add(waiter.user_principal_name.lower())
        kept = {_key(error) for error in waiter.errors}
        for error in before:
            if _key(error) not in kept:
                ended = result.returned if error.address in visible else result.withdrawn
                ended.append((waiter.id, error.value))
        result.remaining += len(waiter.errors)
    return result


def _key(error: ProvisioningError) -> Key:
    return error.property_causing_error == UPN, error.address


def _settle_nickname(tenant: Tenant, changed: DirectoryObject, shadow: Shadow) -> None:
    """The alias follows a changed on-premises alias; the MOERA made from it stays for good."""
    if shadow.mail_nickname or changed.mail_nickname is None:
        changed.mail_nickname = calculation.nickname_of(shadow, changed.kind)
    if changed.kind is Kind.CONTACT or changed.moera is not None:
        return
    if changed.recipient or calculation.has_addresses(shadow, changed.kind):
        name = changed.mail_nickname or "user"
        changed.moera = f"{name}@{tenant.initial_domain}"
        while any(each.id != changed.id for each in tenant.find("address", changed.moera)):
            changed.moera = f"{name}{tenant.four_digits()}@{tenant.initial_domain}"


def _settle_upn(
    tenant: Tenant, changed: DirectoryObject, shadow: Shadow, held_back: set[Key]
) -> list[ProvisioningError]:
    if changed.kind is not Kind.USER:
        return []
    wanted = calculation.upn_of(
        shadow,
        nickname=changed.mail_nickname,
        verified=tenant.verified_domains,
        initial=tenant.initial_domain,
    )
    held = changed.user_principal_name.lower() == wanted.lower()
    waits = (True, wanted.lower()) in held_back
    if held or not (waits or _upn_is_taken(tenant, wanted, changed)):
        changed.user_principal_name = wanted
        changed.substitute_upn = None
        return []
    if changed.substitute_upn is None:
        changed.substitute_upn = _substitute(tenant, wanted)
    changed.user_principal_name = changed.substitute_upn
    return [_error(tenant, UPN, wanted)]


def _upn_is_taken(tenant: Tenant, upn: str, changed: DirectoryObject) -> bool:
    """By a user who signs in with it; for a recipient also by whoever has it as an address."""
    users = tenant.find("userPrincipalName", upn)
    return any(each.id != changed.id and each.deleted is None for each in users) or (
        changed.recipient and bool(tenant.holders(upn, but=changed.id))
    )


def _substitute(tenant: Tenant, upn: str) -> str:
    prefix = upn.partition("@")[0] + ("+" if tenant.rules.placeholder_plus else "")
    while True:
        substitute = f"{prefix}{tenant.four_digits()}@{tenant.initial_domain}"
        if not tenant.find("userPrincipalName", substitute):
            return substitute


def _settle_proxies(
    tenant: Tenant, changed: DirectoryObject, shadow: Shadow, held_back: set[Key]
) -> list[ProvisioningError]:
    name = tenant.rules.proxy_property_name
    upn = changed.user_principal_name if changed.recipient else None
    routing = f"{tenant.initial_domain.partition('.')[0]}.mail.onmicrosoft.com"
    verified = tenant.verified_domains | {routing} if changed.licences else None
    granted: list[str] = []
    blocked: list[ProvisioningError] = []
    for value in calculation.wanted_proxies(shadow, kind=changed.kind, upn=upn, verified=verified):
        if is_smtp(value) and (
            (False, bare(value)) in held_back or tenant.holders(value, but=changed.id)
        ):
            blocked.append(_error(tenant, name, value))
        else:
            granted.append(value)
    _add_moera(changed, granted)
    changed.proxy_addresses = granted
    changed.mail = next((v[5:] for v in granted if v.startswith("SMTP:")), None)
    return blocked


def _add_moera(changed: DirectoryObject, granted: list[str]) -> None:
    """The address in the initial domain: secondary, or primary for a mailbox left without one."""
    has_primary = any(value.startswith("SMTP:") for value in granted)
    if not has_primary and changed.recipient:
        for position, value in enumerate(granted):
            if is_smtp(value) and bare(value) == changed.user_principal_name.lower():
                granted[position] = f"SMTP:{value[5:]}"
                has_primary = True
    shown = {bare(value) for value in granted if is_smtp(value)}
    if changed.moera and changed.moera.lower() not in shown:
        needed = changed.recipient and not has_primary
        granted.append(f"{'SMTP' if needed else 'smtp'}:{changed.moera}")


def _error(tenant: Tenant, property_name: str, value: str) -> ProvisioningError:
    return ProvisioningError(
        property_causing_error=property_name,
        value=value,
        address=bare(value),
        occurred=tenant.clock(),
    )


def _settle_errors(
    tenant: Tenant,
    changed: DirectoryObject,
    blocked: list[ProvisioningError],
    *,
    sweeping: bool,
) -> None:
    """A value that stays blocked keeps the time of its first refusal."""
    known = {_key(error): error for error in changed.errors}
    still = {_key(error): error for error in blocked}
    lingers = not sweeping and tenant.rules.withdrawn_error_clears_at == "sweep"
    kept = [e for key, e in known.items() if key in still or lingers]
    changed.errors = kept + [e for key, e in still.items() if key not in known]
