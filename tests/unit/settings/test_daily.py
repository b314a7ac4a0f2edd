"""In: when people want their digest, as they write it. Out: clock, days and zone; or one line that says what is wrong.
Promise: nothing that is half understood is taken; without a word it is eight o'clock on working days.
"""

from datetime import UTC, time
from zoneinfo import ZoneInfo

import pytest

from bot import plain
from bot.errors import SettingsError
from bot.settings import load
from bot.settings.daily import days_of
from bot.triage.working_days import MONDAY_TO_FRIDAY, Daily


def test_without_a_word_it_is_eight_on_working_days() -> None:
    daily = Daily(at=time(8), days=MONDAY_TO_FRIDAY, zone=UTC)

    assert plain.daily_of(load({})) == plain.timing_of(load({})).digest == daily


def test_its_zone_is_that_of_the_reminders_unless_it_has_its_own() -> None:
    given = {"DIRSYNC_REMINDERS__ZONE": "Europe/Oslo"}
    own = given | {"DIRSYNC_DIGEST__ZONE": "Europe/Tallinn", "DIRSYNC_DIGEST__TIME": "07:30"}

    assert plain.daily_of(load(given)) == Daily(zone=ZoneInfo("Europe/Oslo"))
    assert plain.daily_of(load(own)) == Daily(at=time(7, 30), zone=ZoneInfo("Europe/Tallinn"))


def test_it_can_be_switched_off() -> None:
    assert plain.daily_of(load({"DIRSYNC_DIGEST__TIME": "off"})) is None
    assert plain.timing_of(load({"DIRSYNC_DIGEST__TIME": "off"})).digest is None


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("sun-thu", {6, 0, 1, 2, 3}),
        ("Mon, Wed; fri", {0, 2, 4}),
        ("tue", {1}),
        ("mon-sun", set(range(7))),
    ],
)
def test_days_are_written_as_people_write_them(written: str, days: set[int]) -> None:
    assert days_of(written) == days


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIME", "8"),
        ("TIME", "24:00"),
        ("DAYS", "weekdays"),
        ("DAYS", "mon-"),
        ("ZONE", "Oslo"),
    ],
)
def test_what_is_none_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"DIRSYNC_DIGEST__{name}"):
        load({f"DIRSYNC_DIGEST__{name}": value})
