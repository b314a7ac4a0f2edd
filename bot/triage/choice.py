"""In: a case. Out: which of its changes the card is about, which is the one that can be approved now.
Promise: pure; one answer for the card, its buttons and whoever decides on a click.
"""

from bot.model import Case, Proposal, Risk, State

UNDER_WAY = frozenset({State.APPROVED, State.APPLYING, State.UNKNOWN})


def shown(case: Case) -> Proposal | None:
    """The one change the card shows.

    What is being put back, or was; else what was approved, or chosen, or approved by the first of two, else the best.
    """
    if case.undo and case.state in UNDER_WAY:
        return case.proposal(case.undo.proposal_id)
    if case.state is State.UNDONE and (original := _put_back(case)):
        return original
    decided = case.proposal(case.decision.proposal_id) if case.decision else None
    chosen = case.proposal(case.chosen.proposal_id) if case.chosen else None
    agreed = next(filter(None, (case.proposal(a.proposal_id) for a in case.agreed)), None)
    return decided or chosen or agreed or first_choice(case)


def first_choice(case: Case) -> Proposal | None:
    """The one that the bot would take."""
    safe = (p for p in case.proposals if p.risk is Risk.SAFE)
    judge = (p for p in case.proposals if p.risk is Risk.JUDGE)
    return next(iter((*safe, *judge, *case.proposals)), None)


def _put_back(case: Case) -> Proposal | None:
    """The change that was taken back last."""
    undo = next((p for p in reversed(case.proposals) if p.undo_of), None)
    return next((d.proposal for d in case.past if undo and d.proposal.id == undo.undo_of), None)
