"""In: the files of `texts/`: real shapes of message, and beside each what it must be read as. Out: both, by name.
`python -m tests.unit.triage.pasted.shapes` writes the second anew from the code, to be looked at before it is kept.
Promise: only fields that hold something are written, so that a file is read at a glance.
"""

import json
import sys
from pathlib import Path
from typing import Any

from bot.answers import Pasted
from bot.model import ObjectType
from bot.triage.pasted import read

TEXTS = Path(__file__).parent / "texts"
NAMES = sorted(path.stem for path in TEXTS.glob("*.txt"))


def text_of(name: str) -> str:
    return (TEXTS / f"{name}.txt").read_text(encoding="utf-8")


def expected(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((TEXTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def shown(pasted: Pasted) -> dict[str, Any]:
    error = pasted.error
    told = {
        "attribute": pasted.attribute,
        "means": error.attribute,
        "value": error.value,
        "category": error.category,
        "origin": error.origin.value,
        "objectId": error.object_id,
        "objectType": "" if error.object_type is ObjectType.OTHER else error.object_type.value,
        "objectName": error.object_name,
        "conflictId": error.conflict_id,
        "dn": pasted.dn,
        "anchor": pasted.anchor,
        "occurredAt": error.occurred_at.isoformat() if error.occurred_at else "",
    }
    return {name: value for name, value in told.items() if value}


def main() -> None:
    for name in NAMES:
        told = [shown(pasted) for pasted in read(text_of(name)).errors]
        text = json.dumps(told, ensure_ascii=False, indent=2)
        (TEXTS / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
        sys.stdout.write(f"{name}: {len(told)}\n")


if __name__ == "__main__":
    main()
