"""In: relative Graph paths. Out: answers as bytes, and whole lists page by page.
Token, TLS, retries with Retry-After, JSON batches, and pages followed on the Graph host only.
Promise: only reads go this way; each answer comes, or an error of ours, within the timeout.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec

from bot.entra import answers, objects, sdk, trouble
from bot.entra.answers import Answer, Declined, Item
from bot.entra.odata import Ask
from bot.entra.tenant import Tenant
from bot.errors import DirsyncError, ListBroken, Unreachable, Untrusted

T = TypeVar("T")

BATCH = 20  # Graph's limit
FEW = 2  # requests of a question that somebody waits for; more of them are mass work


class Graph:
    """One signed-in connection. Opened by its first call, closed by `aclose`."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.requests = 0  # sent to Graph, retries included
        self._root = tenant.graph_url.rstrip("/")
        self._slots = asyncio.Semaphore(tenant.concurrency)
        self._mass = asyncio.Semaphore(max(1, tenant.concurrency - 1))
        self._opening = asyncio.Lock()
        self._line: sdk.Line | None = None

    async def aclose(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.aclose()

    async def get(self, ask: Ask) -> Answer:
        return await self._send("GET", f"{self._root}{ask.path}", advanced=ask.advanced)

    async def continued(self, url: str) -> Answer:
        """What a nextLink or deltaLink leads to, on the Graph host only."""
        self._check_host(url)
        return await self._send("GET", url)

    async def batch(self, asks: Sequence[Ask]) -> list[Answer]:
        """Answers in the order of the asks. Any number of them: 20 share a request. Mass work leaves one slot free."""
        if len(asks) == 1:
            return [await self.get(asks[0])]
        groups = [asks[at : at + BATCH] for at in range(0, len(asks), BATCH)]
        send = self._batch if len(groups) <= FEW else self._in_mass
        answers = await together(send(group) for group in groups)
        return [answer for group in answers for answer in group]

    async def walk(self, ask: Ask, take: Callable[[objects.Page], None], *, what: str) -> None:
        """Give each page of a list to `take`. Raises Declined for the first page, ListBroken for later ones."""
        answer = await self.get(ask)
        if not answer.ok:
            raise Declined(answer)
        await self.follow(objects.page(answer.body), take, what=what)

    async def follow(
        self, page: objects.Page, take: Callable[[objects.Page], None], *, what: str
    ) -> None:
        """The same from a first page that is already here."""
        seen: set[str] = set()
        while True:
            take(page)
            if not page.next_link:
                return
            self._check_host(page.next_link)
            if page.next_link in seen:
                raise _broken(what, len(seen) + 1, "it leads back to a page already read.")
            seen.add(page.next_link)
            page = await self._next(page.next_link, what, len(seen) + 1)

    async def _next(self, url: str, what: str, number: int) -> objects.Page:
        try:
            answer = await self._send("GET", url)
            if answer.ok:
                return objects.page(answer.body)
            why = f"{answer.status} {answer.code}".strip()
        except DirsyncError as error:
            raise _broken(what, number, error.message) from error
        raise _broken(what, number, why)

    def _check_host(self, url: str) -> None:
        there, here = urlsplit(url), urlsplit(self._root)
        if (there.scheme, there.netloc.lower()) != (here.scheme, here.netloc.lower()):
            raise Untrusted(
                f"A list of Microsoft Graph continues at another host ({there.hostname}).",
                todo="The bot does not send its token there. Check what stands between it and Graph.",
            )

    async def _in_mass(self, asks: Sequence[Ask]) -> list[Answer]:
        async with self._mass:
            return await self._batch(asks)

    async def _batch(self, asks: Sequence[Ask]) -> list[Answer]:
        waiting = dict(enumerate(asks))
        done: dict[int, Answer] = {}
        wait: float | None = None
        for attempt in range(sdk.RETRIES + 1):
            if attempt:
                await asyncio.sleep(float(attempt) if wait is None else wait)
            items = await self._post_batch(waiting)
            wait = max(
                (w for w in map(answers.retry_after, items.values()) if w is not None), default=None
            )
            late = {number for number, item in items.items() if item.status in answers.RETRIED}
            done |= {n: answers.of_item(item) for n, item in items.items() if n not in late}
            waiting = {number: ask for number, ask in waiting.items() if number in late}
            if not waiting:
                return [done[number] for number in range(len(asks))]
            if wait is not None and wait > sdk.LONGEST_WAIT:
                break
        raise trouble.not_now(items[next(iter(waiting))].status, wait)

    async def _post_batch(self, asks: dict[int, Ask]) -> dict[int, Item]:
        requests = [
            {"id": str(number), "method": "GET", "url": ask.path}
            | ({"headers": {"ConsistencyLevel": "eventual"}} if ask.advanced else {})
            for number, ask in asks.items()
        ]
        content = msgspec.json.encode({"requests": requests})
        answer = await self._send("POST", f"{self._root}/$batch", content=content)
        if not answer.ok:
            raise trouble.refused("a batch", answer.status, answer.code, answer.message)
        items = answers.items(answer.body)
        if items.keys() != asks.keys():
            raise trouble.no_answer("its answer to a batch is not complete")
        return items

    async def _send(
        self,
        method: Literal["GET", "POST"],
        url: str,
        *,
        content: bytes | None = None,
        advanced: bool = False,
    ) -> Answer:
        """Everything sent is a read, batches of reads too: a broken connection gets one more try."""
        async with self._slots:
            line = await self._open()
            async with self._deadline():
                try:
                    return await line.send(method, url, content, advanced=advanced)
                except Unreachable as first:
                    if not sdk.connection_broke(first):
                        raise
                    return await line.send(method, url, content, advanced=advanced)

    async def _open(self) -> sdk.Line:
        """Once: the libraries are imported in a thread, and one call alone asks for the first token."""
        async with self._opening:
            if self._line is None:
                line = await asyncio.to_thread(sdk.connect, self.tenant, self._count)
                try:
                    async with self._deadline():
                        await line.sign_in()
                except BaseException:
                    await line.aclose()
                    raise
                self._line = line
            return self._line

    @asynccontextmanager
    async def _deadline(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self.tenant.timeout):
                yield
        except TimeoutError as error:
            raise trouble.no_answer(f"no answer in {self.tenant.timeout:g} seconds") from error

    def _count(self, sent: int) -> None:
        self.requests += sent


async def together(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """All of it at once, in order; the first error cancels the rest and comes out as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
    return [task.result() for task in tasks]


def _broken(what: str, number: int, why: str) -> ListBroken:
    return ListBroken(
        f"The list of {what} broke off at page {number}: {why}",
        todo="Nothing is concluded from half a list. The bot reads it again.",
    )
