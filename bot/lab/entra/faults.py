"""In: what is to go wrong, where, and how often; settable while the server runs.
Out: the fault that applies to a request, if any.
Promise: a fault with `times` happens exactly so often; without, until it is taken away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bot.lab.entra.messages import GraphResponse

What = Literal[
    "throttled",  # 429
    "unavailable",  # 503
    "html",  # 500 with a page instead of JSON
    "forbidden",  # 403 without a body
    "slow",
    "drop",  # the connection ends in the middle of the body
    "request-lost",  # the connection ends before anything is done
    "answer-lost",  # it is done, and the connection ends without a byte of the answer
    "lagging",  # a direct read shows a user as it was before its last PATCH
    "broken-list",  # 500 once a list goes beyond page `after_page`
    "empty-first-page",  # no rows, but a nextLink
]
ANSWERS = frozenset({"throttled", "unavailable", "html", "forbidden"})


@dataclass(slots=True, kw_only=True)
class Fault:
    """`path` is any part of the request's path below /v1.0, "" for every request; `method` "" for any."""

    what: What
    path: str = ""
    method: str = ""
    times: int | None = 1
    retry_after: int | None = None
    seconds: float = 0.0
    after_page: int = 1


@dataclass(slots=True)
class Faults:
    planned: list[Fault] = field(default_factory=list)

    def plan(self, fault: Fault) -> Fault:
        self.planned.append(fault)
        return fault

    def clear(self) -> None:
        self.planned.clear()

    def take(
        self, path: str, kinds: frozenset[str], *, method: str = "", page: int = 1
    ) -> Fault | None:
        """The first planned fault of these kinds that this request meets; it is used up."""
        for fault in self.planned:
            beyond = fault.what != "broken-list" or page > fault.after_page
            first = fault.what != "empty-first-page" or page == 1
            meant = fault.path in path and fault.method in {"", method}
            if fault.what in kinds and meant and beyond and first:
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.planned.remove(fault)
                return fault
        return None


def failure(fault: Fault, *, scope: str) -> GraphResponse:
    wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    match fault.what:
        case "throttled":
            limits = {
                "x-ms-throttle-scope": f"Tenant_Application/ReadWrite/{scope}",
                "x-ms-throttle-information": "ResourceUnitLimitExceeded",
            }
            return GraphResponse(429, _error("TooManyRequests"), {**wait, **limits})
        case "unavailable":
            return GraphResponse(503, _error("ServiceUnavailable"), wait)
        case "forbidden":
            return GraphResponse(403)
        case "html":
            page = b"<html><body><h1>Internal Server Error</h1></body></html>"
            return GraphResponse(500, page, {"Content-Type": "text/html"})
        case _:
            return GraphResponse(500, _error("InternalServerError"))


def _error(code: str) -> dict[str, dict[str, str]]:
    return {"error": {"code": code, "message": "Planted by the lab."}}
