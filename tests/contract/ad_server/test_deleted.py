"""In: objects that were deleted.
Out: who can still see them, and what is left of them.
Promise: an administrator finds the address on the tombstone; anybody else sees an empty bin.
"""

from tests.contract.ad_server.differences import expected
from tests.contract.ad_server.target import PASSWORD, Room, code_of, entries_of

SHOW_DELETED = [("1.2.840.113556.1.4.417", True, None)]


def buried(room: Room) -> str:
    """Delete somebody who holds an address; give back a filter that finds the tombstone."""
    address = f"smtp:gone-{room.tag}@contoso.com"
    dn = room.add("gone", proxyAddresses=[address], mail="gone@contoso.com")
    room.admin.delete(dn)
    assert room.code() == 0
    return f"(proxyAddresses={address})"


def test_deleted_object_is_gone_from_an_ordinary_search(room: Room) -> None:
    assert room.names(buried(room), base=room.target.base_dn) == []


def test_administrator_finds_the_tombstone_with_its_address(room: Room) -> None:
    base = room.target.base_dn
    asked = ("proxyAddresses", "mail", "isDeleted", "lastKnownParent", "sAMAccountName")
    found = room.find(buried(room), *asked, base=base, controls=SHOW_DELETED)
    held = found[0]["raw_attributes"]

    assert found[0]["dn"].startswith("CN=gone\\0ADEL:")
    assert found[0]["dn"].endswith(f",CN=Deleted Objects,{base}")
    assert held["proxyAddresses"] == [f"smtp:gone-{room.tag}@contoso.com".encode()]
    assert held["isDeleted"] == [b"TRUE"]
    assert held["lastKnownParent"] == [room.ou.encode()]
    assert held.get("mail", []) == []


def test_reader_sees_an_empty_bin(room: Room) -> None:
    wanted = buried(room)
    reader = room.target.bound(room.target.add_account(f"e-{room.tag}", PASSWORD), PASSWORD)
    reader.search(room.target.base_dn, wanted, attributes=["1.1"], controls=SHOW_DELETED)

    assert (code_of(reader), entries_of(reader)) == (0, [])
    reader.unbind()


def test_bin_itself_as_base_tells_whether_it_may_be_read(room: Room) -> None:
    bin_ = f"CN=Deleted Objects,{room.target.base_dn}"
    reader = room.target.bound(room.target.add_account(f"f-{room.tag}", PASSWORD), PASSWORD)
    outcomes = []
    for connection in (room.admin, reader):
        connection.search(
            bin_, "(objectClass=*)", "BASE", attributes=["1.1"], controls=SHOW_DELETED
        )
        outcomes.append((code_of(connection), len(entries_of(connection))))

    assert outcomes == [(0, 1), expected("bin-as-base", room.target)]
    reader.unbind()


def test_name_and_address_are_free_again(room: Room) -> None:
    buried(room)

    assert room.add("gone", proxyAddresses=[f"smtp:gone-{room.tag}@contoso.com"])


def test_deleted_member_leaves_the_group(room: Room) -> None:
    ann = room.add("ann")
    group = room.add("g", "group", member=[ann])
    room.admin.delete(ann)

    assert room.values(group, "member") == []
