r"""In: attribute names of ours and values of anybody. Out: filters, and the batches they are sent in.
Every byte of a value that is not a plain letter or digit goes out as `\xx`, so that nothing in it can be syntax.
Promise: a value never leaves the one assertion it was put into; a filter has at most 300 of them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

MOST_VALUES = 50
MOST_CLAUSES = 300
LONGEST_VALUE = 1123  # rangeUpper of proxyAddresses: nothing longer can be held

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._-")
_ASCII = {octet: f"\\{octet:02x}" for octet in range(128) if octet not in _PLAIN}
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*")

# Where an address can stand, and with which prefix (matching ignores case: `smtp:` finds `SMTP:`)
ADDRESS_PLACES = (
    ("userPrincipalName", ""),
    ("mail", ""),
    ("proxyAddresses", "smtp:"),
    ("proxyAddresses", "sip:"),
    ("targetAddress", "smtp:"),
    ("targetAddress", ""),
    ("msRTCSIP-PrimaryUserAddress", "sip:"),
)
X500_PLACES = (("proxyAddresses", "x500:"), ("legacyExchangeDN", ""))
SEARCHED = tuple(dict.fromkeys(name for name, _ in ADDRESS_PLACES + X500_PLACES))
ALIAS = "mailNickname"
# Entra makes these addresses itself, out of the alias: two who share one alias want one of them
TECHNICAL = ".onmicrosoft.com"
PREFIXES = ("smtp:", "sip:", "x500:")


def escaped(value: str | bytes) -> str:
    if isinstance(value, str) and value.isascii():
        return value.translate(_ASCII)
    octets = value.encode() if isinstance(value, str) else value
    return "".join(chr(o) if o in _PLAIN else f"\\{o:02x}" for o in octets)


def is_equal(attribute: str, value: str | bytes) -> str:
    return f"({_known(attribute)}={escaped(value)})"


def starts_with(attribute: str, start: str) -> str:
    return f"({_known(attribute)}={escaped(start)}*)"


def any_of(clauses: Iterable[str]) -> str:
    listed = list(clauses)
    return listed[0] if len(listed) == 1 else f"(|{''.join(listed)})"


def _known(attribute: str) -> str:
    if not _ATTRIBUTE.fullmatch(attribute):
        raise ValueError(f"{attribute!r} is not the name of an attribute")
    return attribute


def can_be_held(value: str) -> bool:
    """No directory string is empty, longer than the schema allows, or has a NUL or half a character in it."""
    if not value.strip() or len(value) > LONGEST_VALUE or "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def bare(value: str) -> str:
    """Without prefix and outer blanks, in lower case: the form in which values are compared."""
    text = value.strip()
    lowered = text.lower()
    for prefix in PREFIXES:
        if lowered.startswith(prefix):
            return lowered[len(prefix) :].strip()
    return lowered


def alias_of(value: str) -> str | None:
    """The alias out of which Entra makes this address; None: it makes no such address."""
    local, _, domain = bare(value).rpartition("@")
    return local if local and domain.endswith(TECHNICAL) else None


def clauses_for(value: str, indexed: frozenset[str]) -> tuple[str, ...]:
    places = X500_PLACES if value.lstrip().startswith("/") else ADDRESS_PLACES
    clauses = [
        is_equal(attribute, prefix + value.strip())
        for attribute, prefix in places
        if attribute in indexed
    ]
    if ALIAS in indexed and (alias := alias_of(value)):
        clauses.append(is_equal(ALIAS, alias))
    return tuple(clauses)


def batches(
    values: Sequence[str], indexed: frozenset[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """The values of each search with its filter."""
    taken: list[str] = []
    clauses: list[str] = []
    for value in values:
        more = clauses_for(value, indexed)
        if not more:
            continue
        if taken and (len(taken) == MOST_VALUES or len(clauses) + len(more) > MOST_CLAUSES):
            yield tuple(taken), any_of(clauses)
            taken, clauses = [], []
        taken.append(value)
        clauses.extend(more)
    if taken:
        yield tuple(taken), any_of(clauses)
