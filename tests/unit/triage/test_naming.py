"""In: who needs another name, and how the company makes them. Out: the names that are looked for, best first.
Promise: a name has no fault and is nobody's; nothing is looked for that no proposal would give.
"""

from dataclasses import replace
from typing import Any

import pytest

from bot.model import Evidence, Holder
from bot.triage.naming import (
    MOST,
    candidates,
    first_free,
    former_names,
    new_names,
    own_main,
    own_others,
)
from bot.triage.policy import Naming, Policy
from tests.builders import (
    VALUE,
    both_primary,
    evidence,
    group,
    keeper,
    leaver,
    loser,
    tenant_facts,
    user,
)

POLICY = Policy()


def of(holder: Holder, **over: Any) -> Evidence:
    return evidence(keeper(), holder, **over)


def test_the_everyday_case_looks_for_nobodys_names() -> None:
    """A storm of ten thousand of them would ask for sixty thousand names."""
    assert candidates(evidence(keeper(), loser()), POLICY) == ()


def test_who_has_it_as_main_address_is_looked_up_by_own_ones_and_new_ones() -> None:
    wanted = candidates(of(both_primary()), POLICY)

    assert wanted[:2] == ("john.d@contoso.com", "john.doe@contoso.com")
    assert "johanna.dow@contoso.com" in wanted


def test_a_person_and_a_group_each_need_a_name() -> None:
    assert "tax.office@contoso.com" in candidates(evidence(group(), loser()), POLICY)


def test_what_nobody_else_has_needs_no_name() -> None:
    assert candidates(evidence(both_primary()), POLICY) == ()


def test_marks_and_letters_of_a_name_become_plain_ones() -> None:
    holder = user("X", ad={"given_name": "Jürgen Õnne", "surname": "O’Hara-Þór"})

    assert new_names(of(holder), holder, POLICY)[0] == "jurgen.onne.ohara-thor@contoso.com"


def test_a_name_without_a_rendering_gives_none_instead_of_a_wrong_one() -> None:
    holder = user(
        "X", ad={"given_name": "Юрий", "surname": "Дружинин", "sam_account_name": "jurij"}
    )

    assert new_names(of(holder), holder, POLICY)[0] == "jurij@contoso.com"


def test_the_company_says_how_names_are_made_and_where() -> None:
    holder = user("Jane Roe")
    own = Policy(naming=Naming(patterns=("{surname}.{initial}",), domain="contoso.com"))
    foreign = Policy(naming=Naming(domain="fabrikam.com"))

    assert new_names(of(holder), holder, own)[0] == "roe.j@contoso.com"
    assert new_names(of(holder), holder, foreign) == ()


def test_when_all_patterns_are_taken_numbers_follow() -> None:
    holder = user("Jane Roe")
    names = new_names(of(holder), holder, POLICY)

    assert len(names) == MOST
    assert "jane.roe2@contoso.com" in names


def test_a_new_name_is_never_the_value_itself() -> None:
    holder = user("John Nobody", ad={"sam_account_name": "john"})

    assert VALUE not in new_names(of(holder), holder, POLICY)


def test_somebody_who_left_is_still_recognised() -> None:
    assert former_names(of(leaver()), POLICY) == (
        "former-john@contoso.com",
        "former-john2@contoso.com",
        "former-john3@contoso.com",
    )


def test_a_former_name_lives_in_a_domain_that_entra_knows() -> None:
    elsewhere = of(leaver(), tenant=tenant_facts(verified_domains=("example.com",)))

    assert former_names(elsewhere, POLICY)[0] == "former-john@example.com"


@pytest.mark.parametrize(
    ("stored", "usable"),
    [
        ("SMTP:own@contoso.com", ("own@contoso.com",)),
        ("SMTP:own@fabrikam.com", ()),
        ("SMTP:own@contoso.onmicrosoft.com", ()),
        (f"SMTP:{VALUE}", ()),
        ("SMTP:own ed@contoso.com", ()),
        ("smtp:own@contoso.com", ()),
    ],
)
def test_the_own_main_address_is_one_for_people(stored: str, usable: tuple[str, ...]) -> None:
    holder = user("X", proxies=(stored,))

    assert own_main(of(holder), holder) == usable


def test_of_ten_thousand_own_addresses_a_few_are_looked_up() -> None:
    holder = user("X", proxies=tuple(f"smtp:a{n}@contoso.com" for n in range(10_000)))

    assert len(own_others(of(holder), holder)) == MOST


def test_only_a_name_that_was_looked_for_is_free() -> None:
    holder = both_primary()
    read = replace(
        of(holder),
        taken={
            "a@contoso.com": ("entra:x",),
            "b@contoso.com": (holder.ad.ref,) if holder.ad else (),
        },
    )

    assert first_free(read, holder, ("c@contoso.com", "a@contoso.com", "b@contoso.com")) == (
        "b@contoso.com"
    )
