"""In: distinguished names as text.
Out: names as tuples of (attribute, value), and their normal form for comparing.
Promise: `parse_name(format_name(name)) == name`; a malformed name is refused with code 34.
"""

import re

from bot.lab.ad.errors import bad_name

Rdn = tuple[str, str]
Name = tuple[Rdn, ...]

SPECIAL = re.compile(r'[,+"\\<>;=]')
HEX_PAIR = re.compile(r"[0-9A-Fa-f]{2}")
ATTRIBUTE_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9-]*|(OID\.)?\d+(\.\d+)+")


def folded(text: str) -> str:
    """The form in which directory strings are compared: no letter case, no outer or double blanks."""
    text = text.strip(" ").lower()
    return re.sub(" +", " ", text) if "  " in text else text


def name_key(name: Name) -> Name:
    return tuple((attribute.lower(), folded(value)) for attribute, value in name)


def split_unescaped(text: str, separators: str) -> list[str]:
    parts, start, position, quoted = [], 0, 0, False
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
        elif character == '"':
            quoted = not quoted
        elif character in separators and not quoted:
            parts.append(text[start:position])
            start = position + 1
        position += 1
    return [*parts, text[start:]]


def unescape(value: str, whole: str) -> str:
    raw = value.strip(" ") if not value.endswith("\\ ") else value.lstrip(" ")
    if len(raw) > 1 and raw[0] == raw[-1] == '"':
        raw = raw[1:-1]
    out, position = bytearray(), 0
    while position < len(raw):
        if raw[position] != "\\":
            out += raw[position].encode()
            position += 1
            continue
        pair = raw[position + 1 : position + 3]
        if HEX_PAIR.fullmatch(pair):
            out.append(int(pair, 16))
            position += 3
        elif len(pair) > 0:
            out += pair[0].encode()
            position += 2
        else:
            raise bad_name(whole)
    try:
        return out.decode()
    except UnicodeDecodeError:
        raise bad_name(whole) from None


def parse_name(text: str) -> Name:
    if not text.strip():
        return ()
    rdns = []
    for part in split_unescaped(text, ",;"):
        attribute, equals, value = part.partition("=")
        if not equals or not ATTRIBUTE_TYPE.fullmatch(attribute.strip()):
            raise bad_name(text)
        plain = unescape(value, text)
        if not plain or len(split_unescaped(value, "+")) > 1:  # AD has no multi-valued RDNs
            raise bad_name(text)
        rdns.append((attribute.strip(), plain))
    return tuple(rdns)


def escape(value: str) -> str:
    text = SPECIAL.sub(lambda match: "\\" + match.group(), value)
    text = re.sub(r"[\x00-\x1f]", lambda match: f"\\{ord(match.group()):02X}", text)
    if text.startswith((" ", "#")):
        text = "\\" + text
    if text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1] + "\\ "
    return text


def format_name(name: Name) -> str:
    return ",".join(f"{attribute}={escape(value)}" for attribute, value in name)


def domain_of(base: Name) -> str:
    """The DNS name that a domain's DN spells: DC=corp,DC=contoso,DC=com is corp.contoso.com."""
    return ".".join(value for attribute, value in base if attribute.lower() == "dc")
