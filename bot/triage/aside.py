"""In: a case and what somebody wants beside its state: to snooze it, to ignore it. Out: why not, or None; and when
such a time is over.
Promise: pure; asked in the dialog and again when the click is handled; nothing is set aside without an end.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.model import SHORTEST_REASON, Case, Refusal, Say, State

LONGEST = timedelta(days=180)
LONGEST_ALERT = timedelta(hours=24)
LONGEST_REASON = 500  # short enough for a card

# Where nothing is on its way. What is half written, or may be, is nobody's to put aside
RESTING = frozenset({State.OPEN, State.PENDING, State.REJECTED, State.EXPIRED, State.REFUSED})


def is_aside(case: Case) -> bool:
    return case.snoozed is not None or case.ignored is not None


def is_alert(case: Case) -> bool:
    return case.diagnosis is not None and case.diagnosis.alert


def not_aside(case: Case) -> Refusal | None:
    """Why the case can be neither snoozed nor ignored as it stands."""
    if case.state is State.CLOSED:
        return Refusal("aside-closed", Say("This case is closed."))
    if case.state not in RESTING:
        return Refusal(
            "aside-under-way",
            Say(
                "Something is on its way here, so it stays in sight. The card follows what happens."
            ),
        )
    if case.agreed:
        first = case.agreed[0].approval.name
        return Refusal(
            "aside-agreed",
            Say(
                "{who} has approved this already, as the first of two. Approve or reject it, then set it aside.",
                {"who": first},
            ),
        )
    return None


def no_snooze(case: Case, until: datetime | None, now: datetime) -> Refusal | None:
    if refusal := not_aside(case):
        return refusal
    if case.ignored:
        gaps = {"who": case.ignored.by, "when": told(case.ignored.until)}
        return Refusal(
            "aside-ignored", Say("{who} has it ignored until {when}. End that first.", gaps)
        )
    if is_alert(case) and (until is None or until > now + LONGEST_ALERT):
        return Refusal(
            "aside-alert", Say("This may be an attack: it can be snoozed for 24 hours at most.")
        )
    return _no_end(until, now) if until else None


def no_ignore(case: Case, until: datetime | None, reason: str, now: datetime) -> Refusal | None:
    if refusal := not_aside(case):
        return refusal
    if is_alert(case):
        return Refusal(
            "aside-alert",
            Say("This may be an attack: it cannot be ignored. Assign it, or snooze it for a day."),
        )
    if len(reason.strip()) < SHORTEST_REASON:
        gaps = {"count": str(SHORTEST_REASON)}
        return Refusal(
            "aside-reason",
            Say("Write at least {count} characters: others have to understand why.", gaps),
        )
    if until is None:
        return Refusal("aside-end", Say("Say until when. Nothing is ignored for ever."))
    return _no_end(until, now)


def _no_end(until: datetime, now: datetime) -> Refusal | None:
    if until <= now:
        return Refusal("aside-end", Say("That moment is over. Choose a later one."))
    if until > now + LONGEST:
        gaps = {"count": str(LONGEST.days)}
        return Refusal("aside-end", Say("At most {count} days. After that, look again.", gaps))
    return None


def end_of(case: Case) -> datetime | None:
    """When the case comes back by itself; None where only a change brings it back, or nothing set it aside."""
    if case.ignored:
        return case.ignored.until
    return case.snoozed.until if case.snoozed else None


def next_look(case: Case, now: datetime, every: timedelta) -> datetime:
    """At the end, and now and then before it: a case that nobody watches may have become an alert."""
    end = end_of(case)
    return min(end, now + every) if end else now + every


def back(case: Case) -> Case:
    """It stands as any other case again; one whose proposals have expired waits for a fresh look."""
    state = State.OPEN if case.state is State.EXPIRED else case.state
    return replace(case, state=state, snoozed=None, ignored=None)


def brought_back(case: Case, *, changed: bool, alert: bool) -> Say | None:
    """What a fresh look says to a case that was set aside; None: it stays so.

    `changed`: the evidence is not what it was. `alert`: by now it may be an attack.
    """
    if is_aside(case) and alert:
        return Say("This was set aside. It may be an attack, so it is back.")
    if case.snoozed and case.snoozed.until is None and changed:
        return Say("This was snoozed until the evidence changes; it has, so it is back.")
    return None


def told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
