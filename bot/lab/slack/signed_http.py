"""In: payloads for the app, and the address the app gave for them.
Out: each posted there as Slack posts it: form or JSON, signed, with the headers of a retry; and the answer that came in time.
Promise: the address is believed once it has answered Slack's challenge; each request is kept, so a test can send it again.
"""

import asyncio
import hashlib
import hmac
import json
import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.lab.slack.delivery import NOT_DISPATCHED, TIMED_OUT, Answer, Delivery, Retry
from bot.lab.slack.payloads import LEGACY_TOKEN
from bot.lab.slack.problems import SlackProblem
from bot.lab.slack.records import Json
from bot.lab.slack.workspace import Workspace

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
KEPT = 1000
OK = 200


@dataclass(frozen=True)
class Sent:
    """One request as it went out, and what came back: 0 if nothing did."""

    kind: str
    headers: dict[str, str]
    body: bytes
    status: int = 0


def signature(secret: str, timestamp: str, body: bytes) -> str:
    said = f"v0:{timestamp}:".encode() + body
    return f"v0={hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()}"


@dataclass(eq=False)
class SignedHttp:
    workspace: Workspace
    url: str = ""
    copies: int = (
        1  # deliver each so many times, as a proxy does that repeats what it thinks is lost
    )
    sent: deque[Sent] = field(default_factory=lambda: deque(maxlen=KEPT))
    session: ClientSession | None = None

    async def use(self, url: str) -> None:
        """Slack takes an address only after it has answered the challenge."""
        if urlsplit(url).hostname not in LOOPBACK:
            raise ValueError("The lab's Slack posts to a loopback address only.")
        challenge = secrets.token_urlsafe(32)
        self.url = url
        body = {"token": LEGACY_TOKEN, "challenge": challenge, "type": "url_verification"}
        answer = await self.deliver("events_api", body)
        said = answer.payload
        if answer.error or (said.get("challenge") if isinstance(said, dict) else said) != challenge:
            self.url = ""
            raise SlackProblem("url_not_verified")

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Answer:
        content_type, body = encoded(kind, payload)
        headers = {"Content-Type": content_type, **self.signed(body)}
        if retry is not None and retry.attempt:
            headers["X-Slack-Retry-Num"] = str(retry.attempt)
            headers["X-Slack-Retry-Reason"] = retry.reason
        answer = Answer(error=NOT_DISPATCHED)
        for _ in range(self.copies):
            answer = await self.post(Sent(kind, headers, body))
        return answer

    def signed(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(self.workspace.now()))
        return {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self.workspace.signing_secret, timestamp, body),
        }

    async def again(self, sent: Sent, url: str = "") -> int:
        """The very same request once more, perhaps to another process: whoever listened on the way could do it."""
        await self.post(sent, url)
        return self.sent[-1].status

    async def post(self, request: Sent, url: str = "") -> Answer:
        if self.session is None or self.session.closed:
            self.session = ClientSession(timeout=ClientTimeout(total=None))
        status = 0
        try:
            async with (
                asyncio.timeout(self.workspace.ack_seconds),
                self.session.post(
                    url or self.url,
                    data=request.body,
                    headers=request.headers,
                    allow_redirects=False,
                ) as response,
            ):
                text = await response.text()
                status = response.status
        except TimeoutError:
            return Answer(error=TIMED_OUT, reason="http_timeout")
        except (ClientError, OSError):
            return Answer(error=NOT_DISPATCHED, reason="connection_failed")
        finally:
            self.sent.append(Sent(request.kind, request.headers, request.body, status))
        if status != OK:
            final = response.headers.get("X-Slack-No-Retry") == "1"
            return Answer(error=NOT_DISPATCHED, reason="http_error", final=final)
        return Answer(payload=said(text, response.content_type))

    async def close(self) -> None:
        if self.session is not None:
            await self.session.close()


def encoded(kind: str, payload: Json) -> tuple[str, bytes]:
    if kind == "slash_commands":
        return FORM, urlencode(payload).encode()
    text = json.dumps(payload, ensure_ascii=False)
    if kind == "interactive":
        return FORM, urlencode({"payload": text}).encode()
    return JSON, text.encode()


def said(text: str, content_type: str) -> Any:
    """What the app put in its answer; a text is a message of that text."""
    if not text:
        return None
    if content_type == JSON:
        try:
            return json.loads(text)
        except ValueError:
            return None
    return {"text": text}


@dataclass(eq=False)
class Chosen:
    """Where the app wants its payloads: posted to its address if it has one, else over a socket."""

    sockets: Delivery
    http: SignedHttp

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Answer:
        to: Delivery = self.http if self.http.url else self.sockets
        return await to.deliver(kind, payload, retry)
