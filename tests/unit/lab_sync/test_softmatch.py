"""In: a cloud account, an AD account made for it, and the sync between them. Out: what softmatch said, and what came.
The product's own LDAP reader asks the lab's AD; the lab's engine and Entra then do what they do.
Promise: nothing is joined by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.ad.forest import Forest
from bot.ad.search import Reader
from bot.answers import Foretold, MatchRule, Prospect
from bot.lab.entra import add_guest, add_user
from bot.triage.policy import Policy
from handlers.commands.softmatch import softmatch
from handlers.match import ended
from tests.fakes.lab_cloud import LabCloud
from tests.unit.lab_sync.conftest import BASE, PEOPLE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.lab.entra import DirectoryObject
    from tests.unit.lab_sync.conftest import Room

ANNA = "anna.lind@contoso.com"


@pytest.fixture
async def reader(room: Room) -> AsyncIterator[Reader]:
    source = room.engine.source
    forest = Forest(
        name="corp",
        host=source.host,
        port=source.port,
        base_dn=BASE,
        ca_file=str(source.ca_file),
        tls_name=source.tls_name,
        user=source.user,
        password=source.password,
    )
    reader = Reader([forest])
    yield reader
    await reader.close()


async def asked(room: Room, reader: Reader, who: str = ANNA) -> Foretold:
    room.tenant.last_sync = room.tenant.last_sync or room.tenant.clock()
    return await softmatch(
        who, ad=reader, cloud=LabCloud(room.tenant), policy=Policy(sync_ous=(PEOPLE,)), full=True
    )


def in_the_cloud(room: Room) -> DirectoryObject:
    return add_user(
        room.tenant, "old@contoso.com", display_name="Anna (cloud)", addresses=(f"SMTP:{ANNA}",)
    )


async def test_foretold_and_then_joined(room: Room, reader: Reader) -> None:
    cloud = in_the_cloud(room)
    before = await asked(room, reader)
    room.user("anna", f"SMTP:{ANNA}")
    told = await asked(room, reader)
    result = await room.engine.cycle()
    after = await asked(room, reader)
    news = ended(after, cloud.id, late=False)

    assert [bar.code for bar in before.bars] == ["not-in-ad"]
    assert (told.prospect, told.by) == (Prospect.JOINS, MatchRule.ADDRESS)
    assert result.joined == [cloud.id]
    assert after.prospect is Prospect.JOINED
    assert news is not None
    assert news.title.english().startswith("Joined: Anna and Anna are one now")


async def test_the_mail_field_is_enough_without_exchange(room: Room, reader: Reader) -> None:
    """Way B of the classic procedure."""
    cloud = in_the_cloud(room)
    room.user("anna", mail=ANNA)
    told = await asked(room, reader)
    result = await room.engine.cycle()

    assert (told.prospect, told.by) == (Prospect.JOINS, MatchRule.ADDRESS)
    assert result.joined == [cloud.id]


async def test_by_sign_in_name_and_then_joined(room: Room, reader: Reader) -> None:
    cloud = in_the_cloud(room)
    room.user("old", "SMTP:another@contoso.com")
    told = await asked(room, reader, "old@contoso.com")
    result = await room.engine.cycle()

    assert (told.prospect, told.by) == (Prospect.JOINS, MatchRule.SIGN_IN)
    assert result.joined == [cloud.id]


async def test_an_administrator_stays_apart(room: Room, reader: Reader) -> None:
    cloud = in_the_cloud(room)
    room.tenant.grant_role(cloud.id, "User Administrator", eligible=True)
    room.user("anna", f"SMTP:{ANNA}")
    told = await asked(room, reader)
    result = await room.engine.cycle()

    assert [bar.code for bar in told.bars] == ["role"]
    assert (result.joined, len(result.added)) == ([], 1)


async def test_a_guest_stays_apart(room: Room, reader: Reader) -> None:
    add_guest(room.tenant, ANNA, display_name="Anna (guest)")
    room.user("anna", f"SMTP:{ANNA}")
    told = await asked(room, reader)
    result = await room.engine.cycle()

    assert [bar.code for bar in told.bars] == ["guest"]
    assert (result.joined, len(result.added)) == ([], 1)


async def test_a_blocked_soft_match_stays_apart(room: Room, reader: Reader) -> None:
    in_the_cloud(room)
    room.tenant.rules.block_soft_match = True
    room.user("anna", f"SMTP:{ANNA}")
    told = await asked(room, reader)
    result = await room.engine.cycle()

    assert [bar.code for bar in told.bars] == ["soft-match-blocked"]
    assert result.joined == []


async def test_an_address_that_came_too_late_joins_no_more(room: Room, reader: Reader) -> None:
    """Only what is new to Entra is matched."""
    cloud = in_the_cloud(room)
    dn = room.user("anna", "SMTP:anna@contoso.com")
    await room.engine.cycle()
    room.set(dn, "proxyAddresses", f"SMTP:{ANNA}")
    told = await asked(room, reader)
    result = await room.engine.cycle()

    assert [bar.code for bar in told.bars] == ["already-synced"]
    assert told.cloud is not None
    assert told.cloud.id == cloud.id
    assert result.joined == []


async def test_outside_of_the_synchronized_ous_nothing_is_tried(room: Room, reader: Reader) -> None:
    in_the_cloud(room)
    room.user("anna", f"SMTP:{ANNA}", below=f"OU=Elsewhere,{BASE}")
    told = await asked(room, reader)
    result = await room.engine.cycle()

    assert [bar.code for bar in told.bars] == ["out-of-scope"]
    assert (result.joined, result.added) == ([], [])
