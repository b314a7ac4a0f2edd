"""In: a GraphRequest.
Out: the GraphResponse a tenant would give, by the table ROUTES.
Promise: a request without the needed application permission is 403 before anything is looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bot.lab.entra import changes, delta, lists, roles
from bot.lab.entra import permissions as may
from bot.lab.entra.errors import GraphError, denied, not_found, unsupported
from bot.lab.entra.messages import GraphRequest, GraphResponse
from bot.lab.entra.objects import DirectoryObject, Kind, stamp
from bot.lab.entra.schema import render, sku_id
from bot.lab.entra.tenant import EXCHANGE_SKUS, Tenant

Handler = Callable[[Tenant, GraphRequest, str], GraphResponse]
CASTS = {"user": Kind.USER, "group": Kind.GROUP, "orgcontact": Kind.CONTACT}
CAST = re.compile(r"(?:microsoft\.)?graph\.(\w+)\Z", re.IGNORECASE)
ANY = "*"


def answer(tenant: Tenant, request: GraphRequest) -> GraphResponse:
    """The answer, or GraphError."""
    path = request.segments
    for method, pattern, needed, handler in ROUTES:
        if method == request.method and _fits(pattern, path):
            if not needed & request.roles:
                raise denied()
            wild = next((p for p, shape in zip(path, pattern, strict=True) if shape == ANY), "")
            return handler(tenant, request, wild)
    if any(_fits(pattern, path) for _, pattern, _, _ in ROUTES):
        raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed.")
    segment = path[-1] if path else ""
    raise GraphError(400, "BadRequest", f"Resource not found for the segment '{segment}'.")


def _fits(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    if len(pattern) != len(path):
        return False
    pairs = zip(pattern, path, strict=True)
    return all(
        shape == ANY
        or shape == part.lower()
        or (shape.startswith("/") and _cast(part) == shape[1:])
        for shape, part in pairs
    )


def _cast(segment: str) -> str | None:
    """`microsoft.graph.user`, or `graph.user` as the SDKs write it."""
    found = CAST.match(segment)
    return found[1].lower() if found else None


def _listing(kind: Kind) -> Handler:
    return lambda tenant, request, _: lists.list_live(tenant, request, kind)


def _changes(kind: Kind) -> Handler:
    return lambda tenant, request, _: delta.list_changes(tenant, request, kind)


def _recycle_bin(kind: Kind) -> Handler:
    return lambda tenant, request, _: lists.list_recycle_bin(tenant, request, kind)


def _live(tenant: Tenant, kind: Kind, name: str) -> DirectoryObject:
    """By id; users by sign-in name too."""
    found = tenant.objects.get(name.lower())
    if found is None and kind is Kind.USER:
        found = next(iter(tenant.find("userPrincipalName", name)), None)
    if found is None or found.kind is not kind or found.deleted is not None:
        raise not_found(name)
    return found


def _single(kind: Kind) -> Handler:
    def get(tenant: Tenant, request: GraphRequest, name: str) -> GraphResponse:
        held = _live(tenant, kind, name)
        context = lists.context(request, f"{lists.SETS[kind]}", request.select) + "/$entity"
        return GraphResponse(200, {"@odata.context": context, **render(held, request.select)})

    return get


def _sync_behavior(kind: Kind) -> Handler:
    """Whether AD or the cloud decides about it. What never came from AD was never moved."""

    def get(tenant: Tenant, request: GraphRequest, name: str) -> GraphResponse:
        held = _live(tenant, kind, name)
        context = f"{request.base_url}/$metadata#onPremisesSyncBehavior"
        body = {"@odata.context": context, "id": held.id, "isCloudManaged": held.cloud_managed}
        return GraphResponse(200, body)

    return get


def _patch_user(tenant: Tenant, request: GraphRequest, name: str) -> GraphResponse:
    return changes.patch_user(tenant, request, _live(tenant, Kind.USER, name))


def _delete_user(tenant: Tenant, request: GraphRequest, name: str) -> GraphResponse:
    return changes.delete_user(tenant, request, _live(tenant, Kind.USER, name))


def _deleted_item(tenant: Tenant, request: GraphRequest, name: str) -> GraphResponse:
    found = changes.deleted_object(tenant, name)
    context = f"{request.base_url}/$metadata#directoryObjects/$entity"
    return GraphResponse(200, {"@odata.context": context, **lists.typed(found, request.select)})


def _restore(tenant: Tenant, request: GraphRequest, name: str) -> GraphResponse:
    found = changes.deleted_object(tenant, name)
    needed = may.USERS_DELETE if found.kind is Kind.USER else may.GROUPS_RESTORE
    if not needed & request.roles:
        raise denied()
    return changes.restore(tenant, request, found)


def _bare_recycle_bin(_tenant: Tenant, _request: GraphRequest, _name: str) -> GraphResponse:
    raise unsupported(
        "Searches against this resource are not supported. Only specific instances can be queried."
    )


def _never(_tenant: Tenant, _request: GraphRequest, _name: str) -> GraphResponse:
    raise denied()


def _organization(tenant: Tenant, request: GraphRequest, _name: str) -> GraphResponse:
    row = {
        "id": tenant.tenant_id,
        "displayName": tenant.display_name,
        "onPremisesSyncEnabled": True if tenant.last_sync else None,
        "onPremisesLastSyncDateTime": stamp(tenant.last_sync),
        "verifiedDomains": [
            {
                "capabilities": "Email, OfficeCommunicationsOnline",
                "isDefault": name == tenant.domains[0],
                "isInitial": name == tenant.initial_domain,
                "name": name,
                "type": "Managed",
            }
            for name in (tenant.initial_domain, *tenant.domains)
        ],
        "technicalNotificationMails": [f"admin@{tenant.domains[0]}"],
    }
    return _rows(request, "organization", [row])


def _domains(tenant: Tenant, request: GraphRequest, _name: str) -> GraphResponse:
    rows = [
        {
            "id": name,
            "authenticationType": "Managed",
            "isAdminManaged": True,
            "isDefault": name == tenant.domains[0],
            "isInitial": name == tenant.initial_domain,
            "isRoot": True,
            "isVerified": True,
            "supportedServices": ["Email", "OfficeCommunicationsOnline"],
        }
        for name in (tenant.initial_domain, *tenant.domains)
    ]
    return _rows(request, "domains", rows)


def _rows(request: GraphRequest, name: str, rows: list[dict[str, Any]]) -> GraphResponse:
    if request.select is not None:
        chosen = {each.lower() for each in (*request.select, "id")}
        rows = [{n: v for n, v in row.items() if n.lower() in chosen} for row in rows]
    context = lists.context(request, name, request.select)
    return GraphResponse(200, {"@odata.context": context, "value": rows})


def _licence_details(tenant: Tenant, request: GraphRequest, name: str) -> GraphResponse:
    user = _live(tenant, Kind.USER, name)
    rows = [
        {
            "id": f"{user.id}-{sku_id(sku)}",
            "skuId": sku_id(sku),
            "skuPartNumber": sku,
            "servicePlans": _plans(sku),
        }
        for sku in user.licences
    ]
    return _rows(request, f"users('{user.id}')/licenseDetails", rows)


def _plans(sku: str) -> list[dict[str, str]]:
    names = ["EXCHANGE_S_ENTERPRISE", "AAD_PREMIUM"] if sku in EXCHANGE_SKUS else ["AAD_PREMIUM"]
    return [
        {
            "servicePlanId": sku_id(name),
            "servicePlanName": name,
            "provisioningStatus": "Success",
            "appliesTo": "User",
        }
        for name in names
    ]


def _members(cast: Kind | None) -> Handler:
    def get(tenant: Tenant, request: GraphRequest, name: str) -> GraphResponse:
        reached: dict[str, DirectoryObject] = {}
        open_groups = [_live(tenant, Kind.GROUP, name)]
        while open_groups:
            for member_id in open_groups.pop().members:
                member = tenant.objects.get(member_id)
                if member is None or member.deleted is not None or member_id in reached:
                    continue
                reached[member_id] = member
                if member.kind is Kind.GROUP:
                    open_groups.append(member)
        found = [each for each in reached.values() if cast is None or each.kind is cast]
        return lists.list_members(request, found)

    return get


SETS = {"users": Kind.USER, "groups": Kind.GROUP, "contacts": Kind.CONTACT}
READ = {"users": may.USERS_READ, "groups": may.GROUPS_READ, "contacts": may.CONTACTS_READ}
MANAGED = {
    "users": may.SYNC_BEHAVIOR_READ["User"],
    "groups": may.SYNC_BEHAVIOR_READ["Group"],
    "contacts": may.SYNC_BEHAVIOR_READ["Contacts"],
}
BIN = ("directory", "deleteditems")
ROUTES: tuple[tuple[str, tuple[str, ...], frozenset[str], Handler], ...] = (
    *(("GET", (name,), READ[name], _listing(kind)) for name, kind in SETS.items()),
    *(("GET", (name, "delta"), READ[name], _changes(kind)) for name, kind in SETS.items()),
    *(("GET", (name, ANY), READ[name], _single(kind)) for name, kind in SETS.items()),
    *(
        ("GET", (name, ANY, "onpremisessyncbehavior"), MANAGED[name], _sync_behavior(kind))
        for name, kind in SETS.items()
    ),
    ("PATCH", ("users", ANY), may.USERS_WRITE, _patch_user),
    ("DELETE", ("users", ANY), may.USERS_DELETE, _delete_user),
    ("GET", ("users", ANY, "licensedetails"), may.LICENCES_READ, _licence_details),
    (
        "GET",
        ("users", ANY, "transitivememberof", "/directoryrole"),
        may.USERS_READ,
        lambda tenant, request, name: roles.held_roles(
            tenant, request, _live(tenant, Kind.USER, name)
        ),
    ),
    (
        "GET",
        ("users", ANY, "transitivememberof", "/group"),
        may.MEMBERS_READ,
        lambda tenant, request, name: roles.groups_above(
            tenant, request, _live(tenant, Kind.USER, name)
        ),
    ),
    ("GET", ("groups", ANY, "transitivemembers"), may.MEMBERS_READ, _members(None)),
    *(
        ("GET", ("groups", ANY, "transitivemembers", f"/{c}"), may.MEMBERS_READ, _members(kind))
        for c, kind in CASTS.items()
    ),
    ("GET", BIN, may.USERS_READ | may.GROUPS_READ, _bare_recycle_bin),
    ("GET", (*BIN, "/user"), may.USERS_READ, _recycle_bin(Kind.USER)),
    ("GET", (*BIN, "/group"), may.GROUPS_READ, _recycle_bin(Kind.GROUP)),
    ("GET", (*BIN, ANY), may.USERS_READ | may.GROUPS_READ, _deleted_item),
    ("POST", (*BIN, ANY, "restore"), may.USERS_DELETE | may.GROUPS_RESTORE, _restore),
    ("GET", ("organization",), may.ORGANIZATION_READ, _organization),
    ("GET", ("domains",), may.DOMAINS_READ, _domains),
    # delegated-only in Graph: no application permission opens these two
    ("GET", ("directory", "onpremisessynchronization"), may.DELEGATED_ONLY, _never),
    ("DELETE", (*BIN, ANY), may.DELEGATED_ONLY, _never),
    (
        "GET",
        ("rolemanagement", "directory", "roledefinitions", ANY),
        may.ROLES_READ,
        roles.definition,
    ),
    (
        "GET",
        ("rolemanagement", "directory", "roleassignments"),
        may.ROLES_READ,
        lambda tenant, request, _: roles.list_grants(tenant, request, eligible=False),
    ),
    (
        "GET",
        ("rolemanagement", "directory", "roleeligibilityscheduleinstances"),
        may.ELIGIBILITY_READ,
        lambda tenant, request, _: roles.list_grants(tenant, request, eligible=True),
    ),
)
