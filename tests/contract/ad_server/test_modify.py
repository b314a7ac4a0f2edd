"""In: modifies sent by ldap3 to both servers.
Out: the codes they answer and what is stored afterwards.
Promise: what the guarded change relies on is the same on both, or a named difference.
"""

import pytest
from ldap3 import MODIFY_ADD as ADD
from ldap3 import MODIFY_DELETE as DELETE
from ldap3 import MODIFY_REPLACE as REPLACE

from tests.contract.ad_server.differences import expected
from tests.contract.ad_server.target import Room, code_of

PERMISSIVE = [("1.2.840.113556.1.4.1413", False, None)]


@pytest.fixture
def ann(room: Room) -> str:
    return room.add(
        "ann",
        userPrincipalName=f"ann-{room.tag}@{room.target.domain}",
        proxyAddresses=["SMTP:ann@contoso.com", "smtp:dup@contoso.com"],
        mail="ann@contoso.com",
        displayName="Ann Probe",
    )


def addresses(room: Room, dn: str) -> list[bytes]:
    return sorted(room.values(dn, "proxyAddresses"))


def test_several_objects_may_hold_one_address(room: Room) -> None:
    for name, kind in (("u1", "user"), ("u2", "user"), ("g1", "group"), ("c1", "contact")):
        room.add(name, kind, proxyAddresses=["smtp:shared@contoso.com"])

    assert room.names("(proxyAddresses=SMTP:Shared@contoso.com)") == ["c1", "g1", "u1", "u2"]


def test_deleting_a_value_that_is_not_there_is_16(room: Room, ann: str) -> None:
    changes = {"proxyAddresses": [(DELETE, ["smtp:gone@contoso.com"])]}

    assert room.modify(ann, changes) == 16


def test_adding_a_value_that_is_there_is_20(room: Room, ann: str) -> None:
    assert room.modify(ann, {"proxyAddresses": [(ADD, ["smtp:dup@contoso.com"])]}) == 20


def test_adding_a_value_that_differs_only_in_case(room: Room, ann: str) -> None:
    changes = {"proxyAddresses": [(ADD, ["SMTP:DUP@contoso.com"])]}

    assert room.modify(ann, changes) == expected("case-only-add", room.target)


def test_deleting_ignores_case(room: Room, ann: str) -> None:
    assert room.modify(ann, {"proxyAddresses": [(DELETE, ["SMTP:DUP@CONTOSO.COM"])]}) == 0
    assert addresses(room, ann) == [b"SMTP:ann@contoso.com"]


def test_deleting_the_last_value_removes_the_attribute(room: Room, ann: str) -> None:
    assert room.modify(ann, {"mail": [(DELETE, ["ANN@contoso.com"])]}) == 0
    assert room.names("(mail=*)") == []


def test_exchange_of_a_value_that_is_gone_writes_nothing(room: Room, ann: str) -> None:
    changes = {
        "proxyAddresses": [(DELETE, ["smtp:gone@contoso.com"]), (ADD, ["smtp:new@contoso.com"])]
    }

    assert room.modify(ann, changes) == 16
    assert addresses(room, ann) == [b"SMTP:ann@contoso.com", b"smtp:dup@contoso.com"]


def test_exchange_of_a_value_that_is_there(room: Room, ann: str) -> None:
    changes = {
        "proxyAddresses": [(DELETE, ["smtp:dup@contoso.com"]), (ADD, ["smtp:new@contoso.com"])]
    }

    assert room.modify(ann, changes) == 0
    assert addresses(room, ann) == [b"SMTP:ann@contoso.com", b"smtp:new@contoso.com"]


def test_promoting_an_address_to_primary_in_one_modify(room: Room, ann: str) -> None:
    changes = {
        "proxyAddresses": [(DELETE, ["smtp:dup@contoso.com"]), (ADD, ["SMTP:dup@contoso.com"])]
    }

    assert room.modify(ann, changes) == 0
    assert addresses(room, ann) == [b"SMTP:ann@contoso.com", b"SMTP:dup@contoso.com"]


def test_a_later_attribute_that_fails_takes_the_earlier_back(room: Room, ann: str) -> None:
    changes = {
        "proxyAddresses": [(DELETE, ["smtp:dup@contoso.com"])],
        "mail": [(DELETE, ["other@contoso.com"]), (ADD, ["z@contoso.com"])],
    }

    assert room.modify(ann, changes) == 16
    assert addresses(room, ann) == [b"SMTP:ann@contoso.com", b"smtp:dup@contoso.com"]


def test_exchange_of_the_value_of_a_single_valued_attribute(room: Room, ann: str) -> None:
    right = {"mail": [(DELETE, ["ann@contoso.com"]), (ADD, ["z@contoso.com"])]}
    wrong = {"mail": [(DELETE, ["ann@contoso.com"]), (ADD, ["y@contoso.com"])]}

    assert [room.modify(ann, right), room.modify(ann, wrong)] == [0, 16]
    assert room.values(ann, "mail") == [b"z@contoso.com"]


def test_second_value_of_a_single_valued_attribute_is_20(room: Room, ann: str) -> None:
    assert room.modify(ann, {"mail": [(ADD, ["y@contoso.com"])]}) == 20


def test_two_values_at_once_for_a_single_valued_attribute_are_20(room: Room, ann: str) -> None:
    changes = {"mail": [(REPLACE, ["y@contoso.com", "z@contoso.com"])]}

    assert room.modify(ann, changes) == 20


def test_deleting_an_absent_attribute_is_16(room: Room, ann: str) -> None:
    assert room.modify(ann, {"description": [(DELETE, [])]}) == 16


def test_replacing_by_nothing_removes_the_attribute(room: Room, ann: str) -> None:
    assert room.modify(ann, {"displayName": [(REPLACE, [])]}) == 0
    assert room.values(ann, "displayName") == []
    assert room.modify(ann, {"displayName": [(REPLACE, [])]}) == 0


def test_permissive_modify_hides_16_and_20(room: Room, ann: str) -> None:
    gone = {"proxyAddresses": [(DELETE, ["smtp:gone@contoso.com"])]}
    there = {"proxyAddresses": [(ADD, ["SMTP:ann@contoso.com"])]}

    assert room.modify(ann, gone, controls=PERMISSIVE) == 0
    assert room.modify(ann, there, controls=PERMISSIVE) == 0
    assert addresses(room, ann) == [b"SMTP:ann@contoso.com", b"smtp:dup@contoso.com"]


def test_unknown_critical_control_is_12(room: Room, ann: str) -> None:
    assertion = b"\xa3\x0d\x04\x04mail\x04\x05wrong"
    control = [("1.3.6.1.1.12", True, assertion)]

    assert room.modify(ann, {"description": [(REPLACE, ["x"])]}, controls=control) == 12
    assert room.values(ann, "description") == []


def test_unknown_control_that_is_not_critical_is_ignored(room: Room, ann: str) -> None:
    control = [("1.2.3.4.5", False, None)]

    assert room.modify(ann, {"description": [(REPLACE, ["x"])]}, controls=control) == 0


def test_modify_of_an_absent_object_is_32(room: Room) -> None:
    assert room.modify(f"CN=absent,{room.ou}", {"mail": [(REPLACE, ["x"])]}) == 32


def test_matched_name_of_an_absent_object(room: Room) -> None:
    room.modify(f"CN=absent,{room.ou}", {"mail": [(REPLACE, ["x"])]})

    assert room.admin.result["dn"] == expected("matched-name", room.target, ou=room.ou)


def test_system_only_attribute_is_19(room: Room, ann: str) -> None:
    assert room.modify(ann, {"uSNChanged": [(REPLACE, ["1"])]}) == 19


def test_back_link_is_not_written(room: Room, ann: str) -> None:
    group = room.add("g", "group")

    assert room.modify(ann, {"memberOf": [(ADD, [group])]}) == 53


def test_unknown_attribute_is_16(room: Room, ann: str) -> None:
    assert room.modify(ann, {"noSuchAttribute": [(REPLACE, ["1"])]}) == 16


def test_attribute_that_the_class_does_not_have_is_65(room: Room) -> None:
    assert room.modify(room.ou, {"userPrincipalName": [(REPLACE, ["x@y"])]}) == 65


def test_value_over_range_upper(room: Room, ann: str) -> None:
    changes = {"proxyAddresses": [(ADD, ["smtp:" + "x" * 1200])]}

    assert room.modify(ann, changes) == expected("over-range-upper", room.target)


def test_value_that_does_not_fit_the_syntax_is_21(room: Room, ann: str) -> None:
    assert room.modify(ann, {"msExchHideFromAddressLists": [(REPLACE, ["False"])]}) == 21
    assert room.modify(ann, {"adminCount": [(REPLACE, ["many"])]}) == 21


def test_naming_attribute_is_67(room: Room, ann: str) -> None:
    assert room.modify(ann, {"cn": [(REPLACE, ["bob"])]}) == 67


def test_object_class_stays(room: Room, ann: str) -> None:
    changes = {"objectClass": [(REPLACE, ["group"])]}

    assert room.modify(ann, changes) == expected("object-class-change", room.target)


@pytest.mark.usefixtures("ann")
def test_upn_of_another_is_19(room: Room) -> None:
    bob = room.add("bob")
    taken = f"ann-{room.tag}@{room.target.domain}"

    assert room.modify(bob, {"userPrincipalName": [(REPLACE, [taken])]}) == 19
    assert room.modify(bob, {"userPrincipalName": [(REPLACE, [taken.upper()])]}) == 19
    assert room.values(bob, "userPrincipalName") == []


def test_upn_that_an_account_name_implies_is_68(room: Room) -> None:
    room.add("bob", sAMAccountName=f"b-{room.tag}")
    cid = room.add("cid")
    implied = f"b-{room.tag}@{room.target.domain}"

    assert room.modify(cid, {"userPrincipalName": [(REPLACE, [implied])]}) == 68


def test_account_name_whose_implied_upn_is_taken_is_19(room: Room) -> None:
    room.add("bob", userPrincipalName=f"c-{room.tag}@{room.target.domain}")
    cid = room.add("cid")

    assert room.modify(cid, {"sAMAccountName": [(REPLACE, [f"c-{room.tag}"])]}) == 19


def test_account_name_of_another_is_68(room: Room) -> None:
    room.add("bob", sAMAccountName=f"b-{room.tag}")
    cid = room.add("cid")

    assert room.modify(cid, {"sAMAccountName": [(REPLACE, [f"B-{room.tag}"])]}) == 68


def test_upn_needs_no_at_sign(room: Room, ann: str) -> None:
    assert room.modify(ann, {"userPrincipalName": [(REPLACE, [f"plain-{room.tag}"])]}) == 0


@pytest.mark.usefixtures("ann")
def test_mail_may_be_doubled(room: Room) -> None:
    room.add("bob", mail="ann@contoso.com")

    assert room.names("(mail=ann@contoso.com)") == ["ann", "bob"]


def test_refusal_carries_eight_hex_digits_or_samba_s_words(room: Room, ann: str) -> None:
    room.modify(ann, {"proxyAddresses": [(DELETE, ["smtp:gone@contoso.com"])]})

    start = expected("text-of-16", room.target)
    assert room.admin.result["message"].startswith(start)


def test_update_number_finds_exactly_the_changed_object(room: Room, ann: str) -> None:
    room.add("bob")
    room.admin.search("", "(objectClass=*)", "BASE", attributes=["highestCommittedUSN"])
    before = int(room.admin.response[0]["raw_attributes"]["highestCommittedUSN"][0])
    room.modify(ann, {"description": [(REPLACE, ["changed"])]})

    assert room.names(f"(uSNChanged>={before + 1})", base=room.target.base_dn) == ["ann"]


def test_add_of_what_is_there_is_68(room: Room, ann: str) -> None:
    room.admin.add(ann, "user", {"sAMAccountName": f"x-{room.tag}"})

    assert room.code() == 68


def test_add_below_nothing_is_32(room: Room) -> None:
    room.admin.add(f"CN=x,OU=absent,{room.ou}", "contact")

    assert room.code() == 32


@pytest.mark.usefixtures("ann")
def test_add_with_a_taken_account_name_or_upn(room: Room) -> None:
    room.admin.add(f"CN=b,{room.ou}", "user", {"sAMAccountName": f"ann-{room.tag}"})
    account_name = room.code()
    upn = {"sAMAccountName": "bb", "userPrincipalName": f"Ann-{room.tag}@{room.target.domain}"}
    room.admin.add(f"CN=b,{room.ou}", "user", upn)

    assert [account_name, room.code()] == [68, 19]
    assert room.names("(cn=b)") == []


def test_rename_keeps_identity_and_links(room: Room, ann: str) -> None:
    group = room.add("g", "group", member=[ann])
    guid = room.values(ann, "objectGUID")
    room.admin.modify_dn(ann, "CN=anna")

    assert room.code() == 0
    renamed = f"CN=anna,{room.ou}"
    assert room.values(renamed, "objectGUID") == guid
    assert room.values(group, "member") == [renamed.encode()]
    assert room.values(renamed, "memberOf") == [group.encode()]
    assert room.values(renamed, "name") == [b"anna"]


def test_move_to_another_ou(room: Room, ann: str) -> None:
    room.admin.add(f"OU=below,{room.ou}", "organizationalUnit")
    room.admin.modify_dn(ann, "CN=ann", new_superior=f"OU=below,{room.ou}")

    assert room.code() == 0
    assert room.names("(cn=ann)", base=f"OU=below,{room.ou}") == ["ann"]


@pytest.mark.usefixtures("ann")
def test_delete_of_a_parent_is_66(room: Room) -> None:
    room.admin.delete(room.ou)

    assert [room.code(), room.names("(cn=ann)")] == [66, ["ann"]]


def test_member_that_does_not_exist_is_32(room: Room) -> None:
    group = room.add("g", "group")
    changes = {"member": [(ADD, [f"CN=absent,{room.ou}"])]}

    assert room.modify(group, changes) == 32


def test_second_client_loses_the_race(room: Room, ann: str) -> None:
    other = room.target.bound()
    change = {
        "proxyAddresses": [(DELETE, ["smtp:dup@contoso.com"]), (ADD, ["smtp:one@contoso.com"])]
    }
    first = room.modify(ann, change)
    other.modify(ann, change)

    assert [first, code_of(other)] == [0, 16]
    other.unbind()
