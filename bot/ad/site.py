"""In: a forest and an account. Out: its pool, and what the probe learned of it, learned once and again after an outage.
Says once in the log that a forest went away, and once that it is back.
Promise: the first question pays for the probe; ten at once pay for one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.ad.forest import Account, Forest
from bot.ad.pool import Pool
from bot.ad.probe import Terrain, probe
from bot.errors import DirsyncError, Refused, Unreachable

T = TypeVar("T")

log = structlog.get_logger("bot.ad")


class Site:
    def __init__(self, forest: Forest, account: Account) -> None:
        self.forest = forest
        self.account = account
        self.pool = Pool(forest, account)
        self._terrain: Terrain | None = None
        self._probing = asyncio.Lock()
        self._away = ""
        self._reached = False

    async def terrain(self) -> Terrain:
        async with self._probing:
            if self._terrain is None:
                self._terrain = await self.pool.ask(lambda c: probe(c, self.forest, self.account))
                self._reached = True
            return self._terrain

    async def answer(self, question: Callable[["Site", Terrain], Awaitable[T]]) -> T | DirsyncError:
        """The answer, or why there is none. A forest that is away must not take the others with it."""
        try:
            result = await question(self, await self.terrain())
        except (Unreachable, Refused) as error:
            if isinstance(error, Unreachable):
                self._terrain = (
                    None  # rights, schema and the DC behind the name may differ afterwards
                )
            # what was never there did not go away: whoever starts is told by the answer itself
            if self._reached and self._away != error.message:
                log.warning("ad.away", forest=self.forest.name, why=error.message, todo=error.todo)
                self._away = error.message
            return error
        if self._away:
            log.info("ad.back", forest=self.forest.name)
            self._away = ""
        return result
