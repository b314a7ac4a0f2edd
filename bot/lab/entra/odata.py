"""In: the text of a $filter.
Out: a tree of Comparison, OneOf, Call, AnyOf, Not, And, Or.
Promise: whatever the text, either a tree or GraphError 400; strings stay data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from bot.lab.entra.errors import GraphError, unsupported

DEEPEST = 40
OPERATORS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
FUNCTIONS = frozenset({"startswith", "endswith"})
TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<time>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?(?:Z|[+-]\d\d:\d\d))?(?![\w-]))"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![\w-]))"
    r"|(?P<number>-?\d{1,9}(?![\w-]))"
    r"|(?P<word>[A-Za-z_$][\w$.]*)"
    r"|(?P<mark>[(),:/]))"
)
Literal = str | bool | int | datetime | None


@dataclass(frozen=True, slots=True)
class Comparison:
    path: tuple[str, ...]
    operator: str
    value: Literal


@dataclass(frozen=True, slots=True)
class OneOf:
    path: tuple[str, ...]
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    path: tuple[str, ...]
    value: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """PROPERTY/any(x:body); the body's paths begin with the variable, which is cut off."""

    path: tuple[str, ...]
    body: Expression | None


@dataclass(frozen=True, slots=True)
class Not:
    body: Expression


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Expression, ...]


Expression = Comparison | OneOf | Call | AnyOf | Not | And | Or


def invalid(why: str) -> GraphError:
    return unsupported(f"Invalid filter clause: {why}")


def parse(text: str) -> Expression:
    cursor = _Cursor(_tokens(text))
    tree = _either(cursor, variable=None)
    if cursor.peek() is not None:
        raise invalid(f"Syntax error at '{cursor.peek_text()}'.")
    return tree


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        token = TOKEN.match(text, position)
        if token is None or token.lastgroup is None:
            raise invalid(f"Syntax error at position {position}.")
        found.append((token.lastgroup, token[token.lastgroup]))
        position = token.end()
    return found


class _Cursor:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def peek(self, ahead: int = 0) -> tuple[str, str] | None:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else None

    def peek_text(self) -> str:
        token = self.peek()
        return token[1] if token else "the end"

    def take(self) -> tuple[str, str]:
        token = self.peek()
        if token is None:
            raise invalid("It ends too early.")
        self._at += 1
        return token

    def takes(self, kind: str, text: str) -> bool:
        """Words are compared without case, as the service does."""
        token = self.peek()
        if token is not None and token[0] == kind and token[1].lower() == text:
            self._at += 1
            return True
        return False

    def expect(self, mark: str) -> None:
        if not self.takes("mark", mark):
            raise invalid(f"Expected '{mark}' at '{self.peek_text()}'.")

    def deeper(self, step: int) -> None:
        self._depth += step
        if self._depth > DEEPEST:
            raise invalid("It is nested too deeply.")


def _either(cursor: _Cursor, variable: str | None) -> Expression:
    cursor.deeper(+1)
    parts = [_all(cursor, variable)]
    while cursor.takes("word", "or"):
        parts.append(_all(cursor, variable))
    cursor.deeper(-1)
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _all(cursor: _Cursor, variable: str | None) -> Expression:
    parts = [_one(cursor, variable)]
    while cursor.takes("word", "and"):
        parts.append(_one(cursor, variable))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _one(cursor: _Cursor, variable: str | None) -> Expression:
    if cursor.takes("word", "not"):
        cursor.deeper(+1)
        body = _one(cursor, variable)
        cursor.deeper(-1)
        return Not(body)
    if cursor.takes("mark", "("):
        inner = _either(cursor, variable)
        cursor.expect(")")
        return inner
    ahead, after = cursor.peek(), cursor.peek(1)
    if ahead and ahead[0] == "word" and ahead[1].lower() in FUNCTIONS and after == ("mark", "("):
        return _call(cursor, variable)
    path = _path(cursor)
    if path[-1].lower() == "any" and len(path) > 1 and cursor.peek() == ("mark", "("):
        return _any(cursor, _inside(path[:-1], variable))
    return _comparison(cursor, _inside(path, variable))


def _call(cursor: _Cursor, variable: str | None) -> Call:
    function = cursor.take()[1].lower()
    cursor.expect("(")
    path = _inside(_path(cursor), variable)
    cursor.expect(",")
    value = _literal(cursor)
    cursor.expect(")")
    if not isinstance(value, str):
        raise invalid(f"{function} takes a string.")
    return Call(function, path, value)


def _any(cursor: _Cursor, path: tuple[str, ...]) -> AnyOf:
    cursor.expect("(")
    if cursor.takes("mark", ")"):
        return AnyOf(path, None)
    kind, variable = cursor.take()
    if kind != "word":
        raise invalid(f"Expected a name at '{variable}'.")
    cursor.expect(":")
    body = _either(cursor, variable)
    cursor.expect(")")
    return AnyOf(path, body)


def _comparison(cursor: _Cursor, path: tuple[str, ...]) -> Comparison | OneOf:
    kind, operator = cursor.take()
    operator = operator.lower()
    if kind == "word" and operator == "in":
        return OneOf(path, tuple(_list(cursor)))
    if kind != "word" or operator not in OPERATORS:
        raise invalid(f"Expected an operator at '{operator}'.")
    return Comparison(path, operator, _literal(cursor))


def _list(cursor: _Cursor) -> list[Literal]:
    cursor.expect("(")
    values = [_literal(cursor)]
    while cursor.takes("mark", ","):
        values.append(_literal(cursor))
    cursor.expect(")")
    return values


def _path(cursor: _Cursor) -> tuple[str, ...]:
    names: list[str] = []
    while True:
        kind, name = cursor.take()
        if kind != "word":
            raise invalid(f"Expected a property at '{name}'.")
        names.append(name)
        if not cursor.takes("mark", "/"):
            return tuple(names)


def _inside(path: tuple[str, ...], variable: str | None) -> tuple[str, ...]:
    """Within any(x:…) every path starts at x; the rest is relative to one item."""
    if variable is None:
        return path
    if path[0] != variable:
        raise invalid(f"'{path[0]}' is not the variable of the lambda expression.")
    return path[1:]


def _literal(cursor: _Cursor) -> Literal:
    kind, text = cursor.take()
    if kind == "text":
        return text[1:-1].replace("''", "'")
    if kind == "guid":
        return text
    if kind == "number":
        return int(text)
    if kind == "time":
        return _moment(text)
    constants: dict[str, Literal] = {"true": True, "false": False, "null": None}
    if kind == "word" and text.lower() in constants:
        return constants[text.lower()]
    raise invalid(f"Expected a value at '{text}'.")


def _moment(text: str) -> datetime:
    whole = text if "T" in text else f"{text}T00:00:00Z"
    try:
        return datetime.fromisoformat(re.sub(r"\.(\d{6})\d+", r".\1", whole))
    except ValueError:
        raise invalid(f"'{text}' is no point in time.") from None
