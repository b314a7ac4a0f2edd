"""In: anything that can happen, in any order. Out: what must hold of every case whatever happened to it.
People click old and new cards, alone and in twos, with reasons and without, take back what they did; the directories change behind our back, answers are lost, events come late and twice.
Promise: all of it goes through the real handlers and the store's rules; only the two directories are small.
"""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bot.events import AsideClicked, Clicked, Event, SnoozeDue
from bot.model import TRANSITIONS, Case, Kind, Mode, Risk, SlackUser, State
from bot.triage.aside import LONGEST, RESTING, end_of, is_aside
from bot.triage.plan import check_signature, hash_of
from bot.triage.value import key_of
from handlers.timing import Timing
from tests.builders import TENANT, VALUE
from tests.fakes.bot import AWAY, Bot
from tests.fakes.people import EVERYBODY, INGRID, KARI, LIV, RESPONSE_URL
from tests.fakes.writer import Fault
from tests.sizes import examples

SCANNER = "Svc Scanner"
ADDRESSES = {
    SCANNER: (
        (f"smtp:{VALUE}",),
        (),
        ("smtp:John@Contoso.com",),
        (f"smtp:{VALUE}", "smtp:new@contoso.com"),
        (f"SMTP:{VALUE}",),
    ),
    "John Doe": ((f"SMTP:{VALUE}", "smtp:john.d@contoso.com"), ("SMTP:john.d@contoso.com",)),
    "Ingrid Berg": (("SMTP:ingrid.berg@contoso.com",), (f"smtp:{VALUE}",)),
}
# where a case may rest, and what it waits for
WAITS_FOR_ENTRA = {State.OPEN}  # nothing to approve: the next poll that shows it changed or gone
WAITS_FOR_PEOPLE = {State.PENDING, State.REJECTED, State.EXPIRED, State.REFUSED, State.PARTIAL}
# with both sides clean and answering for days nothing is on its way any more
MOVING = {
    State.APPROVED,
    State.APPLYING,
    State.UNKNOWN,
    State.WRITTEN,
    State.EXPORTED,
    State.OVERDUE,
}
GREEN = {State.VERIFIED, State.CLOSED}
# what a click comes to when the card is its answer
DECIDED = {
    "decision.approved",
    "decision.break_glass",
    "decision.rejected",
    "undo.approved",
    "case.snoozed",
    "case.ignored",
    "case.assigned",
    "case.chosen",
    "case.woken",
}
WHY = "The scanner left that address years ago."
REASONS = st.sampled_from(["", "   ", WHY])


class LifeOfACase(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.bot = Bot(
            timing=Timing(poll_every=timedelta(minutes=30), look_every=timedelta(minutes=7))
        )
        self.seen: list[Case] = []  # cards as they were drawn at some time
        self.told: list[Event] = []  # everything that was ever delivered
        self.clicks: list[Clicked | AsideClicked] = []
        self.run(self.bot.poll())

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self.loop.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        # each handler looks once: nothing here can take long, and nothing may wait
        self.loop.run_until_complete(asyncio.wait_for(work, 30))
        self.seen += [c for c in self.bot.cases.all() if c not in self.seen[-20:]]

    # ------------------------------------------------------------ people

    @rule(
        who=st.sampled_from(EVERYBODY),
        action=st.sampled_from(["approve", "break_glass", "reject", "undo", "recheck"]),
        reason=REASONS,
    )
    def click_the_newest_card(self, who: SlackUser, action: str, reason: str = "") -> None:
        for case in self.bot.cases.all():
            self._click(who, action, case, reason)

    @rule(
        who=st.sampled_from([INGRID, KARI]),
        action=st.sampled_from(["approve", "break_glass", "undo"]),
        reason=REASONS,
        data=st.data(),
    )
    def click_some_older_card(
        self, who: SlackUser, action: str, reason: str, data: st.DataObject
    ) -> None:
        if self.seen:
            self._click(who, action, data.draw(st.sampled_from(self.seen)), reason)

    def _click(self, who: SlackUser, action: str, on: Case, reason: str = "") -> None:
        event = self.bot.clicked(who, action, on=on, reason=reason)
        self.clicks.append(event)
        self.bot.cases.waiting.append(event)

    @rule(
        who=st.sampled_from((*EVERYBODY, LIV)),
        action=st.sampled_from(["snooze", "ignore", "wake", "assign", "choose"]),
        hours=st.sampled_from([None, -1, 1, 30, 24 * 40, 24 * 400]),
        reason=REASONS,
        data=st.data(),
    )
    def decide_beside_the_state(
        self, who: SlackUser, action: str, hours: int | None, reason: str, data: st.DataObject
    ) -> None:
        """On the newest card or an older one, about any of its changes."""
        for newest in self.bot.cases.all():
            on = data.draw(st.sampled_from([newest, *self.seen[-5:]]))
            until = None if hours is None else self.bot.clock.now() + timedelta(hours=hours)
            about = data.draw(st.sampled_from([None, *on.proposals]))
            event = self.bot.clicked_aside(
                who, action, on=on, until=until, reason=reason, about=about
            )
            self.clicks.append(event)
            self.bot.cases.waiting.append(event)

    @rule(who=st.permutations([INGRID, KARI, LIV]), alone=st.booleans())
    def another_change_is_chosen_and_approved(
        self,
        who: list[SlackUser],
        alone: bool,  # noqa: FBT001 - drawn by hypothesis
    ) -> None:
        """Two list the value as their main address: either can get another one. Whoever chooses tries to approve too."""
        self.everything_answers_again()
        self.bot.mode = Mode.APPLY
        self.bot.people.approvers |= {INGRID, KARI, LIV}
        self.bot.world.edit(SCANNER, proxy_addresses=(f"SMTP:{VALUE}", "smtp:scan@contoso.com"))
        self.bot.cases.waiting.append(self.bot.poll_due())
        self.run(self._work())
        self.click_the_newest_card(INGRID, "recheck")
        self.run(self._work())
        for case in self.bot.cases.all():
            for other in case.proposals[1:2]:
                event = self.bot.clicked_aside(who[0], "choose", on=case, about=other)
                self.clicks.append(event)
                self.bot.cases.waiting.append(event)
                self.run(self._work())
                for each in who:
                    action = "break_glass" if alone else "approve"
                    click = self.bot.clicked(each, action, on=case, reason=WHY, about=other)
                    self.clicks.append(click)
                    self.bot.cases.waiting.append(click)
                    self.run(self._work())

    @rule(edge=st.booleans(), writer=st.booleans())
    def the_glass_may_be_broken_or_not(self, edge: bool, writer: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        self.bot.break_glass, self.bot.writer.break_glass = edge, writer

    @rule(fault=st.sampled_from(Fault))
    def approved_and_written(self, fault: Fault) -> None:
        """What most days are: the bot is in `apply`, somebody approves, and the DC answers or does not."""
        self.bot.mode = Mode.APPLY
        self.bot.writer.fault = fault
        self.run(self._work())
        self.bot.cases.waiting.append(self.bot.poll_due())
        self.run(self._work())
        self.click_the_newest_card(INGRID, "recheck")
        self.run(self._work())
        self.click_the_newest_card(KARI, "approve", WHY)
        self.run(self._work())

    @rule(role=st.booleans(), undo=st.booleans(), who=st.permutations([INGRID, KARI]))
    def two_people_agree(self, role: bool, undo: bool, who: list[SlackUser]) -> None:  # noqa: FBT001 - drawn by hypothesis
        """A good day with a doubtful fix: an account that holds a role takes two people, there and back."""
        self.the_scanner_is_given_a_role(role)
        self.everything_answers_again()
        self.bot.mode = Mode.APPLY
        self.bot.people.approvers |= {INGRID, KARI}
        self.bot.cases.waiting.append(self.bot.poll_due())
        self.run(self._work())
        self.click_the_newest_card(INGRID, "recheck")
        self.run(self._work())
        for action in ("approve", "undo") if undo else ("approve",):
            for each in who:
                self.click_the_newest_card(each, action, WHY)
                self.run(self._work())

    @rule(writer=st.booleans())
    def one_is_alone(self, writer: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        """A doubtful fix in an emergency, where the edge allows it, and the writer or not."""
        self.the_scanner_is_given_a_role(held=True)
        self.everything_answers_again()
        self.bot.mode = Mode.APPLY
        self.bot.people.approvers |= {INGRID}
        self.the_glass_may_be_broken_or_not(edge=True, writer=writer)
        self.bot.cases.waiting.append(self.bot.poll_due())
        self.run(self._work())
        for action in ("wake", "recheck", "break_glass"):
            for case in self.bot.cases.all():
                if action == "wake":
                    event = self.bot.clicked_aside(INGRID, action, on=case)
                    self.clicks.append(event)
                    self.bot.cases.waiting.append(event)
                else:
                    self._click(INGRID, action, case, WHY)
            self.run(self._work())

    @rule(held=st.booleans())
    def the_scanner_is_given_a_role(self, held: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        """With it, a fix on that account takes two people."""
        roles = ("Global Reader",) if held else ()
        self.bot.world.roles[self.bot.world.person(SCANNER).anchor] = roles

    @rule(who=st.sampled_from([INGRID, KARI]))
    def somebody_is_taken_off_or_put_on_the_list(self, who: SlackUser) -> None:
        self.bot.people.approvers ^= {who}

    # ------------------------------------------------------------ the directories

    @rule(data=st.data())
    def an_administrator_edits(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(ADDRESSES)))
        self.bot.world.edit(name, proxy_addresses=data.draw(st.sampled_from(ADDRESSES[name])))

    @rule(enabled=st.booleans())
    def an_account_is_switched(self, enabled: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        self.bot.world.edit(SCANNER, enabled=enabled)

    @rule()
    def sync(self) -> None:
        self.bot.world.sync()

    @rule()
    def clean_up(self) -> None:
        self.bot.world.sweep()

    @rule(what=st.sampled_from(["ad_away", "forest_away", "entra_away", "stop_sync"]))
    def trouble(self, what: str) -> None:
        if what == "stop_sync":
            self.bot.world.stop_sync()
        else:
            setattr(self.bot.world, what, True)

    @rule()
    def everything_answers_again(self) -> None:
        world = self.bot.world
        world.ad_away = world.forest_away = world.entra_away = False
        self.bot.writer.fault = Fault.NONE
        world.start_sync()

    # ------------------------------------------------------------ the bot

    @rule()
    def half_an_hour_with_sync_and_clean_up(self) -> None:
        self.time_goes_by(20)
        self.bot.world.sync()
        self.bot.world.sweep()
        self.time_goes_by(10)
        self.run(self._work())

    @rule(mode=st.sampled_from(Mode))
    def restart_in(self, mode: Mode) -> None:
        self.bot.mode = mode

    @rule()
    def poll_is_due(self) -> None:
        self.bot.cases.waiting.append(self.bot.poll_due())

    @rule(data=st.data())
    def deliver_one(self, data: st.DataObject) -> None:
        if self.bot.cases.waiting:
            event = data.draw(st.sampled_from(self.bot.cases.waiting))
            self.bot.cases.waiting.remove(event)
            self.run(self._deliver(event))

    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        if self.told:
            self.run(self._deliver(data.draw(st.sampled_from(self.told[-15:]))))

    @rule()
    def deliver_all(self) -> None:
        self.run(self._work())

    @rule(minutes=st.sampled_from([1, 5, 20, 180, 1500]))
    def time_goes_by(self, minutes: int) -> None:
        self.bot.clock.forward(minutes=minutes)
        if self.bot.world.sync_runs:
            self.bot.world.last_sync_at = self.bot.clock.now()
        self.bot.cases.move_due(self.bot.clock.now())

    async def _deliver(self, event: Event) -> None:
        try:
            await self.bot.tell(event)
        except AWAY:
            self.bot.cases.waiting.append(event)
        else:
            self.told.append(event)

    async def _work(self) -> None:
        for _ in range(200):
            if not self.bot.cases.waiting:
                return
            await self._deliver(self.bot.cases.waiting.pop(0))

    # ------------------------------------------------------------ what holds at every moment

    @invariant()
    def only_known_steps(self) -> None:
        assert all(a is b or b in TRANSITIONS[a] for a, b in self.bot.cases.steps)

    @invariant()
    def written_only_what_was_approved_exactly_so_and_once(self) -> None:
        written = self.bot.writer.under
        for decision, proposal in written:
            check_signature(decision, self.bot.signer.key.public_key())
            assert decision.plan_hash == proposal.plan_hash == hash_of(TENANT, proposal)
            assert decision.mode is Mode.APPLY
            people = {a.slack_user for a in decision.approvals}
            assert people <= {INGRID.user, KARI.user, LIV.user}
            judged = proposal.risk is Risk.JUDGE and not decision.break_glass
            assert decision.chosen_by not in {a.entra_id for a in decision.approvals}
            assert not decision.break_glass or (len(decision.reason) >= 30 and not proposal.undo_of)
            assert (len(people), bool(decision.reason)) >= ((2, True) if judged else (1, False))
            assert {a.entra_id for a in decision.approvals}.isdisjoint(proposal.affected)
        ids = [proposal.id for _, proposal in written]
        assert len(ids) == len(set(ids)) == len(self.bot.writer.modifies)

    @invariant()
    def what_is_set_aside_has_an_end_and_hides_nothing_on_its_way(self) -> None:
        coming = [*self.bot.cases.due, *self.bot.cases.waiting]
        for case in self.bot.cases.all():
            if is_aside(case):
                assert case.state in RESTING
                assert any(isinstance(e, SnoozeDue) and e.case_id == case.id for e in coming)
            assert case.chosen is None or case.chosen.revision == case.revision

    @invariant()
    def what_is_put_back_is_what_was_written(self) -> None:
        written = {proposal.id: proposal for _, proposal in self.bot.writer.under}
        for undo in (p for p in written.values() if p.undo_of):
            original = written[undo.undo_of or ""]
            there = [(c.attribute, c.delete, c.add) for s in original.steps for c in s.changes]
            back = [(c.attribute, c.add, c.delete) for s in undo.steps for c in s.changes]
            assert back == there
            assert undo.risk is original.risk

    @invariant()
    def every_write_was_announced_before(self) -> None:
        assert self.bot.actions().count("write.intent") >= len(self.bot.writer.modifies)

    @invariant()
    def the_audit_holds_no_reply_address_and_no_drawn_sentence(self) -> None:
        facts = {f for line in self.bot.cases.audit for f in (line.facts or {}).values()}
        drawn = {
            moment.say.english()
            for case in self.bot.cases.all()
            for moment in case.timeline
            if moment.say.values
        }
        assert RESPONSE_URL not in repr(self.bot.cases.audit)
        assert facts.isdisjoint(drawn)

    # ------------------------------------------------------------ what holds once the trouble is over

    def settle(self) -> None:
        """Everything answers again and a week goes by: each case must end, or wait for something named."""
        world, bot = self.bot.world, self.bot
        world.ad_away = world.forest_away = world.entra_away = False
        bot.writer.fault = Fault.NONE
        world.start_sync()
        self.run(self._work())
        for _ in range(3):
            self.run(bot.poll())
            self.run(bot.wait(minutes=31))
        assert bot.cases.waiting == []
        self._every_click_was_answered()
        self._green_is_true()
        for case in bot.cases.all():
            self._ends_or_waits(case)
        self._comes_back()
        for _ in range(4):
            world.sync()
            world.sweep()
            self.run(bot.wait(hours=13))
        self._green_is_true()
        self._an_error_is_a_case()

    def _comes_back(self) -> None:
        """Whatever was set aside until a moment is back after it; 180 days are the longest."""
        now = self.bot.clock.now()
        for case in self.bot.cases.all():
            end = end_of(case)
            assert end is None or now < end <= now + LONGEST

    def _every_click_was_answered(self) -> None:
        decided = [
            (line.actor, line.case_id, line.action)
            for line in self.bot.cases.audit
            if line.action in DECIDED
        ]
        for click in self.clicks:
            who = click.reply_to.user
            named = {(f"{who.team}/{who.user}", click.case_id, word) for word in DECIDED}
            answered = [told for told in self.bot.channel.told if told.to.user == who]
            assert answered or named & set(decided)
        answers = len([t for t in self.bot.channel.told if t.shape == "say"])
        assert answers + len(decided) >= len(self.clicks)

    def _green_is_true(self) -> None:
        erring = {key_of(TENANT, e).id for e in self.bot.world.errors()}
        assert [c for c in self.bot.cases.all() if c.state in GREEN and c.id in erring] == []

    def _an_error_is_a_case(self) -> None:
        erring = {key_of(TENANT, e).id for e in self.bot.world.errors()}
        live = {c.id for c in self.bot.cases.all() if c.state is not State.CLOSED}
        assert erring <= live
        # and the other way round: what is over for Entra is over on the card
        assert {c.state for c in self.bot.cases.all()}.isdisjoint(MOVING)
        over = {c.id for c in self.bot.cases.all() if c.state in GREEN}
        kept = {c.id for c in self.bot.cases.all() if c.key.kind is not Kind.TENANT} - erring - over
        assert kept == set()

    def _ends_or_waits(self, case: Case) -> None:
        due = {getattr(event, "case_id", "") for event in self.bot.cases.due}
        rests = case.state in GREEN | WAITS_FOR_ENTRA | WAITS_FOR_PEOPLE
        assert rests or case.id in due


def test_whatever_happens_to_a_case() -> None:
    run_state_machine_as_test(
        LifeOfACase,
        settings=settings(
            max_examples=examples(45),
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
