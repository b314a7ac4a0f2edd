"""In: a storm, several people with its list, in any order. Out: what must hold of every change that was written from it.
People agree to parts of the list, to old lists and to forged ones, let the run go on, pause the bot, click single cards;
addresses change behind our back, answers are lost, events come twice and late.
Promise: all of it goes through the real handlers and the store's rules; only the two directories are small.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bot.events import BatchClicked, Event
from bot.model import Item, Mode, SlackUser, State, Storm
from bot.triage import lists
from bot.triage.plan import check_signature, hash_of
from handlers.timing import Timing
from tests.builders import TENANT
from tests.fakes.bot import AWAY, Bot
from tests.fakes.people import EVERYBODY, INGRID, JOHN, KARI, LIV, reply_to
from tests.fakes.writer import Fault
from tests.sizes import examples
from tests.unit.handlers.test_batch import items, settle, which
from tests.unit.handlers.test_pause import wish
from tests.unit.handlers.test_storm import counted, many, members, storm_of

SIZE = 11
GOES_ON = {"list.approved", "list.continued"}
CAME_TO = {"list.agreed", "case.shown", *GOES_ON}


class LifeOfAStorm(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.bot = Bot(
            world=many(SIZE),
            timing=Timing(poll_every=timedelta(minutes=7), storm_look_every=timedelta(minutes=2)),
        )
        self.lists: list[tuple[Item, ...]] = []  # as somebody saw them at some time
        self.clicks: list[BatchClicked] = []
        self.told: list[Event] = []
        self.bot.world.sync()
        self.run(self.bot.poll())
        self.run(counted(self.bot))
        self.a_fresh_look()

    def teardown(self) -> None:
        try:
            self.in_the_end()
        finally:
            self.loop.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        self.loop.run_until_complete(asyncio.wait_for(work, 30))

    # ------------------------------------------------------------ people

    @rule()
    def a_fresh_look(self) -> None:
        self.lists.append(items(self.bot))

    @rule(
        who=st.sampled_from((*EVERYBODY, LIV)),
        action=st.sampled_from(["agree", "second", "continue", "show"]),
        sealed=st.sampled_from([True, True, True, False]),
        data=st.data(),
    )
    def somebody_clicks(
        self,
        who: SlackUser,
        action: str,
        sealed: bool,  # noqa: FBT001 - drawn by hypothesis
        data: st.DataObject,
    ) -> None:
        seen = data.draw(st.sampled_from(self.lists))
        chosen = seen[: data.draw(st.integers(0, len(seen)))]
        self._press(who, action, chosen, sealed=sealed)

    @rule(who=st.permutations([INGRID, KARI, LIV]), most=st.integers(1, SIZE))
    def two_people_approve_a_list(self, who: list[SlackUser], most: int) -> None:
        """A good day: the storm is seen by two, five are written and confirmed, the rest goes on."""
        self.bot.mode = Mode.APPLY
        self.bot.writer.fault = Fault.NONE
        self.bot.people.approvers |= set(who)
        for each in who[:2]:
            self.the_bot_is_paused_or_not(each, "resume")
        seen = items(self.bot)[:most]
        self._press(who[0], "agree", seen)
        self._press(who[1], "second", seen)

    @rule(who=st.sampled_from([INGRID, KARI, LIV]))
    def entra_confirms_and_somebody_lets_it_go_on(self, who: SlackUser) -> None:
        self.run(settle(self.bot))
        storm = storm_of(self.bot)
        run = storm.storm.run if storm.storm else None
        self._press(who, "continue", (which(storm.id, run),) if run else ())

    @rule(who=st.sampled_from(EVERYBODY), action=st.sampled_from(["approve", "reject"]))
    def a_single_card_is_clicked(self, who: SlackUser, action: str) -> None:
        for case in members(self.bot)[:2]:
            self.bot.cases.waiting.append(self.bot.clicked(who, action, on=case))
        self.run(self._work())

    @rule(who=st.sampled_from(EVERYBODY), action=st.sampled_from(["pause", "resume"]))
    def the_bot_is_paused_or_not(self, who: SlackUser, action: str) -> None:
        self.bot.cases.waiting.append(wish(self.bot, who, action))
        self.run(self._work())

    @rule(who=st.sampled_from([INGRID, KARI, LIV]))
    def somebody_is_taken_off_or_put_on_the_list(self, who: SlackUser) -> None:
        self.bot.people.approvers ^= {who}

    def _press(
        self, who: SlackUser, action: str, chosen: tuple[Item, ...], *, sealed: bool = True
    ) -> None:
        self.bot.clicks += 1
        event = BatchClicked(
            tenant=TENANT,
            id=f"b-{self.bot.clicks}",
            case_id=storm_of(self.bot).id,
            action=action,
            items=chosen,
            reply_to=reply_to(who),
            clicked_at=f"{self.bot.clock.now().timestamp():.0f}.{self.bot.clicks:06}",
        )
        if sealed:
            event = replace(event, seal=self.bot.signer.seal(event.unsealed()))
        self.clicks.append(event)
        self.bot.cases.waiting.append(event)
        self.run(self._work())

    # ------------------------------------------------------------ the world

    @rule(number=st.integers(0, SIZE - 1))
    def an_administrator_takes_it_off_by_hand(self, number: int) -> None:
        own = f"SMTP:scanner{number}@contoso.com"
        self.bot.world.edit(f"Scanner {number}", proxy_addresses=(own,))

    @rule(number=st.integers(0, SIZE - 1))
    def the_keeper_lets_go(self, number: int) -> None:
        self.bot.world.edit(
            f"Keeper {number}", proxy_addresses=(f"SMTP:keeper{number}@contoso.com",)
        )

    @rule(fault=st.sampled_from(Fault))
    def the_domain_controller_answers_or_not(self, fault: Fault) -> None:
        self.bot.writer.fault = fault

    @rule(mode=st.sampled_from(Mode))
    def restart_in(self, mode: Mode) -> None:
        self.bot.mode = mode

    @rule(minutes=st.sampled_from([1, 4, 20, 90]), synced=st.booleans())
    def time_goes_by(self, minutes: int, synced: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        if synced:
            self.bot.world.sync()
            self.bot.world.sweep()
        self.run(self.bot.wait(minutes=minutes))

    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        if self.told:
            self.run(self._deliver(data.draw(st.sampled_from(self.told[-10:]))))
            self.run(self._work())

    async def _deliver(self, event: Event) -> None:
        try:
            await self.bot.tell(event)
        except AWAY:
            self.bot.cases.waiting.append(event)
        else:
            self.told.append(event)

    async def _work(self) -> None:
        for _ in range(400):
            if not self.bot.cases.waiting:
                return
            await self._deliver(self.bot.cases.waiting.pop(0))

    # ------------------------------------------------------------ what holds at every moment

    def _storm(self) -> Storm:
        found = storm_of(self.bot).storm
        assert found
        return found

    @invariant()
    def written_only_what_was_approved_exactly_so_and_once(self) -> None:
        for decision, proposal in self.bot.writer.under:
            check_signature(decision, self.bot.signer.key.public_key())
            assert decision.plan_hash == proposal.plan_hash == hash_of(TENANT, proposal)
            assert decision.mode is Mode.APPLY
            assert {a.entra_id for a in decision.approvals}.isdisjoint(proposal.affected)
            assert {a.slack_user for a in decision.approvals} <= {
                u.user for u in (INGRID, JOHN, KARI, LIV)
            }
        ids = [proposal.id for _, proposal in self.bot.writer.under]
        assert len(ids) == len(set(ids)) == len(self.bot.writer.modifies)

    @invariant()
    def of_a_list_two_people_have_approved_each_change(self) -> None:
        alone = {
            (line.facts or {}).get("proposal")
            for line in self.bot.cases.audit
            if line.action == "decision.approved"
            and not (line.facts or {}).get("reason", "").startswith("list of")
        }
        for decision, proposal in self.bot.writer.under:
            if proposal.id not in alone:
                assert len({a.slack_user for a in decision.approvals}) >= 2
                assert len({a.entra_id for a in decision.approvals}) >= 2

    @invariant()
    def a_run_goes_no_further_than_it_may(self) -> None:
        run = self._storm().run
        if run is None:
            return
        stored = {case.id: case for case in self.bot.cases.all()}
        late = [i for i in run.items[run.grant.upto :] if lists.is_taken(stored[i.case_id], i)]
        decisions = [stored[item.case_id].decision for item in late]
        assert run.grant.upto in {min(lists.CANARY, len(run.items)), len(run.items)}
        # somebody may have approved such a one by itself, on its own card
        assert all(d and len(d.approvals) == 1 for d in decisions)

    @invariant()
    def none_is_forgotten(self) -> None:
        counted_now = {m.case_id for m in self._storm().members}
        over = storm_of(self.bot).state is State.CLOSED
        assert over or {c.id for c in members(self.bot) if c.batch} <= counted_now

    # ------------------------------------------------------------ once the trouble is over

    def in_the_end(self) -> None:
        """Everything answers again: what was begun ends, every click was answered, what is green is so."""
        bot = self.bot
        bot.writer.fault = Fault.NONE
        for _ in range(3):
            self.run(settle(bot))
            self.run(bot.wait(minutes=40))
        self._every_click_was_answered()
        erring = {e.value.removeprefix("smtp:") for e in bot.world.errors() if e.value}
        moving = {State.APPROVED, State.APPLYING, State.UNKNOWN}
        for case in members(bot):
            assert case.state not in moving
            assert case.state is not State.VERIFIED or case.key.value not in erring

    def _every_click_was_answered(self) -> None:
        audit = [line for line in self.bot.cases.audit if line.action in CAME_TO]
        done = {f"{line.actor}" for line in audit}
        for click in self.clicks:
            who = click.reply_to.user
            answered = [told for told in self.bot.channel.told if told.to.user == who]
            assert answered or f"{who.team}/{who.user}" in done
        says = len([t for t in self.bot.channel.told if t.shape == "say"])
        assert says + len(audit) >= len(self.clicks)


def test_whatever_happens_to_a_storm() -> None:
    run_state_machine_as_test(
        LifeOfAStorm,
        settings=settings(
            max_examples=examples(12),
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
