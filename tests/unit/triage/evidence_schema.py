"""In: the types of the model. Out: `bot/triage/evidence.schema.json`, which describes a case file to other programs.
`python -m tests.unit.triage.evidence_schema` writes it anew after a type has changed.
Promise: the same types give the same file.
"""

import json
from inspect import cleandoc
from pathlib import Path
from typing import Any

from bot.triage.casefile import json_schema

PATH = Path(__file__).parents[3] / "bot" / "triage" / "evidence.schema.json"


def text() -> str:
    return json.dumps(_dedented(json_schema()), indent=2, ensure_ascii=False) + "\n"


def _dedented(part: Any) -> Any:
    """From Python 3.13 on a docstring has lost the indent of its class; before, it has not."""
    if isinstance(part, dict):
        return {
            name: cleandoc(each)
            if name == "description" and isinstance(each, str)
            else _dedented(each)
            for name, each in part.items()
        }
    return [_dedented(each) for each in part] if isinstance(part, list) else part


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
