"""In: AnswerClicked: a button below an answer that somebody got. Out: another page of it, or it shown to everybody there.
The button names the answer; what it says is in the store for half an hour, sealed by the edge, and belongs to its asker.
Promise: nobody turns over or shares what another asked; only approvers share, in no shared channel, a possible attack nowhere
but in the private channel for them; full readers' things stay behind; each answer is shared once, a refusal says why.
"""

import hmac
from collections.abc import Sequence

from bot.events import Announced, AnswerClicked, PageDue
from bot.model import Refusal, Say
from bot.ports import Answers, AuditLine, Channel, Clock, Kept, People, Result, Signer
from handlers.clicks import NOT_HEARD, actor, answered, came_from_slack, too_late
from handlers.present import ASK_AGAIN
from handlers.timing import Timing

_GONE = Refusal("no-answer", ASK_AGAIN)
_FOREIGN = Refusal("not-yours", Say("Somebody else has asked this. Ask it yourself."))
_OTHER_VERSION = Refusal("unknown-button", Say("This button is from another version of the bot."))
_NOBODY_ELSES = Refusal("not-shareable", Say("This answer is for your eyes only."))
_ALERT = Refusal(
    "alert",
    Say(
        "It tells of a possible attack, so it is shown in the private channel for those only. "
        "Who attacks may read along here."
    ),
)
_LATE = Refusal("late-click", Say("This click reached the bot too late. Click again."))
_SHARED = Refusal("shared", Say("This is shown to everybody here already."))
_LESS = Refusal("not-full", Say("You may not see all of this answer any more. Ask again."))


async def pressed(
    events: Sequence[AnswerClicked],
    *,
    answers: Answers,
    people: People,
    signer: Signer,
    clock: Clock,
    timing: Timing,
    channel: Channel,
) -> list[Result]:
    results = []
    for event in events:
        kept = await answers.kept(event.answer_id)
        refusal = _not_theirs(event, kept, signer)
        if kept is None or refusal:
            results.append(_refused(event, refusal or _GONE))
        elif event.action == "page":
            results.append(await _page(event, kept, people))
        elif event.action == "share":
            late = _LATE if too_late(event, clock.now(), timing) else None
            why_not = late or await _not_shared(event, kept, people, channel)
            results.append(
                _refused(event, why_not) if why_not else await _share(event, kept, answers)
            )
        else:
            results.append(_refused(event, _OTHER_VERSION))
    return results


def _not_theirs(event: AnswerClicked, kept: Kept | None, signer: Signer) -> Refusal | None:
    if not came_from_slack(event, signer):
        return NOT_HEARD
    if kept is None or kept.id != event.answer_id:
        return _GONE
    if not hmac.compare_digest(kept.seal, signer.seal(kept.unsealed())):
        return _GONE
    return None if kept.owner == event.reply_to.user else _FOREIGN


async def _page(event: AnswerClicked, kept: Kept, people: People) -> Result:
    person = await people.may_ask(event.reply_to.user)
    if isinstance(person, Refusal):
        return _refused(event, person)
    if kept.full and not person.full_reader:
        return _refused(event, _LESS)
    due = PageDue(
        tenant=event.tenant,
        id=f"{event.id}:page",
        answer_id=event.answer_id,
        page=event.page,
        reply_to=event.reply_to,
    )
    return Result(event=event, follow=(due,))


async def _not_shared(
    event: AnswerClicked, kept: Kept, people: People, channel: Channel
) -> Refusal | None:
    person = await people.may_approve(event.reply_to.user, None)
    if isinstance(person, Refusal):
        return person
    if kept.open is None:
        return _NOBODY_ELSES
    where = event.reply_to.channel
    if kept.alert and not channel.private(where):
        return _ALERT
    return await people.open_to_others(where)


async def _share(event: AnswerClicked, kept: Kept, answers: Answers) -> Result:
    if not await answers.claim_share(event.answer_id, event.id):
        return _refused(event, _SHARED)
    channel = event.reply_to.channel
    announced = Announced(
        tenant=event.tenant,
        id=f"{event.id}:announced",
        shape=kept.shape,
        body=kept.open or kept.body,
        channel=channel,
        by=event.reply_to.user.user,
        page=event.page,
        less=bool(kept.open),
        answer_id=event.answer_id,
        reply_to=event.reply_to,
    )
    facts = {"answer": event.answer_id, "shape": kept.shape, "channel": channel}
    line = AuditLine(actor=actor(event), action="answer.shared", facts=facts)
    return Result(event=event, follow=(announced,), audit=(line,))


def _refused(event: AnswerClicked, why: Refusal) -> Result:
    facts = {"why": why.code, "action": event.action, "answer": event.answer_id}
    line = AuditLine(actor=actor(event), action="answer.refused", facts=facts)
    return Result(event=event, follow=(answered(event, why.say),), audit=(line,))
