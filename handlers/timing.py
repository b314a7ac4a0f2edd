"""In: settings, as plain values. Out: the spans of time that handlers work with.
Promise: every limit of DESIGN decision 12 is here and can be set; none is written into a handler.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.model import TenantFacts
from bot.triage.quiet import Reminders
from bot.triage.working_days import Daily


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    poll_every: timedelta = timedelta(seconds=60)
    drift_every: timedelta = timedelta(minutes=60)  # 0: never
    drift_whole_every: timedelta = timedelta(hours=24)
    drift_cases: int = 20  # new ones that a walk opens at most
    approval_good_for: timedelta = timedelta(minutes=15)
    proposal_good_for: timedelta = timedelta(hours=24)
    sync_stopped_after: timedelta = timedelta(hours=3)
    look_every: timedelta = timedelta(minutes=2)
    overdue_after: timedelta = timedelta(hours=2)
    close_after: timedelta = timedelta(hours=24)
    # longer than a write may take: a DC that stalls may still carry out what its caller gave up on
    settle_after: timedelta = timedelta(seconds=70)
    aside_look_every: timedelta = timedelta(hours=24)  # at what is snoozed or ignored
    storm_above: int = 10  # new cases within the window: from here on one card tells of all
    storm_window: timedelta = timedelta(
        minutes=5
    )  # as long without a new one, and it takes none any more
    storm_redraw_every: timedelta = timedelta(seconds=5)
    storm_look_every: timedelta = timedelta(seconds=30)  # at one in which nothing moves
    remind_again_after: timedelta = timedelta(hours=1)  # of what is snoozed or ignored
    reminders: Reminders = field(default_factory=Reminders)
    digest: Daily | None = None  # None: never
    digest_look_every: timedelta = timedelta(
        hours=1
    )  # settings may name another time than was waited for
    digest_waits: timedelta = timedelta(minutes=5)  # for a poll, where there was none for longer
    first_look_every: timedelta = timedelta(seconds=10)  # whether all was diagnosed
    first_look_within: timedelta = timedelta(minutes=15)
    questions_per_hour: int = 30

    def sync_stopped(self, tenant: TenantFacts, now: datetime) -> bool:
        """Not known is not stopped."""
        last = tenant.last_sync_at
        return last is not None and now - last > self.sync_stopped_after
