"""In: "show this case", "answer this person". Out: the sender of the channel that it belongs to, one sender a channel.
Promise: a case waits in one channel at a time; Slack counts updates together, and so do the senders.
"""

import asyncio
from collections.abc import Mapping

from bot.answers import Home
from bot.errors import Unreachable, Untrusted
from bot.model import Refusal, ReplyTo, Say, SlackUser
from bot.ports import Cases, Clock, Handle, Outbox
from bot.slack.channel import SlackChannel
from bot.slack.places import Places
from bot.slack.posting import has_something_to_send
from bot.slack.rooms import Rooms
from bot.triage.aside import is_alert
from bot.triage.sheet import sheet_of


class Channels:
    """Satisfies `ports.Channel`."""

    def __init__(
        self,
        senders: Mapping[str, SlackChannel],
        outbox: Outbox,
        cases: Cases,
        *,
        places: Places,
        rooms: Rooms,
        clock: Clock,
    ) -> None:
        self._senders = senders
        self._outbox = outbox
        self._cases = cases
        self._places = places
        self._rooms = rooms
        self._clock = clock

    async def show(self, case_id: str) -> None:
        lane = await self._lane(case_id)
        if lane is not None:
            await self._outbox.outbox_add(lane, case_id, self._clock.now())

    async def put(self, paper: str) -> None:
        """A digest goes to the usual channel, the list of a storm to where its card is."""
        sheet = sheet_of(paper)
        lane = await self._lane(sheet.storm_id) if sheet else None
        await self._outbox.outbox_add(lane or self._places.usual(), paper, self._clock.now())

    async def answer(
        self, shape: str, body: str, to: ReplyTo, *, full: bool, handle: Handle | None = None
    ) -> None:
        await self._usual.answer(shape, body, to, full=full, handle=handle)

    def private(self, channel: str) -> bool:
        return self._rooms.private(channel)

    async def home(self, who: SlackUser, shown: Home | Refusal, *, notice: Say | None) -> None:
        await self._usual.home(who, shown, notice=notice)

    async def announce(
        self, shape: str, body: str, *, channel: str, by: str, page: int = 0, less: bool = False
    ) -> Say | None:
        return await self._usual.announce(shape, body, channel=channel, by=by, page=page, less=less)

    @property
    def _usual(self) -> SlackChannel:
        """Its sender speaks where no case says which: it names the channel in every request."""
        return self._senders[self._places.usual()]

    async def run(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            for sender in self._senders.values():
                group.create_task(sender.run(stop))
            group.create_task(self._rooms.run(stop, self._show_attacks))

    async def _lane(self, case_id: str) -> str | None:
        """Only to save a detour: the sender looks again when it sends, and passes on what is not its own. None: there is
        nothing to send, and once there is, whoever changes the case so asks again.
        """
        try:
            case = await self._cases.get(case_id)
            shown = await self._outbox.card(case_id)
        except (Unreachable, Untrusted):  # of a newer version, or none: its own sender tells
            return self._places.usual()
        if case is None:
            return self._places.usual()
        return self._places.of(case, shown).lane if has_something_to_send(case, shown) else None

    async def _show_attacks(self) -> None:
        """The channel for them is private now, or is not any more. A case that cannot be read keeps no other back."""
        for case_id in await self._cases.live_ids():
            try:
                case = await self._cases.get(case_id)
            except Untrusted:
                continue
            except Unreachable as error:
                if error.what == "Redis":
                    raise
                continue
            if case is not None and is_alert(case):
                await self.show(case_id)
