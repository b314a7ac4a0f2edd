"""In: texts of errors as people paste them, in many languages, and any text at all. Out: the errors in them.
Promise: structure is read, never words; no text raises, and a message made of attributes and values gives them back.
"""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Origin
from bot.triage.pasted import read
from tests.unit.triage.pasted.shapes import NAMES, TEXTS, expected, shown, text_of

NO_ERROR = {"33-no-error-but-an-address", "34-no-error-at-all"}


@pytest.mark.parametrize("name", NAMES)
def test_what_people_paste_is_read(name: str) -> None:
    assert [shown(pasted) for pasted in read(text_of(name)).errors] == expected(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_text_without_an_error_gives_a_sentence_and_one_with_an_error_none(name: str) -> None:
    reading = read(text_of(name))

    assert (reading.trouble is not None) == (name in NO_ERROR)
    assert (reading.errors == ()) == (name in NO_ERROR)


@pytest.mark.parametrize("name", NAMES)
def test_forwarded_quoted_and_escaped_by_a_chat_it_is_the_same_error(name: str) -> None:
    text = text_of(name)
    quoted = "\r\n".join(f"> {line}" for line in text.split("\n"))
    escaped = quoted.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    assert [shown(p) for p in read(quoted).errors] == expected(name)
    assert [shown(p) for p in read(escaped).errors] == expected(name)


def test_there_is_an_expected_reading_beside_every_text() -> None:
    assert sorted(path.stem for path in TEXTS.glob("*.json")) == NAMES
    assert len(NAMES) - len(NO_ERROR) >= 20


def test_every_error_keeps_the_text_it_was_read_from() -> None:
    errors = [pasted.error for name in NAMES for pasted in read(text_of(name)).errors]

    assert [e for e in errors if not e.raw] == []


@pytest.mark.parametrize("text", ["", "  \n\t ", "\u200b"])
def test_nothing_pasted_asks_for_the_text(text: str) -> None:
    trouble = read(text).trouble

    assert trouble is not None
    assert trouble.english().startswith("Paste the whole text")


def test_a_number_in_a_long_text_is_not_the_error_114() -> None:
    text = (
        "We have 114 people in this office and none of them has any trouble with signing in today."
    )

    assert read(text).errors == ()


def test_the_notice_of_a_quarantine_is_told_from_an_export_error() -> None:
    notice = read("[Mail a@contoso.com;] QuarantinedAttributeValueMustBeUnique").errors
    export = read("[Mail a@contoso.com;] AttributeValueMustBeUnique").errors

    assert [p.error.origin for p in notice] == [Origin.QUARANTINE]
    assert [p.error.origin for p in export] == [Origin.EXPORT]


def test_of_thousands_of_errors_the_first_fifty_are_read_and_the_rest_is_counted() -> None:
    text = "".join(f"[Mail a{n}@contoso.com;]\n" for n in range(2000))
    reading = read(text)

    assert (len(reading.errors), reading.left_out) == (50, 1950)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{" * 100_000,
        '[{"' * 30_000,
        '{"a":' * 20_000,
        "CN=" * 33_000,
        "<" * 100_000,
        "<mailto:" * 12_000,
        "a@" * 50_000,
        "ProxyAddresses " * 6_000,
        "[Mail a@b.c;" * 8_000,
        "key: value\n" * 9_000,
        "Id,Value\n" * 10_000,
        "A" * 100_000,
        "AaError" * 14_000,
        "> " * 50_000,
        "&amp;" * 20_000,
        '[{"Key":"' + "x" * 90_000,
        "[Mail " + "a," * 20_000 + "]",
        "[ProxyAddresses " + "SMTP:a@b " * 4_000 + "]",
    ],
    ids=lambda text: f"{text[:12]!r}",
)
def test_a_text_made_to_be_slow_is_read_in_no_time(text: str) -> None:
    """Seconds are no measure elsewhere; here each of these took minutes, or for ever, when it was wrong."""
    before = time.process_time()
    read(text)

    assert time.process_time() - before < 5


# ---------------------------------------------------------------- any text

PIECES = st.sampled_from(
    ["[", "]", "{", "}", '"', "\\", ";", ",", ":", "@", "<", ">", "\n", " ", "ProxyAddresses", "SMTP:",
     "Key", "Value", "ObjectId", "error", "code", "message", "details", "onPremisesProvisioningErrors",
     "CN={", "DC=", "&lt;", "mailto:", "114", "InvalidSoftMatch", "a@b.c", "null", "1e999", "[]", "{}"]
)  # fmt: skip
ANY = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), PIECES),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(
                st.text(max_size=5),
                st.sampled_from(
                    ["Key", "Value", "code", "message", "details", "target", "attribute", "value", "type", "id",
                     "onPremisesProvisioningErrors", "propertyCausingError", "incomingObject", "existingObject",
                     "occurredDateTime", "ObjectIdInConflict", "AttributeConflictName", "AttributeConflictValues"]
                ),
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=25,
)  # fmt: skip


@given(ANY)
def test_no_text_raises(text: str) -> None:
    reading = read(text)

    assert (reading.errors == ()) == (reading.trouble is not None)


@given(JSON, st.integers(0, 3))
def test_no_json_raises_however_often_it_was_encoded(document: object, times: int) -> None:
    text = json.dumps(document)
    for _ in range(times):
        text = json.dumps(text)
    reading = read(text)

    assert (reading.errors == ()) == (reading.trouble is not None)


# ---------------------------------------------------------------- there and back

LETTERS = st.characters(categories=["L", "N"])
WORD = st.text(LETTERS, min_size=1, max_size=12)
ADDRESS = st.builds("{}.{}@{}.com".format, WORD, WORD, WORD)
PROXY = st.builds("{}:{}".format, st.sampled_from(["SMTP", "smtp", "Smtp"]), ADDRESS)
PAIR = st.one_of(
    st.tuples(st.sampled_from(["UserPrincipalName", "Mail", "userPrincipalName"]), ADDRESS),
    st.tuples(st.sampled_from(["ProxyAddresses", "proxyaddresses"]), PROXY),
    st.tuples(st.just("SipProxyAddress"), st.builds("sip:{}".format, ADDRESS)),
    st.tuples(st.text(st.characters(categories=["Ll"]), min_size=3, max_size=20), PROXY),
)
PROSE = st.text(st.characters(categories=["L", "Zs"]), max_size=60)


@given(
    st.lists(PAIR, min_size=1, max_size=6, unique_by=lambda pair: pair[1].lower()),
    PROSE,
    PROSE,
    st.sampled_from([";", "; ", ",", " ;\n"]),
    st.sampled_from([" ", "  ", "\n", "\u00a0"]),
)
def test_a_message_made_of_attributes_and_values_gives_them_back(
    pairs: list[tuple[str, str]], before: str, after: str, separator: str, blank: str
) -> None:
    inside = separator.join(f"{attribute}{blank}{value}" for attribute, value in pairs)
    found = read(f"{before} [{inside};] {after}").errors

    assert [(p.attribute, p.error.value) for p in found] == pairs


@given(ADDRESS, st.uuids(), st.uuids(), st.integers(0, 2), st.booleans())
def test_an_export_error_gives_back_its_ids(
    value: str,
    failing: object,
    other: object,
    times: int,
    pretty: bool,  # noqa: FBT001 - Hypothesis gives it by position
) -> None:
    listed = [
        {"Key": "ObjectId", "Value": [str(failing)]},
        {"Key": "ObjectIdInConflict", "Value": [str(other)]},
        {"Key": "AttributeConflictName", "Value": ["UserPrincipalName"]},
        {"Key": "AttributeConflictValues", "Value": [value]},
    ]
    text = json.dumps(listed, indent=2 if pretty else None)
    for _ in range(times):
        text = json.dumps(text)
    (found,) = read(f"Detail: {text}").errors

    assert (found.error.object_id, found.error.conflict_id) == (str(failing), str(other))
    assert (found.error.attribute, found.error.value) == ("UserPrincipalName", value)
