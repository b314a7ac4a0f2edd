"""In: errors that came or changed. Out: the case explained, once; and nothing that waits for an event in vain."""

from dataclasses import replace

import pytest

from bot.errors import Unreachable
from bot.events import SyncErrorChanged, SyncErrorSeen
from bot.model import Mode, ObjectType, State
from bot.triage.proposals import numbered
from handlers import watch
from handlers.triage import ON_ITS_WAY
from tests import builders
from tests.builders import TENANT
from tests.fakes.bot import Bot
from tests.fakes.people import INGRID


def seen(case_id: str) -> SyncErrorSeen:
    return SyncErrorSeen(tenant=TENANT, id=f"{case_id}:seen", case_id=case_id)


def changed(case_id: str) -> SyncErrorChanged:
    return SyncErrorChanged(tenant=TENANT, id=f"{case_id}:changed", case_id=case_id)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [(Mode.OBSERVE, State.OPEN), (Mode.PROPOSE, State.PENDING), (Mode.APPLY, State.PENDING)],
)
async def test_a_safe_fix_waits_for_an_approval_where_the_mode_has_buttons(
    mode: Mode, expected: State
) -> None:
    bot = Bot(mode=mode)
    await bot.poll()

    assert bot.state() is expected
    assert bot.case.proposals[0].risk == "safe"
    assert (bot.case.expires_at is not None) == (expected is State.PENDING)


@pytest.mark.parametrize("roles", [("Global Reader",), None])
async def test_the_account_of_a_role_holder_needs_judgement(roles: tuple[str, ...] | None) -> None:
    bot = Bot()
    bot.world.roles[bot.world.person("Svc Scanner").anchor] = roles
    await bot.poll()

    assert (bot.state(), bot.case.proposals[0].risk) == (State.PENDING, "judge")
    assert bot.case.expires_at is not None


async def test_looking_again_at_the_same_evidence_leaves_card_and_revision_alone() -> None:
    bot = Bot()
    await bot.poll()
    before = bot.case
    bot.channel.shown.clear()
    bot.clock.forward(minutes=1)
    await bot.tell(changed(before.id))
    await bot.work()

    assert (bot.case.revision, bot.case.timeline) == (before.revision, before.timeline)
    assert bot.channel.shown == []


async def test_other_evidence_is_a_new_revision_and_a_new_card() -> None:
    bot = Bot()
    await bot.poll()
    before = bot.case
    bot.channel.shown.clear()
    bot.world.edit("Svc Scanner", enabled=False)
    await bot.tell(changed(before.id))
    await bot.work()

    assert bot.case.revision == before.revision + 1
    assert bot.case.proposals[0].id != before.proposals[0].id
    assert bot.channel.shown == [before.id]


@pytest.mark.parametrize("state", sorted(ON_ITS_WAY))
async def test_a_case_on_its_way_keeps_everything_but_its_errors(state: State) -> None:
    bot = Bot()
    await bot.poll()
    case = bot.case
    on_its_way = bot.cases.put(replace(case, state=state, errors=(), version=8))
    bot.world.reads = 0
    await bot.tell(changed(case.id))

    assert bot.case == replace(on_its_way, errors=case.errors, version=10)
    assert bot.world.reads == 0


async def test_an_error_the_direct_read_does_not_show_yet_is_looked_for_again() -> None:
    """Without this it was never opened: the next poll lists the same text, so it makes no event."""
    bot = Bot()
    scanner = bot.world.account("Svc Scanner")
    bot.source.listed = scanner.errors
    bot.world.entra[scanner.id] = replace(scanner, errors=())
    await bot.poll()

    assert bot.cases.all() == []

    bot.world.entra[scanner.id] = scanner
    await bot.wait(minutes=3)

    assert bot.state() is State.PENDING


async def test_a_case_whose_error_is_not_listed_any_more_is_closed_when_somebody_looks_again() -> (
    None
):
    bot = Bot()
    await bot.poll()
    scanner = bot.world.account("Svc Scanner")
    bot.world.entra[scanner.id] = replace(scanner, errors=())
    bot.cases.noted.pop(watch.name_of(bot.case.id))
    await bot.click(INGRID, "recheck")

    assert bot.state() is State.CLOSED


async def test_an_owner_hidden_by_a_forest_that_was_away_is_found_when_it_is_back() -> None:
    bot = Bot()
    bot.world.forest_away = True
    await bot.poll()

    assert bot.case.proposals == ()

    bot.world.forest_away = False
    await bot.wait(minutes=3)

    assert bot.state() is State.PENDING
    assert bot.case.revision == 2


@pytest.mark.parametrize("side", ["ad_away", "entra_away"])
async def test_a_side_that_is_away_is_waited_for(side: str) -> None:
    bot = Bot()
    await bot.tell(bot.poll_due())
    case_id = builders.key().id
    setattr(bot.world, side, True)
    with pytest.raises(Unreachable):
        await bot.tell(seen(case_id))

    assert bot.cases.all() == []
    assert bot.poll_due() in bot.cases.due


async def test_an_error_that_came_back_is_not_explained_by_a_rival_of_long_ago() -> None:
    """It said "whoever held it before has let go of it", while somebody unseen held it now."""
    bot = Bot()
    await bot.poll()
    bot.world.edit("Svc Scanner", proxy_addresses=("SMTP:svc.scanner@contoso.com",))
    bot.world.sync()
    bot.world.sweep()
    await bot.poll()

    assert bot.state() is State.CLOSED

    bot.clock.forward(days=40)
    bot.world.sync()
    _hidden_owner_takes(bot, "John Doe")
    await bot.poll()

    assert bot.case.diagnosis is not None
    assert bot.case.diagnosis.code == "C56"
    assert bot.case.timeline[-1].say.msgid == "The error is back."


async def test_an_error_that_came_back_was_not_right_for_forty_days() -> None:
    bot = Bot()
    await bot.poll()
    bot.world.edit("Svc Scanner", proxy_addresses=("SMTP:svc.scanner@contoso.com",))
    await bot.click(INGRID, "recheck")

    assert bot.case.diagnosis is not None
    assert bot.case.diagnosis.code == "C54"

    bot.world.sync()
    bot.world.sweep()
    await bot.poll()
    bot.clock.forward(days=40)
    bot.world.sync()
    _hidden_owner_takes(bot, "John Doe")
    await bot.poll()

    assert bot.case.diagnosis.code == "C56"
    assert bot.case.fixed_since is None


@pytest.mark.parametrize("turn", ["sync", "mode"])
async def test_what_was_rejected_stays_rejected_whatever_the_server_does(turn: str) -> None:
    """A sync that stopped and came back, or a restart in another mode, brought the buttons back."""
    bot = Bot()
    await bot.poll()
    await bot.click(INGRID, "reject")
    if turn == "sync":
        bot.world.stop_sync()
        await bot.poll()
        bot.world.start_sync()
        await bot.poll()
    else:
        bot.mode = Mode.PROPOSE
        await bot.tell(changed(bot.case.id))
    case = next(c for c in bot.cases.all() if c.proposals)

    assert case.state is State.REJECTED


async def test_what_was_rejected_comes_back_with_other_evidence() -> None:
    bot = Bot()
    await bot.poll()
    await bot.click(INGRID, "reject")
    bot.world.edit("Svc Scanner", enabled=False)
    await bot.tell(changed(bot.case.id))

    assert (bot.state(), bot.case.revision) == (State.PENDING, 2)


async def test_groups_and_contacts_are_explained_without_buttons() -> None:
    bot = Bot()
    for type_ in (ObjectType.GROUP, ObjectType.CONTACT):
        odd = builders.cloud_object(
            f"A {type_}",
            type=type_,
            errors=(
                builders.error(
                    object_id=builders.cloud_id_of(f"A {type_}"),
                    object_type=type_,
                    value=f"smtp:{type_}@contoso.com",
                ),
            ),
        )
        bot.world.entra[odd.id] = odd
    await bot.poll()
    others = [c for c in bot.cases.all() if c.key.value != builders.VALUE]

    assert [c.state for c in others] == [State.OPEN, State.OPEN]
    assert all(c.proposals == () for c in others)


async def test_a_hundred_events_are_one_look_at_the_world() -> None:
    bot = Bot()
    for number in range(50):
        bot.world.add(
            builders.user(f"Main {number}", proxies=(f"SMTP:v{number}@contoso.com",)),
            builders.user(f"Extra {number}", proxies=(f"smtp:v{number}@contoso.com",)),
        )
    bot.world.sync()
    await bot.tell(bot.poll_due())
    events = [e for e in bot.cases.waiting if isinstance(e, SyncErrorSeen)]
    bot.world.reads = 0
    results = await bot.handle_all(events)

    assert len(results) == len(events) == 51
    assert {r.case.state for r in results if r.case} == {State.PENDING}
    # tenant, holders on both sides, the failing objects, whom errors name, roles, who manages them
    assert bot.world.reads == 7


def test_ids_of_proposals_are_new_with_each_revision() -> None:
    case = builders.case()

    assert numbered(case.proposals, 1) == case.proposals
    assert numbered(case.proposals, 2)[0].id != case.proposals[0].id


def _hidden_owner_takes(bot: Bot, name: str) -> None:
    """Entra refuses the value to the only object that any list shows."""
    account = bot.world.account(name)
    rest = tuple(v for v in account.proxy_addresses if builders.VALUE not in v)
    bot.world.entra[account.id] = replace(
        account,
        proxy_addresses=rest,
        mail=None,
        user_principal_name="j.doe@contoso.com",
        errors=(builders.error(object_id=account.id, object_name=name),),
    )
