"""In: exports that claim one value twice.
Out: who shows it, who carries the error, and what a sweep does about it.
Promise: the documented order of things: cycle, then sweep.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.lab.entra import (
    Kind,
    add_group,
    add_public_folder,
    add_user,
    assign_licence,
    sweep,
)
from tests.unit.lab_entra.conftest import START, errors_of

if TYPE_CHECKING:
    from tests.unit.lab_entra.conftest import Contoso


def test_the_first_synced_keeps_the_address(contoso: Contoso) -> None:
    anna = contoso.export("anna", proxy_addresses=("SMTP:john@contoso.com",))
    bo = contoso.export("bo", proxy_addresses=("SMTP:bo@contoso.com", "smtp:John@Contoso.com"))

    assert anna.proxy_addresses == ["SMTP:john@contoso.com", "smtp:john@contoso.onmicrosoft.com"]
    assert bo.proxy_addresses == ["SMTP:bo@contoso.com", "smtp:bo@contoso.onmicrosoft.com"]
    assert errors_of(anna) == []
    assert errors_of(bo) == [("ProxyAddresses", "smtp:John@Contoso.com")]


def test_a_loser_without_another_address_is_left_with_the_technical_one(contoso: Contoso) -> None:
    contoso.export("anna", proxy_addresses=("SMTP:john@contoso.com",))
    bo = contoso.export("bo", mail="john@contoso.com")

    assert bo.proxy_addresses == [f"smtp:{bo.moera}"]
    assert bo.mail is None
    assert errors_of(bo) == [("ProxyAddresses", "SMTP:john@contoso.com")]


def test_the_property_may_be_spelled_as_documented(contoso: Contoso) -> None:
    contoso.tenant.rules.proxy_property_name = "ProxyAddress"
    contoso.export("anna", proxy_addresses=("SMTP:john@contoso.com",))
    bo = contoso.export("bo", proxy_addresses=("smtp:john@contoso.com",))

    assert errors_of(bo) == [("ProxyAddress", "smtp:john@contoso.com")]


def test_a_taken_sign_in_name_becomes_a_placeholder(contoso: Contoso) -> None:
    contoso.export("anna", user_principal_name="ann@contoso.com")
    other = contoso.export("anna2", user_principal_name="Ann@contoso.com")

    assert re.fullmatch(r"Ann\d{4}@contoso\.onmicrosoft\.com", other.user_principal_name)
    assert errors_of(other) == [("UserPrincipalName", "Ann@contoso.com")]


def test_the_placeholder_may_carry_the_documented_plus(contoso: Contoso) -> None:
    contoso.tenant.rules.placeholder_plus = True
    contoso.export("anna", user_principal_name="ann@contoso.com")
    other = contoso.export("anna2", user_principal_name="ann@contoso.com")

    assert re.fullmatch(r"ann\+\d{4}@contoso\.onmicrosoft\.com", other.user_principal_name)


def test_a_freed_value_is_handed_on_by_the_sweep_not_by_the_cycle(contoso: Contoso) -> None:
    contoso.export("anna", proxy_addresses=("SMTP:anna@contoso.com", "smtp:john@contoso.com"))
    bo = contoso.export("bo", proxy_addresses=("SMTP:john@contoso.com",))
    contoso.export("anna", proxy_addresses=("SMTP:anna@contoso.com",))
    contoso.export("bo", proxy_addresses=("SMTP:john@contoso.com", "smtp:bo2@contoso.com"))
    after_the_cycle = (bo.mail, errors_of(bo))

    result = sweep(contoso.tenant)

    assert after_the_cycle == (None, [("ProxyAddresses", "SMTP:john@contoso.com")])
    assert (bo.mail, errors_of(bo)) == ("john@contoso.com", [])
    assert result.returned == [(bo.id, "SMTP:john@contoso.com")]
    assert result.remaining == 0


def test_a_withdrawn_claim_keeps_its_error_until_the_sweep(contoso: Contoso) -> None:
    contoso.export("anna", proxy_addresses=("SMTP:john@contoso.com",))
    bo = contoso.export("bo", proxy_addresses=("SMTP:bo@contoso.com", "smtp:john@contoso.com"))
    contoso.export("bo", proxy_addresses=("SMTP:bo@contoso.com",))
    after_the_cycle = errors_of(bo)

    result = sweep(contoso.tenant)

    assert after_the_cycle == [("ProxyAddresses", "smtp:john@contoso.com")]
    assert errors_of(bo) == []
    assert result.withdrawn == [(bo.id, "smtp:john@contoso.com")]


def test_by_rule_a_withdrawn_claim_is_forgotten_at_once(contoso: Contoso) -> None:
    contoso.tenant.rules.withdrawn_error_clears_at = "cycle"
    contoso.export("anna", proxy_addresses=("SMTP:john@contoso.com",))
    bo = contoso.export("bo", proxy_addresses=("SMTP:bo@contoso.com", "smtp:john@contoso.com"))
    contoso.export("bo", proxy_addresses=("SMTP:bo@contoso.com",))

    assert errors_of(bo) == []


def test_a_sweep_changes_nothing_while_the_value_is_held(contoso: Contoso) -> None:
    contoso.export("anna", proxy_addresses=("SMTP:john@contoso.com",))
    bo = contoso.export("bo", proxy_addresses=("SMTP:bo@contoso.com", "smtp:john@contoso.com"))
    first = bo.errors[0]
    contoso.clock.forward(hours=1)

    result = sweep(contoso.tenant)

    assert bo.errors == [first]
    assert first.occurred == START
    assert (result.returned, result.withdrawn, result.remaining) == ([], [], 1)


def test_who_waited_longest_gets_the_freed_value(contoso: Contoso) -> None:
    contoso.export("anna", proxy_addresses=("SMTP:john@contoso.com",))
    later = contoso.export("cy", proxy_addresses=("SMTP:cy@contoso.com",))
    contoso.clock.forward(minutes=30)
    bo = contoso.export("bo", proxy_addresses=("SMTP:bo@contoso.com", "smtp:john@contoso.com"))
    contoso.clock.forward(minutes=30)
    contoso.export("cy", proxy_addresses=("SMTP:cy@contoso.com", "smtp:john@contoso.com"))
    contoso.export("anna", proxy_addresses=("SMTP:anna@contoso.com",))

    sweep(contoso.tenant)

    assert "smtp:john@contoso.com" in bo.proxy_addresses
    assert "smtp:john@contoso.com" not in later.proxy_addresses
    assert later.errors[0].occurred == START + timedelta(hours=1)


def test_the_placeholder_goes_when_the_sign_in_name_is_free(contoso: Contoso) -> None:
    contoso.export("anna", user_principal_name="ann@contoso.com")
    other = contoso.export("anna2", user_principal_name="ann@contoso.com")
    contoso.export("anna", user_principal_name="anna@contoso.com")
    before = other.user_principal_name
    sweep(contoso.tenant)

    assert before.endswith("@contoso.onmicrosoft.com")
    assert other.user_principal_name == "ann@contoso.com"
    assert errors_of(other) == []


def test_a_new_free_sign_in_name_is_taken_in_the_cycle(contoso: Contoso) -> None:
    contoso.export("anna", user_principal_name="ann@contoso.com")
    other = contoso.export("anna2", user_principal_name="ann@contoso.com")
    contoso.export("anna2", user_principal_name="ann2@contoso.com")

    assert other.user_principal_name == "ann2@contoso.com"
    assert errors_of(other) == [("UserPrincipalName", "ann@contoso.com")]


def test_groups_and_contacts_are_quarantined_too(contoso: Contoso) -> None:
    contoso.export("anna", proxy_addresses=("SMTP:tax@contoso.com",))
    contact = contoso.export("ext", kind=Kind.CONTACT, mail="tax@contoso.com")
    group = contoso.export("tax", kind=Kind.GROUP, mail="tax@contoso.com")

    assert errors_of(contact) == [("ProxyAddresses", "SMTP:tax@contoso.com")]
    assert errors_of(group) == [("ProxyAddresses", "SMTP:tax@contoso.com")]


def test_a_folder_nobody_can_list_blocks_an_address(contoso: Contoso) -> None:
    add_public_folder(contoso.tenant, "Old orders", addresses=("SMTP:orders@contoso.com",))
    bo = contoso.export("bo", proxy_addresses=("SMTP:orders@contoso.com",))

    assert errors_of(bo) == [("ProxyAddresses", "SMTP:orders@contoso.com")]


def test_a_cloud_group_blocks_an_address(contoso: Contoso) -> None:
    add_group(contoso.tenant, "Sales", addresses=("SMTP:sales@contoso.com",), unified=True)
    bo = contoso.export("bo", proxy_addresses=("SMTP:bo@contoso.com", "smtp:sales@contoso.com"))

    assert errors_of(bo) == [("ProxyAddresses", "smtp:sales@contoso.com")]


def test_the_recycle_bin_keeps_addresses_but_no_sign_in_names(contoso: Contoso) -> None:
    gone = add_user(
        contoso.tenant,
        "eva@contoso.com",
        display_name="Eva",
        addresses=("SMTP:eva@contoso.com",),
    )
    contoso.tenant.soft_delete(gone)
    bo = contoso.export(
        "eva2", user_principal_name="eva@contoso.com", proxy_addresses=("SMTP:eva@contoso.com",)
    )

    assert gone.user_principal_name == gone.id.replace("-", "") + "eva@contoso.com"
    assert bo.user_principal_name == "eva@contoso.com"
    assert errors_of(bo) == [("ProxyAddresses", "SMTP:eva@contoso.com")]


def test_by_rule_the_recycle_bin_keeps_nothing(contoso: Contoso) -> None:
    contoso.tenant.rules.deleted_hold_addresses = False
    gone = add_user(
        contoso.tenant,
        "eva@contoso.com",
        display_name="Eva",
        addresses=("SMTP:eva@contoso.com",),
    )
    contoso.tenant.soft_delete(gone)
    bo = contoso.export("eva2", proxy_addresses=("SMTP:eva@contoso.com",))

    assert bo.mail == "eva@contoso.com"


def test_a_licence_makes_the_sign_in_name_an_address(contoso: Contoso) -> None:
    anna = contoso.export("anna", proxy_addresses=("SMTP:anna.lind@contoso.com",))
    assign_licence(contoso.tenant, anna, "SPE_E3")
    bo = contoso.export("bo", proxy_addresses=("SMTP:bo@contoso.com", "smtp:anna@contoso.com"))

    assert "smtp:anna@contoso.com" in anna.proxy_addresses
    assert errors_of(bo) == [("ProxyAddresses", "smtp:anna@contoso.com")]


def test_a_licence_does_not_cost_anybody_the_sign_in_name(contoso: Contoso) -> None:
    contoso.export("bo", proxy_addresses=("SMTP:bo@contoso.com", "smtp:anna@contoso.com"))
    anna = contoso.export("anna")
    assign_licence(contoso.tenant, anna, "SPE_E3")

    assert anna.user_principal_name == "anna@contoso.com"
    assert errors_of(anna) == [("ProxyAddresses", "SMTP:anna@contoso.com")]
    assert anna.mail == anna.moera == "anna@contoso.onmicrosoft.com"
