"""In: a value with a slip in it, and the values of a directory. Out: what was probably meant.
Promise: at most five; every filter begins with letters, so that an index can answer it.
"""

from hypothesis import given
from hypothesis import strategies as st

from bot.ad.close import close_values, guesses
from bot.ad.filters import can_be_held

INDEXED = frozenset({"mail", "userPrincipalName", "proxyAddresses"})


def test_slips_of_the_pen() -> None:
    known = ["john.smith@contoso.com", "joan.smythe@contoso.com", "zoe@fabrikam.com"]

    assert close_values("jhon.smith@contoso.com", known)[0] == "john.smith@contoso.com"
    assert close_values("xyz@elsewhere.example", known) == ()


def test_at_most_five_and_never_the_value_itself() -> None:
    known = [f"user{i}@contoso.com" for i in range(10)]

    found = close_values("user1@contoso.com", known)

    assert len(found) == 5
    assert "user1@contoso.com" not in found


def test_two_letters_swapped_are_guessed() -> None:
    assert "(mail=joh*)" in guesses("jhon@contoso.com", INDEXED)
    assert "(mail=joh*)" in guesses("ojhn@contoso.com", INDEXED)


def test_names_the_other_way_round_are_guessed() -> None:
    assert "(mail=smi*)" in guesses("john.smith@contoso.com", INDEXED)


@given(st.text().filter(can_be_held))
def test_no_guess_starts_with_a_wildcard(value: str) -> None:
    assert all(clause.endswith("*)") for clause in guesses(value, INDEXED))
    assert not any("=*" in clause for clause in guesses(value, INDEXED))
