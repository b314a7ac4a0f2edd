"""In: the id of a case. Out: three sentences for the person who called about it, to be said or pasted.
Used by `/dirsync reply` and by `dirsync-triage reply`; from what is stored, nobody is asked anything.
Promise: nothing in them is about anybody else, whoever asks; an unknown case is answered with where its id stands.
"""

from bot.answers import Listing
from bot.events import QuestionAllowed
from bot.model import Say
from bot.ports import Cases
from bot.triage.reply import reply_for
from handlers.commands.command import Command, Ports, Reply, no_such_case


async def reply(case_id: str, *, cases: Cases) -> Listing | Say:
    """A sentence comes back when there is no such case. Raises Unreachable."""
    case = await cases.get(case_id)
    if case is None:
        return no_such_case(case_id)
    return Listing(title=Say("For the person who called:"), lines=reply_for(case))


async def _answer(question: QuestionAllowed, ports: Ports) -> Reply:
    case_id, *rest = question.text.lower().split() or [""]
    if not case_id or rest:
        return Reply("say", Say("Write /dirsync reply CASE. The id of a case stands on its card."))
    found = await reply(case_id, cases=ports.cases)
    return Reply("say" if isinstance(found, Say) else "list", found)


COMMAND = Command(
    help=Say(
        "/dirsync reply CASE: three plain sentences for the person who called: what is wrong, what is being done, when "
        "it will be right."
    ),
    answer=_answer,
)
