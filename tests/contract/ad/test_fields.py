"""In: objects with everything triage wants to know, in the lab's AD and in Samba's. Out: what the reader makes of it.
Promise: both servers give the same facts; what is large is read where single objects are looked at, and only there.
"""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from ldap3 import MODIFY_REPLACE

from bot.ad.entry import sid_octets
from bot.model import AdObject, CloudObject, ObjectType
from tests.contract.ad.places import Place, consistency

POLICY = "{3d722db5-b274-4c28-b991-46cbb56d9bc7},{26491CFC-9E50-4857-861B-0CB8DF22B5D7}"
LEFT_ALONE = "{26491cfc-9e50-4857-861b-0cb8df22b5d7}"
USER_MAILBOX = "1"


async def read(place: Place, value: str) -> AdObject:
    (found,) = (await place.reader().holders([value]))[value].objects
    return found


def certificate(*, until: datetime) -> bytes:
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ann")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - timedelta(days=900))
        .not_valid_after(until)
        .sign(key, None)
    )
    return made.public_bytes(Encoding.DER)


async def test_the_names_of_a_person(place: Place) -> None:
    value = place.mail("ann")
    place.room.add(
        "Ann O. Berg",
        mail=value,
        displayName="Ann Berg",
        givenName="Ann",
        sn="Berg",
        employeeID="4711",
    )

    found = await read(place, value)

    assert (found.common_name, found.display_name) == ("Ann O. Berg", "Ann Berg")
    assert (found.given_name, found.surname, found.employee_id) == ("Ann", "Berg", "4711")
    assert found.classes == ("top", "person", "organizationalperson", "user")


async def test_names_that_are_not_there_are_none(place: Place) -> None:
    value = place.mail("bare")
    place.room.add("bare", mail=value)

    found = await read(place, value)

    assert (found.display_name, found.given_name, found.surname, found.employee_id) == (None,) * 4
    assert (found.recipient_type, found.group_type, found.master_sid) == (0, 0, None)


async def test_security_and_distribution_groups(place: Place) -> None:
    value = place.mail("group")
    place.room.add("d", "group", mail=value, groupType="8")
    place.room.add("s", "group", mail=value, groupType="-2147483640")

    found = (await place.reader().holders([value]))[value].objects

    assert [(o.name, o.group_type) for o in found] == [("d", 8), ("s", -2147483640)]


async def test_a_mail_enabled_public_folder_is_found(place: Place) -> None:
    value = place.mail("folder")
    place.room.add("Projects", "publicFolder", proxyAddresses=[f"SMTP:{value}"])

    found = await read(place, value)

    assert (found.type, found.classes) == (ObjectType.OTHER, ("top", "publicfolder"))


@pytest.mark.parametrize(
    ("included", "excluded", "writes"),
    [
        ([POLICY], [], True),
        ([LEFT_ALONE, str(uuid4())], [], True),
        ([POLICY], [str(uuid4())], True),
        ([POLICY], [LEFT_ALONE], False),
        (["{3d722db5-b274-4c28-b991-46cbb56d9bc7}"], [], False),
        ([], [], False),
    ],
)
async def test_whether_an_exchange_policy_writes_the_addresses(
    place: Place, included: list[str], excluded: list[str], *, writes: bool
) -> None:
    value = place.mail("policy")
    given = {"msExchPoliciesIncluded": included, "msExchPoliciesExcluded": excluded}
    set_: dict[str, Any] = {name: values for name, values in given.items() if values}
    place.room.add("policy", mail=value, msExchRecipientTypeDetails=USER_MAILBOX, **set_)

    found = await read(place, value)

    assert (found.address_policy, found.recipient_type) == (writes, 1)


async def test_a_policy_means_nothing_to_who_is_no_recipient(place: Place) -> None:
    value = place.mail("former")
    place.room.add("former", mail=value, msExchPoliciesIncluded=[POLICY])

    assert (await read(place, value)).address_policy is False


async def test_the_account_behind_a_linked_mailbox(place: Place) -> None:
    value, master = place.mail("linked"), "S-1-5-21-1004336348-1177238915-682003330-1107"
    octets = sid_octets(master)
    place.room.add("linked", mail=value, msExchMasterAccountSid=octets)

    assert (await read(place, value)).master_sid == master


async def test_an_anchor_of_a_wrong_length_is_broken(place: Place) -> None:
    good, broken, none = place.mail("good"), place.mail("broken"), place.mail("none")
    broken_anchor: dict[str, Any] = {"mS-DS-ConsistencyGuid": b"123456789"}
    place.room.add("good", mail=good, **consistency(uuid4()))
    place.room.add("broken", mail=broken, **broken_anchor)
    place.room.add("none", mail=none)

    found = [await read(place, value) for value in (good, broken, none)]

    assert [o.anchor_broken for o in found] == [False, True, False]
    assert found[1].anchor == b64encode(UUID(found[1].guid).bytes_le).decode()


async def test_when_the_anchor_the_alias_and_the_target_were_written(place: Place) -> None:
    value = place.mail("moved")
    dn = place.room.add("moved", mail=value, mailNickname="moved", **consistency(uuid4()))
    change = {
        "mS-DS-ConsistencyGuid": [(MODIFY_REPLACE, [uuid4().bytes_le])],
        "targetAddress": [(MODIFY_REPLACE, [f"SMTP:{value}"])],
    }
    assert place.room.modify(dn, change) == 0

    found = {s.attribute: s.version for s in (await read(place, value)).stamps}

    names = ("mS-DS-ConsistencyGuid", "mailNickname", "targetAddress")
    assert [found[name] for name in names] == [2, 1, 1]


async def test_certificates_and_a_photo_are_counted_in_direct_reads_only(place: Place) -> None:
    value = place.mail("heavy")
    today = datetime.now(UTC)
    certificates = [
        certificate(until=today - timedelta(days=1)),
        certificate(until=today + timedelta(days=1)),
        b"not a certificate",
    ]
    dn = place.room.add(
        "heavy",
        mail=value,
        userCertificate=certificates,
        userSMIMECertificate=[b"one", b"two"],
        thumbnailPhoto=b"\xff\xd8" + bytes(998),
    )
    step = await place.step(dn)
    reader = place.reader()
    anchor = b64encode(UUID(step.guid).bytes_le).decode()
    cloud = CloudObject(id="c", type=ObjectType.USER, name="heavy", anchor=anchor)

    searched = await read(place, value)
    direct = [
        (await reader.by_guid(step.guid)).objects[0],
        (await reader.by_anchor(anchor)).objects[0],
        (await reader.joined([cloud]))["c"],
    ]

    in_thousands = (await reader.joined([cloud], heavy=False))["c"]

    assert weights(searched) == weights(in_thousands) == (None,) * 4
    assert [weights(each) for each in direct] == [(3, 1, 2, 1000)] * 3


def weights(found: AdObject) -> tuple[int | None, ...]:
    return (
        found.certificates,
        found.expired_certificates,
        found.smime_certificates,
        found.photo_bytes,
    )


async def test_nothing_large_is_told_from_not_read(place: Place) -> None:
    step = await place.step(place.room.add("light"))

    (found,) = (await place.reader().by_guid(step.guid)).objects

    assert weights(found) == (0, 0, 0, 0)
