"""In: a case, a risk. Out: how it stands, as one sign and a few words.
Promise: pure; every state has both, and the words are true of this case, not only of its state.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.model import Case, Risk, State, WriteResult, mark
from bot.triage.aside import is_aside
from bot.triage.telling import STATES
from bot.words import t


@dataclass(frozen=True, slots=True)
class Face:
    icon: str
    words: str  # marked here, translated where it is shown


FACES: Mapping[State, Face] = {
    State.NEW: Face("🔎", STATES[State.NEW]),
    State.OPEN: Face("🔎", STATES[State.OPEN]),
    State.PENDING: Face("🚨", STATES[State.PENDING]),
    State.APPROVED: Face("🔒", STATES[State.APPROVED]),
    State.APPLYING: Face("⏳", STATES[State.APPLYING]),
    State.WRITTEN: Face("📝", STATES[State.WRITTEN]),
    State.EXPORTED: Face("📝", STATES[State.EXPORTED]),
    State.VERIFIED: Face("✅", STATES[State.VERIFIED]),
    State.CLOSED: Face("✅", STATES[State.CLOSED]),
    State.PARTIAL: Face("⚠️", STATES[State.PARTIAL]),
    State.UNKNOWN: Face("❔", STATES[State.UNKNOWN]),
    State.FAILED: Face("❌", STATES[State.FAILED]),
    State.REFUSED: Face("⛔", STATES[State.REFUSED]),
    State.OVERDUE: Face("⚠️", STATES[State.OVERDUE]),
    State.REJECTED: Face("🚫", STATES[State.REJECTED]),
    State.EXPIRED: Face("⌛", STATES[State.EXPIRED]),
    State.UNDONE: Face("↩️", STATES[State.UNDONE]),
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
    if case.storm and case.state is not State.CLOSED:
        return "🌩️"
    return "⏸️" if case.held else FACES[case.state].icon


def words_of(case: Case) -> str:
    if is_aside(case):
        return t("Ignored") if case.ignored else t("Snoozed")
    if case.storm and case.state is not State.CLOSED:
        return t("Many at once")
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
