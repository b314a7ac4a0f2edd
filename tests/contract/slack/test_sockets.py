"""In: sockets that are renewed, cut, deaf, too many or not ours, while people click. Out: acks and events, counted.
Promise: what was acknowledged is one event; what was lost was said to the person; Slack is never asked in a storm.
"""

import asyncio
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot import telemetry
from bot.lab.slack import LabSlack, Outcome
from bot.lab.slack.sockets import disconnect
from bot.slack.connection import Workspace
from bot.slack.sockets import TOLD_TOO_MANY
from tests.contract.slack.fakes import Store
from tests.contract.slack.links import until
from tests.contract.slack.yard import SlowStore, Waits, both, counted, looking_again, renewed, yard

Given = tuple[LabSlack, AsyncWebClient, Workspace, Store]


@pytest.fixture
def given(lab: LabSlack, client: AsyncWebClient, workspace: Workspace, store: Store) -> Given:
    return lab, client, workspace, store


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    telemetry.configure(stream=stream)
    yield stream
    telemetry.configure(stream=io.StringIO())


def events(told: io.StringIO, event: str, **facts: Any) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in told.getvalue().splitlines()]
    return [
        line
        for line in lines
        if line["event"] == event and all(line.get(k) == v for k, v in facts.items())
    ]


# ---------------------------------------------------------------- renewed in order


async def test_renewed_under_load_nothing_is_lost_and_there_are_never_less_than_two(
    given: Given,
) -> None:
    lab = given[0]
    async with yard(*given) as room:
        await both(room)
        async with counted(lab) as counts:
            clicking = asyncio.create_task(room.clicks(150))
            for _ in range(5):
                await renewed(room)
            outcomes = await clicking

    assert [o for o in outcomes if o != Outcome()] == []
    assert (len(room.taken()), set(room.taken().values())) == (150, {1})
    assert min(counts) == 2
    assert max(counts) <= 4
    assert room.opens == 2 + 5 * 2


@pytest.mark.parametrize("warn", [True, False])
async def test_a_warning_and_the_request_after_it_are_one_renewal(
    given: Given, *, warn: bool
) -> None:
    async with yard(*given) as room:
        await both(room)
        await renewed(room, warn=warn)
        await both(room)

        assert room.opens == 4


# ---------------------------------------------------------------- cut


async def test_cut_while_people_click_each_loss_is_said_and_nothing_is_twice(
    given: Given,
) -> None:
    lab = given[0]
    lab.workspace.ack_seconds = 0.3
    aborts, outcomes = 0, []
    async with yard(*given) as room:
        for _ in range(20):
            await both(room)
            lab.sockets.abort_before_ack = 1
            aborts += 1
            outcomes += await room.clicks(5, together=1)
    lost = [o for o in outcomes if o.error]
    taken = room.taken()

    assert len(outcomes) == 100
    assert len(lost) <= aborts
    assert all("press again" in o.notice for o in lost)
    assert len(outcomes) - len(lost) <= len(taken) <= len(outcomes)
    assert set(taken.values()) == {1}


@pytest.mark.parametrize("strict", [False, True])
async def test_an_answer_whose_socket_broke_goes_over_another_one(
    given: Given, *, strict: bool
) -> None:
    """Slack may or may not take it there; if not, the person is told and presses again."""
    lab, client, workspace, _ = given
    slow = SlowStore()
    lab.workspace.ack_seconds = 1 if strict else 10
    lab.sockets.strict_ack_socket = strict
    async with yard(lab, client, workspace, slow) as room:
        await both(room)
        before = set(lab.sockets.sockets)
        clicking = asyncio.create_task(room.click())
        await slow.reached.wait()
        lab.sockets.abort()
        await until(lambda: not before & set(lab.sockets.sockets))
        await both(room)
        slow.gate.set()
        first = await clicking
        second = await room.click()

    assert first.error == ("operation_timeout" if strict else "")
    assert second == Outcome()
    assert len(room.taken()) == 2


async def test_both_cut_at_once_come_back_by_themselves(given: Given) -> None:
    lab = given[0]
    async with yard(*given) as room:
        await both(room)
        before = set(lab.sockets.sockets)
        lab.sockets.abort()
        await until(lambda: not before & set(lab.sockets.sockets))
        await both(room)

        assert await room.click() == Outcome()


async def test_connected_but_deaf_is_noticed_by_the_pings_and_replaced(given: Given) -> None:
    lab = given[0]
    async with yard(*given) as room:
        await both(room)
        deaf = set(lab.sockets.sockets)
        lab.sockets.deafen()
        await until(lambda: not deaf & set(lab.sockets.sockets))
        await both(room)

        assert await room.clicks(10) == [Outcome()] * 10
        assert room.mode.state().connected


# ---------------------------------------------------------------- no storm


async def test_too_many_sockets_are_asked_for_ever_more_rarely(given: Given) -> None:
    """slack_sdk's own client asks about 450 times a second here."""
    lab = given[0]
    lab.sockets.add_ghosts(10)
    waits = Waits(held=lambda w, _: len(w.spans) > 24)
    async with yard(*given, waits=waits) as room:
        await until(lambda: len(waits.spans) == 26)
        trouble, connected = room.mode.state().trouble, room.mode.state().connected
        spans, opens = sorted(waits.spans), room.opens
        lab.sockets.remove_ghosts()
        waits.held = looking_again
        waits.let_go()
        await until(lambda: room.mode.full)
        after = room.mode.state().trouble

    assert TOLD_TOO_MANY in trouble
    assert not connected
    assert opens == 26
    assert spans == sorted([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300] * 2)
    assert after == ""


async def test_sockets_that_break_right_after_the_hello_are_no_storm_either(given: Given) -> None:
    lab = given[0]
    waits = Waits(held=lambda w, _: len(w.spans) > 18)
    async with yard(*given, waits=waits) as room:

        def broken() -> bool:
            lab.sockets.abort()
            return len(waits.spans) >= 20

        await until(broken)

        assert room.opens == 20
        assert max(waits.spans) == 300


async def test_told_that_there_are_too_many_a_socket_is_given_up_first(given: Given) -> None:
    lab = given[0]
    waits = Waits(held=lambda _w, _s: True)
    async with yard(*given, waits=waits) as room:
        await both(room)
        first = lab.sockets.sockets[0]
        await lab.sockets.send(first, disconnect("too_many_websockets", first.host))
        await until(lambda: first not in lab.sockets.sockets)
        held = (room.opens, len(lab.sockets.sockets))
        waits.let_go()
        await both(room)

    assert held == (2, 1)


async def test_the_last_free_place_is_made_by_closing_our_own(given: Given) -> None:
    """Ten are open: a renewal finds no place until the one that is to go has gone; the other one stays meanwhile."""
    lab = given[0]
    async with yard(*given) as room:
        await both(room)
        lab.sockets.add_ghosts(8)
        ours = {s for s in lab.sockets.sockets if s.ws is not None}
        async with counted(lab) as counts:
            await lab.sockets.refresh()
            await until(lambda: not ours & set(lab.sockets.sockets) and room.mode.full)
        new = {s for s in lab.sockets.sockets if s.ws is not None}

    assert len(new) == 2
    assert min(counts) == 9


async def test_slacks_retry_after_is_kept(given: Given) -> None:
    lab = given[0]
    async with yard(*given) as room:
        await both(room)
        lab.workspace.faults.fail_next("apps.connections.open", status=429, after=40)
        lab.sockets.abort()
        await until(lambda: 40 in room.waits.spans)
        await both(room)


async def test_a_token_that_is_revoked_meanwhile_is_told_with_what_to_do(
    given: Given, told: io.StringIO
) -> None:
    lab = given[0]
    waits = Waits(held=lambda w, _: len(w.spans) > 6)
    async with yard(*given, waits=waits) as room:
        await both(room)
        lab.workspace.faults.fail_next("apps.connections.open", "token_revoked", times=6)
        lab.sockets.abort()
        await until(lambda: len(waits.spans) >= 8)
        trouble = room.mode.state().trouble
        waits.let_go()
        await until(lambda: room.mode.full)
        after = room.mode.state().trouble

    assert "token_revoked" in trouble
    assert "DIRSYNC_SLACK__APP_TOKEN" in trouble
    assert after == ""
    assert len(events(told, "broken")) == len(events(told, "works again")) <= 2


# ---------------------------------------------------------------- counted by Slack


async def test_more_sockets_than_ours_are_told_until_they_are_gone(
    given: Given, told: io.StringIO
) -> None:
    lab = given[0]
    waits = Waits(held=looking_again)
    lab.sockets.add_ghosts(4)
    async with yard(*given, waits=waits) as room:
        await until(lambda: len(lab.sockets.sockets) == 6)
        await until(lambda: 60 in waits.spans)
        trouble = room.mode.state().trouble
        waits.let_go()  # a minute later: one is renewed to hear the count, and it is still too high
        await until(lambda: 120 in waits.spans)
        still = room.mode.state().trouble
        lab.sockets.remove_ghosts()
        waits.let_go()
        await until(lambda: not room.mode.state().trouble)

    what = "Slack's count of sockets"
    assert "Slack counts 5 sockets" in trouble or "Slack counts 6 sockets" in trouble
    assert "DIRSYNC_SLACK__EDGES" in trouble
    assert still
    assert len(events(told, "broken", what=what)) == 1
    assert len(events(told, "works again", what=what)) == 1


async def test_sockets_of_our_own_replicas_are_no_trouble(given: Given) -> None:
    lab = given[0]
    async with yard(*given, edges=3) as one, yard(*given, edges=3) as two:
        await until(lambda: len(lab.sockets.sockets) == 4)
        await renewed(one)

        assert (one.mode.state().trouble, two.mode.state().trouble) == ("", "")
