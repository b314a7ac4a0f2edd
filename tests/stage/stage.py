"""In: a company in AD. Out: AD, the sync, Entra and the bot, in one process.
`sync`, `sweep` and `poll` are what servers do; `approve`, `settle` and `undo` are what people and the bot do.
Promise: the bot has its real handlers and its real adapters here; only Slack, Redis and the clock are stood in for.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.ad.search import Reader
from bot.lab.entra import DirectoryObject, Kind, Tenant, assign_licence
from bot.lab.sync import SyncEngine
from bot.model import Case, Diagnosis, ObjectType, Origin, Proposal, Risk, Runbook, State, SyncError
from bot.model import Kind as KeyKind
from bot.store import wire
from bot.triage.choice import shown
from bot.triage.past import undos_of_case
from bot.triage.value import bare_of
from tests.fakes.bot import Bot
from tests.fakes.clock import HandClock
from tests.fakes.people import INGRID, KARI, LIV
from tests.stage.agent import WithAgent
from tests.stage.house import House
from tests.stage.on_premises import OnPremises, in_scope

NOT_A_VALUE = {KeyKind.OBJECT, KeyKind.SID}  # such a case is told by its object
AT_WORK = {State.APPROVED, State.APPLYING, State.UNKNOWN, State.WRITTEN, State.EXPORTED}
WHY = "Agreed with both of them."  # what two people type, where a fix takes two
BETWEEN_SYNCS = timedelta(minutes=30)


@dataclass(kw_only=True)
class Stage(OnPremises):
    """The AD of a company, and all that hangs on it."""

    house: House
    clock: HandClock
    tenant: Tenant
    engines: dict[str, SyncEngine]
    reader: Reader
    agent: WithAgent
    bot: Bot

    def not_ours(self, forest: str) -> None:
        """The bot reads the forest, and nothing of it is synchronized to this tenant."""
        del self.engines[forest]
        self.bot.policy = replace(self.bot.policy, sync_ous=in_scope(self.engines))

    # ------------------------------------------------------------ Entra, as its people see it

    def account(self, name: str, kind: Kind = Kind.USER) -> DirectoryObject:
        """The living Entra object that is synchronized from it, or was made in the cloud under this name."""
        guid = str(self.entry(name).guid) if name in self.made else None
        (found,) = [
            each
            for each in self.tenant.live(kind)
            if (each.on_premises.object_guid if each.on_premises else None) == guid
            and (guid or each.display_name == name)
        ]
        return found

    def licence(self, *names: str, sku: str = "SPE_E3") -> None:
        for name in names:
            assign_licence(self.tenant, self.account(name), sku)

    def entra_says(self, name: str, value: str) -> None:
        """An error that Entra shows and, unlike its own, does not take back by itself."""
        entry = {
            "category": "PropertyConflict",
            "occurredDateTime": f"{self.clock.now():%Y-%m-%dT%H:%M:%SZ}",
            "propertyCausingError": "ProxyAddresses",
            "value": value,
        }
        self.tenant.plant_error(self.account(name).id, entry)

    def told(self, name: str, category: str, attribute: str | None = None, value: str = "") -> None:
        """The sync server refuses the object: an agent tells the bot, until `agent.told` is emptied."""
        error = SyncError(
            object_id=self.account(name).id,
            object_type=ObjectType.USER,
            object_name=name,
            category=category,
            attribute=attribute,
            value=value or None,
            raw=category,
            origin=Origin.EXPORT,
        )
        self.agent.told.append(error)

    def errors(self) -> dict[str, list[str]]:
        """Quarantined values by the name of who waits for them."""
        return {
            each.display_name or each.id: sorted(error.value for error in each.errors)
            for each in self.tenant.objects.values()
            if each.errors
        }

    # ------------------------------------------------------------ what servers do

    async def sync(self, *, after: timedelta = BETWEEN_SYNCS, deletes: bool = True) -> None:
        """The next cycle of the sync, in all forests. `deletes=False`: one that refuses to delete so much at once."""
        self.clock.at += after
        for engine in self.engines.values():
            result = await engine.cycle()
            assert (result.stopped is None) is deletes, result.stopped

    async def sweep(self) -> None:
        """Entra's hourly clean-up."""
        await next(iter(self.engines.values())).sweep()

    async def poll(self) -> None:
        """The bot reads Entra's error lists, and finishes all that follows."""
        await self.bot.poll()
        assert not self.bot.cases.waiting, self.bot.cases.waiting

    async def walk(self) -> None:
        """The bot compares AD with what Entra made of it, and finishes all that follows."""
        await self.bot.walk()
        assert not self.bot.cases.waiting, self.bot.cases.waiting

    async def settle(self) -> None:
        """Syncs and clean-ups, with the bot looking on, until no change of ours is on its way."""
        for _ in range(6):
            await self.sync()
            await self.sweep()
            await self.due()
            if not any(case.state in AT_WORK for case in self.bot.cases.all()):
                return
        states = {case.key.value: case.state for case in self.bot.cases.all()}
        raise AssertionError(f"still not settled after three hours: {states}")

    async def due(self) -> None:
        """What the bot had put off until now."""
        self.bot.cases.move_due(self.clock.now())
        await self.bot.work()
        assert not self.bot.cases.waiting, self.bot.cases.waiting

    # ------------------------------------------------------------ what people do with cards

    def case(self, about: str) -> Case:
        """By its id or value; where the case is the object's, by the value of the error or the object's name."""
        if about in self.bot.cases.stored:
            return wire.decode_case(about, self.bot.cases.stored[about])
        (found,) = [
            each
            for each in self.bot.cases.all()
            if about == each.key.value
            or (each.key.kind in NOT_A_VALUE and any(_is_about(e, about) for e in each.errors))
        ]
        return found

    def diagnosis(self, value: str) -> Diagnosis:
        diagnosis = self.case(value).diagnosis
        assert diagnosis is not None
        return diagnosis

    def runbooks(self, value: str) -> tuple[Runbook, ...]:
        return self.diagnosis(value).runbooks

    async def approve(self, about: str, proposal: Proposal | None = None) -> Case:
        """As many people as the risk asks for say yes; the answer is the case after the write."""
        case = self.case(about)
        wanted = proposal or case.proposals[0]
        if wanted != shown(case):
            await self.bot.aside(LIV, "choose", on=case, about=wanted)
        await self._decide("approve", about, wanted)
        return self.case(about)

    async def undo(self, about: str, name: str = "") -> Case:
        """The Undo button of the card, with as many people as the fix took: of the newest change, or of the one that
        was made on `name`.
        """
        offered = undos_of_case(self.case(about))
        back = next((u for u in offered if name in {"", u.steps[0].name}), None)
        assert back is not None, self.case(about).state
        await self._decide("undo", about, back)
        case = self.case(about)
        came = [a for a in self.bot.actions() if a in {"write.undone", "write.not_undone"}]

        assert came[-1:] == ["write.undone"], [m.say.english() for m in case.timeline]
        return case

    async def _decide(self, action: str, about: str, proposal: Proposal) -> None:
        both = proposal.risk is not Risk.SAFE
        for who in (INGRID, KARI) if both else (INGRID,):
            case = self.case(about)
            await self.bot.click(who, action, on=case, about=proposal, reason=WHY)


def _is_about(error: SyncError, about: str) -> bool:
    return about in {error.object_name, bare_of(error.value or "")[1]}
