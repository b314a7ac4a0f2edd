"""In: objects with provisioning errors in the lab's Entra. Out: the lists the poll is made of.
Whole lists or no list; entries kept as Graph gave them.
Promise: an error of an unknown shape is seen as long as the server lets one ask for it.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.entra.cloud import ERROR_FILTERS
from bot.errors import ListBroken, Refused, Unreachable, Untrusted
from bot.lab.entra import Fault, Rules
from bot.model import ObjectType, SyncError
from tests.contract.entra.lab import contact, contoso, entra, group, names, quarantined, user
from tests.contract.entra.scripted import Reply, refusal, rows, scripted

if TYPE_CHECKING:
    from bot.lab.certs import Certificates

CONFLICT = {"category": "PropertyConflict", "value": "SMTP:john@contoso.com"}


async def test_users_groups_and_contacts_are_listed_with_their_errors(
    certificates: "Certificates",
) -> None:
    tenant = contoso()
    loser = user(tenant, "Loser")
    quarantined(tenant, loser, "SMTP:john@contoso.com")
    quarantined(tenant, group(tenant, "Team"), "SMTP:team@contoso.com")
    quarantined(tenant, contact(tenant, "Partner"), "SMTP:partner@contoso.com")
    user(tenant, "Clean")
    async with entra(tenant, certificates) as (_, cloud):
        listed = [await cloud.with_errors(each) for each in ERROR_TYPES]

    assert [names(each) for each in listed] == [["Loser"], ["Team"], ["Partner"]]
    assert (
        SyncError(
            object_id=loser.id,
            object_type=ObjectType.USER,
            object_name="Loser",
            category="PropertyConflict",
            attribute="ProxyAddresses",
            value="SMTP:john@contoso.com",
            occurred_at=datetime(2026, 11, 20, 8, 15, 30, 123456, tzinfo=UTC),
            raw=listed[0][0].errors[0].raw,
        )
        == listed[0][0].errors[0]
    )


ERROR_TYPES = (ObjectType.USER, ObjectType.GROUP, ObjectType.CONTACT)


@pytest.mark.parametrize("refuses", [False, True])
async def test_unknown_categories_and_fields_are_kept_in_both_ways_of_asking(
    certificates: "Certificates", *, refuses: bool
) -> None:
    tenant = contoso()
    tenant.rules = Rules(refuse_error_filter=refuses)
    odd = user(tenant, "Odd", sync_enabled=True)
    quarantined(
        tenant, odd, "x", category="ValueTooLong", propertyCausingError=None, newField={"a": 1}
    )
    async with entra(tenant, certificates) as (_, cloud):
        (found,) = await cloud.with_errors(ObjectType.USER)
        filter_used = cloud.error_filters[ObjectType.USER]

    assert [(error.category, error.attribute, error.value) for error in found.errors] == [
        ("ValueTooLong", None, "x")
    ]
    assert '"newField"' in found.errors[0].raw
    assert ERROR_FILTERS[2 if refuses else 0] == filter_used


async def test_an_entry_of_nothing_but_null_is_kept_by_the_scan(
    certificates: "Certificates",
) -> None:
    tenant = contoso()
    tenant.rules = Rules(refuse_error_filter=True)
    odd = user(tenant, "Odd", sync_enabled=True)
    tenant.plant_error(odd.id, None)
    tenant.plant_error(odd.id, dict.fromkeys(CONFLICT))
    user(tenant, "Clean", sync_enabled=True)
    async with entra(tenant, certificates) as (_, cloud):
        (found,) = await cloud.with_errors(ObjectType.USER)

    assert [error.category for error in found.errors] == [None, None]
    assert found.errors[0].raw == "null"


async def test_a_refused_filter_is_remembered(certificates: "Certificates") -> None:
    tenant = contoso()
    tenant.rules = Rules(refuse_error_filter=True)
    async with entra(tenant, certificates) as (_, cloud):
        await cloud.with_errors(ObjectType.USER)
        before = cloud.requests
        await cloud.with_errors(ObjectType.USER)

    assert [before, cloud.requests - before] == [3, 1]


async def test_where_only_not_null_is_refused_the_documented_filter_is_used(
    certificates: "Certificates",
) -> None:
    object_id = "cccccccc-2222-3333-4444-dddddddddddd"
    async with scripted(certificates) as (graph, cloud):
        graph.replies["/users?"] = [
            refusal(400, "Request_UnsupportedQuery"),
            rows({"id": object_id, "onPremisesProvisioningErrors": [CONFLICT]}),
        ]
        (found,) = await cloud.with_errors(ObjectType.USER)
        used = cloud.error_filters[ObjectType.USER]

    assert [object_id, ERROR_FILTERS[1]] == [found.id, used]


@pytest.mark.parametrize(
    ("what", "retry_after"), [("broken-list", None), ("throttled", 60)], ids=["500", "429"]
)
async def test_a_list_that_ends_early_is_no_list(
    certificates: "Certificates", what: str, retry_after: int | None
) -> None:
    tenant = contoso()
    for number in range(1100):
        quarantined(tenant, user(tenant, f"u{number}"), f"SMTP:u{number}@contoso.com")
    async with entra(tenant, certificates) as (lab, cloud):
        if what == "broken-list":
            lab.faults.plan(Fault(what="broken-list", path="/users"))
            with pytest.raises(ListBroken, match="The list of Entra users broke off at page 2"):
                await cloud.with_errors(ObjectType.USER)
        else:
            lab.faults.plan(Fault(what="throttled", path="/users", retry_after=retry_after))
            with pytest.raises(Unreachable) as caught:
                await cloud.with_errors(ObjectType.USER)
            assert caught.value.retry_after == 60
        lab.faults.clear()
        whole = await cloud.with_errors(ObjectType.USER)

    assert len(whole) == 1100


async def test_an_empty_first_page_is_not_the_end(certificates: "Certificates") -> None:
    tenant = contoso()
    quarantined(tenant, user(tenant, "Loser"), "SMTP:john@contoso.com")
    async with entra(tenant, certificates) as (lab, cloud):
        lab.faults.plan(Fault(what="empty-first-page", path="/users"))
        found = await cloud.with_errors(ObjectType.USER)

    assert names(found) == ["Loser"]


async def test_a_next_page_at_another_host_is_not_followed(certificates: "Certificates") -> None:
    async with scripted(certificates) as (graph, cloud):
        graph.replies["/users?"] = rows(
            next_link="https://graph.example.com/v1.0/users?$skiptoken=x"
        )
        with pytest.raises(Untrusted, match=r"graph\.example\.com"):
            await cloud.with_errors(ObjectType.USER)
        sent = len(graph.seen)

    assert sent == 1


async def test_a_next_page_at_another_port_of_this_machine_is_not_followed(
    certificates: "Certificates",
) -> None:
    async with scripted(certificates) as (graph, cloud), scripted(certificates) as (other, _):
        graph.replies["/users?"] = rows(next_link=f"{other.url}/v1.0/users?$skiptoken=x")
        with pytest.raises(Untrusted):
            await cloud.with_errors(ObjectType.USER)
        sent = len(other.seen)

    assert sent == 0


async def test_a_list_that_leads_back_to_itself_is_broken(certificates: "Certificates") -> None:
    async with scripted(certificates) as (graph, cloud):
        graph.replies["/users?"] = rows(next_link=f"{graph.url}/v1.0/users?$skiptoken=x")
        with pytest.raises(ListBroken, match="leads back"):
            await cloud.with_errors(ObjectType.USER)


@pytest.mark.parametrize("second", [Reply("<html>"), Reply({"value": None}), Reply("", drop=True)])
async def test_garbage_on_a_later_page_breaks_the_list(
    certificates: "Certificates", second: Reply
) -> None:
    async with scripted(certificates) as (graph, cloud):
        graph.replies["/users?"] = rows(next_link=f"{graph.url}/v1.0/users/more")
        graph.replies["/users/more"] = second
        with pytest.raises(ListBroken):
            await cloud.with_errors(ObjectType.USER)


@pytest.mark.parametrize("kept_out", [*ERROR_TYPES])
async def test_a_list_that_may_not_be_read_names_its_permission(
    certificates: "Certificates", kept_out: ObjectType
) -> None:
    permission = {"user": "User", "group": "Group", "contact": "OrgContact"}[kept_out]
    async with entra(contoso(but=f"{permission}.Read.All"), certificates) as (_, cloud):
        with pytest.raises(Refused) as caught:
            await cloud.with_errors(kept_out)

    assert f"the application permission {permission}.Read.All" in caught.value.todo
