"""In: AsideClicked. Out: a case that is snoozed, ignored, somebody's, or about another of its changes; or why not.
Each of these stands beside the state of the case and has its own end (`handlers.wake`, `handlers.review`).
Promise: only approvers; nobody sets aside or chooses what concerns them; a refused click changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.events import AsideClicked, Event, SnoozeDue, SyncErrorChanged
from bot.model import (
    Case,
    Choice,
    Ignored,
    Moment,
    Owner,
    Person,
    Refusal,
    Say,
    Snooze,
    State,
)
from bot.ports import AuditLine, Cases, Clock, Due, People, Result, Signer
from bot.triage import aside as rules
from bot.triage.choice import first_choice, shown
from bot.triage.plan import choice_bytes
from handlers.clicks import (
    AFFECTED,
    NO_CASE,
    NOT_HEARD,
    actor,
    came_from_slack,
    redrawn,
    refused,
    too_late,
)
from handlers.refusals import SUPERSEDED, not_choosable, other_card
from handlers.timing import Timing


class Act(Protocol):
    """One button: the case as it is afterwards with what the timeline says, or why not."""

    def __call__(
        self, event: AsideClicked, case: Case, person: Person, now: datetime
    ) -> tuple[Case, Say] | Refusal: ...


async def aside(
    events: Sequence[AsideClicked],
    *,
    cases: Cases,
    people: People,
    signer: Signer,
    clock: Clock,
    timing: Timing,
) -> list[Result]:
    results = []
    for event in events:
        case = await cases.get(event.case_id)
        if not came_from_slack(event, signer):
            results.append(refused(event, NOT_HEARD))
        elif case is None:
            results.append(refused(event, NO_CASE))
        else:
            results.append(await _act(event, case, people, signer, clock.now(), timing))
    return results


async def _act(
    event: AsideClicked, case: Case, people: People, signer: Signer, now: datetime, timing: Timing
) -> Result:
    act = ACTS.get(event.action)
    if act is None:
        say = Say("This button is from another version of the bot.")
        return refused(event, Refusal("unknown-button", say))
    if refusal := too_late(event, now, timing) or _other_revision(event, case):
        return refused(event, refusal)
    if shared := await people.open_to_others(event.reply_to.channel):
        return refused(event, shared)
    person = await people.may_approve(event.reply_to.user, case.proposal(event.proposal_id), case)
    if isinstance(person, Refusal):
        return refused(event, person)
    if event.action in CONCERNS and any(person.entra_id in p.affected for p in case.proposals):
        return refused(event, AFFECTED)
    came_to = act(event, case, person, now)
    if isinstance(came_to, Refusal):
        return refused(event, came_to)
    after, say = came_to
    if after.chosen and after.chosen is not case.chosen:
        seal = signer.seal(choice_bytes(case.key.tenant, case.id, after.chosen))
        after = replace(after, chosen=replace(after.chosen, seal=seal))
    return _done(event, case, after, Moment(now, person.name, say), person, timing)


def _done(
    event: AsideClicked, case: Case, after: Case, told: Moment, person: Person, timing: Timing
) -> Result:
    now = told.at
    after = replace(after, updated_at=now, timeline=(*case.timeline, told))
    follow: tuple[Event, ...] = (redrawn(event, case),)
    later: tuple[Due, ...] = ()
    if rules.is_aside(after):
        later = (due(after, now, timing),)
    elif rules.is_aside(case):
        follow = (look_again(after), *follow)
    facts = {"revision": str(case.revision), "entra_id": person.entra_id}
    if event.until:
        facts["until"] = event.until.isoformat()
    if event.action == "ignore":
        facts["reason"] = event.reason.strip()
    if event.action == "choose":
        facts |= {"proposal": event.proposal_id, "plan": event.plan_hash}
    line = AuditLine(actor=actor(event), action=AUDITED[event.action], case_id=case.id, facts=facts)
    return Result(event=event, case=after, follow=follow, later=later, audit=(line,))


def due(case: Case, now: datetime, timing: Timing) -> Due:
    """One a case: asked for again, it moves."""
    event = SnoozeDue(tenant=case.key.tenant, id=f"aside:{case.id}", case_id=case.id)
    return Due(event, rules.next_look(case, now, timing.aside_look_every))


def look_again(case: Case) -> SyncErrorChanged:
    """Nobody watched it for a while: what it says now has to be true."""
    return SyncErrorChanged(
        tenant=case.key.tenant, id=f"{case.id}:{case.version}:aside", case_id=case.id
    )


def _other_revision(event: AsideClicked, case: Case) -> Refusal | None:
    """To take a case over, or to bring it back, nobody needs the newest card."""
    if event.action in {"assign", "wake"} or event.revision == case.revision:
        return None
    return SUPERSEDED


# ---------------------------------------------------------------- the buttons


def _snooze(
    event: AsideClicked, case: Case, person: Person, now: datetime
) -> tuple[Case, Say] | Refusal:
    if refusal := rules.no_snooze(case, event.until, now):
        return refusal
    snoozed = Snooze(at=now, by=person.name, until=event.until)
    say = (
        Say("Snoozed until {when}.", {"when": rules.told(event.until)})
        if event.until
        else Say("Snoozed until the evidence changes.")
    )
    return replace(case, snoozed=snoozed), say


def _ignore(
    event: AsideClicked, case: Case, person: Person, now: datetime
) -> tuple[Case, Say] | Refusal:
    if refusal := rules.no_ignore(case, event.until, event.reason, now):
        return refusal
    assert event.until is not None  # noqa: S101 - without an end it is refused
    reason = event.reason.strip()[: rules.LONGEST_REASON]
    ignored = Ignored(at=now, by=person.name, reason=reason, until=event.until)
    say = Say(
        "Ignored until {when}. Reason: {reason}",
        {"when": rules.told(event.until), "reason": reason},
    )
    return replace(case, ignored=ignored, snoozed=None), say


def _wake(
    event: AsideClicked,  # noqa: ARG001 - an Act
    case: Case,
    person: Person,  # noqa: ARG001 - an Act
    now: datetime,  # noqa: ARG001 - an Act
) -> tuple[Case, Say] | Refusal:
    if not rules.is_aside(case):
        return Refusal("not-aside", Say("This is back already. Its card shows how it stands."))
    return rules.back(case), Say("Brought it back before its time.")


def _assign(
    event: AsideClicked, case: Case, person: Person, now: datetime
) -> tuple[Case, Say] | Refusal:
    if case.state in {State.VERIFIED, State.CLOSED}:
        return Refusal(
            "aside-over", Say("This case is over: there is nothing left to take care of.")
        )
    if case.owner and case.owner.user == event.reply_to.user:
        return Refusal("yours", Say("This is yours already."))
    say = (
        Say("Took it over from {owner}.", {"owner": case.owner.name})
        if case.owner
        else Say("Takes care of it.")
    )
    return replace(case, owner=Owner(user=event.reply_to.user, name=person.name, at=now)), say


def _choose(
    event: AsideClicked, case: Case, person: Person, now: datetime
) -> tuple[Case, Say] | Refusal:
    """The bot's own first choice is nobody's: to go back to it takes nothing from whoever looked around."""
    proposal = case.proposal(event.proposal_id)
    if refusal := not_choosable(case, proposal):
        return refusal
    if proposal is None or other_card(event, case, proposal):
        return SUPERSEDED
    if proposal == shown(case):
        return Refusal("shown", Say("The card is about this change already."))
    void = [a for a in case.agreed if case.proposal(a.proposal_id)]
    own = proposal == first_choice(case)
    chosen = Choice(
        proposal_id=proposal.id,
        revision=case.revision,
        plan_hash=proposal.plan_hash,
        by=person,
        at=now,
    )
    gaps: dict[str, str | Say] = {"what": proposal.title}
    say = Say("Wants this change instead: {what}", gaps)
    if void:
        gaps["who"] = void[0].approval.name
        say = Say(
            "Wants this change instead: {what}. What {who} approved before does not count any more.",
            gaps,
        )
    agreed = tuple(a for a in case.agreed if a not in void)
    return replace(case, chosen=None if own else chosen, agreed=agreed), say


ACTS: Mapping[str, Act] = {
    "snooze": _snooze,
    "ignore": _ignore,
    "wake": _wake,
    "assign": _assign,
    "choose": _choose,
}
CONCERNS = frozenset({"snooze", "ignore", "choose"})
AUDITED: Mapping[str, str] = {
    "snooze": "case.snoozed",
    "ignore": "case.ignored",
    "wake": "case.woken",
    "assign": "case.assigned",
    "choose": "case.chosen",
}
