"""In: blocking work on one connection. Out: its result, awaited, with library errors turned into ours.
As many threads as connections: a thread takes an idle connection or opens one, and gives it back when it is done.
Promise: bounded; one call holds one connection; one that timed out or broke is thrown away; a cancelled await
leaves its thread to finish, and the connection is not used by anybody else before that.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import ldap3
import stamina
from ldap3.core.exceptions import LDAPException

from bot.ad.connect import connect, drop, trust
from bot.ad.forest import Account, Forest
from bot.ad.trouble import Lost, late, lost
from bot.errors import DirsyncError

T = TypeVar("T")

ATTEMPTS = 3  # of a question; a broken connection is often only an idle one that the server closed


class Pool:
    def __init__(self, forest: Forest, account: Account) -> None:
        self.forest = forest
        self.account = account
        self._size = max(2, forest.max_connections)
        self._threads = ThreadPoolExecutor(self._size, f"ad-{forest.name}")
        # Mass work never takes the last connection: whoever waits for one answer gets it
        self._mass = asyncio.Semaphore(self._size - 1)
        self._idle: list[ldap3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        self._trust = threading.local()

    async def ask(self, question: Callable[[ldap3.Connection], T], *, mass: bool = False) -> T:
        """A read. Asked again, a few times, when the connection broke; never when it timed out."""
        async for attempt in stamina.retry_context(
            on=Lost, attempts=ATTEMPTS, wait_initial=0.05, wait_max=0.5, wait_jitter=0.05
        ):
            with attempt:
                if not mass:
                    return await self.once(question)
                return await self._in_mass(question)
        raise AssertionError("stamina returns or raises")

    async def once(self, work: Callable[[ldap3.Connection], T]) -> T:
        """Exactly one try on one connection, waited for no longer than the forest's longest call."""
        done = self._start(work)
        try:
            async with asyncio.timeout(self.forest.longest_call):
                return await asyncio.wrap_future(done)
        except TimeoutError as error:
            raise late(self.forest, self.account) from error

    async def _in_mass(self, work: Callable[[ldap3.Connection], T]) -> T:
        await self._mass.acquire()
        loop = asyncio.get_running_loop()
        done = self._start(work)
        # Given back when the thread has ended, not when somebody stops waiting for it
        done.add_done_callback(lambda _: _tell(loop, self._mass.release))
        try:
            async with asyncio.timeout(self.forest.longest_call):
                return await asyncio.wrap_future(done)
        except TimeoutError as error:
            raise late(self.forest, self.account) from error

    def _start(self, work: Callable[[ldap3.Connection], T]) -> "Future[T]":
        return self._threads.submit(self._run, work)

    def _run(self, work: Callable[[ldap3.Connection], T]) -> T:
        connection = self._take()
        try:
            result = work(connection)
        except DirsyncError as error:
            # an answer of the server leaves the connection in order; anything else may not
            if isinstance(error, Lost):
                drop(connection)
            else:
                self._give_back(connection)
            raise
        except (LDAPException, OSError) as error:
            drop(connection)
            raise lost(self.forest, self.account, error) from error
        except BaseException:
            drop(connection)
            raise
        self._give_back(connection)
        return result

    def _take(self) -> ldap3.Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        # A context per thread: OpenSSL's is shared safely, ldap3's use of it is not promised
        context = getattr(self._trust, "context", None)
        if context is None:
            context = self._trust.context = trust(self.forest)
        return connect(self.forest, self.account, context)

    def _give_back(self, connection: ldap3.Connection) -> None:
        with self._lock:
            if not self._closed and not connection.closed:
                self._idle.append(connection)
                return
        drop(connection)

    async def close(self) -> None:
        """Lets running calls end by themselves; their connections are closed as they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            drop(connection)
        self._threads.shutdown(wait=False, cancel_futures=True)


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has been closed meanwhile
        loop.call_soon_threadsafe(what)
