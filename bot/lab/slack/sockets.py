"""In: WebSocket connections of the app, and payloads for it.
Out: each payload to one open socket, and the ack that came back in time.
Promise: a ticket opens one socket once; ten sockets at most; a late ack counts as none.
"""

import asyncio
import contextlib
import json
import secrets
import uuid
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from bot.lab.slack.delivery import NOT_DISPATCHED, TIMED_OUT, Answer, Retry
from bot.lab.slack.records import Json
from bot.lab.slack.workspace import Workspace

MAX_SOCKETS = 10
PING_SECONDS = 10.0
SEND_SECONDS = 2.0
LIFETIME_SECONDS = 18_060


@dataclass(eq=False)
class Socket:
    ws: web.WebSocketResponse | None  # None: a ghost, a connection whose client is long gone
    host: str
    transport: asyncio.Transport | None = None
    told: bool = False  # to go; it works until it is closed
    deaf: bool = False  # it stays open, and answers nothing and carries nothing any more

    def abort(self) -> None:
        """As a cut cable: no word of farewell."""
        if self.transport is not None:
            self.transport.abort()


@dataclass(eq=False)
class Waiting:
    socket: Socket
    answer: asyncio.Future[Json]


@dataclass(eq=False)
class SocketMode:
    workspace: Workspace
    base_url: str
    strict_ack_socket: bool = False
    tickets: set[str] = field(default_factory=set)
    sockets: list[Socket] = field(default_factory=list)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    late_acks: int = 0
    opened: int = 0
    abort_before_ack: int = (
        0  # so many deliveries: the connection breaks with the payload just sent
    )
    strays: list[str] = field(
        default_factory=list
    )  # frames that are no JSON, put before each hello

    def new_url(self) -> str:
        ticket = secrets.token_urlsafe(24)
        self.tickets.add(ticket)
        socket_base = self.base_url.replace("http://", "ws://", 1)
        return f"{socket_base}/link/?ticket={ticket}&app_id={self.workspace.app_id}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self.tickets:
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=401)
        self.tickets.discard(ticket)
        # pings are answered below, unless the connection is deaf
        ws = web.WebSocketResponse(heartbeat=PING_SECONDS, autoping=False)
        await ws.prepare(request)
        self.opened += 1
        host = f"applink-{self.opened}"
        if len(self.sockets) >= MAX_SOCKETS:
            await ws.send_json(disconnect("too_many_websockets", host))
            await ws.close()
            return ws
        socket = Socket(ws, host, request.transport)
        self.sockets.append(socket)
        try:
            for stray in self.strays:
                await ws.send_str(stray)
            await ws.send_json(self.hello(host))
            self.tell_count()
            async for message in ws:
                if socket.deaf:
                    continue
                if message.type == WSMsgType.PING:
                    with contextlib.suppress(ConnectionError):
                        await ws.pong(message.data)
                elif message.type == WSMsgType.TEXT:
                    self.acknowledged(socket, message.data)
        finally:
            if socket in self.sockets:
                self.sockets.remove(socket)
            self.tell_count()
        return ws

    def hello(self, host: str) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.sockets),
            "debug_info": {
                "host": host,
                "build_number": 10,
                "approximate_connection_time": LIFETIME_SECONDS,
            },
            "connection_info": {"app_id": self.workspace.app_id},
        }

    def tell_count(self) -> None:
        self.workspace.tell({"kind": "sockets", "count": len(self.sockets)})

    def acknowledged(self, socket: Socket, text: str) -> None:
        try:
            ack = json.loads(text)
        except ValueError:
            return
        waiting = self.waiting.get(str(ack.get("envelope_id"))) if isinstance(ack, dict) else None
        if waiting is None or waiting.answer.done():
            self.late_acks += 1
        elif not self.strict_ack_socket or waiting.socket is socket:
            waiting.answer.set_result(ack)

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Answer:
        if not self.sockets:
            return Answer(error=NOT_DISPATCHED)
        socket = secrets.choice(self.sockets)
        envelope: Json = {
            "envelope_id": str(uuid.uuid4()),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if retry is not None:
            envelope |= {"retry_attempt": retry.attempt, "retry_reason": retry.reason}
        waiting = Waiting(socket, asyncio.get_running_loop().create_future())
        self.waiting[envelope["envelope_id"]] = waiting
        try:
            async with asyncio.timeout(self.workspace.ack_seconds):
                if socket.ws is not None and not socket.deaf:
                    with contextlib.suppress(ConnectionError):
                        await socket.ws.send_json(envelope)
                    if self.abort_before_ack > 0:
                        self.abort_before_ack -= 1
                        socket.abort()
                ack = await waiting.answer
        except TimeoutError:
            return Answer(error=TIMED_OUT)
        finally:
            del self.waiting[envelope["envelope_id"]]
        return Answer(payload=ack.get("payload"))

    def add_ghosts(self, count: int) -> None:
        """Connections Slack still counts although nobody is at the other end."""
        self.sockets.extend(Socket(None, f"ghost-{i}") for i in range(count))
        self.tell_count()

    def remove_ghosts(self) -> None:
        self.sockets = [socket for socket in self.sockets if socket.ws is not None]
        self.tell_count()

    async def refresh(self, *, warn: bool = True) -> None:
        """What Slack does every few hours: ask each client to reconnect; `close_told` is the end of it."""
        for reason in ("warning", "refresh_requested") if warn else ("refresh_requested",):
            for socket in [s for s in self.sockets if reason == "warning" or s.told or not warn]:
                socket.told = True
                await self.send(socket, disconnect(reason, socket.host))

    async def close_told(self) -> None:
        """What Slack does some seconds later: nothing more goes that way, acks are waited for, it is closed."""
        going = [s for s in self.sockets if s.told and s.ws is not None]
        self.sockets = [s for s in self.sockets if s not in going]
        self.tell_count()
        acks = [w.answer for w in self.waiting.values() if w.socket in going]
        if acks:
            await asyncio.wait(acks, timeout=self.workspace.ack_seconds)
        for socket in going:
            if socket.ws is not None:
                await socket.ws.close()

    async def send(self, socket: Socket, message: Json) -> None:
        if socket.ws is not None and not socket.ws.closed:
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(SEND_SECONDS):
                    await socket.ws.send_json(message)

    def deafen(self) -> None:
        """Every connection stays open, and nothing comes over it any more."""
        for socket in self.sockets:
            socket.deaf = True

    def abort(self) -> None:
        """Every connection breaks, as when a firewall forgets it."""
        for socket in list(self.sockets):
            socket.abort()

    async def cut(self) -> None:
        """Close every socket without a word, as a network failure would."""
        for socket in list(self.sockets):
            if socket.ws is not None:
                with contextlib.suppress(ConnectionError, TimeoutError):
                    async with asyncio.timeout(SEND_SECONDS):
                        await socket.ws.close()

    async def close(self) -> None:
        for waiting in self.waiting.values():
            waiting.answer.cancel()
        await self.cut()


def disconnect(reason: str, host: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": host}}
