"""In: attribute values as the octets that LDAP carries, and the attribute's syntax.
Out: a normal form that is equal exactly when AD calls two values equal; whether a value is valid.
Promise: pure; a value that does not fit its syntax has the normal form None.
"""

import re
import struct
from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bot.lab.ad.errors import Refused
from bot.lab.ad.names import folded, name_key, parse_name
from bot.lab.ad.schema import Attribute

DN, OID, PRINTABLE, NUMERIC = "2.5.5.1", "2.5.5.2", "2.5.5.5", "2.5.5.6"
DN_BINARY, BOOLEAN, INTEGER, OCTETS = "2.5.5.7", "2.5.5.8", "2.5.5.9", "2.5.5.10"
TIME, UNICODE, INT64, SID = "2.5.5.11", "2.5.5.12", "2.5.5.16", "2.5.5.17"
ORDERED = {INTEGER, INT64, TIME, UNICODE, OCTETS}
TEXT_GUIDS = {"objectGUID", "schemaIDGUID", "attributeSecurityGUID"}

TIME_FORM = re.compile(r"\d{14}(\.\d+)?Z|\d{12}Z")
LIMITS = {INTEGER: 2**31, INT64: 2**63}


def as_text(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def guid_from_text(text: str) -> bytes | None:
    try:
        return UUID(text).bytes_le
    except ValueError:
        return None


def sid_to_text(sid: bytes) -> str:
    authority = int.from_bytes(sid[2:8], "big")
    parts = struct.unpack(f"<{sid[1]}I", sid[8 : 8 + 4 * sid[1]])
    return "-".join(["S", str(sid[0]), str(authority), *map(str, parts)])


def sid_from_text(text: str) -> bytes | None:
    match = re.fullmatch(r"[Ss]-1-(\d{1,14})((?:-\d{1,10})+)", text)
    if not match:
        return None
    parts = [int(part) for part in match.group(2)[1:].split("-")]
    if max(parts) >= 2**32 or len(parts) > 15:
        return None
    head = struct.pack("<BB", 1, len(parts)) + int(match.group(1)).to_bytes(6, "big")
    return head + struct.pack(f"<{len(parts)}I", *parts)


def _integer(value: bytes, limit: int) -> int | None:
    if not re.fullmatch(rb"-?\d{1,20}", value):
        return None
    number = int(value)
    return number if -limit <= number < limit else None


def _name(value: bytes) -> Hashable | None:
    try:
        return name_key(parse_name(value.decode()))
    except (Refused, UnicodeDecodeError):
        return None


def _time(value: bytes) -> str | None:
    text = as_text(value)
    if text is None or not TIME_FORM.fullmatch(text):
        return None
    digits = text.rstrip("Z").partition(".")[0]
    return digits if len(digits) == 14 else "20" + digits


def _string(value: bytes) -> str | None:
    text = as_text(value)
    return None if text is None else folded(text)


def _sid(value: bytes) -> bytes | None:
    if value[:2].lower() == b"s-":
        return sid_from_text(value.decode("ascii", "replace"))
    return value


NORMAL: dict[str, Callable[[bytes], Hashable | None]] = {
    DN: _name,
    OID: _string,
    PRINTABLE: as_text,
    BOOLEAN: {b"TRUE": True, b"FALSE": False}.get,
    INTEGER: lambda value: _integer(value, LIMITS[INTEGER]),
    INT64: lambda value: _integer(value, LIMITS[INT64]),
    TIME: _time,
    UNICODE: _string,
    "2.5.5.4": _string,
    SID: _sid,
}


def normal(attribute: Attribute, value: bytes) -> Hashable | None:
    if attribute.name in TEXT_GUIDS and len(value) in (36, 38):
        return guid_from_text(value.decode("ascii", "replace").strip("{}")) or value
    return NORMAL.get(attribute.syntax, bytes)(value)


def size_of(attribute: Attribute, value: bytes) -> int:
    """What rangeLower and rangeUpper are compared with."""
    if attribute.syntax in LIMITS:
        return int(value)
    if attribute.syntax in (UNICODE, PRINTABLE):
        return len(value.decode())
    return len(value)


def in_range(attribute: Attribute, value: bytes) -> bool:
    size = size_of(attribute, value)
    if attribute.range_lower is not None and size < attribute.range_lower:
        return False
    return attribute.range_upper is None or size <= attribute.range_upper


def generalized_time(moment: datetime) -> bytes:
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S.0Z").encode()


def filetime(moment: datetime) -> int:
    """Hundreds of nanoseconds since 1601, as AD counts logons."""
    return (moment - datetime(1601, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 10
