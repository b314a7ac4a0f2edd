"""In: the values of one entry and the changes of one modify.
Out: the values after all of them.
Promise: pure and whole: either every change is possible, or `Refused` says which is not.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass

from bot.lab.ad.errors import Refused, attribute_refused, unwilling
from bot.lab.ad.schema import Attribute, Schema
from bot.lab.ad.tree import Tree
from bot.lab.ad.values import in_range, normal

Values = dict[str, list[bytes]]
Value = str | bytes | int | bool
Given = Mapping[str, Value | Iterable[Value]]
LinkTarget = Callable[[str], bytes | None]


@dataclass(frozen=True)
class Change:
    operation: str  # add, delete or replace
    attribute: Attribute
    values: tuple[bytes, ...]


def _octets(value: Value) -> bytes:
    if isinstance(value, bool):
        return b"TRUE" if value else b"FALSE"
    return value if isinstance(value, bytes) else str(value).encode()


def octets(values: Value | Iterable[Value]) -> tuple[bytes, ...]:
    if isinstance(values, (str, bytes, int)):
        return (_octets(values),)
    return tuple(_octets(value) for value in values)


def attribute_of(schema: Schema, name: str) -> Attribute:
    attribute = schema.attribute(name)
    if attribute is None:
        raise attribute_refused("noSuchAttribute", name, hex_code="00000057")
    return attribute


def keep(attribute: Attribute, value: bytes, link_target: LinkTarget) -> bytes:
    """The value as it is stored: checked, and a link turned into its target's GUID."""
    if attribute.forward_link:
        target = link_target(value.decode("utf-8", "replace"))
        if target is None:
            raise Refused("noSuchObject", NO_TARGET)
        return target
    if normal(attribute, value) is None:
        raise attribute_refused("invalidAttributeSyntax", attribute.name)
    if not in_range(attribute, value):
        raise attribute_refused("constraintViolation", attribute.name)
    return value


NO_TARGET = "00000525: NameErr: DSID-031A120E, problem 2001 (NO_OBJECT), data 0\n"


def check_writable(attribute: Attribute) -> None:
    if attribute.back_link:
        raise unwilling(f"{attribute.name} is the other end of a link")
    if attribute.name == "objectClass":  # whether it really changes is judged later
        return
    if attribute.system_only or attribute.constructed:
        raise attribute_refused("constraintViolation", attribute.name, hex_code="0000209A")


def apply(
    values: Values, changes: list[Change], link_target: LinkTarget, *, permissive: bool = False
) -> Values:
    after = {name: list(held) for name, held in values.items()}
    for change in changes:
        name = change.attribute.name
        held = after.get(name, [])
        if change.operation == "add":
            held = _add(change, held, link_target, permissive=permissive)
        elif change.operation == "delete":
            held = _delete(change, held, link_target, permissive=permissive)
        else:
            held = _add(change, [], link_target, permissive=permissive, replacing=True)
        if held:
            after[name] = held
        else:
            after.pop(name, None)
    return after


def _add(
    change: Change,
    held: list[bytes],
    link_target: LinkTarget,
    *,
    permissive: bool,
    replacing: bool = False,
) -> list[bytes]:
    attribute = change.attribute
    keys: dict[Hashable, None] = dict.fromkeys(Tree.key(attribute, each) for each in held)
    after = list(held)
    for value in change.values:
        kept = keep(attribute, value, link_target)
        key = Tree.key(attribute, kept)
        if key in keys:
            if permissive and not replacing:
                continue
            raise attribute_refused("attributeOrValueExists", attribute.name)
        keys[key] = None
        after.append(kept)
    if attribute.single and len(after) > 1:
        raise attribute_refused("attributeOrValueExists", attribute.name, hex_code="0000200D")
    if not after and not replacing:
        raise attribute_refused("invalidAttributeSyntax", attribute.name)
    return after


def _delete(
    change: Change, held: list[bytes], link_target: LinkTarget, *, permissive: bool
) -> list[bytes]:
    attribute = change.attribute
    if not change.values:
        if not held and not permissive:
            raise attribute_refused("noSuchAttribute", attribute.name)
        return []
    after = {Tree.key(attribute, each): each for each in held}
    for value in change.values:
        key = (
            link_target(value.decode("utf-8", "replace"))
            if attribute.forward_link
            else normal(attribute, value)
        )
        if after.pop(key, None) is None and not permissive:
            raise attribute_refused("noSuchAttribute", attribute.name)
    return list(after.values())
