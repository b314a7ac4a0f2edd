"""In: "show this case", "answer this person". Out: messages in Slack, at a pace that Slack accepts.
A card waits in the outbox, once; one sender per channel, by lease, draws it from the state of that moment.
Promise: old never overwrites new; people's answers wait for no card, cards that are there for no new ones.
"""

import asyncio
import copy
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.answers import Home
from bot.errors import Unreachable, Untrusted
from bot.model import Case, Paused, Refusal, ReplyTo, Say, SlackUser
from bot.ports import Cases, Clock, Handle, Outbox, Shown, Waiting
from bot.slack import home
from bot.slack.answers import Blocks, draw_answer, draw_shared
from bot.slack.pace import Backoff, Budget
from bot.slack.papers import Painter, Papers, is_paper
from bot.slack.pictures import painted
from bot.slack.places import Place, Places
from bot.slack.posting import Lane, Posting
from bot.slack.trouble import AWAY, is_passing, reason_of, unreachable
from bot.triage import pause
from bot.triage.routing import Row, Table
from bot.words import Languages, speaking

LEASE_SECONDS = 30.0
AN_HOUR = 3600
UPDATES_A_MINUTE = 50  # chat.update is Tier 3, counted apart from posts
SORTED_AT_ONCE = 100
PUT_OFF = timedelta(seconds=10)
HOOK_USES, HOOK_SECONDS = 5, 1800  # what Slack allows one response_url
log = structlog.get_logger(__name__)

Act = Callable[[Case, Shown | None, Place], Awaitable[Lane | None]]


class _LeaseLost(Exception):
    pass


class SlackChannel:
    """Satisfies `ports.Channel`, and sends what waits in the outbox (`run`)."""

    def __init__(
        self,
        client: AsyncWebClient,
        outbox: Outbox,
        cases: Cases,
        *,
        channel: str,
        approvers: tuple[str, ...],
        clock: Clock,
        places: Places | None = None,
        languages: Languages | None = None,
        updates: Budget | None = None,
        pace_seconds: float = 1.0,
        idle_seconds: float = 0.2,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        painter: Painter = painted,
    ) -> None:
        """`updates` may be shared by several channels: Slack counts them together.

        Without `places` all is shown here, but for what may be an attack: that is only announced.
        """
        self._client = copy.copy(client)
        self._client.retry_handlers = []  # the waiting is done here, for all that waits
        self._outbox = outbox
        self._cases = cases
        self._channel = channel
        self._clock = clock
        self._languages = languages or Languages()
        usual = Row(number=1, channel=channel, language=self._languages.channel)
        self._places = places or Places(Table(rest=usual, approvers=approvers))
        self._idle = idle_seconds
        self._pause = pause
        self._posts = Budget(1, pace_seconds)
        self._updates = updates or Budget(UPDATES_A_MINUTE, 60)
        self._backoff = Backoff()
        self._quiet = 0.0  # seconds that Slack asked for and that are still to be waited
        self._broken = False
        self._sender = f"sender:{channel}"
        self._token = ""
        self._filled: set[Lane] = set()
        self._posting = Posting(
            self._client,
            outbox,
            channel=channel,
            clock=clock,
            may_post=partial(self._may_send, self._posts),
            may_update=partial(self._may_send, self._updates),
            went_through=self._went_through,
            paused=self._paused,
            attacks=partial(cases.count, f"attacks:{channel}", AN_HOUR),
        )
        self._papers = Papers(
            self._client,
            outbox,
            cases,
            channel=channel,
            places=self._places,
            language=self._languages.channel,
            clock=clock,
            may_post=partial(self._may_send, self._posts),
            went_through=self._went_through,
            painter=painter,
        )

    async def show(self, case_id: str) -> None:
        await self._outbox.outbox_add(self._lane(Lane.ASKED), case_id, self._clock.now())

    async def put(self, paper: str) -> None:
        await self.show(paper)

    async def answer(
        self, shape: str, body: str, to: ReplyTo, *, full: bool, handle: Handle | None = None
    ) -> None:
        """Raises Unreachable("Slack"). An answer whose channel has gone goes nowhere: only the asker could read it."""
        with speaking(self._languages.of(to.user.user)):
            # thousands of lines take a moment, and cards and clicks go on meanwhile
            text, blocks = await asyncio.to_thread(
                draw_answer, shape, body, full=full, handle=handle
            )
        try:
            if await self._through_hook(
                to, text, blocks, replaces=bool(handle and handle.replaces)
            ):
                return
            await self._client.chat_postEphemeral(
                channel=to.channel, user=to.user.user, text=text, blocks=blocks
            )
        except SlackApiError as error:
            if is_passing(error):
                raise unreachable(error) from error
            log.warning("answer not delivered", reason=reason_of(error))
        except AWAY as error:
            raise unreachable(error) from error

    async def _through_hook(
        self, to: ReplyTo, text: str, blocks: Blocks, *, replaces: bool
    ) -> bool:
        """Only this way a message for one person's eyes can be replaced; so often Slack allows it and no more."""
        if not _is_slacks(to.response_url, self._client.base_url):
            return False
        if await self._cases.count(f"hook:{to.response_url}", HOOK_SECONDS) > HOOK_USES:
            return False
        webhook = AsyncWebhookClient(to.response_url, timeout=10)
        webhook.proxy = self._client.proxy  # its own default is the environment's
        sent = await webhook.send(
            text=text, blocks=blocks, response_type="ephemeral", replace_original=replaces
        )
        return sent.status_code == 200

    def private(self, channel: str) -> bool:  # noqa: ARG002 - one sender alone knows of no such channel
        return False

    async def home(self, who: SlackUser, shown: Home | Refusal, *, notice: Say | None) -> None:
        """Raises Unreachable("Slack")."""
        with speaking(self._languages.of(who.user)):
            view = home.draw_home(shown, notice=notice)
        try:
            await self._client.views_publish(user_id=who.user, view=view)
        except SlackApiError as error:
            if is_passing(error):
                raise unreachable(error) from error
            log.warning("home not shown", reason=reason_of(error))
        except AWAY as error:
            raise unreachable(error) from error

    async def announce(
        self, shape: str, body: str, *, channel: str, by: str, page: int = 0, less: bool = False
    ) -> Say | None:
        """Raises Unreachable("Slack"). Never more than what everybody who may ask may see."""
        with speaking(self._languages.channel):
            text, blocks = await asyncio.to_thread(
                draw_shared, shape, body, by=by, page=page, less=less
            )
        try:
            await self._client.chat_postMessage(
                channel=channel or self._channel,
                text=text,
                blocks=blocks,
                unfurl_links=False,
                unfurl_media=False,
            )
        except SlackApiError as error:
            if is_passing(error):
                raise unreachable(error) from error
            log.warning("not announced", reason=reason_of(error))
            return _not_posted(reason_of(error))
        except AWAY as error:
            raise unreachable(error) from error
        return None

    async def run(self, stop: asyncio.Event) -> None:
        """Sends until `stop`. Slack being away is said once in the log, and once on recovery."""
        while not stop.is_set():
            try:
                token = await self._outbox.lease(self._sender, LEASE_SECONDS)
                if token is None:
                    await self._pause(self._idle * 5)
                    continue
                await self._send_while_leased(token, stop)
            except Unreachable as error:  # Redis: without it there is no lease either
                self._broke(error)
                await self._pause(error.retry_after or 2.0)

    async def _send_while_leased(self, token: str, stop: asyncio.Event) -> None:
        self._token = token
        self._filled = set(Lane)  # whoever sent before may have left something
        self._posts.take(self._clock.now())  # and may have posted just now
        try:
            while not stop.is_set() and await self._is_ours():
                if self._quiet > 0:
                    await self._keep_quiet()
                    continue
                try:
                    if not await self._turn():
                        await self._pause(self._idle)
                except Unreachable as error:
                    if error.what != "Slack":
                        raise
                    # waited out under the lease, or another sender would ask Slack in our stead
                    self._broke(error)
                    self._quiet = self._backoff.after(error.retry_after)
        except _LeaseLost:
            log.info("another sender has taken over", channel=self._channel)
        finally:
            await self._outbox.unlease(self._sender, token)

    async def _turn(self) -> bool:
        """One of each kind, as far as their budgets go. A card that is there already never waits for new ones,
        nor does its thread.
        """
        moved = await self._sort()
        redrawn = await self._next_of(Lane.AGAIN, self._updates, self._posting.redraw)
        posted = await self._next_of(Lane.LINES, self._posts, self._posting.tell)
        posted = posted or await self._next_of(Lane.POSTS, self._posts, self._posting.post)
        posted = posted or await self._next_paper()
        return moved or redrawn or posted

    async def _sort(self) -> bool:
        """What was asked for, into the lanes. No message is sent here."""
        now = self._clock.now()
        for count in range(SORTED_AT_ONCE):
            waiting = await self._outbox.outbox_take(self._lane(Lane.ASKED), now)
            if waiting is None:
                return count > 0
            async with self._of_one_case(Lane.ASKED, waiting):
                await self._hand_on(await self._lane_of(waiting.case_id), waiting.case_id)
            await self._outbox.outbox_done(self._lane(Lane.ASKED), waiting)
        return True

    async def _lane_of(self, name: str) -> Lane:
        if is_paper(name):
            return Lane.PAPERS
        shown = await self._outbox.card(name)
        return Lane.AGAIN if shown is not None and shown.stamp else Lane.POSTS

    async def _next_paper(self) -> bool:
        now, lane = self._clock.now(), self._lane(Lane.PAPERS)
        if Lane.PAPERS not in self._filled or self._posts.wait(now) > 0:
            return False
        waiting = await self._outbox.outbox_take(lane, now)
        if waiting is None:
            self._filled.discard(Lane.PAPERS)
            return False
        again: timedelta | None = None
        async with self._of_one_case(Lane.PAPERS, waiting):
            again = await self._papers.send(waiting.case_id)
        await self._outbox.outbox_done(lane, waiting)
        if again is not None:
            await self._outbox.outbox_add(self._lane(Lane.ASKED), waiting.case_id, now + again)
        return True

    async def _next_of(self, lane: Lane, budget: Budget, act: Act) -> bool:
        now = self._clock.now()
        if lane not in self._filled or budget.wait(now) > 0:
            return False
        waiting = await self._outbox.outbox_take(self._lane(lane), now)
        if waiting is None:
            self._filled.discard(lane)
            return False
        async with self._of_one_case(lane, waiting):
            case = await self._cases.get(waiting.case_id)
            if case is not None:
                await self._act(act, case, await self._outbox.card(waiting.case_id))
        await self._outbox.outbox_done(self._lane(lane), waiting)
        return True

    async def _act(self, act: Act, case: Case, shown: Shown | None) -> None:
        """As the case is now: it may belong into another channel since it was asked for."""
        place = self._places.of(case, shown)
        if place.lane != self._channel:
            await self._outbox.outbox_add(place.lane, case.id, self._clock.now())
            return
        follows = await act(case, shown, place)
        if follows is not None:
            await self._hand_on(follows, case.id)

    @asynccontextmanager
    async def _of_one_case(self, lane: Lane, waiting: Waiting) -> AsyncIterator[None]:
        """What one case alone suffers from holds up no other."""
        try:
            yield
        except Untrusted as error:
            log.error("card not shown", case=waiting.case_id, reason=error.message, todo=error.todo)  # noqa: TRY400 - the reason says it all
        except Unreachable as error:
            if error.what in {"Slack", "Redis"}:
                raise
            # written by a newer version: a replica of that one draws it, or this one once it is upgraded
            await self._outbox.outbox_done(self._lane(lane), waiting)
            later = self._clock.now() + PUT_OFF
            await self._outbox.outbox_add(self._lane(Lane.ASKED), waiting.case_id, later)

    async def _hand_on(self, lane: Lane, case_id: str) -> None:
        await self._outbox.outbox_add(self._lane(lane), case_id, self._clock.now())
        self._filled.add(lane)

    def _lane(self, lane: Lane) -> str:
        return self._channel + lane

    async def _may_send(self, budget: Budget) -> None:
        """Asked right before a message goes: it takes at most half of a lease, so no two are ever on their way."""
        if not await self._is_ours():
            raise _LeaseLost
        budget.take(self._clock.now())

    async def _paused(self) -> Paused | None:
        return pause.read(await self._cases.marks_of([pause.MARK]))

    def _went_through(self) -> None:
        self._backoff.recovered()
        if self._broken:
            self._broken = False
            log.info("cards go out again")

    async def _is_ours(self) -> bool:
        return await self._outbox.extend(self._sender, self._token, LEASE_SECONDS)

    async def _keep_quiet(self) -> None:
        rest = min(self._quiet, LEASE_SECONDS / 3)
        await self._pause(rest)
        self._quiet -= rest

    def _broke(self, error: Unreachable) -> None:
        if not self._broken:
            self._broken = True
            log.warning("cards wait", what=error.what, reason=error.message)


def _not_posted(reason: str) -> Say:
    if reason in {"not_in_channel", "channel_not_found"}:
        return Say(
            "The bot is not in this channel, so it cannot show it to everybody here. Invite it, then press again."
        )
    return Say("Slack did not take it for this channel: {word}.", {"word": reason})


def _is_slacks(response_url: str, base_url: str) -> bool:
    """The event came by way of Redis: an answer goes to Slack's own hooks, whatever stands in it."""
    hook, api = urlsplit(response_url), urlsplit(base_url)
    if (hook.scheme, hook.netloc) == (api.scheme, api.netloc):
        return True
    return hook.scheme == "https" and hook.netloc == f"hooks.{api.netloc}"
