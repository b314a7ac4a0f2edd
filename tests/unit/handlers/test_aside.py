"""In: somebody wants to hear of a case later, not at all for a while, or takes it. Out: beside its state, with an end.
Promise: nothing is set aside for ever, an attack never for long, and what is on its way stays in sight.
"""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.events import Answered, SnoozeDue, SyncErrorChanged
from bot.model import Case, Done, Evidence, Mode, Risk, SlackUser, State
from bot.ports import Result
from bot.triage.aside import RESTING, is_alert, is_aside
from handlers.review import review
from tests import builders
from tests.builders import NOW, TENANT, VALUE
from tests.fakes.bot import Bot
from tests.fakes.people import EVERYBODY, INGRID, JOHN, KARI, LIV, OLA, PEER
from tests.unit.triage.cases.world import asker, owner, read_of

SCANNER = "Svc Scanner"
WHY = "The shop closes in May, nobody needs this any more."
DAY = timedelta(days=1)


async def waiting() -> Bot:
    bot = Bot()
    await bot.poll()

    assert bot.state() is State.PENDING
    return bot


def told(bot: Bot) -> list[str]:
    return [m.say.english() for m in bot.case.timeline]


async def changed(bot: Bot) -> None:
    """Somebody moves the scanner's account while nobody looks; the next poll finds it so."""
    bot.world.edit(SCANNER, proxy_addresses=(f"SMTP:{VALUE}",))
    await bot.click(OLA, "recheck")


# ------------------------------------------------------------ snooze


async def test_a_snoozed_case_is_approved_by_nobody_and_is_back_at_its_time() -> None:
    bot = await waiting()
    until = bot.clock.now() + timedelta(hours=5)
    await bot.aside(INGRID, "snooze", until=until)

    assert bot.case.snoozed is not None
    assert (bot.case.snoozed.by, bot.case.snoozed.until) == ("Ingrid Berg", until)
    assert (bot.state(), bot.actions()[-1]) == (State.PENDING, "case.snoozed")

    for action in ("approve", "reject"):
        await bot.click(KARI, action)

        assert bot.answers(KARI)[-1] == "Ingrid Berg has snoozed it. End that first, then decide."

    await bot.wait(hours=5)

    assert (is_aside(bot.case), bot.state()) == (False, State.PENDING)
    assert told(bot)[-1] == "The time is over: this is back."

    await bot.click(KARI)

    assert bot.state() is State.WRITTEN


async def test_a_long_snooze_outlives_its_proposal_and_comes_back_with_a_fresh_one() -> None:
    bot = await waiting()
    await bot.aside(INGRID, "snooze", until=bot.clock.now() + timedelta(days=3))
    await bot.wait(days=2)

    assert bot.state() is State.EXPIRED
    assert "The proposal has expired meanwhile." in told(bot)[-1]
    assert bot.case.snoozed is not None

    await bot.wait(days=1)
    await bot.click(KARI)

    assert bot.state() is State.WRITTEN


async def test_until_the_evidence_changes_means_that() -> None:
    bot = await waiting()
    await bot.aside(INGRID, "snooze")
    await bot.click(OLA, "recheck")

    assert is_aside(bot.case)

    await changed(bot)

    assert not is_aside(bot.case)
    assert told(bot)[-1].startswith("This was snoozed until the evidence changes; it has")


async def test_a_change_that_no_list_shows_is_found_within_a_day() -> None:
    """Entra still reports the same; only AD has changed."""
    bot = await waiting()
    await bot.aside(INGRID, "snooze")
    bot.world.edit(SCANNER, proxy_addresses=(f"SMTP:{VALUE}",))
    await bot.wait(hours=25)

    assert bot.case.snoozed is None


async def test_a_snooze_with_a_date_sleeps_through_a_change() -> None:
    bot = await waiting()
    await bot.aside(INGRID, "snooze", until=bot.clock.now() + timedelta(days=3))
    await changed(bot)

    assert (bot.case.revision, bot.case.snoozed is not None) == (2, True)

    await bot.wait(days=3)

    assert bot.case.snoozed is None


async def test_a_second_snooze_moves_the_end() -> None:
    bot = await waiting()
    await bot.aside(INGRID, "snooze", until=bot.clock.now() + timedelta(hours=2))
    await bot.aside(KARI, "snooze", until=bot.clock.now() + timedelta(hours=9))
    await bot.wait(hours=3)

    assert bot.case.snoozed is not None
    assert bot.case.snoozed.by == "Kari Holm"

    await bot.wait(hours=6)

    assert bot.case.snoozed is None


async def test_any_approver_brings_it_back_before_its_time() -> None:
    bot = await waiting()
    await bot.aside(INGRID, "snooze", until=bot.clock.now() + DAY)
    await bot.aside(KARI, "wake")

    assert bot.case.snoozed is None
    assert (bot.case.timeline[-1].who, bot.actions()[-1]) == ("Kari Holm", "case.woken")

    await bot.click(KARI)

    assert bot.state() is State.WRITTEN

    await bot.aside(KARI, "wake")

    assert bot.answers(KARI)[-1] == "This is back already. Its card shows how it stands."


async def test_a_first_approval_is_not_snoozed_away() -> None:
    bot = await waiting()
    bot.cases.put(replace(bot.case, proposals=(replace(bot.case.proposals[0], risk=Risk.JUDGE),)))
    await bot.click(INGRID, reason=WHY)
    await bot.aside(KARI, "snooze", until=bot.clock.now() + DAY)

    assert (bot.case.snoozed, len(bot.case.agreed)) == (None, 1)
    assert "Ingrid Berg has approved this already" in bot.answers(KARI)[-1]


@pytest.mark.parametrize("state", sorted(set(State) - RESTING))
async def test_what_is_on_its_way_stays_in_sight(state: State) -> None:
    bot = Bot()
    case = bot.cases.put(builders.case(state=state))
    for action in ("snooze", "ignore"):
        event = bot.clicked_aside(INGRID, action, on=case, until=bot.clock.now() + DAY, reason=WHY)
        result = await bot.handle(event)

        assert result.case is None


# ------------------------------------------------------------ ignore


async def test_an_ignored_case_says_why_and_ends_by_itself() -> None:
    bot = await waiting()
    until = bot.clock.now() + timedelta(days=30)
    await bot.aside(INGRID, "ignore", until=until, reason=f"  {WHY} ")

    assert bot.case.ignored is not None
    assert (bot.case.ignored.reason, bot.case.ignored.until) == (WHY, until)
    assert bot.cases.audit[-1].facts is not None
    assert bot.cases.audit[-1].facts["reason"] == WHY

    await changed(bot)
    await bot.click(KARI)

    assert "has it ignored until" in bot.answers(KARI)[-1]
    assert bot.case.ignored is not None

    await bot.wait(days=30)

    assert bot.case.ignored is None


@pytest.mark.parametrize(
    ("days", "reason", "said"),
    [
        (1, "because", "Write at least 10 characters"),
        (1, " " * 40, "Write at least 10 characters"),
        (181, WHY, "At most 180 days."),
        (-1, WHY, "That moment is over."),
        (None, WHY, "Nothing is ignored for ever."),
    ],
)
async def test_nothing_is_ignored_without_a_reason_or_for_ever(
    days: int | None, reason: str, said: str
) -> None:
    bot = await waiting()
    until = None if days is None else bot.clock.now() + timedelta(days=days)
    await bot.aside(INGRID, "ignore", until=until, reason=reason)

    assert bot.case.ignored is None
    assert said in bot.answers(INGRID)[-1]


async def test_an_ignored_case_is_not_snoozed_on_top() -> None:
    bot = await waiting()
    await bot.aside(INGRID, "ignore", until=bot.clock.now() + DAY, reason=WHY)
    await bot.aside(KARI, "snooze", until=bot.clock.now() + DAY)

    assert bot.case.snoozed is None
    assert "End that first." in bot.answers(KARI)[-1]


def attack(bot: Bot) -> Case:
    made = builders.case()
    assert made.diagnosis is not None
    return bot.cases.put(replace(made, diagnosis=replace(made.diagnosis, alert=True)))


async def test_an_attack_is_never_ignored_and_snoozed_for_a_day_at_most() -> None:
    bot = Bot()
    attack(bot)
    now = bot.clock.now()
    await bot.aside(INGRID, "ignore", until=now + timedelta(hours=1), reason=WHY)
    await bot.aside(INGRID, "snooze", until=now + timedelta(hours=25))
    await bot.aside(INGRID, "snooze")

    assert (bot.case.ignored, bot.case.snoozed) == (None, None)
    assert ["attack" in said for said in bot.answers(INGRID)] == [True] * 3

    await bot.aside(INGRID, "assign")
    await bot.aside(INGRID, "snooze", until=now + timedelta(hours=24))

    assert bot.case.owner is not None
    assert bot.case.snoozed is not None


@pytest.mark.parametrize("action", ["snooze", "ignore"])
async def test_a_case_that_becomes_an_attack_is_back_at_once(action: str) -> None:
    """The account in Entra that it would be joined with was given a role meanwhile."""
    bot = Bot()
    bot.cases.put(builders.case(read_of(asker(), owner())))
    until = bot.clock.now() + timedelta(days=30)
    await bot.aside(INGRID, action, until=until, reason=WHY)

    assert is_aside(bot.case)

    result = looked_at(bot, read_of(asker(), owner(), roles=("Global Administrator",)))

    assert result.case is not None
    assert is_alert(result.case)
    assert not is_aside(result.case)
    assert "It may be an attack, so it is back." in result.case.timeline[-1].say.english()


async def test_an_attack_that_was_snoozed_with_open_eyes_is_not_back_at_every_look() -> None:
    bot = Bot()
    attack = read_of(asker(), owner(), roles=("Global Administrator",))
    bot.cases.put(builders.case(attack))
    await bot.aside(INGRID, "snooze", until=bot.clock.now() + timedelta(hours=20))
    result = looked_at(bot, replace(attack, errors=(*attack.errors, *attack.errors)))

    assert result.case is not None
    assert is_aside(result.case)


def looked_at(bot: Bot, found: Evidence) -> Result:
    event = SyncErrorChanged(tenant=TENANT, id="look", case_id=bot.case.id)
    return review(
        event,
        bot.case,
        found,
        now=bot.clock.now(),
        mode=bot.mode,
        timing=bot.timing,
        policy=bot.policy,
    )


# ------------------------------------------------------------ whose it is


async def test_whoever_takes_it_is_named_and_another_takes_it_over() -> None:
    bot = await waiting()
    await bot.aside(INGRID, "assign")
    await bot.aside(INGRID, "assign")
    await bot.aside(KARI, "assign")

    assert bot.case.owner is not None
    assert (bot.case.owner.user, bot.case.owner.name) == (KARI, "Kari Holm")
    assert bot.answers(INGRID) == ["This is yours already."]
    assert told(bot)[-2:] == ["Takes care of it.", "Took it over from Ingrid Berg."]


async def test_an_owner_is_named_until_the_story_is_over() -> None:
    bot = await waiting()
    await bot.aside(INGRID, "assign")
    await bot.click(INGRID)
    bot.world.sync()
    bot.world.sweep()
    await bot.wait(minutes=10)

    assert bot.state() is State.VERIFIED
    assert bot.case.owner is not None

    await bot.aside(KARI, "assign")

    assert "This case is over" in bot.answers(KARI)[-1]


# ------------------------------------------------------------ who may, and what else is refused


@pytest.mark.parametrize("action", ["snooze", "ignore", "assign", "wake", "choose", "explode"])
@pytest.mark.parametrize("who", [OLA, PEER])
async def test_only_approvers_decide_beside_the_state(action: str, who: SlackUser) -> None:
    bot = await waiting()
    until, about = bot.clock.now() + DAY, bot.case.proposals[0]
    event = bot.clicked_aside(who, action, until=until, reason=WHY, about=about)
    result = await bot.handle(event)

    assert result.case is None
    assert [line.action for line in result.audit] == ["decision.refused"]


@pytest.mark.parametrize(
    ("action", "taken"),
    [("snooze", False), ("ignore", False), ("choose", False), ("assign", True)],
)
async def test_whom_it_concerns_does_not_put_it_out_of_sight(action: str, *, taken: bool) -> None:
    bot = await waiting()
    about = {"until": bot.clock.now() + DAY, "reason": WHY, "about": bot.case.proposals[0]}
    await bot.aside(JOHN, action, **about)

    assert (bot.actions()[-1] != "decision.refused") == taken
    assert taken or "You hold, gain or lose this value yourself" in bot.answers(JOHN)[-1]


async def test_a_click_that_nobody_made_sets_nothing_aside() -> None:
    bot = await waiting()
    event = bot.clicked_aside(INGRID, "snooze")
    forged = replace(event, reply_to=replace(event.reply_to, user=KARI))
    await bot.tell(forged)
    await bot.work()

    assert bot.case.snoozed is None
    assert "did not come from Slack" in bot.answers(KARI)[-1]


async def test_a_seal_of_one_kind_of_click_opens_no_other() -> None:
    bot = await waiting()
    aside = bot.clicked_aside(INGRID, "snooze")
    click = bot.clicked(INGRID, "approve")

    assert aside.unsealed()[:1] != click.unsealed()[:1]


async def test_an_older_card_and_a_late_click_set_nothing_aside() -> None:
    bot = await waiting()
    older = replace(bot.case, revision=0)
    late = bot.clicked_aside(INGRID, "snooze", until=bot.clock.now() + DAY)
    await bot.aside(INGRID, "snooze", on=older, until=bot.clock.now() + DAY)
    bot.clock.forward(minutes=16)
    await bot.tell(late)
    await bot.work()

    assert bot.case.snoozed is None
    assert "Read the new card" in bot.answers(INGRID)[0]
    assert "too late" in bot.answers(INGRID)[1]


async def test_a_case_that_nobody_knows_any_more() -> None:
    bot = await waiting()
    gone = builders.case(key=builders.key(value="gone@contoso.com"))
    await bot.aside(INGRID, "snooze", on=gone)

    assert bot.answers(INGRID) == ["This case is not known any more."]


async def test_the_same_click_delivered_twice_is_told_once() -> None:
    bot = await waiting()
    event = await bot.aside(INGRID, "assign")
    await bot.tell(event)
    await bot.work()

    assert told(bot).count("Takes care of it.") == 1


# ------------------------------------------------------------ in every state, by everybody


@pytest.mark.parametrize("state", list(State))
async def test_every_click_is_answered_in_every_state(state: State) -> None:
    actions = ["snooze", "ignore", "wake", "assign", "choose", "explode"]
    for mode in Mode:
        bot = Bot(mode=mode)
        case = bot.cases.put(builders.case(state=state, mode=mode))
        stored = bot.cases.stored[case.id]
        until = bot.clock.now() + DAY
        for who, action in itertools.product((*EVERYBODY, LIV), actions):
            event = bot.clicked_aside(
                who, action, on=case, until=until, reason=WHY, about=case.proposals[0]
            )
            result = await bot.handle(event)
            answered = [e for e in result.follow if isinstance(e, Answered)]

            assert (result.case is None) == bool(answered)
            assert len(result.audit) == 1
            assert result.case is None or result.case.state is state
            bot.cases.commit(result)  # raises for a transition that the table does not know
            bot.cases.stored[case.id] = stored


# ------------------------------------------------------------ what ends it besides


async def test_a_case_that_is_put_right_is_closed_and_set_aside_no_more() -> None:
    bot = await waiting()
    await bot.aside(INGRID, "ignore", until=bot.clock.now() + timedelta(days=90), reason=WHY)
    bot.world.edit(SCANNER, proxy_addresses=())
    bot.world.sync()
    bot.world.sweep()
    await bot.poll()
    await bot.wait(hours=1)

    assert (bot.state(), bot.case.ignored) == (State.CLOSED, None)


async def test_an_end_that_comes_late_finds_nothing_to_end() -> None:
    bot = await waiting()
    result = await bot.tell(SnoozeDue(tenant=TENANT, id="late", case_id=bot.case.id))
    gone = await bot.tell(SnoozeDue(tenant=TENANT, id="late", case_id="c-gone"))

    assert (result.case, result.later, gone.case) == (None, (), None)


async def test_what_was_written_earlier_is_put_back_from_a_snoozed_case_and_wakes_it() -> None:
    bot = Bot()
    other = builders.case(builders.evidence(builders.keeper(), builders.loser("Old Scanner")))
    before = Done(proposal=other.proposals[0], receipts=(builders.receipt(other),), at=NOW)
    bot.cases.put(builders.case(past=(before,)))
    await bot.aside(KARI, "snooze")
    result = await bot.handle(bot.clicked(INGRID, "undo"))

    assert bot.case.snoozed is not None
    assert result.case is not None
    assert (result.case.state, result.case.snoozed) == (State.APPROVED, None)
