"""In: a real slack_bolt AsyncApp behind its own aiohttp adapter, as a company would run it.
Out: what happens when people run commands, click and fill in dialogs, and Slack posts it.
Promise: signatures, forms, JSON, deadlines and retries are such that bolt takes them; a wrong secret lets nothing in.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack, Outcome
from bot.lab.slack.people import INGRID, OPS
from bot.lab.slack.problems import SlackProblem
from tests.contract.slack_server.cards import CARD, NOTE_VIEW
from tests.contract.slack_server.conftest import until

Body = dict[str, Any]


@pytest.fixture
def app(client: AsyncWebClient, lab: LabSlack) -> AsyncApp:
    return AsyncApp(client=client, signing_secret=lab.workspace.signing_secret)


async def served(app: AsyncApp) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app.server(port=0, host="127.0.0.1").web_app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"


@pytest_asyncio.fixture
async def posted(app: AsyncApp, lab: LabSlack) -> AsyncIterator[str]:
    runner, url = await served(app)
    await lab.http.use(url)
    yield url
    await runner.cleanup()


async def post_card(client: AsyncWebClient) -> str:
    return str((await client.chat_postMessage(channel=OPS.id, text="card", blocks=CARD))["ts"])


async def click(lab: LabSlack, ts: str, action_id: str) -> Outcome:
    return await lab.interactions.click(
        INGRID.id, channel_id=OPS.id, ts=ts, block_id="act", action_id=action_id
    )


@pytest.mark.usefixtures("posted")
async def test_a_command_is_acked_and_answered(app: AsyncApp, lab: LabSlack) -> None:
    @app.command("/whohas")
    async def whohas(ack: AsyncAck, respond: AsyncRespond, command: Body) -> None:
        await ack(text="looking")
        await respond(f"found {command['text']}")

    outcome = await lab.interactions.say(INGRID.id, OPS.id, "/whohas SMTP:jörg&co@contoso.com")
    await until(lambda: len(lab.workspace.messages[OPS.id]) == 2)

    assert outcome == Outcome()
    assert sorted(m.text for m in lab.workspace.messages[OPS.id]) == [
        "found SMTP:jörg&co@contoso.com",
        "looking",
    ]


@pytest.mark.usefixtures("posted")
async def test_a_click_and_a_dialog_with_an_error_beside_its_field(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack
) -> None:
    @app.action("details")
    async def details(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=NOTE_VIEW)

    @app.view(NOTE_VIEW["callback_id"])
    async def note(ack: AsyncAck, view: Body) -> None:
        said = view["state"]["values"]["note"]["v"]["value"]
        errors = {"note": "Say more."}
        await (ack(response_action="errors", errors=errors) if len(said) < 9 else ack())

    outcome = await click(lab, await post_card(client), "details")
    await until(lambda: lab.workspace.stacks.get(INGRID.id))
    [view_id] = lab.workspace.stacks[INGRID.id]
    refused = await lab.interactions.submit(INGRID.id, view_id, {"note": "too short"[:8]})
    taken = await lab.interactions.submit(INGRID.id, view_id, {"note": "long enough"})

    assert outcome == taken == Outcome()
    assert refused.errors == {"note": "Say more."}
    assert lab.workspace.stacks[INGRID.id] == []


@pytest.mark.usefixtures("posted")
async def test_no_ack_in_time_is_told_to_the_person(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack
) -> None:
    lab.workspace.ack_seconds = 0.05

    @app.action("details")
    async def details(body: Body) -> None:
        body["never"] = "acked"

    outcome = await click(lab, await post_card(client), "details")

    assert outcome.error == "operation_timeout"
    assert len([s for s in lab.http.sent if s.kind == "interactive"]) == 1


@pytest.mark.usefixtures("posted")
async def test_an_event_that_fails_comes_again_with_its_number(lab: LabSlack) -> None:
    lab.workspace.event_retry_after = (0.0, 0.0, 0.0)
    lab.interactions.open_home(INGRID.id)
    await until(lambda: lab.events.given_up)
    tries = [s for s in lab.http.sent if s.kind == "events_api"][1:]

    assert [s.headers.get("X-Slack-Retry-Num") for s in tries] == [None, "1", "2", "3"]
    assert {s.headers.get("X-Slack-Retry-Reason") for s in tries[1:]} == {"http_error"}
    assert {s.status for s in tries} == {404}


async def test_an_app_with_another_secret_does_not_pass_the_challenge(
    client: AsyncWebClient, lab: LabSlack
) -> None:
    runner, url = await served(AsyncApp(client=client, signing_secret="another-apps-secret"))
    with pytest.raises(SlackProblem) as raised:
        await lab.http.use(url)
    await runner.cleanup()

    assert (raised.value.name, lab.http.url) == ("url_not_verified", "")


async def test_an_address_that_answers_but_not_the_challenge_is_not_taken(lab: LabSlack) -> None:
    async def polite(_request: web.Request) -> web.Response:
        return web.json_response({"challenge": "whatever"})

    site = web.Application()
    site.router.add_post("/", polite)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    with pytest.raises(SlackProblem):
        await lab.http.use(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    await runner.cleanup()

    assert lab.http.url == ""


async def test_the_lab_posts_to_this_machine_only(lab: LabSlack) -> None:
    with pytest.raises(ValueError, match="loopback"):
        await lab.http.use("https://bot.contoso.com/slack/events")


async def test_nobody_at_the_address_is_said_to_the_person(
    client: AsyncWebClient, lab: LabSlack
) -> None:
    lab.http.url = "http://127.0.0.1:9/"

    assert (await click(lab, await post_card(client), "details")).error == "dispatch_failed"
    assert [s.status for s in lab.http.sent] == [0]
