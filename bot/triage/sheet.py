"""In: a storm, and which of its approved lists. Out: the name under which its cases wait to be put beside the card.
Promise: pure; a name is read back as what it was made from, or as none.
"""

from dataclasses import dataclass
from datetime import datetime

KIND = "csv"
_FOUND = "found"


@dataclass(frozen=True, slots=True)
class Sheet:
    """`run` "": all cases of the storm, as they were found; else a list that was approved."""

    storm_id: str
    run: str = ""

    @property
    def name(self) -> str:
        return f"{KIND}:{self.storm_id}:{self.run or _FOUND}"

    @property
    def filename(self) -> str:
        return f"{self.storm_id}-{f'approved-{self.run}' if self.run else _FOUND}.csv"


def approved_at(storm_id: str, moment: datetime) -> Sheet:
    return Sheet(storm_id, f"{moment:%Y%m%d%H%M%S}")


def sheet_of(name: str) -> Sheet | None:
    match name.split(":"):
        case [kind, storm_id, run] if kind == KIND:
            return Sheet(storm_id, "" if run == _FOUND else run)
    return None
