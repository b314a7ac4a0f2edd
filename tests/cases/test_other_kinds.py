"""In: objects of different kinds (or groups and contacts) that claim one address. Out: the case, its card, each fix and back.
Promise: a contact is never changed by one click; a group gives way like a person; the bot deletes nobody.
"""

import pytest

from tests.cases.walk import JUDGE, SAFE, Card, all_the_way, diagnosed
from tests.stage.stage import Stage


@pytest.mark.case("C06", "lab")
async def test_a_person_lists_the_address_of_a_group(stage: Stage) -> None:
    stage.group("Tax", "SMTP:tax@contoso.com")
    await stage.sync()
    stage.person("Siri Haugen", "SMTP:siri.haugen@contoso.com", "smtp:tax@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "tax@contoso.com")

    assert seen == Card("C06", "tax@contoso.com is both a person’s and a group’s address", (SAFE,))

    await all_the_way(stage, "tax@contoso.com")


@pytest.mark.case("C06", "lab")
async def test_a_group_takes_the_address_that_a_person_lists(stage: Stage) -> None:
    stage.person("Siri Haugen", "SMTP:siri.haugen@contoso.com", "smtp:tax@contoso.com")
    await stage.sync()
    stage.group("Tax", "SMTP:tax@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "tax@contoso.com")

    assert seen == Card("C06", "tax@contoso.com is both a person’s and a group’s address", (JUDGE,))

    await all_the_way(stage, "tax@contoso.com")


@pytest.mark.case("C07", "lab")
async def test_a_contact_from_before_somebody_was_hired(stage: Stage) -> None:
    stage.contact("Bo Lund (extern)", "SMTP:bo.lund@contoso.com", "smtp:bo@fabrikam.com")
    await stage.sync()
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "bo.lund@contoso.com")

    assert seen == Card(
        "C07", "A contact has the address of a person: bo.lund@contoso.com", (JUDGE,)
    )

    await all_the_way(stage, "bo.lund@contoso.com")


@pytest.mark.case("C08", "lab")
async def test_a_group_and_a_contact_share_an_address(stage: Stage) -> None:
    stage.contact("Sales partner", "SMTP:sales@contoso.com")
    await stage.sync()
    stage.group("Sales", "SMTP:sales@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "sales@contoso.com")

    assert seen == Card("C08", "A group and a contact share sales@contoso.com", (JUDGE,))

    await all_the_way(stage, "sales@contoso.com")


@pytest.mark.case("C09", "lab")
@pytest.mark.parametrize("nth", [0, 1])
async def test_two_groups_share_an_address_and_the_second_is_quarantined_a_cycle_later(
    stage: Stage, nth: int
) -> None:
    stage.group("Sales", "SMTP:sales@contoso.com")
    await stage.sync()
    stage.group("Salg", "SMTP:sales@contoso.com")
    await stage.sync()

    assert stage.errors() == {}

    await stage.sync()
    seen = await diagnosed(stage, "sales@contoso.com")

    assert seen == Card("C09", "Two groups share sales@contoso.com", (JUDGE, JUDGE))

    await all_the_way(stage, "sales@contoso.com", nth)


@pytest.mark.case("C10", "lab")
async def test_the_same_partner_is_a_contact_twice(stage: Stage) -> None:
    stage.contact("Per Partner", "SMTP:per@fabrikam.com")
    await stage.sync()
    stage.contact("Per Partner again", "SMTP:per@fabrikam.com", displayName="Per Partner")
    await stage.sync()

    seen = await diagnosed(stage, "per@fabrikam.com")

    assert seen == Card("C10", "The same contact twice: per@fabrikam.com")
    assert len(stage.runbooks("per@fabrikam.com")) == 1
