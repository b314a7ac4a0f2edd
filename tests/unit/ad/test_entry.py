"""In: entries as a directory gives them, whole and broken. Out: AD objects.
Promise: whatever stands in an attribute, reading it never raises.
"""

import struct
from base64 import b64encode
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from bot.ad.ask import Entry
from bot.ad.certificates import expired
from bot.ad.entry import HEAVY, READ, ad_object, held, sid_octets, sid_text
from bot.model import AdObject, AttributeStamp, ObjectType

GUID = UUID("11111111-2222-3333-4444-555555555555")
DC = UUID("99999999-2222-3333-4444-555555555555")


def read(**raw: bytes | list[bytes]) -> AdObject:
    given: dict[str, list[bytes]] = {"objectguid": [GUID.bytes_le]}
    for name, value in raw.items():
        given[name.lower()] = value if isinstance(value, list) else [value]
    return ad_object("corp", Entry("CN=x,DC=corp", given), {str(DC): "DC7"})


def test_the_anchor_is_the_objectguid() -> None:
    assert read().anchor == b64encode(GUID.bytes_le).decode()


def test_the_anchor_is_the_consistency_guid_where_it_has_sixteen_bytes() -> None:
    key = {"ms-ds-consistencyguid": [DC.bytes_le]}
    entry = Entry("", {"objectguid": [GUID.bytes_le], **key})
    short = Entry("", {"objectguid": [GUID.bytes_le], "ms-ds-consistencyguid": [b"short"]})

    assert ad_object("corp", entry, {}).anchor == b64encode(DC.bytes_le).decode()
    assert ad_object("corp", short, {}).anchor == b64encode(GUID.bytes_le).decode()


def test_an_anchor_of_a_wrong_length_is_told() -> None:
    given = [DC.bytes_le, b"short", b"", DC.bytes_le + b"x"]

    broken = [
        ad_object("corp", Entry("", {"ms-ds-consistencyguid": [each]}), {}).anchor_broken
        for each in given
    ]

    assert broken == [False, True, False, True]


def test_a_deleted_object_has_its_old_common_name() -> None:
    found = read(cn=b"Bo\nDEL:11111111-2222-3333-4444-555555555555")

    assert found.common_name == "Bo"


def test_kinds_of_objects() -> None:
    kinds = [
        [b"top", b"person", b"organizationalPerson", b"user"],
        [b"top", b"person", b"organizationalPerson", b"user", b"inetOrgPerson"],
        [b"top", b"group"],
        [b"top", b"person", b"organizationalPerson", b"contact"],
        [b"top", b"person", b"organizationalPerson", b"user", b"computer"],
        [b"top", b"msExchDynamicDistributionList"],
    ]

    assert [read(objectClass=each).type for each in kinds] == [
        ObjectType.USER,
        ObjectType.USER,
        ObjectType.GROUP,
        ObjectType.CONTACT,
        ObjectType.OTHER,
        ObjectType.OTHER,
    ]


def test_enabled_is_a_matter_of_users() -> None:
    user, group = [b"user"], [b"group"]

    assert [
        read(objectClass=user, userAccountControl=b"512").enabled,
        read(objectClass=user, userAccountControl=b"514").enabled,
        read(objectClass=user).enabled,
        read(objectClass=group).enabled,
    ] == [True, False, None, None]


def test_a_deleted_object_has_its_old_name() -> None:
    found = read(name=b"Bo\nDEL:11111111-2222-3333-4444-555555555555", isDeleted=b"TRUE")

    assert (found.name, found.deleted) == ("Bo", True)


def test_text_that_is_not_utf_8_is_kept_and_marked() -> None:
    assert read(proxyAddresses=[b"smtp:b\xf8@contoso.com"]).proxy_addresses == (
        "smtp:b\ufffd@contoso.com",
    )


def test_mailbox_markers() -> None:
    assert [
        read().mailbox,
        read(homeMDB=b"CN=db").mailbox,
        read(msExchMailboxGuid=DC.bytes_le).mailbox,
        read(msExchRecipientTypeDetails=b"2147483648").mailbox,
        read(msExchRecipientTypeDetails=b"128").mailbox,  # a mail user: the mailbox is elsewhere
    ] == [False, True, True, True, False]


def test_times() -> None:
    found = read(whenCreated=b"20261122101530.0Z", lastLogonTimestamp=b"133724736000000000")

    assert found.created_at == datetime(2026, 11, 22, 10, 15, 30, tzinfo=UTC)
    assert found.last_logon_at == datetime(2024, 10, 4, tzinfo=UTC)


def test_never_is_no_time() -> None:
    never = [b"0", b"9223372036854775807", b"not a number", b"-5"]

    assert [read(lastLogonTimestamp=each).last_logon_at for each in never] == [None] * 4


def blob(*entries: tuple[int, int, int, bytes]) -> bytes:
    head = struct.pack("<IIII", 1, 0, len(entries), 0)
    return head + b"".join(struct.pack("<IIQ16sQQ", *each, 7, 8) for each in entries)


def test_when_and_where_an_attribute_was_written() -> None:
    seconds = 13_372_473_600  # since 1601
    found = read(
        replPropertyMetaData=blob(
            (0x200D2, 3, seconds, DC.bytes_le),
            (0x3, 1, seconds, DC.bytes_le),
            (0x150003, 1, seconds, GUID.bytes_le),
        )
    )

    at = datetime(2024, 10, 4, tzinfo=UTC)
    assert found.stamps == (
        AttributeStamp(attribute="mail", changed_at=at, version=1, dc=str(GUID)),
        AttributeStamp(attribute="proxyAddresses", changed_at=at, version=3, dc="DC7"),
    )


def test_what_an_object_holds_is_bare() -> None:
    entry = Entry(
        "",
        {
            "userprincipalname": [b"Bo@Contoso.com"],
            "proxyaddresses": [b"SMTP:b@contoso.com", b"X500:/o=C/cn=b"],
            "mailnickname": [b"bo"],
        },
    )

    assert held(entry) == {"bo@contoso.com", "b@contoso.com", "/o=c/cn=b"}


def test_sids() -> None:
    text = "S-1-5-21-1004336348-1177238915-682003330-512"
    octets = sid_octets(text)

    assert octets is not None
    assert octets.hex() == ("010500000000000515000000dcf4dc3b833d2b46828ba62800020000")
    assert sid_text(octets) == text
    assert [
        sid_octets(each) for each in ("", "S-1", "X-1-5-1", "S-1-5--1", "S-1-5-9999999999")
    ] == ([None] * 5)


values = st.lists(st.binary(max_size=60), max_size=3)


@given(st.lists(st.binary(max_size=400)))
def test_what_is_no_certificate_has_not_expired(blobs: list[bytes]) -> None:
    assert expired(blobs, datetime(2999, 1, 1, tzinfo=UTC)) == 0


@given(st.dictionaries(st.sampled_from([name.lower() for name in (*READ, *HEAVY)]), values))
def test_no_content_of_a_directory_stops_the_reading(raw: dict[str, list[bytes]]) -> None:
    entry = Entry("CN=x", raw)

    found = ad_object("corp", entry, {}, heavy_at=datetime(2026, 11, 22, tzinfo=UTC))

    assert found.dn == "CN=x"
    assert found.certificates == len(raw.get("usercertificate", []))
    assert len(found.proxy_addresses) == len(raw.get("proxyaddresses", []))
