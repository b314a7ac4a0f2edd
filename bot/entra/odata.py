"""In: values of people and paths of lists. Out: OData filters and URLs, packed within Graph's limits.
This is the only place where a value enters a filter, and the only one where a query is encoded.
Promise: a value stays data whatever it holds; no query breaks a limit: one that must is not made.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

MOST_CLAUSES = 15  # in a default query
LONGEST_VALUE = 120  # characters, in a default query
LONGEST_URL = 2048
LONGEST_ROOT = 64  # https://microsoftgraph.chinacloudapi.cn/v1.0 and room to spare


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
    query = "&".join(
        f"${name}={quote(text, safe=',', errors='replace')}"
        for name, text in sorted(options.items())
    )
    return f"{path}?{query}" if query else path


def by_id(collection: str, object_id: str, rest: str = "", **options: str) -> str:
    return encoded(f"{collection}/{quote(object_id, safe='', errors='replace')}{rest}", **options)


def _ask(path: str, select: str, clauses: Iterable[Clause], *, advanced: bool) -> Ask:
    joined = " or ".join(clause.text for clause in clauses)
    if advanced:
        return Ask(encoded(path, filter=joined, select=select, count="true"), advanced=True)
    return Ask(encoded(path, filter=joined, select=select))


def _fits(ask: Ask) -> bool:
    return len(ask.path) + LONGEST_ROOT <= LONGEST_URL


def single(path: str, select: str, name: str, clauses: Sequence[Clause]) -> Query | None:
    """One name alone, as an advanced query, which has no limit but the URL's; None: not even so."""
    ask = _ask(path, select, clauses, advanced=True)
    return Query(ask, (name,)) if _fits(ask) else None


def packed(
    path: str, select: str, wanted: Iterable[tuple[str, Sequence[Clause]]]
) -> Iterator[Query | str]:
    """As few queries as the limits allow; a name that no query can hold comes back as itself."""
    names: list[str] = []
    clauses: list[Clause] = []
    for name, own in wanted:
        if len(own) > MOST_CLAUSES or any(clause.longest > LONGEST_VALUE for clause in own):
            yield single(path, select, name, own) or name
            continue
        more = _ask(path, select, [*clauses, *own], advanced=False)
        if names and (len(clauses) + len(own) > MOST_CLAUSES or not _fits(more)):
            yield Query(_ask(path, select, clauses, advanced=False), tuple(names))
            names, clauses = [], []
        if not _fits(_ask(path, select, own, advanced=False)):
            yield name
            continue
        names.append(name)
        clauses.extend(own)
    if names:
        yield Query(_ask(path, select, clauses, advanced=False), tuple(names))
