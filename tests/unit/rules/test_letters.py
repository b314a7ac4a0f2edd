"""In: names as people write them. Out: the letters that may stand in an address.
Promise: the table renders what Unicode cannot take apart, and nothing is left out silently.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.letters import LETTERS, plain


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Jürgen Õun", "Jurgen Oun"),
        ("Åse Bjørnstad", "Ase Bjornstad"),
        ("Ægir Þórsson", "Aegir Thorsson"),
        ("Weiß", "Weiss"),
        ("Łukasz Žižek", "Lukasz Zizek"),
        ("Đorđe", "Dorde"),
        ("Y\u0131ld\u0131z", "Yildiz"),
        ("İpek", "Ipek"),
        ("O’Hara", "O'Hara"),
        ("José", "Jose"),
        ("Jose\u0301", "Jose"),
        ("Дмитрий", None),
        ("山田", None),
        ("Anna Ω", None),
    ],
)
def test_a_name_in_plain_letters(name: str, expected: str | None) -> None:
    assert plain(name) == expected


def test_a_company_may_spell_its_own_way() -> None:
    assert plain("Jürgen Ärmel", {**LETTERS, "ü": "ue", "ä": "ae"}) == "Juergen Aermel"


@given(st.text())
def test_what_comes_out_is_ascii_or_nothing(text: str) -> None:
    found = plain(text)

    assert found is None or found.isascii()


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_stay_as_they_are(text: str) -> None:
    assert plain(text) == text
