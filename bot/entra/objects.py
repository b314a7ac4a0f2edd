"""In: bytes of Graph's answers. Out: pages of Wire objects, and CloudObject of the vocabulary.
Nulls, unknown fields and categories, odd dates and odd elements are expected, not errors.
Promise: an error entry is never lost; what cannot be read in it is still there in `raw`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from bot.errors import Unreachable
from bot.model import CloudObject, ObjectType, SyncError, TenantFacts

Texts = list[str | None]
T = TypeVar("T")
# bytes that are no UTF-8 are a ValueError, nesting without end a RecursionError
UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)


class Wire(msgspec.Struct, rename="camel", kw_only=True):
    """The union of what users, groups and contacts carry; absent and null are the same."""

    id: str
    odata_type: str | None = msgspec.field(
        name="@odata.type", default=None
    )  # where types are mixed
    display_name: str | None = None
    user_principal_name: str | None = None
    mail: str | None = None
    mail_nickname: str | None = None
    given_name: str | None = None
    surname: str | None = None
    employee_id: str | None = None
    group_types: Texts | None = None
    proxy_addresses: Texts | None = None
    other_mails: Texts | None = None
    on_premises_sync_enabled: bool | None = None
    on_premises_immutable_id: str | None = None
    on_premises_distinguished_name: str | None = None
    on_premises_security_identifier: str | None = None
    on_premises_last_sync_date_time: str | None = None
    on_premises_provisioning_errors: list[msgspec.Raw] | None = None
    account_enabled: bool | None = None
    user_type: str | None = None
    assigned_licenses: list[msgspec.Raw] | None = None
    created_date_time: str | None = None
    deleted_date_time: str | None = None


class Page(msgspec.Struct):
    value: list[Wire]
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)


class _Domain(msgspec.Struct, rename="camel"):
    name: str | None = None
    is_initial: bool | None = None


class _Organization(msgspec.Struct, rename="camel", kw_only=True):
    id: str
    display_name: str | None = None
    on_premises_sync_enabled: bool | None = None
    on_premises_last_sync_date_time: str | None = None
    verified_domains: list[_Domain] | None = None


class _Organizations(msgspec.Struct):
    value: list[_Organization]


class Role(msgspec.Struct, rename="camel", kw_only=True):
    """A directoryRole, an assignment of one, its definition, or a group above a person: what each has of these."""

    id: str = ""
    display_name: str | None = None
    role_template_id: str | None = None
    role_definition_id: str | None = None
    is_assignable_to_role: bool | None = None


class Roles(msgspec.Struct):
    value: list[Role]
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)


class _SyncBehavior(msgspec.Struct, rename="camel"):
    is_cloud_managed: bool | None = None


_PAGE = msgspec.json.Decoder(Page)
_WIRE = msgspec.json.Decoder(Wire)
_ROLE = msgspec.json.Decoder(Role)
_ROLES = msgspec.json.Decoder(Roles)
_SYNC_BEHAVIOR = msgspec.json.Decoder(_SyncBehavior)
_ORGANIZATIONS = msgspec.json.Decoder(_Organizations)


def page(body: bytes) -> Page:
    return _read(_PAGE, body)


def wire(body: bytes) -> Wire:
    return _read(_WIRE, body)


def roles(body: bytes) -> Roles:
    return _read(_ROLES, body)


def role(body: bytes) -> Role:
    return _read(_ROLE, body)


def cloud_managed(body: bytes) -> bool | None:
    return _read(_SYNC_BEHAVIOR, body).is_cloud_managed


def _read(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    try:
        return decoder.decode(body)
    except UNREADABLE as error:
        raise Unreachable(
            "Entra",
            f"What answered for Microsoft Graph did not send what Graph sends: {error}.",
            todo="A proxy in between is the usual cause. The bot asks again.",
        ) from error


def facts(body: bytes) -> TenantFacts:
    organizations = _read(_ORGANIZATIONS, body).value
    if not organizations:
        raise Unreachable("Entra", "Microsoft Graph named no organization for this tenant.")
    found = organizations[0]
    domains = [domain for domain in found.verified_domains or () if domain.name]
    return TenantFacts(
        tenant=found.id,
        name=found.display_name or "",
        initial_domain=next((d.name for d in domains if d.is_initial and d.name), ""),
        verified_domains=tuple(d.name for d in domains if d.name),
        sync_enabled=found.on_premises_sync_enabled,
        last_sync_at=moment(found.on_premises_last_sync_date_time),
    )


def moment(text: Any) -> datetime | None:
    """Graph sends 0 to 7 digits of a second, empty texts, and the year 1 for "never"."""
    try:
        read = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    if read.year == 1:
        return None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def cloud_object(read: Wire, type_: ObjectType) -> CloudObject:
    name = read.display_name or read.mail or read.user_principal_name or read.id
    return CloudObject(
        id=read.id,
        type=type_,
        name=name,
        user_principal_name=read.user_principal_name,
        mail=read.mail,
        mail_nickname=read.mail_nickname,
        proxy_addresses=tuple(texts(read.proxy_addresses)),
        other_mails=tuple(texts(read.other_mails)),
        synced=read.on_premises_sync_enabled,
        anchor=read.on_premises_immutable_id,
        dn=read.on_premises_distinguished_name,
        sid=read.on_premises_security_identifier,
        enabled=read.account_enabled,
        guest=read.user_type == "Guest",
        unified="unified" in {each.lower() for each in texts(read.group_types)},
        employee_id=read.employee_id,
        given_name=read.given_name,
        surname=read.surname,
        licensed=None if read.assigned_licenses is None else bool(read.assigned_licenses),
        created_at=moment(read.created_date_time),
        last_sync_at=moment(read.on_premises_last_sync_date_time),
        deleted_at=moment(read.deleted_date_time),
        errors=tuple(
            _error(entry, read.id, name, type_)
            for entry in read.on_premises_provisioning_errors or ()
        ),
    )


def texts(values: Texts | None) -> Iterator[str]:
    return (value for value in values or () if value)


def _error(entry: msgspec.Raw, object_id: str, name: str, type_: ObjectType) -> SyncError:
    try:
        read = msgspec.json.decode(entry)
    except UNREADABLE:  # `raw` shows it as well as it can
        read = None
    fields = read if isinstance(read, dict) else {}

    def text(key: str) -> str | None:
        value = fields.get(key)
        return value if isinstance(value, str) and value else None

    return SyncError(
        object_id=object_id,
        object_type=type_,
        object_name=name,
        category=text("category"),
        attribute=text("propertyCausingError"),
        value=text("value"),
        occurred_at=moment(fields.get("occurredDateTime")),
        raw=bytes(entry).decode(errors="replace"),
    )
