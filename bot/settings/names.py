"""In: the model of the settings. Out: every name there is, and what a name that somebody wrote means.
The one place that turns a written name into a path of the tree, and a path back into a name.
Promise: a name that is not a setting is never dropped in silence; the nearest one is offered.
"""

import difflib
import functools
import types
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from bot.settings.parts import NESTED, PREFIX, setting
from bot.settings.schema import Settings

NAME = "<NAME>"  # stands for the name that somebody gives a forest
CONFIG = f"{PREFIX}CONFIG"


@dataclass(frozen=True, slots=True)
class Row:
    """One setting, for `.env.example`, the docs and the wording of errors."""

    name: str
    path: tuple[str, ...]
    type: str
    default: str
    secret: bool
    doc: str
    example: str


@functools.cache
def describe(model: type[BaseSettings] = Settings) -> tuple[Row, ...]:
    return tuple(_rows(model, ()))


def _rows(model: type[BaseModel], above: tuple[str, ...]) -> Iterator[Row]:
    for name, field in model.model_fields.items():
        path = (*above, name)
        part = _part(field.annotation)
        if part is not None:
            yield from _rows(part, path)
        elif (forest := _named_parts(field.annotation)) is not None:
            yield from _rows(forest, (*path, NAME))
        else:
            yield Row(
                name=setting(path),
                path=path,
                type=_expected(field),
                default=_default(field.default),
                secret=is_secret(field),
                doc=field.description or "",
                example=str((field.examples or [""])[0]),
            )


def row_of(path: tuple[str, ...]) -> Row | None:
    """The setting a path lies in: an item of a list or a person among the approvers belongs to its setting."""
    general = (path[0], NAME, *path[2:]) if path[:1] == ("forests",) else path
    return next((row for row in describe() if general[: len(row.path)] == row.path), None)


def is_setting(path: tuple[str, ...]) -> bool:
    row = row_of(path)
    if row is None:
        return False
    deeper = len(path) - len(row.path)
    return deeper == 0 or (deeper == 1 and row.type.startswith("people"))


def is_secret(field: FieldInfo) -> bool:
    return field.annotation is SecretStr


def nearest(written: str, forests: tuple[str, ...] = ()) -> str:
    """The name most like what was written; with the forests' own names where there are some."""
    names = [CONFIG]
    for row in describe():
        if NAME in row.path:
            names += [row.name.replace(NAME, forest.upper()) for forest in forests or (NAME,)]
        else:
            names.append(row.name)
        if row.secret:
            names += [f"{name}_FILE" for name in names if name.replace("_FILE", "") == row.name]
    return difflib.get_close_matches(written.upper(), names, n=1, cutoff=0.0)[0]


def path_of(written: str) -> tuple[str, ...]:
    return tuple(written[len(PREFIX) :].lower().split(NESTED))


def _part(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return None


def _named_parts(annotation: Any) -> type[BaseModel] | None:
    if get_origin(annotation) is dict:
        return _part(get_args(annotation)[1])
    return None


def _expected(field: FieldInfo) -> str:
    """What may stand there, in plain words."""
    kind = field.annotation
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in {Union, types.UnionType}:
        kind = next(arg for arg in get_args(kind) if arg is not type(None))
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(str(arg) for arg in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "one of " + ", ".join(str(member.value) for member in kind)
    words = {
        bool: "true or false",
        SecretStr: "text (a secret)",
        str: "text",
        dict: "people",
        tuple: "a list",
    }
    if kind in {int, float}:
        low, high = _bounds(field)
        return f"a {'whole ' if kind is int else ''}number from {low} to {high}"
    bare: Any = get_origin(kind) or kind
    return words.get(bare, "a path")


def _bounds(field: FieldInfo) -> tuple[str, str]:
    low = next(f"{rule.ge:g}" for rule in field.metadata if hasattr(rule, "ge"))
    high = next(f"{rule.le:g}" for rule in field.metadata if hasattr(rule, "le"))
    return low, high


def _default(value: Any) -> str:
    if isinstance(value, SecretStr) or value is None or value in ((), {}):
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return ";".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
