"""In: the lab's Slack, a table of routes. Out: the bot's senders, one a channel, driven by hand until nothing waits.
Promise: time passes only in their pauses; the senders run side by side, as in the bot.
"""

import asyncio
from dataclasses import replace
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack, Message
from bot.lab.slack.people import BOT, INGRID, MART, OPS
from bot.lab.slack.records import Channel
from bot.model import Case
from bot.slack.channel import SlackChannel
from bot.slack.channels import Channels
from bot.slack.places import Places
from bot.slack.rooms import Rooms
from bot.triage.routing import Row, Table
from tests.builders import case
from tests.contract.slack.fakes import Clock, Store

SALES, SECURITY = "C0SALES001", "C0SECURITY"
REST = Row(number=9, channel=OPS.id)
APPROVERS = (INGRID.id, MART.id)


def alarming(of: Case | None = None, **over: Any) -> Case:
    made = replace(of or case(), **over)
    assert made.diagnosis
    return replace(made, diagnosis=replace(made.diagnosis, alert=True))


class House:
    def __init__(
        self, lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock, **over: Any
    ) -> None:
        self.lab, self.store, self.clock = lab, store, clock
        people = {INGRID.id, BOT.id}
        lab.workspace.channels[SALES] = Channel(id=SALES, name="sales-ops", members=people)
        lab.workspace.messages.setdefault(SALES, [])
        usual: dict[str, Any] = {"rest": REST, "approvers": APPROVERS, "security": SECURITY}
        self.table = Table(**(usual | over))
        self.rooms = Rooms(client, security=self.table.security)
        places = Places(self.table, private=self.rooms.private)
        self.stop = asyncio.Event()
        self.pauses = 0
        senders = {
            channel: SlackChannel(
                client,
                store,
                store,
                channel=channel,
                approvers=APPROVERS,
                clock=clock,
                places=places,
                pause=self._pause,
            )
            for channel in self.table.channels()
        }
        self.channels = Channels(
            senders, store, store, places=places, rooms=self.rooms, clock=clock
        )

    async def _pause(self, seconds: float) -> None:
        self.clock.step(seconds)
        self.pauses += 1
        await asyncio.sleep(0)
        if self.store.nothing_waits() or self.pauses > 2000:
            self.stop.set()

    async def send(self, *cases: Case) -> None:
        for each in cases:
            self.store.stored[each.id] = each
            await self.channels.show(each.id)
        self.stop.clear()
        self.pauses = 0
        await self.channels.run(self.stop)
        assert self.store.nothing_waits()

    def invite(self) -> None:
        """The bot, into the private channel."""
        self.lab.workspace.channels[SECURITY].members.add(BOT.id)

    def said(self, channel: str) -> list[Message]:
        return [m for m in self.lab.workspace.messages.get(channel, []) if m.only_for is None]

    def cards(self, channel: str) -> list[Message]:
        return [m for m in self.said(channel) if m.thread_ts is None]
