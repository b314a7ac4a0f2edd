"""In: settings. Out: AD and Entra, ready to be read.
Apart from `main`, because a question from a terminal needs nothing else and should not wait for the rest to load.
Promise: what is opened is closed; `reach` says in one line each what does not answer.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot import plain
from bot import settings as parts
from bot.ad.search import Reader
from bot.entra.cloud import EntraCloud
from bot.errors import DirsyncError, SettingsError
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Directories:
    ad: Reader
    cloud: EntraCloud


def needed(given: Settings, *parts_needed: Callable[[Settings], object]) -> None:
    """Everything that is missing, told at once. Raises SettingsError."""
    lines: dict[str, None] = {}
    for need in parts_needed:
        try:
            need(given)
        except SettingsError as error:
            lines |= dict.fromkeys(str(error).splitlines())
    if lines:
        raise SettingsError("\n".join(lines))


@asynccontextmanager
async def directories(given: Settings) -> AsyncIterator[Directories]:
    """AD and Entra for reading; what `whohas` needs, and nothing more."""
    needed(given, parts.need_ad, parts.need_entra)
    forests, tenant = plain.forests_of(given), plain.tenant_of(given)
    async with AsyncExitStack() as stack:
        ad = Reader(forests)
        stack.push_async_callback(ad.close)
        cloud = EntraCloud(tenant)
        stack.push_async_callback(cloud.aclose)
        yield Directories(ad, cloud)


async def reach(found: Directories) -> None:
    """Both sides answer, or one clear line for each that does not. Raises SettingsError."""
    problems: list[DirsyncError] = []
    _, lost = await found.ad.check()
    problems += lost
    try:
        await found.cloud.facts()
    except DirsyncError as error:
        problems.append(error)
    if problems:
        raise SettingsError("\n".join(str(p) for p in problems))
