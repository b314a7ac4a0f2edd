"""In: nothing.
Out: the records a workspace holds: people, channels, messages, views, tokens.
Promise: each can draw itself as the JSON that Slack's Web API returns.
"""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class User:
    id: str
    name: str
    real_name: str
    email: str
    team_id: str
    standing: str = "member"  # for the page's picker only; no right follows from it
    rights: str = ""  # the same, as a sentence
    title: str = ""
    is_bot: bool = False
    is_restricted: bool = False
    is_stranger: bool = False
    is_admin: bool = False
    deleted: bool = False
    tz: str = "Europe/Oslo"

    def wire(self, *, with_email: bool) -> Json:
        profile = {
            "real_name": self.real_name,
            "display_name": self.name,
            "title": self.title,
            "team": self.team_id,
        }
        if with_email and not self.is_bot:
            profile["email"] = self.email
        return {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": self.deleted,
            "tz": self.tz,
            "profile": profile,
            "is_admin": self.is_admin,
            "is_owner": False,
            "is_bot": self.is_bot,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": False,
            "is_stranger": self.is_stranger,
            "is_app_user": False,
        }


@dataclass
class Channel:
    id: str
    name: str
    members: set[str] = field(default_factory=set)
    topic: str = ""
    is_private: bool = False
    is_im: bool = False
    is_ext_shared: bool = False
    is_archived: bool = False

    @property
    def kind(self) -> str:
        if self.is_im:
            return "im"
        return "private_channel" if self.is_private else "public_channel"

    def wire(self, *, for_user: str) -> Json:
        if self.is_im:
            other = sorted(self.members - {for_user})
            return {
                "id": self.id,
                "is_im": True,
                "is_channel": False,
                "is_archived": False,
                "user": other[0] if other else for_user,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_pending_ext_shared": False,
            "is_member": for_user in self.members,
            "num_members": len(self.members),
            "topic": {"value": self.topic},
            "purpose": {"value": self.topic},
        }


@dataclass
class Message:
    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] | None = None
    bot_id: str | None = None
    metadata: Json | None = None
    thread_ts: str | None = None
    reply_broadcast: bool = False
    only_for: str | None = None  # set on an ephemeral message
    edited: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[Json] = field(default_factory=list)

    def wire(self, *, with_metadata: bool = False) -> Json:
        said: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text}
        if self.bot_id:
            said["bot_id"] = self.bot_id
        if self.blocks is not None:
            said["blocks"] = self.blocks
        if self.thread_ts:
            said["thread_ts"] = self.thread_ts
        if self.thread_ts and self.thread_ts != self.ts and self.reply_broadcast:
            said["subtype"] = "thread_broadcast"
        if self.edited:
            said["edited"] = {"user": self.user, "ts": self.ts}
        if self.reactions:
            said["reactions"] = [
                {"name": name, "users": users, "count": len(users)}
                for name, users in self.reactions.items()
            ]
        if self.files:
            said["files"] = self.files
        if self.metadata and with_metadata:
            said["metadata"] = self.metadata
        return said


@dataclass
class View:
    id: str
    user: str
    body: Json  # type, title, blocks, submit, close, callback_id, private_metadata, …
    hash: str
    root_view_id: str
    previous_view_id: str | None
    values: Json = field(default_factory=dict)

    def wire(self, *, team_id: str, app_id: str, bot_id: str) -> Json:
        kept = [
            "type",
            "title",
            "submit",
            "close",
            "blocks",
            "private_metadata",
            "callback_id",
            "external_id",
            "clear_on_close",
            "notify_on_close",
            "submit_disabled",
        ]
        drawn: Json = {name: self.body.get(name) for name in kept}
        for name in ("private_metadata", "callback_id", "external_id"):
            drawn[name] = drawn[name] or ""
        for name in ("clear_on_close", "notify_on_close", "submit_disabled"):
            drawn[name] = bool(drawn[name])
        drawn["blocks"] = drawn["blocks"] or []
        return {
            "id": self.id,
            "team_id": team_id,
            "app_id": app_id,
            "bot_id": bot_id,
            "app_installed_team_id": team_id,
            "hash": self.hash,
            "root_view_id": self.root_view_id,
            "previous_view_id": self.previous_view_id,
            "state": {"values": self.values},
            **drawn,
        }


@dataclass(frozen=True)
class Token:
    value: str
    kind: str  # "bot" (xoxb-) or "app" (xapp-)
    scopes: frozenset[str]


@dataclass(frozen=True)
class Command:
    command: str
    description: str
    usage_hint: str = ""


@dataclass(frozen=True)
class Shortcut:
    """One line of the menu of a message."""

    callback_id: str
    name: str


@dataclass
class Trigger:
    user: str
    issued: float
    view_id: str | None = None  # the modal the click was made in; needed by views.push
    used: bool = False


@dataclass
class ReplyUrl:
    """One response_url: five uses in thirty minutes."""

    user: str
    channel: str
    issued: float
    message_ts: str | None = None
    uses: int = 0
