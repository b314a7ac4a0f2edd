"""In: nothing. Out: how the edge is connected to Slack right now, in numbers and in words for an administrator.
Both transports tell it; `main` keeps it in a file, and `dirsync-triage health` reads it out.
Promise: plain values, no secret and nothing of what people said; `trouble` says what to do.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkState:
    transport: str  # "socket" or "http"
    connected: bool
    told: str  # one sentence
    trouble: str = ""  # what is wrong and what to do; "" if nothing is


class Link(Protocol):
    def state(self) -> LinkState:
        """Raises what ended the link, should it ever have ended by itself."""
        ...
