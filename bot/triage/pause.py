"""In: the marks of a tenant. Out: whether writing is paused, since when and why, and which writes went wrong in a row.
Read by whoever writes, whoever decides and whoever draws a card, each for itself.
Promise: pure; a mark that cannot be read is a pause: what is in doubt is not written.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from bot.model import Paused, Refusal, Say

MARK = "pause"
BAD = (
    "writes:bad"  # the proposals whose writes failed or stayed unconfirmed, since one was verified
)
IN_A_ROW = 2
LONGEST_REASON = 300
UNREADABLE = Paused(id="?", at=datetime(1970, 1, 1, tzinfo=UTC), reason="?")


def read(marks: Mapping[str, str]) -> Paused | None:
    text = marks.get(MARK)
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=Paused)
    except msgspec.MsgspecError:
        return UNREADABLE


def write(paused: Paused) -> str:
    return msgspec.json.encode(paused).decode()


def told(paused: Paused) -> Say:
    """Since when, by whom, why, and what ends it."""
    gaps: dict[str, str | Say] = {
        "who": paused.by,
        "when": f"{paused.at:%Y-%m-%d %H:%M} UTC",
        "reason": paused.reason,
        "cases": ", ".join(paused.cases),
    }
    if paused == UNREADABLE:
        return Say(
            "writing is paused: what Redis holds about a pause cannot be read. Two approvers end it with /dirsync resume."
        )
    if not paused.by:
        return Say(
            "writing is paused since {when}, by the bot itself: two writes in a row failed or were not confirmed "
            "(cases {cases}). Two approvers end it with /dirsync resume.",
            gaps,
        )
    if not paused.reason:
        return Say(
            "writing is paused since {when} by {who}. Two approvers end it with /dirsync resume.",
            gaps,
        )
    return Say(
        "writing is paused since {when} by {who}, because: {reason}. Two approvers end it with /dirsync resume.",
        gaps,
    )


def refusal(paused: Paused | None) -> Refusal | None:
    if paused is None:
        return None
    return Refusal("paused", Say("Nothing was approved: {why}", {"why": told(paused)}))


def bad_writes(marks: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """(proposal, case) of each, the oldest first."""
    try:
        return msgspec.json.decode(marks.get(BAD, "[]"), type=tuple[tuple[str, str], ...])
    except msgspec.MsgspecError:
        return ()


def of_bad(writes: tuple[tuple[str, str], ...]) -> str | None:
    return msgspec.json.encode(writes).decode() if writes else None
