"""In: the channel for possible attacks. Out: whether it is private, as Slack said last; and when that changes.
Looked at when the bot starts, once a day, and every minute while it is not as it has to be.
Promise: fail closed: until Slack says that it is private, ours alone and that we are in it, it is not.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Unreachable
from bot.slack.trouble import AWAY, is_passing, reason_of

A_DAY, A_MINUTE = 24 * 3600.0, 60.0
log = structlog.get_logger(__name__)


class Rooms:
    def __init__(self, client: AsyncWebClient, *, security: str) -> None:
        """`security` "": none was named, and nothing is private."""
        self._client = client
        self._security = security
        self._private = False
        self._told: str | None = None

    def private(self, channel: str) -> bool:
        return bool(channel) and channel == self._security and self._private

    async def look(self) -> None:
        """Says it in the log when it changes. Slack being away changes nothing: then nothing is posted either."""
        why = "no channel is set"
        if self._security:
            try:
                answer = await self._client.conversations_info(channel=self._security)
                why = _unfit(answer.get("channel") or {})
            except SlackApiError as error:
                if is_passing(error):
                    return
                why = reason_of(error)
            except AWAY:
                return
        self._private = not why
        if why and why != self._told and self._security:
            log.error(
                "possible attacks are not shown",
                reason=why,
                todo="Make the channel of DIRSYNC_SLACK__SECURITY_CHANNEL private and invite the bot.",
            )
        elif self._told and not why:
            log.info("possible attacks are shown", channel=self._security)
        self._told = why

    async def run(self, stop: asyncio.Event, changed: Callable[[], Awaitable[None]]) -> None:
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), A_DAY if self._private else A_MINUTE)
            if stop.is_set() or not self._security:
                continue
            before = self._private
            await self.look()
            if self._private is not before:
                with suppress(Unreachable):  # Redis: every later change of a case shows it too
                    await changed()


def _unfit(channel: dict[str, Any]) -> str:
    """Why nothing that may be an attack is shown there; "" if it may be."""
    if not channel.get("is_private"):
        return "the channel is not private"
    if channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"):
        return "the channel is shared with another organisation"
    if channel.get("is_archived"):
        return "the channel is archived"
    return "" if channel.get("is_member") else "the bot is not in the channel"
