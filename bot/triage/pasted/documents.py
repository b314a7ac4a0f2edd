"""In: JSON anywhere in a text, whole or in pieces, tables and `key : value` lines. Out: the errors they tell of.
Read are the export error's Key/Value list, Graph's error body, objects with onPremisesProvisioningErrors, rows of
Connect Health and of consoles. Promise: pure; strange JSON is text like any other, never an exception.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.triage.pasted.fields import from_fields, from_graph_error, from_object, key
from bot.triage.pasted.told import Told

MOST_STARTS = 200  # places where JSON may begin; a text has a few
MOST_DEEP = 8
# of a document, or of a text that holds one: "[{\"Key\": …}]"
_START = re.compile(
    r'[\[{](?=\s{0,200}["{\[\]}])|"(?=(?:\s|\\[nrt]|\\{1,16}"){0,20}(?:\[|{)(?:\s|\\{1,16}[nrt]){0,20}[\[{\\])'
)
_ESCAPED = re.compile(r'\\+(?:"|[nrt](?=[\s\\\[\]{}"]))')
_DECODER = json.JSONDecoder(strict=False)


def in_documents(text: str) -> tuple[list[Told], str, list[str]]:
    """(errors, the text without its JSON, texts that stood inside of the JSON)."""
    found, rest = _decoded(text)
    if not found and '\\"' in text:
        bare = _ESCAPED.sub(lambda m: '"' if m.group().endswith('"') else " ", text)
        found, rest = _decoded(bare)
    told: list[Told] = []
    inside: list[str] = []
    for at, document in found:
        told += _errors(document, at, MOST_DEEP, inside)
    return told, rest, inside


def _decoded(text: str) -> tuple[list[tuple[int, Any]], str]:
    found: list[tuple[int, Any]] = []
    rest: list[str] = []
    done = 0
    for tries, start in enumerate(_START.finditer(text)):
        if tries == MOST_STARTS:
            break
        if start.start() < done:
            continue
        try:
            document, end = _DECODER.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            continue
        if _is_worth_reading(document):
            found.append((start.start(), document))
            rest.append(text[done : start.start()])
            done = end
    rest.append(text[done:])
    return found, "\n".join(rest)


def _is_worth_reading(document: Any) -> bool:
    if isinstance(document, dict):  # one pair of a Key/Value list that was cut off is read as text
        return bool({key(name) for name in document} - {"key", "value"})
    if isinstance(document, str):
        return '"' in document
    return isinstance(document, list) and any(isinstance(part, dict | list) for part in document)


def _errors(node: Any, at: int, deep: int, inside: list[str]) -> list[Told]:
    """Of a part of a document. Texts in it that may hold an error themselves go into `inside`."""
    if deep == 0:
        return []
    if isinstance(node, str):
        return _of_text(node, at, deep, inside)
    if isinstance(node, list):
        fields = _keys_and_values(node)
        if fields is not None:
            return _told(from_fields(fields, raw=_shown(node)), at)
        return [told for part in node[:1000] for told in _errors(part, at, deep - 1, inside)]
    if not isinstance(node, dict):
        return []
    own = (
        from_object(node, raw=_shown)
        or from_graph_error(node, raw=_shown(node))
        or from_fields(node, raw=_shown(node))
    )
    children = [
        told
        for name, part in node.items()
        if not (own and str(name).lower() == "onpremisesprovisioningerrors")
        for told in _errors(part, at, deep - 1 if not isinstance(part, str) else deep, inside)
    ]
    return [*_told(own, at), *(children if not own else _of_texts(node, at, deep, inside))]


def _of_texts(node: Mapping[str, Any], at: int, deep: int, inside: list[str]) -> list[Told]:
    return [
        told
        for part in node.values()
        if isinstance(part, str)
        for told in _of_text(part, at, deep, inside)
    ]


def _of_text(text: str, at: int, deep: int, inside: list[str]) -> list[Told]:
    found, rest = _decoded(text)
    if "[" in rest or len(rest) > 40:
        inside.append(rest)
    return [told for _, part in found for told in _errors(part, at, deep - 1, inside)]


def _keys_and_values(node: list[Any]) -> dict[str, Any] | None:
    """[{"Key": "ObjectId", "Value": ["…"]}, …] as one mapping."""
    fields: dict[str, Any] = {}
    for part in node:
        if not isinstance(part, dict):
            return None
        pair = {str(k).lower(): v for k, v in part.items()}
        if not isinstance(pair.get("key"), str) or "value" not in pair:
            return None
        fields[pair["key"]] = pair["value"]
    return fields or None


def _told(found: list[Told], at: int) -> list[Told]:
    return [replace(told, at=at) for told in found]


def _shown(node: Any) -> str:
    try:
        return json.dumps(node, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""
