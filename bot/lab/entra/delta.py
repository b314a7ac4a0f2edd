"""In: a delta request for users, groups or contacts, and the token of an earlier one.
Out: what changed since, with only the properties that changed, in pages, and a token for the next time.
Promise: a token that is unknown or older than a week is 410, with where to begin again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.lab.entra import paging
from bot.lab.entra.errors import GraphError
from bot.lab.entra.lists import SETS, context
from bot.lab.entra.messages import GraphRequest, GraphResponse
from bot.lab.entra.objects import Kind
from bot.lab.entra.schema import render

if TYPE_CHECKING:
    from bot.lab.entra.tenant import Tenant

Row = dict[str, Any]
OPTIONS = frozenset({"$select", "$deltatoken", "$skiptoken"})
GOOD_FOR = timedelta(days=7)
A_PAGE = 200
LATEST = "latest"  # begin now, with nothing
KEPT = 64  # bookmarks; the oldest go


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How every object of a kind looked when the token was given."""

    kind: Kind
    select: tuple[str, ...] | None
    rows: dict[str, Row]
    made: datetime


@dataclass(slots=True)
class Delta:
    """What a tenant remembers of who asked before."""

    bookmarks: dict[str, Bookmark] = field(default_factory=dict)
    walks: list[tuple[list[Row], str]] = field(default_factory=list)  # rows, and the token after


def list_changes(tenant: Tenant, request: GraphRequest, kind: Kind) -> GraphResponse:
    paging.check_options(request.query, OPTIONS)
    if "$skiptoken" in request.query:
        number, walk = paging.read_token(request.query["$skiptoken"])
        return _page(tenant, request, kind, number, walk)
    token = request.query.get("$deltatoken")
    if token == LATEST:
        rows, select = [], request.select
    elif token is None:
        rows, select = list(_rows(tenant, kind, request.select).values()), request.select
    else:
        before = _bookmark(tenant, request, kind, token)
        rows, select = _changed(tenant, before), before.select
    tenant.delta.walks.append((rows, _remember(tenant, kind, select)))
    return _page(tenant, request, kind, 1, len(tenant.delta.walks) - 1)


def _rows(tenant: Tenant, kind: Kind, select: tuple[str, ...] | None) -> dict[str, Row]:
    return {held.id: render(held, select) for held in tenant.live(kind)}


def _remember(tenant: Tenant, kind: Kind, select: tuple[str, ...] | None) -> str:
    token = secrets.token_urlsafe(16)
    marks = tenant.delta.bookmarks
    marks[token] = Bookmark(kind, select, _rows(tenant, kind, select), tenant.clock())
    for old in list(marks)[:-KEPT]:
        del marks[old]
    return token


def _bookmark(tenant: Tenant, request: GraphRequest, kind: Kind, token: str) -> Bookmark:
    found = tenant.delta.bookmarks.get(token)
    if found is None or found.kind is not kind or tenant.clock() - found.made > GOOD_FOR:
        message = "The delta token has expired; begin again without one."
        headers = {"Location": f"{request.url}?$deltatoken="}
        raise GraphError(410, "syncStateNotFound", message, headers=headers)
    return found


def _changed(tenant: Tenant, before: Bookmark) -> list[Row]:
    now = _rows(tenant, before.kind, before.select)
    rows: list[Row] = []
    for object_id, row in now.items():
        old = before.rows.get(object_id, {})
        fresh = {name: value for name, value in row.items() if old.get(name, ...) != value}
        if fresh:
            rows.append({"id": object_id, **fresh})
    for object_id in before.rows.keys() - now.keys():
        reason = "changed" if object_id in tenant.objects else "deleted"
        rows.append({"id": object_id, "@removed": {"reason": reason}})
    return rows


def _page(
    tenant: Tenant, request: GraphRequest, kind: Kind, number: int, walk: int
) -> GraphResponse:
    try:
        rows, token = tenant.delta.walks[walk]
    except IndexError:
        raise GraphError(
            410, "syncStateNotFound", "The token of the page has expired; begin again without one."
        ) from None
    start = (number - 1) * A_PAGE
    body: Row = {"@odata.context": context(request, SETS[kind], request.select)}
    if len(rows) > start + A_PAGE:
        after = paging.make_token(number + 1, walk)
        body["@odata.nextLink"] = f"{request.url}?$skiptoken={after}"
    else:
        body["@odata.deltaLink"] = f"{request.url}?$deltatoken={token}"
    body["value"] = rows[start : start + A_PAGE]
    return GraphResponse(200, body)
