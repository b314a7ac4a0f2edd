"""In: objects new from AD, and cloud objects that may be their other half.
Out: joined, revived, refused, or a second object with its values in quarantine.
Promise: anchor, then primary address, then sign-in name; every block is tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.lab.entra import ExportError, Kind, add_contact, add_group, add_guest, add_user, withdraw
from tests.unit.lab_entra.conftest import errors_of

if TYPE_CHECKING:
    from bot.lab.entra.objects import DirectoryObject
    from tests.unit.lab_entra.conftest import Contoso

BO = ("SMTP:bo@contoso.com",)


def cloud_bo(contoso: Contoso, immutable_id: str | None = None) -> DirectoryObject:
    return add_user(
        contoso.tenant,
        "bo@contoso.com",
        display_name="Bo (cloud)",
        addresses=BO,
        immutable_id=immutable_id,
    )


def test_the_anchor_joins_first(contoso: Contoso) -> None:
    cloud = add_user(
        contoso.tenant, "other@contoso.com", display_name="Bo", immutable_id="anchor-bo"
    )
    by_address = cloud_bo(contoso)
    joined = contoso.export("bo", proxy_addresses=BO)

    assert joined is cloud
    assert by_address.sync_enabled is None


def test_anchors_are_told_apart_by_letter_case(contoso: Contoso) -> None:
    cloud = add_user(
        contoso.tenant, "other@contoso.com", display_name="Bo", immutable_id="ANCHOR-BO"
    )
    joined = contoso.export("bo")

    assert joined is not cloud


def test_the_primary_address_joins(contoso: Contoso) -> None:
    cloud = cloud_bo(contoso)
    joined = contoso.export("robert", proxy_addresses=BO)

    assert joined is cloud
    assert joined.sync_enabled is True
    assert joined.immutable_id == "anchor-robert"
    assert joined.user_principal_name == "robert@contoso.com"


def test_a_secondary_address_does_not_join(contoso: Contoso) -> None:
    cloud = cloud_bo(contoso)
    second = contoso.export(
        "robert", proxy_addresses=("SMTP:robert@contoso.com", "smtp:bo@contoso.com")
    )

    assert second is not cloud
    assert errors_of(second) == [("ProxyAddresses", "smtp:bo@contoso.com")]


def test_the_sign_in_name_joins_when_the_address_does_not(contoso: Contoso) -> None:
    cloud = cloud_bo(contoso)
    joined = contoso.export("bo", proxy_addresses=("SMTP:robert@contoso.com",))

    assert joined is cloud


def test_soft_match_by_sign_in_name_can_be_off(contoso: Contoso) -> None:
    contoso.tenant.rules.soft_match_on_upn = False
    cloud = cloud_bo(contoso)
    second = contoso.export("bo", proxy_addresses=("SMTP:robert@contoso.com",))

    assert second is not cloud
    assert errors_of(second) == [("UserPrincipalName", "bo@contoso.com")]


def test_a_blocked_soft_match_makes_a_quarantined_twin(contoso: Contoso) -> None:
    contoso.tenant.rules.block_soft_match = True
    cloud = cloud_bo(contoso)
    twin = contoso.export("bo", proxy_addresses=BO)

    assert twin is not cloud
    assert errors_of(twin) == [
        ("UserPrincipalName", "bo@contoso.com"),
        ("ProxyAddresses", "SMTP:bo@contoso.com"),
    ]


@pytest.mark.parametrize("eligible", [False, True])
def test_a_role_holder_is_never_soft_matched(contoso: Contoso, eligible: bool) -> None:  # noqa: FBT001 - a parameter of the test
    cloud = cloud_bo(contoso)
    contoso.tenant.grant_role(cloud.id, "User Administrator", eligible=eligible)

    assert contoso.export("bo", proxy_addresses=BO) is not cloud


def test_a_guest_is_not_soft_matched(contoso: Contoso) -> None:
    guest = add_guest(contoso.tenant, "ext@fabrikam.com", display_name="Ext")
    synced = contoso.export("ext", proxy_addresses=("SMTP:ext@fabrikam.com",))

    assert synced is not guest
    assert errors_of(synced) == [("ProxyAddresses", "SMTP:ext@fabrikam.com")]


def test_contacts_and_groups_join_by_address_within_their_kind(contoso: Contoso) -> None:
    contact = add_contact(contoso.tenant, "Ext", addresses=("SMTP:ext@fabrikam.com",))
    group = add_group(contoso.tenant, "Sales", addresses=("SMTP:sales@contoso.com",))

    assert contoso.export("ext", kind=Kind.CONTACT, mail="ext@fabrikam.com") is contact
    assert contoso.export("sales", kind=Kind.GROUP, mail="sales@contoso.com") is group


def refusal(outcome: object) -> tuple[str, str | None]:
    assert isinstance(outcome, ExportError)
    return outcome.error, outcome.object_id_in_conflict


def test_hard_match_can_be_blocked_for_the_tenant(contoso: Contoso) -> None:
    cloud = cloud_bo(contoso, immutable_id="anchor-bo")
    contoso.tenant.rules.block_hard_match = True

    assert refusal(contoso.try_export("bo")) == ("InvalidHardMatch", cloud.id)


def test_a_role_holder_is_not_hard_matched(contoso: Contoso) -> None:
    cloud = cloud_bo(contoso, immutable_id="anchor-bo")
    contoso.tenant.grant_role(cloud.id, "Global Administrator")

    assert refusal(contoso.try_export("bo")) == ("InvalidHardMatch", cloud.id)


def test_a_deleted_user_comes_back_with_the_same_anchor(contoso: Contoso) -> None:
    bo = contoso.export("bo", proxy_addresses=BO)
    withdraw(contoso.tenant, bo)
    deleted_as = bo.user_principal_name
    back = contoso.export("bo", proxy_addresses=BO)

    assert deleted_as != "bo@contoso.com"
    assert back is bo
    assert (bo.deleted, bo.user_principal_name, bo.mail) == (
        None,
        "bo@contoso.com",
        "bo@contoso.com",
    )


def test_an_anchor_mapped_to_another_ad_object_is_not_taken_over(contoso: Contoso) -> None:
    bo = contoso.export("bo", proxy_addresses=BO)
    withdraw(contoso.tenant, bo)
    outcome = contoso.try_export("bo2", anchor="anchor-bo", guid="another", proxy_addresses=BO)

    assert refusal(outcome) == ("InvalidHardMatch", bo.id)


def test_the_same_sid_with_another_anchor_is_an_export_error(contoso: Contoso) -> None:
    bo = contoso.export("bo", sid="S-1-5-21-7")
    outcome = contoso.try_export("bo2", sid="S-1-5-21-7")

    assert isinstance(outcome, ExportError)
    assert outcome.error == "AttributeValueMustBeUnique"
    assert outcome.attribute_conflict_name == "OnPremiseSecurityIdentifier"
    assert outcome.object_id_in_conflict == bo.id


def test_a_chat_address_is_not_quarantined(contoso: Contoso) -> None:
    anna = contoso.export("anna", proxy_addresses=("sip:x@contoso.com",))
    before = len(contoso.tenant.objects)
    outcome = contoso.try_export("bo", sip_address="sip:x@contoso.com")

    assert isinstance(outcome, ExportError)
    assert outcome.attribute_conflict_name == "SipProxyAddress"
    assert outcome.object_id_in_conflict == anna.id
    assert len(contoso.tenant.objects) == before


def test_the_second_of_two_groups_fails_once_and_is_then_quarantined(contoso: Contoso) -> None:
    contoso.export("tax", kind=Kind.GROUP, mail="tax@contoso.com")
    first = contoso.try_export("tax2", kind=Kind.GROUP, mail="tax@contoso.com")
    second = contoso.export("tax2", kind=Kind.GROUP, mail="tax@contoso.com")

    assert isinstance(first, ExportError)
    assert first.error == "AttributeValueMustBeUnique"
    assert errors_of(second) == [("ProxyAddresses", "SMTP:tax@contoso.com")]


def test_a_user_clashing_with_a_group_twice_is_an_export_error(contoso: Contoso) -> None:
    group = contoso.export("tax", kind=Kind.GROUP, mail="tax@contoso.com")
    outcome = contoso.try_export(
        "bo", user_principal_name="tax@contoso.com", proxy_addresses=("SMTP:tax@contoso.com",)
    )

    assert refusal(outcome) == ("ObjectTypeMismatch", group.id)


def test_exports_to_an_object_managed_in_the_cloud_are_ignored(contoso: Contoso) -> None:
    bo = contoso.export("bo", proxy_addresses=BO)
    bo.cloud_managed = True
    contoso.export("bo", proxy_addresses=("SMTP:new@contoso.com",))

    assert bo.mail == "bo@contoso.com"
