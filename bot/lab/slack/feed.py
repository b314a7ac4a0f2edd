"""In: changes of the workspace, and snapshots from behind the scenes.
Out: one server-sent stream per open page, with what that person may see.
Promise: nothing ephemeral and no private channel reaches another person's stream.
"""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field

from aiohttp import web

from bot.lab.slack.console import Console
from bot.lab.slack.records import Command, Json
from bot.lab.slack.workspace import Workspace

LAST_MESSAGES = 300
KEEP_ALIVE_SECONDS = 10.0
CONSOLE_SECONDS = 1.0
CONSOLE_TIMEOUT = 5.0
CLOSED = "closed"
OWN = (  # Slack's own
    Command("/invite", "Add the app to this channel", "@dirsync"),
    Command("/remove", "Take the app out of this channel", "@dirsync"),
)


def seen_by(ws: Workspace, user: str, change: Json) -> bool:
    if change["_only_for"] is not None and change["_only_for"] != user:
        return False
    return not change["_channel"] or ws.sees(user, change["_channel"])


def state(ws: Workspace, user: str, *, has_console: bool) -> Json:
    """All that the page of one person shows."""
    ws.direct_channel(user)
    channels = [c for c in ws.channels.values() if user in c.members]
    return {
        "team": ws.team_domain.capitalize(),
        "team_id": ws.team_id,
        "me": user,
        "app": {"id": ws.app_id, "name": ws.app_name, "bot": ws.bot.id},
        "users": [
            {
                "id": u.id,
                "name": u.name,
                "real_name": u.real_name,
                "standing": u.standing,
                "rights": u.rights,
                "title": u.title,
                "is_bot": u.is_bot,
                "is_stranger": u.is_stranger,
            }
            for u in ws.users.values()
        ],
        "groups": {group_id: handle for group_id, (handle, _members) in ws.user_groups.items()},
        "commands": [] if ws.users[user].is_stranger else [vars(c) for c in (*ws.commands, *OWN)],
        "shortcuts": [] if ws.users[user].is_stranger else [vars(s) for s in ws.shortcuts],
        "channels": [
            {
                "id": c.id,
                "name": c.name,
                "topic": c.topic,
                "is_im": c.is_im,
                "is_private": c.is_private,
                "is_ext_shared": c.is_ext_shared,
                "members": len(c.members),
                "has_app": ws.bot.id in c.members,
            }
            for c in channels
        ],
        "messages": {
            c.id: [
                ws.drawn(m)
                for m in ws.messages.get(c.id, [])[-LAST_MESSAGES:]
                if m.only_for in (None, user)
            ]
            for c in channels
        },
        "views": ws.open_views(user),
        "home": ws.home_json(user),
        "has_console": has_console,
    }


@dataclass(eq=False)
class Feed:
    workspace: Workspace
    console: Console | None
    last: Json | None = None
    open_pages: int = 0
    task: asyncio.Task[None] | None = field(default=None)

    async def stream(self, request: web.Request, user: str, sockets: int) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        queue = self.workspace.watch()
        self.page_opened()
        try:
            await response.prepare(request)
            await send(response, {"kind": "sockets", "count": sockets})
            if self.last is not None:
                await send(response, self.last)
            await self.pump(response, queue, user)
        except ConnectionError:
            return response
        finally:
            self.workspace.watchers.discard(queue)
            self.page_closed()
        return response

    async def pump(
        self, response: web.StreamResponse, queue: asyncio.Queue[Json], user: str
    ) -> None:
        while True:
            try:
                async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                    change = await queue.get()
            except TimeoutError:
                await response.write(b": still here\n\n")
                continue
            if change["kind"] == CLOSED:
                return
            if seen_by(self.workspace, user, change):
                await send(response, change)

    def page_opened(self) -> None:
        self.open_pages += 1
        if self.task is None and self.console is not None:
            self.task = asyncio.create_task(self.look(self.console))

    def page_closed(self) -> None:
        self.open_pages -= 1
        if self.open_pages == 0 and self.task is not None:
            self.task.cancel()
            self.task = None

    async def look(self, console: Console) -> None:
        while True:
            await self.look_once(console)
            await asyncio.sleep(CONSOLE_SECONDS)

    async def look_once(self, console: Console) -> None:
        try:
            async with asyncio.timeout(CONSOLE_TIMEOUT):
                now: Json = {"kind": "console", "snapshot": await console.snapshot()}
        except Exception as problem:  # noqa: BLE001 - another room's failure is shown, not fatal to the page
            now = {"kind": "console", "error": f"{type(problem).__name__}: {problem}"}
        if now != self.last:
            self.last = now
            self.workspace.tell(now)

    async def close(self) -> None:
        self.workspace.tell({"kind": CLOSED})
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task


async def send(response: web.StreamResponse, change: Json) -> None:
    shown = {key: value for key, value in change.items() if not key.startswith("_")}
    await response.write(b"data: " + json.dumps(shown, ensure_ascii=False).encode() + b"\n\n")
