"""In: the controls of a request.
Out: those that this server acts on, decoded.
Promise: an unknown critical control is refused with 12, an unknown other one ignored.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from bot.lab.ad import wire
from bot.lab.ad.errors import Refused

PAGED: Final = "1.2.840.113556.1.4.319"
SHOW_DELETED: Final = "1.2.840.113556.1.4.417"
SHOW_RECYCLED: Final = "1.2.840.113556.1.4.2064"
PERMISSIVE_MODIFY: Final = "1.2.840.113556.1.4.1413"
TREE_DELETE: Final = "1.2.840.113556.1.4.805"
DOMAIN_SCOPE: Final = "1.2.840.113556.1.4.1339"
EXTENDED_DN: Final = "1.2.840.113556.1.4.529"
SUPPORTED: Final = (
    PAGED,
    SHOW_DELETED,
    SHOW_RECYCLED,
    PERMISSIVE_MODIFY,
    TREE_DELETE,
    DOMAIN_SCOPE,
    EXTENDED_DN,
)


@dataclass(frozen=True)
class Page:
    size: int
    cookie: bytes


@dataclass(frozen=True)
class Controls:
    sent: frozenset[str] = field(default_factory=frozenset)
    page: Page | None = None

    def __contains__(self, oid: str) -> bool:
        return oid in self.sent


def understand(raw: list[dict[str, Any]] | None) -> Controls:
    sent, page = set(), None
    for control in raw or []:
        oid = control["controlType"].decode("ascii", "replace")
        if oid not in SUPPORTED:
            if control.get("criticality"):
                raise Refused(
                    "unavailableCriticalExtension",
                    "00002040: SvcErr: DSID-031401E7, problem 5010 (UNAVAIL_EXTENSION), data 0\n",
                )
            continue
        sent.add(oid)
        if oid == PAGED:
            page = _page(control.get("controlValue", b""))
    return Controls(frozenset(sent), page)


def _page(value: bytes) -> Page:
    try:
        decoded = wire.as_type("RealSearchControlValue", value)
    except wire.Malformed:
        raise Refused("protocolError", "00000057: the paged-results control is malformed") from None
    return Page(decoded["size"], decoded["cookie"])


def page_answer(cookie: bytes) -> dict[str, Any]:
    """AD does not estimate how many entries there are: size 0."""
    value = wire.grammar().encode("RealSearchControlValue", {"size": 0, "cookie": cookie})
    return {"controlType": PAGED.encode(), "controlValue": bytes(value)}
