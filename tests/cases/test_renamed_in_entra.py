"""In: a sign-in name that stands in the way in Entra, and a company that lets the bot change it there. Out: the whole way.
Promise: Entra itself shows the new name, nothing in AD changes, and the way back gives exactly the old name.
"""

from datetime import timedelta

import pytest

from bot.lab.entra import DirectoryObject, add_user
from bot.model import Case, Proposal, Side, State
from tests.cases.walk import JUDGE, Card, card_of, diagnosed, waiting
from tests.stage.on_premises import differences
from tests.stage.stage import Stage

SHOP = "shop@contoso.com"
NEW = "eva.lie@contoso.com"


def in_entra(case: Case) -> Proposal:
    return next(p for p in case.proposals if p.steps[0].side is Side.ENTRA)


def told(case: Case) -> list[str]:
    return [m.say.english() for m in case.timeline]


async def both_sign_in_as_the_shop(stage: Stage) -> DirectoryObject:
    """An account without a mailbox, made in Entra, and a person in AD: both sign in by the same name."""
    stage.tenant.rules.block_soft_match = True
    eva = add_user(stage.tenant, SHOP, display_name="Eva Lie")
    eva.attributes |= {"givenName": "Eva", "surname": "Lie"}
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", userPrincipalName=SHOP)
    await stage.sync()
    return eva


@pytest.mark.case("C24", "lab")
async def test_the_cloud_account_takes_another_name_and_bo_signs_in_by_his(stage: Stage) -> None:
    eva = await both_sign_in_as_the_shop(stage)

    assert await diagnosed(stage, SHOP) == Card(
        "C24", "shop@contoso.com belongs to a cloud-only account", (JUDGE, JUDGE)
    )

    before = stage.snapshot_ad()
    written = await stage.approve(SHOP, in_entra(stage.case(SHOP)))

    assert (written.state, eva.user_principal_name) == (State.WRITTEN, NEW), told(written)

    await stage.settle()

    assert stage.case(SHOP).state is State.VERIFIED
    assert SHOP not in waiting(stage)
    assert stage.account("Bo Lund").user_principal_name == SHOP
    assert differences(before, stage.snapshot_ad()) == []


async def test_before_bo_has_it_the_old_name_can_be_given_back(stage: Stage) -> None:
    eva = await both_sign_in_as_the_shop(stage)
    await stage.poll()
    before = stage.snapshot_ad()
    await stage.approve(SHOP, in_entra(stage.case(SHOP)))
    await stage.undo(SHOP)

    assert eva.user_principal_name == SHOP
    assert differences(before, stage.snapshot_ad()) == []


async def test_once_bo_has_it_it_is_not_taken_from_him_again(stage: Stage) -> None:
    eva = await both_sign_in_as_the_shop(stage)
    await stage.poll()
    await stage.approve(SHOP, in_entra(stage.case(SHOP)))
    await stage.settle()
    with pytest.raises(AssertionError):
        await stage.undo(SHOP)

    assert stage.bot.actions()[-1] != "write.undone"
    assert (eva.user_principal_name, stage.account("Bo Lund").user_principal_name) == (NEW, SHOP)
    assert "shop@contoso.com belongs to Bo Lund in Entra" in " ".join(told(stage.case(SHOP)))


async def test_an_administrator_of_the_cloud_is_never_renamed(stage: Stage) -> None:
    eva = await both_sign_in_as_the_shop(stage)
    await stage.poll()
    proposal = in_entra(stage.case(SHOP))
    stage.tenant.grant_role(eva.id, "User Administrator")
    after = await stage.approve(SHOP, proposal)

    assert eva.user_principal_name == SHOP
    assert after.state is not State.WRITTEN
    assert all(p.steps[0].side is Side.AD for p in after.proposals)


@pytest.mark.case("C38", "lab")
async def test_an_account_that_the_cloud_manages_is_renamed_there(stage: Stage) -> None:
    """It came from AD once; changing it there would do nothing any more."""
    stage.person("Eva Lie", userPrincipalName=SHOP)
    await stage.sync()
    stage.account("Eva Lie").cloud_managed = True
    stage.edit("Eva Lie", userPrincipalName="eva@contoso.com")
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", userPrincipalName=SHOP)
    await stage.sync()
    before = stage.snapshot_ad()
    seen = await diagnosed(stage, SHOP)

    assert seen.code == "C38"

    written = await stage.approve(SHOP, in_entra(stage.case(SHOP)))

    assert written.state is State.WRITTEN, told(written)
    assert stage.account("Eva Lie").user_principal_name == NEW

    await stage.undo(SHOP)

    assert stage.account("Eva Lie").user_principal_name == SHOP
    assert differences(before, stage.snapshot_ad()) == []


@pytest.mark.case("C52", "lab")
async def test_a_name_that_does_not_follow_is_set_once_in_entra(stage: Stage) -> None:
    stage.tenant.rules.synchronize_upn_for_managed_users = False
    stage.person("Bo Berg", "SMTP:bo.berg@contoso.com")
    await stage.sync()
    stage.licence("Bo Berg")
    stage.edit("Bo Berg", userPrincipalName="bo@contoso.com")
    await stage.sync(after=timedelta(hours=3))
    await stage.walk()
    [case] = stage.bot.cases.all()

    assert card_of(case) == Card(
        "C52", "In the cloud Bo Berg still signs in with an old name", (JUDGE,)
    )

    before = stage.snapshot_ad()
    written = await stage.approve(case.id)

    assert stage.account("Bo Berg").user_principal_name == "bo@contoso.com"
    assert written.state is State.VERIFIED, told(written)  # no sync has to bring it there

    await stage.undo(case.id)

    assert stage.account("Bo Berg").user_principal_name == "bo.berg@contoso.com"
    assert differences(before, stage.snapshot_ad()) == []
