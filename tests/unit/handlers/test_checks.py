"""In: the table of checks in `handlers/README.md`. Out: whether each place and each test that it names is there.
Promise: a check that is moved or loses its test is found; none of the catalogue's is missing.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CODES = [*(f"R{n}" for n in range(1, 11)), "U1", "U2", "U3", *(f"V{n}" for n in range(1, 7))]


def rows() -> dict[str, tuple[list[str], list[str]]]:
    """Code of the check -> (places, tests), each as `file:function`."""
    found = {}
    for line in (ROOT / "handlers" / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells and re.fullmatch(r"[RUV]\d+", cells[0]):
            found[cells[0]] = (_named(cells[2]), _named(cells[3]))
    return found


def _named(cell: str) -> list[str]:
    return re.findall(r"`([\w/]+\.py:\w+)`", cell)


@cache
def functions(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def test_every_check_of_the_catalogue_has_its_line() -> None:
    assert list(rows()) == CODES


@pytest.mark.parametrize("code", CODES)
def test_where_it_is_made_and_what_tests_it_is_there(code: str) -> None:
    places, tests = rows()[code]
    missing = [
        each
        for each in (*places, *tests)
        if each.partition(":")[2] not in functions(each.partition(":")[0])
    ]

    assert (bool(places), bool(tests), missing) == (True, True, [])
    assert all(each.startswith("tests/") for each in tests)
