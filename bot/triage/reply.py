"""In: a case. Out: three plain sentences that the help desk can say or paste to the person who called.
What is wrong, what is being done, when it will be right: nothing technical, and nothing about anybody else.
Promise: pure; no name, address or account of another person is in it: that is what the case is often about.
"""

from collections.abc import Mapping

from bot.model import Case, Holder, Kind, Say, State
from bot.triage.situation import served
from bot.triage.value import bare_of, fold

_WHAT_IS_DONE: Mapping[State, Say] = {
    State.PENDING: Say(
        "We know what to change, and a colleague has to agree to it first; you need not do anything."
    ),
    State.APPROVED: Say("The correction has been agreed and is being made right now."),
    State.APPLYING: Say("The correction has been agreed and is being made right now."),
    State.WRITTEN: Say(
        "We have corrected it in our directory, and it is on its way to Microsoft 365."
    ),
    State.EXPORTED: Say(
        "We have corrected it, and Microsoft 365 has received it; its own clean-up is still to come."
    ),
    State.OVERDUE: Say(
        "We have corrected it, but Microsoft 365 is taking longer than usual; we keep watching it."
    ),
    State.VERIFIED: Say("It has been corrected, and Microsoft 365 confirms it."),
    State.CLOSED: Say("It has been settled."),
}
_STILL_OPEN = Say("We are looking into it and have to ask colleagues before anything is changed.")
_SETTLED = {State.VERIFIED, State.CLOSED}
_ON_ITS_WAY = {State.APPROVED, State.APPLYING, State.WRITTEN, State.EXPORTED}


def reply_for(case: Case) -> tuple[Say, Say, Say]:
    """For whoever the error is about: the person whose account lacks something."""
    return _what_is_wrong(case), _what_is_done(case), _when(case)


def _what_is_done(case: Case) -> Say:
    return _STILL_OPEN if _taken_back(case) else _WHAT_IS_DONE.get(case.state, _STILL_OPEN)


def _taken_back(case: Case) -> bool:
    """A correction is on its way back, not on its way."""
    return case.undo is not None and case.state not in _SETTLED


def _what_is_wrong(case: Case) -> Say:
    caller = _caller(case)
    if case.key.kind is Kind.TENANT:
        return Say(
            "Changes to accounts do not reach Microsoft 365 at the moment, for anybody in the company."
        )
    if case.state in _SETTLED:
        return Say("There was a problem with one of the addresses or names of your account.")
    if caller is not None and _is_their_own(caller, case):
        return Say(
            "Your address {value} does not work in Microsoft 365 as it should.",
            {"value": case.key.value},
        )
    return Say(
        "One of the addresses or names entered on your account cannot be used in Microsoft 365, because it is "
        "in use elsewhere."
    )


def _when(case: Case) -> Say:
    if case.state in _SETTLED:
        return Say(
            "You need not do anything; if something still looks wrong tomorrow, please call again."
        )
    if case.state in _ON_ITS_WAY and not _taken_back(case):
        return Say(
            "It usually takes up to an hour and a half until everything shows it; nothing you have received is lost."
        )
    return Say(
        "Everything else on your account works as before, and nothing you have received is lost."
    )


def _caller(case: Case) -> Holder | None:
    failing = {e.object_id for e in case.errors}
    holders = case.evidence.holders if case.evidence else ()
    return next((h for h in holders if h.cloud and h.cloud.id in failing), None)


def _is_their_own(caller: Holder, case: Case) -> bool:
    """Nobody else has it: then it tells nothing about anybody else.

    Where somebody else holds it, the value may be that person's name: it stays out.
    """
    others = [h for h in (case.evidence.holders if case.evidence else ()) if h is not caller]
    held = any(h.ad_claims or served(h) for h in others)
    mine = {bare_of(c.value)[1] for c in caller.ad_claims}
    return not held and fold(case.key.value) in mine
