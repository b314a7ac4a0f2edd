"""In: a case. Out: the changes that the bot wrote for it and that still stand, and what taking each of them back would do.
A case goes on after a write: to its next holder, to a fresh look, to an error that is back. What was written goes along.
Promise: pure; the newest first; what a later change of ours was written over waits until that one is put back.
"""

from dataclasses import replace

from bot.model import AdObject, Case, CloudObject, Done, Evidence, Mode, Proposal, State
from bot.triage.holding import holds
from bot.triage.undo import undo_of, written_steps

# the card tells of the change of now; a green one stays for a day before it is closed
AS_WRITTEN = frozenset(
    {State.WRITTEN, State.EXPORTED, State.OVERDUE, State.VERIFIED, State.PARTIAL}
)
# nothing is on its way, so that what was written can be taken back
UNDOABLE = AS_WRITTEN | {
    State.OPEN,
    State.PENDING,
    State.REJECTED,
    State.EXPIRED,
    State.REFUSED,
    State.UNDONE,
}
MOST_PAST = 10


def undos_of_case(case: Case) -> tuple[Proposal, ...]:
    """What its card offers to put back. What a person made by hand, a person takes back."""
    if case.state not in UNDOABLE:
        return ()
    found: list[Proposal] = []
    written_over: set[tuple[str, str]] = set()
    for done in _standing(case):
        touched = _touched(done)
        if not touched & written_over:
            undo = undo_of(
                done.proposal, done.receipts, tenant=case.key.tenant, revision=case.revision
            )
            found += [undo] if undo else []
        written_over |= touched
    return tuple(found)


def undo_of_case(case: Case) -> Proposal | None:
    """Of the newest change."""
    return next(iter(undos_of_case(case)), None)


def undo_seen(case: Case, proposal_id: str) -> Proposal | None:
    """The one that a click is about. Of another card: the newest, which the click is then measured by."""
    offered = undos_of_case(case)
    return next((u for u in offered if u.id == proposal_id), next(iter(offered), None))


def written(case: Case, proposal_id: str) -> Done | None:
    """A change of ours that nobody has put back yet, as far as the case knows."""
    now = _of_now(case)
    standing = (*((now,) if now else ()), *(d for d in case.past if not d.put_back))
    return next((d for d in standing if d.proposal.id == proposal_id), None)


def set_aside(case: Case) -> Case:
    """The case goes on without its decision; what was written under it joins what was written before."""
    now = _of_now(case)
    past = (*case.past, now) if now else case.past
    while past and past[-1].put_back:  # nothing that stands was written after it
        past = past[:-1]
    return replace(
        case,
        past=past[-MOST_PAST:],
        decision=None,
        undo=None,
        receipts=(),
        written_at=None,
        verify_by=None,
        next_look_at=None,
    )


def put_back(case: Case, proposal_id: str) -> Case:
    """All of it was taken back by us: then it was not written back by somebody else (C60)."""
    done = written(case, proposal_id)
    if done is None:
        return case
    past = case.past if done in case.past else (*case.past, done)
    return replace(
        case,
        past=tuple(replace(d, put_back=True) if d == done else d for d in past),
        repairs=tuple(r for r in case.repairs if r.at != done.at),
    )


def put_back_in_part(case: Case, proposal_id: str, steps: int) -> Case:
    """So many steps were taken back, the last one first; what is left of it still stands."""
    done = written(case, proposal_id)
    if done is None or not steps:
        return case
    receipts = written_steps(done.proposal, done.receipts)[:-steps]
    if done not in case.past:
        return replace(case, receipts=receipts)
    left = replace(done, receipts=receipts)
    return replace(case, past=tuple(left if d == done else d for d in case.past))


def forgotten(case: Case, proposal_id: str) -> Case:
    """Somebody changed it since: there is nothing of ours to take back. Of the change of now `verify` finds out."""
    return replace(case, past=tuple(d for d in case.past if d.proposal.id != proposal_id))


def _standing(case: Case) -> tuple[Done, ...]:
    """The newest first. A change that was written back is no change of now any more, and waits for a fresh look."""
    now = _of_now(case) if case.state in AS_WRITTEN | {State.UNDONE} else None
    before = (
        d for d in reversed(case.past) if not d.put_back and not _contradicted(d, case.evidence)
    )
    return (*((now,) if now else ()), *before)


def _of_now(case: Case) -> Done | None:
    decision = case.decision
    if decision is None or decision.mode is not Mode.APPLY:
        return None
    original = case.proposal(decision.proposal_id)
    if original is None or original.id in {d.proposal.id for d in case.past}:
        return None
    steps = written_steps(original, case.receipts)
    if not steps:
        return None
    return Done(proposal=original, receipts=case.receipts, at=case.written_at or steps[-1].at)


def _contradicted(done: Done, evidence: Evidence | None) -> bool:
    """An object that was read after the write no longer holds it so. Most are not read again: they let go of the
    value, and a search by the value does not find them.
    """
    holders = evidence.holders if evidence else ()
    seen = {side.ref: side for h in holders for side in (h.ad, h.cloud) if side}
    steps = (done.proposal.steps[r.step] for r in written_steps(done.proposal, done.receipts))
    return any(
        step.ref in seen and (_is_deleted(seen[step.ref]) or not holds(step, seen[step.ref]))
        for step in steps
    )


def _is_deleted(target: AdObject | CloudObject) -> bool:
    return target.deleted if isinstance(target, AdObject) else target.deleted_at is not None


def _touched(done: Done) -> set[tuple[str, str]]:
    steps = (done.proposal.steps[r.step] for r in written_steps(done.proposal, done.receipts))
    return {(step.ref, change.attribute) for step in steps for change in step.changes}
