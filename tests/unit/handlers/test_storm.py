"""In: many errors in one poll, or in a few minutes. Out: one card that counts them all, and none forgotten.
Promise: each case is diagnosed like any other; an attack keeps its own card; a storm ends with its last member.
"""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import Moved
from bot.events import CaseChanged, Lane, StormDue, SyncErrorSeen
from bot.model import Case, Member, ObjectType, Say, State, SyncError
from bot.slack.cards import draw
from bot.slack.posting import worth_a_card
from bot.store import wire
from bot.triage.causes import container_of, grouped, member_of
from bot.triage.routing import Row, Table
from bot.triage.sheet import Sheet
from handlers.storm import joining
from handlers.timing import Timing
from tests import builders
from tests.builders import NOW, TENANT
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID
from tests.fakes.world import World
from tests.unit.handlers.test_pause import wish


def many(count: int, *, since: int = 0) -> World:
    """So many people whose extra address is somebody's main one."""
    world = World(last_sync_at=NOW)
    for n in range(since, since + count):
        add(world, n)
    return world


def add(world: World, n: int) -> None:
    value = f"n{n}@contoso.com"
    main = (f"SMTP:{value}", f"smtp:keeper{n}@contoso.com")
    own = f"SMTP:scanner{n}@contoso.com"
    keeps = builders.user(f"Keeper {n}", value=value, proxies=main, cloud_proxies=main)
    loses = builders.user(
        f"Scanner {n}", value=value, proxies=(own, f"smtp:{value}"), cloud_proxies=(own,)
    )
    assert loses.cloud
    error = builders.error(loses, value=f"smtp:{value}")
    world.add(keeps, replace(loses, cloud=replace(loses.cloud, errors=(error,))))


def storm_of(bot: Bot) -> Case:
    (case,) = [c for c in bot.cases.all() if c.storm is not None]
    return case


def members(bot: Bot) -> list[Case]:
    return [c for c in bot.cases.all() if c.storm is None]


async def counted(bot: Bot) -> Case:
    await bot.wait(seconds=45)
    return storm_of(bot)


async def test_eleven_at_once_are_one_card() -> None:
    bot = Bot(world=many(11))
    await bot.poll()
    storm = await counted(bot)

    assert storm.state is State.OPEN
    assert storm.storm
    assert {m.case_id for m in storm.storm.members} == {c.id for c in members(bot)}
    assert len(members(bot)) == 11
    assert all(c.diagnosis and c.batch == storm.id for c in members(bot))
    assert [c.id for c in bot.cases.all() if worth_a_card(c)] == [storm.id]


async def test_ten_at_once_have_a_card_each() -> None:
    bot = Bot(world=many(10))
    await bot.poll()

    assert sum(worth_a_card(c) for c in bot.cases.all()) == 10
    assert not any(c.storm or c.batch for c in bot.cases.all())


async def test_those_that_come_one_after_the_other_count_too() -> None:
    bot = Bot(world=many(6))
    await bot.poll()
    for n in range(6, 12):
        add(bot.world, n)
    await bot.wait(minutes=1)
    storm = await counted(bot)

    assert storm.storm
    assert len(storm.storm.members) == 6
    assert sum(worth_a_card(c) for c in bot.cases.all()) == 7


async def test_after_quiet_minutes_a_new_one_has_its_own_card_again() -> None:
    bot = Bot(world=many(11))
    await bot.poll()
    await bot.wait(minutes=3)
    add(bot.world, 11)
    await bot.wait(minutes=2)

    assert len((await counted(bot)).storm.members) == 12  # type: ignore[union-attr]

    await bot.wait(minutes=6)
    add(bot.world, 12)
    await bot.wait(minutes=2)
    alone = [c for c in members(bot) if not c.batch]

    assert [c.key.value for c in alone] == ["n12@contoso.com"]
    assert worth_a_card(alone[0])


async def test_a_possible_attack_is_never_told_among_others() -> None:
    bot = Bot(world=many(11))
    await bot.poll()
    await counted(bot)
    case = members(bot)[0]
    assert case.diagnosis
    bot.cases.put(replace(case, diagnosis=replace(case.diagnosis, alert=True)))
    storm = await counted(bot)
    read = await bot.cases.get(case.id)
    assert read
    assert storm.storm

    assert worth_a_card(read)
    assert [m.case_id for m in storm.storm.members if m.apart] == [case.id]


async def test_a_stopped_sync_keeps_its_own_card_and_the_storm_is_no_error() -> None:
    bot = Bot(world=many(11))
    await bot.poll()
    storm = await counted(bot)
    bot.world.stop_sync()
    await bot.poll()
    bot.world.start_sync()
    await bot.poll()
    after = await bot.cases.get(storm.id)
    assert after

    assert after.state is State.OPEN
    assert after.diagnosis is None


async def test_a_storm_ends_with_its_last_case() -> None:
    bot = Bot(world=many(11))
    await bot.poll()
    await counted(bot)
    for cloud in list(bot.world.entra.values()):
        bot.world.entra[cloud.id] = replace(cloud, errors=())
    await bot.wait(minutes=10)

    assert {c.state for c in bot.cases.all()} == {State.CLOSED}
    assert storm_of(bot).timeline[-1].say.english() == "All 11 of them are closed."
    assert not [name for name in bot.cases.noted if name.startswith(("storm:of", "storm:joined"))]


async def test_what_comes_back_after_the_storm_has_a_card_of_its_own() -> None:
    bot = Bot(world=many(11))
    await bot.poll()
    await counted(bot)
    errors = {c.id: c.errors for c in bot.world.entra.values()}
    for cloud in list(bot.world.entra.values()):
        bot.world.entra[cloud.id] = replace(cloud, errors=())
    await bot.wait(minutes=10)
    id_ = next(i for i, e in errors.items() if e)
    bot.world.entra[id_] = replace(bot.world.entra[id_], errors=errors[id_])
    await bot.poll()
    back = [c for c in members(bot) if c.state is not State.CLOSED]

    assert [(c.batch, worth_a_card(c)) for c in back] == [("", True)]


async def test_five_thousand_in_one_poll_are_all_counted_and_few_redraws_are_asked_for() -> None:
    """With cases that are read as the store writes them; what the directories hold is not asked for here."""
    bot = Bot(world=World(last_sync_at=NOW))
    sample = builders.case()
    bot.source.listed = tuple(
        SyncError(
            object_id=f"id{n}",
            object_type=ObjectType.USER,
            object_name=f"N {n}",
            category="PropertyConflict",
            attribute="proxyAddresses",
            value=f"smtp:n{n}@contoso.com",
        )
        for n in range(5000)
    )
    polled = await bot.tell(bot.poll_due())
    seen = [e.case_id for e in polled.follow if isinstance(e, SyncErrorSeen)]
    looks = [e for e in polled.follow if isinstance(e, StormDue)]
    bot.cases.waiting.clear()
    for n, case_id in enumerate(seen):
        key = builders.key(value=f"n{n}@contoso.com")
        assert key.id in seen
        bot.cases.put(replace(sample, key=key, batch=bot.cases.noted[f"storm:of:{case_id}"]))
    asked = 0
    await bot.tell(looks[0])
    for _ in range(20):
        asked += sum(isinstance(e, CaseChanged) for e in bot.cases.waiting)
        bot.cases.waiting.clear()
        bot.clock.at += timedelta(seconds=5)
        bot.cases.move_due(bot.clock.now())
        for event in [e for e in bot.cases.waiting if isinstance(e, StormDue)]:
            bot.cases.waiting.clear()
            await bot.tell(event)
    storm = storm_of(bot)
    assert storm.storm

    assert len(seen) == 5000
    assert len(looks) == 1
    assert sum(c.count for c in grouped(storm.storm.members) if c.code) == 5000
    assert asked <= 12
    assert len(bot.cases.stored[storm.id]) < 1_500_000


async def test_a_walk_joins_the_storm_that_goes_on() -> None:
    timing = Timing()
    marks, _ = joining(
        "poll", [f"c-{n}" for n in range(11)], {}, tenant=TENANT, now=NOW, timing=timing
    )
    before = {name: text for name, text in marks.items() if text}
    more, look = joining("drift", ["c-x"], before, tenant=TENANT, now=NOW, timing=timing)

    assert more["storm:of:c-x"] == marks["storm:of:c-1"]
    assert len(look) == 1


@pytest.mark.parametrize(
    ("dn", "place"),
    [
        ("CN=A,OU=X,DC=c", "OU=X,DC=c"),
        ("CN=A\\, B,OU=X", "OU=X"),
        ("CN=A", ""),
        ("", ""),
        ("CN=A\\", ""),
    ],
)
def test_where_an_object_is(dn: str, place: str) -> None:
    assert container_of(dn) == place


def test_every_member_is_counted_once_and_a_common_place_is_told() -> None:
    one = member_of(builders.case())
    causes = grouped([one, replace(one, case_id="c-2"), Member(case_id="c-3")])

    assert [(c.code, c.count, bool(c.place)) for c in causes] == [("C01", 2, True), ("", 1, False)]


def test_no_click_waits_behind_the_cards_of_a_storm() -> None:
    """What is to be redrawn after a poll goes into the other lane; after a click it stays with the click."""
    changed = CaseChanged(tenant=TENANT, id="c", case_id="c-1")

    assert wire.entry(changed, after=Lane.BULK).stream == "bulk:edge"
    assert wire.entry(changed, after=Lane.NOW).stream == "now:edge"


async def test_the_list_of_a_storm_is_asked_for_once_however_it_grows() -> None:
    bot = Bot(world=many(11))
    await bot.poll()
    await counted(bot)
    add(bot.world, 50)
    await bot.poll()
    await counted(bot)

    assert bot.channel.papers == [Sheet(storm_of(bot).id).name]


def test_the_card_of_a_storm_waits_behind_none_of_its_members() -> None:
    """Thousands of members fill the other lane, and so do their redraws; the look and what follows from it pass them."""
    look = StormDue(tenant=TENANT, id="s", storm="storm:1")
    card = CaseChanged(tenant=TENANT, id="c", case_id="c-1")
    member = SyncErrorSeen(tenant=TENANT, id="m", case_id="c-2")

    assert wire.entry(look).stream == "now:brain"
    assert wire.entry(card, after=Lane.NOW).stream == "now:edge"
    assert wire.entry(member).stream == "bulk:brain"


async def test_between_two_of_a_hundred_diagnoses_others_have_their_turn() -> None:
    bot = Bot(world=many(30))
    await bot.tell(bot.poll_due())
    seen = [e for e in bot.cases.waiting if isinstance(e, SyncErrorSeen)]
    turns = 0

    async def somebody_who_asks() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    asks = asyncio.create_task(somebody_who_asks())
    results = await bot.handle_all(seen)
    asks.cancel()

    assert len(results) == 30
    assert turns >= 30


async def test_a_pause_in_a_storm_puts_no_thousands_of_cards_before_the_next_click() -> None:
    bot = Bot(world=many(30))
    await bot.poll()
    await counted(bot)
    shown = replace(members(bot)[0], apart=True)
    bot.cases.put(shown)
    paused = await bot.tell(wish(bot, INGRID, "pause"))
    redrawn = [e.case_id for e in paused.follow if isinstance(e, CaseChanged)]

    assert all(c.state is State.PENDING for c in members(bot))
    assert redrawn == [shown.id]


async def looked_at_first(bot: Bot) -> Case:
    """The storm as the look sees it that comes before anybody has looked at a member."""
    await bot.tell(bot.poll_due())
    [look] = [e for e in bot.cases.waiting if isinstance(e, StormDue)]
    bot.cases.waiting.remove(look)
    await bot.tell(look)
    return storm_of(bot)


async def test_a_storm_that_nobody_has_looked_at_yet_is_looked_at_again_within_seconds() -> None:
    bot = Bot(world=many(11))
    await looked_at_first(bot)
    bot.clock.at += timedelta(seconds=5)
    bot.cases.move_due(bot.clock.now())
    [look] = [e for e in bot.cases.waiting if isinstance(e, StormDue)]
    again = await bot.handle(look)

    assert again.case is None
    assert [due.at for due in again.later] == [bot.clock.now() + timedelta(seconds=5)]


async def test_what_was_gone_before_anybody_looked_keeps_no_storm_open() -> None:
    bot = Bot(world=many(11))
    await looked_at_first(bot)
    healthy = next(i for i, c in bot.world.entra.items() if c.errors)
    bot.world.entra[healthy] = replace(bot.world.entra[healthy], errors=())
    await bot.poll()
    storm = await counted(bot)
    causes = grouped(storm.storm.members) if storm.storm else ()
    for cloud in list(bot.world.entra.values()):
        bot.world.entra[cloud.id] = replace(cloud, errors=())
    await bot.wait(minutes=10)

    assert [(c.code, c.count, c.over) for c in causes] == [("C01", 10, 0), ("", 1, 1)]
    assert storm_of(bot).state is State.CLOSED


async def test_whoever_joins_while_a_storm_is_being_closed_is_not_left_without_a_card() -> None:
    bot = Bot(world=many(11))
    await bot.poll()
    storm = await counted(bot)
    await bot.wait(minutes=2)
    add(bot.world, 11)
    await bot.wait(minutes=1)
    for cloud in list(bot.world.entra.values()):
        bot.world.entra[cloud.id] = replace(cloud, errors=())
    await bot.poll()
    bot.clock.at = NOW + timedelta(minutes=6)
    closing = await bot.handle(StormDue(tenant=TENANT, id="s", storm=storm.key.value))
    assert closing.case
    assert closing.case.state is State.CLOSED

    add(bot.world, 12)
    polled = await bot.tell(bot.poll_due())
    for event in [e for e in polled.follow if isinstance(e, SyncErrorSeen)]:
        await bot.tell(event)
    joined = next(c for c in members(bot) if c.key.value == "n12@contoso.com")

    assert joined.batch == storm.id
    with pytest.raises(Moved):
        bot.cases.commit(closing)


def card_of(case: Case) -> str:
    return json.dumps(draw(case, approvers=()).blocks)


async def test_the_card_of_many_counts_a_possible_attack_and_tells_nothing_of_it() -> None:
    bot = Bot(world=many(11))
    await bot.poll()
    before = await counted(bot)
    assert before.storm
    (title,) = before.storm.examples.values()
    case = next(c for c in members(bot) if c.diagnosis and c.diagnosis.title == title)
    assert case.diagnosis
    name = Say("AD tried to take over the administrator {name}", {"name": "Ada Admin"})
    attack = replace(case.diagnosis, code="C35", title=name, alert=True)
    bot.cases.put(replace(case, diagnosis=attack))
    card = card_of(await counted(bot))

    assert title.english() in card_of(before)
    assert title.english() not in card
    assert "Ada Admin" not in card
    assert "C35" not in card
    assert "Possible attacks, told elsewhere" in card


async def test_the_card_of_many_names_no_case_that_is_told_in_another_channel() -> None:
    elsewhere = Row(number=1, domains=("contoso.com",), channel="C0OTHERS01")
    table = Table(rest=Row(number=2, channel="C0DIRSYNC1"), rows=(elsewhere,))
    bot = Bot(world=many(11), table=table)
    await bot.poll()
    storm = await counted(bot)
    assert storm.storm

    assert sum(m.code == "C01" for m in storm.storm.members) == 11
    assert not storm.storm.examples


async def test_a_member_that_cannot_be_read_keeps_no_storm_from_counting_the_others() -> None:
    bot = Bot(world=many(11))
    await bot.poll()
    storm_id = (await counted(bot)).id
    broken, fixed, *_ = members(bot)
    text = bot.cases.stored[broken.id].replace('"key":', '"kay":', 1)
    bot.cases.stored[broken.id] = text.replace(f'"version":{broken.version}', '"version":77', 1)
    scanner = next(
        c for c in bot.world.entra.values() if c.errors and fixed.key.value in str(c.errors)
    )
    bot.world.entra[scanner.id] = replace(scanner, errors=())
    await bot.wait(minutes=3)
    storm = await bot.cases.get(storm_id)

    assert storm
    assert storm.storm
    assert {m.case_id: m.state for m in storm.storm.members}[fixed.id] is State.CLOSED
    assert len(storm.storm.members) == 11
