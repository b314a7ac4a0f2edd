"""In: the lab's Slack and a bot on its sockets, whose waits are in the test's hand. Out: clicks, counted on both sides.
Promise: nothing sleeps for a span of the product's; a wait is noted and over at once, or held until the test says.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from slack_sdk.web.async_client import AsyncWebClient

from bot.events import Clicked, Event
from bot.lab.slack import LabSlack, Outcome
from bot.lab.slack.people import INGRID, OPS
from bot.model import Case
from bot.slack.backoff import Pace
from bot.slack.cards import draw
from bot.slack.connection import Workspace, check
from bot.slack.edge import build_app
from bot.slack.sockets import SocketMode, connected
from tests.builders import TENANT, case
from tests.contract.slack.fakes import Clock, Everybody, Store
from tests.contract.slack.links import until
from tests.contract.slack.test_edge import FULL, SIGNER

OPEN = "apps.connections.open"
QUICK = Pace(
    ping=0.05,
    hello=5.0,
    first=1.0,
    most=300.0,
    steady=3600.0,
    drain=5.0,
    linger=20.0,
    look_again=60.0,
)


@dataclass
class Waits:
    """Every wait of the product: noted, and over at once but for those that are held."""

    held: Callable[["Waits", float], bool] = lambda _waits, _span: False
    spans: list[float] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, span: float) -> None:
        self.spans.append(span)
        if self.held(self, span):
            await self.gate.wait()
        await asyncio.sleep(0)

    def let_go(self) -> None:
        """Those that are held now; the next ones are held again."""
        gate, self.gate = self.gate, asyncio.Event()
        gate.set()


def looking_again(_waits: Waits, span: float) -> bool:
    return span >= QUICK.look_again


@dataclass
class Yard:
    lab: LabSlack
    store: Store
    mode: SocketMode
    waits: Waits
    case: Case
    checked: int  # calls of apps.connections.open before the first socket
    ts: str

    @property
    def opens(self) -> int:
        return self.lab.workspace.faults.calls[OPEN] - self.checked

    async def click(self) -> Outcome:
        message = self.lab.workspace.message(OPS.id, self.ts)
        assert message is not None
        [block_id] = [b["block_id"] for b in message.blocks or () if b["type"] == "actions"]
        return await self.lab.interactions.click(
            INGRID.id, channel_id=OPS.id, ts=self.ts, block_id=block_id, action_id="fix_approve"
        )

    async def clicks(self, count: int, *, together: int = 5) -> list[Outcome]:
        found: list[Outcome] = []
        while len(found) < count:
            found += await asyncio.gather(*(self.click() for _ in range(together)))
        return found

    def taken(self) -> Counter[str]:
        """How often each click became an event."""
        return Counter(e.clicked_at for e in self.store.events if isinstance(e, Clicked))


@asynccontextmanager
async def yard(
    lab: LabSlack,
    client: AsyncWebClient,
    workspace: Workspace,
    store: Store,
    *,
    waits: Waits | None = None,
    pace: Pace = QUICK,
    edges: int = 1,
) -> AsyncIterator[Yard]:
    pauses = waits or Waits()
    app = build_app(
        client,
        identity=await check(client, workspace),
        inbox=store,
        cases=store,
        people=Everybody(FULL),
        signer=SIGNER,
        tenant=TENANT,
        clock=Clock(),
    )
    checked = lab.workspace.faults.calls[OPEN]
    shown = case()
    posted = await client.chat_postMessage(
        channel=OPS.id, text="card", blocks=draw(shown, approvers=(INGRID.id,)).blocks
    )
    async with connected(
        app, workspace.app_token, edges=edges, pace=pace, pause=pauses, jitter=lambda: 1.0
    ) as mode:
        yield Yard(lab, store, mode, pauses, shown, checked, str(posted["ts"]))


@contextlib.asynccontextmanager
async def counted(lab: LabSlack) -> AsyncIterator[list[int]]:
    """How many sockets Slack had open, at each change."""
    changes, seen = lab.workspace.watch(), [len(lab.sockets.sockets)]

    async def look() -> None:
        while True:
            change = await changes.get()
            if change["kind"] == "sockets":
                seen.append(int(change["count"]))

    task = asyncio.create_task(look())
    try:
        yield seen
    finally:
        task.cancel()
        lab.workspace.watchers.discard(changes)


class SlowStore(Store):
    """Redis takes its time: until the test lets go."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.gate = asyncio.Event(), asyncio.Event()

    async def put(self, event: Event, *, once: str | None = None) -> bool:
        self.reached.set()
        await self.gate.wait()
        return await super().put(event, once=once)


async def both(yard: Yard) -> None:
    await until(lambda: len(yard.lab.sockets.sockets) == 2)


async def renewed(yard: Yard, *, warn: bool = True) -> None:
    """Slack asks every socket to go, and closes each once another one is there."""
    sockets = yard.lab.sockets
    before = set(sockets.sockets)
    await sockets.refresh(warn=warn)
    await until(lambda: len(set(sockets.sockets) - before) == len(before))
    await sockets.close_told()
