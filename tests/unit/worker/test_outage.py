"""In: failures and successes. Out: how long to wait, who may ask, and two log lines. Time is a loop's own clock."""

import asyncio

from bot.errors import Unreachable
from bot.outage import Outage, Pace
from tests.contract.store.parts import Told

PACE = Pace(first_pause=1.0, longest_pause=30.0)
AWAY = Unreachable("AD corp", "AD corp does not answer.")


class HandLoop(asyncio.SelectorEventLoop):
    """A loop whose time is moved by hand."""

    at = 1000.0

    def time(self) -> float:
        return self.at


def run_by_hand(story: str) -> list[float]:
    """`!` fails, `.` succeeds, `?` asks, a digit lets that many tens of seconds pass; what ? and ! answered."""
    loop, told = HandLoop(), Told()

    async def play() -> list[float]:
        outage, answers = Outage("AD corp", PACE, told.logger()), []
        for sign in story:
            if sign == "!":
                answers.append(outage.broke(AWAY))
            elif sign == "?":
                answers.append(outage.wait())
            elif sign == ".":
                outage.recovered()
            elif sign == "~":
                outage.undecided()
            else:
                loop.at += 10.0 * int(sign)
        return answers

    try:
        return loop.run_until_complete(play())
    finally:
        loop.close()


def test_pauses_grow_to_the_longest() -> None:
    assert run_by_hand("!4!4!4!4!4!4!") == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_failures_of_one_moment_are_one_failure() -> None:
    assert run_by_hand("!!!4!!") == [1.0, 1.0, 1.0, 2.0, 2.0]


def test_success_starts_anew() -> None:
    assert run_by_hand("!4!4.?!") == [1.0, 2.0, 0.0, 1.0]


def test_one_at_a_time_asks_whether_it_is_back() -> None:
    assert run_by_hand("?!?4???") == [0.0, 1.0, 1.0, 0.0, 1.0, 1.0]
    assert run_by_hand("!4?~??") == [1.0, 0.0, 0.0, 1.0]


async def test_the_server_says_how_long() -> None:
    outage = Outage("Entra", PACE, Told().logger())

    assert outage.broke(Unreachable("Entra", "429", retry_after=90.0)) == 90.0


async def test_it_is_told_once_each_way() -> None:
    told = Told()
    outage = Outage("AD corp", PACE, told.logger())
    for _ in range(3):
        outage.broke(AWAY)
    for _ in range(3):
        outage.recovered()

    assert told.lines == [("warning", "paused", "AD corp"), ("info", "goes on", "AD corp")]
