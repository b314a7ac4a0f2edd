"""In: the schema container and the partitions of both servers.
Out: which attributes exist, of which kind, and which are indexed.
Promise: the lab's table says of each attribute what the real schema says.
"""

import uuid

from ldap3 import MODIFY_REPLACE

from bot.lab.ad.schema import all_attributes
from tests.contract.ad_server.target import Room, Target, entries_of

ASKED = (
    "lDAPDisplayName",
    "attributeID",
    "attributeSyntax",
    "oMSyntax",
    "isSingleValued",
    "searchFlags",
    "isMemberOfPartialAttributeSet",
    "rangeLower",
    "rangeUpper",
    "schemaIDGUID",
    "systemOnly",
    "linkID",
)
IDENTITY = ["proxyAddresses", "mail", "userPrincipalName", "mailNickname", "targetAddress"]


def described(target: Target) -> dict[str, dict[str, list[bytes]]]:
    connection = target.bound()
    base = f"CN=Schema,CN=Configuration,{target.base_dn}"
    connection.search(
        base, "(objectClass=attributeSchema)", "LEVEL", attributes=list(ASKED), paged_size=1000
    )
    found = {}
    while True:
        for each in entries_of(connection):
            held = each["raw_attributes"]
            found[held["lDAPDisplayName"][0].decode()] = held
        cookie = connection.result["controls"]["1.2.840.113556.1.4.319"]["value"]["cookie"]
        if not cookie:
            connection.unbind()
            return found
        connection.search(
            base,
            "(objectClass=attributeSchema)",
            "LEVEL",
            attributes=list(ASKED),
            paged_size=1000,
            paged_cookie=cookie,
        )


def test_attributes_are_described_alike(lab_server: Target, domain_controller: Target) -> None:
    ours, real = described(lab_server), described(domain_controller)
    wrong = {
        name: {kind: (held.get(kind), real[name].get(kind)) for kind in ASKED}
        for name, held in ours.items()
        if any((held.get(kind) or [b"0"]) != (real[name].get(kind) or [b"0"]) for kind in ASKED)
    }

    assert wrong == {}
    assert len(all_attributes()) == len(ours)


def test_attributes_of_identity_are_indexed(target: Target) -> None:
    schema = described(target)

    assert [int(schema[name]["searchFlags"][0]) & 1 for name in IDENTITY] == [1] * len(IDENTITY)
    assert int((schema["mS-DS-ConsistencyGuid"]["searchFlags"] or [b"0"])[0]) & 1 == 0
    guid = uuid.UUID(bytes_le=schema["proxyAddresses"]["schemaIDGUID"][0])
    assert str(guid) == "bf967a06-0de6-11d0-a285-00aa003049e2"


def test_domain_is_found_among_the_partitions(room: Room) -> None:
    base = f"CN=Partitions,CN=Configuration,{room.target.base_dn}"
    wanted = f"(&(objectClass=crossRef)(nCName={room.target.base_dn}))"
    found = room.find(wanted, "nETBIOSName", "dnsRoot", base=base)
    held = found[0]["raw_attributes"]

    assert held["nETBIOSName"] == [room.target.netbios.encode()]
    assert held["dnsRoot"] == [room.target.domain.encode()]


def test_metadata_counts_the_writes_of_an_attribute(room: Room) -> None:
    ann = room.add("ann", mail="a@contoso.com")
    for value in ("b@contoso.com", "c@contoso.com"):
        room.modify(ann, {"mail": [(MODIFY_REPLACE, [value])]})
    blob = room.values(ann, "replPropertyMetaData")[0]
    rows = [blob[16 + 48 * row : 16 + 48 * (row + 1)] for row in range((len(blob) - 16) // 48)]
    versions = {int.from_bytes(row[:4], "little"): row[4] for row in rows}

    assert int.from_bytes(blob[8:12], "little") == len(rows)
    assert versions[0x150003] == 3
