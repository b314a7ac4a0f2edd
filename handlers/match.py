"""In: AnchorDue: somebody asked whether two objects will join. Out: that they have, or what kept them apart.
One look a call, with the same reading as the question; the next look is scheduled, nobody waits.
Promise: the asker hears of it once, and in any case when the time of a sync and a clean-up has gone by.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from bot.answers import Foretold, Prospect
from bot.events import AnchorDue, Answered
from bot.model import Say
from bot.ports import AdReader, Clock, Cloud, Due, Result
from bot.triage.policy import Policy
from handlers.commands.softmatch import softmatch
from handlers.timing import Timing


async def match(
    events: Sequence[AnchorDue],
    *,
    ad: AdReader,
    cloud: Cloud,
    clock: Clock,
    timing: Timing,
    policy: Policy,
) -> list[Result]:
    results = []
    for event in events:
        told = await softmatch(event.ad_guid, ad=ad, cloud=cloud, policy=policy, full=event.full)
        now = clock.now()
        news = ended(told, event.cloud_id, late=now >= event.since + timing.overdue_after)
        results.append(_tell(event, news) if news else _again(event, now, timing))
    return results


def ended(told: Foretold, cloud_id: str, *, late: bool) -> Foretold | None:
    """What there is to tell; None while there is nothing. `late`: this was the last look."""
    if told.bound and told.bound.id == cloud_id and told.ad:
        title = Say(
            "Joined: {name} and {cloud} are one now, with the anchor {anchor}.",
            {"name": told.ad.name, "cloud": told.bound.name, "anchor": told.ad.anchor},
            (told.ad.ref, told.bound.ref),
        )
        return Foretold(asked=told.asked, prospect=Prospect.JOINED, title=title, bound=told.bound)
    if told.prospect in {Prospect.JOINED, Prospect.APART} or told.trouble:
        return told
    if not late:
        return None
    title = Say(
        "I have stopped watching, and the two are not joined. Did a sync run? What is known is below.",
        cites=told.title.cites,
    )
    return replace(told, title=title, then=(), outdated=())


def _tell(event: AnchorDue, news: Foretold) -> Result:
    answer = Answered(
        tenant=event.tenant,
        id=f"{event.id}:answer",
        shape="softmatch",
        body=msgspec.json.encode(news).decode(),
        reply_to=event.reply_to,
        full=event.full,
    )
    return Result(event=event, follow=(answer,))


def _again(event: AnchorDue, now: datetime, timing: Timing) -> Result:
    return Result(event=event, later=(Due(event, now + timing.look_every),))
