"""In: the address of a Redis, and whether to hang. Out: a worker in a process of its own, that can be killed.
For each SyncErrorSeen it opens one case and writes one audit line; "hang" stops inside of the handler.
Promise: it says `working` on stdout from inside a handler, so that nobody has to guess when to kill it.
"""

import asyncio
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot.audit.chain import link
from bot.clock import SystemClock
from bot.events import CaseChanged, Event, Role, SyncErrorSeen
from bot.ports import AuditLine, Result
from bot.store import Store, connect
from bot.worker import Worker
from tests.contract.store.parts import QUICK, TENANT, case, handlers


def opened(event: Event) -> Result:
    assert isinstance(event, SyncErrorSeen)
    value = f"{event.case_id}@contoso.com"
    follow = CaseChanged(tenant=TENANT, id=event.id, case_id=event.case_id)
    line = AuditLine("bot", "opened", event.case_id)
    return Result(event=event, case=case(value), follow=(follow,), audit=(line,))


async def work(url: str, *, hang: bool) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with connect(url) as redis:
        store = Store(redis, TENANT, clock=SystemClock(), link=link)

        async def triage(events: Sequence[Event]) -> list[Result]:
            print("working", flush=True)  # noqa: T201 - the test waits for it
            if hang:
                await asyncio.Event().wait()
            ids = [case(f"{e.case_id}@contoso.com").id for e in events if hasattr(e, "case_id")]
            stored = await store.get_many(ids)
            results = [opened(event) for event in events]
            # what is there already was opened by an earlier delivery: nothing to add
            return [Result(event=r.event) if r.case and r.case.id in stored else r for r in results]

        async def present(events: Sequence[Event]) -> list[Result]:
            return [Result(event=e, audit=(AuditLine("bot", "shown", e.id),)) for e in events]

        worker = Worker(
            store,
            handlers(SyncErrorSeen=triage, CaseChanged=present),
            roles=tuple(Role),
            clock=SystemClock(),
            log=structlog.get_logger(),
            pace=replace(QUICK, lease=1.0),
        )
        await worker.run(stop)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], hang=sys.argv[2:] == ["hang"]))
