"""In: a proposal that was written, and the receipts of its steps. Out: the proposal that puts it back, or None.
Each step that our own modify changed is reversed, the last one first, in the exact spelling its receipt shows.
Promise: pure; the same receipts give the same plan, so the writer can make it anew from its own journal and compare.
What came into the object since stays there: only what we wrote goes, only what we took away comes back.
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.model import Before, Change, Done, Proposal, Receipt, Risk, Say, Step, WriteResult
from bot.triage.plan import plan_hash
from bot.triage.proposals import given_addresses, numbered
from bot.triage.value import fold

_ORIGINAL = "undo"
_HOLDERS = ("holders", "refs")
_MANY_VALUES = frozenset({"proxyAddresses"})


def undo_of(
    proposal: Proposal, receipts: Iterable[Receipt], *, tenant: str, revision: int
) -> Proposal | None:
    """None: nothing of it was written by us, or it is an undo itself (the way back from that is a new proposal)."""
    if proposal.undo_of is not None:
        return None
    written = written_steps(proposal, receipts)
    reversed_steps = tuple(
        step for r in reversed(written) if (step := _reversed(proposal.steps[r.step], r))
    )
    if not reversed_steps:
        return None
    before = (
        Before(_ORIGINAL, proposal.id, (proposal.plan_hash,)),
        *(b for b in proposal.before if (b.ref, b.what) == _HOLDERS),
        *(b for r in written for b in _single_values(proposal.steps[r.step])),
    )
    names = {"name": ", ".join(dict.fromkeys(s.name for s in reversed_steps))}
    cites = tuple(dict.fromkeys(s.ref for s in reversed_steps))
    safe = proposal.risk is Risk.SAFE
    undo = Proposal(
        id="",
        case_id=proposal.case_id,
        code=proposal.code,
        rank=1,
        risk=proposal.risk,
        title=Say("Put back what was changed on {name}", names, cites),
        because=Say(
            "it puts back exactly what one click had changed"
            if safe
            else "what two people had to agree on, two people put back",
            cites=cites,
        ),
        untouched=Say("Whatever came into {name} since then stays there.", names, cites),
        steps=reversed_steps,
        before=before,
        plan_hash=plan_hash(
            tenant=tenant,
            case_id=proposal.case_id,
            code=proposal.code,
            risk=proposal.risk,
            steps=reversed_steps,
            before=before,
            affected=proposal.affected,
        ),
        affected=proposal.affected,
        consequences=()
        if safe
        else (Say("{name} is as before, and the sync error comes back with it.", names, cites),),
        undo_of=proposal.id,
    )
    return numbered((undo,), revision)[0]


def written_steps(proposal: Proposal, receipts: Iterable[Receipt]) -> tuple[Receipt, ...]:
    """The last word on each step that our own modify changed, in the order of the steps.

    A step that already stood as we wanted it is somebody else's work, and is left to them.
    """
    last = {r.step: r for r in receipts if r.proposal_id == proposal.id}
    known = (last[n] for n in range(len(proposal.steps)) if n in last)
    return tuple(r for r in known if r.result is WriteResult.WRITTEN)


def given_back(undo: Proposal) -> tuple[str, ...]:
    """Bare addresses that somebody else may have taken since."""
    changes = tuple(change for step in undo.steps for change in step.changes)
    return given_addresses(changes)


def strangers(undo: Proposal, holders: Iterable[str], past: Iterable[Done] = ()) -> tuple[str, ...]:
    """Those of the holders of today that did not hold the value when the change was approved.

    Nor before an earlier change of ours in `past` that was put back since: what that one gave back is theirs again.
    """
    images = (undo.before, *(d.proposal.before for d in past if d.put_back))
    known = {r for each in images for b in each if (b.ref, b.what) == _HOLDERS for r in b.values}
    return tuple(sorted(set(holders) - known))


def _reversed(step: Step, receipt: Receipt) -> Step | None:
    changes = tuple(
        change for c in reversed(step.changes) if (change := _reversed_change(c, receipt))
    )
    if not changes:
        return None
    return replace(step, changes=changes)


def _reversed_change(change: Change, receipt: Receipt) -> Change | None:
    """Matching in AD ignores case: what went may be spelled otherwise than what we asked to delete."""
    had, has = _image(receipt.before, change.attribute), _image(receipt.after, change.attribute)
    gone = change.delete
    if had is not None and has is not None:
        asked = {fold(v) for v in change.delete}
        gone = tuple(v for v in had if v not in has and fold(v) in asked)
    if not gone and not change.add:
        return None
    return Change(change.attribute, delete=change.add, add=gone)


def _image(image: Iterable[Before], attribute: str) -> tuple[str, ...] | None:
    """None: nobody looked."""
    values = next((b.values for b in image if b.what == attribute), None)
    return None if values is None else tuple(v for v in values if v)


def _single_values(step: Step) -> tuple[Before, ...]:
    """An attribute of one value is put back only while it holds what we left there."""
    return tuple(
        Before(step.ref, change.attribute, change.add)
        for change in step.changes
        if change.attribute not in _MANY_VALUES
    )
