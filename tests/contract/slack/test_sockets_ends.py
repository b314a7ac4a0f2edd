"""In: sockets at the start and at the end of the bot, strange frames, mistakes of our own. Out: a line, or no harm.
Promise: what was delivered before the end is answered; nothing that Slack could send ends a connection.
"""

import asyncio
from typing import Any

import pytest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Unreachable
from bot.lab.slack import LabSlack, Outcome
from bot.slack.connection import Workspace
from bot.slack.wire import acknowledgement
from tests.contract.slack.fakes import Store
from tests.contract.slack.links import until
from tests.contract.slack.yard import SlowStore, Waits, both, yard

Given = tuple[LabSlack, AsyncWebClient, Workspace, Store]


@pytest.fixture
def given(lab: LabSlack, client: AsyncWebClient, workspace: Workspace, store: Store) -> Given:
    return lab, client, workspace, store


async def test_nobody_there_at_start_is_one_line(given: Given) -> None:
    lab = given[0]
    lab.sockets.base_url = "http://127.0.0.1:9"  # the address that Slack hands out leads nowhere
    with pytest.raises(Unreachable) as raised:
        async with yard(*given, waits=Waits(held=lambda _w, _s: True)) as room:
            raise AssertionError(room)

    assert "socket cannot be reached" in raised.value.message


@pytest.mark.parametrize(
    "stray", ["not json", "", "[]", "{}", "null", '{"type":7}', "[" * 100_000, '{"envelope_id":1}']
)
async def test_strange_frames_before_the_hello_do_no_harm(given: Given, stray: str) -> None:
    lab = given[0]
    lab.sockets.strays.append(stray)
    async with yard(*given) as room:
        await both(room)

        assert await room.click() == Outcome()


@pytest.mark.parametrize(
    "odd",
    [
        {"envelope_id": "e1"},
        {"envelope_id": None, "type": None, "payload": None},
        {"envelope_id": "e2", "type": "interactive", "payload": []},
        {"envelope_id": "e3", "type": "interactive", "payload": {"type": "block_actions"}},
        {"envelope_id": "e4", "type": "events_api", "payload": {"event": "x"}},
        {"envelope_id": ["e5"], "type": {}, "payload": "text"},
    ],
)
async def test_an_envelope_of_an_odd_shape_does_no_harm(given: Given, odd: dict[str, Any]) -> None:
    lab = given[0]
    async with yard(*given) as room:
        await both(room)
        for socket in lab.sockets.sockets:
            await lab.sockets.send(socket, odd)

        assert await room.clicks(5) == [Outcome()] * 5
        assert room.store.events
        assert room.mode.state().connected


async def test_told_to_end_it_answers_what_it_was_given_first(given: Given) -> None:
    lab, client, workspace, _ = given
    slow = SlowStore()
    opened = yard(lab, client, workspace, slow)
    room = await opened.__aenter__()
    await both(room)
    clicking = asyncio.create_task(room.click())
    await slow.reached.wait()
    closing = asyncio.create_task(opened.__aexit__(None, None, None))
    await asyncio.sleep(0.05)
    slow.gate.set()
    outcome = await clicking
    await closing

    assert outcome == Outcome()
    assert len(room.taken()) == 1
    assert lab.sockets.sockets == []


async def test_a_mistake_of_ours_in_keeping_them_is_not_silent(given: Given) -> None:
    lab = given[0]

    class Broken(Waits):
        async def __call__(self, span: float) -> None:
            raise ZeroDivisionError(span)

    async with yard(*given, waits=Broken()) as room:
        await both(room)
        lab.sockets.abort()
        with pytest.raises(ZeroDivisionError):
            await until(lambda: room.mode.state() is None)


@pytest.mark.parametrize(
    ("response", "ack"),
    [
        (BoltResponse(status=200, body=""), {"envelope_id": "e"}),
        (BoltResponse(status=200, body="text"), {"envelope_id": "e", "payload": {"text": "text"}}),
        (
            BoltResponse(status=200, body={"response_action": "clear"}),
            {"envelope_id": "e", "payload": {"response_action": "clear"}},
        ),
        (BoltResponse(status=404, body={"error": "unhandled request"}), None),
        (BoltResponse(status=500, body=""), None),
    ],
)
def test_the_ack_is_what_bolt_would_answer_over_http(response: BoltResponse, ack: Any) -> None:
    assert acknowledgement("e", response) == ack
