"""In: searches sent by ldap3 to both servers.
Out: which objects are found, and with which values.
Promise: an address is found by every spelling that AD takes for the same, and by no other.
"""

import uuid
from typing import Any

import pytest

from tests.contract.ad_server.differences import expected
from tests.contract.ad_server.target import Room, code_of, names_of

ANCHOR = uuid.UUID("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0")


ANCHORED: dict[str, Any] = {"mS-DS-ConsistencyGuid": ANCHOR.bytes_le}


def escaped(octets: bytes) -> str:
    return "".join(f"\\{octet:02x}" for octet in octets)


@pytest.fixture
def people(room: Room) -> Room:
    room.add(
        "ann",
        proxyAddresses=["SMTP:ann@contoso.com", "smtp:dup@contoso.com"],
        mail="ann@contoso.com",
        displayName="Ann  Probe",
        givenName="Ann",
        sn="Probe",
        **ANCHORED,
    )
    room.add("bob", proxyAddresses=["smtp:DUP@contoso.com"], description="uses (brackets)*")
    room.add("con", "contact", targetAddress="SMTP:con@fabrikam.com", displayName="Ærlig Õun")
    room.add("grp", "group", member=[f"CN=ann,{room.ou}"])
    return room


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("(proxyAddresses=smtp:dup@contoso.com)", ["ann", "bob"]),
        ("(proxyAddresses=sMtP:Dup@Contoso.COM)", ["ann", "bob"]),
        ("(proxyAddresses=smtp:dup@contoso.com )", ["ann", "bob"]),
        ("(proxyAddresses=smtp: dup@contoso.com)", []),
        ("(proxyAddresses=smtp:dup@*)", ["ann", "bob"]),
        ("(proxyAddresses=*DUP@contoso.com)", ["ann", "bob"]),
        ("(proxyAddresses=smtp:*@*.com)", ["ann", "bob"]),
        ("(proxyAddresses=dup*)", []),
        ("(proxyAddresses=*)", ["ann", "bob"]),
        ("(displayName=ann probe)", ["ann"]),
        ("(displayName=ÆRLIG õun)", ["con"]),
        ("(description=uses \\28brackets\\29\\2a)", ["bob"]),
        ("(|(mail=ann@contoso.com)(targetAddress=smtp:con@fabrikam.com))", ["ann", "con"]),
        ("(&(objectClass=user)(proxyAddresses=*)(!(mail=*)))", ["bob"]),
        ("(objectClass=organizationalPerson)", ["ann", "bob", "con"]),
        ("(objectCategory=person)", ["ann", "bob", "con"]),
        ("(objectCategory=group)", ["grp"]),
        ("(userAccountControl:1.2.840.113556.1.4.803:=2)", ["ann", "bob"]),
        ("(userAccountControl:1.2.840.113556.1.4.803:=3)", []),
        ("(userAccountControl:1.2.840.113556.1.4.804:=3)", ["ann", "bob"]),
        ("(groupType:1.2.840.113556.1.4.803:=2147483648)", ["grp"]),
        ("(&(primaryGroupID>=513)(primaryGroupID<=513))", ["ann", "bob"]),
        ("(primaryGroupID>=514)", []),
        ("(noSuchAttribute=x)", []),
        ("(&(cn=ann)(noSuchAttribute=x))", []),
        ("(|(cn=ann)(noSuchAttribute=x))", ["ann"]),
        ("(anr=ann)", ["ann"]),
        ("(anr=Ann Probe)", ["ann"]),
        ("(anr=smtp:dup)", ["ann", "bob"]),
        ("(anr=dup@contoso.com)", []),
    ],
)
def test_filter_finds(people: Room, wanted: str, names: list[str]) -> None:
    assert people.names(wanted) == names


def test_approximate_match(people: Room) -> None:
    assert people.names("(sn~=probe)") == expected("approximate-match", people.target)


def test_not_of_an_unknown_attribute(people: Room) -> None:
    found = people.names("(&(cn=ann)(!(noSuchAttribute=x)))")

    assert found == expected("not-of-unknown", people.target)


def test_guid_and_anchor_are_exact_octets(people: Room) -> None:
    ann = f"CN=ann,{people.ou}"
    guid = people.values(ann, "objectGUID")[0]

    assert people.names(f"(objectGUID={escaped(guid)})") == ["ann"]
    assert people.names(f"(objectGUID={uuid.UUID(bytes_le=guid)})") == ["ann"]
    assert people.names(f"(mS-DS-ConsistencyGuid={escaped(ANCHOR.bytes_le)})") == ["ann"]
    assert people.names(f"(objectGUID={escaped(guid[::-1])})") == []


def test_base_by_guid_and_by_sid(people: Room) -> None:
    ann = f"CN=ann,{people.ou}"
    guid = uuid.UUID(bytes_le=people.values(ann, "objectGUID")[0])
    sid = people.values(ann, "objectSid")[0].hex()

    for base in (f"<GUID={guid}>", f"<SID={sid}>"):
        found = people.find("(objectClass=*)", "mail", base=base, scope="BASE")
        assert [each["dn"] for each in found] == [ann]


def test_scopes(people: Room) -> None:
    people.admin.add(f"OU=below,{people.ou}", "organizationalUnit")
    people.admin.add(f"CN=deep,OU=below,{people.ou}", "contact")

    assert people.names("(objectClass=contact)", scope="LEVEL") == ["con"]
    assert people.names("(objectClass=contact)") == ["con", "deep"]
    assert people.names("(objectClass=contact)", scope="BASE") == []


def test_absent_base_is_32(people: Room) -> None:
    people.find("(objectClass=*)", base=f"OU=absent,{people.ou}")

    assert people.code() == 32


def test_search_below_the_empty_name_is_32_outside_the_global_catalog(people: Room) -> None:
    people.admin.search("", "(cn=ann)", "SUBTREE", attributes=["1.1"])

    assert people.code() == 32


def test_malformed_base_is_34(people: Room) -> None:
    connection = people.target.bound(check_names=False)
    connection.search("not a name", "(objectClass=*)", "BASE", attributes=["1.1"])

    assert code_of(connection) == 34
    connection.unbind()


def test_back_links_follow_members(people: Room) -> None:
    ann, group = f"CN=ann,{people.ou}", f"CN=grp,{people.ou}"

    assert people.values(ann, "memberOf") == [group.encode()]
    assert people.names(f"(memberOf={group})") == ["ann"]
    assert people.names(f"(member={ann})") == ["grp"]


def test_membership_through_nested_groups(people: Room) -> None:
    outer = people.add("outer", "group", member=[f"CN=grp,{people.ou}"])
    wanted = f"(memberOf:1.2.840.113556.1.4.1941:={outer})"

    assert people.names(wanted) == ["ann", "grp"]


def test_search_from_the_domain_carries_a_reference(people: Room) -> None:
    people.admin.search(
        people.target.base_dn, f"(sAMAccountName=ann-{people.tag})", attributes=["1.1"]
    )
    kinds = [each["type"] for each in people.admin.response]

    assert [kinds.count("searchResEntry"), kinds.count("searchResRef")] == [1, 1]


def test_names_come_in_the_schema_s_spelling(people: Room) -> None:
    found = people.find("(cn=ann)", "PROXYADDRESSES", "objectguid")
    names = sorted(name for name, held in found[0]["raw_attributes"].items() if held)

    assert names == ["objectGUID", "proxyAddresses"]


def test_one_dot_one_asks_for_no_values(people: Room) -> None:
    assert people.find("(cn=ann)", "1.1")[0]["raw_attributes"] == {}


def test_everything_has_no_password_and_nothing_worked_out(people: Room) -> None:
    names = set(people.find("(cn=ann)", "*")[0]["raw_attributes"])

    assert {"proxyAddresses", "objectGUID", "whenChanged", "distinguishedName", "memberOf"} <= names
    assert names & {"unicodePwd", "allowedAttributes", "canonicalName", "tokenGroups"} == set()


def test_canonical_name(people: Room) -> None:
    ou = people.ou.partition(",")[0].removeprefix("OU=")

    assert people.values(f"CN=ann,{people.ou}", "canonicalName") == [
        f"{people.target.domain}/{ou}/ann".encode()
    ]


def test_compare(people: Room) -> None:
    ann = f"CN=ann,{people.ou}"

    assert people.admin.compare(ann, "mail", "ANN@contoso.com") is True
    assert people.admin.compare(ann, "mail", "other@contoso.com") is False


def test_special_characters_in_a_name(room: Room) -> None:
    dn = rf"CN=Ann \+ \"Bob\"\, Inc. \# \<x\>,{room.ou}"
    room.admin.add(dn, "contact", {"displayName": "x"})

    assert room.code() == 0
    found = room.find("(displayName=x)", "cn", "distinguishedName")
    assert found[0]["raw_attributes"]["cn"] == [b'Ann + "Bob", Inc. # <x>']
    assert names_of(room.find("(objectClass=*)", base=found[0]["dn"], scope="BASE")) != []
