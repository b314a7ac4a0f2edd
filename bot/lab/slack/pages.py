"""In: the browser's requests.
Out: the page's files, its state, its stream, and what a person does on it.
Promise: only with the token from the printed address, only from this page, never framed.
"""

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from importlib import resources
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.lab.slack.api_files import UNKNOWN, bytes_for
from bot.lab.slack.console import Console
from bot.lab.slack.feed import Feed, state
from bot.lab.slack.interactions import Interactions, Outcome
from bot.lab.slack.problems import SlackProblem
from bot.lab.slack.records import Json
from bot.lab.slack.sockets import SocketMode
from bot.lab.slack.workspace import Workspace

ACT_SECONDS = 20.0
TYPES = {
    "html": "text/html",
    "js": "text/javascript",
    "css": "text/css",
    "svg": "image/svg+xml",
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
        " object-src 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page_files() -> dict[str, bytes]:
    folder = resources.files("bot.lab.slack") / "page"
    return {
        entry.name: entry.read_bytes()
        for entry in folder.iterdir()
        if entry.name.rpartition(".")[2] in TYPES
    }


@dataclass(eq=False)
class Pages:
    workspace: Workspace
    interactions: Interactions
    sockets: SocketMode
    feed: Feed
    console: Console | None
    files: dict[str, bytes]
    token: str
    cookie: str  # its name holds the port: cookies do not tell ports apart
    session: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/", self.index)
        app.router.add_get("/page/{name}", self.file)
        app.router.add_get("/ui/state", self.state)
        app.router.add_get("/ui/events", self.events)
        app.router.add_get("/ui/files/{file}", self.upload)
        app.router.add_post("/ui/{action}", self.act)

    def allowed(self, request: web.Request) -> bool:
        return secrets.compare_digest(request.cookies.get(self.cookie, ""), self.session)

    def guard(self, request: web.Request) -> None:
        if not self.allowed(request):
            raise web.HTTPForbidden(text="Open the address that was printed at the start.")
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise web.HTTPForbidden(text="Not from this page.")

    async def index(self, request: web.Request) -> web.StreamResponse:
        given = request.query.get("token", "")
        fits = secrets.compare_digest(given.encode(), self.token.encode())
        if not fits and not self.allowed(request):
            raise web.HTTPForbidden(text="Open the address that was printed at the start.")
        response = self.sent("index.html")
        if fits:
            response.set_cookie(
                self.cookie, self.session, httponly=True, samesite="Strict", path="/"
            )
        return response

    async def file(self, request: web.Request) -> web.StreamResponse:
        return self.sent(request.match_info["name"])

    def sent(self, name: str) -> web.Response:
        body = self.files.get(name)
        if body is None:
            raise web.HTTPNotFound
        kind = TYPES[name.rpartition(".")[2]]
        return web.Response(body=body, content_type=kind, charset="utf-8", headers=HEADERS)

    def viewer(self, request: web.Request) -> str:
        user = request.query.get("user", "")
        known = self.workspace.users.get(user)
        if known is not None and not known.is_bot:
            return user
        return next(u.id for u in self.workspace.users.values() if not u.is_bot)

    async def state(self, request: web.Request) -> web.StreamResponse:
        self.guard(request)
        user = self.viewer(request)
        shown = state(self.workspace, user, has_console=self.console is not None)
        return web.json_response({**shown, "sockets": len(self.sockets.sockets)}, headers=HEADERS)

    async def events(self, request: web.Request) -> web.StreamResponse:
        self.guard(request)
        return await self.feed.stream(request, self.viewer(request), len(self.sockets.sockets))

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """A file of a message: a picture to be seen, anything else to be saved."""
        self.guard(request)
        found = bytes_for(self.workspace, self.viewer(request), request.match_info["file"])
        if found is None:
            raise web.HTTPNotFound
        how = "inline" if found.is_picture else "attachment"
        disposition = f"{how}; filename*=UTF-8''{quote(found.name, safe='')}"
        return web.Response(
            body=found.data,
            content_type=found.kind if found.is_picture else UNKNOWN,
            headers={**HEADERS, "Content-Disposition": disposition},
        )

    async def act(self, request: web.Request) -> web.StreamResponse:
        self.guard(request)
        if request.headers.get("Origin") != f"http://{request.host}":
            raise web.HTTPForbidden(text="Not from this page.")
        try:
            given = json.loads(await request.read())
            answer = await self.done(request.match_info["action"], given)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise web.HTTPBadRequest(text="This is not a request of the page.") from None
        except SlackProblem as problem:
            answer = Outcome(problem.name, problem.name.replace("_", " ")).wire()
        return web.json_response(answer, headers=HEADERS)

    async def done(self, action: str, given: Json) -> Json:
        if action == "console":
            return await self.behind(str(given["name"]), given.get("arguments") or {})
        return (await self.by_person(action, given)).wire()

    async def by_person(self, action: str, given: Json) -> Outcome:
        doing, user = self.interactions, str(given["user"])
        if action == "say":
            return await doing.say(user, given["channel"], given["text"], given.get("thread_ts"))
        if action == "click":
            return await doing.click(
                user,
                channel_id=given["channel"],
                ts=given["ts"],
                block_id=given["block_id"],
                action_id=given["action_id"],
                choice=given.get("choice"),
                given=given.get("values"),
            )
        if action == "shortcut":
            return await doing.shortcut(
                user,
                channel_id=given["channel"],
                ts=given["ts"],
                callback_id=given["callback_id"],
            )
        if action == "click_view":
            return await doing.click_view(
                user,
                view_id=given["view_id"],
                block_id=given["block_id"],
                action_id=given["action_id"],
                choice=given.get("choice"),
                given=given.get("values"),
            )
        if action == "submit":
            return await doing.submit(user, given["view_id"], given["values"])
        if action == "close":
            return await doing.close(user, given["view_id"], everything=bool(given.get("all")))
        if action == "home":
            return doing.open_home(user)
        raise KeyError(action)

    async def behind(self, name: str, arguments: dict[str, Any]) -> Json:
        if self.console is None:
            raise KeyError(name)
        try:
            async with asyncio.timeout(ACT_SECONDS):
                answer = await self.console.act(name, arguments)
        except Exception as problem:  # noqa: BLE001 - another room's failure is shown, not fatal to the page
            return {"ok": False, "message": f"{type(problem).__name__}: {problem}"}
        await self.feed.look_once(self.console)
        return answer
