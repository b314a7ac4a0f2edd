"""In: one address that several want, people who fix it one holder after the other and change their minds, in any order.
Promise: what the bot wrote and still stands is offered to be put back; with all of it put back, in whatever order it
was offered, AD is as it was before the first fix, but for what others have added since.
"""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bot.model import Case, Proposal, State
from bot.triage.past import UNDOABLE, undos_of_case
from bot.triage.value import fold
from handlers.timing import Timing
from tests import builders
from tests.builders import VALUE
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, KARI
from tests.fakes.world import World
from tests.fakes.writer import Fault
from tests.sizes import examples

NAMES = ("Svc One", "Svc Two", "Johanna Dow")
EXTRA = f"smtp:{VALUE}"
WHY = "They left that address years ago."


def several_want_it() -> World:
    """John Doe has it; two accounts list it too, and a namesake wants it as her main address."""
    world = World()
    world.add(
        builders.user("John Doe", proxies=(f"SMTP:{VALUE}",)),
        builders.user("Svc One", proxies=("SMTP:svc.one@contoso.com", EXTRA)),
        builders.user("Svc Two", proxies=("SMTP:svc.two@contoso.com", EXTRA)),
        builders.both_primary(),
        builders.user("Ingrid Berg", proxies=("SMTP:ingrid.berg@contoso.com",)),
    )
    world.clock.forward(minutes=-12)
    world.sync()
    world.clock.forward(minutes=12)
    return world


class ThereAndBack(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.bot = Bot(several_want_it(), timing=Timing(close_after=timedelta(days=30)))
        self.first = self.addresses()
        self.added: dict[str, set[str]] = {name: set() for name in self.first}
        self.run(self.bot.poll())

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        self.loop.run_until_complete(asyncio.wait_for(work, 30))

    def addresses(self) -> dict[str, set[str]]:
        return {each.name: set(each.proxy_addresses) for each in self.bot.world.ad.values()}

    def cases(self) -> list[Case]:
        return [c for c in self.bot.cases.all() if c.key.value == VALUE]

    # ------------------------------------------------------------ people

    @rule(data=st.data(), fault=st.sampled_from([Fault.NONE, Fault.NONE, *Fault]))
    def fix(self, data: st.DataObject, fault: Fault) -> None:
        for case in self.cases():
            if case.state is State.PENDING and case.proposals:
                self.decide("approve", data.draw(st.sampled_from(case.proposals)), fault)

    @rule(data=st.data(), fault=st.sampled_from([Fault.NONE, Fault.NONE, *Fault]))
    def think_better_of_it(self, data: st.DataObject, fault: Fault) -> None:
        for case in self.cases():
            if offered := undos_of_case(case):
                self.decide("undo", data.draw(st.sampled_from(offered)), fault)

    @rule(names=st.permutations(NAMES), many=st.integers(1, 3))
    def some_give_way_one_after_the_other(self, names: list[str], many: int) -> None:
        """What most days are: each time the card asks about those that are left."""
        for name in names[:many]:
            for case in self.cases():
                wanted = [p for p in case.proposals if p.steps[0].name == name]
                if case.state is State.PENDING and wanted:
                    self.decide("approve", wanted[0])
                    self.run(self._half_an_hour())

    @rule(turns=st.lists(st.integers(0, 2), min_size=1, max_size=3), syncs=st.booleans())
    def some_are_put_back_one_after_the_other(self, turns: list[int], syncs: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        for turn in turns:
            for case in self.cases():
                if offered := undos_of_case(case):
                    self.decide("undo", offered[turn % len(offered)])
            if syncs:
                self.run(self._half_an_hour())

    @rule(data=st.data())
    def an_undo_comes_to_nothing(self, data: st.DataObject) -> None:
        """Whoever approved it is taken off the list before it is written."""
        for case in self.cases():
            if offered := undos_of_case(case):
                undo = data.draw(st.sampled_from(offered))
                for who in (INGRID, KARI):
                    self.run(self.bot.tell(self.clicked(who, "undo", undo)))
                self.bot.people.approvers -= {INGRID, KARI}
                self.run(self.bot.work())
                self.bot.people.approvers |= {INGRID, KARI}

    @rule(action=st.sampled_from(["reject", "recheck"]))
    def say_no_or_ask_again(self, action: str) -> None:
        for case in self.cases():
            self.run(self.bot.click(KARI, action, on=case))

    @rule(name=st.sampled_from(NAMES), count=st.integers(0, 2))
    def somebody_gives_an_account_another_address(self, name: str, count: int) -> None:
        more = f"smtp:more{count}.{name[-3:].lower()}@contoso.com"
        known = self.bot.world.person(name).proxy_addresses
        if fold(more) not in {fold(value) for value in known}:  # AD would refuse it
            self.bot.world.edit(name, proxy_addresses=(*known, more))
            self.added[name].add(more)

    def decide(self, action: str, about: Proposal, fault: Fault = Fault.NONE) -> None:
        """As many people as it takes; the domain controller answers, or does not."""
        for who in (INGRID, KARI):
            if any(c.proposal(about.id) or about in undos_of_case(c) for c in self.cases()):
                self.bot.writer.fault = fault
                self.run(self.bot.tell(self.clicked(who, action, about)))
                self.run(self.bot.work())
        self.bot.writer.fault = Fault.NONE
        self.run(self.bot.work())
        self.run(self.bot.wait(minutes=2))

    def clicked(self, who: Any, action: str, about: Proposal) -> Any:
        (case,) = self.cases()
        return self.bot.clicked(who, action, on=case, reason=WHY, about=about)

    # ------------------------------------------------------------ servers

    @rule()
    def half_an_hour(self) -> None:
        self.run(self._half_an_hour())

    @rule(minutes=st.sampled_from([1, 20, 150]))
    def no_sync_for(self, minutes: int) -> None:
        self.run(self.bot.wait(minutes=minutes))

    async def _half_an_hour(self) -> None:
        self.bot.clock.forward(minutes=1)
        self.bot.world.sync()
        self.bot.world.sweep()
        await self.bot.poll()
        await self.bot.wait(minutes=29)

    # ------------------------------------------------------------ what holds

    def standing(self) -> dict[str, Proposal]:
        """What really reached AD and was not put back, as the writer tells it."""
        written = [proposal for _, proposal in self.bot.writer.under]
        back = {p.undo_of for p in written}
        return {p.id: p for p in written if not p.undo_of and p.id not in back}

    @invariant()
    def what_stands_is_offered_to_be_put_back_and_nothing_else(self) -> None:
        for case in self.cases():
            if case.state in UNDOABLE:
                offered = {undo.undo_of for undo in undos_of_case(case)}
                assert offered == set(self.standing())

    @invariant()
    def nothing_is_put_back_twice(self) -> None:
        back = [p.undo_of for _, p in self.bot.writer.under if p.undo_of]
        assert len(back) == len(set(back))

    @invariant()
    def a_confirmed_repair_is_counted_once(self) -> None:
        for case in self.cases():
            assert len(case.repairs) == len(set(case.repairs))
            changes = [c for p in self.standing().values() for s in p.steps for c in s.changes]
            assert len(case.repairs) <= len(changes)

    def teardown(self) -> None:
        try:
            self._put_all_back()
        finally:
            self.loop.close()

    def _put_all_back(self) -> None:
        self.run(self.bot.work())
        for turn in range(30):
            if not self.standing():
                break
            self.run(self._half_an_hour())
            for case in self.cases():
                if offered := undos_of_case(case):
                    self.decide("undo", offered[-1 if turn % 2 else 0])
        assert self.standing() == {}
        expected = {name: self.first[name] | self.added[name] for name in self.first}
        assert self.addresses() == expected


def test_what_was_written_can_be_put_back_whatever_became_of_the_case() -> None:
    run_state_machine_as_test(
        ThereAndBack,
        settings=settings(
            max_examples=examples(15),
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
