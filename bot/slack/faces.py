"""In: a case. Out: how it stands, as one sign and a few words.
Promise: pure; every state has both, and the words are true of this case, not only of its state.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.model import Case, State, WriteResult


@dataclass(frozen=True, slots=True)
class Face:
    icon: str
    words: str


FACES: Mapping[State, Face] = {
    State.NEW: Face("🔎", "Being looked at"),
    State.OPEN: Face("🔎", "Explained, nothing to approve"),
    State.PENDING: Face("🚨", "Waiting for an approval"),
    State.APPROVED: Face("🔒", "Approved"),
    State.APPLYING: Face("⏳", "Being written"),
    State.WRITTEN: Face("📝", "Written to AD, waiting for sync"),
    State.EXPORTED: Face("📝", "Written and synced, waiting for Entra’s hourly clean-up"),
    State.VERIFIED: Face("✅", "Fixed and verified"),
    State.CLOSED: Face("✅", "Closed"),
    State.PARTIAL: Face("⚠️", "Partly written"),
    State.UNKNOWN: Face("❔", "Write not answered, reading AD to find out"),
    State.FAILED: Face("❌", "Nothing was written"),
    State.REFUSED: Face("⛔", "Refused by the writer"),
    State.OVERDUE: Face("⚠️", "Written, but Entra still complains"),
    State.REJECTED: Face("🚫", "Rejected"),
    State.EXPIRED: Face("⌛", "Expired without a decision"),
    State.UNDONE: Face("↩️", "Undone"),
}
_PUTTING_BACK: Mapping[State, str] = {
    State.APPROVED: "Approved to be put back",
    State.APPLYING: "Being put back",
}
_IN_PLACE = {WriteResult.WRITTEN, WriteResult.ALREADY}


def icon_of(case: Case) -> str:
    return "⏸️" if case.held else FACES[case.state].icon


def words_of(case: Case) -> str:
    if case.held:
        return "Held"
    if case.state is State.FAILED and any(r.result in _IN_PLACE for r in case.receipts):
        return "Written, but somebody changed it back"
    if case.state is State.PENDING and case.agreed:
        return "Waiting for a second approval"
    if case.undo and case.state in _PUTTING_BACK:
        return _PUTTING_BACK[case.state]
    return FACES[case.state].words
