"""In: what Samba cannot be asked, because AD does it otherwise or not over LDAP.
Out: the directory's answers.
Promise: each rule of AD that the README claims is held here or by the contract suite.
"""

from datetime import timedelta

import pytest

from bot.lab.ad import ADMINISTRATOR, Directory, writer
from bot.lab.ad.changes import Change, attribute_of, octets
from bot.lab.ad.errors import Refused
from bot.lab.ad.names import format_name, parse_name
from tests.unit.lab_ad.conftest import BASE, NOON, PASSWORD, PEOPLE, equals

ANN = f"CN=ann,{PEOPLE}"


def change(directory: Directory, operation: str, attribute: str, *values: str) -> Change:
    return Change(operation, attribute_of(directory.schema, attribute), octets(values))


def test_delegate_loses_the_right_over_a_protected_account(directory: Directory) -> None:
    directory.modify(ANN, [change(directory, "replace", "adminCount", "1")])
    rights = writer(("mail",), (PEOPLE,))

    with pytest.raises(Refused) as refused:
        directory.modify(ANN, [change(directory, "delete", "mail")], rights=rights)
    assert refused.value.code == "insufficientAccessRights"
    directory.modify(f"CN=bob,{PEOPLE}", [change(directory, "delete", "mail")], rights=rights)


def test_grant_reaches_no_ou_of_a_similar_name(directory: Directory) -> None:
    directory.add(f"OU=People2,{BASE}", {"objectClass": "organizationalUnit"})
    dn = f"CN=x,OU=People2,{BASE}"
    directory.add(dn, {"objectClass": "contact", "mail": "x@contoso.com"})

    with pytest.raises(Refused, match="INSUFF_ACCESS_RIGHTS"):
        directory.modify(
            dn, [change(directory, "delete", "mail")], rights=writer(("mail",), (PEOPLE,))
        )


def test_account_granted_to_list_the_bin_sees_it(directory: Directory) -> None:
    directory.delete(ANN)
    granted = writer((), (), list_deleted=True)
    wanted = equals("proxyAddresses", "smtp:ann@contoso.com")
    found = directory.search(BASE, "wholeSubtree", wanted, rights=granted, show_deleted=True)

    assert [entry.text("lastKnownParent") for entry in found.entries] == [PEOPLE]


def test_without_exchange_a_tombstone_keeps_no_address() -> None:
    plain = Directory(BASE, exchange=False)
    dn = f"CN=gone,CN=Users,{BASE}"
    entry = plain.add(dn, {"objectClass": "user", "proxyAddresses": ["smtp:gone@contoso.com"]})
    plain.delete(dn)

    assert entry.values.get("proxyAddresses", []) == []
    assert entry.deleted


def test_what_belongs_to_the_system_is_not_deleted(directory: Directory) -> None:
    for dn in (f"CN=Users,{BASE}", BASE, f"CN=krbtgt,CN=Users,{BASE}"):
        with pytest.raises(Refused, match="WILL_NOT_PERFORM"):
            directory.delete(dn)


def test_replication_may_bring_a_second_holder_of_a_upn(directory: Directory) -> None:
    upn = {"objectClass": "user", "userPrincipalName": "same@contoso.com"}
    directory.add(f"CN=one,{PEOPLE}", {**upn, "sAMAccountName": "one"})
    with pytest.raises(Refused, match="000021C8"):
        directory.add(f"CN=two,{PEOPLE}", {**upn, "sAMAccountName": "two"})
    directory.add(f"CN=two,{PEOPLE}", {**upn, "sAMAccountName": "two"}, as_system=True)
    found = directory.search(BASE, "wholeSubtree", equals("userPrincipalName", "SAME@contoso.com"))

    assert len(found.entries) == 2


def test_nothing_is_left_of_an_add_that_was_refused(directory: Directory) -> None:
    with pytest.raises(Refused, match="ENTRY_EXISTS"):
        directory.add(f"CN=x,{PEOPLE}", {"objectClass": "user", "sAMAccountName": "ann"})
    taken = equals("sAMAccountName", "ann")
    found = directory.search(BASE, "wholeSubtree", taken)

    assert [entry.dn for entry in found.entries] == [ANN]
    assert directory.tree.find(parse_name(f"CN=x,{PEOPLE}")) is None


def test_locked_account_is_told(directory: Directory) -> None:
    directory.add_account("svc", PASSWORD)
    lock = [change(directory, "replace", "lockoutTime", "133000000000000000")]
    directory.modify(f"CN=svc,CN=Users,{BASE}", lock)

    with pytest.raises(Refused, match="data 775"):
        directory.authenticate("CORP\\svc", PASSWORD)


def test_account_of_the_name_that_is_there_is_taken_over(directory: Directory) -> None:
    account = directory.add_account("Administrator", PASSWORD, rights=ADMINISTRATOR)

    assert account.dn == f"CN=Administrator,CN=Users,{BASE}"
    assert directory.authenticate("administrator@corp.contoso.com", PASSWORD).dn == account.dn


def test_unchanged_values_cost_no_update_number(directory: Directory) -> None:
    before = directory.usn
    directory.modify(ANN, [change(directory, "replace", "mail", "ann@contoso.com")])

    assert directory.usn == before


def test_a_change_moves_the_time_of_change_only() -> None:
    moment = [NOON]
    directory = Directory(BASE, clock=lambda: moment[0])
    dn = f"CN=x,CN=Users,{BASE}"
    entry = directory.add(dn, {"objectClass": "contact"})
    moment[0] = NOON + timedelta(hours=1)
    directory.modify(dn, [change(directory, "add", "mail", "x@contoso.com")])

    assert entry.text("whenCreated") == "20261122120000.0Z"
    assert entry.text("whenChanged") == "20261122130000.0Z"


def test_attributes_that_a_lab_stores_as_the_system(directory: Directory) -> None:
    directory.modify(
        ANN,
        [change(directory, "replace", "lastLogonTimestamp", "133000000000000000")],
        as_system=True,
    )

    assert directory.tree.resolve(ANN).integer("lastLogonTimestamp") == 133000000000000000


@pytest.mark.parametrize(
    "text",
    [
        r"CN=a\,b,OU=x,DC=y",
        r"CN=\ lead and trail\ ,DC=y",
        r"CN=\#1 \+ \"2\",DC=y",
        r"CN=gone\0ADEL:1,DC=y",
        "CN=Ærlig Õun,DC=y",
    ],
)
def test_names_come_back_as_they_were_written(text: str) -> None:
    assert format_name(parse_name(text)) == text


@pytest.mark.parametrize("text", ["nonsense", "CN=", "=x", "CN=a+SN=b", "CN=a,,DC=b", "CN=a\\"])
def test_malformed_name_is_34(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_name(text)
    assert refused.value.code == "invalidDNSyntax"


def test_a_new_account_of_a_deleted_name_is_the_one_that_opens(directory: Directory) -> None:
    old = directory.add_account("svc", "Old.password1")
    directory.delete(old.dn)
    new = directory.add_account("svc", PASSWORD)

    assert directory.authenticate("CORP\\svc", PASSWORD).dn == new.dn
    with pytest.raises(Refused, match="data 52e"):
        directory.authenticate("CORP\\svc", "Old.password1")


def test_a_password_that_is_refused_writes_nothing(directory: Directory) -> None:
    changes = [
        change(directory, "replace", "mail", "new@contoso.com"),
        change(directory, "replace", "unicodePwd", "not in quotes"),
    ]

    with pytest.raises(Refused, match="WILL_NOT_PERFORM"):
        directory.modify(ANN, changes)
    assert directory.tree.resolve(ANN).text("mail") == "ann@contoso.com"
