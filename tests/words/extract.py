"""In: the product's source. Out: every sentence that people can be shown, with the places it stands in.
Collected are literals in `Say(…)`, `mark(…)` and `t(…)`; a choice between two literals is two sentences.
Promise: the code is read, never run; a sentence that is not a literal is reported, not skipped.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
# the lab speaks for itself; settings and the command line are English, as commands are
LEFT_OUT = ("bot/lab/", "bot/settings/", "bot/demo.py", "bot/walk.py")
CALLS = frozenset({"Say", "mark", "t"})


@dataclass(frozen=True, slots=True)
class Place:
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Found:
    """`indirect`: calls whose sentence is made elsewhere; it must then be marked there."""

    sentences: Mapping[str, tuple[Place, ...]]
    indirect: tuple[Place, ...]
    marking: frozenset[str]  # files that mark sentences of theirs


@cache
def extract(root: Path = ROOT) -> Found:
    sentences: defaultdict[str, list[Place]] = defaultdict(list)
    indirect: list[Place] = []
    marking: set[str] = set()
    for path in _sources(root):
        name = path.relative_to(root).as_posix()
        for call, function in _calls(ast.parse(path.read_text(encoding="utf-8"))):
            place = Place(name, call.lineno)
            first = call.args[0] if call.args else _named(call, "msgid")
            literals = list(_literals(first))
            for text in literals:
                sentences[text].append(place)
            if function == "mark":
                marking.add(name)
            if not literals:
                indirect.append(place)
    return Found(
        {text: tuple(places) for text, places in sorted(sentences.items()) if text},
        tuple(indirect),
        frozenset(marking),
    )


def _sources(root: Path) -> Iterator[Path]:
    for folder in ("bot", "handlers"):
        for path in sorted((root / folder).rglob("*.py")):
            if not path.relative_to(root).as_posix().startswith(LEFT_OUT):
                yield path


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            yield node, node.func.id


def _named(call: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg == name), None)


def _literals(node: ast.expr | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
        yield from _literals(node.args[0] if node.args else None)
