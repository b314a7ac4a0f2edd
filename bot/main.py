"""In: settings. Out: adapters, bound to handlers, in one process that runs until it is told to stop.
The only place that knows the concrete classes; which of them are made depends on the role.
Promise: what is wrong at start is one clear line and exit code 2; afterwards the bot keeps going.
"""

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

import msgspec
import structlog

from bot import plain, telemetry
from bot import settings as parts
from bot.ad.journal import FileJournal, open_journal
from bot.audit import chain
from bot.clock import SystemClock
from bot.directories import directories, needed, reach
from bot.errors import SettingsError, Unreachable
from bot.events import (
    DriftDue,
    Event,
    PollDue,
    Role,
)
from bot.model import Mode
from bot.ports import Due
from bot.roles import Common, EdgeParts, brain_handlers, edge_parts, writer_handlers
from bot.settings import Settings
from bot.slack import connection
from bot.slack.link import Link, LinkState
from bot.store.connect import connect
from bot.store.store import Store
from bot.worker import Handler, Worker
from handlers.digest import digest_due

ALL_ROLES = (Role.EDGE, Role.BRAIN, Role.WRITER)
ALIVE = "alive"
SLACK = "slack.json"  # how the edge is connected to Slack; `health` reads it out
ALIVE_EVERY = 5.0
ENSURE_EVERY = 60.0
log = structlog.get_logger(__name__)


# ---------------------------------------------------------------- store


def store_of(given: Settings) -> Store:
    redis = parts.need_redis(given)
    client = connect(
        redis.url.get_secret_value(), password=redis.password.get_secret_value() or None
    )
    return Store(client, given.tenant_id, clock=SystemClock(), link=chain.link)


async def is_behind(journal: FileJournal, store: Store) -> bool:
    """A Redis that knows fewer writes than the journal was restored or failed over (DESIGN decision 7)."""
    return await store.journal_position() < len(await journal.intents())


# ---------------------------------------------------------------- run


async def run(given: Settings, roles: Sequence[Role] = ALL_ROLES) -> None:
    """Until SIGTERM or SIGINT. Raises SettingsError for what is wrong at start."""
    telemetry.hide(*plain.secrets_of(given))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _make_room(given.state_dir)
    async with AsyncExitStack() as stack:
        common, handlers, edge = await _compose(given, roles, stack)
        worker = Worker(
            common.store,
            handlers,
            roles=roles,
            clock=common.clock,
            log=structlog.get_logger("bot.worker"),
        )
        await common.store.prepare()
        for line in parts.warnings(given):
            log.warning("settings", told=line)
        log.info("running", mode=common.mode, roles=[str(r) for r in roles])
        async with asyncio.TaskGroup() as group:
            group.create_task(_stay_alive(given.state_dir / ALIVE, stop))
            group.create_task(worker.run(stop))
            if Role.BRAIN in roles:
                group.create_task(_keep_polling(common, stop))
            if edge:
                group.create_task(edge.channel.run(stop))
                group.create_task(_listen(edge, given.state_dir / SLACK, stop))
        log.info("stopped")


def _make_room(state_dir: Path) -> None:
    """The journal of writes, the key and the sign of life are kept here: to be found out now, not at a write."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryFile(dir=state_dir):
            pass
    except OSError as error:
        raise SettingsError(
            f"Nothing can be kept in {state_dir}: {error.strerror}.",
            todo="Make the folder and give it to the bot's user, or set DIRSYNC_STATE_DIR to another.",
        ) from error


def demand(given: Settings, roles: Sequence[Role]) -> None:
    """Everything that the roles lack, told at once. Raises SettingsError."""
    reads = Role.BRAIN in roles or Role.WRITER in roles
    writes = Role.WRITER in roles and given.mode is Mode.APPLY
    asked: list[tuple[bool, Callable[[Settings], object]]] = [
        (True, parts.need_redis),
        (reads and not writes, parts.need_ad),
        (writes, parts.need_writer),
        (writes, parts.need_entra_writer),
        (reads, parts.need_entra),
        (Role.EDGE in roles, parts.need_slack),
        *((True, partial(parts.need_signing, role=r)) for r in _signing_roles(given, roles)),
    ]
    needed(given, *(need for wanted, need in asked if wanted))


def _signing_roles(given: Settings, roles: Sequence[Role]) -> tuple[str, ...]:
    """One process for everything may make its own key pair; split roles are given theirs."""
    if len(roles) == len(ALL_ROLES) and not (
        given.signing.private_key_file or given.signing.public_key_file
    ):
        return ("all",)
    return tuple(r.value for r in roles if r is not Role.BRAIN)


async def _compose(
    given: Settings, roles: Sequence[Role], stack: AsyncExitStack
) -> tuple[Common, dict[type, Handler], EdgeParts | None]:
    demand(given, roles)
    store = store_of(given)
    stack.push_async_callback(store.aclose)
    for line in await store.check(given.mode, durability=given.redis.durability):
        log.warning("redis", told=line)
    mode, journal = given.mode, None
    if Role.WRITER in roles:
        journal = await open_journal(given.state_dir / "journal.jsonl", SystemClock())
        stack.push_async_callback(journal.close)
        if await is_behind(journal, store):
            mode = Mode.OBSERVE
            log.error(
                "redis is behind the journal",
                told="This Redis knows fewer writes than the journal: it was restored or failed over. "
                "The bot only observes. If you have made sure of it, run: dirsync-triage trust-redis",
            )
    common = Common(
        given=given,
        mode=mode,
        timing=plain.timing_of(given),
        policy=plain.policy_of(given),
        store=store,
        clock=SystemClock(),
    )
    handlers: dict[type, Handler] = {}
    edge = None
    if Role.BRAIN in roles or Role.WRITER in roles:
        found = await stack.enter_async_context(directories(given))
        await reach(found)
        if Role.BRAIN in roles:
            handlers |= brain_handlers(common, found)
        if journal is not None:
            handlers |= await writer_handlers(common, found, journal, stack)
    if Role.EDGE in roles:
        edge = await edge_parts(common, stack)
        handlers |= edge.handlers
    return common, handlers, edge


async def _listen(edge: EdgeParts, path: Path, stop: asyncio.Event) -> None:
    def now() -> float:
        return edge.clock.now().timestamp()

    try:
        async with connection.listening(edge.app, edge.workspace, now=now) as link:
            await _keep_telling(link, path, stop)
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def _keep_telling(link: Link, path: Path, stop: asyncio.Event) -> None:
    """In a file, so that another process can tell how it stands. Raises what ended the link by itself."""
    known: LinkState | None = None
    while not stop.is_set():
        state = link.state()
        if state != known:
            await asyncio.to_thread(_put, path, msgspec.json.encode(state))
            known = state
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), ALIVE_EVERY)


def _put(path: Path, content: bytes) -> None:
    """Whole or not at all: it is read while the bot runs."""
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.replace(path)


async def _keep_polling(common: Common, stop: asyncio.Event) -> None:
    """The poll schedules itself; this starts it, and starts it again should it ever have been lost."""
    tenant = common.given.tenant_id
    due: list[Event] = [PollDue(tenant=tenant, id="poll")]
    if common.timing.drift_every:
        due.append(DriftDue(tenant=tenant, id="drift"))
    while not stop.is_set():
        with suppress(Unreachable):  # the worker tells about Redis
            for each in due:
                await common.store.ensure(Due(each, common.clock.now()))
            if daily := common.timing.digest:
                at = daily.next_after(common.clock.now())
                await common.store.ensure(Due(digest_due(tenant), at))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), ENSURE_EVERY)


async def _stay_alive(path: Path, stop: asyncio.Event) -> None:
    """A file whose age tells `dirsync-triage health` that the loop still turns."""
    while not stop.is_set():
        await asyncio.to_thread(path.touch)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), ALIVE_EVERY)


async def trust_redis(given: Settings) -> int:
    """An administrator has made sure that Redis may be believed again. Returns the journal's length."""
    store = store_of(given)
    journal = await open_journal(given.state_dir / "journal.jsonl", SystemClock())
    try:
        return await store.set_journal_position(len(await journal.intents()))
    finally:
        await journal.close()
        await store.aclose()
