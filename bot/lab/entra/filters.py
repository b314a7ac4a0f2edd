"""In: a parsed $filter, the properties of a type, and whether the query is an advanced one.
Out: a test for one object, and where an index can answer, the few objects worth testing.
Promise: what Entra refuses (operator, length, number of clauses) is refused before any object is read.
"""

from __future__ import annotations

import operator as operators
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.lab.entra.errors import GraphError, unsupported
from bot.lab.entra.odata import (
    And,
    AnyOf,
    Call,
    Comparison,
    Expression,
    Literal,
    Not,
    OneOf,
    Or,
    invalid,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.lab.entra.objects import DirectoryObject
    from bot.lab.entra.schema import Property
    from bot.lab.entra.tenant import Rules, Tenant

MOST_CLAUSES = 15
LONGEST_VALUE = 120
INDEXED = frozenset(
    {"proxyaddresses", "mail", "userprincipalname", "onpremisesimmutableid", "othermails"}
)


def check(
    tree: Expression, properties: Mapping[str, Property], *, advanced: bool, rules: Rules
) -> None:
    """Raise what the service would answer to a query it does not serve."""
    if not advanced and (count := _clauses(tree)) > MOST_CLAUSES:
        raise unsupported(
            "Too many child clauses specified in search filter expression containing 'OR'"
            f" operators: {count}. Max allowed: {MOST_CLAUSES}."
        )
    match tree:
        case And(parts) | Or(parts):
            for part in parts:
                check(part, properties, advanced=advanced, rules=rules)
        case Not(body):
            if not advanced:
                raise unsupported("Operator 'Not' is not supported in a default query.")
            check(body, properties, advanced=advanced, rules=rules)
        case AnyOf():
            _check_any(tree, properties, advanced=advanced, rules=rules)
        case Comparison() | OneOf() | Call():
            _check_leaf(tree, properties, advanced=advanced)


def _clauses(tree: Expression) -> int:
    match tree:
        case Or(parts):
            return sum(max(_clauses(part), 1) for part in parts)
        case OneOf(_, values):
            return len(values)
        case And(parts):
            return max((_clauses(part) for part in parts), default=0)
        case Not(body):
            return _clauses(body)
        case AnyOf(_, body) if body is not None:
            return _clauses(body)
        case _:
            return 0


def _property(path: tuple[str, ...], properties: Mapping[str, Property]) -> Property:
    found = properties.get(path[0].lower()) if path else None
    if found is None:
        raise invalid(f"Could not find a property named '{'/'.join(path)}'.")
    return found


def _operator(leaf: Comparison | OneOf | Call) -> str:
    match leaf:
        case Comparison(_, operator, None):
            return f"{operator} null"
        case Comparison(_, operator, _):
            return operator
        case OneOf():
            return "in"
        case Call(function, _, _):
            return function


def _check_leaf(
    leaf: Comparison | OneOf | Call, properties: Mapping[str, Property], *, advanced: bool
) -> None:
    named = _property(leaf.path, properties)
    operator = _operator(leaf)
    if len(leaf.path) > 1:
        if leaf.path[1:] != ("$count",):
            raise invalid(f"'{'/'.join(leaf.path)}' is no property.")
        operator = "count"
    elif named.collection:
        raise invalid(f"'{named.name}' is a collection: use any().")
    _check_operator(operator, named.name, named.plain, named.advanced, advanced=advanced)
    _check_length(leaf, advanced=advanced)


def _check_operator(
    operator: str,
    name: str,
    plain: frozenset[str],
    more: frozenset[str],
    *,
    advanced: bool,
) -> None:
    if operator not in (plain | more if advanced else plain):
        raise unsupported(
            f"Unsupported or invalid query filter clause specified for property '{name}'."
        )


def _check_length(leaf: Comparison | OneOf | Call, *, advanced: bool) -> None:
    values = leaf.values if isinstance(leaf, OneOf) else (leaf.value,)
    too_long = any(isinstance(v, str) and len(v) > LONGEST_VALUE for v in values)
    if too_long and not advanced:
        raise unsupported(f"A filter value is longer than {LONGEST_VALUE} characters.")


def _check_any(
    tree: AnyOf, properties: Mapping[str, Property], *, advanced: bool, rules: Rules
) -> None:
    named = _property(tree.path, properties)
    if named.name == "onPremisesProvisioningErrors" and rules.refuse_error_filter:
        raise unsupported()
    if tree.body is None or len(tree.path) > 1 or not named.collection:
        raise unsupported()
    for leaf in _leaves(tree.body, advanced=advanced):
        if named.items:
            operators = dict(named.items).get("/".join(leaf.path).lower(), frozenset[str]())
            _check_operator(_operator(leaf), named.name, operators, frozenset(), advanced=advanced)
        elif leaf.path:
            raise invalid(f"Items of '{named.name}' have no property '{'/'.join(leaf.path)}'.")
        else:
            _check_operator(
                _operator(leaf), named.name, named.plain, named.advanced, advanced=advanced
            )
        _check_length(leaf, advanced=advanced)


def _leaves(body: Expression, *, advanced: bool) -> list[Comparison | OneOf | Call]:
    match body:
        case Comparison() | OneOf() | Call():
            return [body]
        case And(parts) | Or(parts):
            return [leaf for part in parts for leaf in _leaves(part, advanced=advanced)]
        case Not(inner) if advanced:
            return _leaves(inner, advanced=advanced)
        case _:
            raise unsupported()


def matches(
    tree: Expression, held: DirectoryObject, properties: Mapping[str, Property], rules: Rules
) -> bool:
    match tree:
        case And(parts):
            return all(matches(part, held, properties, rules) for part in parts)
        case Or(parts):
            return any(matches(part, held, properties, rules) for part in parts)
        case Not(body):
            return not matches(body, held, properties, rules)
        case AnyOf(path, body):
            named = _property(path, properties)
            strict = named.name == "proxyAddresses" and rules.case_sensitive_proxy_filter
            return any(_item_matches(body, item, strict=strict) for item in named.read(held))
        case Comparison() | OneOf() | Call():
            path = tree.path
            value = _property(path, properties).read(held)
            if len(path) > 1:
                return _leaf_matches(tree, len(value), strict=False)
            return _leaf_matches(tree, value, strict=False)


def _item_matches(body: Expression | None, item: Any, *, strict: bool) -> bool:
    match body:
        case And(parts):
            return all(_item_matches(part, item, strict=strict) for part in parts)
        case Or(parts):
            return any(_item_matches(part, item, strict=strict) for part in parts)
        case Not(inner):
            return not _item_matches(inner, item, strict=strict)
        case Comparison() | OneOf() | Call():
            return _leaf_matches(body, _step(item, body.path), strict=strict)
        case _:
            return True


def _step(item: Any, path: tuple[str, ...]) -> Any:
    if not path:
        return item
    named = {} if item is None else {name.lower(): value for name, value in item.items()}
    return named.get(path[0].lower())


def _leaf_matches(leaf: Comparison | OneOf | Call, value: Any, *, strict: bool) -> bool:
    match leaf:
        case OneOf(_, values):
            return any(_compare(value, "eq", each, strict=strict) for each in values)
        case Comparison(_, operator, literal):
            return _compare(value, operator, literal, strict=strict)
        case Call(function, _, text):
            if not isinstance(value, str):
                return False
            folded, wanted = (value, text) if strict else (value.lower(), text.lower())
            begins = function == "startswith"
            return folded.startswith(wanted) if begins else folded.endswith(wanted)


COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operators.eq,
    "ne": operators.ne,
    "gt": operators.gt,
    "ge": operators.ge,
    "lt": operators.lt,
    "le": operators.le,
}


def _compare(value: Any, operator: str, literal: Literal, *, strict: bool) -> bool:
    if value is None or literal is None:
        return {"eq": value is literal, "ne": value is not literal}.get(operator, False)
    if isinstance(value, bool) is not isinstance(literal, bool) or isinstance(
        value, datetime
    ) is not isinstance(literal, datetime):
        raise _incompatible(operator)
    if isinstance(value, str) and isinstance(literal, str) and not strict:
        value, literal = value.lower(), literal.lower()
    try:
        return bool(COMPARED[operator](value, literal))
    except TypeError:
        raise _incompatible(operator) from None


def _incompatible(operator: str) -> GraphError:
    return invalid(f"A binary operator with incompatible types was detected for '{operator}'.")


def candidates(tree: Expression, tenant: Tenant) -> list[DirectoryObject] | None:
    """The objects an index finds for a filter on addresses; None: all have to be tested."""
    found = _ids(tree, tenant)
    if found is None:
        return None
    return sorted((tenant.objects[i] for i in found), key=lambda each: each.sequence)


def _ids(tree: Expression, tenant: Tenant) -> set[str] | None:
    match tree:
        case Or(parts):
            sets = [_ids(part, tenant) for part in parts]
            whole = [each for each in sets if each is not None]
            return set().union(*whole) if len(whole) == len(sets) else None
        case And(parts):
            found = [each for part in parts if (each := _ids(part, tenant)) is not None]
            return set.intersection(*found) if found else None
        case AnyOf((name,), Comparison((), "eq", str() as value)) | Comparison(
            (name,), "eq", str() as value
        ) if name.lower() in INDEXED:
            return {each.id for each in tenant.find(_index_name(name), value)}
        case AnyOf((name,), _) if name.lower() == "onpremisesprovisioningerrors":
            every = tenant.objects.values()
            return {each.id for each in every if each.errors or each.planted_errors}
        case OneOf((name,), values) if name.lower() in INDEXED:
            texts = [value for value in values if isinstance(value, str)]
            return {e.id for text in texts for e in tenant.find(_index_name(name), text)}
        case _:
            return None


def _index_name(name: str) -> str:
    spelled = {
        "proxyaddresses": "proxyAddresses",
        "userprincipalname": "userPrincipalName",
        "othermails": "otherMails",
        "onpremisesimmutableid": "onPremisesImmutableId",
    }
    return spelled.get(name.lower(), name.lower())
