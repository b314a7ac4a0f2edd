"""In: nothing. Out: the lab's Slack, a client of it as the bot makes it, and stores in memory.
Promise: real HTTP and real sockets on loopback; all is closed after each test.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack, contoso, serve
from bot.lab.slack.people import OPS, TEAM
from bot.slack.connection import Workspace, connected_client
from tests.contract.slack.fakes import Clock, Store


@pytest_asyncio.fixture
async def lab() -> AsyncIterator[LabSlack]:
    running = await serve(contoso(), page_token="page-token")
    running.workspace.rates.enabled = False
    yield running
    await running.aclose()


@pytest.fixture
def workspace(lab: LabSlack) -> Workspace:
    return Workspace(
        bot_token=lab.workspace.bot_token,
        app_token=lab.workspace.app_token,
        channel=OPS.id,
        team=TEAM,
        api_url=lab.api_url,
    )


@pytest_asyncio.fixture
async def client(workspace: Workspace) -> AsyncIterator[AsyncWebClient]:
    async with connected_client(workspace) as made:
        yield made


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def clock() -> Clock:
    return Clock()
