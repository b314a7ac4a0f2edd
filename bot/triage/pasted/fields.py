"""In: one mapping out of JSON, a table or a console. Out: the errors it tells of, by the names of its fields.
Promise: pure; a field of another type than expected is left out, and a mapping that is no error gives nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.model import ObjectType
from bot.triage.pasted.names import ATTRIBUTES, error_name, is_error_name
from bot.triage.pasted.told import Told
from bot.triage.value import fold

GUID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE
)
MOST_VALUES = 200

ATTRIBUTE = ("attributeconflictname", "propertycausingerror", "attributename", "attribute",
             "conflictingattribute", "property", "propertyname")  # fmt: skip
VALUE = ("attributeconflictvalues", "attributeconflictvalue", "attributevalue", "value",
         "conflictingvalue", "propertyvalue")  # fmt: skip
OBJECT = ("objectid", "incomingobjectid", "azureobjectid")
CONFLICT = ("objectidinconflict", "existingobjectid", "conflictingobjectid", "conflictid")
CATEGORY = ("category", "errorname", "errortype", "errorcategory", "type")
DN = ("distinguishedname", "onpremisesdistinguishedname", "dn")
NAME = ("displayname", "objectdisplayname", "incomingobjectdisplayname", "objectname", "name")
TIME = ("occurreddatetime", "timeoccurred", "timefirstoccurred", "occurredat")
KNOWN = frozenset((*ATTRIBUTE, *VALUE, *OBJECT, "id", *CONFLICT, *CATEGORY, *DN, *NAME, *TIME))
# together they are an error whatever else stands there; `value` or `name` alone is anything
_SURE = frozenset(("attributeconflictname", "propertycausingerror", "objectidinconflict"))
_TYPES = {"user": ObjectType.USER, "group": ObjectType.GROUP, "contact": ObjectType.CONTACT,
          "orgcontact": ObjectType.CONTACT}  # fmt: skip
_HOLDER = re.compile(rf"^([A-Za-z]+)_({GUID.pattern})$", re.IGNORECASE)


def key(name: object) -> str:
    """`Attribute Conflict Name`, `attribute_conflict_name` and `AttributeConflictName` are one field."""
    return re.sub(r"[ _-]", "", fold(str(name)))


def from_fields(given: Mapping[str, Any], *, raw: str) -> list[Told]:
    """An export error, one entry of onPremisesProvisioningErrors, a row of Connect Health or of a table."""
    fields = {key(name): value for name, value in given.items()}
    attributes, values = _texts(fields, ATTRIBUTE), _texts(fields, VALUE)
    conflict = _id(fields, CONFLICT) or _id_inside(fields, "existingobject")
    category = _category(fields)
    if not _is_error(fields, attributes, values, category):
        return []
    told = Told(
        category=category,
        object_id=_object_id(fields),
        object_type=_type(fields),
        object_name=_first(fields, NAME),
        conflict_id=conflict,
        dn=_first(fields, DN),
        occurred_at=_time(_first(fields, TIME)),
        raw=raw,
    )
    pairs = _paired(attributes, [v for value in values for v in _split(value)])
    return [replace(told, attribute=attribute, value=value) for attribute, value in pairs]


def from_object(given: Mapping[str, Any], *, raw: Callable[[Any], str]) -> list[Told]:
    """A Graph object with its onPremisesProvisioningErrors."""
    fields = {key(name): value for name, value in given.items()}
    listed = fields.get("onpremisesprovisioningerrors")
    if not isinstance(listed, list):
        return []
    of = {
        "objectId": _first(fields, ("id", "objectid")),
        "displayName": _first(fields, ("displayname", "userprincipalname", "mail")),
        "dn": _first(fields, DN),
        "objectType": _object_type(fields),
    }
    return [
        told
        for entry in listed[:MOST_VALUES]
        if isinstance(entry, dict)
        for told in from_fields({**of, **entry}, raw=raw(entry))
    ]


def from_graph_error(given: Mapping[str, Any], *, raw: str) -> list[Told]:
    """{"code", "message", "details": […]}: what Graph answers to a write; a detail may name the holder."""
    code, message = given.get("code"), given.get("message")
    if not isinstance(code, str) or not isinstance(message, str) or not code:
        return []
    details = given.get("details")
    listed = [d for d in details if isinstance(d, dict)] if isinstance(details, list) else []
    targets = [t for d in listed if isinstance(t := d.get("target"), str)]
    holders = [h for t in targets if (h := _HOLDER.match(t))]
    named = [t for t in targets if not _HOLDER.match(t)] or _named_in(message)
    codes = [c for d in listed if isinstance(c := d.get("code"), str)]
    return [
        Told(
            attribute=named[0] if named else "",
            category=error_name(codes[0] if codes else code),
            conflict_id=holders[0].group(2).lower() if holders else "",
            raw=raw,
        )
    ]


def _is_error(
    fields: Mapping[str, Any], attributes: list[str], values: list[str], category: str
) -> bool:
    if fields.keys() & _SURE:
        return bool(attributes or values or category) or "objectidinconflict" in fields
    if attributes and values:
        return bool(category or fields.keys() & set(VALUE[:3])) or key(attributes[0]) in ATTRIBUTES
    return is_error_name(category)


def _category(fields: Mapping[str, Any]) -> str:
    told = [text for name in CATEGORY if isinstance(text := fields.get(name), str) and text]
    known = [error_name(text) for text in told if is_error_name(text)]
    # a `type` that is no error name is the kind of object
    other = [text for text in told if text != fields.get("type")]
    return (known or other or [""])[0]


def _named_in(message: str) -> list[str]:
    return [w for w in re.findall(r"[A-Za-z]{4,40}", message) if fold(w) in ATTRIBUTES][:1]


def _paired(attributes: list[str], values: list[str]) -> list[tuple[str, str]]:
    if len(attributes) > 1 and len(attributes) == len(values):
        return list(zip(attributes, values, strict=True))
    attribute = attributes[0] if attributes else ""
    return [(attribute, value) for value in values[:MOST_VALUES]] or [(attribute, "")]


def _split(value: str) -> list[str]:
    """Several addresses in one text; a name with a comma in it, a DN, stays one."""
    parts = [part.strip() for part in re.split(r"[;,]", value)]
    return [p for p in parts if p] if all("@" in part for part in parts if part) else [value]


def _texts(fields: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    for name in names:
        value = fields.get(name)
        listed = value if isinstance(value, list) else [value]
        texts = [text.strip() for text in listed if isinstance(text, str) and text.strip()]
        if texts:
            return texts
    return []


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next(iter(_texts(fields, names)), "")


def _id(fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        for text in _texts(fields, (name,)):
            if found := GUID.search(text):
                return found.group().lower()
    return ""


def _id_inside(fields: Mapping[str, Any], name: str) -> str:
    """Of the incoming or the existing object of a Connect Health row."""
    inner = fields.get(name)
    if not isinstance(inner, dict):
        return ""
    return _id({key(k): v for k, v in inner.items()}, (*OBJECT, "id"))


def _object_id(fields: Mapping[str, Any]) -> str:
    """`id` is the object's own only beside Graph's fields; a row of Connect Health has an id of the row."""
    names = (*OBJECT, "id") if "propertycausingerror" in fields else OBJECT
    return _id(fields, names) or _id_inside(fields, "incomingobject")


def _type(fields: Mapping[str, Any]) -> ObjectType:
    told = _first(fields, ("objecttype", "incomingobjecttype", "type"))
    return _TYPES.get(fold(told), ObjectType.OTHER)


def _object_type(fields: Mapping[str, Any]) -> str:
    odata = _first(fields, ("@odata.type",))
    if odata:
        return odata.rpartition(".")[2]
    if "userprincipalname" in fields:
        return "user"
    return "group" if "grouptypes" in fields or "securityenabled" in fields else ""


def _time(text: str) -> datetime | None:
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)
    except OverflowError:
        return None
