"""In: names and addresses that are not what they seem. Out: what a person is shown of them.
Promise: what deceives the eye stands as its code point; what is written in a script of its own is left alone.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.letters import hidden, shown
from bot.slack.words import visible

CYRILLIC_O, CYRILLIC_A = "\u043e", "\u0430"


@pytest.mark.parametrize(
    ("stored", "seen"),
    [
        (f"j{CYRILLIC_O}hn@contoso.com", "j<U+043E>hn@contoso.com"),
        (f"{CYRILLIC_A}@contoso.com", "<U+0430>@contoso.com"),
        ("\u0391\u0392-contoso", "<U+0391><U+0392>-contoso"),
        ("\uff4aohn", "<U+FF4A>ohn"),
        ("\U0001d423ohn", "<U+1D423>ohn"),
        ("\u212aari", "<U+212A>ari"),
        ("Jose\u0301", "Jose<U+0301>"),
        ("John\u00a0Doe", "John<U+00A0>Doe"),
        ("John\u2003Doe", "John<U+2003>Doe"),
        ("\u202egnp.exe", "<U+202E>gnp.exe"),
        ("jo\u200bhn", "jo<U+200B>hn"),
        ("John\U000e0041", "John<U+E0041>"),
    ],
)
def test_what_only_looks_like_it_is_told_apart(stored: str, seen: str) -> None:
    assert shown(stored) == seen


@pytest.mark.parametrize(
    "name",
    [
        "John Doe",
        "Kåre Ødegård",
        "Õnne-Mari Žukov",
        "José Núñez",
        "\u0418\u0432\u0430\u043d Berg",
        "\u041e\u0410\u041e Contoso",
        "\u0418\u0432\u0430\u043d@contoso.com",
        "Σωκράτης",
        "한국",
        "田中 太郎",
        "Jürgen (Straße)",
    ],
)
def test_a_name_in_its_own_script_is_left_alone(name: str) -> None:
    assert shown(name) == name


@given(st.text(max_size=40))
def test_nothing_hidden_is_left(text: str) -> None:
    assert [c for c in shown(text) if hidden(c)] == []


@given(st.text(max_size=40))
def test_what_is_shown_is_shown_the_same_way_again(text: str) -> None:
    assert shown(shown(text)) == shown(text)


@given(st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=40))
def test_plain_letters_are_never_touched(text: str) -> None:
    assert visible(text) == text
