"""In: one HTTP request or one item of a $batch, already authenticated.
Out: GraphRequest and GraphResponse, which the routes speak.
Promise: percent-encoding, letter case of options and doubled options are settled here, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from bot.lab.entra.errors import GraphError, bad_request

LONGEST_URL = 2_048


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphRequest:
    method: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    roles: frozenset[str]
    directory_role: bool
    base_url: str
    body: Any = None

    @property
    def advanced(self) -> bool:
        """Both halves are needed for what the service calls an advanced query."""
        eventual = self.headers.get("consistencylevel", "").lower() == "eventual"
        return eventual and self.query.get("$count", "").lower() == "true"

    @property
    def url(self) -> str:
        return f"{self.base_url}/{'/'.join(self.segments)}"

    @property
    def select(self) -> tuple[str, ...] | None:
        text = self.query.get("$select")
        return None if text is None else tuple(n.strip() for n in text.split(",") if n.strip())


@dataclass(frozen=True, slots=True)
class GraphResponse:
    status: int
    body: Any = None  # bytes as they are, None for no body, else JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def split_target(target: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Path segments and options of `/users?$top=5`. A bare plus is a blank, as everywhere."""
    path, _, options = target.partition("?")
    segments = tuple(unquote(part) for part in path.split("/") if part)
    query: dict[str, str] = {}
    for name, value in parse_qsl(options, keep_blank_values=True):
        key = name.lower() if name.startswith("$") else name
        if key in query:
            raise bad_request(f"Query option '{name}' was specified more than once.")
        query[key] = value
    if "$skiptoken" not in query and len(target) > LONGEST_URL:
        message = f"The URL is longer than {LONGEST_URL} characters."
        raise GraphError(414, "Request_UriTooLong", message)
    return segments, query
