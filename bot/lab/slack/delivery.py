"""In: a payload for the app.
Out: the app's answer, or Slack's name of what went wrong.
Promise: the seam between what people do and how the app hears of it (sockets, or HTTP).
"""

from dataclasses import dataclass
from typing import Any, Protocol

from bot.lab.slack.records import Json

TIMED_OUT = "operation_timeout"
NOT_DISPATCHED = "dispatch_failed"


@dataclass(frozen=True)
class Answer:
    error: str = ""  # empty: acknowledged in time
    payload: Any = None
    reason: str = ""  # why not, by Slack's name for the header of a retry
    final: bool = False  # the app asks for no retry


@dataclass(frozen=True)
class Retry:
    attempt: int = 0
    reason: str = ""


class Delivery(Protocol):
    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Answer:
        """Send one `slash_commands`, `interactive` or `events_api` payload and wait for the ack."""
        ...
