"""In: a value that somebody or something in the cloud already has. Out: the case, its card, each fix all the way and back.
Promise: nothing is deleted, re-joined or opened by the bot: that is what the runbooks are for.
"""

import pytest

from bot.lab.entra import add_contact, add_group, add_guest, add_public_folder, add_user
from bot.model import Risk
from tests.cases.walk import JUDGE, SAFE, Card, all_the_way, diagnosed
from tests.stage.on_premises import ELSEWHERE
from tests.stage.stage import Stage


@pytest.mark.case("C23", "lab")
@pytest.mark.parametrize("nth", [0, 1])
async def test_somebody_had_a_cloud_account_already(stage: Stage, nth: int) -> None:
    stage.tenant.rules.block_soft_match = True
    add_user(
        stage.tenant,
        "bo@contoso.com",
        display_name="Bo Lund",
        addresses=("SMTP:bo.lund@contoso.com",),
        licences=("SPE_E3",),
    )
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", "smtp:lund@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "bo.lund@contoso.com")

    assert seen == Card(
        "C23", "Bo Lund (bo.lund@contoso.com) has two accounts in the cloud", (JUDGE, JUDGE)
    )

    await all_the_way(stage, "bo.lund@contoso.com", nth)


@pytest.mark.case("C24", "lab")
async def test_another_person_in_the_cloud_uses_the_address(stage: Stage) -> None:
    add_user(
        stage.tenant,
        "ann@contoso.com",
        display_name="Ann Cloud",
        addresses=("SMTP:ann@contoso.com",),
        licences=("SPE_E3",),
    )
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", "smtp:ann@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "ann@contoso.com")

    assert seen == Card("C24", "ann@contoso.com belongs to a cloud-only account", (SAFE,))

    await all_the_way(stage, "ann@contoso.com")


@pytest.mark.case("C25", "lab")
async def test_a_group_of_the_cloud_uses_the_address(stage: Stage) -> None:
    add_group(stage.tenant, "Project X", addresses=("SMTP:x@contoso.com",), unified=True)
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", "smtp:x@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "x@contoso.com")

    assert seen == Card("C25", "x@contoso.com belongs to a group in the cloud", (SAFE,))

    await all_the_way(stage, "x@contoso.com")


@pytest.mark.case("C26", "lab")
async def test_a_partner_was_invited_as_a_guest_first(stage: Stage) -> None:
    add_guest(stage.tenant, "per@fabrikam.com", display_name="Per Partner")
    stage.contact("Per Partner", "SMTP:per.p@fabrikam.com", "smtp:per@fabrikam.com")
    await stage.sync()

    seen = await diagnosed(stage, "per@fabrikam.com")

    assert seen == Card("C26", "per@fabrikam.com belongs to a guest", (JUDGE,))

    await all_the_way(stage, "per@fabrikam.com")


@pytest.mark.case("C27", "lab")
async def test_a_contact_made_in_the_cloud_has_the_address(stage: Stage) -> None:
    add_contact(stage.tenant, "Per Partner", addresses=("SMTP:per@contoso.com",))
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", "smtp:per@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "per@contoso.com")

    assert seen == Card("C27", "per@contoso.com belongs to a contact made in the cloud", (JUDGE,))

    await all_the_way(stage, "per@contoso.com")


@pytest.mark.case("C28", "lab")
async def test_an_old_public_folder_stands_in_ad_too(stage: Stage) -> None:
    folder = add_public_folder(stage.tenant, "Events", addresses=("SMTP:events@contoso.com",))
    stage.folder("Events", "SMTP:events.old@contoso.com", "smtp:events@contoso.com")
    stage.person("Hanne Moen", "SMTP:hanne.moen@contoso.com", "smtp:events@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "events@contoso.com")

    assert seen == Card("C28", "events@contoso.com belongs to an old public folder", (JUDGE,))

    await all_the_way(stage, "events@contoso.com", mended=lambda: stage.tenant.purge(folder.id))


@pytest.mark.case("C29", "lab")
async def test_the_owner_lies_in_the_recycle_bin(stage: Stage) -> None:
    stage.person("Eva Old", "SMTP:eva@contoso.com")
    await stage.sync()
    stage.delete("Eva Old")
    await stage.sync()
    stage.person("Eva New", "SMTP:eva.new@contoso.com", "smtp:eva@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "eva@contoso.com")

    assert seen == Card("C29", "eva@contoso.com belongs to a deleted cloud object")
    assert [r.risk for r in stage.runbooks("eva@contoso.com")] == [Risk.DESTRUCTIVE] * 2


@pytest.mark.case("C30", "lab")
async def test_a_cloud_account_lost_its_person_in_ad(stage: Stage) -> None:
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com")
    await stage.sync()
    stage.tenant.rules.deletion_threshold = 0  # the sync refuses to delete so much at once
    stage.delete("Bo Lund")
    stage.person("Bo Lund again", "SMTP:bo.lund@contoso.com", displayName="Bo Lund")
    await stage.sync(deletes=False)

    seen = await diagnosed(stage, "bo.lund@contoso.com")

    assert seen == Card("C30", "Bo Lund (bo.lund@contoso.com) in the cloud has lost its AD account")


@pytest.mark.case("C35", "lab")
async def test_the_owner_is_an_administrator_of_the_cloud(stage: Stage) -> None:
    admin = add_user(
        stage.tenant,
        "adm.bo@contoso.com",
        display_name="Bo Admin",
        addresses=("SMTP:bo@contoso.com",),
    )
    stage.tenant.grant_role(admin.id, "Global Administrator")
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", "smtp:bo@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "bo@contoso.com")

    assert seen == Card("C35", "bo@contoso.com belongs to an administrator in the cloud", (JUDGE,))
    assert stage.diagnosis("bo@contoso.com").alert

    await all_the_way(stage, "bo@contoso.com")


@pytest.mark.case("C38", "lab")
async def test_ad_no_longer_decides_about_the_object(stage: Stage) -> None:
    stage.person("John Doe", "SMTP:john@contoso.com")
    stage.person("Svc Scanner", "SMTP:svc.scanner@contoso.com")
    await stage.sync()
    stage.give("Svc Scanner", "smtp:john@contoso.com")
    await stage.sync()
    stage.account("Svc Scanner").cloud_managed = True

    seen = await diagnosed(stage, "john@contoso.com")

    assert seen == Card("C38", "Svc Scanner is managed in the cloud now")


@pytest.mark.case("C61", "lab")
async def test_the_object_is_not_synchronized_any_more(stage: Stage) -> None:
    stage.person("John Doe", "SMTP:john@contoso.com")
    stage.person("Svc Scanner", "SMTP:svc.scanner@contoso.com")
    await stage.sync()
    stage.give("Svc Scanner", "smtp:john@contoso.com")
    await stage.sync()
    stage.tenant.rules.deletion_threshold = 0
    stage.move("Svc Scanner", ELSEWHERE)
    await stage.sync(deletes=False)

    seen = await diagnosed(stage, "john@contoso.com")

    assert seen == Card("C61", "Changes of Svc Scanner in AD never reach Entra")
