"""In: times of sending. Out: how long the next one waits.
Promise: no window ever holds more than its budget; a clock that is set back stops nothing.
"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.pace import Backoff, Budget
from tests.builders import NOW


@given(st.lists(st.floats(0, 90), max_size=80), st.integers(1, 5), st.sampled_from([1.0, 60.0]))
def test_no_window_holds_more_than_its_budget(
    gaps: list[float], count: int, seconds: float
) -> None:
    budget, now, sent = Budget(count, seconds), NOW, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        if wait := budget.wait(now):
            now += timedelta(seconds=wait)
        assert budget.wait(now) <= 1e-6  # a datetime counts no smaller
        budget.take(now)
        sent.append(now)

    apart = [later - sooner for sooner, later in zip(sent, sent[count:], strict=False)]
    assert all(gap.total_seconds() >= seconds - 1e-5 for gap in apart)


def test_the_first_ones_go_at_once() -> None:
    budget = Budget(3, 60)
    waits = []
    for _ in range(3):
        waits.append(budget.wait(NOW))
        budget.take(NOW)

    assert [*waits, budget.wait(NOW)] == [0, 0, 0, 60]


def test_a_clock_that_is_set_back_stops_nothing() -> None:
    budget = Budget(1, 60)
    budget.take(NOW)

    assert budget.wait(NOW - timedelta(days=1)) == 0


def test_without_a_word_from_slack_it_is_asked_ever_less_often() -> None:
    backoff = Backoff()

    assert [backoff.after(None) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]

    backoff.recovered()

    assert backoff.after(None) == 1


@pytest.mark.parametrize(("told", "waited"), [(7.0, 7.0), (0.0, 1.0), (3600.0, 3600.0)])
def test_what_slack_says_is_kept(told: float, waited: float) -> None:
    assert Backoff().after(told) == waited
