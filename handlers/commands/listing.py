"""In: which cases are meant, or the id of one. Out: a list of live cases, or the card of one, without its buttons.
Used by `/dirsync list` and `show`, and by `dirsync-triage list`; from what is stored, nobody is asked anything.
Promise: what waits for people stands first; a word that names no kind of case is answered with those there are; what may
be an attack is told to full readers only, for its channel is private.
"""

from datetime import UTC, datetime
from operator import itemgetter

from bot.answers import CaseLine, CaseList
from bot.events import QuestionAllowed
from bot.model import Case, Say, SlackUser, State
from bot.ports import Cases
from bot.triage.aside import is_alert, is_aside
from bot.triage.causes import title_of
from bot.triage.telling import stands
from handlers import live
from handlers.commands.command import Command, Ports, Reply, no_such_case

MINE = "mine"
HIDDEN = Say("A possible attack, told in the private channel for those")
_FIRST = (State.PENDING, State.OVERDUE, State.PARTIAL, State.UNKNOWN, State.FAILED, State.REFUSED)
_STATES = ", ".join(state for state in State if state is not State.CLOSED)


async def listing(
    text: str, *, cases: Cases, who: SlackUser | None = None, full: bool = True
) -> CaseList:
    """`who` is whose cases `mine` are. Not `full`: a possible attack is there, without a word on it. Raises Unreachable."""
    word = text.strip().lower()
    meant, codes, count = [], set(), 0
    async for case in live.each(cases):
        count += 1
        hidden, code = is_alert(case) and not full, code_of(case).lower()
        if not hidden:
            codes.add(code)
        if _is_meant(case, word, who) and not (hidden and word == code):
            line = _without_words(case) if hidden else line_of(case)
            meant.append((_urgency(case), line))
    if not (meant or word in {"", MINE, *State} or word in codes):
        say = Say(
            "I know no cases of the kind {word}. Write a state ({there}), a code such as C01, or mine.",
            {"word": text.strip(), "there": _STATES},
        )
        return CaseList(asked=text, all=count, trouble=say)
    lines = tuple(line for _, line in sorted(meant, key=itemgetter(0)))
    return CaseList(asked=text, cases=lines, all=count)


def line_of(case: Case) -> CaseLine:
    return CaseLine(
        id=case.id,
        state=case.state,
        code=code_of(case),
        title=title_of(case),
        first_seen=case.first_seen,
        owner=case.owner.name if case.owner else "",
        alert=is_alert(case),
        stands=stands(case),
    )


def _without_words(case: Case) -> CaseLine:
    return CaseLine(
        id=case.id, state=case.state, code="–", title=HIDDEN, first_seen=case.first_seen, alert=True
    )


def code_of(case: Case) -> str:
    return case.diagnosis.code if case.diagnosis else "C00"


def _is_meant(case: Case, word: str, who: SlackUser | None) -> bool:
    if word == MINE:
        return case.owner is not None and case.owner.user == who
    return word in {"", case.state, code_of(case).lower()}


def _urgency(case: Case) -> tuple[int, datetime, str]:
    waits = case.state in _FIRST and not is_aside(case)
    rank = _FIRST.index(case.state) if waits else len(_FIRST)
    return rank, case.first_seen or datetime.max.replace(tzinfo=UTC), case.id


async def _list(question: QuestionAllowed, ports: Ports) -> Reply:
    who = question.reply_to.user
    found = await listing(question.text, cases=ports.cases, who=who, full=question.full)
    open_ = None if found.trouble else found
    return Reply("cases", found, everybody=open_, alert=any(line.alert for line in found.cases))


async def _show(question: QuestionAllowed, ports: Ports) -> Reply:
    case_id, *rest = question.text.lower().split() or [""]
    if not case_id or rest:
        return Reply("say", Say("Write /dirsync show CASE. /dirsync list tells the ids."))
    case = await ports.cases.get(case_id)
    if case is None:
        return Reply("say", no_such_case(case_id))
    if is_alert(case) and not question.full:
        return Reply("say", HIDDEN)
    return Reply("case", case, everybody=case, alert=is_alert(case))


LIST = Command(
    help=Say(
        "/dirsync list [STATE, CODE or mine]: the cases that are not closed, those that wait for somebody first."
    ),
    answer=_list,
)
SHOW = Command(
    help=Say("/dirsync show CASE: its card as it stands now, without the buttons."), answer=_show
)
