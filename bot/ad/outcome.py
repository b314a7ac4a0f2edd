"""In: what one modify answered, and the object around it. Out: the result and its sentence for the receipt.
Nothing was written unless the DC said so: every other code of LDAP means that the whole modify was undone.
Promise: each result says what is true in the directory now and what to do. Pure.
"""

from bot.ad.guard import missing_right
from bot.ad.swap import Swap
from bot.ad.target import Fit, Target, fit, touched
from bot.ad.trouble import (
    BUSY,
    CONSTRAINT,
    NO_RIGHT,
    NO_SUCH_ATTRIBUTE,
    NO_SUCH_OBJECT,
    SUCCESS,
    UNAVAILABLE,
    VALUE_EXISTS,
)
from bot.model import Before, Proposal, Say, Step, WriteResult

GONE = Say("The object is gone from the directory. Nothing was written.")
CHANGED = Say("The object has changed since this was approved. Nothing was written.")
_ALREADY = Say("It already is as it should be. Nothing was written.")
_WRITTEN = Say("Written.")
_UNSEEN = Say("Written; the look afterwards failed.")
_CHANGED_AGAIN = Say("Written, and somebody has changed it again since.")
_BUSY = Say("The domain controller was busy. Nothing was written; approve again.")

Outcome = tuple[WriteResult, Say]


def of(done: Swap, step: Step, user: str) -> Outcome:
    if done.code is None:
        return _not_sent(done)
    if done.code == SUCCESS:
        if done.after is None:
            return WriteResult.WRITTEN, _UNSEEN
        return WriteResult.WRITTEN, _WRITTEN if done.fit is Fit.DONE else _CHANGED_AGAIN
    if done.code in {NO_SUCH_ATTRIBUTE, VALUE_EXISTS}:
        if done.fit is Fit.DONE:
            return WriteResult.ALREADY, _ALREADY
        return WriteResult.STALE, CHANGED
    if done.code == NO_SUCH_OBJECT:
        return WriteResult.STALE, GONE
    return WriteResult.REFUSED, _refusal(done, step, user)


def _not_sent(done: Swap) -> Outcome:
    if done.before is None:
        return WriteResult.STALE, GONE
    if done.refused == CHANGED:
        return WriteResult.STALE, CHANGED
    if done.refused:
        return WriteResult.REFUSED, done.refused
    if done.fit is Fit.DONE:
        return WriteResult.ALREADY, _ALREADY
    return WriteResult.STALE, CHANGED


def _refusal(done: Swap, step: Step, user: str) -> Say:
    if done.code == NO_RIGHT:
        return missing_right(step.dn, ", ".join(touched(step)), user)
    if done.code in {BUSY, UNAVAILABLE}:
        return _BUSY
    if done.code == CONSTRAINT and "userPrincipalName" in touched(step):
        return Say("Another account of the forest has this sign-in name. Nothing was written.")
    return Say(
        "The domain controller refused the change: {said}. Nothing was written.",
        {"said": done.said},
    )


def settled(target: Target | None, step: Step, *, ours: bool) -> Outcome:
    """After a lost answer. `ours`: the journal knows that we set out to write this, and no more than that."""
    if target is None:
        return WriteResult.STALE, GONE
    match fit(target, step):
        case Fit.DONE if ours:
            return WriteResult.WRITTEN, Say("The answer was lost, but the change is there.")
        case Fit.DONE:
            return WriteResult.ALREADY, _ALREADY
        case Fit.READY:
            return WriteResult.STALE, Say("Nothing was written: the old values still stand there.")
        case _:
            return WriteResult.STALE, Say(
                "Something else stands there now. Look at the card again."
            )


def relied_on_before(proposal: Proposal, step: Step) -> tuple[Before, ...]:
    """Without a receipt of our own look, what people saw is the best before-image there is."""
    ref = step.ref
    return tuple(b for b in proposal.before if b.ref == ref and b.what in touched(step))
