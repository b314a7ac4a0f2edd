"""In: a real slack_bolt AsyncApp over AsyncSocketModeHandler.
Out: what happens when people run commands, click and fill in dialogs.
Promise: acks, deadlines, triggers, response URLs and reconnects behave as at Slack.
"""

import asyncio
import re
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.lab.slack import LabSlack, Outcome
from bot.lab.slack.people import INGRID, LEE, OPS
from tests.contract.slack_server.cards import CARD, EVERY_KIND, NOTE_VIEW, section
from tests.contract.slack_server.conftest import until

Body = dict[str, Any]


def texts(lab: LabSlack, channel: str = OPS.id) -> list[str]:
    return [message.text for message in lab.workspace.messages.get(channel, [])]


async def post(client: AsyncWebClient, blocks: list[Body] | None = None) -> str:
    posted = await client.chat_postMessage(channel=OPS.id, text="card", blocks=blocks or CARD)
    return str(posted["ts"])


async def click(lab: LabSlack, ts: str, action_id: str, choice: object = None) -> Outcome:
    return await lab.interactions.click(
        INGRID.id, channel_id=OPS.id, ts=ts, block_id="act", action_id=action_id, choice=choice
    )


@pytest.mark.usefixtures("connected")
async def test_a_command_is_acked_and_answered(app: AsyncApp, lab: LabSlack) -> None:
    @app.command("/whohas")
    async def whohas(ack: AsyncAck, respond: AsyncRespond, command: Body) -> None:
        await ack()
        await respond(f"found {command['text']}")

    outcome = await lab.interactions.say(INGRID.id, OPS.id, "/whohas SMTP:john@contoso.com")
    await until(lambda: texts(lab))

    [message] = lab.workspace.messages[OPS.id]
    assert outcome == Outcome()
    assert ("found SMTP:john@contoso.com", INGRID.id) == (message.text, message.only_for)


@pytest.mark.usefixtures("connected")
async def test_an_ack_can_carry_the_answer(app: AsyncApp, lab: LabSlack) -> None:
    @app.command("/whohas")
    async def whohas(ack: AsyncAck) -> None:
        await ack(text="for all", response_type="in_channel")

    await lab.interactions.say(INGRID.id, OPS.id, "/whohas x")

    assert [(m.text, m.only_for) for m in lab.workspace.messages[OPS.id]] == [("for all", None)]


@pytest.mark.usefixtures("connected")
async def test_no_ack_in_time_is_an_operation_timeout(app: AsyncApp, lab: LabSlack) -> None:
    lab.workspace.ack_seconds = 0.05
    seen = []

    @app.command("/whohas")
    async def whohas(command: Body) -> None:
        seen.append(command["text"])

    outcome = await lab.interactions.say(INGRID.id, OPS.id, "/whohas x")

    assert outcome.error == "operation_timeout"
    assert texts(lab) == ["/whohas failed with the error “operation_timeout”"]
    assert seen == ["x"]  # delivered once and never again


async def test_without_a_socket_the_click_is_refused_at_once(
    client: AsyncWebClient, lab: LabSlack
) -> None:
    assert (await click(lab, await post(client), "details")).error == "dispatch_failed"


@pytest.mark.usefixtures("connected")
async def test_a_click_carries_the_message_and_updates_it(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack
) -> None:
    bodies = []

    @app.action("approve")
    async def approve(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        await ack()
        bodies.append(body)
        await client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text="approved"
        )

    ts = await post(client)
    outcome = await click(lab, ts, "approve")
    await until(lambda: texts(lab) == ["approved"])

    [body] = bodies
    assert outcome == Outcome()
    assert (INGRID.id, lab.workspace.team_id) == (body["user"]["id"], body["user"]["team_id"])
    assert tuple(body["actions"][0][name] for name in ("action_id", "value", "block_id")) == (
        "approve",
        "p=1;v=1",
        "act",
    )


@pytest.mark.usefixtures("connected")
async def test_a_choice_is_one_of_those_offered(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack
) -> None:
    chosen = []

    @app.action("more")
    async def more(ack: AsyncAck, action: Body) -> None:
        await ack()
        chosen.append(action["selected_option"])

    ts = await post(client)
    await click(lab, ts, "more", "recheck")
    await click(lab, ts, "more", "made up")

    assert [option and option["value"] for option in chosen] == ["recheck", None]


@pytest.mark.usefixtures("connected")
async def test_a_button_that_is_gone_is_not_delivered(
    client: AsyncWebClient, lab: LabSlack
) -> None:
    ts = await post(client)
    await client.chat_update(channel=OPS.id, ts=ts, text="done", blocks=[section("done")])

    assert (await click(lab, ts, "approve")).error == "action_not_found"


@pytest.mark.usefixtures("connected")
async def test_a_foreign_click_says_so(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack
) -> None:
    teams = []

    @app.action("details")
    async def details(ack: AsyncAck, body: Body) -> None:
        await ack()
        teams.append((body["user"]["team_id"], body["team"]["id"]))

    posted = await client.chat_postMessage(channel="C0FABRIKAM", text="card", blocks=CARD)
    await lab.interactions.click(
        LEE.id, channel_id="C0FABRIKAM", ts=posted["ts"], block_id="act", action_id="details"
    )
    command = await lab.interactions.say(LEE.id, "C0FABRIKAM", "/whohas x")

    assert teams == [("T0FABRIKAM", "T0FABRIKAM")]
    assert command.error == "unknown_command"


@pytest.mark.usefixtures("connected")
async def test_every_kind_of_element_reaches_the_app(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack
) -> None:
    got = {}

    @app.action({"type": "block_actions", "action_id": re.compile(".*")})
    async def anything(ack: AsyncAck, action: Body) -> None:
        await ack()
        got[action["action_id"]] = action

    ts = await post(client, EVERY_KIND)
    [message] = lab.workspace.messages[OPS.id]
    block = next(b for b in message.blocks or [] if b["type"] == "actions")
    choices = {"ticks": ["other"], "radio": "other", "day": "2026-12-01", "user": INGRID.id}
    for action_id, choice in choices.items():
        await lab.interactions.click(
            INGRID.id,
            channel_id=OPS.id,
            ts=ts,
            block_id=block["block_id"],
            action_id=action_id,
            choice=choice,
        )

    assert [option["value"] for option in got["ticks"]["selected_options"]] == ["other"]
    assert got["radio"]["selected_option"]["value"] == "other"
    assert got["day"]["selected_date"] == "2026-12-01"
    assert INGRID.id == got["user"]["selected_user"]


@pytest.mark.usefixtures("connected")
async def test_a_dialog_refuses_and_then_takes_the_note(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack
) -> None:
    notes = []

    @app.action("details")
    async def details(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=NOTE_VIEW)

    @app.view("note")
    async def note(ack: AsyncAck, view: Body) -> None:
        text = view["state"]["values"]["note"]["v"]["value"]
        if len(text) < 5:
            await ack(response_action="errors", errors={"note": "Write at least 5 characters"})
            return
        await ack()
        notes.append((view["private_metadata"], text))

    await click(lab, await post(client), "details")
    await until(lambda: lab.workspace.open_views(INGRID.id))
    [view] = lab.workspace.open_views(INGRID.id)
    empty = await lab.interactions.submit(INGRID.id, view["id"], {})
    short = await lab.interactions.submit(INGRID.id, view["id"], {"note": "abc"})
    good = await lab.interactions.submit(INGRID.id, view["id"], {"note": "looks right"})

    assert empty.errors == {"note": "Please complete this required field."}
    assert short.errors == {"note": "Write at least 5 characters"}
    assert (Outcome(), []) == (good, lab.workspace.open_views(INGRID.id))
    assert notes == [("c-1", "looks right")]


@pytest.mark.usefixtures("connected")
async def test_an_ack_can_update_push_and_clear_the_dialog(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack
) -> None:
    plan = iter(["update", "push", "clear"])

    @app.action("details")
    async def details(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=NOTE_VIEW)

    @app.view("note")
    async def note(ack: AsyncAck) -> None:
        action = next(plan)
        await ack(response_action=action, view=None if action == "clear" else NOTE_VIEW)

    await click(lab, await post(client), "details")
    await until(lambda: lab.workspace.open_views(INGRID.id))
    depths = []
    for _ in range(3):
        top = lab.workspace.open_views(INGRID.id)[-1]
        await lab.interactions.submit(INGRID.id, top["id"], {"note": "fine"})
        depths.append(len(lab.workspace.open_views(INGRID.id)))

    assert depths == [1, 2, 0]


@pytest.mark.usefixtures("connected")
async def test_a_loading_dialog_is_filled_later_unless_it_was_closed(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack
) -> None:
    opened = []

    @app.action("details")
    async def details(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        await ack()
        answer = await client.views_open(trigger_id=body["trigger_id"], view=NOTE_VIEW)
        opened.append(answer["view"])

    await click(lab, await post(client), "details")
    await until(lambda: opened)
    view = opened[0]
    filled = await client.views_update(view_id=view["id"], hash=view["hash"], view=NOTE_VIEW)
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=view["id"], hash=view["hash"], view=NOTE_VIEW)
    await lab.interactions.close(INGRID.id, view["id"])

    assert view["hash"] != filled["view"]["hash"]
    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_update(view_id=view["id"], view=NOTE_VIEW)


async def test_a_trigger_is_good_once_and_for_three_seconds(
    client: AsyncWebClient, lab: LabSlack
) -> None:
    trigger = lab.workspace.new_trigger(INGRID.id)
    await client.views_open(trigger_id=trigger, view=NOTE_VIEW)
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await client.views_open(trigger_id=trigger, view=NOTE_VIEW)

    late = lab.workspace.new_trigger(INGRID.id)
    issued = lab.workspace.triggers[late].issued
    lab.workspace.now = lambda: issued + 3.1
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        await client.views_open(trigger_id=late, view=NOTE_VIEW)


async def test_a_stack_is_three_deep(client: AsyncWebClient, lab: LabSlack) -> None:
    first = await client.views_open(trigger_id=lab.workspace.new_trigger(INGRID.id), view=NOTE_VIEW)
    for _ in range(2):
        trigger = lab.workspace.new_trigger(INGRID.id, first["view"]["id"])
        await client.views_push(trigger_id=trigger, view=NOTE_VIEW)

    with pytest.raises(SlackApiError, match="push_limit_reached"):
        await client.views_push(
            trigger_id=lab.workspace.new_trigger(INGRID.id, first["view"]["id"]), view=NOTE_VIEW
        )


@pytest.mark.usefixtures("connected")
async def test_a_response_url_has_five_uses_in_half_an_hour(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack
) -> None:
    urls: list[str] = []

    @app.action("details")
    async def details(ack: AsyncAck, body: Body) -> None:
        await ack()
        urls.append(body["response_url"])

    ts = await post(client)
    await click(lab, ts, "details")
    await click(lab, ts, "details")
    hook = AsyncWebhookClient(urls[0])
    used = [(await hook.send(text="seen", replace_original=True)).body for _ in range(6)]
    issued = lab.workspace.now()
    lab.workspace.now = lambda: issued + 1801
    late = await AsyncWebhookClient(urls[1]).send(text="late")

    assert [*["ok"] * 5, "used_url"] == used
    assert late.body == "expired_url"
    assert texts(lab) == ["seen"]


@pytest.mark.usefixtures("connected")
async def test_an_answer_by_response_url_can_be_replaced_and_deleted(
    app: AsyncApp, lab: LabSlack
) -> None:
    urls = []

    @app.command("/whohas")
    async def whohas(ack: AsyncAck, command: Body) -> None:
        await ack()
        urls.append(command["response_url"])

    await lab.interactions.say(INGRID.id, OPS.id, "/whohas x")
    hook = AsyncWebhookClient(urls[0])
    seen = []
    for said in ({"text": "a"}, {"text": "b", "replace_original": True}, {"delete_original": True}):
        await hook.send_dict(said)
        seen.append(texts(lab))

    assert seen == [["a"], ["b"], []]


@pytest.mark.usefixtures("connected")
async def test_the_home_tab_is_drawn_when_it_is_opened(app: AsyncApp, lab: LabSlack) -> None:
    @app.event("app_home_opened")
    async def home(event: Body, client: AsyncWebClient) -> None:
        view = {"type": "home", "blocks": [section("8 open problems")]}
        await client.views_publish(user_id=event["user"], view=view)

    lab.interactions.open_home(INGRID.id)
    await until(lambda: lab.workspace.home_json(INGRID.id))

    home_view = lab.workspace.home_json(INGRID.id)
    assert home_view is not None
    assert home_view["blocks"][0]["text"]["text"] == "8 open problems"


async def test_an_event_comes_again_with_its_number(
    lab: LabSlack, connected: AsyncSocketModeHandler
) -> None:
    lab.workspace.ack_seconds = 0.05
    lab.workspace.event_retry_after = (0.0, 0.0, 0.0)
    seen = []

    async def listen(_client: object, message: Body, _raw: str | None) -> None:
        if message.get("type") == "events_api":
            seen.append((message["retry_attempt"], message["retry_reason"]))

    connected.client.socket_mode_request_listeners.clear()  # nobody acknowledges
    connected.client.message_listeners.append(listen)
    lab.interactions.open_home(INGRID.id)
    await until(lambda: lab.events.given_up)

    assert seen == [(0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout")]


@pytest.mark.usefixtures("connected")
async def test_an_orderly_refresh_loses_nothing(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack
) -> None:
    @app.action("details")
    async def details(ack: AsyncAck) -> None:
        await ack()

    ts = await post(client)
    before = lab.sockets.opened
    await lab.sockets.refresh()
    await until(lambda: lab.sockets.opened > before)
    await until(lambda: len(lab.sockets.sockets) == 1)

    assert await click(lab, ts, "details") == Outcome()


@pytest.mark.usefixtures("connected")
async def test_a_cut_connection_comes_back(lab: LabSlack) -> None:
    before = lab.sockets.opened
    await lab.sockets.cut()
    await until(lambda: lab.sockets.opened > before)

    assert lab.sockets.opened == before + 1


@pytest.mark.usefixtures("connected")
async def test_two_sockets_share_the_clicks(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack
) -> None:
    seen = []

    @app.action("details")
    async def details(ack: AsyncAck) -> None:
        await ack()
        seen.append(1)

    second = AsyncSocketModeHandler(app, lab.workspace.app_token, ping_interval=1)
    await second.connect_async()  # type: ignore[no-untyped-call]  # bolt leaves it untyped
    await until(lambda: len(lab.sockets.sockets) == 2)
    ts = await post(client)
    outcomes = [await click(lab, ts, "details") for _ in range(20)]
    await second.close_async()  # type: ignore[no-untyped-call]  # bolt leaves it untyped

    assert ([Outcome()] * 20, 20) == (outcomes, len(seen))


@pytest.mark.usefixtures("connected")
async def test_ghost_sockets_swallow_clicks(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack
) -> None:
    @app.action("details")
    async def details(ack: AsyncAck) -> None:
        await ack()

    ts = await post(client)
    [real] = lab.sockets.sockets
    lab.sockets.add_ghosts(1)
    lab.sockets.sockets.remove(real)
    lab.workspace.ack_seconds = 0.05
    lost = await click(lab, ts, "details")
    lab.workspace.ack_seconds = 3
    lab.sockets.sockets.append(real)
    lab.sockets.remove_ghosts()

    assert lost.error == "operation_timeout"
    assert await click(lab, ts, "details") == Outcome()


async def test_the_eleventh_socket_is_sent_away(lab: LabSlack) -> None:
    lab.sockets.add_ghosts(10)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(lab.sockets.new_url()) as socket,
    ):
        said = await socket.receive_json(timeout=5)
        closed = await socket.receive(timeout=5)

    assert (said["type"], said["reason"]) == ("disconnect", "too_many_websockets")
    assert closed.type == aiohttp.WSMsgType.CLOSE


async def test_a_ticket_opens_one_socket_once(lab: LabSlack) -> None:
    url = lab.sockets.new_url()
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            hello = await socket.receive_json(timeout=5)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)

    assert (hello["type"], hello["num_connections"]) == ("hello", 1)


@pytest.mark.usefixtures("connected")
async def test_a_message_to_the_bot_is_an_event(app: AsyncApp, lab: LabSlack) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    @app.event("message")
    async def message(event: Body) -> None:
        await heard.put(event["text"])

    channel = lab.workspace.direct_channel(INGRID.id)
    await lab.interactions.say(INGRID.id, channel.id, "hello")

    assert await asyncio.wait_for(heard.get(), 5) == "hello"
