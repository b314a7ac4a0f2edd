"""In: samples, a folder. Out: a picture of each, as the lab's page draws it in Chromium: light, dark and as on a phone.
Each is sent by the Web API, so that what Slack would refuse is refused here too.
Promise: a picture holds the whole card or dialog, also what a person would scroll to.
"""

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack, contoso, serve
from bot.lab.slack.people import INGRID, OPS
from tests.servers.chromium import Eyes, chromium
from tests.unit.slack.samples import Look

TALL = 8000  # whatever is drawn stands on one screen
_WHOLE = """
for (const each of document.querySelectorAll('.dialog')) each.style.maxHeight = 'none';
const at = document.querySelectorAll(arguments[0]);
const box = at[at.length - 1].getBoundingClientRect();
return [box.x, box.y, box.width, box.height];
"""
_THEME = "document.documentElement.dataset.theme = arguments[0]"


@dataclass(frozen=True, slots=True)
class Setting:
    """How a person looks at it."""

    name: str
    theme: str
    width: int
    scale: int = 1


SETTINGS = (
    Setting("light", "light", 1040),
    Setting("dark", "dark", 1040),
    Setting("phone", "light", 390, 2),
)


def file_of(sample: str, setting: Setting) -> str:
    return f"{re.sub(r'[^a-z0-9]+', '-', sample.lower()).strip('-')}.{setting.name}.png"


@dataclass(frozen=True)
class Camera:
    lab: LabSlack
    client: AsyncWebClient
    eyes: Eyes
    folder: Path

    async def picture(self, sample: str, look: Look) -> None:
        async with self._shown(look) as css:
            if not look.pressed:
                await asyncio.to_thread(self._take, sample, css)
                return
            await asyncio.to_thread(self.eyes.press, f'{css} [data-action-id="{look.pressed}"]')
            await asyncio.to_thread(self._take, sample, '[data-testid="confirm-dialog"]')
            await asyncio.to_thread(self.eyes.press, '[data-testid="confirm-deny"]')

    @asynccontextmanager
    async def _shown(self, look: Look) -> AsyncIterator[str]:
        """The selector of what was put on the page; it is taken away again."""
        if look.view is None:
            async with self._message(look) as css:
                yield css
        elif look.view["type"] == "home":
            await self.client.views_publish(user_id=INGRID.id, view=look.view)
            await asyncio.to_thread(self.eyes.press, '[data-testid="home-tab"]')
            yield '[data-testid="home"]'
            await asyncio.to_thread(self.eyes.press, f'[data-testid="channel-{OPS.name}"]')
        else:
            trigger = self.lab.workspace.new_trigger(INGRID.id)
            await self.client.views_open(trigger_id=trigger, view=look.view)
            yield '[data-testid="modal"]'
            self.lab.workspace.stacks[INGRID.id] = []
            self.lab.workspace.tell_views(INGRID.id)
            await asyncio.to_thread(self.eyes.gone, '[data-testid="modal"]')

    @asynccontextmanager
    async def _message(self, look: Look) -> AsyncIterator[str]:
        said: dict[str, Any] = {"channel": OPS.id, "text": look.text, "blocks": [*look.blocks]}
        if look.only_you:
            ts = (await self.client.chat_postEphemeral(user=INGRID.id, **said))["message_ts"]
        else:
            ts = (await self.client.chat_postMessage(**said))["ts"]
        css = f'[data-ts="{ts}"]'
        yield css
        message = self.lab.workspace.message(OPS.id, ts)
        assert message is not None
        self.lab.workspace.remove_message(message)
        await asyncio.to_thread(self.eyes.gone, css)

    def _take(self, sample: str, css: str) -> None:
        for setting in SETTINGS:
            self._look_as(setting)
            self.eyes.see(css)
            x, y, width, height = self.eyes.driver.execute_script(_WHOLE, css)
            clip = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
            taken = self.eyes.driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip})
            (self.folder / file_of(sample, setting)).write_bytes(base64.b64decode(taken["data"]))
        self._look_as(SETTINGS[0])

    def _look_as(self, setting: Setting) -> None:
        screen = {
            "width": setting.width,
            "height": TALL,
            "deviceScaleFactor": setting.scale,
            "mobile": False,
        }
        self.eyes.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        self.eyes.driver.execute_script(_THEME, setting.theme)


def take(samples: Mapping[str, Callable[[], Look]], folder: Path) -> list[str]:
    """Pictures of them all. Out: what the browser complained of, which should be nothing."""
    with chromium(folder / "failed.png") as driver:
        return asyncio.run(_all(samples, folder, Eyes(driver)))


async def _all(samples: Mapping[str, Callable[[], Look]], folder: Path, eyes: Eyes) -> list[str]:
    lab = await serve(contoso(), page_token="gallery")
    lab.workspace.rates.enabled = False
    client = AsyncWebClient(lab.workspace.bot_token, base_url=lab.api_url)
    client.proxy = None
    try:
        still = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
        await asyncio.to_thread(eyes.driver.execute_cdp_cmd, "Emulation.setEmulatedMedia", still)
        await asyncio.to_thread(eyes.driver.get, lab.page_url)
        camera = Camera(lab, client, eyes, folder)
        for name, draw in samples.items():
            await camera.picture(name, draw())
        return await asyncio.to_thread(eyes.complaints)
    finally:
        await lab.aclose()
