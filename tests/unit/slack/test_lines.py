"""In: cases with long, loud and hostile timelines. Out: what the threads of their cards tell.
Promise: each moment is told once, in order, within Slack's limits; a case that goes to and fro floods nobody.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from bot.lab.slack.blocks import check_blocks, escaped_bytes
from bot.model import Case, Moment, Say
from bot.ports import Shown
from bot.slack.lines import AT_ONCE, LONG, MAX_LINES, Told, due, next_message
from bot.words import Language, speaking
from tests.builders import NOW, case
from tests.unit.slack.checks import refused_by_the_sdk
from tests.unit.slack.hostile import MOMENTS

FRESH = Shown(channel="C1", stamp="1.5", opened=1)


def moment(number: int, who: str = "", *, broadcast: bool = False) -> Moment:
    at = NOW + timedelta(minutes=number)
    return Moment(at, who, Say("Step {count}.", {"count": str(number)}), broadcast)


def steps(count: int, who: str = "") -> tuple[Moment, ...]:
    return tuple(moment(n, who) for n in range(1, count + 1))


def with_steps(*moments: Moment) -> Case:
    return case(timeline=moments)


def after(shown: Shown, told: Told) -> Shown:
    return replace(shown, told=told.upto, restart=False)


def read(told: Told | None) -> list[str]:
    assert told is not None
    return ["".join(_words(e["elements"])) for e in told.blocks[0]["elements"]]


def _words(runs: Sequence[dict[str, Any]]) -> Iterator[str]:
    for run in runs:
        yield run["fallback"][11:19] if run["type"] == "date" else run["text"]


def test_what_a_card_was_posted_with_is_no_message_of_its_own() -> None:
    assert not due(with_steps(*steps(1)), FRESH)


def test_with_the_first_step_the_thread_tells_the_story_from_its_beginning() -> None:
    told = next_message(with_steps(moment(1), moment(2, "Ingrid Berg")), FRESH)

    assert read(told) == ["12:01:00  Step 1.", "12:02:00  Ingrid Berg: Step 2."]


def test_nothing_new_is_no_message() -> None:
    assert next_message(with_steps(*steps(3)), replace(FRESH, told=3)) is None


def test_only_what_somebody_has_to_hear_goes_to_the_channel() -> None:
    calm = next_message(with_steps(*steps(2)), FRESH)
    loud = next_message(with_steps(moment(1), moment(2, broadcast=True)), FRESH)

    assert calm is not None
    assert loud is not None
    assert (calm.broadcast, loud.broadcast) == (False, True)


def test_what_was_told_aloud_is_not_told_aloud_again() -> None:
    told = next_message(
        with_steps(moment(1, broadcast=True), moment(2)), replace(FRESH, told=1, opened=0)
    )

    assert told is not None
    assert not told.broadcast


def test_many_at_once_are_the_newest_and_a_number() -> None:
    said = read(next_message(with_steps(*steps(25)), FRESH))

    assert said[0] == "Steps left out here: 15."
    assert [line.split()[-1] for line in said[1:]] == [f"{n}." for n in range(16, 26)]


def test_of_many_at_once_what_people_did_is_told_first_of_all() -> None:
    story = (moment(1, "Ingrid Berg"), *steps(30)[1:])
    said = read(next_message(with_steps(*story), FRESH))

    assert said[1] == "12:01:00  Ingrid Berg: Step 1."
    assert said[-1].endswith("Step 30.")
    assert len(said) == MAX_LINES + 1


def test_a_hundred_times_to_and_fro_is_not_a_hundred_messages() -> None:
    messages, shown = [], FRESH
    for count in range(1, 201):
        told = next_message(with_steps(*steps(count)), shown)
        if told:
            messages.append(told)
            shown = after(shown, told)

    assert len(messages) == (LONG - 1) + (200 - LONG) // AT_ONCE
    assert read(messages[-1])[0] == "Steps left out here: 7."
    assert shown.told == 200


def test_in_a_long_thread_what_people_do_is_told_at_once() -> None:
    long = with_steps(*steps(40), moment(41, "Ingrid Berg"))

    assert due(long, replace(FRESH, told=40))
    assert not due(with_steps(*steps(41)), replace(FRESH, told=40))


def test_a_card_that_was_deleted_says_so_in_its_new_thread(snapshot: SnapshotAssertion) -> None:
    gone = replace(FRESH, told=3, restart=True, opened=0)
    told = next_message(with_steps(*steps(4)), gone)

    assert read(told) == snapshot
    assert next_message(with_steps(*steps(3)), replace(gone, told=0)) is not None


def test_a_thread_is_in_the_language_of_its_channel(snapshot: SnapshotAssertion) -> None:
    gone = replace(FRESH, told=1, restart=True)
    story = [Say("Seen for the first time."), *[Say("Approved.")] * 11, Say("The error is back.")]
    told = with_steps(*(replace(moment(n), say=say) for n, say in enumerate(story, start=1)))
    said = {}
    for language in Language:
        with speaking(language):
            message = read(next_message(told, gone))
            said[language.value] = [*message[:4], *message[-1:]]

    assert said == snapshot


@given(st.lists(MOMENTS, min_size=1, max_size=45), st.integers(0, 45), st.booleans())
def test_slack_takes_every_message(moments: list[Moment], before: int, restart: bool) -> None:  # noqa: FBT001 - drawn
    told = next_message(
        with_steps(*moments), replace(FRESH, told=before, restart=restart, opened=0)
    )

    if told is not None:
        assert check_blocks(told.blocks, "message") == []
        assert refused_by_the_sdk(told.blocks) == []
        assert 0 < escaped_bytes(told.text) <= 4000
        assert not set("<>") & set(told.text)
        assert sum(len(line) for line in read(told)) < 13_000


@given(st.lists(st.tuples(st.integers(0, 15), st.booleans()), max_size=25))
def test_each_moment_is_told_once_and_in_order(growth: list[tuple[int, bool]]) -> None:
    story: tuple[Moment, ...] = ()
    shown, reached, counted = replace(FRESH, opened=0), 0, 0
    for more, by_hand in growth:
        story += tuple(moment(len(story) + n, "Ola" * by_hand) for n in range(1, more + 1))
        while told := next_message(with_steps(*story), shown):
            said = read(told)
            left = int(said.pop(0).split()[-1][:-1]) if said[0].startswith("Steps") else 0
            numbers = [int(line.split()[-1][:-1]) for line in said]

            assert numbers == sorted(set(numbers))
            assert reached < numbers[0]
            assert numbers[-1] == told.upto == len(story)
            assert told.metadata["event_payload"]["from"] == reached
            reached, counted = told.upto, counted + left + len(numbers)
            shown = after(shown, told)

    assert counted == reached
    assert len(story) - reached < AT_ONCE
