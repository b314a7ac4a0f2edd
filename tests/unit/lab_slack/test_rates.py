"""In: calls at given times.
Out: how long the lab makes a caller wait.
Promise: one message a second a channel after a short burst, and the published tiers.
"""

from bot.lab.slack.rates import POSTING, TIERS, Rates


def test_after_a_burst_one_a_second_in_each_channel() -> None:
    rates = Rates()
    times = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 2.5]

    assert [rates.wait("m", "C1", POSTING, at) for at in times] == [0, 0, 0, 0, 1, 0, 1, 0]
    assert rates.wait("m", "C2", POSTING, 0.0) == 0


def test_tier_two_is_twenty_a_minute() -> None:
    rates = Rates()

    assert [rates.wait("m", "", TIERS[2], 0.0) for _ in range(20)] == [0] * 20
    assert [rates.wait("m", "", TIERS[2], 0.0), rates.wait("m", "", TIERS[2], 3.0)] == [3, 0]


def test_they_can_be_switched_off() -> None:
    rates = Rates(enabled=False)

    assert [rates.wait("m", "C1", POSTING, 0.0) for _ in range(9)] == [0] * 9
