"""In: binds and the questions that need none.
Out: who gets in, and the code of those who do not.
Promise: no password travels in the clear, and nobody reads before a bind.
"""

import ldap3

from tests.contract.ad_server.differences import expected
from tests.contract.ad_server.target import (
    PASSWORD,
    TIMEOUT,
    Client,
    Room,
    Target,
    code_of,
    entries_of,
)


def plain(target: Target) -> Client:
    server = ldap3.Server(
        target.host, port=target.plain_port, tls=target.tls(), get_info=ldap3.NONE
    )
    return ldap3.Connection(
        server, target.admin, target.password, auto_referrals=False, receive_timeout=TIMEOUT
    )


def outcome(target: Target, user: str, password: str) -> int:
    connection = target.connect(user, password)
    connection.bind()
    code = code_of(connection)
    connection.unbind()
    return code


def test_bind_without_tls_is_8(target: Target) -> None:
    connection = plain(target)
    connection.bind()

    assert code_of(connection) == 8
    connection.unbind()


def test_bind_after_start_tls(target: Target) -> None:
    connection = plain(target)

    assert connection.start_tls()
    assert connection.bind()
    connection.unbind()


def test_bind_by_upn_dn_and_down_level_name(target: Target) -> None:
    names = [
        target.admin,
        target.admin.upper(),
        f"CN=Administrator,CN=Users,{target.base_dn}",
        f"{target.netbios}\\Administrator",
    ]

    assert [outcome(target, name, target.password) for name in names] == [0, 0, 0, 0]


def test_wrong_password_and_unknown_account_are_the_same_49(target: Target) -> None:
    codes = []
    for user in (target.admin, f"nobody@{target.domain}"):
        connection = target.connect(user, "wrong")
        connection.bind()
        codes.append((code_of(connection), "data 52e" in connection.result["message"]))
        connection.unbind()

    assert codes == [(49, True), (49, True)]


def test_disabled_account_is_49_with_533(room: Room) -> None:
    target = room.target
    upn = target.add_account(f"off-{room.tag}", PASSWORD)
    name = f"CN=off-{room.tag},CN=Users,{target.base_dn}"
    room.modify(name, {"userAccountControl": [(ldap3.MODIFY_REPLACE, ["514"])]})
    connection = target.connect(upn, PASSWORD)
    connection.bind()

    assert (code_of(connection), "data 533" in connection.result["message"]) == (49, True)
    connection.unbind()


def test_a_password_set_over_ldap_opens(room: Room) -> None:
    dn = room.add("pat")
    new = f'"{PASSWORD}"'.encode("utf-16-le")

    assert room.modify(dn, {"unicodePwd": [(ldap3.MODIFY_REPLACE, [new])]}) == 0
    assert room.modify(dn, {"userAccountControl": [(ldap3.MODIFY_REPLACE, ["512"])]}) == 0
    assert outcome(room.target, dn, PASSWORD) == 0
    assert room.values(dn, "unicodePwd") == []


def test_root_is_read_without_a_bind_and_nothing_else(target: Target) -> None:
    connection = target.connect()
    connection.open()
    connection.search("", "(objectClass=*)", "BASE", attributes=["defaultNamingContext"])
    root = entries_of(connection)[0]["raw_attributes"]
    connection.search(target.base_dn, "(objectClass=*)", "BASE", attributes=["1.1"])

    assert root == {"defaultNamingContext": [target.base_dn.encode()]}
    assert (code_of(connection), entries_of(connection)) == (1, [])
    connection.unbind()


def test_root_says_what_a_start_up_probe_asks(target: Target) -> None:
    connection = target.connect()
    connection.open()
    connection.search("", "(objectClass=*)", "BASE", attributes=["*", "+"])
    root = entries_of(connection)[0]["raw_attributes"]

    base = target.base_dn
    assert root["configurationNamingContext"] == [f"CN=Configuration,{base}".encode()]
    assert root["schemaNamingContext"] == [f"CN=Schema,CN=Configuration,{base}".encode()]
    assert root["isGlobalCatalogReady"] == [b"TRUE"]
    assert b"1.2.840.113556.1.4.800" in root["supportedCapabilities"]
    controls = {b"1.2.840.113556.1.4.319", b"1.2.840.113556.1.4.417", b"1.2.840.113556.1.4.1413"}
    assert controls <= set(root["supportedControl"])
    assert b"1.3.6.1.1.12" not in root["supportedControl"]
    assert root["dnsHostName"] == [f"dc1.{target.domain}".encode()]
    assert int(root["highestCommittedUSN"][0]) > 0
    connection.unbind()


def test_who_am_i(target: Target) -> None:
    connection = target.bound()

    assert connection.extend.standard.who_am_i() == expected("who-am-i", target)
    connection.unbind()
