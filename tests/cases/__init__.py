"""In: the scenarios of this folder, each marked with its case. Out: `covered()`, which test shows which case, and where.
`lab` goes from AD through the sync and Entra to the bot; `file` diagnoses evidence that was written down.
Promise: read from the marks themselves, so that no list can promise a scenario that is not there.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
MARK = "pytest.mark.case"


@dataclass(frozen=True, order=True)
class Scenario:
    code: str
    how: str  # "lab" or "file"
    module: str
    name: str


def covered() -> Mapping[str, tuple[Scenario, ...]]:
    """By code; a case without a scenario is not in it."""
    found: dict[str, list[Scenario]] = {}
    for path in sorted(HERE.glob("test_*.py")):
        for scenario in _marked(path):
            found.setdefault(scenario.code, []).append(scenario)
    return {code: tuple(sorted(found[code])) for code in sorted(found)}


def _marked(path: Path) -> Iterator[Scenario]:
    for each in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for mark in each.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == MARK:
                code, how = (ast.literal_eval(argument) for argument in mark.args)
                yield Scenario(code, how, path.stem, each.name)
