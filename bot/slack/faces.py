"""In: a case, a risk. Out: how it stands, as one sign and a few words.
Promise: pure; every state has both, and the words are true of this case, not only of its state.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.model import Case, Risk, State, WriteResult, mark
from bot.triage.aside import is_aside
from bot.words import t


@dataclass(frozen=True, slots=True)
class Face:
    icon: str
    words: str  # marked here, translated where it is shown


FACES: Mapping[State, Face] = {
    State.NEW: Face("🔎", mark("Being looked at")),
    State.OPEN: Face("🔎", mark("Explained, nothing to approve")),
    State.PENDING: Face("🚨", mark("Waiting for an approval")),
    State.APPROVED: Face("🔒", mark("Approved")),
    State.APPLYING: Face("⏳", mark("Being written")),
    State.WRITTEN: Face("📝", mark("Written to AD, waiting for sync")),
    State.EXPORTED: Face("📝", mark("Written and synced, waiting for Entra’s hourly clean-up")),
    State.VERIFIED: Face("✅", mark("Fixed and verified")),
    State.CLOSED: Face("✅", mark("Closed")),
    State.PARTIAL: Face("⚠️", mark("Partly written")),
    State.UNKNOWN: Face("❔", mark("Write not answered, reading AD to find out")),
    State.FAILED: Face("❌", mark("Nothing was written")),
    State.REFUSED: Face("⛔", mark("Refused by the writer")),
    State.OVERDUE: Face("⚠️", mark("Written, but Entra still complains")),
    State.REJECTED: Face("🚫", mark("Rejected")),
    State.EXPIRED: Face("⌛", mark("Expired without a decision")),
    State.UNDONE: Face("↩️", mark("Undone")),
}
_PUTTING_BACK: Mapping[State, str] = {
    State.APPROVED: mark("Approved to be put back"),
    State.APPLYING: mark("Being put back"),
}
RISKS: Mapping[Risk, Face] = {
    Risk.SAFE: Face("🟢", mark("Safe")),
    Risk.JUDGE: Face("🟡", mark("Needs judgement")),
    Risk.DESTRUCTIVE: Face("🔴", mark("Not from Slack")),
}
_IN_PLACE = {WriteResult.WRITTEN, WriteResult.ALREADY}


def icon_of(case: Case) -> str:
    if is_aside(case):
        return "🔕" if case.ignored else "😴"
    return "⏸️" if case.held else FACES[case.state].icon


def words_of(case: Case) -> str:
    if is_aside(case):
        return t("Ignored") if case.ignored else t("Snoozed")
    if case.held:
        return t("Held")
    if case.state is State.FAILED and any(r.result in _IN_PLACE for r in case.receipts):
        return t("Written, but somebody changed it back")
    if case.state is State.PENDING and any(case.proposal(a.proposal_id) for a in case.agreed):
        return t("Waiting for a second approval")
    if case.undo and case.state in _PUTTING_BACK:
        return t(_PUTTING_BACK[case.state])
    return t(FACES[case.state].words)


def risk_of(risk: Risk) -> str:
    face = RISKS[risk]
    return f"{face.icon} {t(face.words)}"
