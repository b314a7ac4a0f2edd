"""In: a text without its JSON. Out: errors told as tables, as `key : value` lines, or only as loose values.
Promise: pure; a loose value counts only beside the name of an attribute, of an error, or with its own SMTP: before it.
"""

import csv
import re
from collections.abc import Iterator

from bot.triage.pasted import fields
from bot.triage.pasted.names import ATTRIBUTES
from bot.triage.pasted.told import Told

MOST_ROWS = 2000
_LINE = re.compile(
    r"^[ \t]{0,20}\"?([A-Za-z@][A-Za-z0-9 ._-]{1,40}?)\"?[ \t]{0,40}[:=][ \t]{0,40}(\S.{0,4000})$"
)
# the Key/Value list of an export error whose JSON was cut off
_PAIR = re.compile(
    r'"key"\s{0,9}:\s{0,9}"([^"]{1,60})"\s{0,9},\s{0,9}"value"\s{0,9}:\s{0,9}\[?\s{0,9}"([^"]{1,2000})"',
    re.IGNORECASE,
)
_ADDRESS = r"[^\s;,<>()\[\]\"|]{1,300}@[^\s;,<>()\[\]\"|]{1,300}"
_NAMED = re.compile(
    r"(?<![A-Za-z])(" + "|".join(map(re.escape, sorted(ATTRIBUTES, key=len, reverse=True))) + r")"
    r"[\s:='\"(]{1,6}((?:smtp|sip)\s?:\s?)?(" + _ADDRESS + r"|s-1-[0-9-]{5,200})",
    re.IGNORECASE,
)
_TYPED = re.compile(r"(?<![A-Za-z])((?:smtp|sip):)\s?(" + _ADDRESS + ")", re.IGNORECASE)
_PLAIN = re.compile(r"(?<![^\s;,<(\[\"'|:])" + _ADDRESS)
_END = ".'’)!?:*_"


def in_pairs(text: str) -> list[Told]:
    found = dict(_PAIR.findall(text))
    return fields.from_fields(found, raw=text[:500]) if found else []


def in_tables(text: str) -> list[Told]:
    """Rows under a line of column names, with commas, semicolons or tabs between."""
    lines = text.split("\n")[:MOST_ROWS]
    for number, line in enumerate(lines):
        for separator in ",;|":
            names = [n.strip() for n in _cells(line, separator)]
            known = {fields.key(n) for n in names}
            if known & set(fields.ATTRIBUTE) and known & set(fields.VALUE):
                return list(_rows(names, lines[number + 1 :], separator))
    return []


def _rows(names: list[str], lines: list[str], separator: str) -> Iterator[Told]:
    for line in lines:
        cells = _cells(line, separator)
        if len(cells) >= 2:
            yield from fields.from_fields(dict(zip(names, cells, strict=False)), raw=line)


def _cells(line: str, separator: str) -> list[str]:
    if separator not in line:
        return []
    try:
        return next(iter(csv.reader([line], delimiter=separator)), [])
    except csv.Error:
        return []


def in_lines(text: str) -> list[Told]:
    """`Category : PropertyConflict` and its neighbours, as consoles print an object."""
    told: list[Told] = []
    found: dict[str, str] = {}
    for line in [*text.split("\n")[:MOST_ROWS], ""]:
        match = _LINE.match(line)
        name = fields.key(match.group(1)) if match else ""
        if match and name in fields.KNOWN:
            if name in found:
                told += _of_lines(found)
                found = {}
            found[name] = match.group(2).strip(' ",{}')
    return [*told, *_of_lines(found)]


def _of_lines(found: dict[str, str]) -> list[Told]:
    if not found.keys() & set(fields.ATTRIBUTE) or not found.keys() & set(fields.VALUE):
        return []
    return fields.from_fields(found, raw="\n".join(f"{k}: {v}" for k, v in found.items()))


def loose(text: str, *, named: bool) -> list[Told]:
    """`named`: the text names an error, so that an address in it is what the error is about."""
    told = [
        Told(
            attribute=m.group(1),
            value=(m.group(2) or "").replace(" ", "") + m.group(3).rstrip(_END),
            raw=_around(text, m),
            at=m.start(),
        )
        for m in _NAMED.finditer(text)
    ]
    told = told or [
        Told(value=m.group(1) + m.group(2).rstrip(_END), raw=_around(text, m), at=m.start())
        for m in _TYPED.finditer(text)
    ]
    if not told and named:
        told = [
            Told(value=m.group().rstrip(_END), raw=_around(text, m), at=m.start())
            for m in _PLAIN.finditer(text)
        ]
    return told


def has_address(text: str) -> bool:
    return _PLAIN.search(text) is not None


def _around(text: str, found: re.Match[str]) -> str:
    start = text.rfind("\n", 0, found.start()) + 1
    end = text.find("\n", found.end())
    return text[start : end if end >= 0 else len(text)].strip()[:500]
