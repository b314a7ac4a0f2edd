"""In: a workspace, a loopback address, and perhaps a console.
Out: a running Slack: Web API, Socket Mode, response URLs and the page, all on one port; signed HTTP to the app if it asks.
Promise: answers only on loopback and only to its own name; `aclose` leaves nothing running.
"""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.lab.slack.api import WebApi
from bot.lab.slack.console import Console
from bot.lab.slack.events import EventSender
from bot.lab.slack.feed import Feed
from bot.lab.slack.hooks import Hooks
from bot.lab.slack.interactions import Interactions
from bot.lab.slack.pages import Pages, page_files
from bot.lab.slack.signed_http import Chosen, SignedHttp
from bot.lab.slack.sockets import SocketMode
from bot.lab.slack.workspace import Workspace

MAX_BODY = 16 * 2**20
SHUTDOWN_SECONDS = 1.0


@dataclass(eq=False)
class LabSlack:
    workspace: Workspace
    base_url: str
    page_url: str
    sockets: SocketMode
    http: SignedHttp
    events: EventSender
    interactions: Interactions
    feed: Feed
    runner: web.AppRunner

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/api/"

    async def aclose(self) -> None:
        await self.events.close()
        await self.http.close()
        await self.sockets.close()
        await self.feed.close()
        await self.runner.cleanup()


def own_name_only(names: set[str]) -> Middleware:
    """Refuse another Host: a web page elsewhere could point its own name at this address."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host not in names:
            raise web.HTTPForbidden(text="This server answers to its loopback address only.")
        return await handler(request)

    return check


async def serve(
    workspace: Workspace,
    *,
    page_token: str,
    host: str = "127.0.0.1",
    port: int = 0,
    console: Console | None = None,
) -> LabSlack:
    """Start on a loopback address; port 0 takes a free one."""
    if not is_loopback(host):
        raise ValueError(f"The lab's Slack listens on a loopback address only, not on {host!r}.")
    if not page_token:
        raise ValueError("The page needs a token; give a random one.")
    files = await asyncio.to_thread(page_files)
    names: set[str] = set()
    app = web.Application(client_max_size=MAX_BODY, middlewares=[own_name_only(names)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    # routes close over the port, so the socket is bound before they are added
    listening = socket.create_server((host, port))
    port = listening.getsockname()[1]
    names.update({f"{host}:{port}", f"localhost:{port}"})
    base_url = f"http://{host}:{port}"
    sockets = SocketMode(workspace, base_url)
    http = SignedHttp(workspace)
    delivery = Chosen(sockets, http)
    events = EventSender(workspace, delivery)
    interactions = Interactions(workspace, base_url, delivery, events)
    feed = Feed(workspace, console)
    cookie = f"lab_slack_{port}"
    pages = Pages(workspace, interactions, sockets, feed, console, files, page_token, cookie)
    add_routes(app, workspace, base_url, sockets)
    pages.add_to(app)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    page_url = f"{base_url}/?token={page_token}"
    return LabSlack(
        workspace, base_url, page_url, sockets, http, events, interactions, feed, runner
    )


def add_routes(
    app: web.Application, workspace: Workspace, base_url: str, sockets: SocketMode
) -> None:
    hooks = Hooks(workspace)
    app.router.add_route("*", "/api/{method}", WebApi(workspace, base_url, sockets.new_url).handle)
    app.router.add_get("/link/", sockets.handle)
    app.router.add_post("/commands/{team}/{key}", hooks.reply)
    app.router.add_post("/actions/{team}/{key}", hooks.reply)
    app.router.add_post("/upload/{file}/{secret}", hooks.upload)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
