"""In: more objects and more members than fit into one answer.
Out: what a client gets that pages, and what one gets that forgot to.
Promise: the lab enforces AD's limits, which Samba does not; both page alike.
"""

import pytest
from ldap3 import MODIFY_ADD

from tests.contract.ad_server.differences import expected
from tests.contract.ad_server.target import Room, entries_of

PAGED = "1.2.840.113556.1.4.319"


def pages(room: Room, size: int) -> list[int]:
    counts, cookie = [], None
    while True:
        found = room.find("(objectClass=contact)", paged_size=size, paged_cookie=cookie)
        counts.append(len(found))
        cookie = room.admin.result["controls"][PAGED]["value"]["cookie"]
        if not cookie:
            return counts


def counts(room: Room, group: str, asked: str) -> dict[str, int]:
    """Attribute names as they came, with how many values each: no client that asks again."""
    connection = room.target.bound(auto_range=False, return_empty_attributes=False)
    connection.search(group, "(objectClass=*)", "BASE", attributes=[asked])
    held = entries_of(connection)[0]["raw_attributes"]
    connection.unbind()
    return {name: len(values) for name, values in held.items() if values}


def test_pages_of_the_size_asked_for(room: Room) -> None:
    for number in range(7):
        room.add(f"c{number}", "contact")

    assert pages(room, 3) == [3, 3, 1]


def test_a_page_that_is_exactly_full_is_the_last(room: Room) -> None:
    for number in range(4):
        room.add(f"c{number}", "contact")

    assert sum(pages(room, 2)) == 4


def test_unknown_cookie_is_refused(room: Room) -> None:
    room.find("(objectClass=*)", paged_size=2, paged_cookie=b"never given")

    assert room.code() == 53


def test_size_limit_of_the_client_is_4(room: Room) -> None:
    for number in range(3):
        room.add(f"c{number}", "contact")
    found = room.find("(objectClass=contact)", size_limit=2)

    assert [room.code(), len(found)] == expected("client-size-limit", room.target)


@pytest.mark.timeout(300)
def test_limits_of_one_answer(room: Room) -> None:
    names = [f"CN=m{number},{room.ou}" for number in range(1600)]
    for dn in names:
        room.admin.add(dn, "contact")
    group = room.add("big", "group")
    assert room.modify(group, {"member": [(MODIFY_ADD, names)]}) == 0

    found = room.find("(objectClass=contact)")
    assert [room.code(), len(found)] == expected("max-page-size", room.target)
    assert sum(pages(room, 1500)) == 1600

    assert counts(room, group, "member") == expected("max-value-range", room.target)
    connection = room.target.bound(auto_range=True)
    connection.search(group, "(objectClass=*)", "BASE", attributes=["member"])
    assert len(entries_of(connection)[0]["raw_attributes"]["member"]) == 1600
    connection.unbind()


def test_a_range_asked_for(room: Room) -> None:
    names = [room.add(f"m{number}", "contact") for number in range(6)]
    group = room.add("g", "group", member=names)

    assert counts(room, group, "member;range=0-3") == {"member;range=0-3": 4}
    assert counts(room, group, "member;range=4-*") == {"member;range=4-*": 2}
