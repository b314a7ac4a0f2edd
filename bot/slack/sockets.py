"""In: bolt's app and an app-level token. Out: two places, in each of which a connection of Socket Mode lives.
slack_sdk's own client asks anew at once whatever it was told (450 times a second when there are too many), closes the old
connection before it has the new one, and cannot tell a deaf one; so this keeps the connections, and bolt only answers.
Promise: the next is open before the old one goes; one is opened at a time; what is refused is asked for ever more rarely.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWSTimeout
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.errors import Unreachable
from bot.slack.backoff import Backoff, Pace, whole_jitter
from bot.slack.link import LinkState
from bot.slack.wire import CLOSE_SECONDS, TOO_MANY, Said, Wire, acknowledgement
from bot.telemetry import OnceBroken

log = structlog.get_logger(__name__)

SOCKETS = 2  # one abrupt break of a single socket loses clicks for seconds; of two, next to none
CONNECT_SECONDS = 10.0
LONGEST_LOOK = 3600.0
RECOUNT = "counted anew"
ASKED_TO_GO = {"warning", "refresh_requested"}
TOLD_TOO_MANY = (
    "Slack keeps ten connections of an app and refuses more. End what else uses this app-level token; "
    "connections of processes that were killed go by themselves in a few minutes."
)


@dataclass(frozen=True, slots=True)
class Refusal:
    why: str
    todo: str = ""
    away: bool = False  # nobody answered at all
    too_many: bool = False
    retry_after: float = 0.0


class SocketMode:
    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        session: ClientSession,
        *,
        edges: int = 1,
        pace: Pace,
        pause: Callable[[float], Awaitable[None]],
        jitter: Callable[[], float],
    ) -> None:
        self._app = app
        self._token = app_token
        self._session = session
        self._edges = edges
        self._pace = pace
        self._pause = pause
        self._jitter = jitter
        self._turn = asyncio.Lock()
        self._wires: list[Wire] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._crash: BaseException | None = None
        self._outcome: asyncio.Future[Refusal | None] = asyncio.get_running_loop().create_future()
        self._broken = OnceBroken(log)
        self._doubtful = asyncio.Event()
        self._excess = ""
        self._refused: dict[int, str] = {}

    # ------------------------------------------------------------ from start to end

    async def start(self) -> None:
        """Until the first place is taken or refused; only nobody answering at all is an error."""
        for place in range(SOCKETS):
            self._spawn(self._keep(place))
        self._spawn(self._recount())
        found = await self._outcome
        if found is not None and found.away:
            raise Unreachable("Slack", "Slack's socket cannot be reached.", todo=found.todo)

    async def close(self) -> None:
        """What is being answered is answered, then all is closed."""
        keepers = {t for t in self._tasks if t.get_name() == "keeper"}
        for task in keepers:
            task.cancel()
        await asyncio.gather(*(wire.finish() for wire in self._open), return_exceptions=True)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def state(self) -> LinkState:
        if self._crash is not None:
            raise self._crash
        count = len(self._open)
        troubles = [self._excess, *dict.fromkeys(self._refused.values())]
        return LinkState(
            transport="socket",
            connected=count > 0,
            told=f"{min(count, SOCKETS)} of {SOCKETS} sockets to Slack are open.",
            trouble=" ".join(filter(None, troubles)),
        )

    @property
    def full(self) -> bool:
        return len(self._open) >= SOCKETS

    @property
    def _open(self) -> list[Wire]:
        return [wire for wire in self._wires if not wire.over]

    def _spawn(self, work: Coroutine[Any, Any, None], name: str = "keeper") -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._crash = task.exception()
            if not self._outcome.done():
                self._outcome.set_exception(self._crash or RuntimeError("ended"))

    # ------------------------------------------------------------ one place

    async def _keep(self, place: int) -> None:
        """A connection in this place, for as long as the bot runs."""
        backoff = Backoff(self._pace, self._jitter)
        old: Wire | None = None
        while True:
            found = await self._one_more(old)
            self._tell(place, found)
            if isinstance(found, Refusal):
                await self._pause(backoff.refused(at_least=found.retry_after))
                continue
            if old is not None:
                linger = self._pace.linger if old.why in ASKED_TO_GO else 0.0
                self._spawn(old.finish(linger=linger), "finishing")
            old = found
            await old.going.wait()
            wait = backoff.after(lived=old.lived)
            log.info("slack.socket_goes", place=place, why=old.why, lived=round(old.lived))
            if old.why == TOO_MANY:
                await old.finish()
                wait = wait or backoff.refused()
            if wait:
                await self._pause(wait)

    def _tell(self, place: int, found: "Wire | Refusal") -> None:
        name = f"Slack socket {place + 1}"
        if isinstance(found, Refusal):
            self._refused[place] = f"{found.why} {found.todo}".strip()
            self._broken.broke(name, found.why, todo=found.todo)
        else:
            self._refused.pop(place, None)
            self._broken.works(name)
        if not self._outcome.done():
            self._outcome.set_result(found if isinstance(found, Refusal) else None)

    async def _one_more(self, old: Wire | None) -> Wire | Refusal:
        """One at a time: two that are told to go together do not go together."""
        async with self._turn:
            found = await self._try()
            others = [wire for wire in self._open if wire is not old]
            if isinstance(found, Refusal) and found.too_many and old is not None and others:
                # the place that is missing may be the very one that is to be replaced; never the last one
                await old.finish()
                found = await self._try()
            return found

    async def _try(self) -> Wire | Refusal:
        try:
            answer = await self._app.client.apps_connections_open(app_token=self._token)
            async with asyncio.timeout(self._pace.hello):
                ws = await self._session.ws_connect(
                    str(answer["url"]),
                    autoping=False,  # the wire answers pings itself, for it counts them
                    proxy=self._app.client.proxy,
                    timeout=ClientWSTimeout(ws_close=CLOSE_SECONDS),
                )
            wire = Wire(ws, self._pace, self._take)
            hello = await wire.hello()
        except SlackApiError as error:
            return _refused(error)
        except (ClientError, TimeoutError, OSError) as error:
            why = f"Slack's socket cannot be reached ({type(error).__name__})."
            return Refusal(why, "Check the network and the proxy.", away=True)
        if not hello:
            await wire.close()
            if wire.why == TOO_MANY:
                return Refusal("Slack refuses one more socket.", TOLD_TOO_MANY, too_many=True)
            return Refusal(f"Slack closed a socket before its first word ({wire.why}).")
        self._wires = [*self._recent(), wire]
        self._counted(hello)
        self._spawn(wire.live(), "wire")
        return wire

    def _recent(self) -> list[Wire]:
        """Those that are open, and those that Slack may still count because nobody told it of their end."""
        return [w for w in self._wires if not w.over or w.ended < self._pace.look_again]

    # ------------------------------------------------------------ how many there are

    def _counted(self, hello: Said) -> None:
        """Of the whole app. Where replicas are connected too, each may be about to replace one of its own."""
        told = hello.get("num_connections")
        count = told if isinstance(told, int) else 0
        others = (SOCKETS + 1) * (self._edges - 1)
        if count > len(self._open) + others:
            self._doubtful.set()
        name = "Slack's count of sockets"
        if count <= len(self._wires) + others:
            self._excess = ""
            self._broken.works(name)
            return
        self._excess = (
            f"Slack counts {count} sockets of this app, and this bot holds {len(self._open)}: "
            "a click may be given to one that nobody reads, and is lost. "
            "End what else uses this app-level token; DIRSYNC_SLACK__EDGES says how many processes of the bot do. "
            "Sockets of processes that were killed go by themselves in a few minutes."
        )
        self._broken.broke(name, self._excess, counted=count)

    async def _recount(self) -> None:
        """Slack says its count only to a new connection, so one is replaced to hear whether it is still so."""
        span = self._pace.look_again
        while True:
            await self._doubtful.wait()
            await self._pause(span)
            self._doubtful.clear()
            span = min(span * 2, LONGEST_LOOK)
            if self._open:
                self._open[0].leave(RECOUNT)
            if not self._excess:
                span = self._pace.look_again

    # ------------------------------------------------------------ what Slack delivers

    def _take(self, wire: Wire, said: Said) -> None:
        task = asyncio.create_task(self._answer(wire, said))
        wire.work.add(task)
        task.add_done_callback(wire.work.discard)

    async def _answer(self, wire: Wire, said: Said) -> None:
        try:
            request = SocketModeRequest.from_dict(said)
            if request is None:
                return
            response = await run_async_bolt_app(self._app, request)
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            log.warning("slack.envelope_unreadable", why=type(error).__name__)
            return
        ack = acknowledgement(request.envelope_id, response)
        if ack is None:
            return
        # Slack is not known to take an ack on another connection, but on a closed one it surely does not
        for each in (wire, *reversed(self._open)):
            if await each.send(ack):
                return
        log.warning("slack.ack_lost", why=wire.why)


def _refused(error: SlackApiError) -> Refusal:
    if error.response.status_code == 429:
        after = str(error.response.headers.get("Retry-After", ""))
        wait = float(after) if after.isascii() and after.isdecimal() else 30.0
        return Refusal("Slack does not open sockets right now.", retry_after=wait)
    if error.response.status_code >= 500:
        return Refusal("Slack is in trouble and opens no socket.")
    reason = str(error.response.get("error"))
    todo = "Set DIRSYNC_SLACK__APP_TOKEN to a token with connections:write."
    return Refusal(f"Slack refused to open a socket: {reason}.", todo)


@asynccontextmanager
async def connected(
    app: AsyncApp,
    app_token: str,
    *,
    edges: int = 1,
    pace: Pace | None = None,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    jitter: Callable[[], float] = whole_jitter,
) -> AsyncIterator[SocketMode]:
    """Until the block ends. Raises Unreachable if nobody answers at start."""
    limits = ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS)
    async with ClientSession(timeout=limits) as session:
        mode = SocketMode(
            app,
            app_token,
            session,
            edges=edges,
            pace=pace or Pace(),
            pause=pause,
            jitter=jitter,
        )
        try:
            await mode.start()
            yield mode
        finally:
            await mode.close()
