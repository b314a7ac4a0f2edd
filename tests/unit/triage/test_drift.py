"""In: one object as AD has it and as Entra shows it. Out: the differences that make no error in Entra.
Promise: nothing is told of what is in order, on its way, already in quarantine, or no longer decided in AD.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.model import (
    AdObject,
    CloudObject,
    Kind,
    ObjectType,
    Origin,
    SyncError,
    TenantFacts,
)
from bot.triage.drift import Drift, drifts
from bot.triage.value import key_of
from tests.builders import (
    NOW,
    TENANT,
    ad_object,
    cloud_id_of,
    cloud_object,
    error,
    stamp,
    tenant_facts,
)

BO = "bo.berg@contoso.com"
LAST_MONTH = NOW - timedelta(days=30)


def here(**over: Any) -> AdObject:
    usual: dict[str, Any] = {
        "common_name": "Bo Berg",
        "display_name": "Bo Berg",
        "mail_nickname": "bo",
        "changed_at": LAST_MONTH,
    }
    return ad_object("Bo Berg", **(usual | over))


def there(**over: Any) -> CloudObject:
    return cloud_object("Bo Berg", **({"mail_nickname": "bo", "licensed": True} | over))


def told(
    ad: dict[str, Any] | None = None,
    cloud: dict[str, Any] | None = None,
    tenant: TenantFacts | None = None,
    *,
    licensed: bool | None = True,
) -> list[tuple[str, str | None]]:
    return [(str(e.category), e.value) for e in _drifts(ad, cloud, tenant, licensed=licensed)]


def _drifts(
    ad: dict[str, Any] | None = None,
    cloud: dict[str, Any] | None = None,
    tenant: TenantFacts | None = None,
    *,
    licensed: bool | None = True,
) -> tuple[SyncError, ...]:
    return drifts(
        here(**(ad or {})), there(**(cloud or {})), tenant or tenant_facts(), licensed=licensed
    )


def test_what_is_in_order_is_not_told() -> None:
    assert told({"proxy_addresses": (f"SMTP:{BO}",)}, {"proxy_addresses": (f"SMTP:{BO}",)}) == []


REPLACED = {"user_principal_name": "bo@contoso.onmicrosoft.com"}
LOCAL = "bo@contoso.local"
TOO_LONG = f"{'b' * 65}@contoso.com"
DIFFERENCES: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[str, str | None]]]] = {
    "a suffix nobody verified": (
        {"user_principal_name": LOCAL},
        REPLACED,
        [(Drift.UPN_SUFFIX, LOCAL)],
    ),
    "a blank in the sign-in name": (
        {"user_principal_name": "b o@contoso.com"},
        REPLACED,
        [(Drift.UPN_CHARACTERS, "b o@contoso.com")],
    ),
    "a sign-in name that is too long": (
        {"user_principal_name": TOO_LONG},
        REPLACED,
        [(Drift.UPN_LENGTH, TOO_LONG)],
    ),
    "no sign-in name, and no good account name": (
        {"user_principal_name": None, "sam_account_name": "bo+x"},
        REPLACED,
        [(Drift.UPN_BLANK, None)],
    ),
    "a sign-in name that Entra does not take over": (
        {"user_principal_name": "bo@contoso.com"},
        {"user_principal_name": BO},
        [(Drift.UPN_STAYS, "bo@contoso.com")],
    ),
    "an address without a type": (
        {"proxy_addresses": (f"SMTP:{BO}", "b@contoso.com")},
        {"proxy_addresses": (f"SMTP:{BO}",)},
        [(Drift.ADDRESS, "b@contoso.com")],
    ),
    "an address of a domain that is not the tenant's": (
        {"proxy_addresses": (f"SMTP:{BO}", f"smtp:{LOCAL}")},
        {"proxy_addresses": (f"SMTP:{BO}",)},
        [(Drift.ADDRESS_DOMAIN, f"smtp:{LOCAL}")],
    ),
    "an alias with a leading period": (
        {"mail_nickname": ".bo"},
        {"mail_nickname": "_bo"},
        [(Drift.ALIAS, ".bo")],
    ),
    "no display name": ({"display_name": None}, {}, [(Drift.DISPLAY_NAME, None)]),
    "two main addresses": (
        {"proxy_addresses": (f"SMTP:{BO}", "SMTP:b@contoso.com")},
        {"proxy_addresses": (f"SMTP:{BO}", "smtp:b@contoso.com")},
        [(Drift.MAIN_ADDRESSES, None)],
    ),
    "only an extra address": (
        {"proxy_addresses": ("smtp:b@contoso.com",), "mail": None},
        {"proxy_addresses": ("smtp:b@contoso.com",)},
        [(Drift.MAIN_ADDRESSES, None)],
    ),
}


@pytest.mark.parametrize(("ad", "cloud", "expected"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_a_difference_is_told(
    ad: dict[str, Any], cloud: dict[str, Any], expected: list[tuple[str, str | None]]
) -> None:
    assert told(ad, cloud) == expected


IN_ORDER: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "no sign-in name, but a good account name": ({"user_principal_name": None}, REPLACED),
    "only the letter case of the sign-in name differs": (
        {"user_principal_name": BO.upper()},
        {"user_principal_name": BO},
    ),
    "an address type that Entra leaves out on purpose": (
        {"proxy_addresses": ("X400:c=us;a= ;p=x",)},
        {},
    ),
    "a technical address that AD lists": (
        {"proxy_addresses": ("smtp:bo@contoso.onmicrosoft.com",)},
        {},
    ),
    "a foreign address that Entra shows all the same": (
        {"proxy_addresses": (f"SMTP:{BO}", f"smtp:{LOCAL}")},
        {"proxy_addresses": (f"SMTP:{BO}", f"smtp:{LOCAL}")},
    ),
    "an alias that Entra took as it is": ({"mail_nickname": "b(o)"}, {"mail_nickname": "b(o)"}),
    "mail stands in for a main address": ({"proxy_addresses": ("smtp:b@contoso.com",)}, {}),
    "an account nobody writes to has no display name": (
        {"display_name": None, "mail": None},
        {},
    ),
    "nobody read its names": ({"display_name": None, "common_name": None}, {}),
    "it is not synchronized any more": ({"user_principal_name": LOCAL}, {"synced": False}),
    "the cloud decides about it now": (
        {"user_principal_name": LOCAL},
        REPLACED | {"cloud_managed": True},
    ),
    "it lies in Entra's recycle bin": (
        {"user_principal_name": LOCAL},
        REPLACED | {"deleted_at": NOW},
    ),
    "a copy left by a replication conflict": (
        {"user_principal_name": LOCAL, "dn": "CN=Bo\\0ACNF:1,DC=contoso,DC=com"},
        REPLACED,
    ),
}


@pytest.mark.parametrize(("ad", "cloud"), IN_ORDER.values(), ids=IN_ORDER)
def test_what_nobody_has_to_put_right_is_not_told(
    ad: dict[str, Any], cloud: dict[str, Any]
) -> None:
    assert told(ad, cloud) == []


def test_without_a_licence_a_foreign_address_stays() -> None:
    ad = {"proxy_addresses": (f"SMTP:{BO}", f"smtp:{LOCAL}")}

    assert told(ad, licensed=False) == []


def test_what_is_in_quarantine_already_is_not_told_twice() -> None:
    waiting = error(value=f"smtp:{LOCAL}")
    ad = {"proxy_addresses": (f"SMTP:{BO}", f"smtp:{LOCAL}")}

    assert told(ad, {"errors": (waiting,)}) == []


NEW_NAME = {"user_principal_name": "bo@contoso.com"}


def test_a_placeholder_is_a_matter_of_quarantine() -> None:
    waits = error(attribute="UserPrincipalName", value="bo@contoso.com")
    cloud = {"user_principal_name": "bo1234@contoso.onmicrosoft.com", "errors": (waits,)}

    assert told(NEW_NAME, cloud) == []


@pytest.mark.parametrize(
    ("changed", "last", "expected"),
    [
        (timedelta(days=1), timedelta(minutes=10), [(Drift.UPN_STAYS, "bo@contoso.com")]),
        (timedelta(minutes=5), timedelta(minutes=10), []),  # the next sync brings it
        (timedelta(minutes=30), timedelta(minutes=10), []),  # the sync ran just then
        (None, timedelta(minutes=10), []),
        (timedelta(days=1), None, []),
    ],
)
def test_a_change_that_is_only_on_its_way_is_not_told(
    changed: timedelta | None, last: timedelta | None, expected: list[tuple[str, str | None]]
) -> None:
    tenant = tenant_facts(last_sync_at=None if last is None else NOW - last)
    ad = NEW_NAME | {"changed_at": None if changed is None else NOW - changed}

    assert told(ad, tenant=tenant) == expected


def test_when_the_name_itself_was_changed_counts_for_more_than_the_object() -> None:
    old = stamp("userPrincipalName", changed_at=LAST_MONTH)

    assert told(NEW_NAME | {"changed_at": NOW, "stamps": (old,)}) == [
        (Drift.UPN_STAYS, "bo@contoso.com")
    ]


def test_a_group_has_differences_too_but_no_sign_in_name() -> None:
    ad = {"type": ObjectType.GROUP, "user_principal_name": LOCAL, "display_name": None}

    assert told(ad, {"type": ObjectType.GROUP, "user_principal_name": None}) == [
        (Drift.DISPLAY_NAME, None)
    ]


def test_a_difference_says_what_stands_on_each_side() -> None:
    [entry] = _drifts({"user_principal_name": LOCAL}, REPLACED)

    assert (entry.object_id, entry.origin, entry.attribute) == (
        cloud_id_of("Bo Berg"),
        Origin.DRIFT,
        "userPrincipalName",
    )
    assert entry.raw == (
        "AD userPrincipalName: bo@contoso.local; Entra: bo@contoso.onmicrosoft.com"
    )


def test_a_difference_is_a_case_of_its_object_and_never_of_whoever_has_the_value() -> None:
    [entry] = _drifts({"user_principal_name": LOCAL}, REPLACED)
    key = key_of(TENANT, entry)
    quarantined = replace(entry, origin=Origin.QUARANTINE)

    assert key.kind is Kind.OBJECT
    assert key.value == f"{entry.object_id}:{Drift.UPN_SUFFIX}".lower()
    assert key_of(TENANT, quarantined).kind is Kind.ADDRESS


def test_of_several_addresses_each_is_a_case() -> None:
    ad = {"proxy_addresses": (f"SMTP:{BO}", "b@contoso.com", "c@contoso.com")}
    entries = _drifts(ad)

    assert len({key_of(TENANT, e).id for e in entries}) == 2
