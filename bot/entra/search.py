"""In: names (addresses, anchors) and the lists to look through. Out: for each name, who answers to it.
Packed filters in batches; whole lists by pages where there are many names or a filter is refused.
Promise: every list is searched, or named as a gap with its reason; the match is made here, not trusted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.entra import answers, listings, objects, odata, trouble
from bot.entra.answers import Answer, Declined
from bot.entra.client import Graph, together
from bot.entra.listings import Listing
from bot.entra.objects import Page, Wire
from bot.entra.odata import Ask, Clause, Query
from bot.errors import ListBroken, Unreachable
from bot.model import CloudFindings, CloudObject, Gap

UNSUPPORTED = "Request_UnsupportedQuery"


@dataclass(frozen=True, slots=True)
class Question:
    """`names`: what an object answers to, spelled as the asked names are; `clauses`: how to ask a list."""

    names: Callable[[Wire], Iterable[str]]
    clauses: Callable[[Listing, str], Sequence[Clause]]


ADDRESSES = Question(listings.address_names, listings.address_clauses)
ANCHORS = Question(listings.anchor_names, listings.anchor_clauses)


@dataclass(slots=True)
class _Tally:
    """What one search has found so far. `asked` maps a name to the spelling to ask with."""

    question: Question
    asked: Mapping[str, str]
    found: dict[str, dict[str, CloudObject]] = field(default_factory=dict)
    gaps: dict[str, list[Gap]] = field(default_factory=dict)
    denied: list[Listing] = field(default_factory=list)
    answering: set[Listing] = field(default_factory=set)  # took at least one filter
    unanswered: set[tuple[str, str]] = field(default_factory=set)  # (name, words of the list)

    def take(self, listing: Listing, page: Page) -> None:
        for held in page.value:
            for name in set(self.question.names(held)) & self.asked.keys():
                made = objects.cloud_object(held, listing.type)
                self.found.setdefault(name, {})[made.id] = made

    def gap(self, listing: Listing, name: str, why: str) -> None:
        self.gaps.setdefault(name, []).append(Gap("Entra", listing.what, why))
        self.unanswered.add((name, listing.words))

    def deny(self, listing: Listing) -> None:
        if listing not in self.denied:
            self.denied.append(listing)

    def findings(self, name: str, lists: Sequence[Listing]) -> CloudFindings:
        denied = [
            Gap("Entra", listing.what, f"no permission {listing.permission}")
            for listing in lists
            if listing in self.denied
        ]
        searched = [
            listing.words
            for listing in lists
            if listing not in self.denied and (name, listing.words) not in self.unanswered
        ]
        held = self.found.get(name, {})
        return CloudFindings(
            objects=tuple(sorted(held.values(), key=lambda each: (each.type, each.name, each.id))),
            gaps=(*denied, *self.gaps.get(name, ())),
            searched=tuple(searched),
        )


async def find(
    graph: Graph,
    question: Question,
    asked: Mapping[str, str],
    lists: Sequence[Listing],
    unfiltered: set[Listing],
) -> dict[str, CloudFindings]:
    """`unfiltered` remembers the recycle bins that refuse filters, between searches."""
    tally = _Tally(question, asked)
    many = len(asked) > graph.tenant.scan_above
    to_scan = [listing for listing in lists if many or listing in unfiltered]
    to_filter = [listing for listing in lists if listing not in to_scan]
    refusing = await _by_filters(graph, tally, to_filter)
    unfiltered |= {listing for listing in refusing if listing.recycle_bin}
    await together(_by_pages(graph, tally, listing) for listing in [*to_scan, *refusing])
    if asked and len(tally.denied) == len(lists):
        raise trouble.missing_permission(
            " and ".join(listing.what for listing in lists),
            " and ".join(sorted({listing.permission for listing in lists})),
        )
    return {name: tally.findings(name, lists) for name in asked}


async def _by_filters(graph: Graph, tally: _Tally, lists: Sequence[Listing]) -> list[Listing]:
    """Returns the lists that refuse to be filtered and must be read by pages."""
    queries: list[tuple[Listing, Query]] = []
    for listing in lists:
        wanted = [
            (name, tally.question.clauses(listing, as_asked))
            for name, as_asked in tally.asked.items()
        ]
        for query in odata.packed(listing.path, listing.select, wanted):
            if isinstance(query, Query):
                queries.append((listing, query))
            else:
                tally.gap(listing, query, "the value is too long to be asked for")
    refused = await _ask(graph, tally, queries)
    refusing = {
        listing: None
        for listing, _, answer in refused
        if listing.recycle_bin and answer.code == UNSUPPORTED
    }
    alone = [
        (listing, query)
        for listing, several, _ in refused
        if listing not in refusing
        for query in _alone(tally, listing, several)
    ]
    for listing, query, answer in await _ask(graph, tally, alone):
        if listing not in tally.answering and answer.code == UNSUPPORTED:
            refusing[listing] = None  # it is the list that says no, not the value
        else:
            why = f"Graph refused the question ({answer.code or answer.status})"
            tally.gap(listing, query.names[0], why)
    return list(refusing)


def _alone(tally: _Tally, listing: Listing, several: Query) -> Iterable[Query]:
    """One name in a filter can spoil it for the others, so each is asked for by itself."""
    for name in several.names:
        clauses = tally.question.clauses(listing, tally.asked[name])
        query = odata.single(listing.path, listing.select, name, clauses)
        if query is None:
            tally.gap(listing, name, "the value is too long to be asked for")
        else:
            yield query


async def _ask(
    graph: Graph, tally: _Tally, queries: Sequence[tuple[Listing, Query]]
) -> list[tuple[Listing, Query, Answer]]:
    """Returns what was refused as a question (400)."""
    refused: list[tuple[Listing, Query, Answer]] = []
    answered = await graph.batch([query.ask for _, query in queries]) if queries else []
    for (listing, query), answer in zip(queries, answered, strict=True):
        if answer.ok:
            tally.answering.add(listing)
            await _whole(graph, tally, listing, objects.page(answer.body))
        elif answer.status == answers.FORBIDDEN:
            tally.deny(listing)
        elif answer.status == answers.BAD_REQUEST:
            refused.append((listing, query, answer))
        else:
            raise trouble.refused(listing.what, answer.status, answer.code, answer.message)
    return refused


async def _whole(graph: Graph, tally: _Tally, listing: Listing, page: Page) -> None:
    try:
        await graph.follow(page, lambda each: tally.take(listing, each), what=listing.words)
    except ListBroken as error:  # nobody concludes from a search that broke: it is asked again
        raise Unreachable("Entra", error.message, todo=error.todo) from error


async def _by_pages(graph: Graph, tally: _Tally, listing: Listing) -> None:
    ask = Ask(odata.encoded(listing.path, select=listing.select, top="999"))
    try:
        await graph.walk(ask, lambda each: tally.take(listing, each), what=listing.words)
    except ListBroken as error:
        raise Unreachable("Entra", error.message, todo=error.todo) from error
    except Declined as error:
        answer = error.answer
        if answer.status != answers.FORBIDDEN:
            raise trouble.refused(
                listing.what, answer.status, answer.code, answer.message
            ) from error
        tally.deny(listing)
