"""In: clicks below an answer that one person got: another page, or show it to everybody here.
Out: sealed events in Redis, each written before it is acknowledged; what comes of them is said by `handlers.kept`.
Promise: as of `bot.slack.edge`; the button names the answer and nothing of it.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.errors import Unreachable
from bot.events import AnswerClicked
from bot.model import ReplyTo
from bot.ports import Clock, Inbox, Signer
from bot.slack.heard import AWAY, OTHER_VERSION, reply_to
from bot.slack.pages import PRESSED
from bot.words import t

Json = dict[str, Any]
Ack = Callable[..., Awaitable[Any]]
Listener = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """The listeners. `tell` says a word to one person, in the channel."""

    inbox: Inbox
    signer: Signer
    tenant: str
    clock: Clock
    tell: Callable[[ReplyTo, str], Awaitable[None]]

    def listen(self, app: AsyncApp, told: Callable[[Listener], Listener]) -> None:
        app.action(re.compile(r"^answer_(previous|next|share)$"))(told(self.pressed))

    async def pressed(self, ack: Ack, body: Json, action: Json) -> None:
        seen, to = PRESSED.match(str(action.get("value", ""))), reply_to(body)
        if seen is None:
            await ack()
            await self.tell(to, t(OTHER_VERSION))
            return
        shares = str(action["action_id"]) == "answer_share"
        event = AnswerClicked(
            tenant=self.tenant,
            id=self.clock.new_id("e"),
            answer_id=seen["answer"],
            action="share" if shares else "page",
            page=int(seen["page"]),
            reply_to=to,
            clicked_at=str(action.get("action_ts", "")),
        )
        # the user, the button and the moment of the click: the same delivery twice is one click
        once = (
            f"answer:{to.user.team}:{to.user.user}:{event.action}:{event.page}:"
            f"{event.answer_id}:{event.clicked_at}"
        )
        try:
            await self.inbox.put(replace(event, seal=self.signer.seal(event.unsealed())), once=once)
        except Unreachable:
            await ack()
            await self.tell(to, t(AWAY))
            return
        await ack()
