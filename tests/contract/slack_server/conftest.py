"""In: nothing.
Out: a running lab Slack with an app of slack_bolt on it.
Promise: all is closed after each test.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack, Workspace, contoso, serve


@pytest.fixture
def workspace() -> Workspace:
    return contoso()


@pytest_asyncio.fixture
async def lab(workspace: Workspace) -> AsyncIterator[LabSlack]:
    running = await serve(workspace, page_token="page-token")
    yield running
    await running.aclose()


@pytest.fixture
def client(lab: LabSlack) -> AsyncWebClient:
    return AsyncWebClient(lab.workspace.bot_token, base_url=lab.api_url)


@pytest.fixture
def app(client: AsyncWebClient) -> AsyncApp:
    return AsyncApp(client=client)


async def until(true: Callable[[], object]) -> None:
    """Wait for something another task brings about; the test's own timeout ends a wait in vain."""
    async with asyncio.timeout(15):
        while not true():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def connected(app: AsyncApp, lab: LabSlack) -> AsyncIterator[AsyncSocketModeHandler]:
    handler = AsyncSocketModeHandler(app, lab.workspace.app_token, ping_interval=1)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # bolt leaves it untyped
    await until(lambda: len(lab.sockets.sockets) == 1)
    yield handler
    await handler.close_async()  # type: ignore[no-untyped-call]  # bolt leaves it untyped
