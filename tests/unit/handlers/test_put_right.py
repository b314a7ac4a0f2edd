"""In: cases whose data is right already, and alerts while the sync stands still. Out: what becomes of them by itself.
Promise: late turns into stuck without anybody's click; an alert never waits for the sync.
"""

from dataclasses import replace
from datetime import timedelta

from bot.events import SyncErrorSeen
from bot.model import Case, Evidence, Kind, Mode
from bot.triage.policy import Policy
from handlers.review import review
from handlers.timing import Timing
from tests.builders import NOW, TENANT, gap, key, tenant_facts
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID
from tests.unit.triage.cases.world import asker, owner, read_of


def address(bot: Bot) -> Case:
    """The case about the address; a sync that stopped is another one."""
    return next(c for c in bot.cases.all() if c.key.kind is Kind.ADDRESS)


def code(bot: Bot) -> str:
    diagnosis = address(bot).diagnosis
    return diagnosis.code if diagnosis else ""


def then(bot: Bot) -> str:
    return " ".join(s.english() for s in bot.case.diagnosis.then) if bot.case.diagnosis else ""


async def test_what_entra_does_not_let_go_of_is_stuck_after_hours_without_a_click() -> None:
    bot = Bot()
    await bot.poll()
    bot.world.edit("Svc Scanner", proxy_addresses=("SMTP:svc.scanner@contoso.com",))
    await bot.click(INGRID, "recheck")

    assert code(bot) == "C54"
    since = bot.case.fixed_since

    await bot.wait(hours=2)

    assert code(bot) == "C54"
    assert "has not cleaned up" in then(bot)

    await bot.wait(hours=3)

    assert code(bot) == "C55"
    assert bot.case.fixed_since == since


async def test_what_no_sync_has_carried_over_is_late_and_stays_watched() -> None:
    bot = Bot()
    await bot.poll()
    bot.world.edit("Svc Scanner", proxy_addresses=("SMTP:svc.scanner@contoso.com",))
    await bot.click(INGRID, "recheck")
    bot.world.sync_runs = False
    await bot.wait(hours=9)

    assert code(bot) == "C54"

    bot.world.sync_runs = True
    bot.world.last_sync_at = bot.clock.now()
    await bot.wait(hours=3)

    assert code(bot) == "C55"


STOPPED = tenant_facts(last_sync_at=NOW - timedelta(hours=9))


def reviewed(read: Evidence, known: Case | None = None) -> Case:
    result = review(
        SyncErrorSeen(tenant=TENANT, id="1", case_id=key().id),
        known or Case(key=key(), first_seen=NOW),
        read,
        now=NOW,
        mode=Mode.APPLY,
        timing=Timing(),
        policy=Policy(),
    )
    assert result.case is not None
    return result.case


def test_an_alert_is_not_held_while_the_sync_stands_still() -> None:
    case = reviewed(read_of(asker(), owner(), roles=("Global Administrator",), tenant=STOPPED))

    assert case.diagnosis is not None
    assert (case.diagnosis.alert, case.held) == (True, None)


def test_what_turns_out_to_be_an_alert_is_told_to_the_channel_once() -> None:
    """A card that begins as one is seen there anyway."""
    attack = read_of(asker(), owner(), roles=("Global Administrator",))
    harmless = reviewed(read_of(asker(), owner()))
    turned = reviewed(attack, harmless)
    again = reviewed(replace(attack, gaps=(gap(),)), turned)

    assert [m.broadcast for m in turned.timeline] == [False, True]
    assert not any(m.broadcast for m in again.timeline[2:])
    assert not any(m.broadcast for m in reviewed(attack).timeline)


def test_every_other_case_is_held() -> None:
    case = reviewed(read_of(asker(), owner(), tenant=STOPPED))

    assert case.diagnosis is not None
    assert case.diagnosis.alert is False
    assert case.held is not None
