"""In: a lab that nobody has touched, and plain clients: HTTPS, LDAPS, Redis.
Out: what Contoso looks like from outside: eight objects with errors, all else clean.
Promise: one lab for all tests here, none of which changes anything that another looks at.
"""

from collections.abc import Iterator

import ldap3
import pytest
from redis import Redis

from tests.contract.lab.accounts import as_account, old_name_check
from tests.contract.lab.process import RunningLab, errors, graph, running_lab

EIGHT = {
    ("users", "John Doe (svc)", "smtp:john@contoso.com"),
    ("users", "Astrid Myhre", "smtp:astrid@contoso.com"),
    ("users", "Tõnis Kask", "smtp:tonu.kask@contoso.com"),
    ("users", "Maria Solberg", "smtp:maria.berg@contoso.com"),
    ("users", "Per Hansen", "SMTP:per.hansen@contoso.com"),
    ("users", "Liis Tamm", "SMTP:liis@contoso.com"),
    ("users", "Hanne Moen", "smtp:events@contoso.com"),
    ("groups", "Tax", "SMTP:tax@contoso.com"),
}
SECONDS = 5


@pytest.fixture(scope="module")
def lab() -> Iterator[RunningLab]:
    with running_lab("--cycle-seconds=600", "--sweep-seconds=600") as running:
        yield running


def test_entra_shows_exactly_eight_objects_with_errors(lab: RunningLab) -> None:
    assert errors(lab.line) == EIGHT


def test_everybody_else_is_in_entra_as_in_ad(lab: RunningLab) -> None:
    client = graph(lab.line)
    counted = {
        name: len(client.all_of(f"/{name}?$top=999")) for name in ("users", "groups", "contacts")
    }

    # 53 of the first day and two hired since; the administrator is not synchronized
    assert counted == {"users": 55, "groups": 8, "contacts": 6}


def test_no_sign_in_name_is_a_substitute(lab: RunningLab) -> None:
    users = graph(lab.line).all_of("/users?$top=999&$select=userPrincipalName")

    assert [u["userPrincipalName"] for u in users if "onmicrosoft" in u["userPrincipalName"]] == []


def test_the_hidden_owner_is_in_no_list(lab: RunningLab) -> None:
    client = graph(lab.line)
    lists = ("/users", "/groups", "/contacts", "/directory/deletedItems/microsoft.graph.user")
    names = [each["displayName"] for path in lists for each in client.all_of(path)]

    assert "John Doe" in names
    assert not [name for name in names if "Events" in name]


def test_approvers_and_colleagues_of_slack_have_their_entra_accounts(lab: RunningLab) -> None:
    client = graph(lab.line)
    users = lab.line["slack"]["users"]
    names = {
        name: client.get(f"/users/{user['entra_object_id']}")["displayName"]
        for name, user in users.items()
        if user["entra_object_id"]
    }
    approvers = {name for name, user in users.items() if user["standing"] == "approver"}

    assert names == {
        "ingrid": "Ingrid Berg",
        "mart": "Mart Tamm",
        "kari": "Kari Nilsen",
        "jaan": "Jaan Sepp",
    }
    assert {"ingrid", "mart"} == approvers
    assert {"sam", "lee"} == set(users) - set(names)


@old_name_check
def test_the_bots_reader_reads_all_but_the_recycle_bin(lab: RunningLab) -> None:
    connection = as_account(lab, "read")
    base = lab.line["ad"]["base_dn"]
    connection.search(base, "(proxyAddresses=smtp:john@contoso.com)", attributes=["displayName"])
    holders = {entry.displayName.value for entry in connection.entries}
    connection.search(
        f"CN=Deleted Objects,{base}",
        "(isDeleted=TRUE)",
        attributes=["1.1"],
        controls=[("1.2.840.113556.1.4.417", True, None)],
    )
    deleted = connection.entries
    connection.unbind()

    assert {"John Doe", "John Doe (svc)"} == holders
    assert deleted == []


@old_name_check
def test_the_bots_writer_writes_these_attributes_of_people_and_groups_only(lab: RunningLab) -> None:
    connection = as_account(lab, "write")
    base = lab.line["ad"]["base_dn"]
    writable = {}
    for dn in (
        f"CN=John Doe,OU=Oslo,OU=People,OU=Contoso,{base}",
        f"CN=Tax,OU=Groups,OU=Contoso,{base}",
        f"CN=Lind\\, Eva,OU=Contacts,OU=Contoso,{base}",
        f"CN=Henrik Aune (admin),OU=Admin,OU=Contoso,{base}",
    ):
        connection.search(
            dn, "(objectClass=*)", ldap3.BASE, attributes=["allowedAttributesEffective"]
        )
        attributes = (connection.response or [{}])[0]["attributes"]
        writable[dn.partition(",")[0]] = set(attributes.get("allowedAttributesEffective") or [])
    connection.unbind()
    five = {"proxyAddresses", "mail", "mailNickname", "targetAddress", "displayName"}

    assert writable == {
        "CN=John Doe": five | {"userPrincipalName"},
        "CN=Tax": five,
        "CN=Lind\\": set(),
        "CN=Henrik Aune (admin)": set(),
    }


def test_its_redis_is_as_durable_as_the_bot_demands(lab: RunningLab) -> None:
    client = Redis.from_url(lab.line["redis"]["url"], socket_timeout=SECONDS, decode_responses=True)
    wanted = ("appendonly", "appendfsync", "maxmemory-policy")
    settings = {name: client.config_get(name)[name] for name in wanted}
    client.close()

    assert settings == {
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
    }
