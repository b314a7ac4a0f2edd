"""In: two or more objects of AD that claim one value. Out: the case, its card, and each fix all the way and back.
Promise: the conflict is made by the sync, as it is made in life; nobody writes the error by hand.
"""

import pytest

from tests.cases.walk import JUDGE, SAFE, Card, all_the_way, diagnosed
from tests.stage.stage import Stage


@pytest.mark.case("C01", "lab")
async def test_an_address_that_somebody_else_lists_as_an_extra_one(stage: Stage) -> None:
    stage.person("John Doe", "SMTP:john@contoso.com", "smtp:john.d@contoso.com")
    stage.person("Svc Scanner", "SMTP:svc.scanner@contoso.com")
    await stage.sync()
    stage.give("Svc Scanner", "smtp:john@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "john@contoso.com")

    assert seen == Card("C01", "Two people list john@contoso.com", (SAFE,))

    await all_the_way(stage, "john@contoso.com")


@pytest.mark.case("C01", "lab")
async def test_the_extra_address_came_first_so_its_owner_loses_delivery(stage: Stage) -> None:
    stage.person("Kari Holm", "SMTP:kari.holm@contoso.com", "smtp:kari@contoso.com")
    await stage.sync()
    stage.person("Kari Nes", "SMTP:kari@contoso.com", "smtp:kari.nes@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "kari@contoso.com")

    assert seen == Card("C01", "Two people list kari@contoso.com", (JUDGE,))

    await all_the_way(stage, "kari@contoso.com")


@pytest.mark.case("C02", "lab")
async def test_two_people_have_one_main_address(stage: Stage) -> None:
    stage.person("Per Hansen", "SMTP:per@contoso.com")
    await stage.sync()
    stage.person("Per Hauge", "SMTP:per@contoso.com", "smtp:per.hauge@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "per@contoso.com")

    title = "Two people have per@contoso.com as main address"
    assert seen == Card("C02", title, (JUDGE, JUDGE))

    await all_the_way(stage, "per@contoso.com")
