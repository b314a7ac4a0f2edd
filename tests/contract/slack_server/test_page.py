"""In: the page in headless Chromium, an app of slack_bolt behind it, a console.
Out: what a person sees and does there.
Promise: every kind of block is drawn with no error in the console; each wait is for a condition.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack, contoso, serve
from bot.lab.slack.people import INGRID, OPS
from tests.contract.slack_server.cards import CARD, EVERY_KIND, NOTE_VIEW, button, section
from tests.servers.chromium import NOT_YET, chromium

SECONDS = 15


class Levers:
    """A console with one object; a cycle takes the contested value away."""

    def __init__(self) -> None:
        self.fixed = False
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def snapshot(self) -> dict[str, Any]:
        held = [] if self.fixed else ["smtp:john@contoso.com"]
        return {
            "sync": {
                "running": True,
                "last_cycle": None,
                "next_cycle": None,
                "last_sweep": None,
                "next_sweep": None,
                "errors_open": len(held),
            },
            "objects": [
                {
                    "key": "c-1",
                    "title": "John Doe (svc)",
                    "kind": "user",
                    "ad": {"dn": "CN=John", "attrs": {"proxyAddresses": held}},
                    "entra": {"id": "1", "attrs": {}, "errors": []},
                    "contested": ["john@contoso.com"],
                }
            ],
            "plants": [{"id": "upn", "title": "A leaver's name", "planted": False}],
        }

    async def act(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((name, arguments))
        self.fixed = name == "cycle"
        return {"ok": True, "message": f"{name} done"}


@pytest.fixture
def levers() -> Levers:
    return Levers()


@pytest_asyncio.fixture
async def lab(levers: Levers) -> AsyncIterator[LabSlack]:
    workspace = contoso()
    workspace.rates.enabled = False
    running = await serve(workspace, page_token="page-token", console=levers)
    yield running
    await running.aclose()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path / "page.png") as driver:
        yield driver


class Eyes:
    """The page as a person uses it; every look waits until what is wanted is there."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self.wait = WebDriverWait(driver, SECONDS, poll_frequency=0.05, ignored_exceptions=NOT_YET)

    def see(self, css: str) -> WebElement:
        return self.wait.until(lambda _driver: self.shown(css)[0])

    def shown(self, css: str) -> list[WebElement]:
        found = self.driver.find_elements(By.CSS_SELECTOR, css)
        return [element for element in found if element.is_displayed()]

    def gone(self, css: str) -> None:
        self.wait.until(lambda driver: not driver.find_elements(By.CSS_SELECTOR, css))

    def reads(self, css: str, words: str) -> None:
        self.wait.until(lambda _driver: words in " ".join(e.text for e in self.shown(css)))

    def press(self, css: str) -> None:
        def pressed(_driver: object) -> bool:
            self.shown(css)[0].click()
            return True

        self.wait.until(pressed)

    def errors(self) -> list[str]:
        log: list[dict[str, str]] = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in log]


def tid(name: str) -> str:
    return f'[data-testid="{name}"]'


def listeners(app: AsyncApp, notes: list[str]) -> None:
    @app.action("approve")
    async def approve(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.chat_update(
            channel=body["channel"]["id"],
            ts=body["message"]["ts"],
            text="approved",
            blocks=[section(":white_check_mark: *Approved*"), *CARD[5:6]],
        )

    @app.action("details")
    async def details(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=NOTE_VIEW)

    @app.view("note")
    async def note(ack: AsyncAck, view: dict[str, Any]) -> None:
        text = view["state"]["values"]["note"]["v"]["value"]
        if len(text) < 5:
            await ack(response_action="errors", errors={"note": "Write at least 5 characters"})
            return
        await ack()
        notes.append(text)

    @app.command("/whohas")
    async def whohas(ack: AsyncAck, respond: AsyncRespond, command: dict[str, Any]) -> None:
        await ack()
        await respond(f"found `{command['text']}`")

    @app.event("app_home_opened")
    async def home(event: dict[str, Any], client: AsyncWebClient) -> None:
        view = {"type": "home", "blocks": [section("8 open problems")]}
        await client.views_publish(user_id=event["user"], view=view)


def approve_walk(eyes: Eyes) -> None:
    eyes.press('[data-action-id="approve"]')
    eyes.press(tid("confirm-deny"))
    eyes.gone(tid("confirm-dialog"))
    eyes.press('[data-action-id="approve"]')
    eyes.press(tid("confirm-ok"))
    eyes.reads(tid("message"), "Approved")


def dialog_walk(eyes: Eyes) -> None:
    eyes.press('[data-action-id="details"]')
    eyes.see(f"{tid('modal')} textarea").send_keys("abc")
    eyes.press(tid("modal-submit"))
    eyes.reads(".field-error", "Write at least 5 characters")
    eyes.see(f"{tid('modal')} textarea").send_keys("defg")
    eyes.press(tid("modal-submit"))
    eyes.gone(tid("modal"))
    eyes.press('[data-action-id="details"]')
    eyes.see(f"{tid('modal')} textarea").send_keys(Keys.ESCAPE)
    eyes.gone(tid("modal"))


def command_walk(eyes: Eyes) -> None:
    eyes.see(tid("compose")).send_keys("/wh")
    eyes.press('[data-command="/whohas"]')
    eyes.see(tid("compose")).send_keys("SMTP:john@contoso.com", Keys.ENTER)
    eyes.reads(".message.ephemeral", "found SMTP:john@contoso.com")
    eyes.reads(".message.ephemeral", "Only visible to you")


def behind_walk(eyes: Eyes) -> None:
    eyes.press(f"{tid('object')} summary")
    eyes.reads(".value.contested", "smtp:john@contoso.com")
    eyes.press(tid("console-cycle"))
    eyes.reads(".value.gone", "smtp:john@contoso.com")
    eyes.reads(tid("errors-open"), "0 objects")
    eyes.press(tid("plants"))
    eyes.press(tid("console-upn"))
    eyes.wait.until(lambda d: "plant done" in d.find_element(By.ID, "toasts").text)


@pytest.mark.usefixtures("connected")
async def test_a_person_works_on_a_card(
    app: AsyncApp, lab: LabSlack, levers: Levers, browser: webdriver.Chrome
) -> None:
    notes: list[str] = []
    listeners(app, notes)
    await app.client.chat_postMessage(channel=OPS.id, text="card", blocks=CARD)
    eyes = Eyes(browser)
    walks: list[Callable[[Eyes], None]] = [approve_walk, dialog_walk, command_walk, behind_walk]

    await asyncio.to_thread(browser.get, lab.page_url)
    for walk in walks:
        await asyncio.to_thread(walk, eyes)
    await asyncio.to_thread(eyes.press, tid("home-tab"))
    await asyncio.to_thread(eyes.reads, tid("home"), "8 open problems")
    errors = await asyncio.to_thread(eyes.errors)
    address = browser.current_url

    assert notes == ["abcdefg"]
    assert levers.asked == [("cycle", {}), ("plant", {"id": "upn"})]
    assert ([], f"{lab.base_url}/") == (errors, address)


async def test_every_kind_of_block_is_drawn(
    client: AsyncWebClient, lab: LabSlack, browser: webdriver.Chrome
) -> None:
    await client.chat_postMessage(channel=OPS.id, text="all", blocks=EVERY_KIND)
    eyes = Eyes(browser)
    await asyncio.to_thread(browser.get, lab.page_url)

    await asyncio.to_thread(eyes.see, '[data-block-type="container"]')
    blocks = browser.find_elements(By.CSS_SELECTOR, ".message > .content > .block")
    drawn = [block.get_attribute("data-block-type") for block in blocks]
    cells = [cell.text for cell in browser.find_elements(By.CSS_SELECTOR, ".block.table td")]
    tags = {tag: bool(browser.find_elements(By.CSS_SELECTOR, f".message {tag}")) for tag in TAGS}
    errors = await asyncio.to_thread(eyes.errors)
    assert [block["type"] for block in EVERY_KIND] == drawn
    assert cells == ["<b>not markup</b>", "*nor this*"]
    assert dict.fromkeys(TAGS, True) == tags
    assert errors == []


TAGS = ("strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "h4", "svg.emoji", ".mention")


async def test_a_click_without_an_answer_is_told(
    client: AsyncWebClient, lab: LabSlack, browser: webdriver.Chrome
) -> None:
    await client.chat_postMessage(channel=OPS.id, text="card", blocks=CARD)
    lab.sockets.add_ghosts(1)
    lab.workspace.ack_seconds = 0.05
    eyes = Eyes(browser)
    await asyncio.to_thread(browser.get, lab.page_url)
    await asyncio.to_thread(eyes.press, '[data-action-id="details"]')

    await asyncio.to_thread(eyes.reads, tid("notice"), "operation_timeout")
    lab.sockets.remove_ghosts()


async def test_another_person_does_not_see_what_is_whispered(
    client: AsyncWebClient, lab: LabSlack, browser: webdriver.Chrome
) -> None:
    eyes = Eyes(browser)
    await asyncio.to_thread(browser.get, lab.page_url)
    await asyncio.to_thread(eyes.see, tid("who"))
    await client.chat_postEphemeral(channel=OPS.id, user=INGRID.id, text="for Ingrid")
    await asyncio.to_thread(eyes.reads, ".message.ephemeral", "for Ingrid")
    choose = "arguments[0].value='U0MART0001'; arguments[0].dispatchEvent(new Event('change'))"
    picker = await asyncio.to_thread(eyes.see, tid("who"))
    await asyncio.to_thread(browser.execute_script, choose, picker)

    await asyncio.to_thread(eyes.gone, ".message.ephemeral")


@pytest.mark.usefixtures("connected")
async def test_an_answer_for_ones_own_eyes_is_turned_over_in_its_place(
    app: AsyncApp, lab: LabSlack, browser: webdriver.Chrome
) -> None:
    """Its buttons are pressed like any other; what is pressed replaces the message, and shares it with everybody."""

    def page(number: int) -> list[dict[str, Any]]:
        turns = [button("turn", f"Page {number + 1}"), button("share", "Show it")]
        return [section(f"This is page {number}"), {"type": "actions", "elements": turns}]

    turned: list[dict[str, Any]] = []

    @app.command("/whohas")
    async def whohas(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(text="page", blocks=page(0))

    @app.action("turn")
    async def turn(ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any]) -> None:
        await ack()
        turned.append(body["container"])
        await respond(text="page", blocks=page(len(turned)), replace_original=True)

    @app.action("share")
    async def share(ack: AsyncAck, client: AsyncWebClient) -> None:
        await ack()
        await client.chat_postMessage(channel=OPS.id, text="Shared with everybody")

    def walk(eyes: Eyes) -> None:
        eyes.see(tid("compose")).send_keys("/wh")
        eyes.press('[data-command="/whohas"]')
        eyes.see(tid("compose")).send_keys("x@contoso.com", Keys.ENTER)
        for number in range(3):
            eyes.reads(".message.ephemeral", f"This is page {number}")
            eyes.press('.message.ephemeral [data-action-id="turn"]')
        eyes.reads(".message.ephemeral", "This is page 3")
        eyes.press('.message.ephemeral [data-action-id="share"]')
        eyes.reads(".message:not(.ephemeral)", "Shared with everybody")

    eyes = Eyes(browser)
    await asyncio.to_thread(browser.get, lab.page_url)
    await asyncio.to_thread(walk, eyes)
    shown = await asyncio.to_thread(eyes.shown, ".message.ephemeral")

    assert len(shown) == 1
    assert [container["is_ephemeral"] for container in turned] == [True] * 3
    assert await asyncio.to_thread(eyes.errors) == []


async def status(session: aiohttp.ClientSession, url: str, **more: Any) -> int:
    async with session.request(more.pop("method", "GET"), url, **more) as answer:
        return answer.status


async def test_the_page_is_for_whoever_has_the_token(lab: LabSlack) -> None:
    body = {"user": INGRID.id, "channel": OPS.id, "text": "hello"}
    say = f"{lab.base_url}/ui/say"
    origin = {"Origin": lab.base_url}
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address, not of a name
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        before = [
            await status(session, f"{lab.base_url}/"),
            await status(session, f"{lab.base_url}/?token=wrong"),
            await status(session, f"{lab.base_url}/ui/state"),
            await status(session, say, method="POST", json=body, headers=origin),
        ]
        async with session.get(lab.page_url) as answer:
            policy, cookie = answer.headers["Content-Security-Policy"], answer.headers["Set-Cookie"]
        after = [
            await status(session, f"{lab.base_url}/ui/state"),
            await status(session, say, method="POST", json=body),
            await status(
                session, say, method="POST", json=body, headers={"Origin": "http://evil.example"}
            ),
            await status(
                session, f"{lab.base_url}/ui/state", headers={"Sec-Fetch-Site": "cross-site"}
            ),
            await status(session, f"{lab.base_url}/", headers={"Host": "evil.example"}),
            await status(session, say, method="POST", json=body, headers=origin),
        ]

    assert before == [403, 403, 403, 403]
    assert after == [200, 403, 403, 403, 403, 200]
    assert policy.startswith("default-src 'self';")
    assert ("HttpOnly" in cookie, "SameSite=Strict" in cookie) == (True, True)
    assert [message.text for message in lab.workspace.messages[OPS.id]] == ["hello"]
