"""In: msgraph-sdk, generated from Microsoft's metadata.
Out: what the lab's Graph looks like through it.
Promise: every property the lab sends is one the SDK's models know, with the type they expect.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.user import User
from msgraph.generated.users.users_request_builder import UsersRequestBuilder

from bot.lab.entra import Fault, Kind, add_group, assign_licence
from bot.lab.entra.schema import PROPERTIES
from tests.contract.entra_server.contoso import conflict, synced

if TYPE_CHECKING:
    from bot.lab.entra import LabEntra, Tenant
    from tests.contract.entra_server.conftest import Clients

ERRORS = "onPremisesProvisioningErrors/any(o:o/category eq 'PropertyConflict')"


def query(**options: Any) -> Any:
    advanced = options.pop("advanced", False)
    parameters = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(
        **options, count=True if advanced else None
    )
    configuration = RequestConfiguration(query_parameters=parameters)
    configuration.headers = HeadersCollection()
    if advanced:
        configuration.headers.add("ConsistencyLevel", "eventual")
    return configuration


async def pages(clients: Clients, configuration: Any) -> list[dict[str, Any]]:
    """The list as the product reads it: bytes, then nextLink until there is none."""
    request = clients.graph.users.to_get_request_information(configuration)
    found = []
    while True:
        raw = await clients.adapter.send_primitive_async(request, "bytes", {"XXX": ODataError})
        found.append(json.loads(raw))
        if "@odata.nextLink" not in found[-1]:
            return found
        following = clients.graph.users.with_url(found[-1]["@odata.nextLink"])
        request = following.to_get_request_information()


async def test_the_error_list_in_bytes(clients: Clients, tenant: Tenant) -> None:
    _anna, bo = conflict(tenant)
    [page] = await pages(
        clients, query(filter=ERRORS, select=["id", "onPremisesProvisioningErrors"], top=999)
    )

    assert page["value"] == [
        {
            "id": bo.id,
            "onPremisesProvisioningErrors": [
                {
                    "category": "PropertyConflict",
                    "occurredDateTime": f"{bo.errors[0].occurred:%Y-%m-%dT%H:%M:%SZ}",
                    "propertyCausingError": "ProxyAddresses",
                    "value": "smtp:john@contoso.com",
                }
            ],
        }
    ]


async def test_pages_follow_next_links(clients: Clients, tenant: Tenant, lab: LabEntra) -> None:
    names = [f"user{number:03d}" for number in range(25)]
    for number, name in enumerate(names, start=1):
        synced(tenant, name, number=number)
    found = await pages(clients, query(select=["userPrincipalName"], top=10, advanced=True))

    assert [len(page["value"]) for page in found] == [10, 10, 5]
    assert found[0]["@odata.count"] == 25
    assert found[0]["@odata.nextLink"].startswith(f"{lab.graph_url}/users?")
    upns = [row["userPrincipalName"] for page in found for row in page["value"]]
    assert upns == [f"{name}@contoso.com" for name in names]


@pytest.mark.parametrize("kind", list(PROPERTIES))
async def test_each_property_is_one_the_sdk_knows(
    clients: Clients, tenant: Tenant, kind: Kind
) -> None:
    synced(tenant, "anna", "SMTP:john@contoso.com")
    loser = synced(tenant, "bo", "SMTP:john@contoso.com", "sip:bo@contoso.com", kind=kind)
    if kind is Kind.USER:
        assign_licence(tenant, loser, "SPE_E3")
    builders = {
        Kind.USER: clients.graph.users.by_user_id,
        Kind.GROUP: clients.graph.groups.by_group_id,
        Kind.CONTACT: clients.graph.contacts.by_org_contact_id,
    }
    names = [each.name for each in PROPERTIES[kind].values()]
    configuration = query(select=names)
    model = await builders[kind](loser.id).get(configuration)

    assert set(model.additional_data) == {"@odata.context"}
    assert model.id == loser.id
    assert model.on_premises_sync_enabled is True
    assert isinstance(model.on_premises_last_sync_date_time, datetime)
    [error] = model.on_premises_provisioning_errors
    assert (error.category, error.property_causing_error, error.value, error.additional_data) == (
        "PropertyConflict",
        "ProxyAddresses",
        "SMTP:john@contoso.com",
        {},
    )
    assert isinstance(error.occurred_date_time, datetime)


async def test_what_needs_select_is_not_sent_unasked(clients: Clients, tenant: Tenant) -> None:
    anna, _ = conflict(tenant)
    user = await clients.graph.users.by_user_id(anna.id).get()
    group = synced(tenant, "sales", "SMTP:sales@contoso.com", kind=Kind.GROUP)
    shown = await clients.graph.groups.by_group_id(group.id).get()

    assert user.mail == "john@contoso.com"
    assert (user.proxy_addresses, user.on_premises_sync_enabled, user.created_date_time) == (
        None,
        None,
        None,
    )
    assert shown.proxy_addresses == ["SMTP:sales@contoso.com", "smtp:sales@contoso.onmicrosoft.com"]
    assert shown.on_premises_provisioning_errors == []


async def test_errors_map_to_the_sdks_error(clients: Clients) -> None:
    with pytest.raises(ODataError) as caught:
        await clients.graph.users.by_user_id("99999999-0000-4000-8000-000000000000").get()

    assert caught.value.response_status_code == 404
    assert caught.value.error.code == "Request_ResourceNotFound"
    assert caught.value.error.inner_error.request_id


async def test_a_throttled_list_is_read_after_the_wait(
    clients: Clients, tenant: Tenant, lab: LabEntra
) -> None:
    conflict(tenant)
    lab.faults.plan(Fault(what="throttled", path="/users", times=2, retry_after=0))
    [page] = await pages(clients, query(filter=ERRORS, select=["id"]))

    assert len(page["value"]) == 1
    assert lab.counters["/v1.0/users"] == 3


async def test_the_recycle_bin(clients: Clients, tenant: Tenant) -> None:
    anna, _ = conflict(tenant)
    tenant.soft_delete(anna)
    found = await clients.graph.directory.deleted_items.graph_user.get()
    whole = await clients.graph.directory.deleted_items.by_directory_object_id(anna.id).get()

    assert [user.id for user in found.value] == [anna.id]
    assert isinstance(whole, User)
    assert whole.user_principal_name == anna.id.replace("-", "") + "anna@contoso.com"


async def test_roles_and_members(clients: Clients, tenant: Tenant) -> None:
    anna, bo = conflict(tenant)
    admins = add_group(tenant, "Admins", members=(anna.id,))
    nested = add_group(tenant, "All", members=(admins.id, bo.id))
    tenant.grant_role(admins.id, "User Administrator")
    tenant.grant_role(bo.id, "Global Reader", eligible=True)
    held = await clients.graph.users.by_user_id(
        anna.id
    ).transitive_member_of.graph_directory_role.get()
    eligible = await clients.graph.users.by_user_id(
        bo.id
    ).transitive_member_of.graph_directory_role.get()
    members = await clients.graph.groups.by_group_id(nested.id).transitive_members.get()

    assert [role.display_name for role in held.value] == ["User Administrator"]
    assert eligible.value == []
    assert [type(each).__name__ for each in members.value] == ["User", "User", "Group"]


async def test_role_assignments_by_principal(clients: Clients, tenant: Tenant) -> None:
    anna, bo = conflict(tenant)
    direct = tenant.grant_role(anna.id, "User Administrator")
    eligible = tenant.grant_role(bo.id, "Global Reader", eligible=True)
    where = "/roleManagement/directory"
    held = await clients.get(f"{where}/roleAssignments?$filter=principalId eq '{anna.id}'")
    may = await clients.get(
        f"{where}/roleEligibilityScheduleInstances?$filter=principalId eq '{bo.id}'"
    )

    assert [row["id"] for row in held.json()["value"]] == [direct.id]
    assert [row["id"] for row in may.json()["value"]] == [eligible.id]


async def test_the_tenant_itself(clients: Clients, tenant: Tenant) -> None:
    [organization] = (await clients.graph.organization.get()).value
    domains = (await clients.graph.domains.get()).value

    assert organization.id == tenant.tenant_id
    assert organization.on_premises_sync_enabled is None
    assert organization.additional_data == {}
    assert [domain.id for domain in domains if domain.is_initial] == ["contoso.onmicrosoft.com"]
    assert domains[0].additional_data == {}


async def test_licences(clients: Clients, tenant: Tenant) -> None:
    anna, _ = conflict(tenant)
    assign_licence(tenant, anna, "SPE_E3")
    [detail] = (await clients.graph.users.by_user_id(anna.id).license_details.get()).value

    assert detail.sku_part_number == "SPE_E3"
    assert detail.additional_data == {}
    assert detail.service_plans[0].service_plan_name == "EXCHANGE_S_ENTERPRISE"
