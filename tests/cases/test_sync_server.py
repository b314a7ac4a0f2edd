"""In: what only the sync server complains of, told to the bot by an agent there. Out: the case, its card, and each fix.
What the lab's sync refuses too is refused by it; what it takes (too much data, odd account names) is told by hand.
Promise: identity numbers, switches and deletions are for people: the card has the steps, and no button.
"""

from typing import Any

import pytest

from bot.lab.entra import add_user
from bot.model import Risk
from tests.cases.walk import JUDGE, Card, all_the_way, diagnosed
from tests.stage.on_premises import DISABLED
from tests.stage.stage import Stage

SAME_NUMBER = bytes(range(16))


@pytest.mark.case("C17", "lab")
@pytest.mark.parametrize("nth", [0, 1])
async def test_two_accounts_have_one_chat_address(stage: Stage, nth: int) -> None:
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", "sip:bo@contoso.com")
    stage.person("Bo Old", "SMTP:bo.old@contoso.com", userAccountControl=DISABLED)
    await stage.sync()
    stage.give("Bo Old", "sip:bo@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "bo@contoso.com")

    assert seen == Card("C17", "Two accounts carry the chat address bo@contoso.com", (JUDGE, JUDGE))

    await all_the_way(stage, "bo@contoso.com", nth)


@pytest.mark.case("C31", "lab")
async def test_somebody_was_made_anew_in_ad(stage: Stage) -> None:
    first = stage.person("Bo Lund", "SMTP:bo.lund@contoso.com")
    sid = first.values["objectSid"][0]
    await stage.sync()
    stage.tenant.rules.deletion_threshold = 0
    stage.delete("Bo Lund")
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", objectSid=sid, as_system=True)
    await stage.sync(deletes=False)

    seen = await diagnosed(stage, "Bo Lund")

    assert seen == Card("C31", "Bo Lund has a new identity number in AD")
    assert {r.risk for r in stage.runbooks("Bo Lund")} == {Risk.DESTRUCTIVE}


@pytest.mark.case("C32", "lab")
async def test_somebody_wrote_another_identity_number(stage: Stage) -> None:
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com")
    await stage.sync()
    stage.tenant.rules.deletion_threshold = 0
    stage.edit("Bo Lund", **{"mS-DS-ConsistencyGuid": SAME_NUMBER})
    await stage.sync(deletes=False)

    seen = await diagnosed(stage, "Bo Lund")

    assert seen == Card("C32", "The identity number of Bo Lund was changed in AD")


@pytest.mark.case("C33", "lab")
async def test_a_switch_keeps_ad_from_taking_an_account_back(stage: Stage) -> None:
    stage.tenant.rules.block_hard_match = True
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com")
    add_user(
        stage.tenant,
        "bo.lund@contoso.com",
        display_name="Bo Lund",
        immutable_id=stage.anchor("Bo Lund"),
    )
    await stage.sync()

    seen = await diagnosed(stage, "Bo Lund")

    assert seen == Card("C33", "Bo Lund is not connected to its cloud account again")


@pytest.mark.case("C34", "lab")
async def test_ad_tries_to_take_over_an_account_that_is_tied_to_another(stage: Stage) -> None:
    number: dict[str, Any] = {"mS-DS-ConsistencyGuid": SAME_NUMBER}
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", **number)
    await stage.sync()
    stage.delete("Bo Lund")
    await stage.sync()
    stage.person("Eve", "SMTP:eve@contoso.com", **number)
    await stage.sync()

    seen = await diagnosed(stage, "Eve")

    assert seen == Card("C34", "AD tried to take over Eve, which is tied to another account")
    assert stage.diagnosis("Eve").alert


@pytest.mark.case("C39", "lab")
async def test_two_people_have_one_security_number(stage: Stage) -> None:
    first = stage.person("Bo Lund", "SMTP:bo.lund@contoso.com")
    await stage.sync()
    sid = first.values["objectSid"][0]
    stage.person("Ann Berg", "SMTP:ann.berg@contoso.com", objectSid=sid, as_system=True)
    await stage.sync()

    seen = await diagnosed(stage, "Ann Berg")

    assert seen.code == "C39"
    assert seen.risks == ()
    assert stage.diagnosis("Ann Berg").alert


@pytest.mark.case("C40", "lab")
async def test_the_sync_server_may_not_delete_a_restored_account(stage: Stage) -> None:
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com")
    await stage.sync()
    stage.account("Bo Lund").sync_enabled = False  # deleted in the cloud and restored there
    stage.delete("Bo Lund")
    await stage.sync()

    seen = await diagnosed(stage, "Bo Lund")

    assert seen == Card("C40", "The sync server may not delete Bo Lund (bo.lund@contoso.com)")


@pytest.mark.case("C49", "lab")
async def test_an_account_name_has_odd_letters_and_there_is_no_sign_in_name(stage: Stage) -> None:
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", sam="bo,lund", userPrincipalName=None)
    await stage.sync()
    stage.told("Bo Lund", "IdentityDataValidationFailed", "onPremisesSamAccountName", "bo,lund")

    seen = await diagnosed(stage, "bo,lund")

    assert seen == Card("C49", "The account name bo,lund has unusual characters", (JUDGE,))

    await all_the_way(stage, "bo,lund", mended=stage.agent.told.clear)


@pytest.mark.case("C51", "lab")
async def test_an_object_carries_too_much(stage: Stage) -> None:
    old = [f"X400:c=NO;a= ;p=Contoso;s=Lund{number};" for number in range(3)]
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", *old)
    await stage.sync()
    stage.told("Bo Lund", "LargeObject")

    seen = await diagnosed(stage, "Bo Lund")

    assert seen == Card("C51", "Bo Lund is too large for Entra", (JUDGE,))

    await all_the_way(stage, "Bo Lund", mended=stage.agent.told.clear)


@pytest.mark.case("C53", "lab")
async def test_a_sign_in_name_moved_between_two_federated_domains(stage: Stage) -> None:
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com")
    await stage.sync()
    stage.told("Bo Lund", "FederatedDomainChange")

    seen = await diagnosed(stage, "Bo Lund")

    assert seen == Card("C53", "Bo Lund moved to another federated domain")
