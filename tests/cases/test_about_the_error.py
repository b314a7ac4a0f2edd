"""In: errors whose cause is not a plain conflict: over, hidden, unknown, or no sync at all. Out: what the card says.
Promise: where nothing should be changed there is no button, and the card goes away by itself when Entra is clean.
"""

from datetime import timedelta

import pytest

from bot.lab.entra import add_public_folder
from bot.model import CaseKey, Kind, State
from tests.builders import TENANT
from tests.cases.walk import Card, card_of, diagnosed
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
