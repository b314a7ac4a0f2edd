"""In: evidence that was written down, as `/dirsync bundle` writes it. Out: the case and its card, without any server.
Only what the lab cannot make: errors that Entra is not known to show for these values, devices, and unlisted kinds.
Promise: read as `dirsync-triage diagnose FILE` reads it.
"""

from pathlib import Path

import pytest

from bot.triage import casefile
from tests.cases.walk import JUDGE, Card

HERE = Path(__file__).parent / "evidence"


def card_in(name: str) -> Card:
    file = casefile.read((HERE / name).read_text(encoding="utf-8"))
    assert isinstance(file, casefile.CaseFile), file.english()
    seen = casefile.examined(file)
    return Card(
        seen.diagnosis.code,
        seen.diagnosis.title.english(),
        tuple(each.risk.value for each in seen.proposals),
    )


@pytest.mark.case("C18", "file")
def test_a_legacy_address_stands_twice() -> None:
    assert card_in("C18.json") == Card("C18", "A legacy address (X500) stands more than once")


@pytest.mark.case("C19", "file")
def test_two_people_have_one_alias() -> None:
    assert card_in("C19.json") == Card("C19", "The alias jo is used more than once")


@pytest.mark.case("C36", "file")
def test_a_device_cannot_join() -> None:
    assert card_in("C36.json") == Card("C36", "PC-4711 cannot be registered in Entra")


@pytest.mark.case("C37", "file")
def test_two_kinds_of_object_that_no_plainer_case_names() -> None:
    assert card_in("C37.json") == Card(
        "C37", "Two kinds of object share john@contoso.com", (JUDGE,)
    )


def test_every_file_is_used() -> None:
    told = Path(__file__).read_text(encoding="utf-8")

    assert [each.name for each in HERE.iterdir() if f'"{each.name}"' not in told] == []
