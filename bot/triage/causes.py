"""In: the cases of a storm. Out: each as a short line, and all of them counted by what causes them.
Promise: pure; every member is counted exactly once; what one click may approve is what a card of its own would offer.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bot.model import Case, Member, Mode, Risk, Say, State
from bot.triage.aside import is_alert, is_aside
from bot.triage.choice import first_choice

OVER = frozenset({State.VERIFIED, State.CLOSED})
ATTACK = "attack"  # instead of a code: where many are told together, these are counted and no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """`place`: where all of them are, if that is one place."""

    code: str
    attribute: str
    place: str
    count: int
    safe: int
    waiting: int  # for a decision of people
    over: int

    @property
    def key(self) -> str:
        return f"{self.code} {self.attribute}"


def member_of(case: Case) -> Member:
    first = first_choice(case)
    diagnosis = case.diagnosis
    dn = first.steps[0].dn if first and first.steps else ""
    if is_alert(case):
        return Member(
            case_id=case.id, version=case.version, state=case.state, code=ATTACK, apart=True
        )
    return Member(
        case_id=case.id,
        version=case.version,
        state=case.state,
        code=diagnosis.code if diagnosis else "",
        attribute=next((e.attribute for e in case.errors if e.attribute), ""),
        place=container_of(dn),
        safe=may_go_along(case),
        apart=has_own_card(case),
    )


def has_own_card(case: Case) -> bool:
    """Not told by the card of a storm, or not by that alone: a possible attack never waits among others."""
    return not case.batch or case.apart or is_alert(case)


def may_go_along(case: Case) -> bool:
    """One click on the card of a storm may write it among others."""
    return is_one_click(case) and case.mode is Mode.APPLY and not has_own_card(case)


def is_one_click(case: Case) -> bool:
    """One person may approve what is proposed, and nobody has begun to decide anything else about it."""
    first = first_choice(case)
    return (
        case.state is State.PENDING
        and case.mode is not Mode.OBSERVE
        and case.held is None
        and not is_aside(case)
        and not case.agreed
        and case.chosen is None
        and first is not None
        and first.risk is Risk.SAFE
        and first.undo_of is None
    )


def grouped(members: Iterable[Member]) -> tuple[Cause, ...]:
    """The most frequent first. What has not been looked at yet comes last, under no code, and by itself what left the
    list before it was.
    """
    found: defaultdict[tuple[str, str], list[Member]] = defaultdict(list)
    for member in members:
        gone = "gone" if member.state is State.CLOSED else ""
        found[member.code, member.attribute if member.code else gone].append(member)
    causes = [_cause(code, attribute, same) for (code, attribute), same in found.items()]
    return tuple(sorted(causes, key=lambda c: (not c.code, -c.count, c.code, c.attribute)))


def _cause(code: str, attribute: str, same: list[Member]) -> Cause:
    places = {member.place for member in same}
    return Cause(
        code=code,
        attribute=attribute,
        place=places.pop() if len(places) == 1 and len(same) > 1 else "",
        count=len(same),
        safe=sum(m.safe for m in same),
        waiting=sum(m.state is State.PENDING for m in same),
        over=sum(m.state in OVER for m in same),
    )


def title_of(case: Case) -> Say:
    """What it is called, in one line: on its card, and wherever it is listed."""
    if storm := case.storm:
        return Say("{count} sync errors at once", {"count": str(storm.ended or len(storm.members))})
    if case.diagnosis:
        return case.diagnosis.title
    return Say("A sync error about {value}", {"value": case.key.value})


def container_of(dn: str) -> str:
    """What stands behind the first comma that is none of the name."""
    at = 0
    while at < len(dn):
        if dn[at] == "\\":
            at += 1
        elif dn[at] == ",":
            return dn[at + 1 :]
        at += 1
    return ""
