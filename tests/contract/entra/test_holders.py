"""In: addresses, over the lab's Entra. Out: who holds them, and where it was looked.
The real msgraph-sdk and azure-identity over TLS; only the tenant is the lab's.
Promise: whatever can be searched is searched, and what cannot is named.
"""

from typing import TYPE_CHECKING

import pytest

from bot.errors import Refused, Unreachable
from bot.lab.entra import Fault, Rules
from bot.model import CloudObject, Gap, ObjectType
from tests.contract.entra.lab import CLIENT_ID, contact, contoso, entra, group, names, user

if TYPE_CHECKING:
    from bot.lab.certs import Certificates

EVERYWHERE = (
    "Entra users",
    "Entra groups",
    "Entra contacts",
    "Entra recycle bin (users)",
    "Entra recycle bin (groups)",
)


async def test_every_kind_of_object_and_every_attribute_is_found(
    certificates: "Certificates",
) -> None:
    tenant = contoso()
    user(tenant, "Primary", "SMTP:john@contoso.com")
    user(tenant, "Secondary", "SMTP:x@contoso.com", "smtp:John@Contoso.com")
    user(tenant, "Mail", mail="john@contoso.com")
    user(tenant, "Sign-in", user_principal_name="JOHN@contoso.com")
    user(tenant, "Other", other_mails=["john@contoso.com"])
    user(tenant, "Chat", "SMTP:y@contoso.com", "SIP:john@contoso.com")
    group(tenant, "Group", "SMTP:john@contoso.com")
    contact(tenant, "Contact", "smtp:john@contoso.com")
    tenant.soft_delete(user(tenant, "Deleted user", "smtp:john@contoso.com"))
    tenant.soft_delete(group(tenant, "Deleted group", "smtp:john@contoso.com"))
    user(tenant, "Somebody else", "SMTP:john.doe@contoso.com")
    async with entra(tenant, certificates) as (_, cloud):
        found = (await cloud.holders(["john@contoso.com"]))["john@contoso.com"]

    assert names(found.objects) == [
        "Chat",
        "Contact",
        "Deleted group",
        "Deleted user",
        "Group",
        "Mail",
        "Other",
        "Primary",
        "Secondary",
        "Sign-in",
    ]
    assert found.searched == EVERYWHERE
    assert found.gaps == ()


async def test_an_object_comes_with_all_that_a_diagnosis_needs(
    certificates: "Certificates",
) -> None:
    tenant = contoso()
    made = user(
        tenant,
        "Kersti",
        "SMTP:kersti@contoso.com",
        mail_nickname="kersti",
        immutable_id="EjRWeJCrze8SNFZ4kKvN7w==",
        sync_enabled=True,
        licences=["SPE_E5"],
        account_enabled=False,
    )
    async with entra(tenant, certificates) as (_, cloud):
        found = (await cloud.holders(["kersti@contoso.com"]))["kersti@contoso.com"]

    assert (
        CloudObject(
            id=made.id,
            type=ObjectType.USER,
            name="Kersti",
            user_principal_name="kersti@contoso.com",
            mail="kersti@contoso.com",
            mail_nickname="kersti",
            proxy_addresses=("SMTP:kersti@contoso.com",),
            synced=True,
            anchor="EjRWeJCrze8SNFZ4kKvN7w==",
            enabled=False,
            licensed=True,
            created_at=made.created.replace(microsecond=0),
        ),
    ) == found.objects


async def test_a_server_that_minds_the_case_of_the_prefix_is_asked_in_both(
    certificates: "Certificates",
) -> None:
    tenant = contoso()
    tenant.rules = Rules(case_sensitive_proxy_filter=True)
    user(tenant, "Primary", "SMTP:john@contoso.com", mail=None)
    user(tenant, "Secondary", "smtp:john@contoso.com")
    async with entra(tenant, certificates) as (_, cloud):
        found = await cloud.holders(["john@contoso.com"])

    assert names(found["john@contoso.com"].objects) == ["Primary", "Secondary"]


@pytest.mark.parametrize(
    "address",
    [
        "o'brien@contoso.com",
        "anna+lists@contoso.com",
        "øyvind.ærlig@contoso.com",
        "õie.šokk@contoso.com",
        "a&b=c#d%41@contoso.com",
        "x' or mail eq 'y@contoso.com",
    ],
)
async def test_signs_in_an_address_stay_part_of_it(
    certificates: "Certificates", address: str
) -> None:
    tenant = contoso()
    user(tenant, "Holder", f"smtp:{address}")
    user(tenant, "Bystander", "SMTP:y@contoso.com", "smtp:anna lists@contoso.com")
    async with entra(tenant, certificates) as (_, cloud):
        found = await cloud.holders([address, address.upper()])

    assert names(found[address].objects) == ["Holder"]
    assert names(found[address.upper()].objects) == ["Holder"]


async def test_pasted_prefixes_and_x500_are_understood(certificates: "Certificates") -> None:
    tenant = contoso()
    user(tenant, "Holder", "SMTP:john@contoso.com", "X500:/o=Contoso/ou=Recipients/cn=John")
    async with entra(tenant, certificates) as (_, cloud):
        found = await cloud.holders(
            ["smtp:john@contoso.com ", "x500:/O=contoso/ou=recipients/cn=john"]
        )

    assert [names(each.objects) for each in found.values()] == [["Holder"], ["Holder"]]


async def test_two_hundred_values_share_requests(certificates: "Certificates") -> None:
    tenant = contoso()
    addresses = [f"person{number:03}@contoso.com" for number in range(200)]
    for address in addresses:
        user(tenant, address.partition("@")[0], f"SMTP:{address}")
    async with entra(tenant, certificates) as (lab, cloud):
        found = await cloud.holders(addresses)

    # 7 clauses a user, 3 a group or contact, 15 a filter, 20 filters a batch
    filters = 2 * 100 + 3 * 40
    assert [filters, filters // 20] == [len(lab.batched), cloud.requests]
    assert [(address.partition("@")[0],) for address in addresses] == [
        tuple(names(found[address].objects)) for address in addresses
    ]


async def test_many_values_are_joined_with_the_lists_read_once(
    certificates: "Certificates",
) -> None:
    tenant = contoso()
    addresses = [f"person{number:03}@contoso.com" for number in range(30)]
    for address in addresses:
        user(tenant, address.partition("@")[0], f"SMTP:{address}")
    tenant.soft_delete(user(tenant, "Leaver", "smtp:person007@contoso.com"))
    async with entra(tenant, certificates, scan_above=20) as (lab, cloud):
        found = await cloud.holders(addresses)

    assert [cloud.requests, len(lab.batched)] == [5, 0]
    assert names(found["person007@contoso.com"].objects) == ["Leaver", "person007"]
    assert found["person029@contoso.com"].searched == EVERYWHERE


async def test_a_recycle_bin_that_refuses_filters_is_read_by_pages_and_remembered(
    certificates: "Certificates",
) -> None:
    tenant = contoso()
    tenant.rules = Rules(refuse_deleted_address_filter=True)
    tenant.soft_delete(user(tenant, "Leaver", "smtp:john@contoso.com"))
    user(tenant, "John", "SMTP:john@contoso.com")
    async with entra(tenant, certificates) as (lab, cloud):
        first = await cloud.holders(["john@contoso.com"])
        asked = len(lab.batched)
        second = await cloud.holders(["john@contoso.com"])

    assert names(first["john@contoso.com"].objects) == ["John", "Leaver"]
    assert first["john@contoso.com"].searched == EVERYWHERE
    assert first == second
    assert [asked, len(lab.batched) - asked] == [5, 3]


async def test_contacts_that_may_not_be_read_are_a_gap_and_the_rest_is_answered(
    certificates: "Certificates",
) -> None:
    tenant = contoso(but="OrgContact.Read.All")
    user(tenant, "John", "SMTP:john@contoso.com")
    contact(tenant, "Unseen", "smtp:john@contoso.com")
    async with entra(tenant, certificates) as (_, cloud):
        found = (await cloud.holders(["john@contoso.com"]))["john@contoso.com"]

    assert names(found.objects) == ["John"]
    assert (Gap("Entra", "contacts", "no permission OrgContact.Read.All"),) == found.gaps
    assert tuple(each for each in EVERYWHERE if each != "Entra contacts") == found.searched


async def test_an_app_that_may_read_nothing_is_told_what_it_needs(
    certificates: "Certificates",
) -> None:
    tenant = contoso()
    tenant.apps[CLIENT_ID] = type(tenant.apps[CLIENT_ID])(
        client_id=CLIENT_ID, secret=tenant.apps[CLIENT_ID].secret, roles=frozenset()
    )
    async with entra(tenant, certificates) as (_, cloud):
        with pytest.raises(
            Refused, match=r"Group\.Read\.All and OrgContact\.Read\.All and User\.Read\.All"
        ):
            await cloud.holders(["john@contoso.com"])


async def test_a_value_too_long_for_a_default_query_is_asked_as_an_advanced_one(
    certificates: "Certificates",
) -> None:
    tenant = contoso()
    address = f"{'long' * 30}@contoso.com"
    user(tenant, "Long", f"SMTP:{address}")
    user(tenant, "Short", "SMTP:short@contoso.com")
    async with entra(tenant, certificates) as (_, cloud):
        found = await cloud.holders([address, "short@contoso.com"])

    assert [names(each.objects) for each in found.values()] == [["Long"], ["Short"]]
    assert [each.gaps for each in found.values()] == [(), ()]


async def test_a_value_too_long_for_any_query_is_a_gap_and_others_are_answered(
    certificates: "Certificates",
) -> None:
    tenant = contoso()
    user(tenant, "Short", "SMTP:short@contoso.com")
    async with entra(tenant, certificates) as (_, cloud):
        found = await cloud.holders(["x" * 3000, "short@contoso.com"])

    assert names(found["short@contoso.com"].objects) == ["Short"]
    assert found["x" * 3000].searched == ()
    assert {"the value is too long to be asked for"} == {gap.why for gap in found["x" * 3000].gaps}


async def test_an_empty_first_page_is_not_the_end(certificates: "Certificates") -> None:
    tenant = contoso()
    user(tenant, "John", "SMTP:john@contoso.com")
    async with entra(tenant, certificates, scan_above=0) as (lab, cloud):
        lab.faults.plan(Fault(what="empty-first-page", path="/users"))
        found = await cloud.holders(["john@contoso.com"])

    assert names(found["john@contoso.com"].objects) == ["John"]


async def test_a_scan_that_breaks_off_is_asked_again_later(certificates: "Certificates") -> None:
    tenant = contoso()
    for number in range(1100):
        user(tenant, f"person{number}")
    async with entra(tenant, certificates, scan_above=0) as (lab, cloud):
        lab.faults.plan(Fault(what="broken-list", path="/users"))
        with pytest.raises(Unreachable, match="The list of Entra users broke off at page 2"):
            await cloud.holders(["john@contoso.com"])


async def test_nothing_asked_is_nothing_sent(certificates: "Certificates") -> None:
    async with entra(contoso(), certificates) as (_, cloud):
        found = await cloud.holders([])
        blank = await cloud.holders([" "])

    assert found == {}
    assert blank[" "].objects == ()
    assert cloud.requests == 0
