"""In: a directory object and a property name in any letter case.
Out: the property's value, whether Graph shows it unasked, and which filters it takes.
Promise: names and types are those of Graph v1.0; a test reads them back with the SDK's models.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.lab.entra.objects import DirectoryObject, Kind, OnPremises, is_sip, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable

EQ = frozenset({"eq", "in"})
RANGE = frozenset({"eq", "in", "ge", "le"})
TEXT = RANGE | {"startswith"}
PRESENCE = frozenset({"eq null", "ne null"})
NOT_EQUAL = frozenset({"ne", "not"})
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Property:
    """`plain` filters work in any query, `advanced` ones only with ConsistencyLevel and $count."""

    name: str
    read: Callable[[DirectoryObject], Any]
    shown: bool = False
    plain: frozenset[str] = NONE
    advanced: frozenset[str] = NONE
    items: tuple[tuple[str, frozenset[str]], ...] = ()  # what any(x:x/NAME …) takes
    collection: bool = False


def _attribute(name: str) -> Callable[[DirectoryObject], Any]:
    return lambda held: held.attributes.get(name)


def _source(read: Callable[[OnPremises], Any]) -> Callable[[DirectoryObject], Any]:
    """On-premises facts are hidden once the cloud is the source of authority."""
    return lambda held: read(held.on_premises) if held.on_premises else None


def _sync_enabled(held: DirectoryObject) -> bool | None:
    return None if held.cloud_managed else held.sync_enabled


def _errors(held: DirectoryObject) -> list[Any]:
    quarantined: list[Any] = [
        {
            "category": error.category,
            "occurredDateTime": stamp(error.occurred),
            "propertyCausingError": error.property_causing_error,
            "value": error.value,
        }
        for error in held.errors
    ]
    return quarantined + list(held.planted_errors)


def sku_id(part_number: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, part_number))


def _licences(held: DirectoryObject) -> list[dict[str, Any]]:
    return [{"disabledPlans": [], "skuId": sku_id(name)} for name in held.licences]


def _chat_addresses(held: DirectoryObject) -> list[str]:
    return [proxy[4:] for proxy in held.proxy_addresses if is_sip(proxy)]


ERROR_ITEMS = (
    ("category", frozenset({"eq", "ne null"})),
    ("propertycausingerror", frozenset({"eq"})),
)
MORE_TEXT = NOT_EQUAL | PRESENCE


def _text(
    name: str, read: Callable[[DirectoryObject], Any], *, shown: bool = True, ends: bool = False
) -> Property:
    advanced = MORE_TEXT | {"endswith"} if ends else MORE_TEXT
    return Property(name, read, shown, TEXT, advanced)


def _proxies(*, shown: bool, ends: bool = True) -> Property:
    advanced = NOT_EQUAL | {"count"} | ({"endswith"} if ends else NONE)
    return Property(
        "proxyAddresses",
        lambda o: o.proxy_addresses,
        shown,
        TEXT - {"in"},
        advanced,
        collection=True,
    )


def _common(*, shown: bool) -> list[Property]:
    return [
        Property("id", lambda o: o.id, shown=True, plain=EQ, advanced=NOT_EQUAL),
        _text("displayName", lambda o: o.display_name),
        _text("mail", lambda o: o.mail, ends=True),
        _text("mailNickname", lambda o: o.mail_nickname, shown=shown),
        Property("createdDateTime", lambda o: o.created, shown, RANGE, NOT_EQUAL),
        Property("deletedDateTime", lambda o: o.deleted, shown, RANGE, NOT_EQUAL),
        Property("onPremisesSyncEnabled", _sync_enabled, shown, EQ, NOT_EQUAL | PRESENCE),
        Property(
            "onPremisesLastSyncDateTime",
            _source(lambda p: p.last_sync),
            shown,
            RANGE,
            NOT_EQUAL | PRESENCE,
        ),
        Property(
            "onPremisesProvisioningErrors", _errors, shown, items=ERROR_ITEMS, collection=True
        ),
        Property("serviceProvisioningErrors", lambda _: [], shown, collection=True),
    ]


def _domain_names(*, shown: bool) -> list[Property]:
    return [
        Property("onPremisesDomainName", _source(lambda p: p.domain_name), shown),
        Property(
            "onPremisesSamAccountName",
            _source(lambda p: p.sam_account_name),
            shown,
            advanced=TEXT | MORE_TEXT,
        ),
        Property(
            "onPremisesSecurityIdentifier",
            _source(lambda p: p.security_identifier),
            shown,
            advanced=PRESENCE,
        ),
    ]


def _user_properties() -> Iterable[Property]:
    yield from _common(shown=False)
    yield from _domain_names(shown=False)
    yield _proxies(shown=False)
    for name in ("givenName", "surname", "jobTitle", "mobilePhone", "officeLocation"):
        yield _text(name, _attribute(name))
    for name in ("department", "companyName", "employeeId", "usageLocation"):
        yield _text(name, _attribute(name), shown=False)
    yield Property("preferredLanguage", _attribute("preferredLanguage"), shown=True)
    yield Property(
        "businessPhones", lambda o: o.attributes.get("businessPhones", []), True, collection=True
    )
    yield _text("userPrincipalName", lambda o: o.user_principal_name, ends=True)
    yield Property(
        "otherMails",
        lambda o: o.other_mails,
        False,
        TEXT,
        NOT_EQUAL | {"endswith"},
        collection=True,
    )
    yield Property("imAddresses", _chat_addresses, plain=TEXT - {"in"}, collection=True)
    yield Property("accountEnabled", lambda o: o.account_enabled, plain=EQ, advanced=NOT_EQUAL)
    yield Property("userType", lambda o: o.user_type, plain=EQ, advanced=NOT_EQUAL | PRESENCE)
    yield Property("onPremisesImmutableId", lambda o: o.immutable_id, plain=EQ, advanced=MORE_TEXT)
    yield Property("onPremisesDistinguishedName", _source(lambda p: p.distinguished_name))
    yield Property(
        "onPremisesUserPrincipalName",
        _source(lambda p: p.shadow.user_principal_name),
        plain=TEXT,
        advanced=MORE_TEXT,
    )
    yield Property(
        "assignedLicenses",
        _licences,
        items=(("skuid", frozenset({"eq"})),),
        advanced=frozenset({"count"}),
        collection=True,
    )


def _group_properties() -> Iterable[Property]:
    yield from _common(shown=True)
    yield from _domain_names(shown=True)
    yield Property("onPremisesNetBiosName", _source(lambda p: p.net_bios_name), shown=True)
    yield _proxies(shown=True)
    yield Property("description", _attribute("description"), shown=True)
    yield Property("visibility", _attribute("visibility"), shown=True)
    yield Property("mailEnabled", lambda o: o.mail_enabled, True, EQ, NOT_EQUAL)
    yield Property("securityEnabled", lambda o: o.security_enabled, True, EQ, NOT_EQUAL)
    yield Property(
        "groupTypes", lambda o: o.group_types, True, frozenset({"eq"}), NOT_EQUAL, collection=True
    )


def _contact_properties() -> Iterable[Property]:
    """A contact tells nothing of where it comes from: no anchor, no DN, no SID."""
    for each in _common(shown=True):
        if each.name != "createdDateTime":
            yield each
    yield _proxies(shown=True, ends=False)
    for name in ("givenName", "surname", "jobTitle", "companyName", "department"):
        yield _text(name, _attribute(name))


def _by_name(properties: Iterable[Property]) -> dict[str, Property]:
    return {each.name.lower(): each for each in properties}


PROPERTIES: dict[Kind, dict[str, Property]] = {
    Kind.USER: _by_name(_user_properties()),
    Kind.GROUP: _by_name(_group_properties()),
    Kind.CONTACT: _by_name(_contact_properties()),
}


def render(held: DirectoryObject, select: tuple[str, ...] | None) -> dict[str, Any]:
    """Graph's JSON of one object. Unknown names are tolerated: the types are open."""
    known = PROPERTIES[held.kind]
    if select is None:
        chosen = [each for each in known.values() if each.shown]
    else:
        named = {name.lower(): None for name in ("id", *select)}
        chosen = [known[name] for name in named if name in known]
    return {each.name: _json(each.read(held)) for each in chosen}


def _json(value: Any) -> Any:
    return stamp(value) if isinstance(value, datetime) else value
