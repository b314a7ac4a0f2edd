"""In: cases of several routes, some of them possible attacks, in a workspace with public, private and shared channels.
Promise: a card is in one channel; what may be an attack is seen in the private one only, not even a word of it elsewhere.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack
from bot.lab.slack.people import INGRID, KARI, MART, OPS
from bot.model import Case, Moment, Say, State
from bot.ports import Shown
from bot.triage.routing import Row
from bot.words import Language
from tests.builders import NOW, VALUE, case, key
from tests.contract.slack.fakes import Clock, Store
from tests.contract.slack.house import SALES, SECURITY, House, alarming

SOLD = key(value="deal@sales.example")
ROUTES = (Row(number=1, domains=("sales.example",), channel=SALES, language=Language.NB),)


@pytest.fixture
def house(lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock) -> House:
    lab.workspace.now = lambda: clock.now().timestamp()
    return House(lab, client, store, clock, rows=ROUTES)


def everything(messages: list[Any]) -> str:
    return repr([(m.text, m.blocks, m.metadata) for m in messages])


async def test_each_case_goes_to_its_channel_in_its_language(house: House) -> None:
    await house.send(case(), case(key=SOLD))

    [usual], [sold] = house.cards(OPS.id), house.cards(SALES)
    assert usual.text.startswith("Waiting for an approval")
    assert sold.text.startswith("Venter på godkjenning")


async def test_a_card_stays_where_it_was_posted(house: House) -> None:
    """The next diagnosis may fall under another row; people have answered here."""
    await house.send(case(key=SOLD))
    house.store.stored.clear()
    house.channels._places.table = replace(house.table, rows=())
    await house.send(case(key=SOLD, state=State.APPROVED, version=2))

    [card] = house.cards(SALES)
    assert (card.text.split(":")[0], house.cards(OPS.id)) == ("Approved", [])


async def test_a_possible_attack_is_shown_in_the_private_channel_alone(house: House) -> None:
    house.invite()
    await house.rooms.look()
    await house.send(alarming())
    story = (*case().timeline, Moment(NOW + timedelta(minutes=9), "", Say("Step."), broadcast=True))
    await house.send(alarming(version=2, timeline=story))

    [card] = house.cards(SECURITY)
    assert VALUE in everything([card])
    assert len(house.said(SECURITY)) == 2
    assert house.said(OPS.id) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"is_private": False},
        {"is_ext_shared": True},
        {"is_archived": True},
        {"members": set()},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
async def test_where_others_could_read_it_it_is_announced_and_not_shown(
    house: House, wrong: dict[str, Any]
) -> None:
    house.invite()
    for name, value in wrong.items():
        setattr(house.lab.workspace.channels[SECURITY], name, value)
    await house.rooms.look()
    await house.send(alarming())

    [told] = house.said(OPS.id)
    assert told.text.startswith("A security case waits")
    assert "DIRSYNC_SLACK__SECURITY_CHANNEL" in everything([told])
    assert house.said(SECURITY) == []
    for data in (VALUE, VALUE.split("@")[0], "C01", "pending", "Approve"):
        assert data not in everything([told])


async def test_while_slack_says_nothing_of_the_channel_it_is_not_private(house: House) -> None:
    house.invite()
    house.lab.workspace.faults.fail_next("conversations.info", "fatal_error", status=500)
    await house.rooms.look()
    await house.send(alarming())

    assert [m.text[:21] for m in house.said(OPS.id)] == ["A security case waits"]
    assert house.said(SECURITY) == []


async def test_once_there_is_a_private_channel_what_waited_is_shown_there(house: House) -> None:
    await house.rooms.look()
    await house.send(alarming())
    house.invite()
    await house.rooms.look()
    await house.send(alarming(version=2))

    assert [m.text for m in house.said(OPS.id)] == ["This is handled in a private channel now."]
    assert [VALUE in everything([m]) for m in house.cards(SECURITY)] == [True]


async def test_a_card_that_turns_out_to_be_an_attack_leaves_a_pointer_without_data(
    house: House,
) -> None:
    house.invite()
    await house.rooms.look()
    await house.send(case())
    await house.send(alarming(version=2))

    [left] = house.cards(OPS.id)
    [card] = house.cards(SECURITY)
    assert left.text == "This is handled in a private channel now."
    assert VALUE not in everything([left])
    assert not any(block["type"] == "actions" for block in left.blocks or [])
    assert house.store.cards[case().id].channel == SECURITY
    assert house.store.cards[case().id].stamp == card.ts


async def test_it_stays_there_when_it_is_none_after_all(house: House) -> None:
    house.invite()
    await house.rooms.look()
    await house.send(case())
    await house.send(alarming(version=2))
    await house.send(case(version=3, state=State.VERIFIED))

    assert [m.text.split(":")[0] for m in house.cards(SECURITY)] == ["Fixed and verified"]
    assert [m.text for m in house.cards(OPS.id)] == ["This is handled in a private channel now."]


async def test_a_card_whose_post_was_lost_is_found_and_reduced(house: House) -> None:
    """Its answer never came, and then it turned out to be an attack."""
    house.invite()
    await house.rooms.look()
    await house.send(case())
    there = house.store.cards[case().id]
    house.store.cards[case().id] = Shown(channel=OPS.id, since=float(there.stamp))
    await house.send(alarming(version=2))

    assert [m.text for m in house.cards(OPS.id)] == ["This is handled in a private channel now."]
    assert len(house.cards(SECURITY)) == 1


async def test_a_post_that_never_arrived_leaves_nothing_behind(house: House) -> None:
    house.invite()
    await house.rooms.look()
    house.store.cards[case().id] = Shown(channel=OPS.id, since=house.clock.now().timestamp())
    await house.send(alarming(version=2))

    assert (house.said(OPS.id), len(house.cards(SECURITY))) == ([], 1)


async def test_a_case_that_turned_into_an_attack_while_it_waited_is_not_posted(
    house: House,
) -> None:
    """It was asked for as an ordinary one; what counts is what it is when it is sent."""
    house.invite()
    await house.rooms.look()
    house.store.stored[case().id] = case()
    await house.channels.show(case().id)
    await house.send(alarming(version=2))

    assert (house.said(OPS.id), len(house.cards(SECURITY))) == ([], 1)


async def test_a_channel_that_is_no_longer_private_shows_the_attack_no_more(house: House) -> None:
    house.invite()
    await house.rooms.look()
    await house.send(alarming())
    house.lab.workspace.channels[SECURITY].is_private = False
    await house.rooms.look()
    await house.send(alarming(version=2))

    [card] = house.cards(SECURITY)
    assert card.text.startswith("A security case waits")
    assert VALUE not in everything([card])


# ---------------------------------------------------------------- who is told

TOLD = (Row(number=1, channel=OPS.id, notify=(KARI.id,), watch=(MART.id, INGRID.id)),)


@pytest.fixture
def telling(lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock) -> House:
    lab.workspace.now = lambda: clock.now().timestamp()
    return House(lab, client, store, clock, rows=TOLD)


def named(messages: list[Any]) -> list[str]:
    return [
        run["user_id"]
        for message in messages
        for part in message.blocks[0]["elements"]
        for run in part["elements"]
        if run["type"] == "user"
    ]


def directly(house: House) -> list[Any]:
    """What was written to people, in its order."""
    rooms = house.lab.workspace.channels.values()
    return [m for room in rooms if room.is_im for m in house.said(room.id)]


async def test_who_is_to_be_told_is_mentioned_in_the_first_line_of_the_thread(
    telling: House,
) -> None:
    story = (Moment(NOW, "", Say("Seen for the first time.")),)
    await telling.send(case(timeline=story))
    await telling.send(case(version=2, timeline=(*story, *story)))

    first, second = [m for m in telling.said(OPS.id) if m.thread_ts]
    assert (named([first]), named([second])) == ([KARI.id], [])


async def test_who_is_reminded_is_mentioned_where_the_thread_tells_it(house: House) -> None:
    story = (Moment(NOW, "", Say("Seen for the first time.")),)
    asked = Moment(NOW, "", Say("Waiting for an approval."), mention=(MART.id,))
    await house.send(case(timeline=story))
    await house.send(case(version=2, timeline=(*story, asked)))

    assert named([m for m in house.said(OPS.id) if m.thread_ts]) == [MART.id]


async def test_who_watches_a_case_hears_of_its_end_once(telling: House) -> None:
    await telling.send(case())
    assert directly(telling) == []
    for version, state in ((2, State.VERIFIED), (3, State.VERIFIED), (4, State.CLOSED)):
        await telling.send(case(version=version, state=state))

    told = directly(telling)
    assert len(told) == 2
    assert all("which you watch, is over. Fixed and verified: " in m.text for m in told)


async def test_a_case_that_comes_back_and_ends_again_is_told_again(telling: House) -> None:
    for version, state in enumerate((State.VERIFIED, State.PENDING, State.CLOSED), 1):
        await telling.send(case(version=version, state=state))

    assert len(directly(telling)) == 4


async def test_a_watcher_who_cannot_be_written_to_keeps_nothing_back(telling: House) -> None:
    telling.lab.workspace.faults.fail_next("conversations.open", "missing_scope")
    await telling.send(case())
    await telling.send(case(version=2, state=State.VERIFIED), case(key=SOLD))

    assert (len(telling.cards(OPS.id)), len(directly(telling))) == (2, 1)


async def test_of_a_possible_attack_a_watcher_hears_no_more_than_that_it_is_over(
    telling: House,
) -> None:
    telling.invite()
    await telling.rooms.look()
    await telling.send(alarming())
    await telling.send(alarming(version=2, state=State.VERIFIED))

    told = directly(telling)
    assert len(told) == 2
    assert [VALUE in everything([m]) for m in told] == [False, False]
    assert telling.said(OPS.id) == []


async def test_a_case_that_cannot_be_read_hides_no_attack_once_the_channel_is_private(
    house: House,
) -> None:
    broken, attack = case(key=key(value="a@b.com")), alarming()
    house.store.stored |= {broken.id: broken, attack.id: attack}
    house.store.unreadable.add(broken.id)
    house.invite()
    await house.rooms.look()
    await house.channels._show_attacks()
    await house.send()

    assert [
        m.metadata["event_payload"]["case_id"] for m in house.cards(SECURITY) if m.metadata
    ] == [attack.id]


def flood(count: int) -> list[Case]:
    """So many possible attacks in one storm."""
    return [
        replace(alarming(key=key(value=f"n{n}@contoso.com")), batch="c-storm") for n in range(count)
    ]


async def test_a_flood_of_attacks_is_ten_cards_and_one_line(house: House) -> None:
    house.invite()
    await house.rooms.look()
    await house.send(*flood(15))
    seen = house.cards(SECURITY)

    assert len([m for m in seen if m.metadata]) == 10
    assert [m.text for m in seen if not m.metadata] == [
        "More than 10 possible attacks came at once. The others are not shown one by one: /dirsync list tells all of them."
    ]


async def test_without_a_private_channel_a_flood_is_announced_once(house: House) -> None:
    await house.send(*flood(15))

    assert len(house.cards(OPS.id)) == 1
    assert "A security case waits" in house.cards(OPS.id)[0].text
