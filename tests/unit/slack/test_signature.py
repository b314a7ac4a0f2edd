"""In: headers and bodies, signed, half signed and not at all. Out: what the edge believes to be from Slack.
Promise: it agrees with Slack's own library wherever that one has an answer, and answers where that one breaks.
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from bot.slack.signature import (
    MISMATCH,
    NO_MAC,
    NO_NUMBER,
    NOT_ONE,
    OUTSIDE,
    Signed,
    claimed,
    doubt,
)
from tests.sizes import examples

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1_796_000_000.0
# the example of Slack's own documentation
DOCUMENTED = (
    "1531420618",
    "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
        "%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    ),
)


class At:
    def __init__(self, moment: float) -> None:
        self.moment = moment

    def now(self) -> float:
        return self.moment


def mac(timestamp: str, body: str, secret: str = SECRET) -> str:
    made = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    assert made is not None
    return made


def believed(timestamp: str, signature: str, body: str, now: float = NOW) -> bool:
    found = claimed([timestamp], [signature], now)
    return isinstance(found, Signed) and doubt(SECRET, found, body.encode()) == ""


def test_the_example_of_slacks_documentation_is_believed() -> None:
    timestamp, signature, body = DOCUMENTED

    assert believed(timestamp, signature, body, now=int(timestamp) + 3)


@pytest.mark.parametrize(("off", "holds"), [(300, True), (-300, True), (301, False), (-301, False)])
def test_five_minutes_each_way_and_no_more(off: int, holds: bool) -> None:  # noqa: FBT001
    stamp = str(int(NOW) + off)

    assert believed(stamp, mac(stamp, "a=b"), "a=b") is holds


GOOD = mac(str(int(NOW)), "")
STRANGE: dict[str, tuple[list[str], list[str], str]] = {
    "no timestamp": ([], [GOOD], NOT_ONE),
    "no signature": ([str(int(NOW))], [], NOT_ONE),
    "two timestamps": ([str(int(NOW))] * 2, [GOOD], NOT_ONE),
    "two signatures": ([str(int(NOW))], [GOOD, GOOD], NOT_ONE),
    "empty": ([""], [GOOD], NO_NUMBER),
    "a word": (["soon"], [GOOD], NO_NUMBER),
    "a fraction": (["1796000000.5"], [GOOD], NO_NUMBER),
    "an exponent": (["1e9"], [GOOD], NO_NUMBER),
    "a sign": (["+1796000000"], [GOOD], NO_NUMBER),
    "blanks": ([" 1796000000"], [GOOD], NO_NUMBER),
    "a line break": (["1796000000\n"], [GOOD], NO_NUMBER),
    "underscores": (["1_796_000_000"], [GOOD], NO_NUMBER),
    "other digits": (["١٧٩٦٠٠٠٠٠٠"], [GOOD], NO_NUMBER),
    "endless": (["9" * 5000], [GOOD], NO_NUMBER),
    "another version": ([str(int(NOW))], ["v1" + GOOD[2:]], NO_MAC),
    "no hexadecimals": ([str(int(NOW))], ["v0=" + "z" * 64], NO_MAC),
    "capitals": ([str(int(NOW))], [GOOD.upper()], NO_MAC),
    "other letters": ([str(int(NOW))], ["v0=" + "é" * 64], NO_MAC),
    "cut off": ([str(int(NOW))], [GOOD[:-1]], NO_MAC),
    "long ago": (["0"], [GOOD], OUTSIDE),
    "far ahead": (["999999999999"], [GOOD], OUTSIDE),
}


@pytest.mark.parametrize(("timestamps", "signatures", "why"), STRANGE.values(), ids=STRANGE)
def test_strange_headers_are_refused_with_a_reason(
    timestamps: list[str], signatures: list[str], why: str
) -> None:
    assert claimed(timestamps, signatures, NOW) == why


def test_another_apps_secret_is_a_mismatch() -> None:
    stamp = str(int(NOW))
    found = claimed([stamp], [mac(stamp, "a=b", "another-apps-secret")], NOW)

    assert isinstance(found, Signed)
    assert doubt(SECRET, found, b"a=b") == MISMATCH


@settings(max_examples=examples(200))
@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_no_header_is_an_error(timestamps: list[str], signatures: list[str]) -> None:
    assert isinstance(claimed(timestamps, signatures, NOW), str)


@settings(max_examples=examples(200))
@given(
    body=st.text(), off=st.integers(-400, 400), spoil=st.sampled_from(["", "body", "time", "mac"])
)
def test_it_agrees_with_slacks_own_library(body: str, off: int, spoil: str) -> None:
    stamp = str(int(NOW) + off)
    signature = mac(stamp, body)
    given_body, given_stamp = body, stamp
    if spoil == "body":
        given_body += "x"
    elif spoil == "time":
        given_stamp = str(int(stamp) + 1)
    elif spoil == "mac":
        signature = signature[:-1] + ("0" if signature[-1] != "0" else "1")
    library: Any = SignatureVerifier(SECRET, clock=At(NOW))  # type: ignore[arg-type]

    assert believed(given_stamp, signature, given_body) == library.is_valid(
        given_body, given_stamp, signature
    )
