"""In: one object as the sync engine exports it, or the anchor of one that is gone from AD.
Out: what Entra made of it: added, joined, updated, deleted, or a refusal with its error name.
Promise: a refused export changes nothing; an accepted one may still be quarantined in part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bot.lab.entra import shadow as calculation
from bot.lab.entra.matching import BlockedMatch, Match, match
from bot.lab.entra.objects import Kind, OnPremises, Shadow, bare, is_sip, is_smtp
from bot.lab.entra.quarantine import recalculate
from bot.lab.entra.tenant import Tenant, anchor_of

if TYPE_CHECKING:
    from bot.lab.entra.objects import DirectoryObject

How = Literal["added", "updated", "hard", "soft", "revived", "deleted", "ignored"]
MUST_BE_UNIQUE = "AttributeValueMustBeUnique"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One in-scope AD object after the sync rules."""

    kind: Kind
    anchor: str
    object_guid: str
    distinguished_name: str
    shadow: Shadow
    display_name: str | None = None
    sam_account_name: str | None = None
    domain_name: str | None = None
    net_bios_name: str | None = None
    security_identifier: str | None = None
    account_enabled: bool = True
    mail_enabled: bool = False
    security_enabled: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exported:
    object_id: str
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportError:
    """An error on the sync server, never in Graph. Conflict fields are empty where not known."""

    error: str
    message: str
    distinguished_name: str
    anchor: str
    object_id: str | None = None
    object_id_in_conflict: str | None = None
    attribute_conflict_name: str | None = None
    attribute_conflict_values: tuple[str, ...] = ()


def export(tenant: Tenant, incoming: Incoming) -> Exported | ExportError:
    known = find_synchronized(tenant, incoming.anchor, incoming.kind)
    if known is not None and known.cloud_managed:
        return Exported(known.id, "ignored")
    if clash := _sip_or_sid_clash(tenant, incoming, known):
        return clash
    if known is not None:
        return _write(tenant, known, incoming, "updated")
    found = match(tenant, incoming.kind, incoming.shadow, incoming.anchor, incoming.object_guid)
    match found:
        case BlockedMatch():
            return _refused(incoming, "InvalidHardMatch", found.reason, holder=found.found)
        case Match() if found.how == "revived":
            found.found.user_principal_name = ""  # calculated anew: it may be taken by now
            found.found.deleted = None
            return _write(tenant, found.found, incoming, found.how)
        case Match():
            return _write(tenant, found.found, incoming, found.how)
    if clash := _group_clash(tenant, incoming):
        return clash
    return _write(tenant, tenant.create(incoming.kind), incoming, "added")


def withdraw(tenant: Tenant, gone: DirectoryObject) -> Exported:
    """It left AD or the scope. Users go to the recycle bin, groups and contacts are gone."""
    if gone.cloud_managed:
        return Exported(gone.id, "ignored")
    if gone.kind is Kind.USER:
        tenant.soft_delete(gone)
    else:
        tenant.purge(gone.id)
    return Exported(gone.id, "deleted")


def find_synchronized(tenant: Tenant, anchor: str, kind: Kind) -> DirectoryObject | None:
    for each in tenant.find_by_anchor(anchor):
        if each.kind is kind and each.sync_enabled and each.deleted is None:
            return each
    return None


def _write(tenant: Tenant, target: DirectoryObject, incoming: Incoming, how: How) -> Exported:
    if target.moera is None:
        target.moera = _address_in(tenant.initial_domain, target)
    target.on_premises = OnPremises(
        anchor=incoming.anchor,
        shadow=_kept_upn(tenant, target, incoming.shadow),
        last_sync=tenant.clock(),
        object_guid=incoming.object_guid,
        distinguished_name=incoming.distinguished_name,
        sam_account_name=incoming.sam_account_name,
        domain_name=incoming.domain_name,
        net_bios_name=incoming.net_bios_name,
        security_identifier=incoming.security_identifier,
    )
    target.sync_enabled = True
    target.immutable_id = incoming.anchor if incoming.kind is Kind.USER else None
    target.display_name = incoming.display_name
    target.account_enabled = incoming.account_enabled
    target.mail_enabled = incoming.mail_enabled
    target.security_enabled = incoming.security_enabled
    target.attributes = {**target.attributes, **incoming.attributes}
    recalculate(tenant, target)
    return Exported(target.id, how)


def _address_in(domain: str, target: DirectoryObject) -> str | None:
    """A joined object keeps the technical address it was born with."""
    addresses = (proxy.rpartition(":")[2] for proxy in filter(is_smtp, target.proxy_addresses))
    return next((a for a in addresses if a.lower().endswith(f"@{domain.lower()}")), None)


def _kept_upn(tenant: Tenant, target: DirectoryObject, shadow: Shadow) -> Shadow:
    """Older tenants do not follow a changed sign-in name of a licensed user."""
    before = target.on_premises
    if tenant.rules.synchronize_upn_for_managed_users or not target.licences or before is None:
        return shadow
    return Shadow(
        user_principal_name=before.shadow.user_principal_name,
        mail=shadow.mail,
        proxy_addresses=shadow.proxy_addresses,
        mail_nickname=shadow.mail_nickname,
        target_address=shadow.target_address,
        sip_address=shadow.sip_address,
        exchange_recipient=shadow.exchange_recipient,
    )


def _refused(
    incoming: Incoming,
    error: str,
    message: str,
    *,
    holder: DirectoryObject | None = None,
    known: DirectoryObject | None = None,
    conflict: tuple[str, str] | None = None,
) -> ExportError:
    return ExportError(
        error=error,
        message=message,
        distinguished_name=incoming.distinguished_name,
        anchor=incoming.anchor,
        object_id=known.id if known else None,
        object_id_in_conflict=holder.id if holder else None,
        attribute_conflict_name=conflict[0] if conflict else None,
        attribute_conflict_values=(conflict[1],) if conflict else (),
    )


def _sip_or_sid_clash(
    tenant: Tenant, incoming: Incoming, known: DirectoryObject | None
) -> ExportError | None:
    """Only sign-in names and SMTP addresses are quarantined; these are refused outright."""
    sid = incoming.security_identifier
    wanted = [("sid", sid, "OnPremiseSecurityIdentifier")] if sid and known is None else []
    proxies = calculation.wanted_proxies(
        incoming.shadow, kind=incoming.kind, upn=None, verified=None
    )
    wanted += [("sip", bare(value), "SipProxyAddress") for value in proxies if is_sip(value)]
    for name, value, conflict in wanted:
        for holder in tenant.find(name, value):
            same = holder is known or anchor_of(holder) == incoming.anchor
            if not same and holder.deleted is None:
                message = f"Unable to update this object: {conflict} {value} is in use."
                return _refused(
                    incoming,
                    MUST_BE_UNIQUE,
                    message,
                    holder=holder,
                    known=known,
                    conflict=(conflict, value),
                )
    return None


def _group_clash(tenant: Tenant, incoming: Incoming) -> ExportError | None:
    """The two documented exceptions to quarantine, both about a group that has the address."""
    wanted = calculation.wanted_proxies(
        incoming.shadow, kind=incoming.kind, upn=None, verified=None
    )
    for value in filter(is_smtp, wanted):
        groups = [h for h in tenant.holders(value) if h.kind is Kind.GROUP and h.deleted is None]
        if not groups:
            continue
        if incoming.kind is Kind.GROUP and incoming.anchor not in tenant.failed_first_exports:
            tenant.failed_first_exports.add(incoming.anchor)
            return _refused(
                incoming,
                MUST_BE_UNIQUE,
                f"Two groups claim {value}; the next cycle quarantines it.",
                holder=groups[0],
                conflict=("ProxyAddresses", value),
            )
        upn = (incoming.shadow.user_principal_name or "").lower()
        primary = (groups[0].mail or "").lower()
        if incoming.kind is Kind.USER and upn == primary == bare(value):
            return _refused(
                incoming,
                "ObjectTypeMismatch",
                f"Sign-in name and address of a user are the address of a group: {value}.",
                holder=groups[0],
                conflict=("ProxyAddresses", value),
            )
    return None
