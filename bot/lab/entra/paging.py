"""In: rows in a fixed order, and the query of a list.
Out: one page, its nextLink, and the number of the page.
Promise: rows that come or go between two pages never make another row appear twice or not at all.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.lab.entra.errors import GraphError, bad_request, unsupported
from bot.lab.entra.objects import DirectoryObject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


DEFAULT_PAGE = 100
LARGEST_PAGE = 999
OPTIONS = frozenset({"$filter", "$select", "$top", "$count", "$skiptoken"})
REFUSED = frozenset({"$search", "$orderby", "$expand", "$format", "$apply", "$compute"})


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[DirectoryObject]
    number: int
    next_token: str | None


def check_options(query: Mapping[str, str], allowed: frozenset[str] = OPTIONS) -> None:
    for name in query:
        if name == "$skip":
            raise bad_request("'$skip' is not supported by the service.")
        if name in REFUSED:
            raise unsupported(f"The query option '{name}' is not supported by this resource.")
        if name.startswith("$") and name not in allowed:
            raise bad_request(f"The query parameter '{name}' is not supported.")


def page_size(query: Mapping[str, str]) -> int:
    text = query.get("$top")
    if text is None:
        return DEFAULT_PAGE
    if not (text.isascii() and text.isdigit()):
        raise bad_request(f"Invalid value '{text}' for $top query option found.")
    if not 1 <= int(text[:9]) <= LARGEST_PAGE:
        raise unsupported(
            f"Invalid page size specified: '{text}'. Must be between 1 and {LARGEST_PAGE} inclusive."
        )
    return int(text)


def page_of(rows: Iterable[DirectoryObject], query: Mapping[str, str]) -> Page:
    """Rows come oldest first; a token says after which of them to go on."""
    size = page_size(query)
    number, after = read_token(query["$skiptoken"]) if "$skiptoken" in query else (1, -1)
    found: list[DirectoryObject] = []
    for row in rows:
        if row.sequence <= after:
            continue
        if len(found) == size:
            return Page(found, number, make_token(number + 1, found[-1].sequence))
        found.append(row)
    return Page(found, number, None)


def make_token(page: int, after: int) -> str:
    return base64.urlsafe_b64encode(f"{page}.{after}".encode()).decode().rstrip("=")


def read_token(text: str) -> tuple[int, int]:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        page, _, after = raw.partition(".")
        return int(page), int(after)
    except (binascii.Error, ValueError):
        message = "The specified page token value has expired and can no longer be included in your request."
        raise GraphError(400, "Directory_ExpiredPageToken", message) from None


def next_link(url: str, query: Mapping[str, str], token: str) -> str:
    options = {**query, "$skiptoken": token}
    encoded = "&".join(f"{name}={quote(value, safe='(),:/$')}" for name, value in options.items())
    return f"{url}?{encoded}"
