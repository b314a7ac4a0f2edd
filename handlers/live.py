"""In: the store. Out: its cases one after the other: there may be thousands, each with all that was read for it.
Promise: only a few of them are in memory at a time, and between two reads the loop belongs to others; one that cannot be
read, or that a newer version wrote, keeps none of the others back, and the log names it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

import structlog

from bot.errors import Unreachable, Untrusted
from bot.model import Case
from bot.ports import Cases

AT_ONCE = 50
log = structlog.get_logger(__name__)


async def each(cases: Cases, ids: Sequence[str] | None = None) -> AsyncIterator[Case]:
    """Those with `ids`, else all that are not closed. Raises Unreachable("Redis")."""
    wanted = await cases.live_ids() if ids is None else ids
    for start in range(0, len(wanted), AT_ONCE):
        for case in await _legible(cases, wanted[start : start + AT_ONCE]):
            yield case
        await asyncio.sleep(0)


async def _legible(cases: Cases, ids: Sequence[str]) -> list[Case]:
    try:
        return list((await cases.get_many(ids)).values())
    except (Unreachable, Untrusted):
        found = [await _one(cases, case_id) for case_id in ids]
        return [case for case in found if case]


async def _one(cases: Cases, case_id: str) -> Case | None:
    try:
        return await cases.get(case_id)
    except Untrusted as error:
        log.warning("case cannot be read", case=case_id, reason=str(error))
    except Unreachable as error:
        if error.what == "Redis":
            raise
        log.warning("case is of a newer version", case=case_id)
    return None
