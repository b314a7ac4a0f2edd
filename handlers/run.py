"""In: RunDue. Out: the changes of a list that two people approved, written one at a time.
For each the edge signs a decision of its own, dated like the grant and good for the time of any approval; the writer
checks each as ever.
Promise: what moved since it was seen is not written; the first that does not go as it should stops the run.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.events import CaseChanged, Event, RunDue
from bot.model import (
    Case,
    Decision,
    Grant,
    Item,
    Mode,
    Moment,
    Run,
    Say,
)
from bot.ports import AuditLine, Cases, Clock, Due, Result, Signer
from bot.triage import lists, pause
from bot.triage.causes import OVER
from handlers import approval
from handlers.timing import Timing

BEAT = timedelta(seconds=2)  # between two looks while one change is being written


async def go_on(
    events: Sequence[RunDue],
    *,
    cases: Cases,
    signer: Signer,
    clock: Clock,
    mode: Mode,
    timing: Timing,
) -> list[Result]:
    results, seen = [], set()
    for event in events:
        case = None if event.case_id in seen else await cases.get(event.case_id)
        seen.add(event.case_id)
        run = case.storm.run if case and case.storm else None
        if case is None or run is None or run.stopped is not None or run.ready:
            results.append(Result(event=event))
            continue
        results.append(await _step(event, case, run, cases, signer, clock.now(), mode, timing))
    return results


async def _step(
    event: RunDue,
    case: Case,
    run: Run,
    cases: Cases,
    signer: Signer,
    now: datetime,
    mode: Mode,
    timing: Timing,
) -> Result:
    if mode is not Mode.APPLY or not lists.is_granted(case, run, signer.seal):
        say = Say(
            "Stopped: the bot does not write now, or the approval of the list is not its own."
        )
        return _stopped(event, case, run, say, now)
    if paused := pause.read(await cases.marks_of([pause.MARK])):
        say = Say("Stopped: {why}", {"why": pause.told(paused)})
        return _stopped(event, case, run, say, now)
    granted = run.items[: run.grant.upto]
    stored = await cases.get_many([item.case_id for item in granted])
    if value := lists.broken(run, stored):
        say = Say(
            "Stopped: {value} did not go as it should, or changed since. Nothing further is written.",
            {"value": value},
        )
        return _stopped(event, case, run, say, now)
    item = lists.next_item(run, stored)
    if item is None and all(stored[i.case_id].state in OVER for i in granted):
        return _ready(event, case, run, now)
    if item is None:
        return Result(event=event, later=(_again(event, now + timing.storm_look_every),))
    if lists.in_flight(run, stored):
        return Result(event=event, later=(_again(event, now + BEAT),))
    if now >= run.grant.at + timing.approval_good_for:
        say = Say(
            "Stopped: the approval of the list was good for a few minutes only. Review the rest again."
        )
        return _stopped(event, case, run, say, now)
    return _approved(event, stored[item.case_id], item, run.grant, signer, now, timing)


def _approved(
    event: RunDue,
    case: Case,
    item: Item,
    grant: Grant,
    signer: Signer,
    now: datetime,
    timing: Timing,
) -> Result:
    proposal = lists.change_of(case, item)
    assert proposal is not None  # noqa: S101 - `broken` has looked
    decision = signer.sign(
        Decision(
            tenant=case.key.tenant,
            case_id=case.id,
            proposal_id=proposal.id,
            revision=case.revision,
            plan_hash=proposal.plan_hash,
            risk=proposal.risk,
            mode=Mode.APPLY,
            approvals=grant.approvals,
            reason="",
            decided_at=grant.at,
            expires_at=grant.at + timing.approval_good_for,
        )
    )
    told = Moment(
        now, grant.approvals[-1].name, Say("Approved, in a list that two people reviewed.")
    )
    line = approval.audit_line(
        "decision.approved",
        case,
        proposal,
        grant.approvals,
        f"list of {event.case_id}",
        decision.signature,
    )
    return Result(
        event=event,
        case=approval.approved(case, decision, now, told),
        follow=(
            approval.to_be_written(case, proposal),
            _redraw(event, case.id, case.version),
        ),
        later=(_again(event, now + BEAT),),
        audit=(line,),
    )


def _ready(event: RunDue, case: Case, run: Run, now: datetime) -> Result:
    assert case.storm is not None  # noqa: S101 - the run is part of it
    ready = replace(run, ready=True)
    rest = len(run.items) - run.grant.upto
    gaps = {"count": str(run.grant.upto), "rest": str(rest)}
    say = (
        Say("The first {count} are verified. An approver can let the other {rest} go on.", gaps)
        if rest
        else Say("All {count} of the list are verified.", gaps)
    )
    after = lists.told(case, replace(case.storm, run=ready), now, "", say)
    line = AuditLine("bot", "list.verified", case.id, {"count": gaps["count"]})
    follow = (_redraw(event, case.id, case.version),)
    return Result(event=event, case=after, follow=follow, audit=(line,))


def _stopped(event: RunDue, case: Case, run: Run, say: Say, now: datetime) -> Result:
    assert case.storm is not None  # noqa: S101 - the run is part of it
    after = lists.told(
        case, replace(case.storm, run=replace(run, stopped=say)), now, "", say, loud=True
    )
    line = AuditLine("bot", "list.stopped", case.id, {"why": say.msgid})
    follow = (_redraw(event, case.id, case.version),)
    return Result(event=event, case=after, follow=follow, audit=(line,))


def _again(event: RunDue, at: datetime) -> Due:
    return Due(replace(event, id=f"run:{event.case_id}"), at)


def _redraw(event: Event, case_id: str, version: int) -> CaseChanged:
    return CaseChanged(tenant=event.tenant, id=f"{case_id}:{version}:run", case_id=case_id)
