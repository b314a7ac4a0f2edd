"""In: a tenant.
Out: people, groups and contacts as a sync engine would have exported them.
Promise: the same names every time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.lab.entra import Exported, Incoming, Kind, Shadow, export

if TYPE_CHECKING:
    from bot.lab.entra import DirectoryObject, Tenant


def synced(
    tenant: Tenant, name: str, *addresses: str, kind: Kind = Kind.USER, number: int = 0
) -> DirectoryObject:
    incoming = Incoming(
        kind=kind,
        anchor=f"anchor-{name}",
        object_guid=f"guid-{name}",
        distinguished_name=f"CN={name},OU=People,DC=contoso,DC=com",
        display_name=name,
        sam_account_name=name,
        domain_name="contoso.com",
        net_bios_name="CONTOSO",
        security_identifier=None if kind is Kind.CONTACT else f"S-1-5-21-1-2-3-{number or name}",
        mail_enabled=kind is Kind.GROUP,
        attributes={"givenName": name.title(), "department": "Sales"},
        shadow=Shadow(
            user_principal_name=f"{name}@contoso.com" if kind is Kind.USER else None,
            proxy_addresses=addresses,
        ),
    )
    outcome = export(tenant, incoming)
    assert isinstance(outcome, Exported), outcome
    return tenant.objects[outcome.object_id]


def conflict(tenant: Tenant) -> tuple[DirectoryObject, DirectoryObject]:
    """Anna has the address; Bo, synced later, claims it too."""
    anna = synced(tenant, "anna", "SMTP:john@contoso.com")
    bo = synced(tenant, "bo", "SMTP:bo@contoso.com", "smtp:john@contoso.com")
    return anna, bo
