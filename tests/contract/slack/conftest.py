"""In: the Slack manifest. Out: the lab's Slack, where the app may do exactly what that says, a client as the bot makes it, and
stores in memory.
Promise: real HTTP and real sockets on loopback; all is closed after each test.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack, contoso, serve
from bot.lab.slack.people import OPS, TEAM
from bot.slack.connection import Workspace, connected_client
from tests.contract.slack.fakes import Clock, Store

MANIFEST = yaml.safe_load((Path(__file__).parents[3] / "deploy/slack-manifest.yaml").read_text())
SCOPES = MANIFEST["oauth_config"]["scopes"]["bot"]


@pytest_asyncio.fixture
async def lab() -> AsyncIterator[LabSlack]:
    workspace = contoso()
    bot = workspace.tokens[workspace.bot_token]
    workspace.tokens[bot.value] = replace(bot, scopes=frozenset(SCOPES))
    running = await serve(workspace, page_token="page-token")
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
