"""In: hostile and long values. Out: queries within Graph's limits that hold them as data.
The text is read back by an independent reading of OData's quoting rule.
Promise: no value changes the shape of a filter; no value is lost on the way into queries.
"""

import re
from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from bot.entra import odata
from bot.entra.odata import Clause, Query

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
LITERAL = re.compile(r"'(?:[^']|'')*'")


def filter_of(query: Query) -> str:
    return parse_qs(urlsplit(query.ask.path).query, keep_blank_values=True)["$filter"][0]


def clauses_of(value: str, count: int) -> list[Clause]:
    return [odata.equals(f"a{number}", value) for number in range(count)]


@given(TEXT)
def test_a_value_comes_back_out_of_its_literal(value: str) -> None:
    text = odata.literal(value)

    assert LITERAL.fullmatch(text)
    assert text[1:-1].replace("''", "'") == value


@given(TEXT)
def test_a_value_leaves_the_shape_of_a_filter_alone(value: str) -> None:
    (query,) = odata.packed("/users", "id", [("name", [odata.any_equals("proxyAddresses", value)])])
    if isinstance(query, Query):  # a value of many multi-byte letters may fit no URL
        assert LITERAL.sub("?", filter_of(query)) == "proxyAddresses/any(p:p eq ?)"


@given(TEXT)
def test_nothing_of_a_value_is_bare_in_the_url(value: str) -> None:
    path = odata.encoded("/users", filter=odata.literal(value))

    assert re.fullmatch(r"/users\?\$filter=(?:[A-Za-z0-9_.~,-]|%[0-9A-F]{2})*", path)


@given(TEXT)
def test_an_id_is_one_segment_of_a_path(object_id: str) -> None:
    path = odata.by_id("/users", object_id, select="id").partition("?")[0]

    assert path.count("/") == 2


def test_a_plus_is_not_a_blank() -> None:
    path = odata.encoded("/users", filter=odata.literal("anna+lists@contoso.com"))

    assert path == "/users?$filter=%27anna%2Blists%40contoso.com%27"


def test_half_a_surrogate_pair_is_no_crash() -> None:
    assert odata.encoded("/users", filter="\ud800") == "/users?$filter=%3F"


@given(st.lists(st.tuples(TEXT, st.integers(1, 8)), max_size=40))
def test_every_name_is_in_exactly_one_query_and_every_query_within_the_limits(
    wanted: list[tuple[str, int]],
) -> None:
    named = [(str(at), clauses_of(value, count)) for at, (value, count) in enumerate(wanted)]
    packed = list(odata.packed("/users", "id,mail", named))
    came_back = [
        name for each in packed for name in (each.names if isinstance(each, Query) else [each])
    ]

    assert sorted(came_back, key=int) == [name for name, _ in named]
    for query in packed:
        if isinstance(query, Query):
            literals = LITERAL.findall(filter_of(query))
            longest = max(len(text[1:-1].replace("''", "'")) for text in literals)
            assert len(query.ask.path) <= odata.LONGEST_URL
            assert query.ask.advanced or (len(literals) <= 15 and longest <= 120)


def test_names_share_a_query_up_to_fifteen_clauses() -> None:
    named = [(str(at), clauses_of("x", 5)) for at in range(7)]
    packed = [each.names for each in odata.packed("/users", "id", named) if isinstance(each, Query)]

    assert packed == [("0", "1", "2"), ("3", "4", "5"), ("6",)]


def test_the_121st_character_makes_a_query_advanced() -> None:
    short, long = (
        next(iter(odata.packed("/users", "id", [("n", clauses_of("x" * length, 1))])))
        for length in (120, 121)
    )

    assert isinstance(short, Query)
    assert isinstance(long, Query)
    assert (short.ask.advanced, long.ask.advanced) == (False, True)
    assert "$count=true" in long.ask.path
