"""In: a PATCH, a DELETE or a restore of a user.
Out: the tenant changed as Entra would change it, or the documented refusal.
Promise: all properties of one PATCH are checked before the first is written.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.lab.entra.errors import MASTERED, bad_request, conflict, denied, not_found, read_only
from bot.lab.entra.messages import GraphRequest, GraphResponse
from bot.lab.entra.objects import DirectoryObject, Kind, bare, is_smtp
from bot.lab.entra.schema import PROPERTIES, render
from bot.lab.entra.shadow import MAIL, UPN_LOCAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.lab.entra.tenant import Tenant

PLAIN = frozenset(
    {
        "givenName",
        "surname",
        "jobTitle",
        "mobilePhone",
        "officeLocation",
        "department",
        "companyName",
        "employeeId",
        "usageLocation",
        "preferredLanguage",
    }
)
IN_THE_CLOUD = frozenset({"usageLocation"})  # not mastered on-premises
SENSITIVE = frozenset(
    {"accountEnabled", "userPrincipalName", "onPremisesImmutableId", "otherMails"}
)
NO_ANCHOR_MARKS = frozenset("$_")


def patch_user(tenant: Tenant, request: GraphRequest, user: DirectoryObject) -> GraphResponse:
    if not isinstance(request.body, dict):
        raise bad_request("The request body is no JSON object.")
    values = {name: v for name, v in request.body.items() if not name.startswith("@odata.")}
    for name in values:
        if name.lower() not in PROPERTIES[Kind.USER]:
            raise bad_request(f"Invalid property '{name}'.")
        if name not in WRITERS and name not in PLAIN:
            raise read_only(name)
    _check_mastered(tenant, user, values)
    if SENSITIVE & set(values) and tenant.role_grants(user.id) and not request.directory_role:
        raise denied()
    writes = [_prepared(tenant, user, name, value) for name, value in values.items()]
    tenant.former[user.id] = deepcopy(user)
    for write in writes:
        write()
    tenant.reindex(user)
    return GraphResponse(204)


def _check_mastered(tenant: Tenant, user: DirectoryObject, values: dict[str, Any]) -> None:
    synchronized = user.sync_enabled and not user.cloud_managed
    free = IN_THE_CLOUD
    rules = tenant.rules
    if rules.synced_sign_in_name_writable and not rules.synchronize_upn_for_managed_users:
        free |= {"userPrincipalName"}
    if synchronized and set(values) - free:
        raise bad_request(MASTERED)
    restored = user.sync_enabled is False and "onPremisesImmutableId" in values
    if restored and not tenant.rules.restored_anchor_writable:
        raise bad_request(MASTERED)


def _prepared(tenant: Tenant, user: DirectoryObject, name: str, value: Any) -> Callable[[], None]:
    if name in PLAIN:
        if value is not None and not isinstance(value, str):
            raise _wrong_type(name)
        return lambda: user.attributes.update({name: value})
    return WRITERS[name](tenant, user, value)


def _wrong_type(name: str) -> Exception:
    return bad_request(f"Invalid value specified for property '{name}' of resource 'User'.")


def _upn(tenant: Tenant, user: DirectoryObject, value: Any) -> Callable[[], None]:
    local, _, domain = str(value).rpartition("@")
    usable = isinstance(value, str) and UPN_LOCAL.match(local)
    if not usable or domain.lower() not in tenant.verified_domains:
        raise bad_request("Property userPrincipalName is invalid.")
    others = [e for e in tenant.find("userPrincipalName", value) if e.id != user.id]
    others += tenant.holders(value, but=user.id) if user.recipient else []
    if others:
        raise conflict("userPrincipalName", others[0])

    def write() -> None:
        user.user_principal_name = value
        user.substitute_upn = None
        if user.on_premises is not None:  # or the next calculation would put the old one back
            shadow = replace(user.on_premises.shadow, user_principal_name=value)
            user.on_premises = replace(user.on_premises, shadow=shadow)

    return write


def _mail(tenant: Tenant, user: DirectoryObject, value: Any) -> Callable[[], None]:
    """Sets the address and makes it the primary one; the former primary stays as secondary."""
    if value is None:
        return lambda: setattr(user, "mail", None)
    if not isinstance(value, str) or not MAIL.match(value) or not value.isascii():
        raise _wrong_type("mail")
    if holders := tenant.holders(value, but=user.id):
        raise conflict("proxyAddresses", holders[0])

    def write() -> None:
        kept = [
            f"smtp:{proxy[5:]}" if is_smtp(proxy) else proxy
            for proxy in user.proxy_addresses
            if bare(proxy) != value.lower()
        ]
        user.proxy_addresses = [f"SMTP:{value}", *kept]
        user.mail = value

    return write


def _anchor(tenant: Tenant, user: DirectoryObject, value: Any) -> Callable[[], None]:
    if value is not None:
        if not isinstance(value, str) or not value or NO_ANCHOR_MARKS & set(value):
            raise _wrong_type("onPremisesImmutableId")
        if others := [each for each in tenant.find_by_anchor(value) if each.id != user.id]:
            raise conflict("onPremisesImmutableId", others[0])

    def write() -> None:
        user.immutable_id = value
        if value is None:
            user.on_premises = None

    return write


def _text(field: str, name: str) -> Callable[[Tenant, DirectoryObject, Any], Callable[[], None]]:
    def prepare(_tenant: Tenant, user: DirectoryObject, value: Any) -> Callable[[], None]:
        if not isinstance(value, str) or not value:
            raise _wrong_type(name)
        return lambda: setattr(user, field, value)

    return prepare


def _enabled(_tenant: Tenant, user: DirectoryObject, value: Any) -> Callable[[], None]:
    if not isinstance(value, bool):
        raise _wrong_type("accountEnabled")
    return lambda: setattr(user, "account_enabled", value)


def _other_mails(_tenant: Tenant, user: DirectoryObject, value: Any) -> Callable[[], None]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _wrong_type("otherMails")
    return lambda: setattr(user, "other_mails", value)


WRITERS: dict[str, Callable[[Tenant, DirectoryObject, Any], Callable[[], None]]] = {
    "userPrincipalName": _upn,
    "mail": _mail,
    "onPremisesImmutableId": _anchor,
    "displayName": _text("display_name", "displayName"),
    "mailNickname": _text("mail_nickname", "mailNickname"),
    "accountEnabled": _enabled,
    "otherMails": _other_mails,
}


def delete_user(tenant: Tenant, request: GraphRequest, user: DirectoryObject) -> GraphResponse:
    """A synchronized user comes back with the next cycle as long as AD has it."""
    if tenant.role_grants(user.id) and not request.directory_role:
        raise denied()
    tenant.soft_delete(user)
    return GraphResponse(204)


def restore(tenant: Tenant, request: GraphRequest, gone: DirectoryObject) -> GraphResponse:
    """Drop addresses that went to others (autoReconcileProxyConflict), or refuse.

    newUserPrincipalName replaces a sign-in name that went to somebody else.
    """
    options = request.body if isinstance(request.body, dict) else {}
    if tenant.role_grants(gone.id) and not request.directory_role:
        raise denied()
    upn = options.get("newUserPrincipalName") or gone.user_principal_name[32:]
    if not isinstance(upn, str):
        raise _wrong_type("userPrincipalName")
    users = tenant.find("userPrincipalName", upn) if gone.kind is Kind.USER else []
    if users:
        raise conflict("userPrincipalName", users[0])
    clashes = {
        proxy: [h for h in tenant.holders(proxy, but=gone.id) if h.deleted is None]
        for proxy in filter(is_smtp, gone.proxy_addresses)
    }
    holders = [holder for found in clashes.values() for holder in found]
    if holders and not options.get("autoReconcileProxyConflict"):
        raise conflict("proxyAddresses", holders[0])
    gone.proxy_addresses = [proxy for proxy in gone.proxy_addresses if not clashes.get(proxy)]
    gone.mail = next((p[5:] for p in gone.proxy_addresses if p.startswith("SMTP:")), None)
    gone.deleted = None
    if gone.kind is Kind.USER:
        gone.user_principal_name = upn
    if gone.sync_enabled:
        gone.sync_enabled = False  # the directory it came from no longer masters it
    tenant.reindex(gone)
    shown = {"@odata.type": f"#microsoft.graph.{gone.kind.value}", **render(gone, None)}
    context = f"{request.base_url}/$metadata#directoryObjects/$entity"
    return GraphResponse(200, {"@odata.context": context, **shown})


def deleted_object(tenant: Tenant, object_id: str) -> DirectoryObject:
    found = tenant.objects.get(object_id.lower())
    if found is None or found.deleted is None:
        raise not_found(object_id)
    return found
