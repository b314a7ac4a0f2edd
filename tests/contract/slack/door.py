"""In: the lab's Slack. Out: the bot's own address, served, and somebody who is not Slack but can sign like it.
Promise: real HTTP on loopback, our clock in the test's hand; all is closed after each test.
"""

import io
import logging
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient

from bot import telemetry
from bot.lab.slack import LabSlack
from bot.lab.slack.signed_http import signature
from bot.slack.connection import Workspace, check
from bot.slack.edge import build_app
from bot.slack.http import PATH, HttpLink, serving
from tests.builders import TENANT
from tests.contract.slack.fakes import Clock, Everybody, Store
from tests.contract.slack.links import posted_to
from tests.contract.slack.test_edge import FULL, SIGNER

Json = dict[str, Any]
ASKED = "command=%2Fwhohas&text=canary%40contoso.com&team_id=T0CONTOSO1&channel_id=C0OPS&user_id=U1&trigger_id={}"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
AS_JSON = {"Content-Type": "application/json"}


@dataclass
class Door:
    """The running server, a client that is not Slack, and what was written."""

    link: HttpLink
    secret: str
    store: Store
    session: aiohttp.ClientSession
    now: list[float]
    log: io.StringIO = field(default_factory=io.StringIO)

    @property
    def url(self) -> str:
        return self.link.address + PATH

    def signed(self, body: bytes, *, at: float | None = None) -> dict[str, str]:
        stamp = str(int(self.now[0] if at is None else at))
        return {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature(self.secret, stamp, body),
        }

    async def post(self, body: bytes, headers: Any = None) -> int:
        """Signed now, unless other headers are given."""
        given = {**FORM, **self.signed(body)} if headers is None else headers
        async with self.session.post(self.url, data=body, headers=given) as answer:
            self.answer = await answer.text()
            self.headers = answer.headers
            return answer.status

    async def ask(
        self, trigger: str = "1", *, at: float | None = None, more: Json | None = None
    ) -> int:
        body = ASKED.format(trigger).encode()
        return await self.post(body, {**FORM, **self.signed(body, at=at), **(more or {})})


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    """The log as an operator sees it who wants to see everything."""
    stream = io.StringIO()
    telemetry.configure(level="debug", people="shown", stream=stream)
    yield stream
    telemetry.configure(stream=io.StringIO())
    logging.getLogger().setLevel(logging.WARNING)


@pytest_asyncio.fixture
async def door(
    lab: LabSlack,
    client: AsyncWebClient,
    workspace: Workspace,
    store: Store,
    clock: Clock,
    told: io.StringIO,
) -> AsyncIterator[Door]:
    listen = posted_to(workspace, lab).listen
    assert listen is not None
    app = build_app(
        client,
        identity=await check(client, posted_to(workspace, lab)),
        inbox=store,
        cases=store,
        people=Everybody(FULL),
        signer=SIGNER,
        tenant=TENANT,
        clock=clock,
        signing_secret=listen.signing_secret,
    )
    now = [time.time()]
    async with (
        serving(app, listen, now=lambda: now[0]) as link,
        aiohttp.ClientSession() as session,
    ):
        yield Door(link, listen.signing_secret, store, session, now, told)
