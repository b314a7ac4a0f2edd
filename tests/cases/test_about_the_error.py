"""In: errors whose cause is not a plain conflict: over, hidden, unknown, or no sync at all. Out: what the card says.
Promise: where nothing should be changed there is no button, and the card goes away by itself when Entra is clean.
"""

from datetime import timedelta

import pytest

from bot.lab.entra import add_public_folder
from bot.model import CaseKey, Kind, State
from tests.builders import TENANT
from tests.cases.walk import Card, all_the_way, card_of, diagnosed
from tests.stage.stage import Stage


@pytest.mark.case("C54", "lab")
async def test_somebody_mended_it_already_and_entra_lags(stage: Stage) -> None:
    stage.person("John Doe", "SMTP:john@contoso.com")
    stage.person("Svc Scanner", "SMTP:svc.scanner@contoso.com")
    await stage.sync()
    stage.give("Svc Scanner", "smtp:john@contoso.com")
    await stage.sync()
    stage.take("Svc Scanner", "smtp:john@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "john@contoso.com")

    assert seen == Card("C54", "john@contoso.com is fixed already, waiting for Entra")

    await stage.sweep()
    await stage.poll()

    assert stage.case("john@contoso.com").state is State.CLOSED


@pytest.mark.case("C56", "lab")
async def test_the_owner_is_nowhere_to_be_found(stage: Stage) -> None:
    add_public_folder(stage.tenant, "Events", addresses=("SMTP:events@contoso.com",))
    stage.person("Hanne Moen", "SMTP:hanne.moen@contoso.com", "smtp:events@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "events@contoso.com")

    assert seen == Card("C56", "Nobody found who holds events@contoso.com")


@pytest.mark.case("C00", "lab")
async def test_an_error_of_a_kind_that_nobody_knows(stage: Stage) -> None:
    stage.person("John Doe", "SMTP:john@contoso.com")
    await stage.sync()
    who = stage.account("John Doe").id
    stage.tenant.plant_error(
        who,
        {
            "category": "SomethingOfTomorrow",
            "occurredDateTime": "2026-11-22T08:00:00Z",
            "propertyCausingError": "Shoesize",
            "value": "47",
        },
    )

    seen = await diagnosed(stage, "47")

    assert seen == Card("C00", "A sync error the bot does not recognise yet: 47")


@pytest.mark.case("C59", "lab")
async def test_the_sync_has_stopped_and_everything_else_is_held(stage: Stage) -> None:
    stage.person("John Doe", "SMTP:john@contoso.com")
    stage.person("Svc Scanner", "SMTP:svc.scanner@contoso.com")
    await stage.sync()
    stage.give("Svc Scanner", "smtp:john@contoso.com")
    await stage.sync()
    stage.clock.at += timedelta(hours=4)
    await stage.poll()
    about_sync = CaseKey(TENANT, Kind.TENANT, "sync").id

    stopped = await stage.bot.cases.get(about_sync)

    assert stopped is not None
    assert card_of(stopped) == Card("C59", "Directory sync has stopped")
    assert stage.case("john@contoso.com").held is not None

    await stage.sync()
    await stage.poll()

    assert stage.case("sync").state is State.CLOSED
    assert stage.case("john@contoso.com").state is State.PENDING


@pytest.mark.case("C55", "lab")
async def test_entra_does_not_let_go_of_an_error_although_all_is_right(stage: Stage) -> None:
    stage.person("John Doe", "SMTP:john@contoso.com")
    stage.person("Svc Scanner", "SMTP:svc.scanner@contoso.com")
    await stage.sync()
    stage.give("Svc Scanner", "smtp:john@contoso.com")
    stage.entra_says("Svc Scanner", "smtp:john@contoso.com")  # and never takes it back
    await stage.sync()
    await stage.poll()
    stage.take("Svc Scanner", "smtp:john@contoso.com")
    for _ in range(12):
        await stage.sync()
        await stage.sweep()
        await stage.due()
    await stage.poll()

    seen = card_of(stage.case("john@contoso.com"))

    assert seen.title == "john@contoso.com is right, but Entra does not let go of the error"
    assert seen.code == "C55"


@pytest.mark.case("C57", "lab")
async def test_a_copy_left_by_a_replication_accident_holds_the_value(stage: Stage) -> None:
    add_public_folder(stage.tenant, "Events", addresses=("SMTP:events@contoso.com",))
    stage.person("Hanne Moen", "SMTP:hanne.moen@contoso.com", "smtp:events@contoso.com")
    stage.person(
        "Events",
        "SMTP:events@contoso.com",
        cn="Events\nCNF:3e2d8a86-3e8f-4b6c-9d0f-3f1b8a6c9e10",
        as_system=True,
    )
    await stage.sync()

    seen = await diagnosed(stage, "events@contoso.com")

    title = "A copy left by a replication accident holds events@contoso.com"
    assert seen == Card("C57", title)
    assert len(stage.runbooks("events@contoso.com")) == 1


@pytest.mark.case("C58", "lab")
async def test_entra_shows_the_same_error_on_both(stage: Stage) -> None:
    stage.person("John Doe", "SMTP:john@contoso.com")
    stage.person("Svc Scanner", "SMTP:svc.scanner@contoso.com")
    await stage.sync()
    stage.give("Svc Scanner", "smtp:john@contoso.com")
    stage.entra_says("John Doe", "SMTP:john@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "john@contoso.com")

    assert seen == Card("C58", "Two people list john@contoso.com", ("safe",))

    await all_the_way(
        stage, "john@contoso.com", mended=stage.account("John Doe").planted_errors.clear
    )


@pytest.mark.case("C60", "lab")
async def test_something_writes_the_value_back(stage: Stage) -> None:
    stage.person("John Doe", "SMTP:john@contoso.com")
    stage.person("Svc Scanner", "SMTP:svc.scanner@contoso.com")
    await stage.sync()
    stage.give("Svc Scanner", "smtp:john@contoso.com")
    await stage.sync()
    await stage.poll()
    await stage.approve("john@contoso.com")
    await stage.settle()
    stage.give("Svc Scanner", "smtp:john@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "john@contoso.com")

    assert seen == Card("C60", "Something writes smtp:john@contoso.com back to Svc Scanner")


@pytest.mark.case("C62", "lab")
async def test_the_other_holder_lives_in_a_forest_of_another_tenant(two_forests: Stage) -> None:
    stage = two_forests
    stage.not_ours("fab")
    add_public_folder(stage.tenant, "Sales", addresses=("SMTP:sales@contoso.com",))
    stage.person("Bo Berg", "SMTP:bo.berg@contoso.com", "smtp:sales@contoso.com")
    stage.person("Ann Fab", "SMTP:sales@contoso.com", forest="fab")
    await stage.sync()

    seen = await diagnosed(stage, "sales@contoso.com")

    assert seen == Card("C62", "sales@contoso.com also lives outside of this tenant")
