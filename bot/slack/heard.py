"""In: what Slack delivers with a click. Out: which card was seen, who clicked and where an answer goes.
Promise: pure; what was not drawn by this version is told apart from what was.
"""

import re
from typing import Any

from bot.model import ReplyTo, SlackUser, mark

SEEN = re.compile(
    r"^c=(?P<case>[^;]+);p=(?P<proposal>[^;]+);v=(?P<revision>\d+);h=(?P<hash>[^;]+)$"
)
AWAY = mark(
    "The bot cannot reach its store (Redis) right now, so it has not taken this. "
    "Nothing is lost or done: try again in a minute."
)
OTHER_CARD = mark(
    "The evidence has changed since that card was drawn. Read the new card and decide there."
)
OTHER_VERSION = mark(
    "This button is from another version of the bot. Read the newest card of the case."
)
NO_CASE = mark("This case is not known any more.")


def reply_to(body: dict[str, Any]) -> ReplyTo:
    """The workspace is the one the user belongs to: in a shared channel it may not be ours."""
    user = body.get("user") or {}
    team = user.get("team_id") or (body.get("team") or {}).get("id") or ""
    channel = (body.get("channel") or {}).get("id") or ""
    return ReplyTo(
        channel=str(channel),
        user=SlackUser(str(team), str(user.get("id") or "")),
        response_url=str(body.get("response_url") or ""),
    )
