"""In: home tabs, the switch and the shortcut “Who holds this?” in the lab's Slack. Out: events in the inbox, a view published.
Promise: what is pressed is one sealed event; what cannot be taken is answered where it was pressed.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient

from bot.answers import Home, Status
from bot.events import Asked, HomeDue, Switched
from bot.lab.slack import LabSlack, Outcome
from bot.lab.slack.people import INGRID, OPS
from bot.model import Mode, Paused, Refusal, Say
from bot.slack.channel import SlackChannel
from bot.slack.connection import Workspace
from bot.slack.questions import addresses_in
from tests.builders import NOW
from tests.contract.slack.fakes import Clock, Store
from tests.contract.slack.links import until
from tests.contract.slack.test_edge import SIGNER, WHO, Room, ask, on_message, opened

STATUS = Status(mode=Mode.APPLY, version="1")
PAUSED = Status(mode=Mode.APPLY, version="1", paused=Paused(id="pause-1", at=NOW, by="Ola"))


@pytest_asyncio.fixture
async def room(
    lab: LabSlack, client: AsyncWebClient, workspace: Workspace, store: Store, clock: Clock
) -> AsyncIterator[Room]:
    async with opened(lab, client, workspace, store, clock) as made:
        yield made


async def publish(room: Room, status: Status) -> None:
    channel = SlackChannel(
        room.client, room.store, room.store, channel=OPS.id, approvers=(), clock=room.clock
    )
    await channel.home(WHO, Home(name="Ingrid Berg", approver=True, status=status), notice=None)


def at_home(room: Room) -> Any:
    return room.lab.workspace.home_json(INGRID.id)


async def press(room: Room, action_id: str) -> Outcome:
    return await room.lab.interactions.click_view(
        INGRID.id, view_id=at_home(room)["id"], block_id="switch", action_id=action_id
    )


async def test_who_opens_the_home_tab_is_one_event(room: Room) -> None:
    room.lab.interactions.open_home(INGRID.id)
    await until(lambda: room.store.events)

    [event] = room.store.events
    assert isinstance(event, HomeDue)
    assert (event.user, event.notice) == (WHO, "")


async def test_the_pause_of_the_home_tab_is_sealed_and_names_what_was_seen(room: Room) -> None:
    await publish(room, STATUS)
    await press(room, "home_pause")
    await publish(room, PAUSED)
    await press(room, "home_resume")

    events = [e for e in room.store.events if isinstance(e, Switched)]
    assert [(e.action, e.pause_id) for e in events] == [("pause", ""), ("resume", "pause-1")]
    assert all(e.seal == SIGNER.seal(e.unsealed()) for e in events)
    assert {e.reply_to.channel for e in events} == {""}
    assert {e.reply_to.user for e in events} == {WHO}


async def test_a_press_that_cannot_be_taken_is_answered_in_the_tab(room: Room) -> None:
    await publish(room, STATUS)
    room.store.away = True
    await press(room, "home_pause")
    await until(lambda: "cannot reach its store" in repr(at_home(room)))

    assert room.store.events == []


async def test_a_stranger_is_shown_the_refusal_alone(room: Room) -> None:
    channel = SlackChannel(
        room.client, room.store, room.store, channel=OPS.id, approvers=(), clock=room.clock
    )
    await channel.home(WHO, Refusal("guest", Say("Guests cannot ask.")), notice=None)

    [block] = at_home(room)["blocks"]
    assert "Guests cannot ask." in repr(block)


async def test_pause_typed_as_a_command_is_sealed_like_a_click(room: Room) -> None:
    await ask(room, "/dirsync pause We restore a DC")

    [event] = room.store.events
    assert isinstance(event, Switched)
    assert (event.action, event.reason, event.reply_to.channel) == (
        "pause",
        "We restore a DC",
        OPS.id,
    )
    assert event.seal == SIGNER.seal(event.unsealed())


async def test_what_is_announced_stands_in_the_channel_for_everybody(room: Room) -> None:
    channel = SlackChannel(
        room.client, room.store, room.store, channel=OPS.id, approvers=(), clock=room.clock
    )
    await channel.announce("say", '{"msgid":"Writing goes on."}', channel="", by="<!channel>")
    said = room.lab.workspace.messages[OPS.id][-1]

    assert (said.only_for, said.text) == (None, "Writing goes on.")
    assert "shared the answer" in repr(said.blocks)


async def test_every_address_of_a_message_is_a_question_of_its_own(room: Room) -> None:
    await on_message(room, "Is bo@contoso.com, or SMTP:Ann@contoso.com, taken?", "who_holds")

    asked = [(e.command, e.text) for e in room.store.events if isinstance(e, Asked)]
    assert asked == [("whohas", "bo@contoso.com"), ("whohas", "ann@contoso.com")]


async def test_a_message_without_an_address_is_answered_at_once(room: Room) -> None:
    await on_message(room, "Good morning @all!", "who_holds")
    await until(room.whispered)

    assert room.store.events == []
    assert "no address" in room.whispered()[0]


def test_addresses_are_found_however_slack_writes_them() -> None:
    text = "<mailto:Bo@contoso.com|bo@contoso.com> “cy@contoso.com”. a@b @x d@contoso.com e@contoso.com"

    assert addresses_in(text) == ("bo@contoso.com", "cy@contoso.com", "d@contoso.com")
    assert addresses_in("x" * 40_000 + "@" * 40_000) == ()
