"""In: people, channels and one app, given by `contoso()` or by a test.
Out: one Slack workspace in memory, and a note to every watcher when something in it changes.
Promise: nothing but this file decides ids and time stamps, so no two messages share a `ts`.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bot.lab.slack.faults import Faults
from bot.lab.slack.people import (
    BOT,
    CHANNELS,
    COMMANDS,
    GROUPS,
    PEOPLE,
    SCOPES,
    SHORTCUTS,
    TEAM,
    TEAM_DOMAIN,
)
from bot.lab.slack.problems import SlackProblem
from bot.lab.slack.rates import Rates
from bot.lab.slack.records import (
    Channel,
    Command,
    Json,
    Message,
    ReplyUrl,
    Shortcut,
    Token,
    Trigger,
    User,
    View,
)

EVENTS = frozenset(
    [
        "app_home_opened",
        "app_mention",
        "message.im",
        "channel_shared",
        "channel_unshared",
        "subteam_members_changed",
    ]
)
WATCHER_BACKLOG = 500


@dataclass
class Workspace:
    """Everything one workspace holds. Tests read and change it freely."""

    team_id: str
    team_domain: str
    bot: User
    users: dict[str, User]
    channels: dict[str, Channel]
    user_groups: dict[str, tuple[str, list[str]]]  # id → handle, members
    commands: list[Command]
    shortcuts: list[Shortcut]
    tokens: dict[str, Token]
    app_id: str = "A0DIRSYNC1"
    bot_id: str = "B0DIRSYNC1"
    app_name: str = "dirsync"
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    events: frozenset[str] = EVENTS
    now: Callable[[], float] = time.time
    ack_seconds: float = 3.0
    event_retry_after: tuple[float, ...] = (0.0, 60.0, 300.0)
    messages: dict[str, list[Message]] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    stacks: dict[str, list[str]] = field(default_factory=dict)  # user → open modals, top last
    homes: dict[str, str] = field(default_factory=dict)  # user → view id
    triggers: dict[str, Trigger] = field(default_factory=dict)
    reply_urls: dict[str, ReplyUrl] = field(default_factory=dict)
    uploads: dict[str, Json] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    rates: Rates = field(default_factory=Rates)
    watchers: set[asyncio.Queue[Json]] = field(default_factory=set)
    last_ts: int = 0

    @property
    def bot_token(self) -> str:
        return next(t.value for t in self.tokens.values() if t.kind == "bot")

    @property
    def app_token(self) -> str:
        return next(t.value for t in self.tokens.values() if t.kind == "app")

    def new_ts(self) -> str:
        self.last_ts = max(int(self.now() * 1_000_000), self.last_ts + 1)
        return f"{self.last_ts // 1_000_000}.{self.last_ts % 1_000_000:06d}"

    def new_id(self, letter: str) -> str:
        return letter + secrets.token_hex(5).upper()

    def new_trigger(self, user: str, view_id: str | None = None) -> str:
        trigger = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(8)}"
        self.triggers[trigger] = Trigger(user=user, issued=self.now(), view_id=view_id)
        return trigger

    def message(self, channel: str, ts: str) -> Message | None:
        return next((m for m in self.messages.get(channel, []) if m.ts == ts), None)

    def direct_channel(self, user: str) -> Channel:
        """The conversation between one person and the app, made on first use."""
        if user not in self.users:
            raise SlackProblem("user_not_found")
        for channel in self.channels.values():
            if channel.is_im and channel.members == {user, self.bot.id}:
                return channel
        channel = Channel(
            id=self.new_id("D"), name=self.app_name, members={user, self.bot.id}, is_im=True
        )
        self.channels[channel.id] = channel
        self.tell({"kind": "channels"}, only_for=user)
        return channel

    def add_message(self, message: Message) -> None:
        self.messages.setdefault(message.channel, []).append(message)
        self.tell_message(message)
        self.tell_parent(message)

    def remove_message(self, message: Message) -> None:
        self.messages[message.channel].remove(message)
        self.tell(
            {"kind": "removed", "channel": message.channel, "ts": message.ts},
            channel=message.channel,
            only_for=message.only_for,
        )
        self.tell_parent(message)

    def tell_message(self, message: Message) -> None:
        self.tell(
            {"kind": "message", "channel": message.channel, "message": self.drawn(message)},
            channel=message.channel,
            only_for=message.only_for,
        )

    def tell_parent(self, message: Message) -> None:
        """The parent's reply count is on the parent, so it is drawn again with its thread."""
        parent = self.message(message.channel, message.thread_ts) if message.thread_ts else None
        if parent is not None and parent is not message:
            self.tell_message(parent)

    def replies(self, channel: str, ts: str) -> list[Message]:
        return [
            m
            for m in self.messages.get(channel, [])
            if m.thread_ts == ts and m.ts != ts and m.only_for is None
        ]

    def drawn(self, message: Message) -> Json:
        """A message as the page wants it: Slack's own shape and what the page adds to it."""
        shape = message.wire(with_metadata=True)
        shape["only_for"] = message.only_for
        replies = self.replies(message.channel, message.ts)
        shape["reply_count"] = len(replies)
        shape["latest_reply"] = replies[-1].ts if replies else None
        return shape

    def view_json(self, view: View) -> Json:
        return view.wire(team_id=self.team_id, app_id=self.app_id, bot_id=self.bot_id)

    def tell_views(self, user: str) -> None:
        self.tell({"kind": "views", "views": self.open_views(user)}, only_for=user)

    def open_views(self, user: str) -> list[Json]:
        return [self.view_json(self.views[view_id]) for view_id in self.stacks.get(user, [])]

    def tell_home(self, user: str) -> None:
        self.tell({"kind": "home", "home": self.home_json(user)}, only_for=user)

    def home_json(self, user: str) -> Json | None:
        view_id = self.homes.get(user)
        return self.view_json(self.views[view_id]) if view_id else None

    def sees(self, user: str, channel: str) -> bool:
        found = self.channels.get(channel)
        return found is not None and user in found.members

    def tell(self, change: Json, *, channel: str = "", only_for: str | None = None) -> None:
        """Hand a change to every watcher; one that does not keep up is told to read anew."""
        for watcher in self.watchers:
            try:
                watcher.put_nowait({**change, "_channel": channel, "_only_for": only_for})
            except asyncio.QueueFull:
                while not watcher.empty():
                    watcher.get_nowait()
                watcher.put_nowait({"kind": "reload", "_channel": "", "_only_for": None})

    def watch(self) -> asyncio.Queue[Json]:
        queue: asyncio.Queue[Json] = asyncio.Queue(maxsize=WATCHER_BACKLOG)
        self.watchers.add(queue)
        return queue


def contoso(
    *,
    people: Iterable[User] = PEOPLE,
    channels: Iterable[Channel] = CHANNELS,
    groups: Mapping[str, tuple[str, list[str]]] = GROUPS,
    commands: Iterable[Command] = COMMANDS,
    shortcuts: Iterable[Shortcut] = SHORTCUTS,
) -> Workspace:
    """The workspace of the demo, with new random tokens."""
    tokens = [
        Token(f"xoxb-{secrets.token_hex(20)}", "bot", SCOPES),
        Token(
            f"xapp-1-A0DIRSYNC1-{secrets.token_hex(20)}", "app", frozenset({"connections:write"})
        ),
    ]
    return Workspace(
        team_id=TEAM,
        team_domain=TEAM_DOMAIN,
        bot=BOT,
        users={user.id: user for user in (*people, BOT)},
        channels={
            c.id: Channel(**{**vars(c), "members": set(c.members)}) for c in channels
        },  # copied: two workspaces in one process share nothing
        user_groups={key: (handle, list(members)) for key, (handle, members) in groups.items()},
        commands=list(commands),
        shortcuts=list(shortcuts),
        tokens={token.value: token for token in tokens},
    )
