"""In: settings and a question. Out: what softmatch answers, at once or when the two objects have come together.
Apart from `cli`, for the same reason as `directories`: a question from a terminal loads what it needs and no more.
Promise: a watch tells on stderr that it is alive, and ends when a rule decided or its time is over.
"""

import asyncio
import sys
from datetime import datetime

from bot import plain
from bot.answers import Foretold, Prospect
from bot.clock import SystemClock
from bot.directories import Directories, directories
from bot.settings import Settings
from handlers.commands.softmatch import softmatch
from handlers.match import ended

_OPEN = frozenset({Prospect.JOINS, Prospect.UNKNOWN})


async def foresee(given: Settings, who: str, *, watch: bool) -> Foretold:
    """Raises SettingsError, Unreachable, Refused."""
    policy = plain.policy_of(given)
    async with directories(given) as found:
        told = await softmatch(who, ad=found.ad, cloud=found.cloud, policy=policy, full=True)
        if not watch or told.prospect not in _OPEN or not (told.ad and told.cloud):
            return told
        return await _watched(given, found, told.ad.guid, told.cloud.id)


async def _watched(given: Settings, found: Directories, ad_guid: str, cloud_id: str) -> Foretold:
    clock, timing, policy = SystemClock(), plain.timing_of(given), plain.policy_of(given)
    until = clock.now() + timing.overdue_after
    while True:
        _alive(clock.now(), until)
        await asyncio.sleep(timing.look_every.total_seconds())
        told = await softmatch(ad_guid, ad=found.ad, cloud=found.cloud, policy=policy, full=True)
        if news := ended(told, cloud_id, late=clock.now() >= until):
            return news


def _alive(now: datetime, until: datetime) -> None:
    sys.stderr.write(f"{now:%H:%M:%S} not joined yet, watching until {until:%H:%M} UTC\n")
