"""In: what a walk over both sides finds, time after time. Out: the cases that open, change and close, and no others.
Promise: what was not looked at stays as it was; no flood of cards; two sources never close each other's cases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bot.events import DriftDue, SyncErrorChanged, SyncErrorCleared, SyncErrorSeen
from bot.model import Mode, State, SyncError, Walk
from bot.triage.drift import Drift
from handlers.timing import Timing
from tests import builders
from tests.builders import NOW, TENANT, VALUE
from tests.fakes.bot import Bot
from tests.fakes.world import World, everyday

DUE = DriftDue(tenant=TENANT, id="drift")
OWN = "SMTP:bo.berg@contoso.com"
WRONG = "smtp:b o@contoso.com"


def difference(name: str = "Bo Berg", value: str = WRONG, **over: Any) -> SyncError:
    from bot.model import Origin

    return builders.error(
        object_id=builders.cloud_id_of(name),
        object_name=name,
        origin=Origin.DRIFT,
        category=Drift.ADDRESS,
        attribute="proxyAddresses",
        value=value,
        **over,
    )


@dataclass
class ToldWalker:
    """A walk finds what it is told to; `asked` is what it was given."""

    errors: tuple[SyncError, ...] = ()
    looked: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    whole: bool = True
    settling: tuple[str, ...] = ()
    asked: list[tuple[Mapping[str, str], Sequence[str]]] = field(default_factory=list)

    async def walk(self, tokens: Mapping[str, str], settling: Sequence[str]) -> Walk:
        self.asked.append((tokens, settling))
        number = str(len(self.asked))
        return Walk(
            errors=self.errors,
            looked=self.looked | {e.object_id for e in self.errors},
            unknown=self.unknown,
            whole=self.whole,
            tokens={"user": f"u{number}", "group": f"g{number}"},
            settling=self.settling,
            read_at=NOW,
        )


def bot_with(walker: ToldWalker, **timing: Any) -> Bot:
    return Bot(timing=Timing(**timing), ports={"walker": walker})


async def kinds(bot: Bot) -> list[type]:
    result = await bot.handle(DUE)
    bot.cases.commit(result)
    bot.cases.waiting.clear()
    return [type(event) for event in result.follow]


async def test_a_difference_is_seen_once_and_its_end_is_told() -> None:
    walker = ToldWalker((difference(),))
    bot = bot_with(walker)

    assert await kinds(bot) == [SyncErrorSeen]
    assert await kinds(bot) == []

    walker.errors = ()

    assert await kinds(bot) == [SyncErrorCleared]
    assert await kinds(bot) == []


async def test_what_was_not_looked_at_stays_as_it_was() -> None:
    walker = ToldWalker((difference(),))
    bot = bot_with(walker)
    await kinds(bot)
    walker.errors, walker.whole = (), False

    assert await kinds(bot) == []

    walker.looked = frozenset({difference().object_id})

    assert await kinds(bot) == [SyncErrorCleared]


async def test_an_object_whose_ad_side_was_not_found_is_not_clean() -> None:
    walker = ToldWalker((difference(),))
    bot = bot_with(walker)
    await kinds(bot)
    walker.errors, walker.unknown = (), frozenset({difference().object_id})

    assert await kinds(bot) == []


async def test_another_word_about_the_same_value_is_a_change() -> None:
    walker = ToldWalker((difference(),))
    bot = bot_with(walker)
    await kinds(bot)
    walker.errors = (difference(raw="another"),)

    assert await kinds(bot) == [SyncErrorChanged]


async def test_a_walk_goes_on_from_where_the_last_one_was_but_once_a_day_looks_at_all() -> None:
    walker = ToldWalker(settling=("id-1", "id-2"))
    bot = bot_with(walker)
    await kinds(bot)
    await kinds(bot)
    bot.clock.forward(hours=25)
    await kinds(bot)

    assert walker.asked == [
        ({}, []),
        ({"user": "u1", "group": "g1"}, ["id-1", "id-2"]),
        ({}, ["id-1", "id-2"]),
    ]


async def test_a_company_full_of_differences_is_told_bit_by_bit_and_nothing_is_lost() -> None:
    walker = ToldWalker(tuple(difference(f"Person {n}") for n in range(5)))
    bot = bot_with(walker, drift_cases=2)
    opened = [len(await kinds(bot)) for _ in range(4)]

    assert opened == [2, 2, 1, 0]
    assert [tokens for tokens, _ in walker.asked] == [{}, {}, {}, {"user": "u3", "group": "g3"}]


async def test_it_walks_again_and_not_at_all_where_it_is_switched_off() -> None:
    bot = bot_with(ToldWalker(), drift_every=timedelta(hours=2))
    await bot.tell(DUE)

    assert bot.cases.due == {DUE: NOW + timedelta(hours=2)}

    off = bot_with(ToldWalker((difference(),)), drift_every=timedelta(0))
    result = await off.handle(DUE)

    assert (result.follow, result.later, result.marks) == ((), (), None)


async def test_two_walks_due_at_once_are_one() -> None:
    walker = ToldWalker()
    results = await bot_with(walker).handle_all([DUE, replace(DUE, id="drift-2")])

    assert (len(results), len(walker.asked)) == (2, 1)


async def test_polls_and_walks_leave_each_others_cases_alone() -> None:
    walker = ToldWalker((difference(),))
    bot = bot_with(walker)
    await bot.poll()
    await kinds(bot)
    polled = await bot.handle(bot.poll_due())
    walker.errors = ()
    walked = await bot.handle(DUE)

    assert [type(e) for e in polled.follow] == []
    assert [type(e) for e in walked.follow] == [SyncErrorCleared]  # its own


# ---------------------------------------------------------------- with both sides


def company() -> World:
    """Bo lists an address that Entra ignores."""
    world = everyday()
    world.add(
        builders.user(
            "Bo Berg",
            proxies=(OWN, WRONG),
            cloud_proxies=(OWN,),
            ad={"common_name": "Bo Berg", "display_name": "Bo Berg"},
        )
    )
    return world


def its_case(bot: Bot) -> Any:
    return next(c for c in bot.cases.all() if c.key.value != VALUE)


async def test_a_difference_becomes_a_card_with_a_button() -> None:
    bot = Bot(company())
    await bot.walk()
    case = its_case(bot)

    assert (case.state, case.diagnosis.code) == (State.PENDING, "C45")
    assert [c.add for p in case.proposals for s in p.steps for c in s.changes] == [
        ("smtp:bo@contoso.com",)
    ]


async def test_what_people_put_right_is_closed_and_a_rewrite_comes_back() -> None:
    bot = Bot(company())
    await bot.walk()
    bot.world.edit("Bo Berg", proxy_addresses=(OWN,))
    await bot.walk()

    assert its_case(bot).state is State.CLOSED

    bot.world.edit("Bo Berg", proxy_addresses=(OWN, WRONG))
    await bot.walk()

    assert its_case(bot).state is State.PENDING


async def test_a_look_that_still_finds_it_keeps_the_card_open() -> None:
    """The walk's list and the direct comparison disagree: the comparison decides."""
    bot = Bot(company())
    await bot.walk()
    bot.ports = {"walker": ToldWalker()}
    await bot.walk()

    assert its_case(bot).state is State.PENDING


async def test_while_ad_is_away_nothing_is_closed() -> None:
    bot = Bot(company())
    await bot.walk()
    bot.world.forest_away = True
    await bot.walk()

    assert its_case(bot).state is State.PENDING


async def test_an_account_that_is_gone_from_entra_takes_its_card_along() -> None:
    bot = Bot(company())
    await bot.walk()
    del bot.world.entra[bot.world.account("Bo Berg").id]
    await bot.walk()

    assert its_case(bot).state is State.CLOSED


async def test_in_mode_propose_the_change_by_hand_is_waited_for() -> None:
    from tests.fakes.people import INGRID

    bot = Bot(company(), mode=Mode.PROPOSE)
    await bot.walk()
    await bot.click(INGRID, on=its_case(bot))
    await bot.wait(minutes=10)

    assert its_case(bot).state is State.APPROVED
