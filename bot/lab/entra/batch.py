"""In: the body of POST /$batch.
Out: one response per item, in no promised order; the outer status is 200 whatever the items say.
Promise: at most 20 items, ids unique without case; an item whose parent failed is 424.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.lab.entra.errors import GraphError, bad_request
from bot.lab.entra.messages import GraphRequest, GraphResponse, split_target

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_ITEMS = 20
RELATIVE = re.compile(r"/?(?!/)(?![a-z]+://)", re.IGNORECASE)
METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class Item:
    id: str
    method: str
    url: str
    headers: dict[str, str]
    body: Any
    depends_on: tuple[str, ...]


def run(outer: GraphRequest, send: Callable[[GraphRequest], GraphResponse]) -> GraphResponse:
    items = _items(outer.body)
    statuses: dict[str, int] = {}
    answers: list[dict[str, Any]] = []
    for item in items:
        response = _run_one(outer, item, statuses, send)
        statuses[item.id.lower()] = response.status
        answers.append(_rendered(item.id, response))
    return GraphResponse(200, {"responses": answers[::-1]})


def _run_one(
    outer: GraphRequest,
    item: Item,
    statuses: dict[str, int],
    send: Callable[[GraphRequest], GraphResponse],
) -> GraphResponse:
    parents = [statuses.get(parent.lower(), 424) for parent in item.depends_on]
    if any(status >= 400 for status in parents):
        return _failure(GraphError(424, "FailedDependency", "A request it depends on failed."))
    try:
        segments, query = split_target(item.url)
    except GraphError as refused:
        return _failure(refused)
    request = GraphRequest(
        method=item.method,
        segments=segments,
        query=query,
        headers=item.headers,
        roles=outer.roles,
        directory_role=outer.directory_role,
        base_url=outer.base_url,
        body=item.body,
    )
    return send(request)


def _failure(refused: GraphError) -> GraphResponse:
    error = {"code": refused.code, "message": refused.message}
    return GraphResponse(refused.status, {"error": error})


def _rendered(item_id: str, response: GraphResponse) -> dict[str, Any]:
    row: dict[str, Any] = {"id": item_id, "status": response.status}
    row["headers"] = {"Cache-Control": "no-cache", **response.headers}
    if isinstance(response.body, bytes):
        row["body"] = base64.b64encode(response.body).decode()
    elif response.body is not None:
        row["headers"].setdefault("Content-Type", "application/json")
        row["body"] = response.body
    return row


def _items(body: Any) -> list[Item]:
    requests = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(requests, list) or not requests:
        raise GraphError(400, "BadRequest", "Invalid batch payload format.")
    if len(requests) > MOST_ITEMS:
        message = f"Number of batch request steps exceeds the maximum value of {MOST_ITEMS}."
        raise GraphError(400, "MaximumValueExceeded", message)
    items = [_item(each) for each in requests]
    ids = [item.id.lower() for item in items]
    if len(set(ids)) != len(ids):
        raise GraphError(400, "BadRequest", "Request ids must be unique.")
    for position, item in enumerate(items):
        if any(parent.lower() not in ids[:position] for parent in item.depends_on):
            raise bad_request("dependsOn names a request that does not come before this one.")
    return items


def _item(raw: Any) -> Item:
    match raw:
        case {"id": str() as item_id, "method": str() as method, "url": str() as url} if (
            item_id and method.upper() in METHODS and RELATIVE.match(url)
        ):
            depends = raw.get("dependsOn") or []
            headers = raw.get("headers") or {}
        case _:
            raise GraphError(400, "BadRequest", "Each request needs an id, a method and a url.")
    if not isinstance(headers, dict) or not isinstance(depends, list):
        raise GraphError(400, "BadRequest", "Invalid batch payload format.")
    lowered = {str(name).lower(): str(value) for name, value in headers.items()}
    if "body" in raw and "content-type" not in lowered:
        message = "A request with a body needs a Content-Type header."
        raise GraphError(400, "BadRequest", message)
    return Item(
        item_id, method.upper(), url, lowered, raw.get("body"), tuple(str(each) for each in depends)
    )
