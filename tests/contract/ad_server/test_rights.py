"""In: an account that only reads, and one that may write named attributes below one OU.
Out: what each of them can do, and what they can know beforehand.
Promise: no right, no write, not even half of one.
"""

import pytest
from ldap3 import MODIFY_ADD as ADD
from ldap3 import MODIFY_DELETE as DELETE
from ldap3 import MODIFY_REPLACE as REPLACE

from tests.contract.ad_server.target import PASSWORD, Room, code_of, entries_of

GRANTED = ("proxyAddresses", "mail", "userPrincipalName")


@pytest.fixture
def ann(room: Room) -> str:
    return room.add("ann", proxyAddresses=["SMTP:ann@contoso.com"], displayName="Ann")


def test_reader_reads_and_writes_nothing(room: Room, ann: str) -> None:
    reader = room.target.bound(room.target.add_account(f"r-{room.tag}", PASSWORD), PASSWORD)
    reader.search(ann, "(objectClass=*)", "BASE", attributes=["proxyAddresses"])
    held = entries_of(reader)[0]["raw_attributes"]["proxyAddresses"]
    reader.modify(ann, {"proxyAddresses": [(ADD, ["smtp:w@contoso.com"])]})
    modify = code_of(reader)
    reader.search(ann, "(objectClass=*)", "BASE", attributes=["allowedAttributesEffective"])
    effective = entries_of(reader)[0]["raw_attributes"].get("allowedAttributesEffective", [])

    assert (held, modify, effective) == ([b"SMTP:ann@contoso.com"], 50, [])
    reader.unbind()


def test_delegate_writes_what_was_granted_and_no_more(room: Room, ann: str) -> None:
    name = f"d-{room.tag}"
    upn = room.target.add_account(name, PASSWORD)
    room.target.delegate(name, GRANTED, room.ou)
    delegate = room.target.bound(upn, PASSWORD)

    def write(dn: str, changes: dict[str, object]) -> int:
        delegate.modify(dn, changes)
        return code_of(delegate)

    delegate.search(ann, "(objectClass=*)", "BASE", attributes=["allowedAttributesEffective"])
    effective = entries_of(delegate)[0]["raw_attributes"]["allowedAttributesEffective"]
    both = {"proxyAddresses": [(DELETE, [])], "displayName": [(REPLACE, ["no"])]}
    outside = f"CN=Administrator,CN=Users,{room.target.base_dn}"

    assert sorted(effective) == sorted(name.encode() for name in GRANTED)
    assert write(ann, {"proxyAddresses": [(ADD, ["smtp:w@contoso.com"])]}) == 0
    assert write(ann, {"mail": [(REPLACE, ["w@contoso.com"])]}) == 0
    assert write(ann, {"displayName": [(REPLACE, ["no"])]}) == 50
    assert write(ann, {"mS-DS-ConsistencyGuid": [(REPLACE, [b"x" * 16])]}) == 50
    assert write(ann, both) == 50
    assert write(outside, {"mail": [(REPLACE, ["x@y.z"])]}) == 50
    assert len(room.values(ann, "proxyAddresses")) == 2
    delegate.add(f"CN=new,{room.ou}", "contact")
    assert code_of(delegate) == 50
    delegate.delete(ann)
    assert code_of(delegate) == 50
    delegate.unbind()
