"""In: BatchClicked. Out: a list of safe changes that two people approve, as a grant that is sealed by the edge.
It says how far a run may go: five first, the rest after another click; `handlers.run` writes them one at a time.
Promise: never without two different people; what moved since it was seen is not in the list.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.events import BatchClicked, PaperReady, RunDue
from bot.model import (
    Approval,
    Case,
    Grant,
    Item,
    ListAgreement,
    Moment,
    Person,
    Refusal,
    Run,
    Say,
    SlackUser,
    State,
    Storm,
)
from bot.ports import AuditLine, Cases, Clock, People, Result, Signer
from bot.triage import lists, pause
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
    after = lists.told(
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
        event, lists.told(case, begun, given.at, given.name, say), items, grant, "list.approved"
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
    approvals = run.grant.approvals
    if own.entra_id not in {given.entra_id for given in approvals}:
        approvals = (*approvals, own)
    grant = _sealed(
        case, run.items, Grant(upto=len(run.items), approvals=approvals, at=own.at), signer
    )
    say = Say("Goes on with the other {count}.", {"count": str(len(rest))})
    going = replace(storm, run=replace(run, grant=grant, ready=False))
    return _going(
        event, lists.told(case, going, own.at, own.name, say), rest, grant, "list.continued"
    )


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


# ---------------------------------------------------------------- words, seals


def _sealed(case: Case, items: tuple[Item, ...], grant: Grant, signer: Signer) -> Grant:
    return replace(
        grant, seal=signer.seal(lists.granted_bytes(case.key.tenant, case.id, items, grant))
    )


def _line(
    action: str, event: BatchClicked, items: tuple[Item, ...], approvals: tuple[Approval, ...]
) -> AuditLine:
    facts = {
        "count": str(len(items)),
        "plans": ",".join(sorted(i.plan_hash for i in items)),
        "entra_id": ",".join(a.entra_id for a in approvals),
    }
    return AuditLine(actor=actor(event), action=action, case_id=event.case_id, facts=facts)
