"""In: one open WebSocket of Socket Mode. Out: what Slack says on it, and acknowledgements on it, until it ends.
A connection is used once: it is never opened again, so nothing of an old one is left in a new one.
Promise: it knows why it ended; one that is silent for some pings counts as ended; nothing is sent on a closed one.
"""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType
from slack_bolt.response import BoltResponse

from bot.slack.backoff import Pace

Said = dict[str, Any]
SEND_SECONDS = 3.0
CLOSE_SECONDS = 2.0
GOING_AWAY = (1001).to_bytes(2, "big")
# not told to go: it was cut, or it did not answer
CUT, DEAF = "cut", "deaf"
TOO_MANY = "too_many_websockets"
_OVER = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}


class Wire:
    """`going` is set when another connection should take its place; `why` says for what reason."""

    def __init__(
        self, ws: ClientWebSocketResponse, pace: Pace, take: Callable[["Wire", Said], None]
    ) -> None:
        self._ws = ws
        self._pace = pace
        self._take = take
        self._unanswered = 0
        self._born = asyncio.get_running_loop().time()
        self.why = ""
        self._ended = 0.0
        self._gone = asyncio.Event()
        self._farewell = False
        self.going = asyncio.Event()
        self.work: set[asyncio.Task[None]] = set()

    @property
    def lived(self) -> float:
        return asyncio.get_running_loop().time() - self._born

    @property
    def over(self) -> bool:
        return self._gone.is_set()

    @property
    def ended(self) -> float:
        """So many seconds ago."""
        return asyncio.get_running_loop().time() - self._ended if self.over else 0.0

    async def hello(self) -> Said:
        """Slack's first word; {} if it is none, and then `why` says what came instead."""
        async with asyncio.timeout(self._pace.hello):
            while not self.over:
                said = await self._next()
                if said.get("type") == "hello":
                    return said
                if said.get("type") == "disconnect":
                    self._told_to_go(said)
                    break
        return {}

    async def live(self) -> None:
        """Until it ends."""
        beat = asyncio.create_task(self._beat())
        try:
            while not self.over:
                said = await self._next()
                if said.get("type") == "disconnect":
                    self._told_to_go(said)
                elif "envelope_id" in said:
                    self._take(self, said)
        finally:
            beat.cancel()
            self.end(CUT)

    async def _next(self) -> Said:
        """The next that is a JSON object; {} otherwise. Whatever comes is a sign of life."""
        message = await self._ws.receive()
        self._unanswered = 0
        if message.type in _OVER:
            self.end(CUT)
        elif message.type is WSMsgType.PING:
            with suppress(ConnectionError):
                await self._ws.pong(message.data)
        elif message.type is WSMsgType.TEXT:
            with suppress(ValueError, RecursionError):
                said = json.loads(message.data)
                return said if isinstance(said, dict) else {}
        return {}

    async def _beat(self) -> None:
        while not self.over:
            await asyncio.sleep(self._pace.ping)
            if self._unanswered >= self._pace.missed:
                self.end(DEAF)
                await self.close()
                return
            self._unanswered += 1
            with suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(SEND_SECONDS):
                    await self._ws.ping()

    def _told_to_go(self, said: Said) -> None:
        """A warning and the request come one after the other; the first of them is enough."""
        self.leave(str(said.get("reason") or CUT))

    def leave(self, why: str) -> None:
        """It works, and another one shall take its place."""
        self.why = self.why or why
        self.going.set()

    def end(self, why: str) -> None:
        if not self.over:
            self._ended = asyncio.get_running_loop().time()
            self._gone.set()
        self.leave(why)

    async def send(self, said: Said) -> bool:
        if self.over or self._farewell or self._ws.closed:
            return False
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._ws.send_str(json.dumps(said))
        except (ConnectionError, TimeoutError):
            return False
        return True

    async def finish(self, *, linger: float = 0.0) -> None:
        """Answers what it was given, for as long as Slack waits for answers, then says farewell.

        `linger`: so long it is left to Slack to close it, which may still deliver until then.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._gone.wait(), linger)
        if self.work and not self.over:
            await asyncio.wait(self.work, timeout=self._pace.drain)
        if not self.over:
            # aiohttp's close() would throw away what was on its way; so it is read until Slack has heard us
            self._farewell = True
            with suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._ws.send_frame(GOING_AWAY, WSMsgType.CLOSE)
                    await self._gone.wait()
        await self.close()

    async def close(self) -> None:
        self.end(CUT)
        with suppress(ConnectionError, TimeoutError):
            await self._ws.close()


def acknowledgement(envelope_id: str, response: BoltResponse) -> Said | None:
    """None: it was not taken, and silence tells Slack so; an event comes again then."""
    if response.status != 200:
        return None
    ack: Said = {"envelope_id": envelope_id}
    if response.body:
        kind = response.headers.get("content-type", [""])[0]
        as_json = kind.startswith("application/json")
        ack["payload"] = json.loads(response.body) if as_json else {"text": response.body}
    return ack
