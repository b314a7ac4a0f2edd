"""In: nothing. Out: cards and dialogs of what is decided beside the state of a case, for snapshots and pictures.
Promise: one line a sample; `samples.samples` shows them beside the others.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.model import Case, Choice, Ignored, Moment, Owner, Person, Say, SlackUser, Snooze, State
from bot.slack import more, views
from bot.slack.others import others
from tests.builders import NOW, approval, decision
from tests.unit.slack.samples import JUDGED, OTHERS, in_state

INGRID = Person(slack=SlackUser("T0CONTOSO1", "U0INGRID01"), entra_id="e", name="Ingrid Berg")
OTHER = JUDGED.proposals[1]
CHOSEN = replace(
    JUDGED,
    chosen=Choice(proposal_id=OTHER.id, revision=1, plan_hash=OTHER.plan_hash, by=INGRID, at=NOW),
)
PENDING = in_state(State.PENDING)
IGNORED = Ignored(
    at=NOW,
    by="Ingrid Berg",
    reason="The shop closes in May.",
    until=NOW + timedelta(days=30),
)
ALERT = OTHERS["an administrator in the cloud"]
CARDS: Mapping[str, Case] = {
    "snoozed until a moment": replace(
        PENDING, snoozed=Snooze(at=NOW, by="Ingrid Berg", until=NOW + timedelta(days=1))
    ),
    "snoozed until it changes": replace(PENDING, snoozed=Snooze(at=NOW, by="Ingrid Berg")),
    "ignored": replace(PENDING, ignored=IGNORED),
    "taken": replace(PENDING, owner=Owner(user=INGRID.slack, name=INGRID.name, at=NOW)),
    "another change chosen": CHOSEN,
    "an attack": ALERT,
    "approved by one alone": replace(
        JUDGED,
        state=State.APPROVED,
        decision=decision(
            JUDGED,
            approvals=(approval(),),
            reason="Payroll runs in ten minutes and nobody else is awake.",
            break_glass=True,
        ),
    ),
}
CARRIES = "c-1\n1\nC0DIRSYNC1"
LONG = replace(
    PENDING,
    timeline=tuple(
        Moment(NOW + timedelta(minutes=n), "", Say("Looked again: the situation is the same."))
        for n in range(45)
    ),
)
DIALOGS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "snooze": lambda: more.snooze(PENDING, now=NOW, carries=CARRIES),
    "snooze an attack": lambda: more.snooze(ALERT, now=NOW, carries=CARRIES),
    "ignore": lambda: more.ignore(now=NOW, carries=CARRIES),
    "other fixes": lambda: others(JUDGED, may_choose=True, carries="C0DIRSYNC1"),
    "other fixes, for readers": lambda: others(CHOSEN, may_choose=False, carries="C0DIRSYNC1"),
    "other ways by hand": lambda: others(
        OTHERS["two accounts of one person"], may_choose=True, carries="C0DIRSYNC1"
    ),
    "break glass": lambda: views.reason(
        OTHER, action="approve", first=None, carries=CARRIES, may_break_glass=True
    ),
    "a page of a long history": lambda: views.details(LONG, page=1),
}
