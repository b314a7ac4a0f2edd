"""In: a written case and what AD and Entra show later. Out: green only when both are right, and never too early."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.events import FixWritten, VerifyDue
from bot.model import Mode, Origin, State
from tests import builders
from tests.builders import TENANT, VALUE
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID
from tests.fakes.writer import Fault

SCANNER = "Svc Scanner"
LEFT = ("SMTP:svc.scanner@contoso.com",)


async def written() -> Bot:
    bot = Bot()
    await bot.poll()
    await bot.click(INGRID)
    return bot


def look(bot: Bot) -> VerifyDue:
    return VerifyDue(tenant=TENANT, id=f"verify:{bot.case.id}", case_id=bot.case.id)


async def sync(bot: Bot) -> None:
    bot.clock.forward(minutes=1)
    bot.world.sync()


async def test_written_then_exported_then_verified_then_closed_after_a_day() -> None:
    bot = await written()
    states = [bot.state()]
    await bot.tell(look(bot))
    states.append(bot.state())
    await sync(bot)
    await bot.tell(look(bot))
    states.append(bot.state())
    bot.world.sweep()
    await bot.tell(look(bot))
    states.append(bot.state())
    bot.clock.forward(hours=23)
    await bot.tell(look(bot))
    states.append(bot.state())
    bot.clock.forward(hours=1)
    await bot.tell(look(bot))
    states.append(bot.state())

    assert states == [
        State.WRITTEN,
        State.WRITTEN,
        State.EXPORTED,
        State.VERIFIED,
        State.VERIFIED,
        State.CLOSED,
    ]
    assert bot.sync.asked == 1
    assert not any(moment.broadcast for moment in bot.case.timeline)  # all went well


async def test_nothing_has_to_be_told_twice_for_the_case_to_go_on() -> None:
    bot = await written()
    await sync(bot)
    bot.world.sweep()
    await bot.wait(minutes=5)

    assert bot.state() is State.VERIFIED


async def test_it_is_not_green_while_entra_shows_the_error() -> None:
    bot = await written()
    await sync(bot)
    await bot.wait(hours=1)

    assert bot.state() is State.EXPORTED


async def test_it_is_not_green_while_entra_shows_the_value_on_the_wrong_one() -> None:
    bot = await written()
    account = bot.world.account(SCANNER)
    bot.world.entra[account.id] = replace(
        account, errors=(), proxy_addresses=(*account.proxy_addresses, f"smtp:{VALUE}")
    )
    await bot.tell(look(bot))

    assert bot.state() is State.WRITTEN


async def test_overdue_is_said_once_and_ends_by_itself() -> None:
    bot = await written()
    await bot.wait(hours=5)
    said = [m.say.msgid for m in bot.case.timeline if "still complains" in m.say.msgid]

    assert (bot.state(), len(said)) == (State.OVERDUE, 1)

    await sync(bot)
    bot.world.sweep()
    await bot.wait(minutes=3)

    assert bot.state() is State.VERIFIED


@pytest.mark.parametrize("back", [f"smtp:{VALUE}", "smtp:John@Contoso.com", f"SMTP:{VALUE}"])
async def test_a_value_that_somebody_wrote_back_is_told_and_looked_at_anew(back: str) -> None:
    """In other letter case it went unseen; and the case stayed failed although it said "looking again"."""
    bot = await written()
    bot.world.edit(SCANNER, proxy_addresses=(*LEFT, back))
    await bot.tell(look(bot))

    assert bot.state() is State.FAILED
    assert bot.actions()[-1] == "case.written_back"

    await bot.work()

    assert bot.case.revision == 2
    assert bot.state() in {State.PENDING, State.OPEN}
    assert len(bot.writer.modifies) == 1


async def test_a_controller_that_has_not_replicated_yet_is_no_change_behind_our_back() -> None:
    """Read from another DC the old value still stood there: "somebody changed it back", said the card."""
    bot = Bot()
    old = builders.stamp(changed_at=bot.clock.now() - timedelta(days=3))
    bot.world.edit(SCANNER, stamps=(old,))
    await bot.poll()
    before = bot.world.person(SCANNER)
    await bot.tell(bot.clicked(INGRID))
    await bot.tell(bot.cases.waiting[0])
    (due,) = [e for e in bot.cases.waiting if type(e).__name__ == "WriteDue"]
    await bot.tell(due)
    after = bot.world.person(SCANNER)
    bot.world.ad[before.guid] = before
    await bot.work()

    assert bot.state() is State.WRITTEN

    bot.world.ad[before.guid] = after
    await sync(bot)
    bot.world.sweep()
    await bot.wait(minutes=3)

    assert bot.state() is State.VERIFIED


async def test_a_stamp_of_after_the_write_says_that_it_was_changed_back() -> None:
    bot = await written()
    bot.clock.forward(minutes=2)
    bot.world.edit(
        SCANNER,
        proxy_addresses=(*LEFT, f"smtp:{VALUE}"),
        stamps=(builders.stamp(changed_at=bot.clock.now()),),
    )
    await bot.tell(look(bot))

    assert bot.state() is State.FAILED


async def test_a_forest_that_is_away_is_no_change_behind_our_back() -> None:
    """With two forests the one that was away looked as if its object had lost the change."""
    bot = await written()
    bot.world.forest_away = True
    await bot.tell(look(bot))

    assert bot.state() is State.WRITTEN

    bot.world.forest_away = False
    await sync(bot)
    bot.world.sweep()
    await bot.wait(minutes=5)

    assert bot.state() is State.VERIFIED


async def test_an_object_that_was_deleted_is_told_as_that() -> None:
    bot = await written()
    del bot.world.ad[bot.world.person(SCANNER).guid]
    await bot.tell(look(bot))

    assert bot.state() is State.FAILED
    assert bot.case.timeline[-1].say.english().startswith("The object that was written to is gone")
    assert bot.case.timeline[-1].broadcast


@pytest.mark.parametrize("state", sorted(set(State) - {State.WRITTEN, State.EXPORTED}))
async def test_a_late_look_never_moves_a_case_that_is_elsewhere(state: State) -> None:
    bot = Bot()
    await bot.poll()
    decision = builders.decision(bot.case, decided_at=bot.clock.now())
    bot.cases.put(replace(bot.case, state=state, decision=decision))
    for event in (look(bot), FixWritten(tenant=TENANT, id="late", case_id=bot.case.id)):
        if state is not State.OVERDUE:
            result = await bot.tell(event)

            assert result.case is None or result.case.state is state
    assert bot.state() is state


# ---------------------------------------------------------------- mode = propose: a person makes the change


async def by_hand() -> Bot:
    bot = Bot(mode=Mode.PROPOSE)
    await bot.poll()
    await bot.click(INGRID)

    assert bot.state() is State.APPROVED
    assert bot.writer.modifies == []
    return bot


async def test_a_change_made_by_hand_is_found_and_verified() -> None:
    bot = await by_hand()
    await bot.wait(minutes=30)
    bot.world.edit(SCANNER, proxy_addresses=LEFT)
    await bot.wait(minutes=3)

    assert bot.state() is State.WRITTEN

    await sync(bot)
    bot.world.sweep()
    await bot.wait(minutes=3)

    assert bot.state() is State.VERIFIED
    assert bot.writer.modifies == []


async def test_an_approval_nobody_acts_on_does_not_wait_for_ever() -> None:
    bot = await by_hand()
    await bot.wait(hours=25)

    assert bot.state() is State.EXPIRED

    await bot.click(INGRID, "recheck")

    assert bot.state() is State.PENDING


async def test_an_error_that_graph_never_lists_waits_for_the_person_who_makes_the_change() -> None:
    """Graph shows no error of the sync server: that it shows none is no sign that it was put right."""
    bot = await by_hand()
    told = tuple(replace(e, origin=Origin.EXPORT) for e in bot.case.errors)
    bot.cases.put(replace(bot.case, errors=told))
    account = bot.world.account(SCANNER)
    bot.world.entra[account.id] = replace(account, errors=())
    await bot.tell(look(bot))

    assert bot.state() is State.APPROVED

    bot.world.edit(SCANNER, proxy_addresses=LEFT)
    await bot.tell(look(bot))

    assert bot.state() is State.WRITTEN


async def test_what_was_put_right_in_another_way_is_closed() -> None:
    """Approved by hand, solved by moving the main address: the card stayed "approved" for ever."""
    bot = await by_hand()
    bot.world.edit("John Doe", proxy_addresses=("SMTP:john.d@contoso.com",))
    await sync(bot)
    await sync(bot)
    bot.world.sweep()
    await bot.poll()

    assert bot.state() is State.CLOSED


async def test_what_the_writer_has_is_not_taken_from_it_by_a_late_look() -> None:
    bot = Bot()
    await bot.poll()
    await bot.tell(bot.clicked(INGRID))
    bot.world.edit(SCANNER, proxy_addresses=LEFT)
    result = await bot.tell(look(bot))

    assert (result.case, result.later) == (None, ())
    assert bot.state() is State.APPROVED


async def test_a_lost_answer_and_a_late_look_do_not_meet() -> None:
    bot = Bot()
    await bot.poll()
    bot.writer.fault = Fault.LOST_AFTER
    await bot.click(INGRID)
    await bot.tell(look(bot))

    assert bot.state() is State.UNKNOWN


async def test_another_object_that_takes_up_the_value_meanwhile_is_not_overdue_for_ever() -> None:
    """The fix had done its part; the card waited for an error that belonged to somebody else by then."""
    bot = await written()
    bot.world.add(builders.user("Second Scanner", proxies=(f"smtp:{VALUE}",)))
    await sync(bot)
    bot.world.sweep()
    await bot.wait(hours=3)

    assert bot.state() is State.PENDING
    assert [step.name for step in bot.case.proposals[0].steps] == ["Second Scanner"]
