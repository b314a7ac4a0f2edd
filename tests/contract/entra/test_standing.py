"""In: anchors of people with and without roles. Out: their standing.
What the lab grants; groups, names and pages as Graph's documentation shows them are scripted.
Promise: what cannot be read whole is None, never an empty list.
"""

from typing import TYPE_CHECKING

import pytest

from bot.model import Standing
from tests.contract.entra.lab import contoso, entra, group, user
from tests.contract.entra.scripted import Reply, refusal, rows, scripted

if TYPE_CHECKING:
    from bot.entra.cloud import EntraCloud
    from bot.lab.certs import Certificates
    from tests.contract.entra.scripted import Scripted

ANCHOR = "EjRWeJCrze8SNFZ4kKvN7w=="
ACCOUNT = "cccccccc-2222-3333-4444-dddddddddddd"
ADMINS = "eeeeeeee-5555-6666-7777-ffffffffffff"
GLOBAL = "62e90394-69f5-4237-9190-012177145e10"
CUSTOM = "12345678-aaaa-bbbb-cccc-1234567890ab"


def somebody(graph: "Scripted", **replies: Reply) -> None:
    """A person without any role, but for `replies`."""
    graph.replies |= {
        "/users?": rows({"id": ACCOUNT, "onPremisesImmutableId": ANCHOR}),
        f"/users/{ACCOUNT}/transitiveMemberOf/microsoft.graph.directoryRole": replies.get(
            "active", rows()
        ),
        f"/users/{ACCOUNT}/transitiveMemberOf/microsoft.graph.group": replies.get("groups", rows()),
        "/roleManagement/directory/roleAssignments?": replies.get("assigned", rows()),
        "/roleManagement/directory/roleEligibilityScheduleInstances?": replies.get(
            "eligible", rows()
        ),
    }


async def roles_of(cloud: "EntraCloud") -> tuple[str, ...] | None:
    standing = await cloud.standing(ANCHOR)
    assert standing.object_id == ACCOUNT
    return standing.roles


async def test_nobody_has_this_anchor(certificates: "Certificates") -> None:
    async with entra(contoso(), certificates) as (_, cloud):
        standing = await cloud.standing(ANCHOR)

    assert standing == Standing(None, ())


async def test_an_ordinary_person_holds_nothing(certificates: "Certificates") -> None:
    async with scripted(certificates) as (graph, cloud):
        somebody(graph)
        roles = await roles_of(cloud)
        sent = cloud.requests

    assert roles == ()
    assert sent == 2


async def test_roles_held_directly_or_through_a_group_are_told_once(
    certificates: "Certificates",
) -> None:
    async with scripted(certificates) as (graph, cloud):
        row = {"id": "instance", "displayName": "Global Administrator", "roleTemplateId": GLOBAL}
        somebody(
            graph,
            active=rows(row),
            assigned=rows({"id": "a", "principalId": ACCOUNT, "roleDefinitionId": GLOBAL}),
        )
        roles = await roles_of(cloud)

    assert roles == ("Global Administrator",)


async def test_a_role_one_may_take_counts_and_is_named(certificates: "Certificates") -> None:
    async with scripted(certificates) as (graph, cloud):
        somebody(
            graph,
            eligible=rows(
                {"id": "e1", "principalId": ACCOUNT, "roleDefinitionId": GLOBAL},
                {"id": "e2", "principalId": ACCOUNT, "roleDefinitionId": CUSTOM},
            ),
        )
        path = "/roleManagement/directory/roleDefinitions"
        graph.replies[f"{path}/{GLOBAL}"] = Reply(
            {"id": GLOBAL, "displayName": "Global Administrator"}
        )
        graph.replies[f"{path}/{CUSTOM}"] = refusal(404, "Request_ResourceNotFound")
        roles = await roles_of(cloud)

    assert roles == (CUSTOM, "Global Administrator")


async def test_a_role_one_may_take_as_member_of_a_group_counts(
    certificates: "Certificates",
) -> None:
    async with scripted(certificates) as (graph, cloud):
        somebody(
            graph,
            groups=rows(
                {"id": ADMINS, "isAssignableToRole": True},
                {"id": CUSTOM, "isAssignableToRole": None},
            ),
        )
        eligible = "/roleManagement/directory/roleEligibilityScheduleInstances"
        graph.replies[f"{eligible}?$filter=principalId%20eq%20%27{ADMINS}%27"] = rows(
            {"id": "e", "principalId": ADMINS, "roleDefinitionId": GLOBAL}
        )
        graph.replies["/roleManagement/directory/roleDefinitions"] = Reply(
            {"id": GLOBAL, "displayName": "Global Administrator"}
        )
        roles = await roles_of(cloud)
        about_plain_group = [each for each in graph.seen if CUSTOM in each]

    assert roles == ("Global Administrator",)
    assert about_plain_group == []


@pytest.mark.parametrize("part", ["active", "groups", "assigned", "eligible"])
@pytest.mark.parametrize("how", ["forbidden", "longer"])
async def test_roles_that_cannot_be_read_whole_are_unknown(
    certificates: "Certificates", part: str, how: str
) -> None:
    async with scripted(certificates) as (graph, cloud):
        unread = (
            refusal(403, "Authorization_RequestDenied")
            if how == "forbidden"
            else rows({"id": "one"}, next_link=f"{graph.url}/v1.0/more")
        )
        somebody(graph, **{part: unread})
        roles = await roles_of(cloud)

    assert roles is None


async def test_without_the_right_to_read_roles_they_are_unknown_in_the_lab_too(
    certificates: "Certificates",
) -> None:
    tenant = contoso(but="RoleManagement.Read.Directory")
    made = user(tenant, "Admin", immutable_id=ANCHOR)
    tenant.grant_role(made.id, "Global Administrator")
    async with entra(tenant, certificates) as (_, cloud):
        standing = await cloud.standing(ANCHOR)

    assert standing == Standing(made.id, None)


async def test_the_labs_tenant_tells_direct_inherited_eligible_and_none(
    certificates: "Certificates",
) -> None:
    tenant = contoso()
    people = {name: user(tenant, name, immutable_id=f"{name * 22}==") for name in "abcd"}
    helpers = group(tenant, "Helpers", members=[people["b"].id])
    readers = group(tenant, "Readers", members=[people["c"].id])
    tenant.grant_role(people["a"].id, "Global Administrator")
    tenant.grant_role(helpers.id, "Helpdesk Administrator")
    tenant.grant_role(readers.id, "Global Reader", eligible=True)
    async with entra(tenant, certificates) as (_, cloud):
        told = {name: await cloud.standing(f"{name * 22}==") for name in people}

    assert told == {
        "a": Standing(people["a"].id, ("Global Administrator",)),
        "b": Standing(people["b"].id, ("Helpdesk Administrator",)),
        "c": Standing(people["c"].id, ("Global Reader",)),
        "d": Standing(people["d"].id, ()),
    }
