"""In: a tenant in which people and the sync change things. Out: what changed since a token, read from the lab and scripted.
Promise: every object comes as it is now, whole; a token that Graph forgot means the whole list, never a shorter one.
"""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import ListBroken, Refused, Untrusted
from bot.model import Changed, ObjectType
from tests.contract.entra.lab import contact, contoso, entra, group, names, user
from tests.contract.entra.scripted import Reply, refusal, rows, scripted

if TYPE_CHECKING:
    from bot.lab.certs import Certificates

ID = "00000000-0000-4000-8000-00000000000{}"
USER = ObjectType.USER


def moved(tenant: object, held: object, **values: object) -> None:
    for name, value in values.items():
        setattr(held, name, value)
    tenant.reindex(held)  # type: ignore[attr-defined]


async def test_without_a_token_all_synchronized_objects_come(certificates: "Certificates") -> None:
    tenant = contoso()
    user(tenant, "Anna", "SMTP:anna@contoso.com", sync_enabled=True)
    user(tenant, "Cloudy", sync_enabled=None)
    group(tenant, "Team", sync_enabled=True)
    contact(tenant, "Partner", sync_enabled=True)
    async with entra(tenant, certificates) as (_, cloud):
        found = [
            await cloud.changed(each, "") for each in ObjectType if each is not ObjectType.OTHER
        ]

    assert [names(each.objects) for each in found] == [["Anna"], ["Team"], ["Partner"]]
    assert [each.whole for each in found] == [True] * 3
    assert all(each.token for each in found)


async def test_with_a_token_only_what_changed_comes_but_whole(certificates: "Certificates") -> None:
    tenant = contoso()
    anna = user(tenant, "Anna", "SMTP:anna@contoso.com", sync_enabled=True)
    user(tenant, "Bo", sync_enabled=True)
    async with entra(tenant, certificates) as (_, cloud):
        first = await cloud.changed(USER, "")
        moved(tenant, anna, mail_nickname="annika", licences=["SPE_E3"])
        second = await cloud.changed(USER, first.token)
        third = await cloud.changed(USER, second.token)
    [read] = second.objects

    assert (read.mail_nickname, read.licensed) == ("annika", True)
    assert read.proxy_addresses == ("SMTP:anna@contoso.com",)  # which did not change
    assert second.whole is False
    assert (third.objects, third.gone) == ((), frozenset())


async def test_who_left_is_gone_wherever_they_went(certificates: "Certificates") -> None:
    tenant = contoso()
    held = [user(tenant, name, sync_enabled=True) for name in ("Anna", "Bo", "Cai", "Dag")]
    async with entra(tenant, certificates) as (_, cloud):
        first = await cloud.changed(USER, "")
        tenant.soft_delete(held[0])
        tenant.purge(held[1].id)
        moved(tenant, held[2], sync_enabled=False)
        second = await cloud.changed(USER, first.token)

    assert second.gone == {each.id for each in held[:3]}
    assert second.objects == ()


@pytest.mark.parametrize("token", ["made up", "too old"])
async def test_a_token_that_graph_forgot_means_the_whole_list(
    certificates: "Certificates", token: str
) -> None:
    tenant = contoso()
    user(tenant, "Anna", sync_enabled=True)
    async with entra(tenant, certificates) as (_, cloud):
        first = await cloud.changed(USER, "")
        for name, mark in tenant.delta.bookmarks.items():
            tenant.delta.bookmarks[name] = replace(mark, made=mark.made - timedelta(days=8))
        found = await cloud.changed(USER, first.token if token == "too old" else token)

    assert (found.whole, names(found.objects)) == (True, ["Anna"])


async def test_many_changes_come_in_pages(certificates: "Certificates") -> None:
    tenant = contoso()
    held = [user(tenant, f"P{n}", sync_enabled=True) for n in range(450)]
    async with entra(tenant, certificates) as (_, cloud):
        first = await cloud.changed(USER, "")
        for each in held:
            moved(tenant, each, display_name=f"{each.display_name} Berg")
        found = await cloud.changed(USER, first.token)

    assert (len(found.objects), found.whole) == (450, False)


async def test_a_missing_permission_is_named(certificates: "Certificates") -> None:
    async with entra(contoso(but="Group.Read.All"), certificates) as (_, cloud):
        with pytest.raises(Refused) as refused:
            await cloud.changed(ObjectType.GROUP, "")

    assert "Group.Read.All" in str(refused.value)


# ---------------------------------------------------------------- what the lab never does

SINCE = "/users/delta?$deltatoken=t1"
LATEST = "/users/delta?$deltatoken=latest"


def page(*ids: str, link: str = "@odata.deltaLink", to: str) -> Reply:
    return Reply({"value": [{"id": id_} for id_ in ids], link: to})


async def test_an_empty_page_in_the_middle_is_not_the_end(certificates: "Certificates") -> None:
    async with scripted(certificates) as (graph, cloud):
        root = f"{graph.url}/v1.0/users/delta"
        graph.replies = {
            SINCE: page(link="@odata.nextLink", to=f"{root}?$skiptoken=a"),
            "/users/delta?$skiptoken=a": page(ID.format(1), to=f"{root}?$deltatoken=t2"),
            f"/users/{ID.format(1)}": Reply(
                {"id": ID.format(1), "displayName": "Anna", "onPremisesSyncEnabled": True}
            ),
        }
        found = await cloud.changed(USER, "t1")

    assert (names(found.objects), found.token) == (["Anna"], "t2")


@pytest.mark.parametrize(
    "refused",
    [refusal(410, "syncStateNotFound"), refusal(400, "resyncRequired"), refusal(410, "")],
)
async def test_each_way_of_forgetting_a_token_is_understood(
    certificates: "Certificates", refused: Reply
) -> None:
    async with scripted(certificates) as (graph, cloud):
        graph.replies = {
            SINCE: refused,
            LATEST: page(to=f"{graph.url}/v1.0/users/delta?$deltatoken=t9"),
            "/users?": rows({"id": ID.format(1), "onPremisesSyncEnabled": True}),
        }
        found = await cloud.changed(USER, "t1")

    assert (found.whole, found.token, len(found.objects)) == (True, "t9", 1)


async def test_another_refusal_is_not_taken_for_a_forgotten_token(
    certificates: "Certificates",
) -> None:
    async with scripted(certificates) as (graph, cloud):
        graph.replies = {SINCE: refusal(400, "Request_UnsupportedQuery")}
        with pytest.raises(Refused):
            await cloud.changed(USER, "t1")


@pytest.mark.parametrize("end", ["no token", "loop", "refused", "elsewhere"])
async def test_half_a_list_of_changes_is_no_list(certificates: "Certificates", end: str) -> None:
    async with scripted(certificates) as (graph, cloud):
        root = f"{graph.url}/v1.0/users/delta"
        again = f"{root}?$skiptoken=a"
        graph.replies = {
            SINCE: page(link="@odata.nextLink", to=again),
            "/users/delta?$skiptoken=a": {
                "no token": rows(),
                "loop": page(link="@odata.nextLink", to=again),
                "refused": refusal(400, "BadRequest"),
                "elsewhere": page(link="@odata.nextLink", to="https://evil.example/v1.0/users"),
            }[end],
        }
        with pytest.raises(Untrusted if end == "elsewhere" else ListBroken):
            await cloud.changed(USER, "t1")


async def test_a_token_stays_a_token_whatever_is_in_it(certificates: "Certificates") -> None:
    async with scripted(certificates) as (graph, cloud):
        graph.replies = {
            "/users/delta?$deltatoken=a%26%24top%3D1": page(
                to=f"{graph.url}/v1.0/users/delta?$deltatoken=t2"
            )
        }
        found = await cloud.changed(USER, "a&$top=1")

    assert found == Changed(objects=(), token="t2")
