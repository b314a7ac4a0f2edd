"""In: BatchClicked, RunDue. Out: a list of safe changes that two people approved, written one at a time.
A grant, sealed by the edge, says how far a run may go: five first, the rest after another click. For each change the
edge signs a decision of its own, good for the time of any approval; the writer checks each as ever.
Promise: what moved since it was seen is not written; the first that does not go as it should stops the run.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.events import BatchClicked, CaseChanged, Event, FixApproved, PaperReady, RunDue
from bot.model import (
    Approval,
    Case,
    Decision,
    Grant,
    Item,
    ListAgreement,
    Mode,
    Moment,
    Person,
    Refusal,
    Run,
    Say,
    SlackUser,
    State,
    Storm,
)
from bot.ports import AuditLine, Cases, Clock, Due, People, Result, Signer
from bot.triage import lists, pause
from bot.triage.causes import OVER
from bot.triage.sheet import approved_at
from handlers import approval
from handlers.clicks import (
    NO_CASE,
    NOT_HEARD,
    actor,
    answered,
    came_from_slack,
    redrawn,
    refused,
    too_late,
)
from handlers.refusals import SUPERSEDED
from handlers.standing import may_decide, still_counts
from handlers.timing import Timing

BEAT = timedelta(seconds=2)  # between two looks while one change is being written
_RUNS = Refusal(
    "run-under-way", Say("A list is being written already. The card shows how far it is.")
)
_NOTHING = Refusal(
    "list-empty",
    Say(
        "None of these changes is as you saw it any more, or each concerns you. Review them again."
    ),
)
_MOVED = Refusal(
    "list-moved",
    Say("Something of the rest has changed since, or concerns you. Review what is left again."),
)
_NO_FIRST = Refusal(
    "list-not-agreed",
    Say("The list that waited for a second person is not there any more. Review it again."),
)
_SAME = Refusal(
    "same-approver",
    Say("You have approved this list already. Somebody else has to approve it too."),
)
_NOT_READY = Refusal(
    "run-not-ready", Say("The run cannot go on now. The card shows how far it is.")
)


async def batch(
    events: Sequence[BatchClicked],
    *,
    cases: Cases,
    people: People,
    signer: Signer,
    clock: Clock,
    timing: Timing,
) -> list[Result]:
    results = []
    for event in events:
        if came_from_slack(event, signer):
            results.append(await _pressed(event, cases, people, signer, clock, timing))
        else:
            results.append(refused(event, NOT_HEARD))
    return results


async def _pressed(
    event: BatchClicked,
    cases: Cases,
    people: People,
    signer: Signer,
    clock: Clock,
    timing: Timing,
) -> Result:
    person = await people.may_approve(event.reply_to.user, None)
    if isinstance(person, Refusal):
        return refused(event, person)
    if shared := await people.open_to_others(event.reply_to.channel):
        return refused(event, shared)
    case = await cases.get(event.case_id)
    if case is None or case.storm is None or case.state is State.CLOSED:
        return refused(event, NO_CASE)
    if late := too_late(event, clock.now(), timing):
        return refused(event, late)
    if event.action == "show":
        return await _show(event, cases, person, clock.now())
    if paused := pause.refusal(pause.read(await cases.marks_of([pause.MARK]))):
        return refused(event, paused)
    if event.action == "continue":
        return await _continue(event, case, case.storm, person, cases, people, signer, clock)
    return await _listed(event, case, case.storm, person, cases, people, signer, clock)


async def _show(event: BatchClicked, cases: Cases, person: Person, now: datetime) -> Result:
    case = await cases.get(event.items[0].case_id) if event.items else None
    if case is None or not case.batch:
        return refused(event, NO_CASE)
    say = Say("Shown in a card of its own.")
    told = (*case.timeline, Moment(now, person.name, say))
    shown = replace(case, apart=True, timeline=told)
    line = AuditLine(actor=actor(event), action="case.shown", case_id=case.id)
    follow = (redrawn(event, case), answered(event, say))
    return Result(event=event, case=shown, follow=follow, audit=(line,))


async def _listed(
    event: BatchClicked,
    case: Case,
    storm: Storm,
    person: Person,
    cases: Cases,
    people: People,
    signer: Signer,
    clock: Clock,
) -> Result:
    """Approved as the first or as the second of two."""
    if lists.is_writing(storm):
        return refused(event, _RUNS)
    first = lists.first_of_two(case, signer.seal) if event.action == "second" else None
    if event.action == "second":
        if first is None or not set(event.items) <= set(first.items):
            return refused(event, _NO_FIRST)
        if approval.is_same(person, first.approval):
            return refused(event, _SAME)
        if not await still_counts(people, first.approval):
            return refused(event, _NO_FIRST)
    who = {person.entra_id, *([first.approval.entra_id] if first else [])}
    items, fell_out = await _sound(
        event.items[: lists.LONGEST], who, event.reply_to.user, cases, people, clock.now()
    )
    if not items:
        return refused(event, _NOTHING)
    given = approval.given_by(person, clock.now())
    if first is None:
        result = _agreed(event, case, storm, items, given, signer)
    else:
        result = _begun(event, case, storm, items, (first.approval, given), signer)
    if not fell_out:
        return result
    gaps = {"count": str(len(fell_out)), "values": ", ".join(fell_out)}
    left = answered(
        event, Say("Left out, for they changed since or concern you: {count}. {values}", gaps)
    )
    return replace(result, follow=(*result.follow, replace(left, id=f"{event.id}:left-out")))


async def _sound(
    items: Sequence[Item],
    who: set[str],
    user: SlackUser,
    cases: Cases,
    people: People,
    now: datetime,
) -> tuple[tuple[Item, ...], list[str]]:
    """Those that are as they were seen and concern none of those who approve; the values of the others."""
    stored = await cases.get_many([item.case_id for item in items])
    kept, fell_out = [], []
    for item in dict.fromkeys(items):
        case = stored.get(item.case_id)
        change = lists.change_of(case, item)
        concerned = change is not None and who & set(change.affected)
        if (
            case is None
            or change is None
            or concerned
            or case.expires_at is None
            or now >= case.expires_at
            or isinstance(await may_decide(people, user, change, case), Refusal)
        ):
            fell_out.append(case.key.value if case else item.case_id)
        else:
            kept.append(item)
    return tuple(kept), fell_out


def _agreed(
    event: BatchClicked,
    case: Case,
    storm: Storm,
    items: tuple[Item, ...],
    given: Approval,
    signer: Signer,
) -> Result:
    agreed = ListAgreement(items=items, approval=given)
    seal = signer.seal(lists.agreed_bytes(case.key.tenant, case.id, agreed))
    gaps = {"count": str(len(items))}
    say = Say("Approved a list of {count} safe changes, as the first of two.", gaps)
    noted = Say("Noted. One more person has to approve the same list before anything is written.")
    after = _told(
        case, replace(storm, agreed=replace(agreed, seal=seal)), given.at, given.name, say
    )
    line = _line("list.agreed", event, items, (given,))
    return Result(
        event=event,
        case=after,
        follow=(answered(event, noted), redrawn(event, case)),
        audit=(line,),
    )


def _begun(
    event: BatchClicked,
    case: Case,
    storm: Storm,
    items: tuple[Item, ...],
    approvals: tuple[Approval, ...],
    signer: Signer,
) -> Result:
    upto = min(lists.CANARY, len(items))
    given = approvals[-1]
    grant = _sealed(case, items, Grant(upto=upto, approvals=approvals, at=given.at), signer)
    gaps = {"count": str(len(items)), "first": str(upto)}
    say = Say(
        "Approved a list of {count} safe changes, as the second. The first {first} are written now.",
        gaps,
    )
    begun = replace(storm, agreed=None, run=Run(items=items, grant=grant))
    going = _going(
        event, _told(case, begun, given.at, given.name, say), items, grant, "list.approved"
    )
    name = approved_at(case.id, given.at).name
    paper = PaperReady(tenant=event.tenant, id=name, paper=name)
    return replace(going, follow=(*going.follow, paper))


async def _continue(
    event: BatchClicked,
    case: Case,
    storm: Storm,
    person: Person,
    cases: Cases,
    people: People,
    signer: Signer,
    clock: Clock,
) -> Result:
    run = storm.run
    if run is None or not run.ready or not lists.is_running(storm):
        return refused(event, _NOT_READY)
    if [item.plan_hash for item in event.items] != [lists.name_of(run)]:
        return refused(event, SUPERSEDED)
    if not lists.is_granted(case, run, signer.seal):
        return refused(event, _NO_FIRST)
    for given in run.grant.approvals:
        if not await still_counts(people, given):
            return refused(event, _NO_FIRST)
    rest = run.items[run.grant.upto :]
    sound, _ = await _sound(
        rest, {person.entra_id}, event.reply_to.user, cases, people, clock.now()
    )
    if sound != rest:
        return refused(event, _MOVED)
    own = approval.given_by(person, clock.now())
    others = [a for a in run.grant.approvals if a.entra_id != own.entra_id]
    approvals = tuple(others if len(others) == len(run.grant.approvals) else run.grant.approvals)
    if len(others) == len(run.grant.approvals):
        approvals = (*approvals, own)
    grant = _sealed(
        case, run.items, Grant(upto=len(run.items), approvals=approvals, at=own.at), signer
    )
    say = Say("Goes on with the other {count}.", {"count": str(len(rest))})
    going = replace(storm, run=replace(run, grant=grant, ready=False))
    return _going(event, _told(case, going, own.at, own.name, say), rest, grant, "list.continued")


def _going(
    event: BatchClicked, after: Case, items: tuple[Item, ...], grant: Grant, action: str
) -> Result:
    begin = RunDue(tenant=event.tenant, id=f"{event.id}:run", case_id=after.id)
    return Result(
        event=event,
        case=after,
        follow=(begin, redrawn(event, after)),
        audit=(_line(action, event, items, grant.approvals),),
    )


# ---------------------------------------------------------------- one at a time


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
    who = grant.approvals[-1].name
    approved = replace(
        case,
        state=State.APPROVED,
        decision=decision,
        agreed=(),
        expires_at=None,
        updated_at=now,
        timeline=(
            *case.timeline,
            Moment(now, who, Say("Approved, in a list that two people reviewed.")),
        ),
    )
    write = FixApproved(
        tenant=event.tenant,
        id=f"{case.id}:{case.revision}:approved",
        case_id=case.id,
        proposal_id=proposal.id,
        revision=case.revision,
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
        case=approved,
        follow=(write, _redraw(event, case.id, case.version)),
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
    after = _told(case, replace(case.storm, run=ready), now, "", say)
    line = AuditLine("bot", "list.verified", case.id, {"count": gaps["count"]})
    follow = (_redraw(event, case.id, case.version),)
    return Result(event=event, case=after, follow=follow, audit=(line,))


def _stopped(event: RunDue, case: Case, run: Run, say: Say, now: datetime) -> Result:
    assert case.storm is not None  # noqa: S101 - the run is part of it
    after = _told(case, replace(case.storm, run=replace(run, stopped=say)), now, "", say, loud=True)
    line = AuditLine("bot", "list.stopped", case.id, {"why": say.msgid})
    follow = (_redraw(event, case.id, case.version),)
    return Result(event=event, case=after, follow=follow, audit=(line,))


# ---------------------------------------------------------------- people, words, seals


def _sealed(case: Case, items: tuple[Item, ...], grant: Grant, signer: Signer) -> Grant:
    return replace(
        grant, seal=signer.seal(lists.granted_bytes(case.key.tenant, case.id, items, grant))
    )


def _told(
    case: Case, storm: Storm, now: datetime, who: str, say: Say, *, loud: bool = False
) -> Case:
    return replace(case, storm=storm, timeline=(*case.timeline, Moment(now, who, say, loud)))


def _line(
    action: str, event: BatchClicked, items: tuple[Item, ...], approvals: tuple[Approval, ...]
) -> AuditLine:
    facts = {
        "count": str(len(items)),
        "plans": ",".join(sorted(i.plan_hash for i in items)),
        "entra_id": ",".join(a.entra_id for a in approvals),
    }
    return AuditLine(actor=actor(event), action=action, case_id=event.case_id, facts=facts)


def _again(event: RunDue, at: datetime) -> Due:
    return Due(replace(event, id=f"run:{event.case_id}"), at)


def _redraw(event: Event, case_id: str, version: int) -> CaseChanged:
    return CaseChanged(tenant=event.tenant, id=f"{case_id}:{version}:run", case_id=case_id)
