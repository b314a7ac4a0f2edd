"""In: cases in every state, of other days and of today. Out: each counted in one way, as the docstring of `Digest` says.
Promise: no possible attack is named or counted with the others; what is not shown is counted.
"""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Case, Choice, Ended, Ignored, Kind, Mode, Person, SlackUser, State, Storm
from bot.triage.causes import OVER
from bot.triage.digest import (
    MOST_CAUSES,
    MOST_DAYS,
    DayCount,
    Digest,
    Known,
    Memory,
    after,
    digest_of,
    look_at,
    remembered,
)
from tests.builders import NOW, case, key
from tests.sizes import examples
from tests.unit.slack.hostile import cases

SINCE = NOW - timedelta(days=1)
CHOSEN = Choice(
    proposal_id="p-1",
    revision=1,
    plan_hash="h",
    by=Person(slack=SlackUser("T1", "U1"), entra_id="e-1", name="Liv Dahl"),
    at=NOW,
)
HOUR = timedelta(hours=1)
TODAY = date(2026, 11, 30)


def some(number: int, **over: object) -> Case:
    made = case(key=key(value=f"n{number}@contoso.com"))
    return replace(made, first_seen=NOW - HOUR, **over)  # type: ignore[arg-type]


def told(*made: Case, here: bool = True, since: object = SINCE, **over: object) -> Digest:
    looks = [look for each in made if (look := look_at(each, here=here))]
    given_: dict[str, object] = {"id_": "digest:2026-11-30", "day": TODAY, "now": NOW}
    known = Known(mode=Mode.APPLY)
    return digest_of(looks, **(given_ | {"since": since, "known": known} | over))  # type: ignore[arg-type]


def test_what_began_since_is_new_and_what_was_there_is_not() -> None:
    old = replace(some(1), first_seen=NOW - timedelta(days=3))
    back = replace(old, key=key(value="back@contoso.com"), back_at=NOW - HOUR)
    digest = told(some(0), old, back)

    assert (digest.open, digest.new, digest.fixed) == (3, 2, 0)


def test_the_first_look_takes_everything_for_new() -> None:
    old = replace(some(1), first_seen=NOW - timedelta(days=300))

    assert told(old, since=None).new == 1


def test_a_green_case_is_fixed_once_and_not_again_when_it_is_put_away() -> None:
    long_ago = Ended(at=SINCE - HOUR, by_us=True)
    green = some(0, state=State.VERIFIED, ended=Ended(at=NOW - HOUR, by_us=True))
    away = some(1, state=State.CLOSED, ended=long_ago)
    by_hand = some(2, state=State.CLOSED, ended=Ended(at=NOW - HOUR))
    digest = told(green, away, by_hand)

    assert (digest.open, digest.fixed, digest.by_hand) == (0, 2, 1)


def test_nobody_is_waited_for_where_a_change_is_on_its_way_or_set_aside() -> None:
    old = NOW - timedelta(days=3)
    until = NOW + timedelta(days=9)
    ignored = Ignored(at=NOW, by="Kari Holm", reason="The shop closes.", until=until)
    waits = replace(some(0), first_seen=old)
    under_way = replace(some(1, state=State.WRITTEN), first_seen=old)
    late = replace(some(2, state=State.OVERDUE), first_seen=NOW - timedelta(days=4))
    aside = replace(some(3, ignored=ignored), first_seen=old)
    digest = told(waits, under_way, late, aside, some(4))

    assert digest.waiting == 2
    assert [line.id for line in digest.oldest] == [late.id, waits.id]
    assert (digest.unconfirmed, digest.overdue, digest.aside) == (2, 1, 1)
    assert [(cause.open, cause.waiting) for cause in digest.causes] == [(5, 2)]


def test_a_possible_attack_is_counted_apart_and_named_nowhere() -> None:
    made = some(0)
    assert made.diagnosis
    attack = replace(
        made,
        first_seen=NOW - timedelta(days=3),
        diagnosis=replace(made.diagnosis, alert=True),
    )
    digest = told(attack)

    assert digest.security == 1
    assert digest == replace(told(), security=1)


def test_a_case_that_is_told_in_another_channel_is_counted_and_not_named() -> None:
    old = replace(some(0), first_seen=NOW - timedelta(days=3))
    digest = told(old, here=False)

    assert (digest.waiting, digest.oldest) == (1, ())
    assert [(cause.open, cause.example) for cause in digest.causes] == [(1, None)]


def test_a_storm_is_its_members_and_no_case_of_its_own() -> None:
    storm = Case(key=key(kind=Kind.TENANT, value="storm:1"), state=State.OPEN, storm=Storm())
    member = some(0, batch=storm.id)
    digest = told(storm, member)

    assert (digest.open, digest.together) == (1, 1)


def test_a_fix_that_one_click_approves_is_counted_as_safe_on_a_card_of_its_own() -> None:
    """The digest counted those of a storm only, and said 0 beside cards with a green button."""
    digest = told(some(0), some(1, state=State.WRITTEN), some(2, chosen=CHOSEN))

    assert [(cause.open, cause.safe) for cause in digest.causes] == [(3, 1)]


def test_more_causes_than_are_shown_are_counted() -> None:
    many = []
    for number in range(MOST_CAUSES + 3):
        made = some(number)
        assert made.diagnosis
        diagnosis = replace(made.diagnosis, code=f"C{number + 10}")
        many += [replace(made, diagnosis=diagnosis)]
    digest = told(*many)

    assert len(digest.causes) == MOST_CAUSES
    assert (digest.more_causes, digest.in_more_causes) == (3, 3)


def test_the_chart_has_a_place_for_a_day_without_a_digest() -> None:
    days = (date(2026, 11, 26), date(2026, 11, 27), TODAY)
    before = (DayCount(day=days[0], open=5, new=1, fixed=2),)
    digest = told(some(0), before=before, shown=days)

    assert [(d.day, d.open) for d in digest.days] == [(days[0], 5), (days[1], None), (TODAY, 1)]


def test_what_is_remembered_is_read_back_and_does_not_grow() -> None:
    memory = Memory()
    for number in range(20):
        digest = told(some(0), day=TODAY + timedelta(days=number), before=memory.days)
        memory = remembered(after(memory, digest))

    assert memory.digest == digest
    assert [d.day for d in memory.days] == [TODAY + timedelta(days=n) for n in range(6, 20)]
    assert len(memory.days) == MOST_DAYS


def test_a_memory_that_nobody_can_read_is_begun_anew() -> None:
    assert remembered("{not json") == remembered(None) == Memory()


@settings(max_examples=examples(25), deadline=None)
@given(st.lists(cases(), max_size=6))
def test_every_case_is_counted_once(made: list[Case]) -> None:
    digest = told(*made)
    attacks = [c for c in made if c.diagnosis and c.diagnosis.alert]
    open_ = [c for c in made if c.state not in OVER and c.storm is None and c not in attacks]

    assert digest.open == len(open_)
    assert digest.open == digest.unread + digest.in_more_causes + sum(c.open for c in digest.causes)
    assert digest.waiting <= digest.open
    assert digest.by_hand <= digest.fixed
