"""In: nothing; these are the types of a command. Out: what it may use, what it answers, how help tells of it.
Promise: a command reads through ports and returns a type of `bot.model`; it writes nothing and draws nothing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.events import QuestionAllowed
from bot.model import Mode, Say
from bot.ports import AdReader, Cases, Clock, Cloud, Due
from bot.triage.policy import Policy
from handlers.timing import Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """All that a command may look at; each one takes what it needs."""

    cases: Cases
    ad: AdReader
    cloud: Cloud
    clock: Clock
    timing: Timing
    policy: Policy
    mode: Mode


@dataclass(frozen=True, slots=True)
class Reply:
    """`shape` says how `body`, a type of `bot.model`, is drawn: `bot.slack.answers.SHAPES` has them all.

    `everybody` is the same as whoever may ask may see it, so that it can be shared; None: it is for nobody else.
    `alert`: it tells of a possible attack.
    """

    shape: str
    body: object
    later: tuple[Due, ...] = ()  # what is to be looked at again
    everybody: object | None = None
    alert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    help: Say  # how it is typed, and what it tells
    answer: Callable[[QuestionAllowed, Ports], Awaitable[Reply]]


def no_such_case(case_id: str) -> Say:
    return Say(
        "There is no case {case}. The id of a case stands on its card and looks like c-abcdefghij.",
        {"case": case_id},
    )
