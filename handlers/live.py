"""In: the store. Out: its cases one after the other: there may be thousands, each with all that was read for it.
Promise: only a few of them are in memory at a time, and between two reads the loop belongs to others.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from bot.errors import Unreachable, Untrusted
from bot.model import Case
from bot.ports import Cases

AT_ONCE = 50


async def each(cases: Cases, ids: Sequence[str] | None = None) -> AsyncIterator[Case]:
    """Those with `ids`, else all that are not closed. Raises Unreachable."""
    wanted = await cases.live_ids() if ids is None else ids
    for start in range(0, len(wanted), AT_ONCE):
        for case in (await cases.get_many(wanted[start : start + AT_ONCE])).values():
            yield case
        await asyncio.sleep(0)


async def legible(cases: Cases) -> AsyncIterator[Case]:
    """All that are not closed, but for one that cannot be read or that a newer version wrote: it keeps nobody from
    stopping the bot.
    """
    wanted = await cases.live_ids()
    for start in range(0, len(wanted), AT_ONCE):
        ids = wanted[start : start + AT_ONCE]
        for case in await _those_that_can_be_read(cases, ids):
            yield case
        await asyncio.sleep(0)


async def _those_that_can_be_read(cases: Cases, ids: Sequence[str]) -> list[Case]:
    try:
        return list((await cases.get_many(ids)).values())
    except (Unreachable, Untrusted):
        found = []
        for case_id in ids:
            with suppress(Unreachable, Untrusted):
                found.append(await cases.get(case_id))
        return [case for case in found if case]
