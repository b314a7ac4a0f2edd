"""In: proposals that were written, with receipts of every kind. Out: the way back, or none.
Promise: write and undo leave exactly what stood there before, whatever the spelling; nothing else is ever touched.
"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.model import (
    Before,
    Case,
    Change,
    Mode,
    Proposal,
    Receipt,
    Risk,
    State,
    Step,
    WriteResult,
)
from bot.triage.past import AS_WRITTEN, undo_of_case
from bot.triage.plan import hash_of
from bot.triage.undo import given_back, strangers, undo_of
from bot.triage.value import fold
from tests.builders import (
    TENANT,
    VALUE,
    both_primary,
    case,
    decision,
    evidence,
    keeper,
    loser,
    receipt,
)


def back(proposal: Proposal, *receipts: Receipt, revision: int = 1) -> Proposal | None:
    return undo_of(proposal, receipts, tenant=TENANT, revision=revision)


def judged() -> Case:
    return case(evidence(keeper(), both_primary()))


def made_of(*steps: tuple[Change, ...]) -> Proposal:
    first = case().proposals[0]
    step = first.steps[0]
    made = tuple(replace(step, guid=f"{n}", changes=each) for n, each in enumerate(steps))
    changed = replace(first, steps=made)
    return replace(changed, plan_hash=hash_of(TENANT, changed))


def written(proposal: Proposal, step: int = 0, **more: Any) -> Receipt:
    return receipt(proposal_id=proposal.id, step=step, **more)


def image(step: Step, **values: tuple[str, ...]) -> tuple[Before, ...]:
    return tuple(Before(step.ref, n, v) for n, v in values.items())


def test_the_way_back_is_a_proposal_like_any_other() -> None:
    first = case().proposals[0]
    undo = back(first, written(first))

    assert undo is not None
    assert undo.steps[0].changes == (Change("proxyAddresses", add=(f"smtp:{VALUE}",)),)
    assert (undo.undo_of, undo.risk, undo.affected) == (first.id, first.risk, first.affected)
    assert undo.plan_hash == hash_of(TENANT, undo) != first.plan_hash
    assert undo.id != first.id


def test_what_two_people_approved_needs_two_people_to_be_put_back() -> None:
    first = judged().proposals[0]
    undo = back(first, written(first))

    assert undo is not None
    assert (undo.risk, len(undo.consequences)) == (Risk.JUDGE, 1)
    assert {c.attribute: (c.delete, c.add) for c in undo.steps[0].changes} == {
        c.attribute: (c.add, c.delete) for c in first.steps[0].changes
    }


def test_steps_are_put_back_the_last_one_first() -> None:
    one, two = (Change("mail", ("a@x.y",)),), (Change("mail", ("b@x.y",)),)
    both = made_of(one, two)
    undo = back(both, written(both, 0), written(both, 1))

    assert undo is not None
    assert [step.guid for step in undo.steps] == ["1", "0"]


@pytest.mark.parametrize("result", [r for r in WriteResult if r is not WriteResult.WRITTEN])
def test_what_was_not_our_write_is_left_to_whoever_made_it(result: WriteResult) -> None:
    both = made_of((Change("mail", ("a@x.y",)),), (Change("mail", ("b@x.y",)),))
    undo = back(both, written(both, 0), written(both, 1, result=result))

    assert undo is not None
    assert [step.guid for step in undo.steps] == ["0"]
    assert back(both, written(both, 0, result=result)) is None


def test_a_lost_answer_that_a_look_settled_counts_as_what_the_look_found() -> None:
    first = case().proposals[0]
    lost = written(first, result=WriteResult.UNKNOWN)

    assert back(first, lost) is None
    assert back(first, lost, written(first)) is not None


def test_receipts_of_another_proposal_are_nothing() -> None:
    first = case().proposals[0]

    assert back(first, receipt(proposal_id="p-other")) is None


def test_an_undo_is_not_undone() -> None:
    first = case().proposals[0]
    undo = back(first, written(first))

    assert undo is not None
    assert back(undo, written(undo)) is None


def test_what_comes_back_is_spelled_as_it_was_and_not_as_it_was_asked_for() -> None:
    """Matching ignores case: with both spellings there, AD may take away the other one."""
    proposal = made_of((Change("proxyAddresses", ("SMTP:J2@x.y",)),))
    step = proposal.steps[0]
    seen = written(
        proposal,
        before=image(step, proxyAddresses=("SMTP:J2@x.y", "smtp:j2@x.y")),
        after=image(step, proxyAddresses=("SMTP:J2@x.y",)),
    )
    undo = back(proposal, seen)

    assert undo is not None
    assert undo.steps[0].changes == (Change("proxyAddresses", add=("smtp:j2@x.y",)),)


def test_a_field_of_one_value_relies_on_what_was_left_in_it() -> None:
    proposal = made_of((Change("mail", ("a@x.y",)), Change("displayName", (), ("Bo",))))
    undo = back(proposal, written(proposal))

    assert undo is not None
    relied = {b.what: b.values for b in undo.before if b.ref.startswith("ad:")}
    assert relied == {"mail": (), "displayName": ("Bo",)}


def test_who_held_the_value_then_is_no_stranger_now() -> None:
    first = case().proposals[0]
    undo = back(first, written(first))
    assert undo is not None
    known = [r for h in evidence().holders for r in (h.ad and h.ad.ref, h.cloud and h.cloud.ref)]

    assert given_back(undo) == (VALUE,)
    assert strangers(undo, [r for r in known if r]) == ()
    assert strangers(undo, ["ad:corp:new", *[r for r in known if r]]) == ("ad:corp:new",)


def test_the_same_receipts_give_the_same_plan_and_each_try_its_own_id() -> None:
    first = case().proposals[0]
    tries = [back(first, written(first), revision=n) for n in (1, 1, 2)]

    assert [t.plan_hash for t in tries if t] == [tries[0].plan_hash] * 3 if tries[0] else False
    assert [t == tries[0] for t in tries] == [True, True, False]


@pytest.mark.parametrize("state", State)
def test_a_card_offers_it_only_while_the_write_stands(state: State) -> None:
    made = case(evidence(keeper(), loser()))
    there = replace(made, state=state, decision=decision(made), receipts=(receipt(made),))

    assert (undo_of_case(there) is not None) is (state in AS_WRITTEN | {State.UNDONE})
    assert undo_of_case(replace(there, decision=decision(made, mode=Mode.PROPOSE))) is None
    assert undo_of_case(replace(there, decision=None)) is None


# ---------------------------------------------------------------- there and back


_VALUES = st.sampled_from(
    ["SMTP:a@x.y", "smtp:A@x.y", "smtp:b@x.y", "smtp:c@x.y", "SMTP:d@x.y", "sip:e@x.y", "X500:/o=F"]
)


def modified(values: tuple[str, ...], change: Change) -> tuple[str, ...] | None:
    """One modify as the writer lets it through: exact deletes, and what is added is there in no letter case."""
    if not set(change.delete) <= set(values):
        return None
    left = [v for v in values if v not in change.delete]
    for value in change.add:
        if fold(value) in {fold(v) for v in left}:
            return None
        left.append(value)
    return tuple(left)


@st.composite
def stood_and_changed(draw: st.DrawFn) -> tuple[tuple[str, ...], Change]:
    """What stood there, and a change that takes some of it away or adds something else."""
    stood = draw(st.lists(_VALUES, unique_by=fold, min_size=1, max_size=6))
    delete = draw(st.lists(st.sampled_from(stood), unique=True, max_size=2))
    add = draw(st.lists(_VALUES, unique=True, max_size=2))
    return tuple(stood), Change("proxyAddresses", tuple(delete), tuple(add))


@given(stood_and_changed())
def test_there_and_back_is_where_it_was(drawn: tuple[tuple[str, ...], Change]) -> None:
    stood, change = drawn
    after = modified(stood, change)
    assume(after is not None and (change.delete or change.add))
    assume(not set(change.delete) & set(change.add))
    assert after is not None
    proposal = made_of((change,))
    step = proposal.steps[0]
    seen = written(
        proposal,
        before=image(step, proxyAddresses=stood),
        after=image(step, proxyAddresses=after),
    )
    undo = back(proposal, seen)
    if undo is None:
        assert sorted(after) == sorted(stood)
        return

    assert sorted(modified(after, undo.steps[0].changes[0]) or ()) == sorted(stood)
