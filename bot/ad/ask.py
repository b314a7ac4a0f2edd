"""In: a bound connection and one question. Out: the entries of the answer, pages and value ranges put together.
The server's time limit is a little shorter than ours, so that it gives up first and says so.
Promise: a whole answer or one of our errors; half a list is never taken for a whole one. Blocking.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ldap3

from bot.ad.forest import Forest
from bot.ad.trouble import NO_SUCH_OBJECT, SIZE_LIMIT, SUCCESS, answer_refused

SHOW_DELETED = ("1.2.840.113556.1.4.417", False, None)
_PAGED = "1.2.840.113556.1.4.319"

Scope = Literal["BASE", "LEVEL", "SUBTREE"]


@dataclass(frozen=True, slots=True)
class Entry:
    """An object as it came: attribute names in lower case, values as bytes."""

    dn: str
    raw: dict[str, list[bytes]]

    def all(self, attribute: str) -> tuple[str, ...]:
        """Text that is not UTF-8 is kept, with the bad bytes replaced: it is shown, never written back."""
        return tuple(v.decode("utf-8", "replace") for v in self.raw.get(attribute.lower(), ()))

    def one(self, attribute: str) -> str | None:
        values = self.raw.get(attribute.lower())
        return values[0].decode("utf-8", "replace") if values else None

    def octets(self, attribute: str) -> bytes | None:
        values = self.raw.get(attribute.lower())
        return values[0] if values else None

    def blobs(self, attribute: str) -> tuple[bytes, ...]:
        return tuple(self.raw.get(attribute.lower(), ()))

    def number(self, attribute: str) -> int:
        text = self.one(attribute)
        try:
            return int(text) if text else 0
        except ValueError:
            return 0

    def truth(self, attribute: str) -> bool:
        return (self.one(attribute) or "").upper() == "TRUE"


def find(
    connection: ldap3.Connection,
    forest: Forest,
    base: str,
    wanted: str,
    *,
    attributes: Sequence[str],
    what: str,
    scope: Scope = "SUBTREE",
    deleted: bool = False,
    at_most: int = 0,
) -> list[Entry]:
    """`at_most` above 0: the first so many, whichever they are."""
    found: list[Entry] = []
    cookie: bytes | str | None = None
    while True:
        _, result, response, _ = connection.search(
            base,
            wanted,
            search_scope=scope,
            attributes=list(attributes),
            size_limit=at_most,
            time_limit=max(1, int(forest.receive_timeout) - 1),
            controls=[SHOW_DELETED] if deleted else None,
            paged_size=None if scope == "BASE" or at_most else forest.page_size,
            paged_cookie=cookie,
        )
        found.extend(_entry(e) for e in response or () if e["type"] == "searchResEntry")
        code = int(result["result"])
        if code == NO_SUCH_OBJECT and scope == "BASE":
            return []
        if code != SUCCESS and not (code == SIZE_LIMIT and at_most):
            raise answer_refused(forest, what, result)
        cookie = _cookie(result)
        if not cookie:
            return found


def _cookie(result: dict[str, Any]) -> bytes | str | None:
    control = (result.get("controls") or {}).get(_PAGED)
    return control["value"]["cookie"] or None if control else None


def _entry(item: dict[str, Any]) -> Entry:
    raw: dict[str, list[bytes]] = {}
    for name, values in item["raw_attributes"].items():
        if not values:  # the empty attribute that a server sends beside `name;range=0-1499`
            continue
        raw.setdefault(str(name).lower(), []).extend(values)
    dn = item["raw_dn"]
    return Entry(dn.decode("utf-8", "replace") if isinstance(dn, bytes) else str(dn), raw)
