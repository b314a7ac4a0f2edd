"""In: a decoded search filter, and the tree it will look at.
Out: a test of one entry with three answers (true, false, undefined), and candidates from indexes.
Promise: an attribute unknown to the schema makes its part Undefined, also below NOT, as in AD.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from bot.lab.ad.errors import Refused
from bot.lab.ad.names import folded
from bot.lab.ad.schema import ANR, Attribute
from bot.lab.ad.tree import Entry, Tree
from bot.lab.ad.values import DN, INT64, INTEGER, OCTETS, ORDERED, PRINTABLE, normal

BIT_AND: Final = "1.2.840.113556.1.4.803"
BIT_OR: Final = "1.2.840.113556.1.4.804"
IN_CHAIN: Final = "1.2.840.113556.1.4.1941"

Truth = bool | None
Node = tuple[str, Any]


@dataclass(frozen=True)
class Filter:
    matches: Callable[[Entry], Truth]
    candidates: Iterable[Entry] | None  # None: no index helps


def constant(truth: Truth) -> Filter:
    return Filter(lambda _: truth, ())


def build(node: Node, tree: Tree) -> Filter:
    kind, value = node
    if kind in ("and", "or"):
        return (_all if kind == "and" else _any)([build(each, tree) for each in value])
    if kind == "not":
        return _not(build(value, tree))
    if kind == "extensibleMatch":
        return _extensible(value, tree)
    name = (value if kind == "present" else value.get("attributeDesc", value.get("type"))).decode(
        "utf-8", "replace"
    )
    if name.lower() == "anr" and kind in ("equalityMatch", "approxMatch"):
        return _anr(value["assertionValue"].decode("utf-8", "replace"), tree)
    attribute = tree.schema.attribute(name)
    if attribute is None:
        return constant(None)
    if kind == "present":
        return Filter(lambda entry: bool(tree.stored(entry, attribute)), None)
    if kind == "substrings":
        return _substrings(attribute, value["substrings"], tree)
    asserted = value["assertionValue"]
    if kind in ("equalityMatch", "approxMatch"):
        return equality(attribute, asserted, tree)
    return _order(attribute, asserted, tree, at_least=kind == "greaterOrEqual")


def _all(parts: list[Filter]) -> Filter:
    def matches(entry: Entry) -> Truth:
        answer: Truth = True
        for part in parts:
            truth = part.matches(entry)
            if truth is False:
                return False
            answer = answer if truth else None
        return answer

    known = [list(part.candidates) for part in parts if part.candidates is not None]
    return Filter(matches, min(known, key=len) if known else None)


def _any(parts: list[Filter]) -> Filter:
    def matches(entry: Entry) -> Truth:
        answer: Truth = False
        for part in parts:
            truth = part.matches(entry)
            if truth:
                return True
            answer = None if truth is None else answer
        return answer

    if any(part.candidates is None for part in parts):
        return Filter(matches, None)
    union = {entry: None for part in parts for entry in part.candidates or ()}
    return Filter(matches, union)


def _not(part: Filter) -> Filter:
    def matches(entry: Entry) -> Truth:
        truth = part.matches(entry)
        return None if truth is None else not truth

    return Filter(matches, None)


def assertion_key(attribute: Attribute, asserted: bytes, tree: Tree) -> Any:
    """The normal form to compare with, or None when the assertion does not fit the syntax."""
    if attribute.forward_link or attribute.back_link:
        try:
            return tree.link_target(asserted.decode())
        except (Refused, UnicodeDecodeError):
            return None
    if attribute.name == "objectCategory" and b"=" not in asserted:
        known = tree.schema.classes.get(asserted.decode("utf-8", "replace").lower())
        return known and normal(attribute, f"CN={known.category},{tree.schema_dn}".encode())
    return normal(attribute, asserted)


def equality(attribute: Attribute, asserted: bytes, tree: Tree) -> Filter:
    wanted = assertion_key(attribute, asserted, tree)
    if wanted is None:
        return constant(False)
    if attribute.name == "distinguishedName":
        found = tree.find_key(wanted)
        return Filter(lambda entry: entry is found, [found] if found else ())
    if attribute.back_link:
        return _back_link(attribute, wanted, tree)
    name = attribute.name

    def matches(entry: Entry) -> Truth:
        return any(tree.key(attribute, each) == wanted for each in entry.values.get(name, ()))

    return Filter(matches, tree.holders(attribute, wanted))


def _back_link(attribute: Attribute, wanted: bytes, tree: Tree) -> Filter:
    forward = tree.forward_links.get(attribute.name)
    source = tree.by_guid.get(UUID(bytes_le=wanted))
    if forward is None or source is None:
        return constant(False)
    targets = [UUID(bytes_le=each) for each in source.values.get(forward.name, ())]
    found = {tree.by_guid[each]: None for each in targets if each in tree.by_guid}
    return Filter(lambda entry: entry in found, found)


def _order(attribute: Attribute, asserted: bytes, tree: Tree, *, at_least: bool) -> Filter:
    if attribute.syntax not in ORDERED:
        return constant(None)
    wanted: Any = normal(attribute, asserted)
    if wanted is None:
        return constant(None)

    def matches(entry: Entry) -> Truth:
        keys: list[Any] = [normal(attribute, each) for each in tree.stored(entry, attribute)]
        return any(
            (key >= wanted) if at_least else (key <= wanted) for key in keys if key is not None
        )

    return Filter(matches, None)


def _substrings(attribute: Attribute, parts: list[tuple[str, bytes]], tree: Tree) -> Filter:
    if attribute.syntax == DN:  # AD does not look inside names
        return constant(None)
    ignore_case = attribute.syntax not in (OCTETS, PRINTABLE)

    def piece(value: bytes) -> bytes:
        return value.decode("utf-8", "replace").lower().encode() if ignore_case else value

    pattern = b".*".join(re.escape(piece(value)) for _, value in parts)
    pattern = (b"" if parts[0][0] == "initial" else b".*") + pattern
    expression = re.compile(pattern + (b"" if parts[-1][0] == "final" else b".*"), re.DOTALL)

    def matches(entry: Entry) -> Truth:
        return any(expression.fullmatch(piece(each)) for each in tree.stored(entry, attribute))

    return Filter(matches, None)


def _anr(text: str, tree: Tree) -> Filter:
    """Ambiguous name resolution: a prefix of any naming attribute, or "first last" either way."""
    wanted = folded(text)
    exact = wanted.startswith("=")
    attributes = [each for each in tree.schema.attributes.values() if each.search_flags & ANR]

    def starts(entry: Entry, name: str, prefix: str) -> bool:
        attribute = tree.schema.attributes[name.lower()]
        held = [folded(each.decode("utf-8", "replace")) for each in tree.stored(entry, attribute)]
        return any(each == prefix[1:] if exact else each.startswith(prefix) for each in held)

    def matches(entry: Entry) -> Truth:
        if any(starts(entry, attribute.name, wanted) for attribute in attributes):
            return True
        first, blank, last = wanted.partition(" ")
        both = (("givenName", "sn"), ("sn", "givenName"))
        return bool(blank) and any(
            starts(entry, one, first) and starts(entry, other, last) for one, other in both
        )

    return Filter(matches, None)


def _extensible(assertion: dict[str, Any], tree: Tree) -> Filter:
    rule = assertion.get("matchingRule", b"").decode("ascii", "replace")
    attribute = tree.schema.attribute(assertion.get("type", b"").decode("utf-8", "replace"))
    asserted = assertion["matchValue"]
    if attribute is None:
        return constant(None)
    if not rule:
        return equality(attribute, asserted, tree)
    if rule in (BIT_AND, BIT_OR):
        return _bits(attribute, asserted, every=rule == BIT_AND)
    if rule == IN_CHAIN and (attribute.forward_link or attribute.back_link):
        return _in_chain(attribute, assertion_key(attribute, asserted, tree), tree)
    return constant(None)


def _bits(attribute: Attribute, asserted: bytes, *, every: bool) -> Filter:
    # masks of 32-bit attributes are written unsigned too: 2147483648 is the topmost bit
    if attribute.syntax not in (INTEGER, INT64) or not re.fullmatch(rb"-?\d{1,20}", asserted):
        return constant(None)
    mask = int(asserted)

    def matches(entry: Entry) -> Truth:
        held = [int(each) & mask for each in entry.values.get(attribute.name, ())]
        return any(each == mask if every else each != 0 for each in held)

    return Filter(matches, None)


def _in_chain(attribute: Attribute, wanted: bytes | None, tree: Tree) -> Filter:
    def matches(entry: Entry) -> Truth:
        seen: set[bytes] = set()
        waiting = list(tree.stored(entry, attribute))
        while waiting:
            each = waiting.pop()
            if each == wanted:
                return True
            further = tree.by_guid.get(UUID(bytes_le=each))
            if each not in seen and further is not None:
                seen.add(each)
                waiting += tree.stored(further, attribute)
        return False

    return constant(False) if wanted is None else Filter(matches, None)
