"""In: a World. Out: the whole bot around it: every handler, bound to fakes as `bot.main` binds it to adapters.
`tell` gives it an event, `work` lets it finish, `wait` lets time go by, `click` and `poll` are what starts things.
A port can be another one than the fake: `ports={"ad": …}`, by the name that handlers know it by.
Promise: only the handlers think here; every result is committed by the store's rules, a moved case is run again.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from bot.errors import ListBroken, Moved, Refused, Unreachable
from bot.events import AsideClicked, Clicked, DriftDue, Event, PollDue
from bot.model import Case, Mode, Proposal, Say, Side, SlackUser, State
from bot.ports import Result
from bot.sources.drift import DriftWalk
from bot.triage.past import undo_of_case
from bot.triage.policy import Policy
from bot.triage.routing import Row, Table
from handlers import HANDLERS
from handlers.timing import Timing
from tests.builders import TENANT
from tests.fakes.cases import MemoryCases
from tests.fakes.directories import ScheduledSync, WorldAd, WorldCloud, WorldSource
from tests.fakes.people import (
    KeySigner,
    ListedPeople,
    MemoryAnswers,
    PaperChannel,
    Told,
    reply_to,
)
from tests.fakes.world import World, everyday
from tests.fakes.writer import GuardedWriter, MemoryJournal

AWAY = (Unreachable, Refused, ListBroken)  # what the worker waits out


@dataclass
class Bot:
    world: World = field(default_factory=everyday)
    mode: Mode = Mode.APPLY
    timing: Timing = field(default_factory=Timing)
    policy: Policy = field(default_factory=Policy)
    cases: MemoryCases = field(default_factory=MemoryCases)
    people: ListedPeople = field(default_factory=ListedPeople)
    signer: KeySigner = field(default_factory=KeySigner)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    channel: PaperChannel = field(default_factory=PaperChannel)
    answers_kept: MemoryAnswers = field(default_factory=MemoryAnswers)
    sync: ScheduledSync = field(default_factory=ScheduledSync)
    ports: Mapping[str, object] = field(default_factory=dict)
    table: Table = field(default_factory=lambda: Table(rest=Row(number=1, channel="C0DIRSYNC1")))
    break_glass: bool = False  # the edge's setting; the writer has its own
    clicks: int = 0

    def __post_init__(self) -> None:
        self.clock = self.world.clock
        self.ad, self.cloud = WorldAd(self.world), WorldCloud(self.world)
        self.source = WorldSource(self.world)
        self.walker = DriftWalk(ad=self.ad, cloud=self.cloud, clock=self.clock)
        self.approvers = self.people
        key = self.signer.key.public_key()
        self.writer = GuardedWriter(self.world, key, self.journal)
        self.entra_writer = GuardedWriter(self.world, key, self.journal, Side.ENTRA)
        self.writers = {Side.AD: self.writer, Side.ENTRA: self.entra_writer}

    # ------------------------------------------------------------ one event

    async def handle(self, event: Event) -> Result:
        """What the handler of this event leaves behind, not yet committed."""
        (result,) = await self.handle_all([event])
        return result

    async def handle_all(self, events: Sequence[Event]) -> list[Result]:
        """Events of one kind in one call, as they come from the lane `bulk`."""
        handler = HANDLERS[type(events[0])]
        wanted = [name for name in inspect.signature(handler).parameters if name != "events"]
        return await handler(events, **{name: self._port(name) for name in wanted})

    def _port(self, name: str) -> object:
        if name in self.ports:
            return self.ports[name]
        return getattr(self, {"answers": "answers_kept"}.get(name, name))

    async def tell(self, event: Event) -> Result:
        """Handled and committed; again when the case has moved."""
        while True:
            result = await self.handle(event)
            try:
                self.cases.commit(result)
            except Moved:
                continue
            return result

    async def work(self, *, pick: Callable[[int], int] = lambda _: 0) -> None:
        """Until nothing waits. What is away is left for later, as the worker does; `pick` is the order."""
        put_off: list[Event] = []
        while self.cases.waiting:
            event = self.cases.waiting.pop(pick(len(self.cases.waiting)))
            try:
                await self.tell(event)
            except AWAY:
                put_off.append(event)
        self.cases.waiting += put_off

    # ------------------------------------------------------------ what starts things

    def poll_due(self) -> PollDue:
        return PollDue(tenant=TENANT, id="poll")

    async def poll(self) -> None:
        await self.tell(self.poll_due())
        await self.work()

    async def walk(self) -> None:
        """AD is compared with Entra, and all that follows is done."""
        await self.tell(DriftDue(tenant=TENANT, id="drift"))
        await self.work()

    async def wait(self, **span: float) -> None:
        """Time goes by; what falls due meanwhile is done in its order. A sync that runs reports in, and
        carries nothing over: that is the test's to say.
        """
        end = self.clock.now() + timedelta(**span)
        while due := [at for at in self.cases.due.values() if at <= end]:
            self.clock.at = max(self.clock.at, min(due))
            if self.world.sync_runs:
                self.world.last_sync_at = self.clock.now()
            self.cases.move_due(self.clock.now())
            await self.work()
        self.clock.at = end

    async def click(
        self,
        who: SlackUser,
        action: str = "approve",
        *,
        on: Case | None = None,
        reason: str = "",
        about: Proposal | None = None,
    ) -> Clicked:
        event = self.clicked(who, action, on=on, reason=reason, about=about)
        await self.tell(event)
        await self.work()
        return event

    def clicked(
        self,
        who: SlackUser,
        action: str = "approve",
        *,
        on: Case | None = None,
        reason: str = "",
        about: Proposal | None = None,
    ) -> Clicked:
        """A click on the card of `on`, as it was drawn then; `reason` is what was typed in the dialog.

        `about` is one of its proposals or undos; the first one, if nothing else is said.
        """
        case = on or self.case
        proposal = about or (case.proposals[0] if case.proposals else None)
        if action == "undo":
            proposal = about or undo_of_case(case)
        self.clicks += 1
        click = Clicked(
            tenant=TENANT,
            id=f"click-{self.clicks}",
            case_id=case.id,
            action=action,
            proposal_id=proposal.id if proposal else "-",
            revision=case.revision,
            plan_hash=proposal.plan_hash if proposal else "-",
            reply_to=reply_to(who),
            clicked_at=f"{self.clock.now().timestamp():.0f}.{self.clicks:06}",
            reason=reason,
        )
        return replace(click, seal=self.signer.seal(click.unsealed()))

    async def aside(self, who: SlackUser, action: str, **about: Any) -> AsideClicked:
        """Snoozes, ignores, assigns, chooses, or ends it; `about` as in `clicked_aside`."""
        event = self.clicked_aside(who, action, **about)
        await self.tell(event)
        await self.work()
        return event

    def clicked_aside(
        self,
        who: SlackUser,
        action: str,
        *,
        on: Case | None = None,
        until: datetime | None = None,
        reason: str = "",
        about: Proposal | None = None,
    ) -> AsideClicked:
        case = on or self.case
        self.clicks += 1
        click = AsideClicked(
            tenant=TENANT,
            id=f"click-{self.clicks}",
            case_id=case.id,
            action=action,
            proposal_id=about.id if about else "-",
            revision=case.revision,
            plan_hash=about.plan_hash if about else "-",
            reply_to=reply_to(who),
            clicked_at=f"{self.clock.now().timestamp():.0f}.{self.clicks:06}",
            until=until,
            reason=reason,
        )
        return replace(click, seal=self.signer.seal(click.unsealed()))

    # ------------------------------------------------------------ what people see

    @property
    def case(self) -> Case:
        """The one case of a test that has one."""
        (case,) = self.cases.all()
        return case

    def state(self) -> State:
        return self.case.state

    def answers(self, who: SlackUser) -> list[str]:
        said = [told for told in self.channel.told if told.to.user == who and told.shape == "say"]
        return [read(told).english() for told in said]

    def actions(self) -> list[str]:
        return [line.action for line in self.cases.audit]


def read(told: Told) -> Say:
    return msgspec.json.decode(told.body, type=Say)
