"""In: JSON as Graph sends it, and as it should not. Out: objects of the vocabulary.
Shapes that the lab does not make up by itself.
Promise: an odd field is none; an odd error entry is kept raw.
"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.entra import objects
from bot.errors import Unreachable
from bot.model import ObjectType

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELD = st.sampled_from(["category", "value", "propertyCausingError", "occurredDateTime", "more"])


def read(**fields: Any) -> Any:
    body = json.dumps({"id": "1", **fields}).encode()
    return objects.cloud_object(objects.wire(body), ObjectType.USER)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T08:15:30Z", datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC)),
        ("2026-11-20T08:15:30.1234567Z", datetime(2026, 11, 20, 8, 15, 30, 123456, tzinfo=UTC)),
        ("2026-11-20T10:15:30+02:00", datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC)),
        ("2026-11-20T08:15:30", datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        ("soon", None),
        (None, None),
        (7, None),
    ],
)
def test_times_as_graph_sends_them(text: object, expected: datetime | None) -> None:
    assert objects.moment(text) == expected


def test_null_collections_and_null_elements_are_empty() -> None:
    held = read(proxyAddresses=None, otherMails=[None, "a@b.c"], onPremisesProvisioningErrors=None)

    assert (held.proxy_addresses, held.other_mails, held.errors) == ((), ("a@b.c",), ())


def test_an_object_without_a_name_is_called_by_what_it_has() -> None:
    assert [read(mail="a@b.c").name, read(userPrincipalName="u@b.c").name, read().name] == [
        "a@b.c",
        "u@b.c",
        "1",
    ]


def test_licences_unread_are_unknown_and_none_are_none() -> None:
    assert [read().licensed, read(assignedLicenses=[]).licensed] == [None, False]


@given(st.lists(JSON | st.dictionaries(FIELD, JSON), max_size=4))
def test_every_error_entry_is_kept_whatever_is_in_it(entries: list[Any]) -> None:
    held = read(onPremisesProvisioningErrors=entries)

    assert [json.loads(error.raw) for error in held.errors] == entries


def test_bytes_that_are_no_text_are_shown_as_well_as_can_be() -> None:
    body = b'{"id":"1","onPremisesProvisioningErrors":[{"value":"\xff"}]}'
    (error,) = objects.cloud_object(objects.wire(body), ObjectType.USER).errors

    assert (error.value, error.raw) == (None, '{"value":"\ufffd"}')


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"value":[{}]}', b'{"value":null}', b"\xff"]
)
def test_what_is_no_page_is_not_graph(body: bytes) -> None:
    with pytest.raises(Unreachable):
        objects.page(body)
