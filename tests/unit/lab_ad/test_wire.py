"""In: LDAP messages, and octets that are none.
Out: what the wire makes of them.
Promise: round trips lose nothing; what is no message is Malformed, never another error.
"""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.lab.ad import wire

octets = st.binary(max_size=12)
leaf = st.one_of(
    st.tuples(st.just("present"), octets),
    st.tuples(
        st.sampled_from(["equalityMatch", "greaterOrEqual", "lessOrEqual", "approxMatch"]),
        st.fixed_dictionaries({"attributeDesc": octets, "assertionValue": octets}),
    ),
    st.tuples(
        st.just("substrings"),
        st.fixed_dictionaries(
            {
                "type": octets,
                "substrings": st.lists(
                    st.tuples(st.sampled_from(["initial", "any", "final"]), octets), min_size=1
                ),
            }
        ),
    ),
)
filters = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("not"), inner),
    ),
    max_leaves=8,
)


def search(wanted: Any) -> wire.Operation:
    body = {
        "baseObject": b"DC=corp",
        "scope": "wholeSubtree",
        "derefAliases": "neverDerefAliases",
        "sizeLimit": 0,
        "timeLimit": 0,
        "typesOnly": False,
        "filter": wanted,
        "attributes": [b"mail"],
    }
    return ("searchRequest", body)


@given(wanted=filters, number=st.integers(0, 2**31 - 1))
def test_a_search_comes_back_as_it_went(wanted: Any, number: int) -> None:
    message = {"messageID": number, "protocolOp": search(wanted)}

    assert wire.decode(wire.encode(number, search(wanted))) == message


@given(data=st.binary(max_size=200))
def test_random_octets_are_a_message_or_malformed(data: bytes) -> None:
    try:
        kind = wire.decode(data)["protocolOp"][0]
    except wire.Malformed:
        kind = "malformed"

    assert isinstance(kind, str)


def test_filter_nested_too_deeply_is_malformed() -> None:
    inner = b"\x87\x01a"
    for _ in range(5000):
        inner = b"\xa2" + _length(len(inner)) + inner

    with pytest.raises(wire.Malformed, match=r"nested too deeply|not an LDAPMessage"):
        wire.decode(_message(b"\x63", _search_head() + inner + b"\x30\x00"))


def _length(size: int) -> bytes:
    short = 0x80
    return bytes([size]) if size < short else b"\x84" + size.to_bytes(4, "big")


def _search_head() -> bytes:
    return b"\x04\x00\x0a\x01\x02\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00"


def _message(tag: bytes, body: bytes) -> bytes:
    operation = tag + _length(len(body)) + body
    content = b"\x02\x01\x01" + operation
    return b"\x30" + _length(len(content)) + content


async def read_all(data: bytes) -> list[bytes | None]:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    messages = [await wire.read_message(reader)]
    while messages[-1] is not None:
        messages.append(await wire.read_message(reader))
    return messages


async def test_messages_are_cut_at_their_length() -> None:
    one = wire.encode(1, ("unbindRequest", None))
    long = wire.encode(2, ("delRequest", b"x" * 300))

    assert await read_all(one + long) == [one, long, None]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x30", "ended inside"),
        (b"\x30\x05\x02\x01", "ended inside"),
        (b"GET / HTTP/1.1\r\n\r\n", "starts with 0x30"),
        (b"\x30\x80\x02\x01\x01", "indefinite"),
        (b"\x30\x84\x7f\xff\xff\xff", "over the limit"),
        (b"\x30\x82\x01", "ended inside"),
    ],
)
async def test_bad_framing_is_malformed(data: bytes, why: str) -> None:
    with pytest.raises(wire.Malformed, match=why):
        await read_all(data)
