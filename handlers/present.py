"""In: CaseChanged, Answered, Announced. Out: the card asked to be drawn again; what is said to one person, or to all.
Promise: nothing is drawn here: the card is drawn from the state of the moment it is sent, so old never wins.
"""

from collections.abc import Sequence

from bot.events import Announced, Answered, CaseChanged
from bot.ports import Channel, Result


async def present(events: Sequence[CaseChanged], *, channel: Channel) -> list[Result]:
    for case_id in sorted({e.case_id for e in events}):
        await channel.show(case_id)
    return [Result(event=event) for event in events]


async def answer(events: Sequence[Answered], *, channel: Channel) -> list[Result]:
    for event in events:
        await channel.answer(event.shape, event.body, event.reply_to, full=event.full)
    return [Result(event=event) for event in events]


async def announce(events: Sequence[Announced], *, channel: Channel) -> list[Result]:
    for event in events:
        await channel.announce(event.shape, event.body, channel=event.channel, by=event.by)
    return [Result(event=event) for event in events]
