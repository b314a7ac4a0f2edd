"""In: QuestionAllowed. Out: Answered, from the one command it names.
One file a command; a word nobody knows is answered with what there is.
Promise: every question is answered.
"""

from collections.abc import Sequence

import msgspec

from bot.events import Answered, QuestionAllowed
from bot.model import Say
from bot.ports import AdReader, Cloud, Result
from handlers.commands.whohas import whohas


async def commands(
    events: Sequence[QuestionAllowed], *, ad: AdReader, cloud: Cloud
) -> list[Result]:
    results = []
    for event in events:
        if event.command == "whohas":
            found = await whohas(event.text, ad=ad, cloud=cloud, full=event.full)
            shape, body = "whohas", msgspec.json.encode(found).decode()
        else:
            say = Say("I do not know /{command}. I know /whohas.", {"command": event.command})
            shape, body = "say", msgspec.json.encode(say).decode()
        reply = Answered(
            tenant=event.tenant,
            id=f"{event.id}:answer",
            shape=shape,
            body=body,
            reply_to=event.reply_to,
            full=event.full,
        )
        results.append(Result(event=event, follow=(reply,)))
    return results
