"""In: two or more objects of AD that claim one value. Out: the case, its card, and each fix all the way and back.
Promise: the conflict is made by the sync, as it is made in life; nobody writes the error by hand.
"""

from datetime import timedelta
from typing import Any

import pytest

from bot.model import State
from tests.cases.walk import JUDGE, SAFE, Card, all_the_way, card_of, diagnosed
from tests.stage.on_premises import (
    DISABLED,
    REMOTE_MAILBOX,
    SHARED_MAILBOX,
    UNDER_A_POLICY,
    differences,
)
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
@pytest.mark.parametrize("nth", [0, 1, 2])
async def test_two_people_have_one_main_address(stage: Stage, nth: int) -> None:
    stage.person("Per Hansen", "SMTP:per@contoso.com")
    await stage.sync()
    stage.person("Per Hauge", "SMTP:per@contoso.com", "smtp:hauge@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "per@contoso.com")

    assert seen == Card(
        "C02", "Two people have per@contoso.com as main address", (JUDGE, JUDGE, JUDGE)
    )

    await all_the_way(stage, "per@contoso.com", nth)


@pytest.mark.case("C02", "lab")
async def test_a_company_without_exchange_has_its_main_addresses_in_the_mail_field(
    stage: Stage,
) -> None:
    stage.person("Per Hansen", mail="per@contoso.com")
    await stage.sync()
    stage.licence("Per Hansen")
    stage.person("Per Hauge", mail="per@contoso.com")
    await stage.sync()
    stage.licence("Per Hauge")

    seen = await diagnosed(stage, "per@contoso.com")

    assert seen == Card("C02", "Two people have per@contoso.com as main address", (JUDGE,))

    await all_the_way(stage, "per@contoso.com")


@pytest.mark.case("C03", "lab")
@pytest.mark.parametrize("nth", [0, 1])
async def test_two_forests_gave_out_one_sign_in_name(two_forests: Stage, nth: int) -> None:
    stage, shared = two_forests, "kari@contoso.com"
    stage.person("Kari Holm", "SMTP:kari.holm@contoso.com", userPrincipalName=shared)
    await stage.sync()
    stage.person("Kari Nes", "SMTP:kari.nes@contoso.com", userPrincipalName=shared, forest="fab")
    await stage.sync()

    seen = await diagnosed(stage, shared)

    assert seen == Card("C03", "Two accounts use the sign-in name kari@contoso.com", (JUDGE, JUDGE))

    await all_the_way(stage, shared, nth)


@pytest.mark.case("C04", "lab")
@pytest.mark.parametrize("nth", [0, 1])
async def test_a_sign_in_name_that_somebody_else_lists_as_an_address(
    stage: Stage, nth: int
) -> None:
    stage.person("Anna Berg", "SMTP:anna.berg@contoso.com", userPrincipalName="anna@contoso.com")
    await stage.sync()
    stage.licence("Anna Berg")
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", "smtp:anna@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "anna@contoso.com")

    assert seen == Card(
        "C04", "A sign-in name is also somebody else’s address: anna@contoso.com", (SAFE, JUDGE)
    )

    await all_the_way(stage, "anna@contoso.com", nth)


@pytest.mark.case("C04", "lab")
@pytest.mark.parametrize("nth", [0, 1])
async def test_a_mailbox_comes_later_and_wants_the_sign_in_name_as_an_address(
    stage: Stage, nth: int
) -> None:
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", "smtp:anna@contoso.com")
    stage.person("Anna Berg", "SMTP:anna.berg@contoso.com", userPrincipalName="anna@contoso.com")
    await stage.sync()
    stage.licence("Anna Berg")
    await stage.sync()

    seen = await diagnosed(stage, "anna@contoso.com")

    assert seen == Card(
        "C04", "A sign-in name is also somebody else’s address: anna@contoso.com", (JUDGE, JUDGE)
    )

    await all_the_way(stage, "anna@contoso.com", nth)


@pytest.mark.case("C05", "lab")
@pytest.mark.parametrize("nth", [0, 1])
@pytest.mark.parametrize(("control", "risk"), [(512, JUDGE), (DISABLED, SAFE)])
async def test_an_account_for_work_carries_its_owners_address_as_a_note(
    stage: Stage, control: int, risk: str, nth: int
) -> None:
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com")
    await stage.sync()
    stage.person("adm-bo", mail="bo.lund@contoso.com", userAccountControl=control)
    await stage.sync()

    seen = await diagnosed(stage, "bo.lund@contoso.com")

    assert seen == Card(
        "C05",
        "bo.lund@contoso.com stands in the mail field of an account without a mailbox",
        (risk, JUDGE),
    )

    await all_the_way(stage, "bo.lund@contoso.com", nth)


@pytest.mark.case("C11", "lab")
async def test_one_person_has_two_accounts(two_forests: Stage) -> None:
    stage = two_forests
    stage.person("Kari Holm", "SMTP:kari@contoso.com", employeeID="4711")
    await stage.sync()
    stage.person("Holm, Kari", "SMTP:kari.h@contoso.com", employeeID="4711", forest="fab")
    stage.give("Holm, Kari", "smtp:kari@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "kari@contoso.com")

    assert seen == Card("C11", "One person seems to have two accounts: kari@contoso.com")
    assert [r.risk for r in stage.runbooks("kari@contoso.com")] == ["destructive", "destructive"]


@pytest.mark.case("C12", "lab")
async def test_two_policies_made_one_address_in_two_domains(two_forests: Stage) -> None:
    stage, made = two_forests, "smtp:tonis@contoso.com"
    here: dict[str, Any] = {"sam": "tkask", "mailNickname": "tonis", **UNDER_A_POLICY}
    there: dict[str, Any] = {"sam": "tmagi", "mailNickname": "tonis", "forest": "fab"}
    stage.person("Tõnis Kask", "SMTP:tonis@contoso.com", **here)
    stage.person("Tõnis Mägi", "SMTP:tonis.magi@contoso.com", made, **there)
    await stage.sync()

    seen = await diagnosed(stage, "tonis@contoso.com")

    assert seen == Card(
        "C12", "Two Exchange policies made the same address tonis@contoso.com", (SAFE,)
    )

    await all_the_way(stage, "tonis@contoso.com")


@pytest.mark.case("C13", "lab")
async def test_two_spellings_of_one_address_are_one_address(stage: Stage) -> None:
    stage.person("John Doe", "SMTP:John.Doe@Contoso.com")
    await stage.sync()
    stage.person("Svc Scanner", "SMTP:svc.scanner@contoso.com", "smtp:JOHN.DOE@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "john.doe@contoso.com")

    assert seen == Card("C13", "Two people list john.doe@contoso.com", (SAFE,))

    await all_the_way(stage, "john.doe@contoso.com")


@pytest.mark.case("C14", "lab")
@pytest.mark.parametrize("nth", [0])
async def test_somebody_left_and_a_successor_has_the_address(stage: Stage, nth: int) -> None:
    stage.person("Eva Old", "SMTP:eva.old@contoso.com", "smtp:sales.nord@contoso.com")
    await stage.sync()
    stage.edit("Eva Old", userAccountControl=DISABLED)
    stage.move("Eva Old", "OU=Leavers")
    await stage.sync()
    stage.clock.at += timedelta(days=60)
    stage.person("Bo New", "SMTP:bo.new@contoso.com", "smtp:sales.nord@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "sales.nord@contoso.com")

    assert seen == Card(
        "C14",
        "The account of somebody who left still holds sales.nord@contoso.com",
        (JUDGE,),
    )

    await all_the_way(stage, "sales.nord@contoso.com", nth)


@pytest.mark.case("C15", "lab")
async def test_a_shared_mailbox_is_disabled_on_purpose(stage: Stage) -> None:
    stage.person(
        "Reception",
        "SMTP:reception@contoso.com",
        userAccountControl=DISABLED,
        msExchRecipientTypeDetails=SHARED_MAILBOX,
    )
    await stage.sync()
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", "smtp:reception@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "reception@contoso.com")

    assert seen == Card("C15", "A shared mailbox and a person have reception@contoso.com", (JUDGE,))

    await all_the_way(stage, "reception@contoso.com")


@pytest.mark.case("C16", "lab")
async def test_mail_is_forwarded_to_an_address_that_somebody_else_wants(stage: Stage) -> None:
    stage.contact("Ann Extern", "x500:/o=Contoso/cn=ann", targetAddress="SMTP:ann@contoso.com")
    await stage.sync()
    stage.person("Ann Berg", "SMTP:ann.berg@contoso.com", "smtp:ann@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "ann@contoso.com")

    assert seen == Card("C16", "Mail of somebody else is forwarded to ann@contoso.com")
    assert len(stage.runbooks("ann@contoso.com")) == 1


@pytest.mark.case("C20", "lab")
async def test_a_technical_address_is_taken_already(stage: Stage) -> None:
    made = "bo@contoso.onmicrosoft.com"  # by Entra, from the alias
    stage.person("Bo Holm", "SMTP:bo.holm@contoso.com", mailNickname="bo")
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", f"smtp:{made}")
    await stage.sync()
    stage.entra_says("Bo Lund", f"smtp:{made}")

    seen = await diagnosed(stage, made)

    assert seen == Card("C20", f"The technical address {made} is taken already", (SAFE,))

    await all_the_way(stage, made, mended=stage.account("Bo Lund").planted_errors.clear)


@pytest.mark.case("C21", "lab")
async def test_two_remote_mailboxes_are_reached_by_one_hidden_address(stage: Stage) -> None:
    route = "bo@contoso.mail.onmicrosoft.com"
    both: dict[str, Any] = {
        "targetAddress": f"SMTP:{route}",
        "msExchRecipientTypeDetails": REMOTE_MAILBOX,
    }
    stage.person("Bo Lund", "SMTP:bo.lund@contoso.com", f"smtp:{route}", **both)
    await stage.sync()
    stage.person("Bo Holm", "SMTP:bo.holm@contoso.com", f"smtp:{route}", **both)
    await stage.sync()

    seen = await diagnosed(stage, route)

    assert seen == Card("C21", f"Two mailboxes have the routing address {route}", (JUDGE,))

    await all_the_way(stage, route)


@pytest.mark.case("C22", "lab")
@pytest.mark.parametrize("nth", [0, 1])
async def test_three_people_list_one_address_and_give_way_one_after_the_other(
    stage: Stage, nth: int
) -> None:
    stage.person("John Doe", "SMTP:john@contoso.com")
    await stage.sync()
    stage.person("Svc Scanner", "SMTP:svc.scanner@contoso.com", "smtp:john@contoso.com")
    stage.person("Svc Report", "SMTP:svc.report@contoso.com", "smtp:john@contoso.com")
    await stage.sync()

    seen = await diagnosed(stage, "john@contoso.com")

    assert seen == Card("C22", "3 objects hold john@contoso.com", (SAFE, SAFE))

    await stage.approve("john@contoso.com", stage.case("john@contoso.com").proposals[nth])
    await stage.settle()

    left = card_of(stage.case("john@contoso.com"))
    assert left == Card("C01", "Two people list john@contoso.com", (SAFE,))

    await all_the_way(stage, "john@contoso.com")


@pytest.mark.case("C22", "lab")
@pytest.mark.parametrize("first_back", ["Svc Scanner", "Svc Report"])
@pytest.mark.parametrize("syncs", [True, False])
async def test_what_three_people_gave_up_one_after_the_other_is_put_back_from_one_card(
    stage: Stage,
    first_back: str,
    syncs: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    value = "john@contoso.com"
    stage.person("John Doe", f"SMTP:{value}")
    await stage.sync()
    stage.person("Svc Scanner", "SMTP:svc.scanner@contoso.com", f"smtp:{value}")
    stage.person("Svc Report", "SMTP:svc.report@contoso.com", f"smtp:{value}")
    await stage.sync()
    before = stage.snapshot_ad()
    await diagnosed(stage, value)
    for _ in range(2):
        await stage.approve(value)
        await stage.settle()

    assert stage.case(value).state is State.VERIFIED
    assert stage.errors() == {}

    await stage.undo(value, first_back)
    if syncs:
        await stage.sync()
        await stage.poll()

        assert card_of(stage.case(value)).title == f"Two people list {value}"

    await stage.undo(value)

    assert differences(before, stage.snapshot_ad()) == []

    await stage.sync()
    await stage.poll()

    assert card_of(stage.case(value)).title == f"3 objects hold {value}"


@pytest.mark.case("C22", "lab")
async def test_the_first_to_give_way_gets_it_back_while_the_second_is_still_asked(
    stage: Stage,
) -> None:
    value = "john@contoso.com"
    stage.person("John Doe", f"SMTP:{value}")
    await stage.sync()
    stage.person("Svc Scanner", "SMTP:svc.scanner@contoso.com", f"smtp:{value}")
    stage.person("Svc Report", "SMTP:svc.report@contoso.com", f"smtp:{value}")
    await stage.sync()
    before = stage.snapshot_ad()
    await diagnosed(stage, value)
    await stage.approve(value)
    await stage.settle()

    assert stage.case(value).state is State.PENDING

    await stage.undo(value)

    assert differences(before, stage.snapshot_ad()) == []
