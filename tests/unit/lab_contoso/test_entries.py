"""In: the tables of Contoso.
Out: what must hold of a company on a quiet day, before anybody makes a mistake.
Promise: a clash added by a new row is found here, not as a ninth problem in a demo.
"""

import re
from collections import Counter

import pytest

from bot.lab.contoso.entries import SYNCHRONIZED, TOP, WRITABLE, Entry, entries

BASE = "DC=corp,DC=contoso,DC=com"
ALL = entries(BASE)


def kind(entry: Entry) -> str:
    return entry.object_classes[0]


def of(name: str) -> list[str]:
    return [value for each in ALL for value in each.attributes.get(name, ())]


def twice(values: list[str]) -> list[str]:
    return [value for value, count in Counter(v.lower() for v in values).items() if count > 1]


def test_some_sixty_people_groups_and_contacts() -> None:
    counted = Counter(map(kind, ALL))

    assert dict(counted) == {"user": 54, "group": 8, "contact": 6, "organizationalUnit": 12}


@pytest.mark.parametrize(
    "name",
    ["proxyAddresses", "userPrincipalName", "sAMAccountName", "mail", "mailNickname"],
)
def test_no_two_share(name: str) -> None:
    assert twice(of(name)) == []


def test_a_sign_in_name_is_nobody_elses_address() -> None:
    owner = {
        value.partition(":")[2].lower(): each.dn
        for each in ALL
        for value in each.attributes.get("proxyAddresses", ())
    }
    users = [each for each in ALL if each.attributes.get("userPrincipalName")]

    assert [
        each.dn
        for each in users
        if owner.get(each.attributes["userPrincipalName"][0], each.dn) != each.dn
    ] == []


def test_dns_are_unique() -> None:
    assert twice([each.dn for each in ALL]) == []


def test_who_has_addresses_has_one_primary_and_mail_says_the_same() -> None:
    with_addresses = [each for each in ALL if each.attributes.get("proxyAddresses")]
    primaries = [
        [v[5:] for v in each.attributes["proxyAddresses"] if v.startswith("SMTP:")]
        for each in with_addresses
    ]

    assert [list(each.attributes["mail"]) for each in with_addresses] == primaries


def test_names_keep_their_letters_and_sign_in_names_have_none_of_them() -> None:
    names = "".join(of("displayName")).lower()

    assert set() == set("æøåõäöüšž") - set(names)
    assert [
        upn for upn in of("userPrincipalName") if not re.fullmatch(r"[\w.@-]+", upn, re.ASCII)
    ] == []


def test_whoever_is_pointed_to_comes_first() -> None:
    place = {each.dn: number for number, each in enumerate(ALL)}
    pointers = [
        (each.dn, value)
        for each in ALL
        for name in ("member", "manager")
        for value in each.attributes.get(name, ())
    ]

    assert pointers
    assert [pair for pair in pointers if place[pair[1]] > place[pair[0]]] == []


def test_parents_come_first() -> None:
    seen = {BASE}
    orphans = []
    for each in ALL:
        parent = re.split(r"(?<!\\),", each.dn, maxsplit=1)[1]
        if parent not in seen:
            orphans.append(each.dn)
        seen.add(each.dn)

    assert orphans == []


def test_leavers_and_shared_mailboxes_are_disabled_and_nobody_else() -> None:
    disabled = {e.dn for e in ALL if e.attributes.get("userAccountControl") == ("514",)}
    expected = {
        e.dn
        for e in ALL
        if kind(e) == "user" and ("OU=Leavers," in e.dn or "OU=Shared Mailboxes," in e.dn)
    }

    assert expected == disabled
    assert len(disabled) == 5


def test_the_administrator_is_protected_and_neither_synchronized_nor_writable() -> None:
    protected = [each.dn for each in ALL if each.attributes.get("adminCount") == ("1",)]

    assert [f"CN=Henrik Aune (admin),OU=Admin,{TOP},{BASE}"] == protected
    assert not protected[0].endswith(tuple(f"{unit},{BASE}" for unit in (*SYNCHRONIZED, *WRITABLE)))


def test_a_comma_in_a_name_is_escaped() -> None:
    assert f"CN=Lind\\, Eva,OU=Contacts,{TOP},{BASE}" in {each.dn for each in ALL}
