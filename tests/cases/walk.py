"""In: a stage on which a conflict has just been synchronized. Out: what the bot made of it, and the whole way of a fix.
`diagnosed` is the card as it is first drawn; `all_the_way` approves, writes, verifies and undoes one proposal.
Promise: what was written is read from AD itself, and compared with every other value of the company.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.model import Case, Proposal, State
from tests.stage.on_premises import Snapshot, differences
from tests.stage.stage import Stage

SAFE, JUDGE = "safe", "judge"


@dataclass(frozen=True)
class Card:
    code: str
    title: str
    risks: tuple[str, ...] = ()


def card_of(case: Case) -> Card:
    assert case.diagnosis is not None
    return Card(
        case.diagnosis.code,
        case.diagnosis.title.english(),
        tuple(p.risk.value for p in case.proposals),
    )


async def diagnosed(stage: Stage, value: str) -> Card:
    """The bot looks at the error lists and at both sides, and this is the card about the value."""
    await stage.poll()
    await stage.walk()
    return card_of(stage.case(value))


async def all_the_way(
    stage: Stage, value: str, nth: int = 0, *, mended: Callable[[], None] = lambda: None
) -> None:
    """One fix, from the approval to the green card, and back to the first state.

    `mended` is what Entra or the sync server does about it by itself, where the lab does not.
    """
    first = stage.snapshot_ad()
    proposal = stage.case(value).proposals[nth]
    written = await stage.approve(value, proposal)

    assert written.state is State.WRITTEN, [m.say.english() for m in written.timeline]
    assert differences(as_planned(first, proposal), stage.snapshot_ad()) == []

    mended()
    await stage.settle()

    assert value not in waiting(stage)
    assert stage.case(value).state is State.VERIFIED
    assert differences(as_planned(first, proposal), stage.snapshot_ad()) == []

    await stage.undo(value)

    assert differences(first, stage.snapshot_ad()) == []


def waiting(stage: Stage) -> set[str]:
    """The values, without prefix, that Entra still keeps from somebody."""
    return {error.address for each in stage.tenant.objects.values() for error in each.errors}


def as_planned(before: Snapshot, proposal: Proposal) -> Snapshot:
    """The whole company, with what the proposal says done to it, and nothing else."""
    after = {key: dict(values) for key, values in before.items()}
    for step in proposal.steps:
        values = after[step.forest, step.guid]
        for change in step.changes:
            gone = {value.encode() for value in change.delete}
            new = tuple(value.encode() for value in change.add)
            left = tuple(v for v in values.get(change.attribute, ()) if v not in gone)
            values[change.attribute] = tuple(sorted((*left, *new)))
            if not values[change.attribute]:
                del values[change.attribute]
    return after
