"""In: the table of the first source article in the README of this room. Out: nothing; it is held to the code.
Promise: every item stands there once, and every file, function and test that it names is there.
"""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "bot" / "triage" / "README.md").read_text(encoding="utf-8")
TABLE = TEXT.split("<!-- the first source article: begin -->")[1].split(
    "<!-- the first source article: end -->"
)[0]
ROWS = [row.strip("|").split("|") for row in TABLE.splitlines() if row.startswith("| S1-")]
NAMED = sorted(set(re.findall(r"`((?:bot|handlers|tests)/[\w/]+\.py)(?:::(\w+))?`", TABLE)))


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_item_of_the_article_stands_there_once() -> None:
    items = [row[0].strip() for row in ROWS]

    assert items == [f"S1-{number:03}" for number in range(1, 34)]


def test_every_item_says_where_and_by_what_it_is_held() -> None:
    assert [row[0] for row in ROWS if len(row) != 4 or not all(cell.strip() for cell in row)] == []


def test_every_file_and_function_that_it_names_is_there() -> None:
    missing = [
        f"{file}::{name}"
        for file, name in NAMED
        if not (ROOT / file).is_file() or (name and name not in functions(ROOT / file))
    ]

    assert len(NAMED) > 20
    assert missing == []
