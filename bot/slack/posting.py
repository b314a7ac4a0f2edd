"""In: a case and what is known of its message. Out: that message posted or redrawn, and its thread brought up to date.
Each method sends at most one message, and says in which lane the case waits next.
Promise: what is on its way is written down first: an answer that was lost is looked for before anything is sent again.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from enum import StrEnum
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.model import Case, Paused, Say, State
from bot.ports import Clock, Outbox, Shown
from bot.slack import cards, ended, lines, pointer
from bot.slack.places import Place
from bot.slack.trouble import (
    AWAY,
    is_definite,
    is_gone,
    is_in_the_way,
    is_passing,
    reason_of,
    unreachable,
)
from bot.slack.words import escaped, plain, rich, runs, section
from bot.triage.causes import has_own_card
from bot.words import speaking

CLOCKS_APART = 3600.0  # seconds that ours and Slack's may differ
PAGES, A_PAGE = 5, 200
MOST_ATTACKS = 10  # cards of one storm's possible attacks within an hour
log = structlog.get_logger(__name__)

Json = Mapping[str, Any]
Reading = Callable[..., Awaitable[AsyncSlackResponse]]
Gate = Callable[[], Awaitable[None]]


class Lane(StrEnum):
    """Where a card waits; the value is added to the channel's id. Cards of the versions before wait in ASKED."""

    ASKED = ""
    AGAIN = ":again"  # it is there and has to be redrawn
    LINES = ":lines"  # its thread lacks something
    POSTS = ":posts"  # it is not there yet
    PAPERS = ":papers"  # no card: a digest, or a file for a thread


class Posting:
    def __init__(
        self,
        client: AsyncWebClient,
        outbox: Outbox,
        *,
        channel: str,
        clock: Clock,
        may_post: Gate,
        may_update: Gate,
        went_through: Callable[[], None],
        paused: Callable[[], Awaitable[Paused | None]],
        attacks: Callable[[], Awaitable[int]],
    ) -> None:
        """`attacks`: the how many-th of the hour this one is, of those that came in a storm."""
        self._client = client
        self._outbox = outbox
        self._channel = channel
        self._clock = clock
        self._may_post = may_post
        self._may_update = may_update
        self._went_through = went_through
        self._paused = paused
        self._attacks = attacks

    # ------------------------------------------------------------ the card

    async def redraw(self, case: Case, shown: Shown | None, place: Place) -> Lane | None:
        if shown is None or not shown.stamp:
            return Lane.POSTS
        await self._may_update()
        try:
            async with self._asking(case, shown):
                await self._client.chat_update(
                    channel=shown.channel, ts=shown.stamp, **await self._card(case, shown, place)
                )
        except _Gone:
            if not place.moves:
                return await self._lost(case, shown)
        except _Refused:
            if not place.moves:
                return None
        else:
            self._went_through()
        if shown.watchers and case.state not in ended.OVER:
            shown = replace(shown, watchers=0)  # it goes on, and may end again
            await self._outbox.set_card(case.id, shown)
        return await self._left(case, place) if place.moves else _lines_of(case, shown, place)

    async def _left(self, case: Case, place: Place) -> Lane:
        """Nothing of the card stands here any more; in the other channel its story is told from the beginning."""
        await self._outbox.set_card(case.id, Shown(channel=place.moves))
        return Lane.ASKED

    async def post(self, case: Case, shown: Shown | None, place: Place) -> Lane | None:
        shown = shown or Shown(channel=self._channel)
        if shown.stamp:
            return Lane.AGAIN
        try:
            if shown.since is not None and (found := await self._find_card(case, shown)):
                await self._outbox.set_card(case.id, replace(shown, stamp=found, since=None))
                return Lane.AGAIN
            if place.moves:
                return await self._left(case, place)
            if not worth_a_card(case):
                return None
            return await self._post(case, shown, place)
        except (_Gone, _Refused):
            return None

    async def _post(self, case: Case, shown: Shown, place: Place) -> Lane | None:
        if place.hidden:
            log.error("a security case waits", case=case.id, todo=_NO_PRIVATE_CHANNEL)
        if case.batch and place.alert and shown.since is None:
            most = 1 if place.hidden else MOST_ATTACKS
            number = await self._attacks()
            if number == most + 1 and not place.hidden:
                await self._tell_of_more(case, shown, place)
            if number > most:
                return None
        await self._may_post()
        begun = replace(
            shown,
            channel=self._channel,
            since=self._clock.now().timestamp(),
            opened=0 if shown.restart else len(case.timeline),
        )
        await self._outbox.set_card(case.id, begun)
        async with self._asking(case, begun, before=replace(begun, since=None)):
            posted = await self._client.chat_postMessage(
                channel=self._channel, **_QUIET, **await self._card(case, shown, place)
            )
        there = replace(begun, channel=posted["channel"], stamp=posted["ts"], since=None)
        await self._outbox.set_card(case.id, there)
        self._went_through()
        return _lines_of(case, there, place)

    async def _tell_of_more(self, case: Case, shown: Shown, place: Place) -> None:
        """A flood of possible attacks must not bury its own channel. What changes of the others is shown later."""
        await self._may_post()
        with speaking(place.language):
            say = Say(
                "More than {count} possible attacks came at once. The others are not shown one by one: /dirsync list "
                "tells all of them.",
                {"count": str(MOST_ATTACKS)},
            )
            text, blocks = escaped(plain(say)), [rich("attacks", section(*runs(say)))]
        async with self._asking(case, shown):
            await self._client.chat_postMessage(
                channel=self._channel, text=text, blocks=blocks, **_QUIET
            )
        self._went_through()

    async def _card(self, case: Case, shown: Shown, place: Place) -> dict[str, Any]:
        paused = await self._paused()
        with speaking(place.language):
            if place.hidden or place.moves:
                card = pointer.draw(case, moved=bool(place.moves))
            else:
                card = cards.draw(case, approvers=place.approvers, anew=shown.anew, paused=paused)
        return {"text": card.text, "blocks": card.blocks, "metadata": card.metadata}

    async def _lost(self, case: Case, shown: Shown) -> Lane:
        """Somebody deleted the message, and its thread with it: the card is posted anew, and says so."""
        log.info("card is gone from Slack", case=case.id)
        gone = replace(shown, stamp="", since=None, line="", telling=None, anew=True, restart=True)
        await self._outbox.set_card(case.id, gone)
        return Lane.POSTS

    # ------------------------------------------------------------ its thread

    async def tell(self, case: Case, shown: Shown | None, place: Place) -> Lane | None:
        if shown is None or not shown.stamp:
            return Lane.POSTS
        if place.hidden or place.moves:
            return Lane.AGAIN if place.moves else None
        try:
            if shown.telling is not None:
                shown = await self._settled(case, shown, shown.telling)
            with speaking(place.language):
                message = lines.next_message(case, shown, place.notify)
            if message is not None:
                await self._tell(case, shown, message)
                return Lane.LINES if ended.next_watcher(case, shown, place) else None
            if who := ended.next_watcher(case, shown, place):
                await self._tell_watcher(case, shown, place, who)
                return Lane.LINES
        except _Gone:
            return await self._lost(case, shown)
        return None

    async def _tell_watcher(self, case: Case, shown: Shown, place: Place, who: str) -> None:
        """After a lost answer it is sent again: one message too many is better than none."""
        await self._may_post()
        with speaking(place.language):
            told = ended.told(case, alert=place.alert)
        try:
            direct = await self._client.conversations_open(users=who)
            await self._client.chat_postMessage(
                channel=direct["channel"]["id"], text=told.text, blocks=told.blocks, **_QUIET
            )
        except SlackApiError as error:
            if is_passing(error):
                raise unreachable(error) from error
            # somebody who left, or a permission that is lacking, keeps no card back
            log.warning("watcher not told", case=case.id, reason=reason_of(error))
        except AWAY as error:
            raise unreachable(error) from error
        await self._outbox.set_card(case.id, replace(shown, watchers=shown.watchers + 1))
        self._went_through()

    async def _tell(self, case: Case, shown: Shown, message: lines.Told) -> None:
        await self._may_post()
        await self._outbox.set_card(case.id, replace(shown, telling=message.upto))
        said = replace(shown, told=message.upto, restart=False)
        aloud: dict[str, Any] = {"reply_broadcast": True} if message.broadcast else {}
        try:
            async with self._asking(case, shown, before=shown):
                posted = await self._client.chat_postMessage(
                    channel=shown.channel,
                    thread_ts=shown.stamp,
                    text=message.text,
                    blocks=message.blocks,
                    metadata=message.metadata,
                    **_QUIET,
                    **aloud,
                )
        except _Refused:
            # a line that Slack does not take must not keep the next ones back
            await self._outbox.set_card(case.id, said)
            return
        await self._outbox.set_card(case.id, replace(said, line=posted["ts"]))
        self._went_through()

    async def _settled(self, case: Case, shown: Shown, telling: int) -> Shown:
        """A message whose answer was lost may be there: its metadata says how much it tells."""
        after = shown.line or shown.stamp
        try:
            replies = self._client.conversations_replies
            thread = await self._read(case, shown, replies, oldest=after, ts=shown.stamp)
            there = [m for m in thread if _payload(m, case).get("upto") == telling]
        except _Refused:  # nobody can say; then rather no line than the same one twice
            there = [{"ts": shown.line}]
        settled = replace(shown, telling=None)
        if there:
            settled = replace(settled, told=telling, line=there[-1]["ts"], restart=False)
        await self._outbox.set_card(case.id, settled)
        return settled

    # ------------------------------------------------------------ to and from Slack

    @asynccontextmanager
    async def _asking(
        self, case: Case, shown: Shown, before: Shown | None = None
    ) -> AsyncIterator[None]:
        """Where Slack says that nothing was done, `before` is what is known again."""
        try:
            yield
        except SlackApiError as error:
            if before is not None and is_definite(error):
                await self._outbox.set_card(case.id, before)
            if is_gone(error, elsewhere=shown.channel != self._channel):
                raise _Gone from error
            if is_in_the_way(error):
                raise unreachable(error) from error
            log.error(  # noqa: TRY400 - the reason says it all, a traceback would hide it
                "card refused by Slack",
                case=case.id,
                reason=reason_of(error),
                detail=str(error.response.get("response_metadata", "")),
            )
            raise _Refused from error
        except AWAY as error:
            raise unreachable(error) from error

    async def _find_card(self, case: Case, shown: Shown) -> str | None:
        """A post whose answer was lost may be there: its metadata says which case it shows."""
        after = f"{max(0.0, (shown.since or 0.0) - CLOCKS_APART):.6f}"
        history = self._client.conversations_history
        found = await self._read(case, shown, history, oldest=after)
        return next((str(m["ts"]) for m in found if _payload(m, case, cards.EVENT_TYPE)), None)

    async def _read(self, case: Case, shown: Shown, method: Reading, **which: str) -> list[Json]:
        asked: dict[str, Any] = {"channel": shown.channel, "limit": A_PAGE, **which}
        messages: list[Json] = []
        for _ in range(PAGES):
            async with self._asking(case, shown):
                page = await method(**asked, include_all_metadata=True)
            messages += page.get("messages") or []
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
            asked["cursor"] = cursor
        return messages


_NO_PRIVATE_CHANNEL = (
    "Set DIRSYNC_SLACK__SECURITY_CHANNEL to a private channel, and invite the bot there."
)
_QUIET: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}


class _Gone(Exception):
    """The message, or the thread it was the first of, is not there any more."""


class _Refused(Exception):
    """Slack will never take this one; it has been logged."""


def _payload(message: Json, case: Case, event_type: str = lines.EVENT_TYPE) -> Json:
    metadata = message.get("metadata") or {}
    payload: Json = metadata.get("event_payload") or {}
    ours = metadata.get("event_type") == event_type and payload.get("case_id") == case.id
    return payload if ours else {}


def _lines_of(case: Case, shown: Shown, place: Place) -> Lane | None:
    if place.hidden:
        return None
    waits = shown.telling is not None or lines.due(case, shown, place.notify)
    return Lane.LINES if waits or ended.next_watcher(case, shown, place) else None


def has_something_to_send(case: Case, shown: Shown | None) -> bool:
    """False for a case that has no message and would get none: a storm has thousands, and none of them may stand
    in the way of a card that somebody has just pressed a button of.
    """
    is_or_may_be_there = shown is not None and (bool(shown.stamp) or shown.since is not None)
    return is_or_may_be_there or worth_a_card(case)


def worth_a_card(case: Case) -> bool:
    """A case that is not shown is not shown now, if it is held or over, or if the card of a storm tells of it."""
    if case.state is State.CLOSED or case.held is not None:
        return False
    return case.storm is not None or (case.diagnosis is not None and has_own_card(case))
