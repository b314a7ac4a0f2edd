"""In: a client, a store and a clock in memory. Out: the bot's sender, driven by hand, and what it left in the lab's Slack.
Promise: time passes only in its pauses; it ends once nothing waits.
"""

import asyncio
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack, Message
from bot.lab.slack.people import INGRID, OPS
from bot.model import Case
from bot.slack.channel import SlackChannel
from tests.builders import case, key
from tests.contract.slack.fakes import Clock, Store


class Sender:
    """The channel with a pause that only moves the clock, and ends the run once nothing waits."""

    def __init__(self, client: AsyncWebClient, store: Store, clock: Clock, **over: Any) -> None:
        self.store = store
        self.stop = asyncio.Event()
        self.pauses: list[float] = []
        self.clock = clock
        self.stop_after = 400
        self.until = store.nothing_waits
        usual: dict[str, Any] = {"channel": OPS.id, "approvers": (INGRID.id,), "clock": clock}
        self.channel = SlackChannel(client, store, store, **(usual | over), pause=self._pause)

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.step(seconds)
        await asyncio.sleep(0)
        if self.until() or len(self.pauses) >= self.stop_after:
            self.stop.set()

    async def show(self, *cases: Case) -> None:
        for each in cases:
            self.store.stored[each.id] = each
            await self.channel.show(each.id)

    async def send(self, *cases: Case) -> None:
        await self.show(*cases)
        self.stop.clear()
        self.pauses.clear()
        await self.channel.run(self.stop)


def shown(lab: LabSlack) -> list[Message]:
    """The cards, without what their threads tell."""
    said = lab.workspace.messages.get(OPS.id, [])
    return [m for m in said if m.only_for is None and m.thread_ts is None]


def thread(lab: LabSlack) -> list[Message]:
    said = lab.workspace.messages.get(OPS.id, [])
    return [m for m in said if m.thread_ts is not None]


def lines_of(messages: list[Message]) -> list[str]:
    """What they tell, without the times."""
    return [
        "".join(run.get("text", "") for run in line["elements"]).strip()
        for message in messages
        for line in (message.blocks or [])[0]["elements"]
    ]


def many(count: int) -> list[Case]:
    return [case(key=key(value=f"n{n}@contoso.com")) for n in range(count)]


def case_of(message: Message) -> str:
    return str((message.metadata or {})["event_payload"]["case_id"])
