"""In: the page in headless Chromium: by keyboard, read aloud, light and dark, as wide as a phone, as each person.
Out: where the focus is, what a screen reader is told, contrasts as numbers, what does not fit.
Promise: whatever the mouse can do a keyboard can; no text is below 4.5:1; nothing is wider than 390 px.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from selenium import webdriver
from selenium.webdriver.common.keys import Keys
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack, contoso, serve
from bot.lab.slack.people import INGRID, OPS, PEOPLE
from tests.contract.slack_server.cards import CARD, EVERY_KIND, OPTIONS, button, plain, section
from tests.contract.slack_server.test_inputs import asked
from tests.contract.slack_server.test_page import Eyes, Levers, tid
from tests.servers.chromium import chromium

FORM = {
    "type": "modal",
    "title": plain("Review"),
    "submit": plain("Go on"),
    "blocks": [
        asked("ticks", "checkboxes", options=OPTIONS),
        asked("how", "radio_buttons", options=OPTIONS, initial_option=OPTIONS[0]),
        asked("when", "datetimepicker", initial_date_time=1795334520),
        asked("many", "multi_static_select", options=OPTIONS),
        asked("where", "conversations_select"),
        asked("count", "number_input", is_decimal_allowed=False),
        {**asked("why", "plain_text_input", multiline=True), "hint": plain("All read it.")},
        {"type": "actions", "elements": [button("next", "Next"), {"type": "datepicker"}]},
    ],
}
HOME = {"type": "home", "blocks": [section("*8 waiting*"), *CARD[-2:]]}
# the contrast of each piece of text with what is painted behind it
CONTRASTS = """
const channels = (colour) => {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const over = (top, under) => {
  const a = top[3] / 255;
  return [0, 1, 2].map((i) => top[i] * a + under[i] * (1 - a)).concat(255);
};
const behind = (node) => {
  const layers = [];
  for (let at = node; at; at = at.parentElement) layers.push(channels(getComputedStyle(at).backgroundColor));
  return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 255]);
};
const light = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const found = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const node = walk.currentNode.parentElement;
  if (!walk.currentNode.data.trim() || !node.checkVisibility({ visibilityProperty: true })) continue;
  if (node.closest("[disabled], option, script, style")) continue;
  const paper = behind(node);
  const ink = over(channels(getComputedStyle(node).color), paper);
  const [a, b] = [light(ink), light(paper)].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  found.push([Math.round(ratio * 100) / 100, `${node.tagName}.${node.className}: ${walk.currentNode.data.trim().slice(0, 40)}`]);
}
return found;
"""
TOO_WIDE = """
return [...document.querySelectorAll("body *")].filter((node) => {
  if (!node.checkVisibility({ visibilityProperty: true }) || node.closest(".table-wrap, .carousel, .unseen, .skip, #toasts")) return false;
  const box = node.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 1 || box.left < -1);
}).map((node) => `${node.tagName}.${node.className}`);
"""
NAMELESS = """
return [...document.querySelectorAll("button, a[href], input, select, textarea, [role=group], [role=radiogroup]")].filter((node) => {
  if (!node.checkVisibility({ visibilityProperty: true })) return false;
  const by = (node.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.textContent || "").join("");
  const labels = [...(node.labels || [])].map((label) => label.textContent).join("");
  const own = node.matches("button, a") ? node.textContent : "";
  return !(node.getAttribute("aria-label") || by || labels || own).trim();
}).map((node) => node.outerHTML.slice(0, 120));
"""


@pytest_asyncio.fixture
async def lab() -> AsyncIterator[LabSlack]:
    workspace = contoso()
    workspace.rates.enabled = False
    running = await serve(workspace, page_token="page-token", console=Levers())
    yield running
    await running.aclose()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path / "page.png") as driver:
        yield driver


@pytest.fixture
def eyes(browser: webdriver.Chrome) -> Eyes:
    return Eyes(browser)


def width(browser: webdriver.Chrome, pixels: int) -> None:
    metrics = {"width": pixels, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def prefers(browser: webdriver.Chrome, theme: str) -> None:
    wanted = [{"name": "prefers-color-scheme", "value": theme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})


def focused(browser: webdriver.Chrome) -> str:
    found: str = browser.execute_script(
        "const at = document.activeElement;"
        "return at.dataset.actionId || at.dataset.testid || at.dataset.value || at.tagName"
    )
    return found


def keys(browser: webdriver.Chrome, *pressed: str) -> None:
    for key in pressed:
        browser.switch_to.active_element.send_keys(key)


async def open_form(client: AsyncWebClient, lab: LabSlack) -> str:
    trigger = lab.workspace.new_trigger(INGRID.id)
    view = (await client.views_open(trigger_id=trigger, view=FORM))["view"]
    return str(view["id"])


async def test_a_keyboard_goes_all_the_way_and_comes_back(
    client: AsyncWebClient, lab: LabSlack, browser: webdriver.Chrome, eyes: Eyes
) -> None:
    await client.chat_postMessage(channel=OPS.id, text="card", blocks=CARD)

    def menu_and_question() -> list[str]:
        browser.get(lab.page_url)
        more = eyes.see('[data-action-id="more"]')
        more.send_keys(Keys.ENTER)
        told = [focused(browser)]
        for key in (Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.END):
            keys(browser, key)
            told.append(focused(browser))
        keys(browser, Keys.ESCAPE)
        told.append(focused(browser))
        eyes.see('[data-action-id="approve"]').send_keys(Keys.ENTER)
        eyes.see(tid("confirm-dialog"))
        for key in (Keys.TAB, Keys.TAB, Keys.TAB):
            told.append(focused(browser))
            keys(browser, key)
        keys(browser, Keys.ESCAPE)
        eyes.gone(tid("confirm-dialog"))
        told.append(focused(browser))
        return told

    told = await asyncio.to_thread(menu_and_question)
    assert told[:5] == ["overflow-option"] * 4 + ["more"]
    assert told[5:] == ["confirm-ok", "confirm-deny", "confirm-ok", "approve"]


@pytest.mark.usefixtures("connected")
async def test_what_was_ticked_and_typed_survives_a_new_view_and_the_focus_stays(
    app: AsyncApp, client: AsyncWebClient, lab: LabSlack, browser: webdriver.Chrome, eyes: Eyes
) -> None:
    @app.action("details")
    async def details(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.action("next")
    async def following(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        blocks = [section("*Page 2*"), *FORM["blocks"]]
        await client.views_update(view_id=body["view"]["id"], view={**FORM, "blocks": blocks})

    await client.chat_postMessage(channel=OPS.id, text="card", blocks=CARD)

    def fill() -> list[object]:
        browser.get(lab.page_url)
        eyes.see('[data-action-id="details"]').send_keys(Keys.ENTER)
        eyes.press(f"{tid('modal')} .ticks input[value=recheck]")
        eyes.see(f"{tid('modal')} textarea").send_keys("because")
        eyes.see('[data-action-id="next"]').send_keys(Keys.ENTER)
        eyes.reads(tid("modal"), "Page 2")
        ticked = browser.execute_script(
            "return [...document.querySelectorAll('.modal .ticks input:checked')].map((i) => i.value)"
        )
        text = browser.execute_script("return document.querySelector('.modal textarea').value")
        return [ticked, text, focused(browser)]

    def leave() -> list[object]:
        inside = set()
        for _ in range(25):
            keys(browser, Keys.TAB)
            inside.add(
                browser.execute_script("return Boolean(document.activeElement.closest('.modal'))")
            )
        keys(browser, Keys.ESCAPE)
        eyes.gone(tid("modal"))
        return [inside, focused(browser)]

    kept = await asyncio.to_thread(fill)
    left = await asyncio.to_thread(leave)
    assert kept == [["recheck", "other"], "because", "next"]
    assert left == [{True}, "details"]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_text_can_be_read_and_every_control_has_a_name(
    client: AsyncWebClient, lab: LabSlack, browser: webdriver.Chrome, eyes: Eyes, theme: str
) -> None:
    parent = await client.chat_postMessage(channel=OPS.id, text="all", blocks=EVERY_KIND)
    await client.chat_postMessage(
        channel=OPS.id, text="a word", thread_ts=parent["ts"], reply_broadcast=True
    )
    await client.chat_postEphemeral(channel=OPS.id, user=INGRID.id, text="psst")
    await client.files_upload_v2(
        channel=OPS.id, thread_ts=parent["ts"], content="a;b", filename="all.csv", title="All"
    )
    await client.views_publish(user_id=INGRID.id, view=HOME)
    seen: list[tuple[float, str]] = []
    nameless: list[str] = []

    def look() -> None:
        seen.extend(browser.execute_script(CONTRASTS))
        nameless.extend(browser.execute_script(NAMELESS))

    def walk() -> None:
        prefers(browser, theme)
        browser.get(lab.page_url)
        eyes.see('[data-block-type="container"]')
        look()
        eyes.press(tid("open-thread"))
        eyes.see(tid("file"))
        look()
        eyes.press(tid("close-thread"))
        eyes.press(tid("home-tab"))
        eyes.see(tid("home"))
        look()

    await asyncio.to_thread(walk)
    await open_form(client, lab)
    await asyncio.to_thread(eyes.see, tid("modal"))
    await asyncio.to_thread(look)

    painted = browser.execute_script("return document.documentElement.dataset.theme")
    assert painted == theme
    assert len(seen) > 200
    assert [each for each in seen if each[0] < 4.5] == []
    assert nameless == []


async def test_it_fits_a_phone(
    client: AsyncWebClient, lab: LabSlack, browser: webdriver.Chrome, eyes: Eyes
) -> None:
    parent = await client.chat_postMessage(channel=OPS.id, text="all", blocks=EVERY_KIND)
    await client.chat_postMessage(channel=OPS.id, text="x" * 300, thread_ts=parent["ts"])
    wide: dict[str, Any] = {}

    def walk() -> list[str]:
        width(browser, 390)
        browser.get(lab.page_url)
        eyes.see('[data-block-type="container"]')
        wide["channel"] = browser.execute_script(TOO_WIDE)
        eyes.see(tid("menu")).send_keys(Keys.ENTER)
        told = [focused(browser)]
        keys(browser, Keys.ESCAPE)
        told.append(focused(browser))
        eyes.press(tid("open-thread"))
        eyes.reads("#thread", "xxx")
        wide["thread"] = browser.execute_script(TOO_WIDE)
        keys(browser, Keys.ESCAPE)
        eyes.gone("#thread .message")
        told.append(focused(browser))
        return told

    told = await asyncio.to_thread(walk)
    await open_form(client, lab)
    await asyncio.to_thread(eyes.see, tid("modal"))
    wide["dialog"] = browser.execute_script(TOO_WIDE)

    assert told == ["channel-identity-ops", "menu", "open-thread"]
    assert wide == {"channel": [], "thread": [], "dialog": []}


async def test_who_one_is_and_what_happens_is_told(
    client: AsyncWebClient, lab: LabSlack, browser: webdriver.Chrome, eyes: Eyes
) -> None:
    card = await client.chat_postMessage(channel=OPS.id, text="two people list it", blocks=CARD)
    told: list[str] = []

    def switch(user: str) -> None:
        choose = (
            "const who = document.getElementById('who'); who.value = arguments[0];"
            "who.dispatchEvent(new Event('change'))"
        )
        eyes.see(tid("who"))
        browser.execute_script(choose, user)

    def everybody() -> None:
        browser.get(lab.page_url)
        for person in PEOPLE:
            switch(person.id)
            eyes.reads(tid("me"), person.real_name)
            told.append(eyes.see(tid("me")).text)
        switch(INGRID.id)
        eyes.reads(tid("me"), INGRID.real_name)
        eyes.press(tid("channel-identity-ops"))  # Lee was not in it

    def read_out(words: str) -> None:
        eyes.wait.until(lambda d: words in d.find_element("id", "announce").text)

    await asyncio.to_thread(everybody)
    await client.chat_update(channel=OPS.id, ts=card["ts"], text="approved by Mart", blocks=CARD)
    await asyncio.to_thread(read_out, "Changed: approved by Mart")
    reply = await client.chat_postMessage(
        channel=OPS.id, text="it is written", thread_ts=card["ts"], reply_broadcast=True
    )
    await asyncio.to_thread(read_out, "dirsync: it is written")
    await asyncio.to_thread(eyes.press, f'[data-ts="{reply["ts"]}"] {tid("open-thread")}')
    await asyncio.to_thread(eyes.reads, "#thread", "1 reply")

    for person, words in zip(PEOPLE, told, strict=True):
        assert person.standing in words
        assert person.rights in words
