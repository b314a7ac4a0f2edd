"""In: "show this case", "answer this person". Out: messages in Slack, at a pace that Slack accepts.
A card waits in the outbox, once; one sender per channel, by lease, draws it from the state of that moment.
Promise: old never overwrites new; a post whose answer was lost is looked for before it is posted again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import Unreachable
from bot.model import Case, ReplyTo
from bot.ports import Cases, Clock, Outbox
from bot.slack.answers import draw_answer
from bot.slack.cards import EVENT_TYPE, Card, draw
from bot.words import Languages, speaking

LEASE_SECONDS = 30.0
_POSTING = ""  # in place of the timestamp of a message that is on its way
log = structlog.get_logger(__name__)


class SlackChannel:
    """Satisfies `ports.Channel`, and sends what waits in the outbox (`run`)."""

    def __init__(
        self,
        client: AsyncWebClient,
        outbox: Outbox,
        cases: Cases,
        *,
        channel: str,
        approvers: tuple[str, ...],
        clock: Clock,
        languages: Languages | None = None,
        pace_seconds: float = 1.0,
        idle_seconds: float = 0.2,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._cases = cases
        self._channel = channel
        self._approvers = approvers
        self._clock = clock
        self._languages = languages or Languages()
        self._pace = pace_seconds
        self._idle = idle_seconds
        self._pause = pause
        self._broken = False

    async def show(self, case_id: str) -> None:
        await self._outbox.outbox_add(self._channel, case_id, self._clock.now())

    async def answer(self, shape: str, body: str, to: ReplyTo, *, full: bool) -> None:
        """Raises Unreachable("Slack"). An answer whose channel has gone goes nowhere: only the asker could read it."""
        with speaking(self._languages.of(to.user.user)):
            text, blocks = draw_answer(shape, body, full=full)
        try:
            if _is_slacks(to.response_url, self._client.base_url):
                webhook = AsyncWebhookClient(to.response_url, timeout=10)
                webhook.proxy = self._client.proxy  # its own default is the environment's
                sent = await webhook.send(text=text, blocks=blocks, response_type="ephemeral")
                if sent.status_code == 200:
                    return
            await self._client.chat_postEphemeral(
                channel=to.channel, user=to.user.user, text=text, blocks=blocks
            )
        except SlackApiError as error:
            if _is_passing(error):
                raise _unreachable(error) from error
            log.warning("answer not delivered", reason=str(error.response.get("error")))
        except (ClientError, TimeoutError, OSError) as error:
            raise _unreachable(error) from error

    async def run(self, stop: asyncio.Event) -> None:
        """Sends until `stop`. Slack being away is said once in the log, and once on recovery."""
        while not stop.is_set():
            try:
                token = await self._outbox.lease(f"sender:{self._channel}", LEASE_SECONDS)
                if token is None:
                    await self._pause(self._idle * 5)
                    continue
                await self._send_while_leased(token, stop)
            except Unreachable as error:
                if not self._broken:
                    self._broken = True
                    log.warning("cards wait", what=error.what, reason=error.message)
                await self._pause(error.retry_after or 2.0)

    async def _send_while_leased(self, token: str, stop: asyncio.Event) -> None:
        name = f"sender:{self._channel}"
        try:
            while not stop.is_set() and await self._outbox.extend(name, token, LEASE_SECONDS):
                sent = await self._send_next()
                if sent and self._broken:
                    self._broken = False
                    log.info("cards go out again")
                await self._pause(self._pace if sent else self._idle)
        finally:
            await self._outbox.unlease(name, token)

    async def _send_next(self) -> bool:
        waiting = await self._outbox.outbox_take(self._channel, self._clock.now())
        if waiting is None:
            return False
        case = await self._cases.get(waiting.case_id)
        shown = await self._outbox.card(waiting.case_id)
        sent = False
        if case is not None and (shown is not None or _worth_a_card(case)):
            await self._send(case, shown)
            sent = True
        await self._outbox.outbox_done(self._channel, waiting)
        return sent

    async def _send(self, case: Case, shown: tuple[str, str] | None) -> None:
        with speaking(self._languages.channel):
            card = draw(case, approvers=self._approvers)
        try:
            if shown is not None and not shown[1]:
                shown = await self._find(case.id)
            if shown is not None and await self._update(shown, card):
                return
            # written down before the post: should its answer or this process be lost, the next one looks first
            await self._outbox.set_card(case.id, self._channel, _POSTING)
            posted = await self._client.chat_postMessage(
                channel=self._channel, **_message(card), unfurl_links=False, unfurl_media=False
            )
            await self._outbox.set_card(case.id, posted["channel"], posted["ts"])
        except SlackApiError as error:
            if _is_passing(error):
                raise _unreachable(error) from error
            # a card that Slack refuses for good must not block the ones behind it
            log.error(  # noqa: TRY400 - the reason says it all, a traceback would hide it
                "card refused by Slack",
                case=case.id,
                reason=str(error.response.get("error")),
                detail=str(error.response.get("response_metadata", "")),
            )
        except (ClientError, TimeoutError, OSError) as error:
            raise _unreachable(error) from error

    async def _update(self, shown: tuple[str, str], card: Card) -> bool:
        """False: the message is not there any more, somebody deleted it."""
        try:
            await self._client.chat_update(channel=shown[0], ts=shown[1], **_message(card))
        except SlackApiError as error:
            if error.response.get("error") == "message_not_found":
                return False
            raise
        return True

    async def _find(self, case_id: str) -> tuple[str, str] | None:
        """A post whose answer was lost may be there: its metadata says which case it shows."""
        history = await self._client.conversations_history(
            channel=self._channel, limit=100, include_all_metadata=True
        )
        for message in history.get("messages") or []:
            metadata = message.get("metadata") or {}
            payload = metadata.get("event_payload") or {}
            if metadata.get("event_type") == EVENT_TYPE and payload.get("case_id") == case_id:
                await self._outbox.set_card(case_id, self._channel, message["ts"])
                return self._channel, message["ts"]
        return None


def _is_slacks(response_url: str, base_url: str) -> bool:
    """The event came by way of Redis: an answer goes to Slack's own hooks, whatever stands in it."""
    hook, api = urlsplit(response_url), urlsplit(base_url)
    if (hook.scheme, hook.netloc) == (api.scheme, api.netloc):
        return True
    return hook.scheme == "https" and hook.netloc == f"hooks.{api.netloc}"


def _worth_a_card(case: Case) -> bool:
    """A case that was never shown is not shown now, if it is held or over."""
    return case.held is None and case.diagnosis is not None and case.state.value != "closed"


def _message(card: Card) -> dict[str, Any]:
    return {"text": card.text, "blocks": card.blocks, "metadata": card.metadata}


def _is_passing(error: SlackApiError) -> bool:
    reason = error.response.get("error")
    status: int = error.response.status_code
    return status == 429 or status >= 500 or reason in {"ratelimited", "internal_error"}


def _unreachable(error: Exception) -> Unreachable:
    after = None
    if isinstance(error, SlackApiError):
        header = error.response.headers.get("Retry-After")
        after = float(header) if header and header.isdigit() else None
    return Unreachable(
        "Slack",
        f"Slack did not take the message ({type(error).__name__}).",
        todo="Nothing is lost: it is sent when Slack answers again.",
        retry_after=after,
    )
