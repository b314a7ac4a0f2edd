"""In: nothing. Out: that the real clock is what the port `Clock` asks for."""

from datetime import UTC, datetime

from bot.clock import SystemClock
from bot.ports import Clock  # noqa: TC001 - beside what satisfies it


def test_the_time_is_aware_and_in_utc() -> None:
    clock: Clock = SystemClock()
    before = datetime.now(UTC)
    now = clock.now()

    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_ids_do_not_meet() -> None:
    clock = SystemClock()
    ids = {clock.new_id("e") for _ in range(10_000)}

    assert len(ids) == 10_000
    assert all(id_.startswith("e-") for id_ in ids)
