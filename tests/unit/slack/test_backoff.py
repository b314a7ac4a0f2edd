"""In: connections that end or are refused. Out: how long the bot waits before it asks Slack for the next one.
Promise: 1 s doubled to five minutes; a steady connection costs nothing; an hour of refusals is some dozen calls.
"""

import pytest

from bot.slack.backoff import Backoff, Pace, whole_jitter

PACE = Pace()


def whole() -> float:
    return 1.0


def test_refused_again_and_again_it_waits_twice_as_long_up_to_five_minutes() -> None:
    backoff = Backoff(PACE, whole)

    assert [backoff.refused() for _ in range(12)] == [
        *(1, 2, 4, 8, 16, 32, 64, 128, 256),
        *(300, 300, 300),
    ]


def test_an_hour_of_refusals_is_some_dozen_calls_and_no_storm() -> None:
    backoff, passed, calls = Backoff(PACE), 0.0, 0
    while passed < 3600:
        passed += backoff.refused()
        calls += 1

    assert 18 <= calls <= 36


def test_a_steady_connection_is_replaced_at_once_and_forgets_the_failures() -> None:
    backoff = Backoff(PACE, whole)
    before = [backoff.refused() for _ in range(5)]

    assert before[-1] == 16
    assert backoff.after(lived=3600) == 0
    assert backoff.refused() == 1


def test_connections_that_break_right_after_the_hello_count_as_refused() -> None:
    backoff = Backoff(PACE, whole)

    assert [backoff.after(lived=0.2) for _ in range(4)] == [1, 2, 4, 8]


@pytest.mark.parametrize(("told", "waits"), [(0, 1), (30, 30), (86_400, 300)])
def test_slacks_own_word_is_kept_within_reason(told: float, waits: float) -> None:
    assert Backoff(PACE, whole).refused(at_least=told) == waits


def test_ten_thousand_failures_are_no_overflow() -> None:
    backoff = Backoff(PACE, whole, failures=10_000)

    assert backoff.refused() == PACE.most


def test_replicas_do_not_ask_in_step() -> None:
    dice = {whole_jitter() for _ in range(50)}

    assert len(dice) > 40
    assert all(0.5 <= each <= 1.0 for each in dice)
