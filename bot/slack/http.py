"""In: what Slack posts to the bot's own address, behind a proxy that does TLS. Out: bolt's answer, or a plain refusal.
The second way to hear of commands and clicks beside Socket Mode; the listeners behind it are the same.
Promise: nothing is parsed, and no unsigned body read, before the signature holds; no stranger causes an error 500; no body is in a log.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.errors import SettingsError
from bot.slack import signature
from bot.slack.link import LinkState

log = structlog.get_logger(__name__)

PATH = "/slack/events"  # commands, buttons, dialogs and events: Slack lets one address take all of them
MAX_BODY = 2 * 2**20  # a view of 250 kB, form-encoded, is below 1 MiB
BODY_SECONDS = 5.0  # Slack itself waits three
# above what common proxies keep a connection for: a click on one that we close meanwhile would be lost
KEEP_ALIVE_SECONDS = 150.0
DRAIN_SECONDS = 5.0
TOLD_EVERY = 60.0
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
PASSED = (
    "Content-Type",
    signature.TIMESTAMP,
    signature.SIGNATURE,
    "X-Slack-Retry-Num",
    "X-Slack-Retry-Reason",
)
# what json and bolt make of a signed body of a shape that Slack never sends
UNREADABLE = (ValueError, RecursionError, TypeError, AttributeError, LookupError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    signing_secret: str = field(repr=False)
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class HttpLink:
    address: str  # http://host:port
    refusals: "Refusals"

    def state(self) -> LinkState:
        told = f"Listens for Slack at {self.address}{PATH}."
        return LinkState(transport="http", connected=True, told=told, trouble=self.refusals.last)


@dataclass(slots=True)
class Refusals:
    """Tells of refused requests, each reason once a minute at most: strangers must not fill a disk."""

    now: Callable[[], float]
    counts: dict[str, int] = field(default_factory=dict)
    told_at: dict[str, float] = field(default_factory=dict)
    last: str = ""

    def note(self, why: str) -> None:
        self.counts[why] = self.counts.get(why, 0) + 1
        moment = self.now()
        if moment - self.told_at.get(why, moment - TOLD_EVERY) < TOLD_EVERY:
            return
        self.told_at[why] = moment
        log.warning("slack.request_refused", why=why, times=self.counts.pop(why))

    def refused(self, why: str) -> None:
        """Whatever was signed wrongly; `health` says so until a request is right again."""
        self.last = f"The last request was refused: {why}."
        self.note(why)


class Door:
    """The requests of one running server."""

    def __init__(self, app: AsyncApp, secret: str, refusals: Refusals) -> None:
        self._app = app
        self._secret = secret
        self._refusals = refusals
        self._taken: dict[str, float] = {}  # signature of what was taken -> when

    async def healthz(self, request: web.Request) -> web.Response:  # noqa: ARG002 - aiohttp's signature
        """For the proxy. Redis being away is told to who clicks, so the bot is still the one to answer."""
        return web.json_response({"ok": True})

    async def take(self, request: web.Request) -> web.Response:
        body = await self._signed_body(request)
        if isinstance(body, web.Response):
            return body
        signed = request.headers[signature.SIGNATURE]
        if self._was_taken(signed):
            # word for word the same, so somebody sends it again: even a dialog is not opened twice by it
            return web.Response()
        try:
            response = await self._app.async_dispatch(_for_bolt(request, body.decode("utf-8")))
        except UNREADABLE:
            return self._no(400, "the body is not of a shape that Slack sends")
        if response.status == 200:
            self._taken[signed] = self._refusals.now()
        return await to_aiohttp_response(response)

    def _was_taken(self, signed: str) -> bool:
        """Within the time in which Slack's signature holds; what other processes took is known by the keys in Redis."""
        oldest = self._refusals.now() - 2 * signature.WINDOW_SECONDS
        while self._taken and next(iter(self._taken.values())) < oldest:
            del self._taken[next(iter(self._taken))]
        return signed in self._taken

    async def _signed_body(self, request: web.Request) -> bytes | web.Response:
        headers = request.headers
        signed = signature.claimed(
            headers.getall(signature.TIMESTAMP, []),
            headers.getall(signature.SIGNATURE, []),
            self._refusals.now(),
        )
        if isinstance(signed, str):
            return self._stranger(signed)
        if request.content_type not in {FORM, JSON} or "Content-Encoding" in headers:
            return self._no(415, "Slack sends forms and JSON, not compressed")
        if (request.content_length or 0) > MAX_BODY:
            return self._no(413, "the body is too long")
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return self._no(413, "the body is too long")
        except TimeoutError:
            return self._no(408, "the body did not arrive in time")
        why = signature.doubt(self._secret, signed, body)
        if why:
            return self._stranger(why)
        self._refusals.last = ""
        return body

    def _stranger(self, why: str) -> web.Response:
        self._refusals.refused(why)
        return _answer(401, "not signed by Slack")

    def _no(self, status: int, why: str) -> web.Response:
        self._refusals.note(why)
        return _answer(status, why)


def _answer(status: int, why: str) -> web.Response:
    """The same request again would be refused again, so Slack is told not to; and nothing more is read of it."""
    no_retry = {"X-Slack-No-Retry": "1", "Connection": "close"}
    return web.json_response({"error": why}, status=status, headers=no_retry)


def _for_bolt(request: web.Request, text: str) -> AsyncBoltRequest:
    """Only what Slack signs or what says how often it tried: bolt has headers of its own that skip steps."""
    if not isinstance(_payload(text, request.content_type), dict):
        raise TypeError("bolt takes an object")
    headers = {name: request.headers[name] for name in PASSED if name in request.headers}
    return AsyncBoltRequest(body=text, headers=dict(headers))


def _payload(text: str, content_type: str) -> Any:
    """As bolt itself will read it."""
    if content_type == JSON or text.startswith("{"):
        return json.loads(text)
    payload = dict(parse_qsl(text, keep_blank_values=True)).get("payload")
    return {} if payload is None else json.loads(payload)


@asynccontextmanager
async def serving(
    app: AsyncApp, listen: Listen, *, now: Callable[[], float]
) -> AsyncIterator[HttpLink]:
    """Until the block ends; requests that are being answered then are answered first."""
    # bolt checks the signature once more; should it ever disagree, it would log the whole body
    logging.getLogger("slack_bolt.RequestVerification").setLevel(logging.WARNING)
    refusals = Refusals(now)
    door = Door(app, listen.signing_secret, refusals)
    server = web.Application(client_max_size=MAX_BODY)
    server.router.add_post(PATH, door.take)
    server.router.add_get("/healthz", door.healthz)
    runner = web.AppRunner(
        server,
        access_log=None,
        keepalive_timeout=KEEP_ALIVE_SECONDS,
        shutdown_timeout=DRAIN_SECONDS,
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, listen.host, listen.port).start()
        except OSError as error:
            raise SettingsError(
                f"The bot cannot listen on {listen.host}:{listen.port}: {error.strerror}.",
                todo="End what else listens there, or set DIRSYNC_SLACK__LISTEN to another address.",
            ) from error
        host, port = runner.addresses[0][:2]
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        log.info("slack.listening", address=address)
        yield HttpLink(address, refusals)
    finally:
        await runner.cleanup()
