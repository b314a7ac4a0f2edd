"""In: nothing; what one place of a text tells of one error. Out: the same as a `Pasted`, and one out of several tellings.
The same error is often told twice in one text: as a sentence with brackets and as JSON behind it.
Promise: pure; merging never drops an id or a value that only one of the tellings had.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.answers import Pasted
from bot.model import ObjectType, Origin, SyncError
from bot.triage.pasted.names import QUARANTINES, meaning
from bot.triage.value import bare_of, fold

MAX_RAW = 2000
# what a value in brackets means where no name stands beside it: somebody else has it
CONFLICT = "AttributeValueMustBeUnique"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    attribute: str = ""  # as it stands in the text
    value: str = ""
    category: str = ""
    object_id: str = ""
    object_type: ObjectType = ObjectType.OTHER
    object_name: str = ""
    conflict_id: str = ""
    dn: str = ""
    anchor: str = ""
    occurred_at: datetime | None = None
    raw: str = ""
    at: int = 0  # where in the text

    def pasted(self) -> Pasted:
        quarantine = fold(self.category) in QUARANTINES
        error = SyncError(
            object_id=self.object_id,
            object_type=self.object_type,
            object_name=self.object_name or self.dn,
            category=self.category or (CONFLICT if self.value else None),
            attribute=meaning(self.attribute, self.value) or None,
            value=self.value or None,
            occurred_at=self.occurred_at,
            raw=self.raw[:MAX_RAW],
            origin=Origin.QUARANTINE if quarantine else Origin.EXPORT,
            conflict_id=self.conflict_id or None,
        )
        return Pasted(error=error, attribute=self.attribute, dn=self.dn, anchor=self.anchor)


def merged(tellings: Iterable[Told]) -> list[Told]:
    """One per attribute and value. A telling without a value lends its ids to the ones that have one."""
    whole: dict[tuple[str, str], Told] = {}
    bare: list[Told] = []
    for told in tellings:
        if not told.value:
            bare.append(told)
            continue
        key = (fold(meaning(told.attribute, told.value)), bare_of(told.value)[1])
        whole[key] = _filled(whole[key], told) if key in whole else told
    if not whole:
        return list(dict.fromkeys(bare))
    if len(bare) == 1:
        whole = {key: _filled(told, bare[0]) for key, told in whole.items()}
    # one that was told without its attribute is the one whose attribute is known
    named = {value for attribute, value in whole if attribute}
    return [told for (attribute, value), told in whole.items() if attribute or value not in named]


def _filled(told: Told, other: Told) -> Told:
    """What is missing in one is taken from the other."""
    return replace(
        told,
        attribute=told.attribute or other.attribute,
        category=told.category or other.category,
        object_id=told.object_id or other.object_id,
        object_type=other.object_type if told.object_type is ObjectType.OTHER else told.object_type,
        object_name=told.object_name or other.object_name,
        conflict_id=told.conflict_id or other.conflict_id,
        dn=told.dn or other.dn,
        anchor=told.anchor or other.anchor,
        occurred_at=told.occurred_at or other.occurred_at,
    )
