"""In: storms of every size, as bad as a directory can make them. Out: the one card of each.
Promise: Slack takes it, nothing in it is obeyed, and it is no longer for ten thousand than for a hundred.
"""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.model import Case, Member, Say, State, Storm
from bot.slack import listed
from bot.slack.cards import draw
from tests import builders
from tests.unit.slack.checks import wrong_with_card, wrong_with_view
from tests.unit.slack.hostile import TEXTS
from tests.unit.slack.samples import APPROVERS, SEEN_ITEM, running, storm
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


@settled(40)
@given(st.lists(TEXTS, min_size=1, max_size=25), st.booleans(), st.integers(0, 3))
def test_no_list_breaks_its_dialog(values: list[str], second: bool, page: int) -> None:  # noqa: FBT001 - drawn
    found = {}
    for n, value in enumerate(values):
        made = replace(builders.case(), key=builders.key(value=f"{n}{value}"))
        first = replace(made.proposals[0], title=Say("{name}", {"name": value}))
        found[made.id] = replace(made, proposals=(first,))
    items = tuple(replace(SEEN_ITEM, case_id=id_) for id_ in found)
    carried = listed.begun("c-storm", "C1", items, room=20, second=second)

    assert len(listed.write(carried)) <= 3000
    assert wrong_with_view(listed.page(replace(carried, page=page), found)) == []
    assert (
        wrong_with_view(
            listed.members(storm(), list(found.values())[:10], number=1, pages=3, channel="C1")
        )
        == []
    )


def test_the_number_typed_is_the_number_chosen() -> None:
    items = tuple(replace(SEEN_ITEM, case_id=f"c-{n}") for n in range(12))
    carried = listed.begun("c-storm", "C1", items, room=10)
    left = {
        "leave0": {"v": {"selected_options": [{"value": "1"}, {"value": "99"}, {"value": "x"}]}}
    }
    after = listed.ticked({"state": {"values": left}}, carried)

    assert after.left_out == (1,)
    assert [i.case_id for i in after.chosen()] == ["c-0", *(f"c-{n}" for n in range(2, 11))]

    def typed(text: str) -> str | None:
        return listed.wrong_count({"state": {"values": {"count": {"v": {"value": text}}}}}, after)

    assert typed("10") is None
    assert typed("12")
    assert typed("")


def test_a_list_that_somebody_approved_cannot_be_shortened_by_the_second() -> None:
    carried = listed.begun("c-storm", "C1", (SEEN_ITEM,), room=10, second=True)
    left = {"leave0": {"v": {"selected_options": [{"value": "0"}]}}}

    assert listed.ticked({"state": {"values": left}}, carried).chosen() == (SEEN_ITEM,)


def test_ten_thousand_are_told_in_as_many_blocks_as_ten() -> None:
    few, many = (draw(storm(count), approvers=APPROVERS) for count in (10, 10_000))

    assert len(few.blocks) == len(many.blocks)
    assert "10001" in many.text


def act_of(case: Case) -> dict[str, Any]:
    [act] = [b for b in draw(case, approvers=APPROVERS).blocks if b["type"] == "actions"]
    return act


def test_whoever_is_asked_whether_they_are_sure_keeps_the_button_while_the_card_is_redrawn() -> (
    None
):
    waits = running(ready=True)
    later = replace(waits, version=waits.version + 1)
    written = replace(later, storm=replace(later.storm, run=None)) if later.storm else later

    assert act_of(later) == act_of(waits)
    assert act_of(written)["block_id"] != act_of(waits)["block_id"]
