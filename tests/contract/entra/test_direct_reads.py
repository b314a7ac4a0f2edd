"""In: ids and anchors, over the lab's Entra. Out: the tenant's facts, objects by id, an anchor's owner.
The real msgraph-sdk and azure-identity over TLS.
Promise: "it is gone" is said only when Entra said so.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.errors import Refused
from bot.lab.entra import Rules
from bot.model import Flags, ObjectType, TenantFacts
from tests.contract.entra.lab import TENANT_ID, contact, contoso, entra, group, names, user

if TYPE_CHECKING:
    from bot.lab.certs import Certificates

ANCHOR = "EjRWeJCrze8SNFZ4kKvN7w=="
OTHER_CASE = "eJRWeJCrze8SNFZ4kKvN7w=="


async def test_the_tenants_facts_cost_one_request(certificates: "Certificates") -> None:
    tenant = contoso()
    tenant.last_sync = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    async with entra(tenant, certificates) as (_, cloud):
        facts = await cloud.facts()
        sent = cloud.requests

    assert sent == 1
    assert facts == TenantFacts(
        tenant=TENANT_ID,
        name="Contoso",
        initial_domain="contoso.onmicrosoft.com",
        verified_domains=("contoso.onmicrosoft.com", "contoso.com"),
        sync_enabled=True,
        last_sync_at=datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
    )


async def test_the_tenants_facts_hold_what_an_administrator_stated(
    certificates: "Certificates",
) -> None:
    stated = Flags(soft_match_blocked=True, stated_on="2026-11-02")
    async with entra(contoso(), certificates, flags=stated) as (_, cloud):
        facts = await cloud.facts()

    assert facts.flags == stated


async def test_the_tenants_facts_name_the_permission_they_need(
    certificates: "Certificates",
) -> None:
    tenant = contoso(but="Organization.Read.All")
    app = next(iter(tenant.apps.values()))
    tenant.register_app(
        type(app)(client_id=app.client_id, secret=app.secret, roles=app.roles - {"User.Read.All"})
    )
    async with entra(tenant, certificates) as (_, cloud):
        with pytest.raises(Refused) as caught:
            await cloud.facts()

    assert "the application permission Organization.Read.All" in caught.value.todo


async def test_objects_of_each_type_are_read_by_id_in_one_request(
    certificates: "Certificates",
) -> None:
    tenant = contoso()
    john = user(tenant, "John", "SMTP:john@contoso.com")
    team, partner = group(tenant, "Team"), contact(tenant, "Partner")
    gone = user(tenant, "Gone")
    tenant.soft_delete(gone)
    purged = "00000000-0000-4000-8000-000000000000"
    asked = [
        (ObjectType.USER, john.id),
        (ObjectType.GROUP, team.id),
        (ObjectType.CONTACT, partner.id),
        (ObjectType.USER, gone.id),
        (ObjectType.USER, purged),
    ]
    async with entra(tenant, certificates) as (_, cloud):
        read = await cloud.objects(asked)
        sent = cloud.requests

    assert {k: v and v.name for k, v in read.items()} == {
        john.id: "John",
        team.id: "Team",
        partner.id: "Partner",
        gone.id: None,
        purged: None,
    }
    assert sent == 1


async def test_a_sign_in_name_is_not_taken_for_an_id(certificates: "Certificates") -> None:
    tenant = contoso()
    user(tenant, "John")
    async with entra(tenant, certificates) as (_, cloud):
        read = await cloud.objects([(ObjectType.USER, "john@contoso.com")])

    assert read == {"john@contoso.com": None}


async def test_many_ids_share_requests(certificates: "Certificates") -> None:
    tenant = contoso()
    made = [user(tenant, f"u{number}") for number in range(45)]
    async with entra(tenant, certificates) as (_, cloud):
        read = await cloud.objects([(ObjectType.USER, each.id) for each in made])
        sent = cloud.requests

    assert [each.display_name for each in made] == [v and v.name for v in read.values()]
    assert sent == 3


async def test_reading_by_id_without_the_right_is_refused_not_gone(
    certificates: "Certificates",
) -> None:
    tenant = contoso(but="OrgContact.Read.All")
    partner = contact(tenant, "Partner")
    async with entra(tenant, certificates) as (_, cloud):
        with pytest.raises(Refused, match="may not read contacts"):
            await cloud.objects([(ObjectType.CONTACT, partner.id)])


@pytest.mark.parametrize("refuses", [False, True])
async def test_an_anchor_is_found_among_users_and_deleted_users_by_its_exact_letters(
    certificates: "Certificates", *, refuses: bool
) -> None:
    tenant = contoso()
    tenant.rules = Rules(refuse_deleted_address_filter=refuses)
    user(tenant, "Owner", immutable_id=ANCHOR)
    user(tenant, "Other case", immutable_id=OTHER_CASE)
    tenant.soft_delete(user(tenant, "Earlier owner", immutable_id=ANCHOR))
    async with entra(tenant, certificates) as (_, cloud):
        found = await cloud.by_anchor(ANCHOR)
        nobody = await cloud.by_anchor("bm9ib2R5IGhhcyB0aGlzIQ==")

    assert names(found.objects) == ["Earlier owner", "Owner"]
    assert found.searched == ("Entra users", "Entra recycle bin (users)")
    assert nobody.objects == ()
