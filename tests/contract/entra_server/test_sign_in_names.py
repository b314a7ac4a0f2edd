"""In: sign-in names that an app sets, over the wire, and answers that get lost on the way.
Out: what the lab's Entra makes of them.
Promise: what a write did is what the tenant holds, whatever its caller was told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from bot.lab.entra import Fault, Incoming, Kind, Shadow, add_user, assign_licence, export
from tests.contract.entra_server.contoso import synced

if TYPE_CHECKING:
    from bot.lab.entra import LabEntra, Tenant
    from tests.contract.entra_server.conftest import Clients

NEW = "new@contoso.com"


async def renamed(writer: Clients, user_id: str, name: str = NEW) -> int:
    answer = await writer.http.patch(f"/users/{user_id}", json={"userPrincipalName": name})
    return answer.status_code


async def shown(clients: Clients, user_id: str) -> str:
    answer = await clients.get(f"/users/{user_id}?$select=userPrincipalName")
    return str(answer.json()["userPrincipalName"])


@pytest.mark.parametrize(
    ("follows_ad", "writable", "status"),
    [(True, True, 400), (False, False, 400), (False, True, 204)],
)
async def test_the_name_of_a_synchronized_user_is_ads_while_entra_follows_ad(
    writer: Clients,
    tenant: Tenant,
    follows_ad: bool,  # noqa: FBT001 -- a case of the table
    writable: bool,  # noqa: FBT001 -- a case of the table
    status: int,
) -> None:
    tenant.rules.synchronize_upn_for_managed_users = follows_ad
    tenant.rules.synced_sign_in_name_writable = writable
    anna = synced(tenant, "anna")

    assert await renamed(writer, anna.id) == status
    assert anna.user_principal_name == (NEW if status == 204 else "anna@contoso.com")


async def test_nothing_else_of_a_synchronized_user_becomes_writable(
    writer: Clients, tenant: Tenant
) -> None:
    tenant.rules.synchronize_upn_for_managed_users = False
    anna = synced(tenant, "anna")
    body = {"userPrincipalName": NEW, "displayName": "New"}
    answer = await writer.http.patch(f"/users/{anna.id}", json=body)

    assert answer.status_code == 400
    assert (anna.user_principal_name, anna.display_name) == ("anna@contoso.com", "anna")


async def test_the_next_sync_leaves_a_licensed_user_the_name_that_was_set(
    writer: Clients, tenant: Tenant
) -> None:
    tenant.rules.synchronize_upn_for_managed_users = False
    anna = synced(tenant, "anna")
    assign_licence(tenant, anna, "ENTERPRISEPACK")
    await renamed(writer, anna.id)
    again = Incoming(
        kind=Kind.USER,
        anchor="anchor-anna",
        object_guid="guid-anna",
        distinguished_name="CN=anna,OU=People,DC=contoso,DC=com",
        shadow=Shadow(user_principal_name="anna@contoso.com"),
    )
    export(tenant, again)

    assert anna.user_principal_name == NEW


@pytest.mark.parametrize(
    ("what", "held"), [("request-lost", "cy@contoso.com"), ("answer-lost", NEW)]
)
async def test_a_lost_answer_tells_nothing_of_what_was_done(
    writer: Clients, lab: LabEntra, tenant: Tenant, what: str, held: str
) -> None:
    cy = add_user(tenant, "cy@contoso.com", display_name="Cy")
    lab.faults.plan(Fault(what=what, path="/users", method="PATCH"))  # type: ignore[arg-type]
    await writer.get(f"/users/{cy.id}")
    with pytest.raises(httpx.TransportError):
        await renamed(writer, cy.id)

    assert cy.user_principal_name == held
    assert [seen.method for seen in lab.log].count("PATCH") == 1


async def test_reads_that_lag_show_the_name_before_and_then_the_new_one(
    writer: Clients, lab: LabEntra, tenant: Tenant
) -> None:
    cy = add_user(tenant, "cy@contoso.com", display_name="Cy")
    lab.faults.plan(Fault(what="lagging", path="/users", times=2))
    before = await shown(writer, cy.id)
    await renamed(writer, cy.id)
    after = [await shown(writer, cy.id) for _ in range(3)]

    assert before == "cy@contoso.com"
    assert after == ["cy@contoso.com", "cy@contoso.com", NEW]
    assert cy.user_principal_name == NEW
