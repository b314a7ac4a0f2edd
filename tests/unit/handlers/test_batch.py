"""In: a storm, and people who approve a list of its safe changes. Out: five written first, the rest after a click.
Promise: never without two different people, never what moved since; the first failure stops all that follows.
"""

from dataclasses import replace

from bot.events import BatchClicked
from bot.model import Case, Item, Run, SlackUser, State
from bot.triage import lists
from bot.triage.sheet import Sheet, approved_at
from tests.builders import TENANT, cloud_id_of
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID, KARI, LIV, OLA, reply_to
from tests.unit.handlers.test_home import home_of
from tests.unit.handlers.test_pause import switch
from tests.unit.handlers.test_storm import card_of, counted, many, members, storm_of


async def stormy(count: int = 12) -> Bot:
    bot = Bot(world=many(count))
    bot.world.sync()  # what it does to everybody, it has done before the first look
    await bot.poll()
    await counted(bot)
    return bot


def items(bot: Bot) -> tuple[Item, ...]:
    return tuple(i for i in map(lists.item_of, members(bot)) if i)


async def press(
    bot: Bot, who: SlackUser, action: str, chosen: tuple[Item, ...] = (), *, sealed: bool = True
) -> None:
    bot.clicks += 1
    event = BatchClicked(
        tenant=TENANT,
        id=f"b-{bot.clicks}",
        case_id=storm_of(bot).id,
        action=action,
        items=chosen,
        reply_to=reply_to(who),
        clicked_at=f"{bot.clock.now().timestamp():.0f}.{bot.clicks:06}",
    )
    await bot.tell(replace(event, seal=bot.signer.seal(event.unsealed())) if sealed else event)
    await bot.work()


async def go_on(bot: Bot, who: SlackUser, run: Run | None = None) -> None:
    """`run`: the one that the button was drawn for, if that is not the one of now."""
    storm = storm_of(bot)
    await press(bot, who, "continue", (which(storm.id, run or run_of(bot)),))


def which(storm_id: str, run: Run) -> Item:
    return Item(case_id=storm_id, proposal_id="-", revision=0, plan_hash=lists.name_of(run))


def run_of(bot: Bot) -> Run:
    storm = storm_of(bot).storm
    assert storm
    assert storm.run
    return storm.run


def in_state(bot: Bot, *states: State) -> list[Case]:
    return [c for c in members(bot) if c.state in states]


async def begun(count: int = 12) -> Bot:
    bot = await stormy(count)
    seen = items(bot)
    await press(bot, INGRID, "agree", seen)
    await press(bot, KARI, "second", seen)
    return bot


async def settle(bot: Bot) -> None:
    """The sync carries over what was written, and Entra cleans up."""
    await bot.wait(minutes=1)
    bot.world.sync()
    bot.world.sweep()
    await bot.wait(minutes=4)


async def test_one_person_writes_nothing_and_is_told_so() -> None:
    bot = await stormy()
    await press(bot, INGRID, "agree", items(bot))
    await press(bot, INGRID, "second", items(bot))
    await bot.wait(minutes=1)

    assert bot.writer.modifies == []
    assert "Somebody else has to approve it too" in bot.answers(INGRID)[-1]


async def test_two_people_write_five_and_no_more() -> None:
    bot = await begun()
    await bot.wait(minutes=5)

    assert len(bot.writer.modifies) == 5
    assert len(in_state(bot, State.WRITTEN)) == 5
    assert not run_of(bot).ready
    assert all(
        c.decision and {a.name for a in c.decision.approvals} == {"Ingrid Berg", "Kari Holm"}
        for c in in_state(bot, State.WRITTEN)
    )


async def test_the_rest_goes_on_by_a_click_once_the_five_are_verified() -> None:
    bot = await begun()
    await go_on(bot, LIV)

    assert "cannot go on now" in bot.answers(LIV)[-1]

    await settle(bot)

    assert run_of(bot).ready
    assert len(bot.writer.modifies) == 5

    await go_on(bot, LIV)
    await bot.wait(minutes=3)

    assert len(bot.writer.modifies) == 12

    await settle(bot)

    assert lists.is_done(run_of(bot))
    assert len(in_state(bot, State.VERIFIED)) == 12


async def test_the_first_that_fails_stops_all_that_follow() -> None:
    bot = await stormy()
    seen = items(bot)
    await press(bot, INGRID, "agree", seen)
    third = await bot.cases.get(seen[2].case_id)
    assert third
    await press(bot, KARI, "second", seen)
    bot.cases.put(replace(third, state=State.REJECTED))
    await bot.wait(minutes=5)

    assert len(bot.writer.modifies) < 5
    assert run_of(bot).stopped
    assert third.key.value in storm_of(bot).timeline[-1].say.english()
    assert storm_of(bot).timeline[-1].broadcast

    await go_on(bot, LIV)

    assert "cannot go on now" in bot.answers(LIV)[-1]


async def test_a_run_that_a_possible_attack_stops_does_not_name_it_in_the_channel() -> None:
    bot = await stormy()
    seen = items(bot)
    await press(bot, INGRID, "agree", seen)
    third = await bot.cases.get(seen[2].case_id)
    assert third
    assert third.diagnosis
    await press(bot, KARI, "second", seen)
    bot.cases.put(replace(third, diagnosis=replace(third.diagnosis, alert=True)))
    await bot.wait(minutes=5)

    assert run_of(bot).stopped
    assert third.id in storm_of(bot).timeline[-1].say.english()
    assert not any(third.key.value in m.say.english() for m in storm_of(bot).timeline)


async def test_a_click_to_go_on_counts_for_the_run_that_its_card_showed() -> None:
    bot = await stormy(20)
    first, *_ = seen = items(bot)
    for chosen in (seen[:7], seen[7:14]):
        await press(bot, INGRID, "agree", chosen)
        await press(bot, KARI, "second", chosen)
        await settle(bot)
        if first in run_of(bot).items:
            earlier = run_of(bot)
    written = len(bot.writer.modifies)
    await go_on(bot, LIV, earlier)
    await bot.wait(minutes=1)

    assert run_of(bot).ready
    assert len(bot.writer.modifies) == written == 10
    assert "The evidence has changed since that card was drawn" in bot.answers(LIV)[-1]


async def test_when_something_of_the_rest_changed_what_is_left_can_be_reviewed_anew() -> None:
    bot = await begun()
    await settle(bot)
    shown = run_of(bot).items[-1]
    await press(bot, INGRID, "show", (shown,))
    await go_on(bot, LIV)

    assert "Review what is left again" in bot.answers(LIV)[-1]
    assert "storm_review" in card_of(storm_of(bot))

    left = items(bot)
    await press(bot, LIV, "agree", left)
    await press(bot, INGRID, "second", left)
    await bot.wait(minutes=1)

    assert len(left) == 6
    assert len(bot.writer.modifies) == 10
    assert len(run_of(bot).items) == 6


async def test_what_changed_between_the_two_falls_out_and_is_named() -> None:
    bot = await stormy()
    seen = items(bot)
    await press(bot, INGRID, "agree", seen)
    moved = await bot.cases.get(seen[0].case_id)
    assert moved
    bot.cases.put(replace(moved, revision=moved.revision + 1))
    await press(bot, KARI, "second", seen)

    assert seen[0] not in run_of(bot).items
    assert any(moved.key.value in answer for answer in bot.answers(KARI))


async def test_what_has_expired_is_approved_in_a_list_no_more_than_on_its_own_card() -> None:
    bot = await stormy()
    seen = items(bot)
    bot.clock.at += bot.timing.proposal_good_for  # and nobody has looked at what is due
    await press(bot, INGRID, "agree", seen)

    assert storm_of(bot).storm.agreed is None  # type: ignore[union-attr]
    assert "None of these changes" in bot.answers(INGRID)[-1]


async def test_nobody_approves_what_concerns_them() -> None:
    bot = await stormy()
    seen = items(bot)
    case = await bot.cases.get(seen[0].case_id)
    assert case
    own = replace(case.proposals[0], affected=(cloud_id_of("Ingrid Berg"),))
    bot.cases.put(replace(case, proposals=(own,)))
    await press(bot, INGRID, "agree", seen)
    storm = storm_of(bot).storm
    assert storm
    assert storm.agreed

    assert seen[0] not in storm.agreed.items
    assert len(storm.agreed.items) == 11


async def test_redis_makes_up_no_approval_of_a_list() -> None:
    bot = await stormy()
    seen = items(bot)
    await press(bot, INGRID, "agree", seen, sealed=False)

    assert storm_of(bot).storm.agreed is None  # type: ignore[union-attr]

    await press(bot, INGRID, "agree", seen)
    storm = storm_of(bot)
    assert storm.storm
    assert storm.storm.agreed
    forged = replace(storm.storm.agreed, approval=replace(storm.storm.agreed.approval, name="X"))
    bot.cases.put(replace(storm, storm=replace(storm.storm, agreed=forged)))
    await press(bot, KARI, "second", seen)

    assert storm_of(bot).storm.run is None  # type: ignore[union-attr]


async def test_a_grant_that_redis_stretched_is_not_followed() -> None:
    bot = await stormy()
    seen = items(bot)
    await press(bot, INGRID, "agree", seen)
    await press(bot, KARI, "second", seen)
    storm = storm_of(bot)
    run = run_of(bot)
    assert storm.storm
    wider = replace(run, grant=replace(run.grant, upto=12))
    bot.cases.put(replace(storm, storm=replace(storm.storm, run=wider)))
    await bot.wait(minutes=5)

    assert len(bot.writer.modifies) <= 1
    assert run_of(bot).stopped


async def test_an_approval_that_is_too_old_writes_nothing_more() -> None:
    bot = await stormy()
    seen = items(bot)
    await press(bot, INGRID, "agree", seen)
    await press(bot, KARI, "second", seen)
    written = len(bot.writer.modifies)
    bot.clock.at += bot.timing.approval_good_for
    await bot.wait(minutes=1)

    assert len(bot.writer.modifies) == written
    assert run_of(bot).stopped


async def test_a_reader_approves_no_list() -> None:
    bot = await stormy()
    await press(bot, OLA, "agree", items(bot))

    assert storm_of(bot).storm.agreed is None  # type: ignore[union-attr]
    assert bot.answers(OLA)


async def test_one_case_can_have_a_card_of_its_own() -> None:
    bot = await stormy()
    seen = items(bot)
    await press(bot, INGRID, "show", seen[:1])
    case = await bot.cases.get(seen[0].case_id)
    assert case

    assert case.apart
    assert case.id in bot.channel.shown
    assert seen[0].case_id not in {i.case_id for i in items(bot)}


async def test_while_writing_is_paused_no_list_is_approved() -> None:
    bot = await stormy()
    seen = items(bot)
    await press(bot, INGRID, "agree", seen)
    await switch(bot, OLA, "pause", reason="We restore a DC.")
    await press(bot, KARI, "second", seen)
    await bot.wait(minutes=2)

    assert bot.writer.modifies == []
    assert "writing is paused since" in bot.answers(KARI)[-1]


async def test_a_pause_stops_a_run_before_its_next_change() -> None:
    bot = await stormy()
    seen = items(bot)
    await press(bot, INGRID, "agree", seen)
    await press(bot, KARI, "second", seen[:3])
    await switch(bot, OLA, "pause", reason="We restore a DC.")
    await bot.wait(minutes=5)

    stopped = run_of(bot).stopped
    assert stopped
    assert stopped.english().startswith("Stopped: writing is paused since")
    assert len(bot.writer.modifies) < 3


async def test_a_list_that_waits_for_the_second_waits_in_the_home_of_whoever_may_be_that() -> None:
    bot = await stormy()
    await press(bot, INGRID, "agree", items(bot))
    kari, ingrid = await home_of(bot, KARI), await home_of(bot, INGRID)

    assert storm_of(bot).id in [line.id for line in kari.for_me]
    assert [line.id for line in ingrid.first_of_two] == [storm_of(bot).id]
    assert {line.title.english() for line in ingrid.first_of_two} == {"12 sync errors at once"}
    assert sum(kari.status.cases.values()) == 12


async def test_a_list_that_was_approved_is_put_into_the_thread() -> None:
    bot = await stormy()
    found = Sheet(storm_of(bot).id).name
    await press(bot, INGRID, "agree", items(bot))
    assert bot.channel.papers == [found]

    await press(bot, KARI, "second", items(bot))

    assert bot.channel.papers == [found, approved_at(storm_of(bot).id, bot.clock.now()).name]
