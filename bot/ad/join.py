"""In: cloud objects and the AD objects that may be their twins. Out: which is whose, and how to ask for them.
Found by objectGUID, SID or DN, as those are indexed; whether it is the twin is decided by the anchor.
Promise: an object with another anchor is never taken for the twin, whatever else fits. Pure.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence

from bot.ad.entry import GUID_BYTES, sid_octets
from bot.ad.filters import can_be_held, is_equal
from bot.model import AdObject, CloudObject, ObjectType


def clauses_of(cloud: CloudObject) -> tuple[str, ...]:
    clauses: list[str] = []
    if guid := _guid_in(cloud.anchor):
        clauses.append(is_equal("objectGUID", guid))
    if cloud.sid and (sid := sid_octets(cloud.sid)):
        clauses.append(is_equal("objectSid", sid))
    # contacts are joined by address, by whoever knows the addresses
    if cloud.dn and cloud.type is not ObjectType.CONTACT and can_be_held(cloud.dn):
        clauses.append(is_equal("distinguishedName", cloud.dn))
    return tuple(clauses)


def twins(clouds: Sequence[CloudObject], found: Iterable[AdObject]) -> Mapping[str, AdObject]:
    """By cloud object id. A live object goes before a deleted one."""
    objects = sorted(found, key=lambda each: each.deleted)
    by_anchor: dict[str, AdObject] = {}
    by_sid: dict[str, AdObject] = {}
    by_dn: dict[str, AdObject] = {}
    for each in objects:
        by_anchor.setdefault(each.anchor, each)
        by_dn.setdefault(each.dn.lower(), each)
        if each.sid:
            by_sid.setdefault(each.sid.upper(), each)
    joined: dict[str, AdObject] = {}
    for cloud in clouds:
        ways = (
            by_anchor.get(cloud.anchor or ""),
            by_sid.get((cloud.sid or "").upper()),
            by_dn.get((cloud.dn or "").lower()) if cloud.type is not ObjectType.CONTACT else None,
        )
        twin = next((w for w in ways if w and (not cloud.anchor or w.anchor == cloud.anchor)), None)
        if twin:
            joined[cloud.id] = twin
    return joined


def _guid_in(anchor: str | None) -> bytes | None:
    try:
        octets = base64.b64decode(anchor or "", validate=True)
    except (binascii.Error, ValueError):
        return None
    return octets if len(octets) == GUID_BYTES else None
