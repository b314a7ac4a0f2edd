"""In: what a write, or a look at one, came to. Out: the same, and the pause of the bot when the second in a row went wrong.
Wrong is what failed at the write itself, whose answer was lost, or what Entra did not confirm in time.
Promise: counted once a change, however often it is looked at; one that Entra confirms begins the row anew.
"""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from bot.events import Announced
from bot.model import Case, Moment, Paused, Proposal, Receipt, Say, State, WriteResult
from bot.ports import AuditLine, Cases, Clock, Result
from bot.triage import pause
from handlers.undo import DONE

_NAMES = (pause.MARK, pause.BAD)
_WRONG = {WriteResult.STALE, WriteResult.UNKNOWN}


async def after_write(
    result: Result, proposal: Proposal, receipts: Sequence[Receipt], cases: Cases, clock: Clock
) -> Result:
    """`refused` is no failure: a rule held, and nothing was tried."""
    results = {receipt.result for receipt in receipts}
    in_part = bool(results & DONE) and not results <= DONE
    if results & _WRONG or in_part:
        return await _wrong(result, proposal.id, cases, clock)
    if results <= DONE:
        return await _forget(result, cases, only=proposal.id)
    return result


async def after_look(before: Case, result: Result, cases: Cases, clock: Clock) -> Result:
    after, decision = result.case, before.decision
    if after is None or decision is None:
        return result
    if after.state is State.OVERDUE and before.state is not State.OVERDUE:
        return await _wrong(result, decision.proposal_id, cases, clock)
    if after.state is State.VERIFIED:
        return await _forget(result, cases)
    return result


async def _wrong(result: Result, proposal_id: str, cases: Cases, clock: Clock) -> Result:
    case = result.case
    assert case is not None  # noqa: S101 - a write has a case
    marks = await cases.marks_of(_NAMES)
    bad = pause.bad_writes(marks)
    if any(each == proposal_id for each, _ in bad):
        return result
    bad = (*bad, (proposal_id, case.id))[-pause.IN_A_ROW :]
    relies = {name: marks.get(name) for name in _NAMES}
    noted: dict[str, str | None] = {pause.BAD: pause.of_bad(bad)}
    if len(bad) < pause.IN_A_ROW or pause.MARK in marks:
        return replace(result, marks={**(result.marks or {}), **noted}, relies=relies)
    paused = Paused(
        id=clock.new_id("pause"), at=clock.now(), cases=tuple(case_id for _, case_id in bad)
    )
    noted[pause.MARK] = pause.write(paused)
    say = Say("The bot has paused itself: {why}", {"why": pause.told(paused)})
    moment = Moment(paused.at, "", say, broadcast=True)
    line = AuditLine("bot", "pause.set", case.id, {"cases": ",".join(paused.cases)})
    return replace(
        result,
        case=replace(case, timeline=(*case.timeline, moment)),
        follow=(*result.follow, announced(case.key.tenant, paused.id, say)),
        audit=(*result.audit, line),
        marks={**(result.marks or {}), **noted},
        relies=relies,
    )


async def _forget(result: Result, cases: Cases, *, only: str = "") -> Result:
    marks = await cases.marks_of([pause.BAD])
    bad = pause.bad_writes(marks)
    left = tuple(pair for pair in bad if only and pair[0] != only)
    if left == bad:
        return result
    noted = {**(result.marks or {}), pause.BAD: pause.of_bad(left)}
    return replace(result, marks=noted, relies={pause.BAD: marks.get(pause.BAD)})


def announced(tenant: str, about: str, say: Say) -> Announced:
    body = msgspec.json.encode(say).decode()
    return Announced(tenant=tenant, id=f"{about}:announced", shape="say", body=body)
