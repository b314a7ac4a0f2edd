"""In: a change of a sign-in name in Entra, approved by two people. Out: the way of a fix, on the side of Entra.
Promise: written once and read again; what is lost, late or changed back ends as it does for AD; AD is never touched.
"""

from dataclasses import replace
from typing import Any

import pytest

from bot.events import VerifyDue, WriteDue
from bot.model import Change, CloudObject, Kind, Mode, Proposal, Side, State, WriteResult
from bot.triage.choice import shown
from bot.triage.past import undo_of_case
from bot.triage.policy import Policy
from tests import builders
from tests.builders import TENANT, VALUE
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, KARI, LIV
from tests.fakes.world import World
from tests.fakes.writer import Fault

EVA = "Eva Lund"
BO = "Bo Berg"
NEW = "eva.lund@contoso.com"
SIGN_IN = "userPrincipalName"
WHY = "The shop agreed to use the other name."


def company() -> World:
    """Eva's account was made in Entra and signs in as john@contoso.com; in AD, Bo lists that as an extra address."""
    world = World()
    eva = builders.only_in_cloud(
        EVA, user_principal_name=VALUE, mail=None, proxy_addresses=(), licensed=False
    )
    bo = builders.user(BO, proxies=("SMTP:bo.berg@contoso.com", f"smtp:{VALUE}"))
    world.add(eva, bo)
    world.sync()
    assert bo.cloud is not None
    entra_bo = world.entra[bo.cloud.id]
    listed = tuple(v for v in entra_bo.proxy_addresses if VALUE not in v)
    error = builders.error(
        object_id=bo.cloud.id, object_name=BO, value=f"smtp:{VALUE}", occurred_at=world.clock.now()
    )
    world.entra[bo.cloud.id] = replace(entra_bo, proxy_addresses=listed, errors=(error,))
    world.last_sync_at = world.clock.now()
    return world


def eva(bot: Bot) -> CloudObject:
    return bot.world.account(EVA)


def cleaned(bot: Bot) -> None:
    """A sync, and the hourly clean-up that finds nobody else with the value and gives it to Bo."""
    bo = bot.world.account(BO)
    bot.world.entra[bo.id] = replace(
        bo,
        errors=(),
        proxy_addresses=(*bo.proxy_addresses, f"smtp:{VALUE}"),
        last_sync_at=bot.clock.now(),
    )


async def seen(**more: Any) -> Bot:
    bot = Bot(world=company(), policy=Policy(renames_in_entra=True), **more)
    await bot.poll()

    assert bot.case.diagnosis is not None
    assert (bot.case.diagnosis.code, bot.state()) == ("C24", State.PENDING)
    if rename_of(bot) != shown(bot.case):
        await bot.aside(LIV, "choose", about=rename_of(bot))
    return bot


def rename_of(bot: Bot) -> Proposal:
    return next(p for p in bot.case.proposals if p.steps[0].side is Side.ENTRA)


async def approved(**more: Any) -> Bot:
    bot = await seen(**more)
    for who in (INGRID, KARI):
        await bot.click(who, "approve", about=rename_of(bot), reason=WHY)
    return bot


async def test_it_is_written_in_entra_alone_and_turns_green_when_the_error_is_gone() -> None:
    bot = await approved()
    before = dict(bot.world.ad)
    told = [m.say.english() for m in bot.case.timeline]

    assert (bot.state(), eva(bot).user_principal_name) == (State.WRITTEN, NEW)
    assert (len(bot.entra_writer.modifies), bot.writer.modifies) == (1, [])
    assert "Written in Entra. The bot keeps looking until the error is gone." in told
    assert [r.dc for r in bot.case.receipts] == ["Entra"]

    bot.clock.forward(minutes=1)
    cleaned(bot)
    await bot.wait(minutes=3)

    assert (bot.state(), bot.world.ad) == (State.VERIFIED, before)


async def test_it_is_not_green_while_entra_shows_the_old_name() -> None:
    bot = await approved()
    cleaned(bot)
    account = eva(bot)
    bot.world.entra[account.id] = replace(account, user_principal_name=VALUE)
    await bot.wait(minutes=3)

    assert bot.state() is State.WRITTEN  # a replica that has not heard of it yet

    await bot.wait(hours=3)

    assert State.VERIFIED is not bot.state()
    assert "Entra no longer shows what was written" in " ".join(
        m.say.english() for m in bot.case.timeline
    )


async def test_a_third_name_there_means_that_somebody_changed_it_again() -> None:
    bot = await approved()
    account = eva(bot)
    bot.world.entra[account.id] = replace(account, user_principal_name="eva@contoso.com")
    await bot.wait(minutes=3)

    assert "Entra no longer shows what was written" in " ".join(
        m.say.english() for m in bot.case.timeline
    )


async def test_undo_gives_the_old_name_back() -> None:
    bot = await approved()
    for who in (INGRID, KARI):
        await bot.click(who, "undo", reason=WHY)
    told = [m.say.english() for m in bot.case.timeline]

    assert eva(bot).user_principal_name == VALUE
    assert "Put back in Entra, as it was before the change." in told
    assert bot.writer.modifies == []


async def test_an_account_that_is_gone_is_not_put_back() -> None:
    bot = await approved()
    del bot.world.entra[eva(bot).id]
    for who in (INGRID, KARI):
        await bot.click(who, "undo", reason=WHY)

    assert "Not put back: Eva Lund is gone from Entra." in [
        m.say.english() for m in bot.case.timeline
    ]


@pytest.mark.parametrize(
    ("fault", "state", "name"),
    [
        (Fault.LOST_AFTER, State.WRITTEN, NEW),
        (Fault.LOST_BEFORE, State.PENDING, VALUE),
    ],
)
async def test_a_lost_answer_is_settled_by_reading(fault: Fault, state: State, name: str) -> None:
    bot = await seen()
    bot.entra_writer.fault = fault
    for who in (INGRID, KARI):
        await bot.click(who, "approve", about=rename_of(bot), reason=WHY)

    assert bot.state() is State.UNKNOWN
    assert bot.case.receipts[-1].result is WriteResult.UNKNOWN

    bot.entra_writer.fault = Fault.NONE
    await bot.wait(minutes=2)

    assert (bot.state(), eva(bot).user_principal_name) == (state, name)
    assert len(bot.entra_writer.modifies) == (fault is Fault.LOST_AFTER)


async def test_without_an_account_that_may_write_there_it_is_refused_and_said() -> None:
    bot = await seen()
    bot.writers = {Side.AD: bot.writer}
    for who in (INGRID, KARI):
        await bot.click(who, "approve", about=rename_of(bot), reason=WHY)

    assert (bot.state(), eva(bot).user_principal_name) == (State.REFUSED, VALUE)
    assert "Set entra_writer" in bot.case.timeline[-1].say.english()


async def test_made_by_hand_it_is_recognised_too() -> None:
    bot = await approved(mode=Mode.PROPOSE)

    assert (bot.state(), bot.entra_writer.modifies) == (State.APPROVED, [])

    account = eva(bot)
    bot.world.entra[account.id] = replace(account, user_principal_name=NEW)
    await bot.wait(minutes=3)

    assert "The change was made by hand in Entra." in [m.say.english() for m in bot.case.timeline]


async def test_eva_gone_while_it_is_watched_is_told() -> None:
    bot = await approved()
    del bot.world.entra[eva(bot).id]
    await bot.tell(VerifyDue(tenant=TENANT, id="look", case_id=bot.case.id))

    assert "The account that was written to is gone from Entra. Looking again." in [
        m.say.english() for m in bot.case.timeline
    ]
    assert bot.case.key.kind is Kind.ADDRESS


async def test_it_is_not_green_before_whoever_asked_for_the_value_has_it() -> None:
    """The error can go before the value comes: who looked only for the error called that fixed."""
    bot = await approved()
    bo = bot.world.account(BO)
    bot.world.entra[bo.id] = replace(bo, errors=(), last_sync_at=bot.clock.now())
    await bot.wait(minutes=3)

    assert bot.state() is not State.VERIFIED

    cleaned(bot)
    await bot.wait(minutes=3)

    assert bot.state() is State.VERIFIED


async def test_a_lost_answer_does_not_hang_when_writing_was_switched_off_meanwhile() -> None:
    bot = await seen()
    bot.entra_writer.fault = Fault.LOST_AFTER
    for who in (INGRID, KARI):
        await bot.click(who, "approve", about=rename_of(bot), reason=WHY)
    bot.writers = {Side.AD: bot.writer}
    await bot.wait(minutes=5)
    told = [m.say.english() for m in bot.case.timeline]

    assert bot.state() is not State.UNKNOWN
    assert not bot.cases.waiting
    assert any("Look at Eva Lund yourself" in each for each in told)


async def test_a_case_made_up_in_redis_does_not_become_a_write_of_ours() -> None:
    """An "unknown" write that the journal does not know is read, and vouched for by nobody."""
    bot = await seen()
    first = rename_of(bot)
    forged = replace(
        first,
        id="p-forged",
        steps=(
            replace(
                first.steps[0], changes=(Change(SIGN_IN, ("attacker@contoso.com",), (VALUE,)),)
            ),
        ),
        affected=(),
    )
    case = bot.case
    made_up = builders.decision(case, proposal_id=forged.id, revision=case.revision)
    bot.cases.put(
        replace(
            case, state=State.UNKNOWN, proposals=(forged,), decision=replace(made_up, signature="")
        )
    )
    await bot.tell(WriteDue(tenant=TENANT, id="w", case_id=case.id, proposal_id=forged.id))

    assert bot.journal.intents == {}
    assert bot.journal.known == []
    assert undo_of_case(bot.case) is None
