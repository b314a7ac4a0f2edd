"""In: cloud objects as Entra shows them, and their twins in AD. Out: who belongs to whom.
Promise: the anchor decides, whatever a SID or a DN suggests; groups join by SID, contacts not at all.
"""

from base64 import b64encode
from typing import Any
from uuid import UUID, uuid4

from bot.model import CloudObject, ObjectType
from tests.contract.ad.places import Place, consistency


def cloud(id_: str, type_: ObjectType = ObjectType.USER, **more: Any) -> CloudObject:
    return CloudObject(id=id_, type=type_, name=id_, synced=True, **more)


def anchor(guid: UUID) -> str:
    return b64encode(guid.bytes_le).decode()


async def sid_of(place: Place, dn: str) -> str:
    (found,) = (await place.reader().by_guid((await place.step(dn)).guid)).objects
    assert found.sid is not None
    return found.sid


async def test_a_user_by_objectguid(place: Place) -> None:
    step = await place.step(place.room.add("ann"))

    joined = await place.reader().joined([cloud("1", anchor=anchor(UUID(step.guid)))])

    assert {key: twin.dn for key, twin in joined.items()} == {"1": step.dn}


async def test_a_user_with_a_consistency_guid_by_sid_and_by_dn(place: Place) -> None:
    first, second = uuid4(), uuid4()
    one = place.room.add("one", **consistency(first))
    two = place.room.add(
        "two\\, the other",
        sAMAccountName=f"two-{place.room.tag}",
        **consistency(second),
    )
    sid = await sid_of(place, one)

    joined = await place.reader().joined(
        [
            cloud("1", anchor=anchor(first), sid=sid),
            cloud("2", anchor=anchor(second), dn=two.upper()),
        ]
    )

    assert {key: twin.dn for key, twin in joined.items()} == {"1": one, "2": two}


async def test_another_anchor_is_another_object(place: Place) -> None:
    dn = place.room.add("ann")
    sid = await sid_of(place, dn)

    assert await place.reader().joined([cloud("1", anchor=anchor(uuid4()), sid=sid, dn=dn)]) == {}


async def test_a_group_by_sid(place: Place) -> None:
    dn = place.room.add("staff", "group")
    sid = await sid_of(place, dn)

    joined = await place.reader().joined([cloud("1", ObjectType.GROUP, sid=sid)])

    assert {key: twin.dn for key, twin in joined.items()} == {"1": dn}


async def test_a_contact_is_not_joined_here(place: Place) -> None:
    dn = place.room.add("carl", "contact")

    assert await place.reader().joined([cloud("1", ObjectType.CONTACT, dn=dn)]) == {}


async def test_many_at_once(place: Place) -> None:
    steps = [await place.step(place.room.add(f"u{i:03}", "contact")) for i in range(120)]
    clouds = [cloud(str(i), anchor=anchor(UUID(step.guid))) for i, step in enumerate(steps)]

    joined = await place.reader().joined(clouds)

    assert {key: twin.dn for key, twin in joined.items()} == {
        str(i): step.dn for i, step in enumerate(steps)
    }
