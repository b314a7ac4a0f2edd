"""In: filters over a small directory.
Out: true, false or undefined for each entry.
Promise: the index never changes an answer, and no filter ends in anything but an answer.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.lab.ad import Directory
from bot.lab.ad.filters import build
from tests.sizes import examples
from tests.unit.lab_ad.conftest import PEOPLE, equals

UNKNOWN = ("present", b"noSuchAttribute")
TRUE = ("present", b"objectClass")
FALSE = ("not", TRUE)


@pytest.mark.parametrize(
    ("wanted", "truth"),
    [
        (UNKNOWN, None),
        (("not", UNKNOWN), None),
        (("and", [TRUE, UNKNOWN]), None),
        (("and", [FALSE, UNKNOWN]), False),
        (("or", [TRUE, UNKNOWN]), True),
        (("or", [FALSE, UNKNOWN]), None),
        (("not", ("and", [TRUE, UNKNOWN])), None),
        (equals("mailNickname", "x"), False),
    ],
)
def test_three_valued_logic(directory: Directory, wanted: Any, *, truth: bool | None) -> None:
    entry = directory.tree.resolve(f"CN=ann,{PEOPLE}")

    assert build(wanted, directory.tree).matches(entry) is truth


def test_without_exchange_its_attributes_are_unknown() -> None:
    plain = Directory("DC=corp,DC=contoso,DC=com", exchange=False)
    entry = plain.tree.resolve("CN=Users,DC=corp,DC=contoso,DC=com")

    assert build(equals("mailNickname", "x"), plain.tree).matches(entry) is None
    assert plain.schema.attributes["proxyaddresses"].in_gc is False


names = st.sampled_from(
    [
        "cn",
        "mail",
        "proxyAddresses",
        "member",
        "memberOf",
        "objectGUID",
        "objectSid",
        "whenChanged",
        "displayName",
        "userAccountControl",
        "distinguishedName",
        "objectCategory",
        "anr",
        "noSuch",
    ]
).map(str.encode)
values = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(
        [
            *(b"ann", b"SMTP:Dup@contoso.com", b"513", b"2147483648", b"20261122120000.0Z"),
            *(b"person", b"user", b"S-1-5-21-1", b"{00000000-0000-0000-0000-000000000000}"),
            PEOPLE.encode(),
        ]
    ),
)
pair = st.fixed_dictionaries({"attributeDesc": names, "assertionValue": values})
leaves = st.one_of(
    st.tuples(st.just("present"), names),
    st.tuples(
        st.sampled_from(["equalityMatch", "greaterOrEqual", "lessOrEqual", "approxMatch"]), pair
    ),
    st.tuples(
        st.just("substrings"),
        st.fixed_dictionaries(
            {"type": names, "substrings": st.lists(st.tuples(st.just("any"), values), min_size=1)}
        ),
    ),
    st.tuples(
        st.just("extensibleMatch"),
        st.fixed_dictionaries(
            {
                "matchingRule": st.sampled_from(
                    [b"1.2.840.113556.1.4.803", b"1.2.840.113556.1.4.1941", b"9.9"]
                ),
                "type": names,
                "matchValue": values,
            }
        ),
    ),
)
filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("not"), inner),
    ),
    max_leaves=6,
)


@settings(max_examples=examples(80), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=filters)
def test_the_index_finds_what_a_scan_finds(directory: Directory, wanted: Any) -> None:
    test = build(wanted, directory.tree)
    everything = list(directory.tree.by_guid.values())
    scanned = {entry.dn for entry in everything if test.matches(entry)}
    candidates = everything if test.candidates is None else list(test.candidates)

    assert {entry.dn for entry in candidates if test.matches(entry)} == scanned
