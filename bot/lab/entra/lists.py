"""In: a list request: users, groups, contacts, or one of the recycle bins.
Out: a page in Graph's JSON.
Promise: the limits of $filter, $select, $top and $count hold as in a tenant, by its Rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.lab.entra import filters, odata, paging
from bot.lab.entra.errors import unsupported
from bot.lab.entra.messages import GraphRequest, GraphResponse
from bot.lab.entra.objects import DirectoryObject, Kind
from bot.lab.entra.schema import PROPERTIES, render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.lab.entra.tenant import Tenant

SETS = {Kind.USER: "users", Kind.GROUP: "groups", Kind.CONTACT: "contacts"}


def list_live(tenant: Tenant, request: GraphRequest, kind: Kind) -> GraphResponse:
    def listed(held: DirectoryObject) -> bool:
        return held.kind is kind and held.deleted is None

    return _list(tenant, request, kind, listed)


def list_recycle_bin(tenant: Tenant, request: GraphRequest, kind: Kind) -> GraphResponse:
    text = request.query.get("$filter", "")
    if tenant.rules.refuse_deleted_address_filter and "proxyaddresses" in text.lower():
        raise unsupported()

    def listed(held: DirectoryObject) -> bool:
        return held.kind is kind and held.deleted is not None

    return _list(tenant, request, kind, listed)


def _list(
    tenant: Tenant,
    request: GraphRequest,
    kind: Kind,
    listed: Callable[[DirectoryObject], bool],
) -> GraphResponse:
    paging.check_options(request.query)
    rows: Iterable[DirectoryObject] = tenant.objects.values()
    text = request.query.get("$filter")
    if text is None:
        found = (held for held in rows if listed(held))
    else:
        tree = odata.parse(text)
        properties = PROPERTIES[kind]
        filters.check(tree, properties, advanced=request.advanced, rules=tenant.rules)
        narrowed = filters.candidates(tree, tenant)
        found = (
            held
            for held in (rows if narrowed is None else narrowed)
            if listed(held) and filters.matches(tree, held, properties, tenant.rules)
        )
    return _page(request, SETS[kind], found, render)


def _page(
    request: GraphRequest,
    name: str,
    rows: Iterable[DirectoryObject],
    show: Callable[[DirectoryObject, tuple[str, ...] | None], dict[str, Any]],
) -> GraphResponse:
    """Only a query that asks for the count tests every row; others stop where the page ends."""
    chosen = request.select or None
    body: dict[str, Any] = {"@odata.context": context(request, name, chosen)}
    if request.advanced:
        rows = list(rows)
        body["@odata.count"] = len(rows)
    page = paging.page_of(rows, request.query)
    if page.next_token is not None:
        body["@odata.nextLink"] = paging.next_link(request.url, request.query, page.next_token)
    body["value"] = [show(held, chosen) for held in page.rows]
    return GraphResponse(200, body)


def list_members(request: GraphRequest, found: list[DirectoryObject]) -> GraphResponse:
    """Directory objects of several types: each says which it is."""
    paging.check_options(request.query, frozenset({"$select", "$top", "$count", "$skiptoken"}))
    rows = sorted(found, key=lambda each: each.sequence)
    return _page(request, "directoryObjects", rows, typed)


def typed(held: DirectoryObject, select: tuple[str, ...] | None) -> dict[str, Any]:
    return {"@odata.type": f"#microsoft.graph.{held.kind.value}", **render(held, select)}


def context(request: GraphRequest, name: str, select: tuple[str, ...] | None) -> str:
    chosen = f"({','.join(select)})" if select else ""
    return f"{request.base_url}/$metadata#{name}{chosen}"
