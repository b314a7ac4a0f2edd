"""In: events. Out: what each of them makes happen: `HANDLERS` is the way of the data, as a table.
Each kind of event has exactly one handler; its keyword-only parameters are ports, bound in `bot.main`.
Promise: a handler reads the state again, looks once, and returns what to commit; it never waits.
"""

from collections.abc import Awaitable, Callable, Mapping

from bot import events
from bot.ports import Result
from handlers.apply import apply, write
from handlers.aside import aside
from handlers.ask import ask
from handlers.batch import batch
from handlers.close import close
from handlers.commands import commands
from handlers.decide import decide
from handlers.digest import digest
from handlers.drift import drift
from handlers.expire import expire
from handlers.home import home
from handlers.kept import pressed
from handlers.match import match
from handlers.poll import poll
from handlers.present import announce, answer, page, present, put
from handlers.remind import remind
from handlers.run import go_on
from handlers.storm import storm
from handlers.switch import switch
from handlers.triage import triage
from handlers.verify import verify
from handlers.wake import wake

HANDLERS: Mapping[type[events.Event], Callable[..., Awaitable[list[Result]]]] = {
    events.PollDue: poll,
    events.DriftDue: drift,
    events.SyncErrorSeen: triage,
    events.SyncErrorChanged: triage,
    events.SyncErrorCleared: close,
    events.Clicked: decide,
    events.AsideClicked: aside,
    events.Switched: switch,
    events.BatchClicked: batch,
    events.RunDue: go_on,
    events.FixApproved: apply,
    events.WriteDue: write,
    events.FixWritten: verify,
    events.VerifyDue: verify,
    events.ExpiryDue: expire,
    events.SnoozeDue: wake,
    events.StormDue: storm,
    events.ReminderDue: remind,
    events.DigestDue: digest,
    events.PaperReady: put,
    events.CaseChanged: present,
    events.Asked: ask,
    events.QuestionAllowed: commands,
    events.AnchorDue: match,
    events.Answered: answer,
    events.AnswerClicked: pressed,
    events.PageDue: page,
    events.Announced: announce,
    events.HomeDue: home,
}

__all__ = ["HANDLERS"]
