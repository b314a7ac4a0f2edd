"""In: Asked: a command as somebody typed it. Out: QuestionAllowed, or a refusal that says why.
Asking is authorised too, before anything is looked up, counted per person, and written to the audit.
Promise: on any doubt about who asks, nothing is looked up.
"""

from collections.abc import Sequence

import msgspec

from bot.events import Answered, Asked, QuestionAllowed
from bot.model import Person, Refusal, Say
from bot.ports import AuditLine, Cases, People, Result
from handlers.commands import HELP
from handlers.timing import Timing

HOUR = 3600
MAX_AUDITED = 1000


async def ask(
    events: Sequence[Asked], *, cases: Cases, people: People, timing: Timing
) -> list[Result]:
    return [await _ask(event, cases, people, timing) for event in events]


async def _ask(event: Asked, cases: Cases, people: People, timing: Timing) -> Result:
    who = event.reply_to.user
    person = await people.may_ask(who)
    if isinstance(person, Refusal):
        return _refuse(event, person)
    if event.command == HELP:
        return _allowed(event, person)  # it looks nothing up
    asked = await cases.count(f"asked:{who.team}:{who.user}", HOUR)
    if asked > timing.questions_per_hour:
        return _refuse(
            event,
            Refusal(
                "too-many",
                Say(
                    "You have asked {limit} questions within an hour, which is the limit. Try again later.",
                    {"limit": str(timing.questions_per_hour)},
                ),
            ),
        )
    return _allowed(event, person)


def _allowed(event: Asked, person: Person) -> Result:
    allowed = QuestionAllowed(
        tenant=event.tenant,
        id=event.id,
        command=event.command,
        text=event.text,
        reply_to=event.reply_to,
        full=person.full_reader,
    )
    return Result(event=event, follow=(allowed,), audit=(_line(event, "question.asked"),))


def _refuse(event: Asked, refusal: Refusal) -> Result:
    reply = Answered(
        tenant=event.tenant,
        id=f"{event.id}:answer",
        shape="say",
        body=msgspec.json.encode(refusal.say).decode(),
        reply_to=event.reply_to,
    )
    return Result(
        event=event,
        follow=(reply,),
        audit=(_line(event, "question.refused", why=refusal.code),),
    )


def _short(text: str) -> str:
    """A whole mail may have been pasted; the audit keeps what was asked about, not the mail."""
    if len(text) <= MAX_AUDITED:
        return text
    return f"{text[:MAX_AUDITED]}… ({len(text)} characters)"


def _line(event: Asked, action: str, **facts: str) -> AuditLine:
    who = event.reply_to.user
    return AuditLine(
        actor=f"{who.team}/{who.user}",
        action=action,
        facts={"command": event.command, "text": _short(event.text), **facts},
    )
