"""In: ids of objects in the lab's Entra. Out: what they are, which roles they hold, who manages them.
Promise: many share a request; what the app may not read is told once, and is never an answer.
"""

import asyncio
from typing import TYPE_CHECKING

from bot.model import CloudObject, Gap, ObjectType, Standing
from tests.contract.entra.lab import READER, contact, contoso, entra, group, names, user

if TYPE_CHECKING:
    from bot.lab.certs import Certificates
    from bot.lab.entra import Tenant

ANCHOR = "EjRWeJCrze8SNFZ4kKvN7w=="
BEHAVIOR = frozenset(f"{w}-OnPremisesSyncBehavior.Read.All" for w in ("User", "Group", "Contacts"))
NOBODY = "00000000-0000-4000-8000-000000000000"


def with_behavior(*, but: str = "") -> "Tenant":
    tenant = contoso()
    (app,) = tenant.apps.values()
    tenant.register_app(
        type(app)(client_id=app.client_id, secret=app.secret, roles=READER | BEHAVIOR - {but})
    )
    return tenant


async def test_an_id_is_found_whatever_it_is_of(certificates: "Certificates") -> None:
    tenant = contoso()
    made = [user(tenant, "John"), group(tenant, "Team"), contact(tenant, "Partner")]
    for binned in (user(tenant, "Gone"), group(tenant, "Old team", group_types=["Unified"])):
        tenant.soft_delete(binned)
        made.append(binned)
    async with entra(tenant, certificates) as (_, cloud):
        found = await cloud.by_ids([*(each.id for each in made), NOBODY, "not an id"])
        sent = cloud.requests

    objects = [o for f in found.values() for o in f.objects]
    assert [(o.name, o.type, o.deleted_at is not None) for o in objects] == [
        ("John", ObjectType.USER, False),
        ("Team", ObjectType.GROUP, False),
        ("Partner", ObjectType.CONTACT, False),
        ("Gone", ObjectType.USER, True),
        ("Old team", ObjectType.GROUP, True),
    ]
    assert found[NOBODY].searched == (
        "Entra users",
        "Entra groups",
        "Entra contacts",
        "Entra recycle bin (users)",
        "Entra recycle bin (groups)",
    )
    assert sent == 2  # four places for each of six ids, twenty to a request


async def test_a_place_the_app_may_not_look_is_a_gap(certificates: "Certificates") -> None:
    tenant = contoso(but="OrgContact.Read.All")
    john = user(tenant, "John")
    async with entra(tenant, certificates) as (_, cloud):
        found = await cloud.by_ids([john.id])

    assert names(found[john.id].objects) == ["John"]
    assert found[john.id].gaps == (Gap("Entra", "contacts", "no permission OrgContact.Read.All"),)
    assert "Entra contacts" not in found[john.id].searched


async def test_names_numbers_and_kinds_are_read(certificates: "Certificates") -> None:
    tenant = contoso()
    more = {"givenName": "Ann", "surname": "Berg", "employeeId": "4711"}
    ann = user(tenant, "Ann", attributes=more)
    team = group(tenant, "Team", group_types=["Unified"])
    plain = group(tenant, "Plain")
    partner = contact(tenant, "Partner", attributes={"givenName": "Per", "surname": "Ås"})
    async with entra(tenant, certificates) as (_, cloud):
        found = await cloud.by_ids([each.id for each in (ann, team, plain, partner)])

    person, one, other, outside = (f.objects[0] for f in found.values())
    assert (person.given_name, person.surname, person.employee_id) == ("Ann", "Berg", "4711")
    assert (one.unified, other.unified) == (True, False)
    assert (outside.given_name, outside.surname) == ("Per", "Ås")


async def test_many_anchors_share_requests(certificates: "Certificates") -> None:
    tenant = contoso()
    anchors = [f"{chr(65 + n) * 22}==" for n in range(20)]
    for anchor in anchors:
        user(tenant, f"u{anchor[:1]}", immutable_id=anchor)
    async with entra(tenant, certificates) as (_, cloud):
        found = await cloud.by_anchors([*anchors, ANCHOR, ""])
        sent = cloud.requests

    assert [len(found[anchor].objects) for anchor in (*anchors, ANCHOR, "")] == [1] * 20 + [0, 0]
    assert sent == 1


async def test_roles_of_many_accounts_share_requests(certificates: "Certificates") -> None:
    tenant = contoso()
    people = [user(tenant, f"u{n}") for n in range(25)]
    helpers = group(tenant, "Helpers", members=[people[1].id, people[2].id])
    tenant.grant_role(people[0].id, "Global Administrator")
    tenant.grant_role(helpers.id, "Helpdesk Administrator")
    tenant.grant_role(people[3].id, "Global Reader", eligible=True)
    async with entra(tenant, certificates) as (_, cloud):
        told = await cloud.standings([each.id for each in people])
        sent = cloud.requests

    held = {p.display_name: told[p.id].roles for p in people if told[p.id].roles}
    assert held == {
        "u0": ("Global Administrator",),
        "u1": ("Helpdesk Administrator",),
        "u2": ("Helpdesk Administrator",),
        "u3": ("Global Reader",),
    }
    # four questions an account, twenty to a request; the group's own roles; the names of eligible ones
    assert sent == 5 + 1 + 1


async def test_roles_of_an_account_that_has_gone_are_unknown(certificates: "Certificates") -> None:
    tenant = contoso()
    ann = user(tenant, "Ann")
    async with entra(tenant, certificates) as (_, cloud):
        told = await cloud.standings([ann.id, NOBODY])

    assert told == {ann.id: Standing(ann.id, ()), NOBODY: Standing(NOBODY, None)}


async def test_no_accounts_cost_no_request(certificates: "Certificates") -> None:
    async with entra(contoso(), certificates) as (_, cloud):
        told = [await cloud.standings([]), await cloud.by_ids([]), await cloud.by_anchors([])]
        managed = await cloud.who_manages([])
        sent = cloud.requests

    assert (told, managed.objects, sent) == ([{}, {}, {}], (), 0)


def seen(made: "object", type_: ObjectType = ObjectType.USER) -> CloudObject:
    return CloudObject(id=made.id, type=type_, name=made.display_name, synced=True)  # type: ignore[attr-defined]


async def test_who_manages_an_object(certificates: "Certificates") -> None:
    tenant = with_behavior()
    ann, moved = user(tenant, "Ann"), user(tenant, "Moved", cloud_managed=True)
    team, partner = group(tenant, "Team", cloud_managed=True), contact(tenant, "Partner")
    asked = [
        seen(ann),
        seen(moved),
        seen(team, ObjectType.GROUP),
        seen(partner, ObjectType.CONTACT),
    ]
    async with entra(tenant, certificates) as (_, cloud):
        told = await cloud.who_manages(asked)
        sent = cloud.requests

    managed = {o.name: o.cloud_managed for o in told.objects}
    assert managed == {"Ann": False, "Moved": True, "Team": True, "Partner": False}
    assert (told.gaps, sent) == ((), 1)


async def test_without_the_right_it_is_asked_once_and_told_in_one_gap(
    certificates: "Certificates",
) -> None:
    tenant = contoso()
    asked = [seen(user(tenant, "Ann")), seen(group(tenant, "Team"), ObjectType.GROUP)]
    async with entra(tenant, certificates) as (_, cloud):
        first = await cloud.who_manages(asked)
        second = await cloud.who_manages(asked)
        sent = cloud.requests

    why = "no permission Group-OnPremisesSyncBehavior.Read.All or User-OnPremisesSyncBehavior.Read.All"
    assert first.gaps == (Gap("Entra", "who manages it (isCloudManaged)", why),)
    assert second == first
    assert [o.cloud_managed for o in first.objects] == [None, None]
    assert sent == 1


async def test_a_right_for_users_alone_answers_for_users(certificates: "Certificates") -> None:
    tenant = with_behavior(but="Group-OnPremisesSyncBehavior.Read.All")
    asked = [seen(user(tenant, "Ann")), seen(group(tenant, "Team"), ObjectType.GROUP)]
    async with entra(tenant, certificates) as (_, cloud):
        told = await cloud.who_manages(asked)

    assert {o.name: o.cloud_managed for o in told.objects} == {"Ann": False, "Team": None}
    assert len(told.gaps) == 1


async def test_an_object_that_has_gone_leaves_the_others_their_answer(
    certificates: "Certificates",
) -> None:
    tenant = with_behavior()
    ann, gone = user(tenant, "Ann"), user(tenant, "Gone")
    tenant.soft_delete(gone)
    async with entra(tenant, certificates) as (_, cloud):
        told = await cloud.who_manages([seen(ann), seen(gone)])

    assert {o.name: o.cloud_managed for o in told.objects} == {"Ann": False, "Gone": None}
    assert [g.why for g in told.gaps] == ["Graph does not show it for every object"]


async def test_who_asks_about_one_value_waits_behind_none_of_the_thousands(
    certificates: "Certificates",
) -> None:
    tenant = contoso()
    john = user(tenant, "John", "SMTP:john@contoso.com")
    ids = [user(tenant, f"u{n}").id for n in range(1000)]
    async with entra(tenant, certificates) as (_, cloud):
        await cloud.facts()
        mass = asyncio.create_task(cloud.objects([(ObjectType.USER, each) for each in ids]))
        await asyncio.sleep(0)
        found = await cloud.holders(["john@contoso.com"])
        sent, under_way = cloud.requests, not mass.done()
        read = await mass

    assert [o.id for o in found["john@contoso.com"].objects] == [john.id]
    assert under_way
    assert sent < 25  # of the fifty that the thousand take
    assert len(read) == 1000
