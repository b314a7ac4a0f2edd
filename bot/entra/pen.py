"""In: the app that writes, the id of a user, a sign-in name. Out: what Graph said to one PATCH of it.
Apart from everything that reads: its own app, its own connection for each change, no handler that repeats.
Promise: at most one PATCH leaves this process, whatever answers; Unreachable means that none did.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from bot.entra import odata, sdk, trouble
from bot.entra.tenant import Tenant
from bot.errors import DirsyncError

_TIMED_OUT = 408


@dataclass(frozen=True, slots=True)
class Said:
    """`status` 0: no answer came, and nobody knows what was done. `codes`: of the error and its details."""

    status: int
    codes: frozenset[str] = frozenset()
    words: str = ""

    @property
    def written(self) -> bool:
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Graph, or what stands before it, said no: nothing was written."""
        return 400 <= self.status < trouble.SERVER_ERROR and self.status != _TIMED_OUT


@dataclass(frozen=True, slots=True)
class Pen:
    """Signed in, and good for one change. Made by `pen`; `sent` tells of each request that went out."""

    tenant: Tenant
    line: sdk.Line
    sent: list[int]

    async def rename(self, object_id: str, name: str) -> Said:
        """Raises Unreachable: nothing was sent. After that, whatever breaks is no answer."""
        url = f"{self.tenant.graph_url.rstrip('/')}{odata.by_id('/users', object_id)}"
        content = msgspec.json.encode({"userPrincipalName": name})
        try:
            async with asyncio.timeout(self.tenant.timeout):
                return Said(await self.line.patch(url, content))
        except sdk.api_error() as error:
            return _said(error)
        except TimeoutError as error:
            if not any(self.sent):
                raise _too_late(self.tenant) from error
            return Said(0, words=f"no answer in {self.tenant.timeout:g} seconds")
        except Exception as error:  # it may be written by now: that must end in a receipt
            if not any(self.sent) or sdk.never_sent(error):
                raise
            why = error.message if isinstance(error, DirsyncError) else type(error).__name__
            return Said(0, words=why.rstrip("."))


@asynccontextmanager
async def pen(tenant: Tenant) -> AsyncIterator[Pen]:
    """Raises Unreachable, Refused, SettingsError: nothing was sent."""
    sent: list[int] = []
    line = await asyncio.to_thread(sdk.connect, tenant, sent.append, for_one_change=True)
    try:
        try:
            async with asyncio.timeout(tenant.timeout):
                await line.sign_in()
        except TimeoutError as error:
            raise _too_late(tenant) from error
        yield Pen(tenant, line, sent)
    finally:
        await line.aclose()


def _too_late(tenant: Tenant) -> DirsyncError:
    return trouble.no_answer(f"no answer in {tenant.timeout:g} seconds")


def _said(error: Any) -> Said:
    """Of kiota's APIError, or msgraph's ODataError where Graph sent one."""
    main = getattr(error, "error", None)
    told = [main, *(getattr(main, "details", None) or ())]
    codes = frozenset(str(each.code) for each in told if getattr(each, "code", None))
    words = str(getattr(main, "message", None) or "")
    return Said(error.response_status_code or 0, codes, words[:300])
