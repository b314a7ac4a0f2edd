"""In: storms of every size, as bad as a directory can make them. Out: the one card of each.
Promise: Slack takes it, nothing in it is obeyed, and it is no longer for ten thousand than for a hundred.
"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.model import Case, Member, Say, State, Storm
from bot.slack.cards import draw
from tests.unit.slack.checks import wrong_with_card
from tests.unit.slack.hostile import TEXTS
from tests.unit.slack.samples import APPROVERS, storm
from tests.unit.slack.test_every_card import settled

MEMBERS = st.builds(
    Member,
    case_id=st.uuids().map(str),
    version=st.integers(0, 9),
    state=st.sampled_from(State),
    code=st.sampled_from(["", "C00", "C01", "C35"]),
    attribute=TEXTS,
    place=TEXTS,
    safe=st.booleans(),
    apart=st.booleans(),
)


def of(members: tuple[Member, ...], title: str = "") -> Case:
    examples = {f"{m.code} {m.attribute}": Say("{name}", {"name": title}) for m in members}
    return replace(storm(), storm=Storm(members=members, examples=examples))


@settled(60)
@given(st.lists(MEMBERS, max_size=60), TEXTS)
def test_no_storm_breaks_its_card(members: list[Member], title: str) -> None:
    card = draw(of(tuple(members), title), approvers=APPROVERS)

    assert wrong_with_card(card.text, card.blocks) == []


def test_ten_thousand_are_told_in_as_many_blocks_as_ten() -> None:
    few, many = (draw(storm(count), approvers=APPROVERS) for count in (10, 10_000))

    assert len(few.blocks) == len(many.blocks)
    assert "10001" in many.text
