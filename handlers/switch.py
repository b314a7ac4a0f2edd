"""In: Switched: somebody wants the bot to stop writing, or to go on. Out: the switch of the tenant, said to everybody.
Stopping is easy: anybody who may ask. Going on takes two different approvers, about the very pause that both have seen.
Promise: every wish is answered; a pause that came in between is never lifted by who had not seen it.
"""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from bot.events import Answered, CaseChanged, Event, HomeDue, Switched
from bot.model import Approval, Case, Paused, Person, Refusal, Say, State
from bot.ports import AuditLine, Cases, Clock, People, Result, Signer
from bot.triage import pause
from bot.triage.causes import has_own_card
from handlers import live
from handlers.approval import given_by, is_same
from handlers.brake import announced
from handlers.clicks import NOT_HEARD, actor, answered, came_from_slack, too_late
from handlers.standing import still_counts
from handlers.timing import Timing

# what a pause changes on a card: buttons, and whether an approval comes to anything
_REDRAWN = {State.PENDING, State.APPROVED}
_TWICE = Refusal(
    "same-approver",
    Say("You have asked for that already. Somebody else has to want it too: another approver."),
)


async def switch(
    events: Sequence[Switched],
    *,
    cases: Cases,
    people: People,
    signer: Signer,
    clock: Clock,
    timing: Timing,
) -> list[Result]:
    results = []
    for event in events:
        if not came_from_slack(event, signer):
            results.append(_refused(event, NOT_HEARD))
        elif (late := too_late(event, clock.now(), timing)) is not None:
            results.append(_refused(event, late))
        elif event.action == "pause":
            results.append(await _pause(event, cases, people, clock))
        else:
            results.append(await _resume(event, cases, people, clock))
    return results


async def _pause(event: Switched, cases: Cases, people: People, clock: Clock) -> Result:
    """Again while it is paused: a new pause, so that whoever wanted to end the old one is asked again."""
    person = await people.may_ask(event.reply_to.user)
    if isinstance(person, Refusal):
        return _refused(event, person)
    paused = Paused(
        id=clock.new_id("pause"),
        at=clock.now(),
        by=person.name,
        reason=event.reason.strip()[: pause.LONGEST_REASON],
    )
    before = pause.read(await cases.marks_of([pause.MARK]))
    aloud: tuple[Event, ...] = ()
    if before is None or before.lifting is not None:
        # of one pause after the other the channel hears once, however often somebody asks for it
        said = Say("Attention: {why}", {"why": pause.told(paused)})
        aloud = (announced(event.tenant, event.id, said),)
    return Result(
        event=event,
        follow=(
            _told(event, Say("Paused: nothing is written until two approvers resume.")),
            *aloud,
            *await _redraw(event, cases),
        ),
        audit=(_line(event, person, "pause.set", reason=paused.reason),),
        marks={pause.MARK: pause.write(paused)},
    )


async def _resume(event: Switched, cases: Cases, people: People, clock: Clock) -> Result:
    person = await people.may_approve(event.reply_to.user, None)
    if isinstance(person, Refusal):
        return _refused(event, person)
    marks = await cases.marks_of([pause.MARK])
    paused = pause.read(marks)
    if paused is None:
        return _refused(event, Refusal("not-paused", Say("Writing is not paused.")))
    if event.pause_id not in {"", paused.id}:
        told = Say("That was another pause. By now {why}", {"why": pause.told(paused)})
        return _refused(event, Refusal("superseded", told))
    relies = {pause.MARK: marks.get(pause.MARK)}
    first = paused.lifting
    if first is not None and await still_counts(people, first):
        if is_same(person, first):
            return _refused(event, _TWICE)
        return await _lifted(event, first, person, cases, relies)
    given = replace(paused, lifting=given_by(person, clock.now()))
    return Result(
        event=event,
        follow=(
            _told(event, Say("Noted. One more approver has to say /dirsync resume.")),
            announced(
                event.tenant,
                event.id,
                Say(
                    "{who} wants writing to go on. It takes one more approver: /dirsync resume.",
                    {"who": person.name},
                ),
            ),
        ),
        audit=(_line(event, person, "pause.lifting"),),
        marks={pause.MARK: pause.write(given)},
        relies=relies,
    )


async def _lifted(
    event: Switched, first: Approval, person: Person, cases: Cases, relies: dict[str, str | None]
) -> Result:
    """What was counted against the bot begins anew: two people have looked."""
    said = Say(
        "Writing goes on: {first} and {second} want it so.",
        {"first": first.name, "second": person.name},
    )
    both = f"{first.entra_id},{person.entra_id}"
    return Result(
        event=event,
        follow=(
            _told(event, said),
            announced(event.tenant, event.id, said),
            *await _redraw(event, cases),
        ),
        audit=(_line(event, person, "pause.lifted", approvers=both),),
        marks={pause.MARK: None, pause.BAD: None},
        relies=relies,
    )


def _told(event: Switched, say: Say) -> Answered | HomeDue:
    """A click in the home tab comes without a channel: it is answered there."""
    if event.reply_to.channel:
        return answered(event, say)
    return HomeDue(
        tenant=event.tenant,
        id=f"{event.id}:answer",
        user=event.reply_to.user,
        notice=msgspec.json.encode(say).decode(),
    )


async def _redraw(event: Switched, cases: Cases) -> tuple[CaseChanged, ...]:
    """Not the thousands that the card of a storm tells of: in the lane of the clicks they would keep people waiting."""
    changed = [c async for c in live.each(cases) if c.state in _REDRAWN and has_own_card(c)]
    return tuple(_redrawn(event, case) for case in changed)


def _redrawn(event: Switched, case: Case) -> CaseChanged:
    return CaseChanged(tenant=event.tenant, id=f"{event.id}:{case.id}", case_id=case.id)


def _refused(event: Switched, why: Refusal) -> Result:
    line = AuditLine(
        actor=actor(event),
        action="switch.refused",
        facts={"why": why.code, "action": event.action},
    )
    return Result(event=event, follow=(_told(event, why.say),), audit=(line,))


def _line(event: Switched, person: Person, action: str, **facts: str) -> AuditLine:
    told = {name: text for name, text in facts.items() if text}
    return AuditLine(actor=actor(event), action=action, facts={"entra_id": person.entra_id, **told})
