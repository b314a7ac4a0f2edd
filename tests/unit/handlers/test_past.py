"""In: a case that has gone on after a write: to its next holder, to a fresh look, because the error is back.
Promise: what we wrote for it can be taken back from its card all the same, as long as it stands, by whoever may undo.
"""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.events import CaseChanged, FixApproved, SyncErrorChanged, WriteDue
from bot.model import Done, Mode, State
from bot.store import wire
from bot.triage.past import MOST_PAST, set_aside, undo_of_case, undos_of_case
from tests import builders
from tests.builders import NOW, VALUE
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, JOHN, KARI, LIV, OLA
from tests.fakes.world import World

EXTRA = f"smtp:{VALUE}"
ONE, TWO = "Svc One", "Svc Two"
WHY = "It was the wrong account after all."


def three_hold_it() -> World:
    """John Doe has the address; two accounts list it too (C22)."""
    world = World()
    world.add(
        builders.user("John Doe", proxies=(f"SMTP:{VALUE}",)),
        builders.user(ONE, proxies=("SMTP:svc.one@contoso.com", EXTRA)),
        builders.user(TWO, proxies=("SMTP:svc.two@contoso.com", EXTRA)),
        builders.user("Ingrid Berg", proxies=("SMTP:ingrid.berg@contoso.com",)),
    )
    world.clock.forward(minutes=-12)
    world.sync()
    world.clock.forward(minutes=12)
    return world


def addresses(bot: Bot) -> dict[str, list[str]]:
    return {each.name: sorted(each.proxy_addresses) for each in bot.world.ad.values()}


async def sync(bot: Bot) -> None:
    """Half an hour of it, with the clean-up, a poll, and what the bot had put off."""
    bot.clock.forward(minutes=1)
    bot.world.sync()
    bot.world.sweep()
    await bot.poll()
    await bot.wait(minutes=29)


def about(bot: Bot, name: str) -> Any:
    """The proposal of the card that changes this account."""
    (found,) = [p for p in bot.case.proposals if p.steps[0].name == name]
    return found


def offered(bot: Bot) -> list[str]:
    """Whose change each Undo button of the card takes back, the first one first."""
    return [undo.steps[0].name for undo in undos_of_case(bot.case)]


def undo_about(bot: Bot, name: str) -> Any:
    (found,) = [u for u in undos_of_case(bot.case) if u.steps[0].name == name]
    return found


async def one_is_written() -> Bot:
    """The first of two has let go, and the card asks about the other one."""
    bot = Bot(three_hold_it())
    await bot.poll()
    await bot.click(INGRID, about=about(bot, ONE))
    await sync(bot)

    assert bot.state() is State.PENDING
    assert EXTRA not in addresses(bot)[ONE]
    return bot


async def both_are_written() -> Bot:
    bot = await one_is_written()
    await bot.click(INGRID, about=about(bot, TWO))
    await sync(bot)

    assert bot.state() is State.VERIFIED
    assert EXTRA not in addresses(bot)[TWO]
    return bot


# ---------------------------------------------------------------- put back


async def test_the_first_fix_can_be_put_back_while_the_card_asks_about_the_next_holder() -> None:
    first = addresses(Bot(three_hold_it()))
    bot = await one_is_written()

    assert offered(bot) == [ONE]

    await bot.click(KARI, "undo")

    assert addresses(bot) == first
    assert bot.state() is State.PENDING
    assert offered(bot) == []
    assert bot.actions().count("write.undone") == 1


@pytest.mark.parametrize("order", [(ONE, TWO), (TWO, ONE)])
@pytest.mark.parametrize("syncs", [True, False])
async def test_two_fixes_of_a_green_card_are_put_back_in_either_order(
    order: tuple[str, str],
    syncs: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    first = addresses(Bot(three_hold_it()))
    bot = await both_are_written()

    assert offered(bot) == [TWO, ONE]

    await bot.click(KARI, "undo", about=undo_about(bot, order[0]))
    if syncs:
        await sync(bot)

    assert offered(bot) == [order[1]]

    await bot.click(KARI, "undo")

    assert addresses(bot) == first
    assert offered(bot) == []


async def test_the_undo_of_the_newest_is_the_one_that_a_card_offers_first() -> None:
    bot = await both_are_written()
    await bot.click(KARI, "undo")

    assert (EXTRA in addresses(bot)[TWO], EXTRA in addresses(bot)[ONE]) == (True, False)


async def test_a_case_that_was_taken_to_be_late_and_looked_at_anew_keeps_its_undo() -> None:
    """Overdue, and by then it is another object that complains."""
    bot = Bot(three_hold_it())
    await bot.poll()
    await bot.click(INGRID, about=about(bot, ONE))
    await bot.wait(hours=3)

    assert bot.state() is State.OVERDUE

    await sync(bot)

    assert bot.state() is State.PENDING
    assert offered(bot) == [ONE]


async def test_an_error_that_is_back_within_the_day_leaves_what_was_written_to_be_put_back() -> (
    None
):
    bot = await both_are_written()
    bot.world.add(builders.user("Svc New", proxies=("SMTP:svc.new@contoso.com", EXTRA)))
    await sync(bot)

    assert bot.state() is State.PENDING
    assert offered(bot) == [TWO, ONE]


async def test_what_was_written_back_stands_no_more_and_is_not_offered() -> None:
    bot = await one_is_written()
    bot.world.edit(ONE, proxy_addresses=("SMTP:svc.one@contoso.com", EXTRA))
    await sync(bot)

    assert bot.state() is State.PENDING
    assert offered(bot) == []


async def test_a_change_seen_otherwise_by_a_quiet_look_is_taken_off_the_card() -> None:
    """Rejected is rejected, but the button for what somebody else has undone must go."""
    bot = await one_is_written()
    case = bot.cases.put(replace(bot.case, state=State.REJECTED))
    assert case.evidence is not None
    holder = builders.user(ONE, proxies=("SMTP:svc.one@contoso.com",))
    shown = replace(case.evidence, holders=(*case.evidence.holders, holder))
    bot.cases.put(replace(case, evidence=shown))
    before = bot.case
    result = await bot.tell(SyncErrorChanged(tenant=builders.TENANT, id="again", case_id=case.id))

    assert (bot.state(), bot.case.revision) == (State.REJECTED, before.revision)
    assert undos_of_case(before) == undos_of_case(bot.case) != ()
    assert result.follow == ()

    not_there = replace(holder, ad=builders.user(ONE, proxies=(EXTRA,)).ad)
    bot.cases.put(replace(bot.case, evidence=replace(shown, holders=(not_there,))))
    assert offered(bot) == []
    result = await bot.tell(SyncErrorChanged(tenant=builders.TENANT, id="again", case_id=case.id))

    assert offered(bot) == [ONE]
    assert [type(event) for event in result.follow] == [CaseChanged]


@pytest.mark.parametrize("ends", [State.REJECTED, State.EXPIRED])
async def test_nobody_has_to_decide_about_the_next_holder_first(ends: State) -> None:
    first = addresses(Bot(three_hold_it()))
    bot = await one_is_written()
    if ends is State.REJECTED:
        await bot.click(INGRID, "reject", about=about(bot, TWO))
    else:
        await bot.wait(hours=25)

    assert bot.state() is ends

    await bot.click(KARI, "undo")

    assert addresses(bot) == first


async def test_while_there_is_more_to_put_back_the_card_stays_for_a_day() -> None:
    bot = await both_are_written()
    await bot.click(KARI, "undo")
    await bot.wait(hours=23)

    assert (bot.state(), offered(bot)) == (State.UNDONE, [ONE])

    await bot.wait(hours=2)

    assert (bot.state(), offered(bot)) == (State.CLOSED, [])


async def test_what_a_closed_case_wrote_comes_up_again_with_the_error() -> None:
    first = addresses(Bot(three_hold_it()))
    bot = await both_are_written()
    await bot.click(KARI, "undo")
    await bot.wait(hours=25)
    await sync(bot)
    await sync(bot)

    assert (bot.state(), offered(bot)) == (State.PENDING, [ONE])

    await bot.click(KARI, "undo")

    assert addresses(bot) == first


async def test_a_green_card_that_is_put_away_is_history() -> None:
    bot = await both_are_written()
    await bot.wait(hours=25)
    bot.world.add(builders.user("Svc New", proxies=("SMTP:svc.new@contoso.com", EXTRA)))
    await sync(bot)

    assert (bot.state(), offered(bot)) == (State.PENDING, [])


# ---------------------------------------------------------------- who may, and why not


@pytest.mark.parametrize("who", [JOHN, OLA])
async def test_who_holds_the_value_or_may_not_approve_puts_nothing_earlier_back(who: Any) -> None:
    bot = await one_is_written()
    await bot.click(who, "undo")

    assert EXTRA not in addresses(bot)[ONE]
    assert bot.state() is State.PENDING
    assert len(bot.answers(who)) == 1


async def test_an_approval_to_put_back_something_earlier_is_good_for_fifteen_minutes() -> None:
    bot = await one_is_written()
    revision = bot.case.revision
    await bot.tell(bot.clicked(KARI, "undo"))
    bot.clock.forward(minutes=15)
    await bot.work()

    assert EXTRA not in addresses(bot)[ONE]
    assert (bot.state(), offered(bot)) == (State.PENDING, [ONE])
    assert bot.case.revision > revision
    assert bot.case.expires_at is not None


async def test_the_card_of_before_a_refused_undo_approves_nothing() -> None:
    bot = await one_is_written()
    card = bot.case
    await bot.tell(bot.clicked(KARI, "undo"))
    bot.clock.forward(minutes=15)
    await bot.work()
    await bot.click(KARI, "undo", on=card)

    assert "The evidence has changed" in bot.answers(KARI)[-1]
    assert EXTRA not in addresses(bot)[ONE]


async def through_the_writer(bot: Bot) -> None:
    for kind in (FixApproved, WriteDue):
        (event,) = [e for e in bot.cases.waiting if isinstance(e, kind)]
        bot.cases.waiting.remove(event)
        await bot.tell(event)


async def test_an_address_that_somebody_new_has_by_now_is_not_given_back() -> None:
    bot = await one_is_written()
    await bot.tell(bot.clicked(KARI, "undo"))
    bot.world.add(builders.user("A Third", proxies=(EXTRA,)))
    await through_the_writer(bot)

    assert "and A Third has it now" in bot.case.timeline[-1].say.english()
    assert EXTRA not in addresses(bot)[ONE]
    assert bot.state() is State.OPEN

    await bot.work()

    assert (bot.state(), offered(bot)) == (State.PENDING, [ONE])


async def test_what_somebody_else_has_changed_since_is_offered_once_and_then_no_more() -> None:
    bot = await one_is_written()
    bot.world.edit(ONE, proxy_addresses=("SMTP:svc.one@contoso.com", "smtp:John@Contoso.com"))

    assert offered(bot) == [ONE]

    await bot.tell(bot.clicked(KARI, "undo"))
    await through_the_writer(bot)

    assert "has been changed since by somebody else" in bot.case.timeline[-1].say.english()
    assert bot.case.past == ()

    await bot.work()

    assert (bot.state(), offered(bot)) == (State.PENDING, [])


async def test_a_double_click_on_an_earlier_undo_is_answered_and_puts_back_once() -> None:
    bot = await both_are_written()
    clicks = [bot.clicked(who, "undo", about=undo_about(bot, ONE)) for who in (KARI, INGRID, KARI)]
    await bot.tell(clicks[0])
    await bot.tell(clicks[1])
    await bot.work()
    await bot.tell(clicks[2])
    await bot.work()

    assert "being put back already" in bot.answers(INGRID)[0]
    assert bot.answers(KARI) == ["This was put back already, approved by Kari Holm."]
    assert bot.actions().count("write.undone") == 1


async def test_a_bot_that_does_not_write_puts_nothing_earlier_back() -> None:
    bot = await one_is_written()
    bot.mode = Mode.PROPOSE
    await bot.click(KARI, "undo")

    assert "in mode propose" in bot.answers(KARI)[0]
    assert EXTRA not in addresses(bot)[ONE]


async def test_a_click_where_nothing_was_ever_written_is_answered() -> None:
    bot = Bot(three_hold_it())
    await bot.poll()
    await bot.click(KARI, "undo")

    assert "nothing to put back now" in bot.answers(KARI)[0]


# ---------------------------------------------------------------- two people


def two_want_it_as_their_main_one() -> World:
    """And an account lists it too: its own fix is one click, the other one takes two people."""
    world = World()
    world.add(builders.keeper(cloud_proxies=()), builders.both_primary())
    world.add(builders.user(ONE, proxies=("SMTP:svc.one@contoso.com", EXTRA)))
    world.add(builders.user("Ingrid Berg", proxies=("SMTP:ingrid.berg@contoso.com",)))
    world.clock.forward(minutes=-12)
    world.sync()
    world.clock.forward(minutes=12)
    return world


async def test_what_two_people_changed_earlier_two_people_put_back_beside_a_waiting_fix() -> None:
    bot = Bot(two_want_it_as_their_main_one())
    first = addresses(bot)
    await bot.poll()
    fix = about(bot, "Johanna Dow")
    await bot.aside(LIV, "choose", about=fix)
    await bot.click(INGRID, reason=WHY, about=fix)
    await bot.click(KARI, about=fix)
    await sync(bot)

    assert (bot.state(), offered(bot)) == (State.PENDING, ["Johanna Dow"])

    await bot.click(KARI, "undo", reason=WHY)

    assert (bot.state(), len(bot.case.agreed)) == (State.PENDING, 1)

    await bot.click(KARI, "undo", reason=WHY)

    assert "Somebody else has to approve it too" in bot.answers(KARI)[-1]

    await bot.click(INGRID, "undo")

    assert addresses(bot) == first


# ---------------------------------------------------------------- the case keeps it


async def test_a_refused_undo_of_a_green_card_counts_its_repair_once() -> None:
    bot = await both_are_written()
    counted = bot.case.repairs
    await bot.tell(bot.clicked(KARI, "undo"))
    bot.people.approvers.discard(KARI)
    await bot.work()

    assert bot.actions()[-2:] == ["write.not_undone", "case.verified"]
    assert bot.case.repairs == counted


async def test_a_refused_undo_of_an_earlier_change_leaves_the_green_card_green() -> None:
    bot = await both_are_written()
    counted = bot.case.repairs
    await bot.tell(bot.clicked(KARI, "undo", about=undo_about(bot, ONE)))
    bot.people.approvers.discard(KARI)
    await bot.work()
    await bot.wait(minutes=5)

    assert (bot.state(), offered(bot), bot.case.repairs) == (State.VERIFIED, [TWO, ONE], counted)


def renamed(done: Done, name: str) -> Done:
    receipts = tuple(replace(r, proposal_id=name) for r in done.receipts)
    return replace(done, proposal=replace(done.proposal, id=name), receipts=receipts)


async def test_a_change_written_over_by_a_later_one_waits_until_that_is_put_back() -> None:
    bot = await one_is_written()
    (done,) = bot.case.past
    again = renamed(done, "p-later")
    bot.cases.put(replace(bot.case, past=(done, again)))

    assert [u.undo_of for u in undos_of_case(bot.case)] == ["p-later"]

    bot.cases.put(replace(bot.case, past=(done, replace(again, put_back=True))))

    assert [u.undo_of for u in undos_of_case(bot.case)] == [done.proposal.id]


async def test_the_last_ten_are_kept() -> None:
    bot = await both_are_written()
    (done,) = bot.case.past
    many = tuple(renamed(done, f"p-{n}") for n in range(12))
    after = set_aside(replace(bot.case, past=many))

    assert len(after.past) == MOST_PAST
    assert after.past[-1].proposal.steps[0].name == TWO
    assert (after.decision, after.receipts, after.undo) == (None, (), None)


async def test_a_partly_written_fix_goes_along_with_what_was_written_of_it() -> None:
    bot = await both_are_written()
    case = replace(bot.case, state=State.PARTIAL, past=())
    after = set_aside(case)
    undo = undo_of_case(replace(after, state=State.OPEN, evidence=None))

    assert [d.receipts for d in after.past] == [case.receipts]
    assert undo is not None
    assert undo.steps[0].name == TWO


def test_a_case_that_was_stored_before_there_was_a_past_is_still_read() -> None:
    case = builders.case()
    old = json.loads(wire.encode_case(case))
    del old["case"]["past"]
    old["schema"] = 2
    read = wire.decode_case(case.id, json.dumps(old))

    assert read == replace(case, version=case.version + 1)


def test_what_was_written_comes_back_from_the_store_whole() -> None:
    case = builders.case()
    done = Done(proposal=case.proposals[0], receipts=(builders.receipt(case),), at=NOW)
    kept = replace(case, past=(done,))

    assert wire.decode_case(case.id, wire.encode_case(kept)).past == (done,)
