"""In: CaseChanged, PaperReady, Answered, PageDue, Announced. Out: the card asked to be drawn again; what is said to one person, or to all.
An answer with more in it than a sentence is kept for as long as Slack lets it be replaced (`handlers.kept`).
Promise: nothing is drawn here: the card is drawn from the state of the moment it is sent, so old never wins.
"""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from bot.events import Announced, Answered, CaseChanged, PageDue, PaperReady
from bot.model import Refusal, Say, SlackUser
from bot.ports import Answers, AuditLine, Channel, Handle, Kept, People, Result, Signer

# one sentence has no second page, and a file is for whoever asked for it
NEVER_KEPT = frozenset({"say", "bundled"})
ASK_AGAIN = Say("This answer is older than half an hour, or was given by another bot. Ask again.")


async def present(events: Sequence[CaseChanged], *, channel: Channel) -> list[Result]:
    for case_id in sorted({e.case_id for e in events}):
        await channel.show(case_id)
    return [Result(event=event) for event in events]


async def put(events: Sequence[PaperReady], *, channel: Channel) -> list[Result]:
    for paper in sorted({e.paper for e in events}):
        await channel.put(paper)
    return [Result(event=event) for event in events]


async def answer(
    events: Sequence[Answered],
    *,
    channel: Channel,
    answers: Answers,
    people: People,
    signer: Signer,
) -> list[Result]:
    for event in events:
        handle = None
        if event.shape not in NEVER_KEPT:
            kept = _kept(event, signer)
            await answers.keep(event.id, kept)
            handle = Handle(id=event.id, may_share=await _may_share(kept, people))
        await channel.answer(
            event.shape, event.body, event.reply_to, full=event.full, handle=handle
        )
    return [Result(event=event) for event in events]


def _kept(event: Answered, signer: Signer) -> Kept:
    kept = Kept(
        id=event.id,
        owner=event.reply_to.user,
        shape=event.shape,
        body=event.body,
        full=event.full,
        open=event.open,
        alert=event.alert,
    )
    return replace(kept, seal=signer.seal(kept.unsealed()))


async def _may_share(kept: Kept, people: People) -> bool:
    """Only what is offered: asked again when the button is pressed."""
    if kept.open is None:
        return False
    return not isinstance(await people.may_approve(kept.owner, None), Refusal)


async def page(
    events: Sequence[PageDue], *, channel: Channel, answers: Answers, people: People
) -> list[Result]:
    for event in events:
        kept = await answers.kept(event.answer_id)
        if kept is None or kept.owner != event.reply_to.user:
            await _say(channel, ASK_AGAIN, event)
            continue
        handle = Handle(
            id=event.answer_id,
            page=event.page,
            may_share=await _may_share(kept, people),
            shared=await answers.is_shared(event.answer_id),
            replaces=True,
        )
        await channel.answer(kept.shape, kept.body, event.reply_to, full=kept.full, handle=handle)
    return [Result(event=event) for event in events]


async def _say(channel: Channel, say: Say, event: PageDue) -> None:
    body = msgspec.json.encode(say).decode()
    await channel.answer("say", body, event.reply_to, full=False)


async def announce(
    events: Sequence[Announced], *, channel: Channel, answers: Answers
) -> list[Result]:
    return [await _announce(event, channel, answers) for event in events]


async def _announce(event: Announced, channel: Channel, answers: Answers) -> Result:
    why_not = await channel.announce(
        event.shape,
        event.body,
        channel=event.channel,
        by=event.by,
        page=event.page,
        less=event.less,
    )
    if event.reply_to is None:
        return Result(event=event)
    if why_not is None:
        shown = PageDue(
            tenant=event.tenant,
            id=f"{event.id}:shown",
            answer_id=event.answer_id,
            page=event.page,
            reply_to=event.reply_to,
        )
        return Result(event=event, follow=(shown,))
    await answers.release_share(event.answer_id)
    told = Answered(
        tenant=event.tenant,
        id=f"{event.id}:answer",
        shape="say",
        body=msgspec.json.encode(why_not).decode(),
        reply_to=event.reply_to,
    )
    who: SlackUser = event.reply_to.user
    line = AuditLine(
        actor=f"{who.team}/{who.user}",
        action="answer.not_posted",
        facts={"answer": event.answer_id, "channel": event.channel},
    )
    return Result(event=event, follow=(told,), audit=(line,))
