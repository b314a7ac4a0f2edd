"""In: the text of an error, however it was copied, in whatever language. Out: the errors in it, or a sentence.
Structure is read, not words: square brackets, JSON, tables, names of errors and of attributes.
Promise: pure; never raises; every error keeps the piece of text it was read from.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.answers import Pasted
from bot.model import Say
from bot.triage.pasted.brackets import in_brackets, without_brackets
from bot.triage.pasted.documents import in_documents
from bot.triage.pasted.lines import has_address, in_lines, in_pairs, in_tables, loose
from bot.triage.pasted.names import names_in
from bot.triage.pasted.plain import MAX_TEXT, plain
from bot.triage.pasted.told import Told, merged
from bot.triage.value import guid_of_anchor

__all__ = ["MAX_TEXT", "Reading", "read"]

MOST_ERRORS = 50
_DN = re.compile(
    r"(?<![A-Za-z])(?:CN|OU)=[^\n;\"<>\]]{1,400}?,\s?DC=[^,\s;\"<>\]]{1,63}(?:,\s?DC=[^,\s;\"<>\]]{1,63}){0,8}",
    re.IGNORECASE,
)
# how the sync server names an object of Entra: the ImmutableId, letter by letter
_CONNECTOR_DN = re.compile(r"CN=\{([0-9a-f]{48})\}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """`trouble`: nothing was found, and what to paste instead. `left_out`: errors beyond the first fifty."""

    errors: tuple[Pasted, ...] = ()
    trouble: Say | None = None
    left_out: int = 0


def read(text: str) -> Reading:
    shown = plain(text)
    if not shown.strip():
        return Reading(
            trouble=Say(
                "Paste the whole text of the error: what stands in square brackets, "
                "such as [ProxyAddresses SMTP:john@contoso.com;], or its JSON."
            )
        )
    told, rest, inside = in_documents(shown)
    texts = (rest, *(plain(text) for text in inside[:50]))
    told += [each for text in texts for each in _in_text(text)]
    names = [name for text in texts for name in names_in(text)]
    if not any(each.value for each in told):
        told += loose(rest, named=bool(names))
    told = told or [
        Told(category=name, raw=rest.strip()) for name in dict.fromkeys(name for _, name in names)
    ]
    found = merged(_with_what_stands_beside(told, rest, names))
    if not found:
        return Reading(trouble=_nothing(shown))
    errors = tuple(each.pasted() for each in found[:MOST_ERRORS])
    return Reading(errors, left_out=max(0, len(found) - MOST_ERRORS))


def _in_text(text: str) -> list[Told]:
    return [*in_brackets(text), *(in_tables(text) or in_lines(text)), *in_pairs(text)]


def _with_what_stands_beside(
    told: Sequence[Told], text: str, names: Sequence[tuple[int, str]]
) -> list[Told]:
    """The name of the error and the object's DN, which stand before the brackets or after them."""
    around = without_brackets(text)
    dns = [(m.start(), m.group().strip()) for m in _DN.finditer(around)]
    anchors = [(m.start(), a) for m in _CONNECTOR_DN.finditer(around) if (a := _anchor(m.group(1)))]
    places = sorted({each.at for each in told})
    category, dn, anchor = (_beside(places, found) for found in (names, dns, anchors))
    return [
        replace(
            each,
            category=each.category or category(each.at, nearest=True),
            dn=each.dn or dn(each.at, nearest=False),
            anchor=each.anchor or anchor(each.at, nearest=False),
        )
        for each in told
    ]


class _Beside(Protocol):
    def __call__(self, at: int, *, nearest: bool) -> str: ...


def _beside(places: Sequence[int], found: Sequence[tuple[int, str]]) -> _Beside:
    """As many as there are errors: one each, in their order. One alone: it is everybody's. Else the nearest before
    it, where a guess can do no harm.
    """

    def of(at: int, *, nearest: bool) -> str:
        if len({text for _, text in found}) == 1:
            return found[0][1]
        if len(found) == len(places):
            return found[places.index(at)][1]
        before = [text for place, text in found if place <= at]
        return before[-1] if nearest and before else ""

    return of


def _anchor(digits: str) -> str | None:
    try:
        text = binascii.unhexlify(digits).decode("ascii")
        base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return text if guid_of_anchor(text) else None


def _nothing(text: str) -> Say:
    if has_address(text):
        return Say(
            "There is an address in this text but no sync error: no square brackets with an attribute and a value, "
            "no JSON, no name of an error. To see who holds an address, ask /dirsync whohas."
        )
    return Say(
        "There is no sync error in this text. Paste the line with the square brackets, such as "
        "[ProxyAddresses SMTP:john@contoso.com;], the error’s JSON, or its name, such as InvalidSoftMatch."
    )
