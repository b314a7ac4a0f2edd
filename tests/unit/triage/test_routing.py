"""In: cases and tables of routes, generated too. Out: the row that takes a case, and why not one above it.
Promise: the first that fits wins, something always does, and no row lets anybody decide who is not an approver.
"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Case, Kind, Risk
from bot.triage.routing import Row, Table, narrowest, route_of
from tests.builders import case, key

ALL = ("U0INGRID01", "U0KARI0001", "U0LIV00001")
REST = Row(number=9, channel="C0REST00001")


def table(*rows: dict[str, Any], **over: Any) -> Table:
    made = tuple(_row(number, row) for number, row in enumerate(rows, 1))
    usual: dict[str, Any] = {"rows": made, "rest": REST, "approvers": ALL}
    return Table(**(usual | over))


def _row(number: int, row: dict[str, Any]) -> Row:
    usual: dict[str, Any] = {"number": number, "channel": f"C0ROW{number:05}"}
    return Row(**(usual | row))


@pytest.fixture
def attack() -> Case:
    made = case()
    assert made.diagnosis
    return replace(made, diagnosis=replace(made.diagnosis, alert=True))


@pytest.mark.parametrize(
    "condition",
    [
        {"domains": ("contoso.com",)},
        {"ous": ("ou=people, dc=contoso,dc=com",)},
        {"ous": ("OU=Nowhere,DC=contoso,DC=com", "DC=contoso,DC=com")},
        {"cases": ("C02", "C01")},
        {"risks": ("safe",)},
        {"types": ("group", "user")},
        {"domains": ("contoso.com",), "cases": ("C01",), "risks": ("safe",), "types": ("user",)},
        {},
    ],
)
def test_a_row_takes_what_it_asks_for(condition: dict[str, Any]) -> None:
    found = route_of(case(), table(condition))

    assert (found.row.number, found.channel, found.passed) == (1, "C0ROW00001", ())


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (
            {"domains": ("fabrikam.com", "ad.contoso.com")},
            "it asks for domain fabrikam.com; ad.contoso.com, and this is contoso.com",
        ),
        ({"cases": ("C02",)}, "it asks for case C02, and this is C01"),
        ({"risks": ("judge",)}, "it asks for risk judge, and this is safe"),
        ({"types": ("contact",)}, "it asks for object type contact, and this is user"),
        (
            {"domains": ("contoso.com",), "risks": ("destructive",)},
            "it asks for risk destructive, and this is safe",
        ),
    ],
)
def test_a_row_that_does_not_take_it_says_why(condition: dict[str, Any], why: str) -> None:
    found = route_of(case(), table(condition))

    assert found.row is REST
    assert [(p.number, p.why.english()) for p in found.passed] == [(1, why)]


def test_an_ou_is_compared_by_whole_parts() -> None:
    found = route_of(case(), table({"ous": ("OU=ople,DC=contoso,DC=com",)}))

    assert found.row is REST
    assert "OU=People,DC=contoso,DC=com" in found.passed[0].why.english()


def test_a_case_that_nobody_has_looked_at_goes_the_usual_way() -> None:
    seen = Case(key=key(kind=Kind.ANCHOR, value="q83vASNFZ4mrze8BI0VniQ=="))
    found = route_of(seen, table({"domains": ("contoso.com",)}, {"risks": ("safe",)}))

    assert found.row is REST
    assert [p.why.english() for p in found.passed] == [
        "it asks for domain contoso.com, and this has none",
        "it asks for risk safe, and this has none",
    ]


def test_a_case_without_an_address_has_the_domains_of_the_people_it_is_about() -> None:
    seen = case(key=key(kind=Kind.SID, value="S-1-5-21-1-2-3-1104"))

    assert route_of(seen, table({"domains": ("contoso.com",)})).row.number == 1


def test_the_change_that_is_decided_on_counts_and_not_the_one_on_the_card() -> None:
    """Else a click on another change of the card would be decided by the wrong people."""
    seen = case()
    doubtful = replace(seen.proposals[0], risk=Risk.JUDGE)
    rows = table({"risks": ("judge",), "approvers": frozenset({"U0KARI0001"})})

    assert route_of(seen, rows).approvers == ALL
    assert route_of(seen, rows, doubtful).approvers == ("U0KARI0001",)


def test_a_possible_attack_goes_to_the_security_channel_whatever_row_takes_it(
    attack: Case,
) -> None:
    rows = table({"cases": ("C01",), "language": "nb"}, security="C0SECURITY")
    found = route_of(attack, rows)

    assert (found.alert, found.channel, found.row.language) == (True, "C0SECURITY", "nb")


def test_without_a_security_channel_a_possible_attack_has_nowhere_to_go(attack: Case) -> None:
    assert route_of(attack, table({"cases": ("C01",)})).channel == ""


# ---------------------------------------------------------------- whatever the table is

_some = st.fixed_dictionaries(
    {},
    optional={
        "domains": st.sampled_from([("contoso.com",), ("fabrikam.com",)]),
        "ous": st.sampled_from([("DC=contoso,DC=com",), ("OU=X,DC=contoso,DC=com",), ("odd",)]),
        "cases": st.sampled_from([("C01",), ("C02", "C03")]),
        "risks": st.sampled_from([("safe",), ("judge", "destructive")]),
        "types": st.sampled_from([("user",), ("group", "contact")]),
        "approvers": st.sampled_from(
            [None, frozenset({ALL[0]}), frozenset(ALL[:2]), frozenset({"U0STRANGER"})]
        ),
    },
)
TABLES = st.lists(_some, max_size=6)


@given(TABLES)
def test_the_first_row_that_fits_wins_and_one_always_does(rows: list[dict[str, Any]]) -> None:
    found = route_of(case(), table(*rows))
    alone = [route_of(case(), table(row)).row.number == 1 for row in rows]

    assert found.row.number == (alone.index(True) + 1 if True in alone else REST.number)
    assert [p.number for p in found.passed] == list(range(1, len(found.passed) + 1))
    assert all(p.why.english() for p in found.passed)


@given(TABLES)
def test_nobody_decides_by_a_route_who_is_no_approver(rows: list[dict[str, Any]]) -> None:
    made = table(*rows)

    assert set(route_of(case(), made).approvers) <= set(ALL)
    assert narrowest(made) <= set(route_of(case(), made).approvers)
