"""In: a Slack user id from a click or a command. Out: the person, or a refusal that says why and what to do.
Asked of Slack at the moment it matters (cached for a minute); the lists are settings, never names or e-mail.
Promise: fail closed: guest, stranger, bot, other workspace, not on the list, or any API error: refused.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.model import Case, Person, Proposal, Refusal, Say, SlackUser
from bot.triage.routing import Row, Table, narrowest, route_of

CACHE_SECONDS = 60.0
OTHER_ROUTE = "other-route"
_UNSURE = Refusal(
    "slack-error",
    Say("Slack did not say who you are, so nothing was done. Try again in a minute."),
)

_UNSURE_WHERE = Refusal(
    "slack-error",
    Say("Slack did not say who reads this channel, so nothing was done. Try again in a minute."),
)
_SHARED = Refusal(
    "shared-channel",
    Say(
        "This channel is shared with another organisation, so nothing is decided here. "
        "The bot’s administrator can give it a channel of your own."
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Slack user id -> Entra object id. An empty `readers` means: approvers only."""

    approvers: Mapping[str, str] = field(default_factory=dict)
    readers: Mapping[str, str] = field(default_factory=dict)
    full_readers: frozenset[str] = frozenset()


class SlackPeople:
    """Satisfies `ports.People`."""

    def __init__(
        self, client: AsyncWebClient, *, team: str, lists: Lists, table: Table | None = None
    ) -> None:
        """Without a `table` every approver decides on everything."""
        self._client = client
        self._team = team
        self._lists = lists
        everybody = Row(number=1, channel="")
        self._table = table or Table(rest=everybody, approvers=tuple(lists.approvers))
        self._shared: dict[str, float] = {}  # channels that were found to be ours alone, and when
        self._seen: dict[str, tuple[float, dict[str, Any]]] = {}

    async def may_approve(
        self, who: SlackUser, proposal: Proposal | None, case: Case | None = None
    ) -> Person | Refusal:
        profile = await self._profile(who)
        if isinstance(profile, Refusal):
            return profile
        entra_id = self._lists.approvers.get(who.user)
        if entra_id is None:
            return Refusal(
                "not-an-approver",
                Say(
                    "You are not on the list of approvers, so nothing was done. "
                    "Ask one of those named on the card."
                ),
            )
        if who.user not in self._allowed(proposal, case):
            return Refusal(
                OTHER_ROUTE,
                Say(
                    "You are an approver, but not of this case: its route names others. "
                    "Ask one of those named on the card."
                ),
            )
        if proposal and entra_id in proposal.affected:
            return Refusal(
                "affected",
                Say(
                    "You hold, gain or lose this value yourself, so somebody else has to decide. "
                    "Ask another approver."
                ),
            )
        return self._person(who, entra_id, profile)

    def _allowed(self, proposal: Proposal | None, case: Case | None) -> Collection[str]:
        if case is not None:
            return route_of(case, self._table, proposal).approvers
        return narrowest(self._table) if proposal else self._table.approvers

    async def open_to_others(self, channel: str) -> Refusal | None:
        """A click in a conversation with the bot, or on its home tab, is seen by one person."""
        if not channel.startswith(("C", "G")):
            return None
        known = self._shared.get(channel)
        if known is not None and time.monotonic() - known < CACHE_SECONDS:
            return None
        try:
            answer = await self._client.conversations_info(channel=channel)
        except (SlackApiError, ClientError, TimeoutError, OSError):
            return _UNSURE_WHERE
        found: dict[str, Any] = answer.get("channel") or {}
        if found.get("id") != channel:
            return _UNSURE_WHERE
        if found.get("is_ext_shared") or found.get("is_pending_ext_shared"):
            return _SHARED
        self._shared[channel] = time.monotonic()
        return None

    async def may_ask(self, who: SlackUser) -> Person | Refusal:
        profile = await self._profile(who)
        if isinstance(profile, Refusal):
            return profile
        approver = self._lists.approvers.get(who.user)
        entra_id = approver or self._lists.readers.get(who.user)
        if entra_id is None:
            return Refusal(
                "not-a-reader",
                Say(
                    "You are not on the list of people who may ask this bot. "
                    "The bot’s administrator can add you to its readers."
                ),
            )
        return self._person(who, entra_id, profile)

    def _person(self, who: SlackUser, entra_id: str, profile: dict[str, Any]) -> Person:
        full = who.user in self._lists.approvers or who.user in self._lists.full_readers
        name = profile.get("profile", {}).get("real_name") or profile.get("real_name") or who.user
        return Person(slack=who, entra_id=entra_id, name=name, full_reader=full)

    async def _profile(self, who: SlackUser) -> dict[str, Any] | Refusal:
        if who.team != self._team:
            return Refusal(
                "other-workspace",
                Say("This bot answers people of its own workspace only."),
            )
        found = await self._info(who.user)
        if isinstance(found, Refusal):
            return found
        if found.get("team_id", self._team) != self._team or found.get("is_stranger"):
            return Refusal("stranger", Say("This bot answers people of its own workspace only."))
        if found.get("deleted"):
            return Refusal("deleted", Say("This Slack account is deactivated."))
        if found.get("is_bot") or who.user == "USLACKBOT":
            return Refusal("bot", Say("Bots cannot ask or approve."))
        if found.get("is_restricted") or found.get("is_ultra_restricted"):
            return Refusal("guest", Say("Guests of this workspace cannot ask or approve."))
        return found

    async def _info(self, user: str) -> dict[str, Any] | Refusal:
        known = self._seen.get(user)
        if known and time.monotonic() - known[0] < CACHE_SECONDS:
            return known[1]
        try:
            answer = await self._client.users_info(user=user)
        except (SlackApiError, ClientError, TimeoutError, OSError):
            return _UNSURE
        profile: dict[str, Any] = answer.get("user") or {}
        if profile.get("id") != user:
            return _UNSURE
        self._seen[user] = (time.monotonic(), profile)
        return profile
