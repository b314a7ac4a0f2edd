"""In: one object as AD has it and as Entra shows it. Out: the differences that Entra never calls an error.
A value of AD that Entra replaced, dropped or will not take over, and what the AD object alone shows to be wrong.
Promise: pure; a value that already waits in Entra's quarantine is not told a second time, nor what is only on its way.
"""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum

from bot.answers import Calculated, Dropped, Loss
from bot.model import AdObject, CloudObject, ObjectType, Origin, SyncError, TenantFacts
from bot.rules.values import account_faults
from bot.triage.calculate import calculate, is_reserved, lost_address
from bot.triage.value import bare_of, fold

# a cycle that read AD just before a change may end long after it
CYCLE = timedelta(hours=1)


class Drift(StrEnum):
    """The categories, as they stand in `SyncError.category`."""

    UPN_SUFFIX = "SignInNameOfUnknownDomain"
    UPN_CHARACTERS = "SignInNameWrittenWrongly"
    UPN_LENGTH = "SignInNameTooLong"
    UPN_BLANK = "SignInNameMissing"
    UPN_STAYS = "SignInNameStaysOld"
    ADDRESS = "AddressWrittenWrongly"
    ADDRESS_DOMAIN = "AddressOfUnknownDomain"
    ALIAS = "AliasWrittenWrongly"
    DISPLAY_NAME = "DisplayNameMissing"
    MAIN_ADDRESSES = "MainAddresses"


_OF_UPN = {
    Loss.SUFFIX: Drift.UPN_SUFFIX,
    Loss.CHARACTERS: Drift.UPN_CHARACTERS,
    Loss.LENGTH: Drift.UPN_LENGTH,
}


def drifts(
    ad: AdObject,
    cloud: CloudObject,
    tenant: TenantFacts,
    *,
    licensed: bool | None,
) -> tuple[SyncError, ...]:
    """Of a synchronized object and its AD twin. What AD does not decide (any more) has no drift."""
    made = calculate(ad, tenant, licensed=licensed)
    if made.synced is False or not cloud.synced or cloud.cloud_managed or cloud.deleted_at:
        return ()
    waiting = {bare_of(e.value or "")[1] for e in cloud.errors} - {""}
    found = [
        *_of_sign_in(made, cloud, tenant),
        *_of_addresses(made, cloud),
        *_of_the_rest(made, cloud),
    ]
    return tuple(e for e in found if bare_of(e.value or "")[1] not in waiting)


def _of_sign_in(made: Calculated, cloud: CloudObject, tenant: TenantFacts) -> Iterator[SyncError]:
    ad = made.ad
    if ad.type is not ObjectType.USER or cloud.user_principal_name is None:
        return
    if not ad.user_principal_name:
        # an account name that is in order does as a sign-in name; nobody has to do anything
        if account_faults(ad.sam_account_name or ""):
            yield _error(cloud, Drift.UPN_BLANK, "userPrincipalName", "", cloud.user_principal_name)
        return
    if fold(ad.user_principal_name) == fold(cloud.user_principal_name):
        return
    lost = next((d for d in made.dropped if d.attribute == "userPrincipalName"), None)
    category = _OF_UPN[lost.loss] if lost else Drift.UPN_STAYS
    if lost is None and (_is_waiting(cloud) or is_on_its_way(ad, cloud, tenant)):
        return
    yield _error(
        cloud, category, "userPrincipalName", ad.user_principal_name, cloud.user_principal_name
    )


def _is_waiting(cloud: CloudObject) -> bool:
    """Entra gave it a placeholder, because somebody else signs in with the name."""
    return any(fold(e.attribute or "") == "userprincipalname" for e in cloud.errors)


def is_on_its_way(ad: AdObject, cloud: CloudObject, tenant: TenantFacts) -> bool:
    """A sign-in name that differs, and was changed after the last sync, or while it ran: to be looked at again.

    Without the time of either nobody can say.
    """
    upn = ad.user_principal_name
    if not upn or fold(upn) == fold(cloud.user_principal_name or ""):
        return False
    stamp = next((s.changed_at for s in ad.stamps if s.attribute == "userPrincipalName"), None)
    changed, last = stamp or ad.changed_at, tenant.last_sync_at
    return changed is None or last is None or changed > last - CYCLE


def _of_addresses(made: Calculated, cloud: CloudObject) -> Iterator[SyncError]:
    shown = {fold(v) for v in cloud.proxy_addresses}
    for lost in made.dropped:
        if lost.attribute != "proxyAddresses" or fold(lost.value) in shown:
            continue
        # old address types and Microsoft's own domains are left out on purpose: nothing is wrong with that
        if lost.loss in {Loss.MALFORMED, Loss.LENGTH}:
            yield _lost(cloud, Drift.ADDRESS, lost)
        elif lost.loss is Loss.UNVERIFIED:
            yield _lost(cloud, Drift.ADDRESS_DOMAIN, lost)
    if len(main_addresses(made.ad)) > 1 or lacks_main_address(made.ad):
        yield _error(cloud, Drift.MAIN_ADDRESSES, "proxyAddresses", "", cloud.mail or "")


def main_addresses(ad: AdObject) -> tuple[str, ...]:
    """Those that Entra would take; one that it drops is another matter."""
    return tuple(v for v in ad.proxy_addresses if v.startswith("SMTP:") and not lost_address(v))


def lacks_main_address(ad: AdObject) -> bool:
    """It has addresses, none of them is the main one, and there is no `mail` that could stand in for it."""
    return bool(not main_addresses(ad) and not ad.mail and extra_addresses(ad))


def extra_addresses(ad: AdObject) -> tuple[str, ...]:
    return tuple(
        v
        for v in ad.proxy_addresses
        if v.startswith("smtp:") and not lost_address(v) and not is_reserved(v)
    )


def _of_the_rest(made: Calculated, cloud: CloudObject) -> Iterator[SyncError]:
    ad = made.ad
    alias = next((d for d in made.dropped if d.attribute == "mailNickname"), None)
    if alias and fold(cloud.mail_nickname or "") == fold(alias.shown):
        yield _lost(cloud, Drift.ALIAS, alias)
    # without a cn nobody has read its names
    if ad.common_name and not (ad.display_name or "").strip() and is_mail_enabled(ad):
        yield _error(cloud, Drift.DISPLAY_NAME, "displayName", "", cloud.name)


def is_mail_enabled(ad: AdObject) -> bool:
    return ad.type in {ObjectType.USER, ObjectType.GROUP} and bool(
        ad.mail or ad.proxy_addresses or ad.recipient_type
    )


def _lost(cloud: CloudObject, category: Drift, lost: Dropped) -> SyncError:
    return _error(cloud, category, lost.attribute, lost.value, lost.shown)


def _error(
    cloud: CloudObject, category: Drift, attribute: str, value: str, shown: str
) -> SyncError:
    return SyncError(
        object_id=cloud.id,
        object_type=cloud.type,
        object_name=cloud.name,
        category=category,
        attribute=attribute,
        value=value or None,
        raw=f"AD {attribute}: {value or 'nothing'}; Entra: {shown or 'nothing'}",
        origin=Origin.DRIFT,
    )
