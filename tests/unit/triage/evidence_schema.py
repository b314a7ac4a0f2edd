"""In: the types of the model. Out: `bot/triage/evidence.schema.json`, which describes a case file to other programs.
`python -m tests.unit.triage.evidence_schema` writes it anew after a type has changed.
Promise: the same types give the same file.
"""

import json
from pathlib import Path

from bot.triage.casefile import json_schema

PATH = Path(__file__).parents[3] / "bot" / "triage" / "evidence.schema.json"


def text() -> str:
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
