"""In: who holds or may activate an Entra role, directly or through a group.
Out: transitiveMemberOf (directoryRole, group), roleAssignments, roleEligibilityScheduleInstances, names.
Promise: the two lists tell of direct grants only, as in Graph; the first of inherited ones too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.lab.entra import lists, odata, paging
from bot.lab.entra.errors import not_found, unsupported
from bot.lab.entra.messages import GraphRequest, GraphResponse
from bot.lab.entra.objects import stamp

if TYPE_CHECKING:
    from bot.lab.entra.objects import DirectoryObject
    from bot.lab.entra.tenant import RoleGrant, Tenant

FILTERED = {"principalid": "principalId", "roledefinitionid": "roleDefinitionId"}


def held_roles(tenant: Tenant, request: GraphRequest, user: DirectoryObject) -> GraphResponse:
    paging.check_options(request.query, frozenset({"$select", "$top", "$count"}))
    held = {g.role_definition_id: g for g in tenant.role_grants(user.id) if not g.eligible}
    rows = [
        {
            "id": grant.role_definition_id,
            "deletedDateTime": None,
            "description": grant.role_name,
            "displayName": grant.role_name,
            "roleTemplateId": grant.role_definition_id,
        }
        for grant in held.values()
    ]
    body: dict[str, Any] = {"@odata.context": lists.context(request, "directoryRoles", None)}
    if request.advanced:
        body["@odata.count"] = len(rows)
    return GraphResponse(200, {**body, "value": rows})


def groups_above(tenant: Tenant, request: GraphRequest, user: DirectoryObject) -> GraphResponse:
    """The groups a user is in, directly or through others; only a role-assignable one can hold a role."""
    paging.check_options(request.query, frozenset({"$select", "$top", "$count"}))
    grants = {grant.principal_id for grant in tenant.roles}
    rows = [
        {
            "id": group_id,
            "displayName": tenant.objects[group_id].display_name,
            "isAssignableToRole": True if group_id in grants else None,
        }
        for group_id in sorted(tenant.groups_of(user.id))
    ]
    if request.select is not None:
        chosen = {each.lower() for each in (*request.select, "id")}
        rows = [{n: v for n, v in row.items() if n.lower() in chosen} for row in rows]
    body: dict[str, Any] = {"@odata.context": lists.context(request, "groups", request.select)}
    if request.advanced:
        body["@odata.count"] = len(rows)
    return GraphResponse(200, {**body, "value": rows})


def definition(tenant: Tenant, request: GraphRequest, name: str) -> GraphResponse:
    """The name of a role, by the id that the grants carry."""
    grant = next((g for g in tenant.roles if g.role_definition_id == name.lower()), None)
    if grant is None:
        raise not_found(name)
    context = lists.context(request, "roleManagement/directory/roleDefinitions", request.select)
    row = {"id": grant.role_definition_id, "displayName": grant.role_name}
    return GraphResponse(200, {"@odata.context": context + "/$entity", **row})


def list_grants(tenant: Tenant, request: GraphRequest, *, eligible: bool) -> GraphResponse:
    paging.check_options(request.query, frozenset({"$filter", "$select", "$top", "$count"}))
    rows = [_row(tenant, grant) for grant in tenant.roles if grant.eligible is eligible]
    if "$filter" in request.query:
        match odata.parse(request.query["$filter"]):
            case odata.Comparison((name,), "eq", str() as value) if name.lower() in FILTERED:
                rows = [r for r in rows if r[FILTERED[name.lower()]].lower() == value.lower()]
            case _:
                raise unsupported()
    name = "roleEligibilityScheduleInstances" if eligible else "roleAssignments"
    context = lists.context(request, f"roleManagement/directory/{name}", request.select)
    return GraphResponse(200, {"@odata.context": context, "value": rows})


def _row(tenant: Tenant, grant: RoleGrant) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": grant.id,
        "principalId": grant.principal_id,
        "roleDefinitionId": grant.role_definition_id,
        "directoryScopeId": "/",
    }
    if grant.eligible:
        row["memberType"] = "Direct"
        holder = tenant.objects.get(grant.principal_id)
        row["startDateTime"] = stamp(holder.created) if holder else None
        row["endDateTime"] = None
    return row
