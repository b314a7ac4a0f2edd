"""In: HTTP requests of a program on this machine that walks the demo without a browser.
Out: the console's snapshot and actions, and what a person of the Slack workspace sees and does.
Promise: loopback and token only; Slack is driven through the page's own requests, no other way.
"""

import secrets
import socket
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, ClientTimeout, CookieJar, web
from aiohttp.typedefs import Handler

from bot.lab.console import LabConsole
from bot.lab.slack import LabSlack

USER = "lab"
SECONDS = 30.0


@dataclass(eq=False)
class LabControl:
    url: str
    runner: web.AppRunner
    page: ClientSession

    async def aclose(self) -> None:
        await self.runner.cleanup()
        await self.page.close()


async def serve(console: LabConsole, slack: LabSlack, *, host: str) -> LabControl:
    token = secrets.token_urlsafe(24)
    listening = socket.create_server((host, 0))
    port = listening.getsockname()[1]
    # the page's session is a cookie, and aiohttp keeps none of a bare address by default
    page = ClientSession(
        slack.base_url,
        cookie_jar=CookieJar(unsafe=True),
        timeout=ClientTimeout(total=SECONDS),
        headers={"Origin": slack.base_url},
    )
    async with page.get(slack.page_url) as opened:
        opened.raise_for_status()
    routes = Routes(console, page, f"Basic {b64encode(f'{USER}:{token}'.encode()).decode()}")
    app = web.Application(middlewares=[routes.guard])
    app.router.add_get("/control/snapshot", routes.snapshot)
    app.router.add_post("/control/act", routes.act)
    app.router.add_get("/control/slack/state", routes.slack_state)
    app.router.add_post("/control/slack/act_as", routes.slack_act_as)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    return LabControl(f"http://{USER}:{token}@{host}:{port}/control", runner, page)


@dataclass(frozen=True, eq=False)
class Routes:
    console: LabConsole
    page: ClientSession
    authorization: str

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if not secrets.compare_digest(given.encode(), self.authorization.encode()):
            raise web.HTTPUnauthorized(text="Use the control address as it was printed.")
        return await handler(request)

    async def snapshot(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(await self.console.snapshot())

    async def act(self, request: web.Request) -> web.StreamResponse:
        said = await _json(request)
        done = await self.console.act(str(said.get("name")), dict(said.get("arguments") or {}))
        return web.json_response(done)

    async def slack_state(self, request: web.Request) -> web.StreamResponse:
        async with self.page.get("/ui/state", params=dict(request.query)) as answer:
            body = await answer.read()
            return web.Response(status=answer.status, body=body, content_type=answer.content_type)

    async def slack_act_as(self, request: web.Request) -> web.StreamResponse:
        said = await _json(request)
        action = str(said.pop("action", ""))
        if not action.isidentifier():
            raise web.HTTPBadRequest(text='"action" is say, click, click_view, submit or close.')
        async with self.page.post(f"/ui/{action}", json=said) as answer:
            body = await answer.read()
            return web.Response(status=answer.status, body=body, content_type=answer.content_type)


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        said = await request.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise web.HTTPBadRequest(text="Send a JSON object.")
    return said
