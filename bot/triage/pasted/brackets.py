"""In: a text in any language. Out: what stands in its square brackets: `[Attribute value,value;Attribute value;]`.
The words around the brackets are translated, the brackets are not: they are what is read.
Promise: pure; a bracket that holds something else, such as [EXTERNAL] or [cid:image001.png@01DA], is no error.
"""

import re
from collections.abc import Iterator

from bot.triage.pasted.names import ATTRIBUTES
from bot.triage.pasted.told import Told
from bot.triage.value import fold

_BLOCK = re.compile(r"\[([^\[\]]{3,40000})\]")
_OPEN = re.compile(r"\[([^\[\]]{3,4000})\Z")  # the end was cut off
_SEPARATOR = re.compile(r"(?<!\\)[;,]")
# a value that says itself where it begins: SMTP:…, sip:…, X500:…
_TYPED = re.compile(r"(?:smtp|sip|x500|x400|eum|spo|notes)\s*:\s*", re.IGNORECASE)
_NEXT_TYPED = re.compile(r"\s+(?=(?:smtp|sip|x500)\s*:)", re.IGNORECASE)
_RDN = re.compile(r"(?:cn|ou|dc|o|l)=", re.IGNORECASE)
_WRAP = re.compile(r"[ ]*\n[ ]*")
_QUOTES = "\"'`‘’*_ \n"
_ADDRESSES = frozenset(
    {"UserPrincipalName", "ProxyAddresses", "Mail", "SipProxyAddress", "SignInName"}
)


def in_brackets(text: str) -> Iterator[Told]:
    for block in _BLOCK.finditer(text):
        yield from _told(block, _pairs(block.group(1)))
    for block in _OPEN.finditer(text):
        pairs = _pairs(block.group(1))
        yield from _told(block, pairs if pairs and "@" in pairs[-1][1] else pairs[:-1])


def without_brackets(text: str) -> str:
    """The text around them, at the same places."""
    return _BLOCK.sub(lambda block: " " * len(block.group()), text)


def _told(block: re.Match[str], pairs: list[tuple[str, str]]) -> Iterator[Told]:
    for attribute, value in pairs:
        yield Told(attribute=attribute, value=value, raw=block.group(), at=block.start())


def _pairs(inside: str) -> list[tuple[str, str]]:
    """(attribute, value) of each item; none at all when this is no list of attributes and values."""
    pairs: list[tuple[str, str]] = []
    attribute = ""
    for item in _items(inside):
        named, value = _named(item)
        if named is not None:
            attribute = named
        elif not attribute and not _TYPED.match(value):
            return []
        if value:
            pairs.append((attribute, value))
        elif named is not None and fold(named) in ATTRIBUTES:
            pairs.append((named, ""))
    return pairs


def _items(inside: str) -> Iterator[str]:
    """Split at `;` and `,`. What was one value with a comma in it, a DN, is one again."""
    items: list[str] = []
    for part in _SEPARATOR.split(inside):
        text = part.strip(_QUOTES)
        if not text:
            continue
        if items and _RDN.match(text) and "=" in items[-1]:
            items[-1] += "," + text
        else:
            items += [piece.strip(_QUOTES) for piece in _NEXT_TYPED.split(text)]
    # `ProxyAddresses` and `SMTP:…` were parted by _NEXT_TYPED: the first is the name of the second
    together: list[str] = []
    for item in items:
        if together and _TYPED.match(item) and _is_name(together[-1]):
            together[-1] += " " + item
        else:
            together.append(item)
    yield from together


def _is_name(item: str) -> bool:
    return not any(c in item for c in "@:=")


def _named(item: str) -> tuple[str | None, str]:
    """(attribute or None, value) of one item."""
    if _TYPED.match(item):
        return None, _value(item)
    words = item.split(maxsplit=1)
    first = words[0].rstrip(":=")
    if fold(first) in ATTRIBUTES:
        rest = words[1].lstrip(":= ") if len(words) > 1 else ""
        return first, _one(_value(rest), address=ATTRIBUTES[fold(first)] in _ADDRESSES)
    typed = _TYPED.search(item)
    if typed and _is_name(item[: typed.start()]) and len(item[: typed.start()]) <= 80:
        return " ".join(item[: typed.start()].split()), _value(item[typed.start() :])
    if len(words) > 1 and _is_name(words[0]) and _looks_like_a_value(_value(words[1])):
        return words[0], _value(words[1])
    return None, _value(item) if _looks_like_a_value(_value(item)) else ""


def _value(text: str) -> str:
    """Without the line breaks and blanks that a mail program put into it."""
    whole = _WRAP.sub("", text.strip(_QUOTES)).strip(_QUOTES)
    return re.sub(r"^(\w+)\s*:\s+", r"\1:", whole) if _TYPED.match(whole) else whole


def _one(value: str, *, address: bool) -> str:
    """Of a few words after the name of an address attribute, the one that is an address."""
    if not address or not re.search(r"\s", value) or _TYPED.match(value):
        return value
    return next((word for word in value.split() if "@" in word), "")


def _looks_like_a_value(value: str) -> bool:
    if _RDN.match(value):
        return True
    return not re.search(r"\s", value) and (
        "@" in value or bool(re.match(r"s-1-\d", value, re.IGNORECASE))
    )
