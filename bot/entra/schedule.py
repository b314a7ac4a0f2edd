"""In: a case that was written. Out: when Entra should hear of it, for no sync is started from here.
The adapter "wait for the schedule" of `ports.SyncTrigger`: the sync server runs by itself.
Promise: says what Entra says about the last sync, never a time that was not computed from it.
"""

from dataclasses import dataclass
from datetime import timedelta

from bot.model import Case, Say
from bot.ports import Clock, Cloud


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitForSchedule:
    cloud: Cloud
    clock: Clock
    every: timedelta = timedelta(minutes=30)

    async def ask_for_sync(self, case: Case) -> Say:  # noqa: ARG002 - other triggers sync one object
        last = (await self.cloud.facts()).last_sync_at
        if last is None:
            return Say(
                "When the next sync is due is not known; it brings both sides up to date.",
                cites=("tenant",),
            )
        due = last + self.every
        if due <= self.clock.now():
            return Say(
                "The next sync is due now; it brings both sides up to date.", cites=("tenant",)
            )
        return Say(
            "The next sync is due about {when}; it brings both sides up to date.",
            {"when": f"{due:%H:%M} UTC"},
            ("tenant",),
        )
