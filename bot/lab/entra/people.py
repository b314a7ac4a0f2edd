"""In: what somebody made in the cloud, without AD: users, guests, groups, contacts, folders.
Out: the object in the tenant, with the values exactly as given.
Promise: an address that is taken is refused, as the admin centers refuse it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.lab.entra.objects import DirectoryObject, Kind, is_smtp
from bot.lab.entra.quarantine import recalculate

if TYPE_CHECKING:
    from bot.lab.entra.tenant import Tenant


def add_user(
    tenant: Tenant,
    user_principal_name: str,
    *,
    display_name: str,
    addresses: tuple[str, ...] = (),
    licences: tuple[str, ...] = (),
    immutable_id: str | None = None,
    other_mails: tuple[str, ...] = (),
) -> DirectoryObject:
    if any(not u.deleted for u in tenant.find("userPrincipalName", user_principal_name)):
        raise ValueError(f"{user_principal_name} is already somebody's sign-in name.")
    return tenant.create(
        Kind.USER,
        display_name=display_name,
        user_principal_name=user_principal_name,
        mail_nickname=user_principal_name.partition("@")[0],
        proxy_addresses=_free(tenant, addresses),
        mail=_primary(addresses),
        licences=list(licences),
        immutable_id=immutable_id,
        other_mails=list(other_mails),
    )


def add_guest(tenant: Tenant, mail: str, *, display_name: str) -> DirectoryObject:
    """Somebody invited from elsewhere: the address is theirs, the sign-in name is made from it."""
    _free(tenant, (f"SMTP:{mail}",))
    return tenant.create(
        Kind.USER,
        display_name=display_name,
        user_principal_name=f"{mail.replace('@', '_')}#EXT#@{tenant.initial_domain}",
        mail=mail,
        proxy_addresses=[f"SMTP:{mail}"],
        other_mails=[mail],
        user_type="Guest",
    )


def add_group(
    tenant: Tenant,
    display_name: str,
    *,
    addresses: tuple[str, ...] = (),
    unified: bool = False,
    members: tuple[str, ...] = (),
) -> DirectoryObject:
    """`unified`: a Microsoft 365 group. With addresses and not unified: a distribution list."""
    return tenant.create(
        Kind.GROUP,
        display_name=display_name,
        proxy_addresses=_free(tenant, addresses),
        mail=_primary(addresses),
        mail_nickname=(_primary(addresses) or display_name).partition("@")[0],
        mail_enabled=bool(addresses),
        security_enabled=not addresses,
        group_types=["Unified"] if unified else [],
        members=list(members),
    )


def add_contact(
    tenant: Tenant, display_name: str, *, addresses: tuple[str, ...]
) -> DirectoryObject:
    return tenant.create(
        Kind.CONTACT,
        display_name=display_name,
        proxy_addresses=_free(tenant, addresses),
        mail=_primary(addresses),
        mail_nickname=(_primary(addresses) or display_name).partition("@")[0],
    )


def add_public_folder(
    tenant: Tenant, display_name: str, *, addresses: tuple[str, ...]
) -> DirectoryObject:
    """The hidden owner: blocks its addresses and is listed nowhere in Graph."""
    return tenant.create(
        Kind.PUBLIC_FOLDER,
        display_name=display_name,
        proxy_addresses=_free(tenant, addresses),
        mail=_primary(addresses),
    )


def assign_licence(tenant: Tenant, user: DirectoryObject, sku_part_number: str) -> None:
    """A mailbox makes the sign-in name an address too."""
    user.licences.append(sku_part_number)
    recalculate(tenant, user)
    tenant.reindex(user)


def _free(tenant: Tenant, addresses: tuple[str, ...]) -> list[str]:
    for address in filter(is_smtp, addresses):
        if holders := tenant.holders(address):
            raise ValueError(f"{address} already belongs to {holders[0].display_name}.")
    return list(addresses)


def _primary(addresses: tuple[str, ...]) -> str | None:
    return next((each[5:] for each in addresses if each.startswith("SMTP:")), None)
