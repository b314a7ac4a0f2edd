"""In: one Web API request: where it came from, whose token, which arguments.
Out: typed access to the arguments, and pages of a list.
Promise: a wrong argument becomes Slack's own error, never an exception of Python.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.lab.slack.problems import SlackProblem
from bot.lab.slack.records import Channel, Json, Token
from bot.lab.slack.workspace import Workspace

TRUE = ("true", "1", True, 1)
SCOPE_OF = {
    "public_channel": "channels",
    "private_channel": "groups",
    "im": "im",
    "mpim": "mpim",
}


@dataclass(frozen=True)
class Call:
    workspace: Workspace
    args: Json
    token: Token | None
    base_url: str  # http://127.0.0.1:P

    def text(self, name: str, default: str = "") -> str:
        value = self.args.get(name)
        return default if value is None else str(value)

    def needed(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise SlackProblem(
                "invalid_arguments",
                response_metadata={"messages": [f"[ERROR] missing required field: {name}"]},
            )
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.args.get(name)
        return default if value is None else value in TRUE

    def number(self, name: str, default: int, *, most: int) -> int:
        try:
            value = int(self.args.get(name) or default)
        except (TypeError, ValueError):
            raise SlackProblem("invalid_limit") from None
        if value < 1:
            raise SlackProblem("invalid_limit")
        return min(value, most)

    def json(self, name: str, refusal: str) -> Any:
        """Lists and objects come as JSON in a JSON body, as text in a form or a query."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise SlackProblem(refusal) from None

    def channel(self, name: str = "channel", *, member: bool = False) -> Channel:
        """A channel the app can see; a private one it is not in does not exist for it."""
        wanted = self.needed(name)
        if wanted.startswith(("U", "W")) and member:
            return self.workspace.direct_channel(wanted)
        found = self.workspace.channels.get(wanted)
        inside = found is not None and self.workspace.bot.id in found.members
        if found is None or (not inside and (found.is_private or found.is_im)):
            raise SlackProblem("channel_not_found")
        if member and not inside:
            raise SlackProblem("not_in_channel")
        if member and found.is_archived:
            raise SlackProblem("is_archived")
        return found

    def may(self, family: str, kind: str) -> None:
        """Each kind of conversation has a scope of its own: channels:history does not open a private one."""
        needed = f"{SCOPE_OF[kind]}:{family}"
        has = self.token.scopes if self.token else frozenset()
        if needed not in has:
            provided = ",".join(sorted(has))
            raise SlackProblem("missing_scope", needed=needed, provided=provided)

    def readable(self, family: str, *, member: bool = False) -> Channel:
        """A channel whose history, or whose own data, this token may read."""
        channel = self.channel(member=member)
        self.may(family, channel.kind)
        return channel

    def page(self, items: Sequence[Any], *, default: int = 100) -> tuple[list[Any], Json]:
        limit = self.number("limit", default, most=1000)
        start = 0
        if cursor := self.text("cursor"):
            try:
                start = int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
            except (binascii.Error, ValueError):
                raise SlackProblem("invalid_cursor") from None
        end = start + limit
        following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
        return list(items[start:end]), {"response_metadata": {"next_cursor": following}}
