"""In: events of the workspace.
Out: each to the app, again when it was not acknowledged: at once, after a minute, after five.
Promise: only kinds the app subscribed to; the same event_id each time; no task outlives `close`.
"""

import asyncio
from dataclasses import dataclass, field

from bot.lab.slack.delivery import TIMED_OUT, Delivery, Retry
from bot.lab.slack.payloads import event_callback
from bot.lab.slack.records import Json
from bot.lab.slack.workspace import Workspace


@dataclass(eq=False)
class EventSender:
    workspace: Workspace
    delivery: Delivery
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    given_up: list[Json] = field(default_factory=list)

    def emit(self, event: Json) -> None:
        kind = str(event["type"])
        if kind == "message":
            kind = f"message.{event.get('channel_type', 'channel')}"
        if kind not in self.workspace.events:
            return
        task = asyncio.create_task(self.send(event_callback(self.workspace, event)))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def send(self, payload: Json) -> None:
        retry = Retry()
        for attempt, pause in enumerate((*self.workspace.event_retry_after, None), start=1):
            answer = await self.delivery.deliver("events_api", payload, retry)
            if not answer.error:
                return
            if answer.final:
                break
            if pause is not None:
                await asyncio.sleep(pause)
            unnamed = "timeout" if answer.error == TIMED_OUT else "connection_failed"
            retry = Retry(attempt, answer.reason or unnamed)
        self.given_up.append(payload)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
