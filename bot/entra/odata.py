"""In: values of people and paths of lists. Out: OData filters and URLs, packed within Graph's limits.
This is the only place where a value enters a filter, and the only one where a query is encoded.
Promise: a value stays data whatever it holds; no query breaks a limit: one that must is not made.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

MOST_CLAUSES = 15  # in a default query
LONGEST_VALUE = 120  # characters, in a default query
LONGEST_URL = 2048
LONGEST_ROOT = 64  # https://microsoftgraph.chinacloudapi.cn/v1.0 and room to spare
_OR = "%20or%20"


@dataclass(frozen=True, slots=True)
class Ask:
    """One GET, relative to the Graph root. `advanced`: ConsistencyLevel eventual and $count."""

    path: str
    advanced: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    text: str
    longest: int


@dataclass(frozen=True, slots=True)
class Query:
    """One ask for several names, any of whose holders it returns."""

    ask: Ask
    names: tuple[str, ...]


def literal(value: str) -> str:
    """A quote inside is doubled; nothing else has a meaning inside a literal."""
    return "'" + value.replace("'", "''") + "'"


def equals(attribute: str, value: str) -> Clause:
    return Clause(f"{attribute} eq {literal(value)}", len(value))


def any_equals(collection: str, value: str) -> Clause:
    return Clause(f"{collection}/any(p:p eq {literal(value)})", len(value))


def encoded(path: str, **options: str) -> str:
    """`$`-options in a fixed order. Everything in a value is escaped, `+` above all: bare it is a blank."""
    return _with_options(path, {name: _quoted(text) for name, text in options.items()})


def _with_options(path: str, options: Mapping[str, str]) -> str:
    query = "&".join(f"${name}={text}" for name, text in sorted(options.items()))
    return f"{path}?{query}" if query else path


def _quoted(text: str) -> str:
    return quote(text, safe=",", errors="replace")


def by_id(collection: str, object_id: str, rest: str = "", **options: str) -> str:
    return encoded(f"{collection}/{quote(object_id, safe='', errors='replace')}{rest}", **options)


def _ask(path: str, select: str, clauses: Iterable[str], *, advanced: bool) -> Ask:
    """`clauses` are quoted already: each is encoded once, however many are packed together."""
    options = {"filter": _OR.join(clauses), "select": _quoted(select)}
    if advanced:
        return Ask(_with_options(path, {**options, "count": "true"}), advanced=True)
    return Ask(_with_options(path, options))


def _fits(ask: Ask) -> bool:
    return len(ask.path) + LONGEST_ROOT <= LONGEST_URL


def single(path: str, select: str, name: str, clauses: Sequence[Clause]) -> Query | None:
    """One name alone, as an advanced query, which has no limit but the URL's; None: not even so."""
    ask = _ask(path, select, [_quoted(clause.text) for clause in clauses], advanced=True)
    return Query(ask, (name,)) if _fits(ask) else None


def packed(
    path: str, select: str, wanted: Iterable[tuple[str, Sequence[Clause]]]
) -> Iterator[Query | str]:
    """As few queries as the limits allow; a name that no query can hold comes back as itself."""
    names: list[str] = []
    clauses: list[str] = []
    used = 0
    # the last clause has no "or" behind it
    room = LONGEST_URL - LONGEST_ROOT - len(_ask(path, select, (), advanced=False).path) + len(_OR)
    for name, own in wanted:
        if len(own) > MOST_CLAUSES or any(clause.longest > LONGEST_VALUE for clause in own):
            yield single(path, select, name, own) or name
            continue
        more = [_quoted(clause.text) for clause in own]
        long = sum(len(text) + len(_OR) for text in more)
        if names and (len(clauses) + len(more) > MOST_CLAUSES or used + long > room):
            yield Query(_ask(path, select, clauses, advanced=False), tuple(names))
            names, clauses, used = [], [], 0
        if long > room:
            yield name
            continue
        names.append(name)
        clauses.extend(more)
        used += long
    if names:
        yield Query(_ask(path, select, clauses, advanced=False), tuple(names))
