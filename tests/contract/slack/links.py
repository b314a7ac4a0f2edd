"""In: the lab's Slack and the bot's link to it. Out: the two made to know each other, whichever way it is.
Promise: after `reached`, what people do in the lab is delivered; waiting is for a condition.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from bot.lab.slack import LabSlack
from bot.slack.connection import Workspace
from bot.slack.http import PATH, HttpLink, Listen
from bot.slack.link import Link


async def until(true: Callable[[], object]) -> None:
    """What is waited for is done by another task; the test's own timeout ends a wait in vain."""
    async with asyncio.timeout(15):
        while not true():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.01)


def posted_to(workspace: Workspace, lab: LabSlack) -> Workspace:
    """The same workspace, which posts to a free port of ours instead; no app-level token is needed."""
    secret = lab.workspace.signing_secret
    listen = Listen(signing_secret=secret, host="127.0.0.1", port=0)
    return replace(workspace, app_token="", listen=listen)


async def reached(lab: LabSlack, link: Link) -> None:
    if isinstance(link, HttpLink):
        await lab.http.use(f"{link.address}{PATH}")
    else:
        await until(lambda: len(lab.sockets.sockets) == 2)
