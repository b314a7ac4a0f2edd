"""In: queries, writes, batches and planted faults, over the wire.
Out: what Graph serves and what it refuses, with its own words.
Promise: each refusal here is one the product has to live with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.lab.entra import (
    Fault,
    Kind,
    Tenant,
    add_group,
    add_public_folder,
    add_user,
)
from tests.contract.entra_server.contoso import conflict, synced

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.lab.entra import LabEntra
    from tests.contract.entra_server.conftest import Clients

EVENTUAL = {"ConsistencyLevel": "eventual"}
JSON = {"Content-Type": "application/json"}


def clauses(number: int) -> str:
    return " or ".join(f"mail eq 'a{each}@contoso.com'" for each in range(number))


def proxy(value: str) -> str:
    return f"proxyAddresses/any(p:p eq '{value}')"


async def ids(clients: Clients, target: str, **headers: str) -> list[str]:
    answer = await clients.get(target, **headers)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["value"]]


async def refusal(clients: Clients, target: str, **headers: str) -> tuple[int, str]:
    answer = await clients.get(target, **headers)
    return answer.status_code, answer.json()["error"]["code"]


async def test_fifteen_clauses_and_no_more(clients: Clients, tenant: Tenant) -> None:
    assert await ids(clients, f"/users?$filter={clauses(15)}") == []
    assert await refusal(clients, f"/users?$filter={clauses(16)}") == (
        400,
        "Request_UnsupportedQuery",
    )
    assert await ids(clients, f"/users?$count=true&$filter={clauses(16)}", **EVENTUAL) == []
    assert tenant.rules.refuse_error_filter is False


async def test_a_long_value_needs_an_advanced_query(clients: Clients) -> None:
    target = f"/users?$count=true&$filter=mail eq '{'a' * 121}'"

    assert (await refusal(clients, target))[0] == 400
    assert await ids(clients, target, **EVENTUAL) == []


async def test_a_url_has_an_end(clients: Clients) -> None:
    target = f"/users?$count=true&$filter={clauses(80)}"

    assert await refusal(clients, target, **EVENTUAL) == (414, "Request_UriTooLong")


async def test_the_case_of_smtp_matters_only_in_a_strict_tenant(
    clients: Clients, tenant: Tenant
) -> None:
    anna, _ = conflict(tenant)
    lower = await ids(clients, f"/users?$filter={proxy('smtp:john@contoso.com')}")
    tenant.rules.case_sensitive_proxy_filter = True
    strict = await ids(clients, f"/users?$filter={proxy('smtp:john@contoso.com')}")
    both = await ids(
        clients,
        f"/users?$filter={proxy('smtp:john@contoso.com')} or {proxy('SMTP:john@contoso.com')}",
    )

    assert (lower, strict, both) == ([anna.id], [], [anna.id])


async def test_a_plus_must_be_encoded(clients: Clients, tenant: Tenant) -> None:
    user = synced(tenant, "anna", "SMTP:anna+news@contoso.com")

    assert await ids(clients, f"/users?$filter={proxy('smtp:anna%2Bnews@contoso.com')}") == [
        user.id
    ]
    assert await ids(clients, f"/users?$filter={proxy('smtp:anna+news@contoso.com')}") == []


async def test_the_error_filter_may_be_refused(clients: Clients, tenant: Tenant) -> None:
    tenant.rules.refuse_error_filter = True
    wanted = (
        "/contacts?$filter=onPremisesProvisioningErrors/any(o:o/category eq 'PropertyConflict')"
    )

    assert await refusal(clients, wanted) == (400, "Request_UnsupportedQuery")


async def test_microsofts_own_ne_null_is_served(clients: Clients, tenant: Tenant) -> None:
    _, bo = conflict(tenant)
    target = "/users?$filter=onPremisesProvisioningErrors/any(o:o/category ne null)&$select=ID"

    assert await ids(clients, target) == [bo.id]


async def test_planted_entries_come_as_they_are(clients: Clients, tenant: Tenant) -> None:
    anna, _ = conflict(tenant)
    strange: dict[str, Any] = {"category": "Invented", "value": None, "somethingNew": 1}
    tenant.plant_error(anna.id, strange)
    tenant.plant_error(anna.id, None)
    answer = await clients.get(f"/users/{anna.id}?$select=onPremisesProvisioningErrors")

    assert answer.json()["onPremisesProvisioningErrors"] == [strange, None]


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/users?$top=0", 400, "Request_UnsupportedQuery"),
        ("/users?$top=1000", 400, "Request_UnsupportedQuery"),
        ("/users?$top=abc", 400, "Request_BadRequest"),
        ("/users?$skip=5", 400, "Request_BadRequest"),
        ("/users?$skiptoken=rubbish!", 400, "Directory_ExpiredPageToken"),
        ("/users?$filter=mail eq", 400, "Request_UnsupportedQuery"),
        ("/users?$filter=nothing eq 'x'", 400, "Request_UnsupportedQuery"),
        ("/users?$filter=mail ne 'x'", 400, "Request_UnsupportedQuery"),
        ("/users?$filter=onPremisesSamAccountName eq 'x'", 400, "Request_UnsupportedQuery"),
        ("/users?$filter=onPremisesDistinguishedName eq 'x'", 400, "Request_UnsupportedQuery"),
        ("/users?$orderby=displayName", 400, "Request_UnsupportedQuery"),
        ("/directory/deletedItems", 400, "Request_UnsupportedQuery"),
        ("/directory/onPremisesSynchronization", 403, "Authorization_RequestDenied"),
        ("/nowhere", 400, "BadRequest"),
        ("/users/unknown", 404, "Request_ResourceNotFound"),
    ],
)
async def test_refused(clients: Clients, target: str, status: int, code: str) -> None:
    assert await refusal(clients, target) == (status, code)


async def test_the_recycle_bin_filter_may_be_refused(clients: Clients, tenant: Tenant) -> None:
    anna, _ = conflict(tenant)
    tenant.soft_delete(anna)
    target = (
        f"/directory/deletedItems/microsoft.graph.user?$filter={proxy('smtp:john@contoso.com')}"
    )
    served = await ids(clients, target)
    tenant.rules.refuse_deleted_address_filter = True

    assert served == [anna.id]
    assert await refusal(clients, target) == (400, "Request_UnsupportedQuery")


async def test_a_hidden_owner_is_listed_nowhere(clients: Clients, tenant: Tenant) -> None:
    folder = add_public_folder(tenant, "Orders", addresses=("SMTP:orders@contoso.com",))
    bo = synced(tenant, "bo", "SMTP:bo@contoso.com", "smtp:orders@contoso.com")
    wanted = f"?$filter={proxy('SMTP:orders@contoso.com')}"
    found = [await ids(clients, f"/{name}{wanted}") for name in ("users", "groups", "contacts")]

    assert found == [[], [], []]
    assert (await clients.get(f"/users/{folder.id}")).status_code == 404
    assert bo.errors[0].value == "smtp:orders@contoso.com"


async def test_without_the_permission_nothing_is_shown(
    lab: LabEntra, tenant: Tenant, sign_in: Callable[..., Any]
) -> None:
    from bot.lab.entra import App
    from tests.contract.entra_server.conftest import SECRET

    few = App(client_id="few", secret=SECRET, roles=frozenset({"Group.Read.All"}))
    tenant.register_app(few)
    clients = await sign_in("few")

    assert await refusal(clients, "/users") == (403, "Authorization_RequestDenied")
    assert await ids(clients, "/groups") == []
    assert lab.log[-1].path == "/v1.0/groups"


async def patched(clients: Clients, user_id: str, body: Any) -> tuple[int, str]:
    answer = await clients.http.patch(f"/users/{user_id}", json=body)
    error = answer.json()["error"]["message"] if answer.content else ""
    return answer.status_code, error


async def test_what_ad_masters_is_not_written_in_the_cloud(writer: Clients, tenant: Tenant) -> None:
    anna, _ = conflict(tenant)
    status, message = await patched(writer, anna.id, {"userPrincipalName": "new@contoso.com"})

    assert status == 400
    assert message.startswith("Unable to update the specified properties for on-premises mastered")
    assert anna.user_principal_name == "anna@contoso.com"


@pytest.mark.parametrize("name", ["proxyAddresses", "onPremisesSyncEnabled", "id"])
async def test_read_only(writer: Clients, tenant: Tenant, name: str) -> None:
    user = add_user(tenant, "cy@contoso.com", display_name="Cy")

    assert await patched(writer, user.id, {name: None}) == (
        400,
        f"Property '{name}' is read-only and cannot be set.",
    )


async def test_a_misspelled_property_is_invalid(writer: Clients, tenant: Tenant) -> None:
    user = add_user(tenant, "cy@contoso.com", display_name="Cy", immutable_id="x")
    answer = await patched(writer, user.id, {"on_premises_immutable_id": None})

    assert answer == (400, "Invalid property 'on_premises_immutable_id'.")
    assert user.immutable_id == "x"


async def test_a_conflicting_write_names_the_holder_and_changes_nothing(
    writer: Clients, tenant: Tenant
) -> None:
    anna, _ = conflict(tenant)
    user = add_user(tenant, "cy@contoso.com", display_name="Cy")
    body = {"displayName": "New", "mail": "John@contoso.com"}
    answer = await writer.http.patch(f"/users/{user.id}", json=body)

    details = answer.json()["error"]["details"]
    assert [detail["target"] for detail in details] == ["proxyAddresses", f"User_{anna.id}"]
    assert (user.display_name, user.mail) == ("Cy", None)


async def test_a_new_mail_is_added_as_primary(writer: Clients, tenant: Tenant) -> None:
    user = add_user(tenant, "cy@contoso.com", display_name="Cy", addresses=("SMTP:cy@contoso.com",))
    status, _ = await patched(writer, user.id, {"mail": "cyril@contoso.com"})

    assert status == 204
    assert user.proxy_addresses == ["SMTP:cyril@contoso.com", "smtp:cy@contoso.com"]


async def test_an_administrator_is_protected(writer: Clients, tenant: Tenant) -> None:
    user = add_user(tenant, "cy@contoso.com", display_name="Cy")
    tenant.grant_role(user.id, "Global Administrator")
    status, _ = await patched(writer, user.id, {"userPrincipalName": "new@contoso.com"})

    assert status == 403
    assert user.user_principal_name == "cy@contoso.com"


async def test_delete_restore_and_no_purge(writer: Clients, tenant: Tenant) -> None:
    anna, _ = conflict(tenant)
    where = f"/directory/deletedItems/{anna.id}"
    deleted = await writer.http.delete(f"/users/{anna.id}")
    purged = await writer.http.delete(where)
    restored = await writer.http.post(f"{where}/restore")

    assert (deleted.status_code, purged.status_code, restored.status_code) == (204, 403, 200)
    assert restored.json()["id"] == anna.id
    assert (anna.sync_enabled, anna.user_principal_name) == (False, "anna@contoso.com")


async def test_a_restore_may_drop_what_others_took(writer: Clients, tenant: Tenant) -> None:
    tenant.rules.deleted_hold_addresses = False
    anna, _ = conflict(tenant)
    tenant.soft_delete(anna)
    synced(tenant, "cy", "SMTP:john@contoso.com")
    where = f"/directory/deletedItems/{anna.id}/restore"
    refused = await writer.http.post(where)
    done = await writer.http.post(where, json={"autoReconcileProxyConflict": True})

    assert (refused.status_code, done.status_code) == (400, 200)
    assert anna.proxy_addresses == [f"smtp:{anna.moera}"]


def item(number: int, url: str, **more: Any) -> dict[str, Any]:
    return {"id": str(number), "method": "GET", "url": url, **more}


async def batch(clients: Clients, items: list[dict[str, Any]]) -> Any:
    answer = await clients.http.post("/$batch", json={"requests": items})
    return answer.status_code, answer.json()


async def test_a_batch_answers_item_by_item(clients: Clients, tenant: Tenant) -> None:
    anna, _ = conflict(tenant)
    url = f"/users?$filter={proxy('smtp:john@contoso.com')}&$select=id"
    status, body = await batch(
        clients, [item(1, url), item(2, "/users/unknown"), item(3, "/users", dependsOn=["2"])]
    )
    answers = {each["id"]: each for each in body["responses"]}

    assert status == 200
    assert {number: each["status"] for number, each in answers.items()} == {
        "1": 200,
        "2": 404,
        "3": 424,
    }
    assert [row["id"] for row in answers["1"]["body"]["value"]] == [anna.id]


async def test_a_batch_has_twenty_items_with_names_of_their_own(clients: Clients) -> None:
    many = [item(number, "/users") for number in range(21)]
    twice = [{**item(1, "/users"), "id": "a"}, {**item(2, "/users"), "id": "A"}]

    assert (await batch(clients, many))[0] == 400
    assert (await batch(clients, twice))[0] == 400


async def test_one_item_of_a_batch_is_throttled(clients: Clients, lab: LabEntra) -> None:
    lab.faults.plan(Fault(what="throttled", path="/contacts", retry_after=7))
    _, body = await batch(clients, [item(1, "/users"), item(2, "/contacts")])
    answers = {each["id"]: each for each in body["responses"]}

    assert (answers["1"]["status"], answers["2"]["status"]) == (200, 429)
    assert answers["2"]["headers"]["Retry-After"] == "7"
    assert [seen.path for seen in lab.batched] == ["/users", "/contacts"]


async def test_a_page_of_errors_instead_of_json(clients: Clients, lab: LabEntra) -> None:
    lab.faults.plan(Fault(what="html", path="/users"))
    lab.faults.plan(Fault(what="forbidden", path="/groups"))
    lab.faults.plan(Fault(what="unavailable", path="/contacts", retry_after=3))
    html, forbidden = await clients.get("/users"), await clients.get("/groups")
    unavailable = await clients.get("/contacts")

    assert (html.status_code, html.headers["Content-Type"]) == (500, "text/html")
    assert (forbidden.status_code, forbidden.content) == (403, b"")
    assert (unavailable.status_code, unavailable.headers["Retry-After"]) == (503, "3")
    assert (await clients.get("/users")).status_code == 200


async def test_a_list_breaks_off_after_its_first_page(
    clients: Clients, lab: LabEntra, tenant: Tenant
) -> None:
    conflict(tenant)
    lab.faults.plan(Fault(what="broken-list", path="/users", after_page=1))
    first = await clients.get("/users?$top=1")
    second = await clients.get(first.json()["@odata.nextLink"])

    assert (first.status_code, second.status_code) == (200, 500)


async def test_an_empty_first_page_is_not_the_end(
    clients: Clients, lab: LabEntra, tenant: Tenant
) -> None:
    conflict(tenant)
    lab.faults.plan(Fault(what="empty-first-page", path="/users"))
    first = (await clients.get("/users?$select=id")).json()
    second = (await clients.get(first["@odata.nextLink"])).json()

    assert first["value"] == []
    assert len(second["value"]) == 2


async def test_the_connection_ends_within_a_page(
    clients: Clients, lab: LabEntra, tenant: Tenant
) -> None:
    conflict(tenant)
    lab.faults.plan(Fault(what="drop", path="/users"))
    with pytest.raises(httpx.TransportError):
        await clients.get("/users")

    assert (await clients.get("/users")).status_code == 200


async def test_the_answer_carries_the_documented_headers(clients: Clients) -> None:
    answer = await clients.get("/groups", **{"client-request-id": "mine"})

    assert answer.headers["client-request-id"] == "mine"
    assert answer.headers["x-ms-resource-unit"] == "1"
    assert answer.headers["odata-version"] == "4.0"
    assert answer.headers["Content-Type"].startswith("application/json; odata.metadata=minimal")


async def test_rows_that_go_between_pages_hide_no_other(clients: Clients, tenant: Tenant) -> None:
    groups = [add_group(tenant, f"G{number}") for number in range(4)]
    first = (await clients.get("/groups?$top=2&$select=id")).json()
    tenant.purge(groups[0].id)
    second = (await clients.get(first["@odata.nextLink"])).json()

    assert [row["id"] for row in second["value"]] == [groups[2].id, groups[3].id]
    assert groups[3].kind is Kind.GROUP
