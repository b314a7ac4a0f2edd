"""In: filters, well and badly formed.
Out: trees and matches, or GraphError 400.
Promise: no text whatever ends in anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.lab.entra import Kind, Rules, add_user, odata
from bot.lab.entra.errors import GraphError
from bot.lab.entra.filters import candidates, check, matches
from bot.lab.entra.messages import split_target
from bot.lab.entra.schema import PROPERTIES
from tests.unit.lab_entra.conftest import Contoso

if TYPE_CHECKING:
    from bot.lab.entra.odata import Expression

PIECES = ["mail", "eq", "'a'", "(", ")", "or", "and", "not", "any", "/", ":", ",", "in", "null"]
USERS = PROPERTIES[Kind.USER]


def select(contoso: Contoso, text: str, *, advanced: bool = False) -> list[str]:
    """Checked and answered both by the index and by testing every object."""
    tree: Expression = odata.parse(text)
    check(tree, USERS, advanced=advanced, rules=Rules())
    every = [u for u in contoso.tenant.live(Kind.USER) if matches(tree, u, USERS, Rules())]
    narrowed = candidates(tree, contoso.tenant)
    if narrowed is not None:
        assert [u for u in narrowed if matches(tree, u, USERS, Rules())] == every
    return [user.user_principal_name for user in every]


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map(" ".join)))
def test_any_text_is_a_tree_or_400(text: str) -> None:
    user = add_user(Contoso().tenant, "a@contoso.com", display_name="A")
    outcome: object
    try:
        tree = odata.parse(text)
        check(tree, USERS, advanced=True, rules=Rules())
        outcome = matches(tree, user, USERS, Rules())
    except GraphError as refused:
        outcome = refused.status

    assert outcome in {True, False, 400}


@given(st.text())
def test_a_string_stays_data(text: str) -> None:
    quoted = text.replace("'", "''")

    assert odata.parse(f"mail eq '{quoted}'") == odata.Comparison(("mail",), "eq", text)


@given(st.text())
def test_any_target_is_read_or_refused(text: str) -> None:
    outcome: object
    try:
        segments, query = split_target(text)
        outcome = {type(part) for part in (*segments, *query, *query.values())} | {str}
    except GraphError as refused:
        outcome = refused.status

    assert outcome in ({str}, 400, 414)


@pytest.mark.parametrize("text", ["(" * 5_000, "not " * 5_000 + "accountEnabled eq true"])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(GraphError, match="nested too deeply"):
        odata.parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail eq 'ANNA@contoso.com'", ["anna@contoso.com"]),
        ("userPrincipalName in ('bo@contoso.com','x')", ["bo@contoso.com"]),
        ("startsWith(displayName,'An')", ["anna@contoso.com"]),
        ("proxyAddresses/any(p:p eq 'smtp:bo@contoso.com')", ["bo@contoso.com"]),
        ("proxyAddresses/any(x:startswith(x,'smtp:b'))", ["bo@contoso.com"]),
        (
            "mail eq 'anna@contoso.com' or (mail eq 'bo@contoso.com' and accountEnabled eq true)",
            ["anna@contoso.com", "bo@contoso.com"],
        ),
        ("createdDateTime ge 2026-11-02T08:00:00Z", ["anna@contoso.com", "bo@contoso.com"]),
        ("createdDateTime le 2026-11-01", []),
        ("onPremisesSyncEnabled eq true", []),
        ("userType eq 'Member' and displayName eq 'O''Neil'", []),
    ],
)
def test_default_queries(contoso: Contoso, text: str, expected: list[str]) -> None:
    for name in ("anna", "bo"):
        add_user(
            contoso.tenant,
            f"{name}@contoso.com",
            display_name=name.title(),
            addresses=(f"SMTP:{name}@contoso.com",),
        )

    assert select(contoso, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("endsWith(mail,'@contoso.com')", ["anna@contoso.com"]),
        ("not(mail eq null)", ["anna@contoso.com"]),
        ("mail ne 'x'", ["anna@contoso.com"]),
        ("proxyAddresses/$count eq 1", ["anna@contoso.com"]),
        ("not proxyAddresses/any(p:p eq 'SMTP:anna@contoso.com')", []),
        ("onPremisesSecurityIdentifier eq null", ["anna@contoso.com"]),
    ],
)
def test_advanced_queries(contoso: Contoso, text: str, expected: list[str]) -> None:
    add_user(
        contoso.tenant,
        "anna@contoso.com",
        display_name="Anna",
        addresses=("SMTP:anna@contoso.com",),
    )

    assert select(contoso, text, advanced=True) == expected
    with pytest.raises(GraphError):
        select(contoso, text)


@pytest.mark.parametrize(
    "text",
    [
        "onPremisesProvisioningErrors/any(o:o/value eq 'x')",
        "onPremisesProvisioningErrors/any()",
        "serviceProvisioningErrors/any(s:s/isResolved eq false)",
        "onPremisesSecurityIdentifier eq 'S-1-5-21'",
        "proxyAddresses eq 'smtp:a@b.c'",
        "mail/any(m:m eq 'x')",
        "proxyAddresses/any(p:q eq 'x')",
        "accountEnabled eq 'yes'",
        "createdDateTime ge 'yesterday'",
        "mail eq 'a' or",
        "mail eq 'a",
        "",
    ],
)
def test_refused_in_any_query(contoso: Contoso, text: str) -> None:
    add_user(contoso.tenant, "a@contoso.com", display_name="A", addresses=("SMTP:a@contoso.com",))

    with pytest.raises(GraphError) as caught:
        select(contoso, text, advanced=True)

    assert caught.value.status == 400
