"""In: a written case and somebody who presses Undo. Out: AD as it was before, or the reason why not.
Promise: put back once, only by who may, only while nobody else has touched it; a try that fails leaves the fix watched.
"""

from dataclasses import replace
from typing import Any

import pytest

from bot.errors import Unreachable
from bot.events import FixApproved, VerifyDue, WriteDue
from bot.model import Before, Change, Mode, Say, State, WriteResult
from bot.triage.past import undo_of_case
from bot.triage.plan import check_signature, hash_of
from tests import builders
from tests.builders import TENANT, VALUE
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, JOHN, KARI, OLA, PEER
from tests.fakes.world import World, everyday
from tests.fakes.writer import Fault

SCANNER = "Svc Scanner"
EXTRA = f"smtp:{VALUE}"
BEFORE = ("SMTP:svc.scanner@contoso.com", EXTRA)
LEFT = BEFORE[:1]
WHY = "It was the wrong account after all."


async def written(**more: Any) -> Bot:
    bot = Bot(**more)
    await bot.poll()
    await bot.click(INGRID)

    assert bot.state() is State.WRITTEN
    return bot


async def verified() -> Bot:
    bot = await written()
    bot.clock.forward(minutes=1)
    bot.world.sync()
    bot.world.sweep()
    await bot.wait(minutes=3)

    assert bot.state() is State.VERIFIED
    return bot


def addresses(bot: Bot) -> tuple[str, ...]:
    return bot.world.person(SCANNER).proxy_addresses


async def test_an_undo_goes_the_way_of_a_fix_and_ends_where_it_began() -> None:
    bot = await written()
    before = bot.case
    await bot.tell(bot.clicked(KARI, "undo"))
    states = [bot.state()]
    for kind in (FixApproved, WriteDue):
        (event,) = [e for e in bot.cases.waiting if isinstance(e, kind)]
        bot.cases.waiting.remove(event)
        await bot.tell(event)
        states.append(bot.state())
    undo = bot.case.undo

    assert states == [State.APPROVED, State.APPLYING, State.UNDONE]
    assert addresses(bot) == BEFORE
    assert undo is not None
    check_signature(undo, bot.signer.key.public_key())
    assert [a.name for a in undo.approvals] == ["Kari Holm"]
    assert bot.case.decision == before.decision
    assert [r.result for r in bot.case.receipts] == [WriteResult.WRITTEN] * 2
    assert bot.actions()[-3:] == ["undo.approved", "write.intent", "write.undone"]


async def test_then_the_case_is_looked_at_like_any_other() -> None:
    bot = await written()
    old = bot.case.proposals[0]
    await bot.click(KARI, "undo")

    assert (bot.state(), bot.case.revision, bot.case.undo) == (State.PENDING, 2, None)
    assert bot.case.proposals[0].id != old.id

    await bot.click(INGRID)

    assert (bot.state(), addresses(bot), len(bot.writer.modifies)) == (State.WRITTEN, LEFT, 3)


@pytest.mark.parametrize("who", [INGRID, KARI])
async def test_whoever_may_approve_may_undo_the_fixer_too(who: Any) -> None:
    bot = await written()
    await bot.click(who, "undo")

    assert addresses(bot) == BEFORE


@pytest.mark.parametrize("who", [JOHN, OLA, PEER])
async def test_who_may_not_approve_or_is_part_of_it_may_not_undo(who: Any) -> None:
    bot = await written()
    await bot.click(who, "undo")

    assert (bot.state(), addresses(bot)) == (State.WRITTEN, LEFT)
    assert len(bot.answers(who)) == 1


async def test_a_green_card_can_be_put_back_for_a_day_and_its_error_comes_again() -> None:
    bot = await verified()
    bot.clock.forward(hours=23)
    await bot.click(KARI, "undo")

    assert addresses(bot) == BEFORE
    # Entra has heard of nothing yet: no error, so the case waits closed for the one that the sync will bring
    assert bot.state() in {State.UNDONE, State.CLOSED}

    bot.world.sync()
    await bot.poll()
    await bot.poll()

    assert (bot.state(), bot.case.diagnosis and bot.case.diagnosis.code) == (State.PENDING, "C01")


async def test_a_closed_card_is_answered() -> None:
    bot = await verified()
    card = bot.case
    await bot.wait(hours=25)
    await bot.tell(replace(bot.clicked(KARI, "undo", on=card)))
    await bot.work()

    assert (bot.state(), addresses(bot)) == (State.CLOSED, LEFT)
    assert "for a day after it was verified" in bot.answers(KARI)[0]


async def test_an_undone_fix_is_not_remembered_as_one_that_somebody_wrote_back() -> None:
    bot = await verified()

    assert [r.deleted for r in bot.case.repairs] == [(EXTRA,)]

    await bot.click(KARI, "undo")

    assert bot.case.repairs == ()


# ---------------------------------------------------------------- why not


def third_holder_in_ad(bot: Bot) -> None:
    bot.world.add(builders.user("A Third", proxies=(EXTRA,)))


def third_holder_in_entra(bot: Bot) -> None:
    bot.world.add(builders.only_in_cloud("Guest", proxy_addresses=(EXTRA,)))


def somebody_wrote_it_back(bot: Bot) -> None:
    bot.world.edit(SCANNER, proxy_addresses=(*LEFT, "smtp:John@contoso.com"))


def gone(bot: Bot) -> None:
    del bot.world.ad[bot.world.person(SCANNER).guid]


def unreadable(bot: Bot) -> None:
    bot.world.forest_away = True


def a_list_is_shut(bot: Bot) -> None:
    bot.world.groups_readable = False


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (third_holder_in_ad, "and A Third has it now"),
        (third_holder_in_entra, "and Guest has it now"),
        (somebody_wrote_it_back, "has been changed since by somebody else"),
        (gone, "is gone from AD"),
        (unreadable, "could not be read everywhere"),
        (a_list_is_shut, "could not be read everywhere"),
    ],
)
async def test_what_is_not_as_we_left_it_is_not_put_back(happens: Any, said: str) -> None:
    bot = await written()
    await bot.tell(bot.clicked(KARI, "undo"))
    happens(bot)
    before = dict(bot.world.ad)
    for kind in (FixApproved, WriteDue):
        (event,) = [e for e in bot.cases.waiting if isinstance(e, kind)]
        bot.cases.waiting.remove(event)
        await bot.tell(event)

    assert bot.state() is State.WRITTEN
    assert (dict(bot.world.ad), len(bot.writer.modifies)) == (before, 1)
    assert said in bot.case.timeline[-1].say.english()
    assert bot.case.timeline[-1].broadcast
    assert (bot.case.undo, len(bot.case.proposals)) == (None, 1)
    assert VerifyDue in {type(event) for event in bot.cases.waiting}
    assert bot.actions()[-1] == "write.not_undone"


async def test_a_list_that_nobody_could_read_at_the_approval_either_is_no_reason_against_it() -> (
    None
):
    world = everyday()
    world.groups_readable = False
    bot = await written(world=world)
    await bot.click(KARI, "undo")

    assert sorted(addresses(bot)) == sorted(BEFORE)


async def test_an_address_that_came_since_is_no_reason_against_it_and_stays() -> None:
    bot = await written()
    bot.world.edit(SCANNER, proxy_addresses=(*LEFT, "smtp:scans@contoso.com"))
    await bot.click(KARI, "undo")

    assert sorted(addresses(bot)) == sorted((*BEFORE, "smtp:scans@contoso.com"))


async def test_the_keeper_who_has_the_value_is_no_stranger() -> None:
    bot = await written()
    bot.world.edit("John Doe", display_name="John M. Doe")
    await bot.click(KARI, "undo")

    assert addresses(bot) == BEFORE


async def test_after_a_try_that_came_to_nothing_the_next_one_counts() -> None:
    bot = await written()
    third_holder_in_ad(bot)
    await bot.click(KARI, "undo")
    old_card = bot.case
    del bot.world.ad[bot.world.person("A Third").guid]

    assert (bot.state(), addresses(bot)) == (State.WRITTEN, LEFT)

    await bot.click(KARI, "undo", on=replace(old_card, revision=1))

    assert "The evidence has changed" in bot.answers(KARI)[-1]

    await bot.click(KARI, "undo")

    assert addresses(bot) == BEFORE


async def test_a_fix_whose_undo_failed_is_watched_until_it_is_green() -> None:
    bot = await written()
    bot.writer.just_before = lambda: third_holder_in_ad(bot)
    bot.people.approvers.discard(JOHN)
    await bot.tell(bot.clicked(KARI, "undo"))
    bot.people.approvers.discard(KARI)
    await bot.work()

    assert bot.state() is State.WRITTEN

    bot.clock.forward(minutes=1)
    bot.world.sync()
    bot.world.sweep()
    await bot.wait(minutes=3)

    assert (bot.state(), len(bot.writer.modifies)) == (State.VERIFIED, 1)


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.PROPOSE])
async def test_a_bot_that_does_not_write_puts_nothing_back(mode: Mode) -> None:
    bot = await written()
    bot.mode = mode
    await bot.click(KARI, "undo")

    assert (bot.state(), addresses(bot)) == (State.WRITTEN, LEFT)
    assert f"in mode {mode}" in bot.answers(KARI)[0]


async def test_what_a_person_made_by_hand_is_not_put_back_by_the_bot() -> None:
    bot = Bot(mode=Mode.PROPOSE)
    await bot.poll()
    await bot.click(INGRID)
    bot.world.edit(SCANNER, proxy_addresses=LEFT)
    await bot.wait(minutes=3)
    bot.mode = Mode.APPLY
    await bot.click(KARI, "undo")

    assert (bot.state(), addresses(bot)) == (State.WRITTEN, LEFT)
    assert bot.answers(KARI) == [
        "The bot did not write this change, so it has nothing to put back."
    ]


async def test_a_double_click_is_one_undo() -> None:
    bot = await written()
    clicks = [bot.clicked(KARI, "undo"), bot.clicked(INGRID, "undo")]
    for click in clicks:
        await bot.tell(click)
    await bot.work()

    assert len(bot.writer.modifies) == 2
    assert bot.answers(INGRID) == ["It is being put back already, approved by Kari Holm."]


async def test_an_approval_to_undo_is_good_for_fifteen_minutes() -> None:
    bot = await written()
    await bot.tell(bot.clicked(KARI, "undo"))
    bot.clock.forward(minutes=15)
    await bot.work()

    assert (bot.state(), addresses(bot)) == (State.WRITTEN, LEFT)


@pytest.mark.parametrize(
    ("fault", "there"), [(Fault.LOST_AFTER, BEFORE), (Fault.LOST_BEFORE, LEFT)]
)
async def test_a_lost_answer_to_an_undo_is_settled_by_reading(
    fault: Fault, there: tuple[str, ...]
) -> None:
    bot = await written()
    bot.writer.fault = fault
    await bot.click(KARI, "undo")

    assert bot.state() is State.UNKNOWN

    bot.writer.fault = Fault.NONE
    await bot.wait(minutes=2)

    assert addresses(bot) == there
    assert len(bot.writer.modifies) == (2 if there == BEFORE else 1)
    assert bot.state() is (State.PENDING if there == BEFORE else State.WRITTEN)


async def test_a_domain_controller_that_is_away_is_waited_for() -> None:
    bot = await written()
    await bot.tell(bot.clicked(KARI, "undo"))
    (approval,) = [e for e in bot.cases.waiting if isinstance(e, FixApproved)]
    await bot.tell(approval)
    (due,) = [e for e in bot.cases.waiting if isinstance(e, WriteDue)]
    bot.writer.fault = Fault.AWAY
    with pytest.raises(Unreachable):
        await bot.tell(due)
    bot.writer.fault = Fault.NONE
    await bot.tell(due)

    assert (bot.state(), addresses(bot)) == (State.UNDONE, BEFORE)


async def test_an_undo_made_up_in_redis_is_not_the_one_of_the_journal() -> None:
    """The edge signs what stands in Redis; the writer asks its own journal what was really written."""
    bot = await written()
    before = tuple(
        replace(b, values=(*b.values, "smtp:ceo@contoso.com"))
        for b in (Before(bot.world.person(SCANNER).ref, "proxyAddresses", BEFORE),)
    )
    forged = replace(
        bot.case.proposals[0],
        steps=tuple(
            replace(s, changes=(Change("proxyAddresses", (EXTRA, "smtp:ceo@contoso.com")),))
            for s in bot.case.proposals[0].steps
        ),
    )
    forged = replace(forged, plan_hash=hash_of(TENANT, forged))
    receipts = tuple(replace(r, before=before) for r in bot.case.receipts)
    bot.cases.put(replace(bot.case, proposals=(forged,), receipts=receipts))
    await bot.click(KARI, "undo")

    assert (addresses(bot), len(bot.writer.modifies)) == (LEFT, 1)
    assert "The journal does not say" in " ".join(m.say.english() for m in bot.case.timeline)


# ---------------------------------------------------------------- two people, two steps


def two_main_addresses() -> World:
    """Both want the address as their main one: a fix that takes two people."""
    world = World()
    world.add(builders.keeper(cloud_proxies=()), builders.both_primary())
    world.add(builders.user("Ingrid Berg", proxies=("SMTP:ingrid.berg@contoso.com",)))
    world.clock.forward(minutes=-12)
    world.sync()
    world.clock.forward(minutes=12)
    return world


async def test_what_two_people_approved_two_people_put_back() -> None:
    bot = Bot(world=two_main_addresses())
    before = bot.world.person("Johanna Dow")
    await bot.poll()
    await bot.click(INGRID, reason=WHY)
    await bot.click(KARI)

    assert bot.state() is State.WRITTEN
    assert bot.world.person("Johanna Dow") != before

    await bot.click(KARI, "undo")

    assert "two people and a reason" in bot.answers(KARI)[-1]

    await bot.click(KARI, "undo", reason=WHY)
    await bot.click(KARI, "undo", reason=WHY)

    assert bot.state() is State.WRITTEN
    assert "Somebody else has to approve it too" in bot.answers(KARI)[-1]

    await bot.click(INGRID, "undo")
    after = bot.world.person("Johanna Dow")

    assert sorted(after.proxy_addresses) == sorted(before.proxy_addresses)
    assert (after.mail, bot.state()) == (before.mail, State.PENDING)
    assert [a for a in bot.actions() if a.startswith("undo.")] == ["undo.agreed", "undo.approved"]


async def partly_written() -> Bot:
    """No case of today makes two steps; the machine must be right before one does."""
    bot = await written()
    case = bot.case
    one, first = case.proposals[0], case.receipts[0]
    other = bot.world.person("Ingrid Berg")
    more = replace(
        one.steps[0],
        guid=other.guid,
        dn=other.dn,
        name=other.name,
        changes=(Change("proxyAddresses", delete=("smtp:not-there@contoso.com",)),),
    )
    two = replace(one, steps=(*one.steps, more))
    two = replace(two, plan_hash=hash_of(TENANT, two))
    assert case.decision is not None
    bot.journal.intents[one.id] = (case.decision, two)
    second = replace(first, step=1, result=WriteResult.STALE, note=Say("It has changed."))
    bot.journal.known.append(second)
    bot.cases.put(replace(case, state=State.PARTIAL, proposals=(two,), receipts=(first, second)))
    return bot


async def test_of_a_partly_written_fix_what_was_written_is_put_back() -> None:
    bot = await partly_written()
    undo = undo_of_case(bot.case)
    assert undo is not None
    await bot.click(KARI, "undo")

    assert [step.name for step in undo.steps] == [SCANNER]
    assert addresses(bot) == BEFORE


async def test_a_partly_written_fix_stays_that_when_it_cannot_be_put_back() -> None:
    bot = await partly_written()
    third_holder_in_ad(bot)
    await bot.click(KARI, "undo")

    assert (bot.state(), addresses(bot)) == (State.PARTIAL, LEFT)
    assert undo_of_case(bot.case) is not None
