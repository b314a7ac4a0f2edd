"""In: the id of a case, and whether people are to be left out. Out: the case as a file that can be replayed anywhere.
Promise: only for full readers; what is redacted cannot be led back: the secret behind it is thrown away.
"""

from bot.answers import Bundled
from bot.events import QuestionAllowed
from bot.model import Say
from bot.ports import Cases, Clock
from bot.triage.casefile import CaseFile, of_case, write_short
from bot.triage.policy import Policy
from bot.triage.redact import redacted
from handlers.commands.command import Command, Ports, Reply, no_such_case

REDACTED = frozenset({"redacted", "redact", "--redact"})


async def bundle(
    case_id: str, *, redact: bool, cases: Cases, clock: Clock, policy: Policy
) -> CaseFile | Say:
    """A sentence comes back when there is no such case, or nothing was read about it. Raises Unreachable."""
    case = await cases.get(case_id)
    if case is None:
        return no_such_case(case_id)
    file = of_case(case, policy)
    if file is None:
        return Say("Nothing was read about case {case} yet.", {"case": case_id})
    if not redact:
        return file
    return redacted(file, f"{clock.new_id('r')}{clock.new_id('r')}".encode())


async def _answer(question: QuestionAllowed, ports: Ports) -> Reply:
    if not question.full:
        return Reply(
            "say", Say("A case file holds DN, roles and activity: it is for full readers.")
        )
    case_id, *rest = question.text.lower().split() or [""]
    if not case_id or set(rest) - REDACTED:
        return Reply("say", Say("Write /dirsync bundle CASE, or /dirsync bundle CASE redacted."))
    found = await bundle(
        case_id, redact=bool(rest), cases=ports.cases, clock=ports.clock, policy=ports.policy
    )
    if isinstance(found, Say):
        return Reply("say", found)
    made = Bundled(case_id=case_id, redacted=bool(rest), text=write_short(found))
    return Reply("bundled", made)


COMMAND = Command(
    help=Say(
        "/dirsync bundle CASE [redacted]: a case as a file, to be replayed with dirsync-triage diagnose, without the "
        "names of people if you say so."
    ),
    answer=_answer,
)
