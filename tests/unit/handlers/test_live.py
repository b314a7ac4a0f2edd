"""In: a hundred and some cases. Out: each of them once, as they are read for a list, a digest, a home tab.
Promise: never more than a few of them are read at a time, and others have their turn in between.
"""

import asyncio
from collections.abc import Sequence

from bot.model import Case
from handlers import live
from tests.builders import case, key
from tests.fakes.cases import MemoryCases


class CountedCases(MemoryCases):
    reads: tuple[int, ...] = ()

    async def get_many(self, case_ids: Sequence[str]) -> dict[str, Case]:
        self.reads = (*self.reads, len(case_ids))
        return await super().get_many(case_ids)


async def test_each_once_and_a_few_at_a_time() -> None:
    cases = CountedCases()
    for n in range(120):
        cases.put(case(key=key(value=f"n{n}@contoso.com")))
    turns = 0

    async def somebody_else() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(somebody_else())
    seen = [found.key.value async for found in live.each(cases)]
    other.cancel()

    assert sorted(seen) == sorted(f"n{n}@contoso.com" for n in range(120))
    assert cases.reads == (50, 50, 20)
    assert turns >= 2
