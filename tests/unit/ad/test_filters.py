"""In: values that people, attackers and old systems put into directories. Out: the bytes of the search request.
Promise: read back by another decoder, a hostile value is still one value of one equality assertion.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap3.operation.search import search_operation
from ldap3.protocol.rfc4511 import LDAPMessage, MessageID, ProtocolOp
from pyasn1.codec.ber import encoder

from bot.ad.filters import (
    ADDRESS_PLACES,
    MOST_CLAUSES,
    MOST_VALUES,
    SEARCHED,
    any_of,
    bare,
    batches,
    can_be_held,
    clauses_for,
    is_equal,
    starts_with,
)
from bot.lab.ad.wire import decode

EVERYTHING = frozenset(SEARCHED)
HOSTILE = [
    "*",
    "a)(objectClass=*",
    "a)(|(mail=*",
    "\\2a",
    "\\",
    "a\\",
    "a=b",
    "a:=b",
    ":1.2.840.113556.1.4.1941:=cn=x",
    "a>=b",
    "a~=b",
    " a ",
    "&|!",
    "æøå",
    "😀",
    "\x01\x7f",
]


def on_the_wire(wanted: str) -> Any:
    """The filter as a server decodes it, by the ASN.1 module of RFC 4511."""
    request = search_operation(
        "DC=x", wanted, "SUBTREE", "NEVER", ["1.1"], 0, 0, False, True, True, None, None, False
    )
    message = LDAPMessage()
    message["messageID"] = MessageID(1)
    message["protocolOp"] = ProtocolOp().setComponentByName("searchRequest", request)
    return decode(encoder.encode(message))["protocolOp"][1]["filter"]


def assertions(node: Any) -> Iterator[tuple[str, str, bytes]]:
    kind, body = node
    if kind == "or":
        for each in body:
            yield from assertions(each)
    else:
        yield kind, body["attributeDesc"].decode(), body["assertionValue"]


def expected(value: str) -> set[tuple[str, str, bytes]]:
    return {
        ("equalityMatch", attribute, (prefix + value.strip()).encode())
        for attribute, prefix in ADDRESS_PLACES
    }


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_is_one_value(value: str) -> None:
    sent = on_the_wire(any_of(clauses_for(value, EVERYTHING)))

    assert set(assertions(sent)) == expected(value)


@given(st.text(min_size=1).filter(can_be_held).filter(lambda v: not v.lstrip().startswith("/")))
def test_any_value_is_one_value(value: str) -> None:
    sent = on_the_wire(any_of(clauses_for(value, EVERYTHING)))

    assert set(assertions(sent)) == expected(value)


@given(st.binary(min_size=1, max_size=40))
def test_any_bytes_are_one_value(octets: bytes) -> None:
    sent = on_the_wire(is_equal("objectGUID", octets))

    assert list(assertions(sent)) == [("equalityMatch", "objectGUID", octets)]


@given(st.text(min_size=1).filter(can_be_held))
def test_a_prefix_has_one_wildcard_and_it_is_ours(start: str) -> None:
    kind, body = on_the_wire(starts_with("mail", start))

    assert kind == "substrings"
    assert body == {"type": b"mail", "substrings": [("initial", start.encode())]}


@given(st.text())
def test_what_can_be_held_can_be_sent(value: str) -> None:
    if can_be_held(value):
        assert on_the_wire(is_equal("mail", value))[1]["assertionValue"] == value.encode()


def test_half_characters_nuls_blanks_and_endless_values_are_not_sent() -> None:
    assert [can_be_held(v) for v in ("\ud800", "a\0b", "  ", "a" * 1124)] == [False] * 4


def test_an_attribute_is_never_anybodys_data() -> None:
    with pytest.raises(ValueError, match="not the name of an attribute"):
        is_equal("mail)(cn", "x")


@given(st.integers(0, 400), st.sets(st.sampled_from(SEARCHED), min_size=1))
def test_batches_hold_every_value_once_and_stay_below_their_limits(
    count: int, indexed: set[str]
) -> None:
    values = [f"v{i}@contoso.com" for i in range(count)]
    places = [p for p in ADDRESS_PLACES if p[0] in indexed]

    made = list(batches(values, frozenset(indexed)))

    assert [v for taken, _ in made for v in taken] == (values if places else [])
    assert all(len(taken) <= MOST_VALUES for taken, _ in made)
    assert all(wanted.count("=") <= MOST_CLAUSES for _, wanted in made)


def test_at_most_one_search_for_forty_values_with_every_attribute_there_is() -> None:
    made = list(batches([f"v{i}@contoso.com" for i in range(4000)], EVERYTHING))

    assert len(made) <= 100


def test_an_attribute_that_is_not_indexed_is_in_no_filter() -> None:
    assert clauses_for("a@b.c", frozenset({"mail"})) == ("(mail=a@b.c)",)


def test_an_x500_address_is_asked_for_as_such() -> None:
    sent = on_the_wire(any_of(clauses_for("/o=C/cn=x", EVERYTHING)))

    assert {(name, value) for _, name, value in assertions(sent)} == {
        ("proxyAddresses", b"x500:/o=C/cn=x"),
        ("legacyExchangeDN", b"/o=C/cn=x"),
    }


def test_bare_forms() -> None:
    forms = [
        "SMTP:John@Contoso.com",
        " smtp: john@contoso.com ",
        "SIP:john@contoso.com",
        "X500:/o=C",
    ]

    assert [bare(v) for v in forms] == ["john@contoso.com"] * 3 + ["/o=c"]
