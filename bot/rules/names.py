r"""In: distinguished names as a directory or the settings write them. Out: their parts, comparable.
Escapes of RFC 4514 are undone (`\,` and `\2C` are one comma of the value, not a border between two parts).
Promise: `inside` compares whole parts, never text: OU=Staff is not inside OU=aff.
"""

from collections.abc import Iterator

Rdn = frozenset[tuple[str, str]]

_HEX = frozenset("0123456789abcdefABCDEF")


def parts(dn: str) -> tuple[Rdn, ...]:
    """Leaf first. Raises ValueError for what is not a DN."""
    found: list[Rdn] = []
    pairs: list[tuple[str, str]] = []
    for text, border in _pieces(dn):
        attribute, equals, value = text.partition("=")
        if not equals or not attribute.strip():
            raise ValueError(f"{dn!r} is not a distinguished name")
        pairs.append((attribute.strip().lower(), _value(value).lower()))
        if border != "+":
            found.append(frozenset(pairs))
            pairs = []
    return tuple(found)


def same(one: str, other: str) -> bool:
    return parts(one) == parts(other)


def inside(dn: str, top: str) -> bool:
    """Below `top`; `top` itself is not inside."""
    inner, outer = parts(dn), parts(top)
    return len(inner) > len(outer) > 0 and inner[-len(outer) :] == outer


def parent(dn: str) -> str:
    """Where the object lies, as it is written; "" at the top. Raises ValueError as `parts` does."""
    position = 0
    for text, border in _pieces(dn):
        position += len(text) + len(border)
        if border != "+":
            return dn[position:].lstrip(" ")
    return ""


def domain_of(dn: str) -> str:
    """`contoso.com` of a DN below DC=contoso,DC=com. Raises ValueError as `parts` does."""
    found = (value for rdn in parts(dn) for attribute, value in rdn if attribute == "dc")
    return ".".join(found)


def _pieces(dn: str) -> Iterator[tuple[str, str]]:
    start = 0
    position = 0
    quoted = False
    while position < len(dn):
        letter = dn[position]
        if letter == "\\":
            position += 2
            continue
        if letter == '"':
            quoted = not quoted
        elif letter in ",;+" and not quoted:
            yield dn[start:position], letter
            start = position + 1
        position += 1
    if quoted:
        raise ValueError(f"{dn!r} has a quote that is not closed")
    if dn[start:].strip() or start:
        yield dn[start:], ""


def _value(text: str) -> str:
    octets = bytearray()
    text = text.lstrip(" ")
    kept = 0  # a blank that was escaped is part of the value, the blanks around it are not
    position = 0
    while position < len(text):
        letter = text[position]
        if letter == "\\" and position + 1 < len(text):
            pair = text[position + 1 : position + 3]
            if len(pair) == len("2C") and set(pair) <= _HEX:
                octets.append(int(pair, 16))
                position += 3
            else:
                octets.extend(text[position + 1].encode("utf-8", "surrogatepass"))
                position += 2
            kept = len(octets)
            continue
        if letter != '"':
            octets.extend(letter.encode("utf-8", "surrogatepass"))
            if letter != " ":
                kept = len(octets)
        position += 1
    return octets[:kept].decode("utf-8", "replace")
