"""In: objects whose own values are written in a way that Entra does not take. Out: the case, its card, each fix and back.
Promise: Entra makes no error of any of them; they are found by comparing AD with what the sync made of it.
"""

from datetime import timedelta

import pytest

from bot.model import Case, ObjectType, Origin, State, SyncError
from bot.triage.diagnose import diagnose
from tests.builders import NOW, cloud_id_of, evidence, user
from tests.cases.walk import JUDGE, SAFE, Card, as_planned, card_of
from tests.stage.on_premises import differences
from tests.stage.stage import Stage

BO = ("SMTP:bo.berg@contoso.com",)


async def found(stage: Stage) -> Case:
    """A sync, and a walk over what it made; there is one difference."""
    await stage.sync()
    await stage.walk()
    (case,) = stage.bot.cases.all()
    return case


async def there_and_back(stage: Stage, case: Case) -> None:
    """Approved, written, synchronized, green; then undone."""
    first = stage.snapshot_ad()
    proposal = case.proposals[0]
    written = await stage.approve(case.key.value, proposal)

    assert written.state is State.WRITTEN, [m.say.english() for m in written.timeline]

    await stage.settle()

    assert stage.case(case.key.value).state is State.VERIFIED
    assert differences(as_planned(first, proposal), stage.snapshot_ad()) == []

    await stage.walk()

    assert stage.case(case.key.value).state is State.VERIFIED

    await stage.undo(case.key.value)

    assert differences(first, stage.snapshot_ad()) == []


@pytest.mark.case("C41", "lab")
async def test_a_sign_in_name_for_use_inside_the_company(stage: Stage) -> None:
    stage.person("Bo Berg", *BO, userPrincipalName="bo@contoso.local")
    case = await found(stage)
    title = "The sign-in name bo@contoso.local ends in a domain Entra does not know"

    assert card_of(case) == Card("C41", title, (JUDGE,))

    await there_and_back(stage, case)


@pytest.mark.case("C42", "lab")
async def test_a_sign_in_name_with_letters_that_entra_does_not_take(stage: Stage) -> None:
    stage.person("Bo Berg", *BO, userPrincipalName="bø.berg@contoso.com")
    case = await found(stage)
    title = "The sign-in name bø.berg@contoso.com is written in a way Entra does not take"

    assert card_of(case) == Card("C42", title, (JUDGE,))

    await there_and_back(stage, case)


@pytest.mark.case("C43", "lab")
async def test_a_sign_in_name_that_is_too_long(stage: Stage) -> None:
    stage.person("Bo Berg", *BO, userPrincipalName=f"{'b' * 70}@contoso.com")
    case = await found(stage)

    assert card_of(case) == Card("C43", "The sign-in name of Bo Berg is too long", (JUDGE,))

    await there_and_back(stage, case)


@pytest.mark.case("C44", "lab")
async def test_no_sign_in_name_and_an_account_name_that_cannot_be_one(stage: Stage) -> None:
    stage.person("Bo Berg", *BO, sam="bo,berg", userPrincipalName=None)
    case = await found(stage)

    assert card_of(case) == Card("C44", "Bo Berg has no sign-in name", (JUDGE,))

    await there_and_back(stage, case)


@pytest.mark.case("C45", "lab")
async def test_an_extra_address_with_a_blank_in_it(stage: Stage) -> None:
    stage.person("Bo Berg", *BO, "smtp:bo @contoso.com")
    case = await found(stage)

    assert card_of(case) == Card("C45", "An address of Bo Berg is written wrongly", (SAFE,))

    await there_and_back(stage, case)


@pytest.mark.case("C45", "lab")
async def test_an_address_without_its_type(stage: Stage) -> None:
    stage.person("Bo Berg", *BO, "bo@contoso.com")
    case = await found(stage)

    assert card_of(case) == Card("C45", "An address of Bo Berg is written wrongly", (JUDGE,))

    await there_and_back(stage, case)


@pytest.mark.case("C46", "lab")
async def test_an_extra_address_of_a_licensed_user_in_a_foreign_domain(stage: Stage) -> None:
    stage.person("Bo Berg", *BO, "smtp:bo@contoso.local")
    await stage.sync()
    stage.licence("Bo Berg")
    case = await found(stage)
    title = "Bo Berg lists an address in contoso.local, which Entra does not know"

    assert card_of(case) == Card("C46", title, (SAFE,))

    await there_and_back(stage, case)


@pytest.mark.case("C47", "lab")
async def test_an_alias_that_begins_with_a_period(stage: Stage) -> None:
    stage.person("Bo Berg", *BO, mailNickname=".bo")
    case = await found(stage)

    assert card_of(case) == Card(
        "C47", "The alias of Bo Berg looks different in the cloud", (JUDGE,)
    )

    await there_and_back(stage, case)


@pytest.mark.case("C48", "lab")
async def test_a_group_people_write_to_without_a_name(stage: Stage) -> None:
    stage.group("Sales", "SMTP:sales@contoso.com", displayName=None)
    case = await found(stage)

    assert card_of(case) == Card("C48", "Sales has no display name", (SAFE,))

    await there_and_back(stage, case)


@pytest.mark.case("C50", "lab")
async def test_two_main_addresses(stage: Stage) -> None:
    stage.person("Bo Berg", *BO, "SMTP:b.berg@contoso.com", mail="b.berg@contoso.com")
    case = await found(stage)

    assert card_of(case) == Card("C50", "Bo Berg has more than one main address", (JUDGE,))

    await there_and_back(stage, case)


@pytest.mark.case("C52", "lab")
async def test_a_licensed_user_keeps_an_old_name_in_the_cloud(stage: Stage) -> None:
    stage.tenant.rules.synchronize_upn_for_managed_users = False
    stage.person("Bo Berg", *BO)
    await stage.sync()
    stage.licence("Bo Berg")
    stage.edit("Bo Berg", userPrincipalName="bo@contoso.com")
    await stage.sync()
    await stage.walk()

    assert stage.bot.cases.all() == []  # it might still be on its way

    await stage.sync(after=timedelta(hours=2))
    case = await found(stage)

    assert card_of(case) == Card(
        "C52", "In the cloud Bo Berg still signs in with an old name", ("judge",)
    )


async def test_what_people_put_right_themselves_is_closed(stage: Stage) -> None:
    stage.person("Bo Berg", *BO, "smtp:bo @contoso.com")
    case = await found(stage)
    stage.take("Bo Berg", "smtp:bo @contoso.com")
    await stage.sync()
    await stage.walk()

    assert stage.case(case.key.value).state is State.CLOSED


async def test_a_poll_of_the_error_lists_does_not_close_what_no_list_shows(stage: Stage) -> None:
    stage.person("Bo Berg", *BO, "smtp:bo @contoso.com")
    case = await found(stage)
    await stage.poll()

    assert stage.case(case.key.value).state is State.PENDING


async def test_a_walk_does_not_close_what_stands_in_the_error_lists(stage: Stage) -> None:
    stage.person("John Doe", "SMTP:john@contoso.com")
    await stage.sync()
    stage.person("Bo Berg", *BO, "smtp:john@contoso.com")
    await stage.sync()
    await stage.poll()
    await stage.walk()

    assert stage.case("john@contoso.com").state is State.PENDING


async def test_a_quiet_walk_asks_for_changes_only(stage: Stage) -> None:
    for number in range(30):
        stage.person(f"Person {number}", f"SMTP:p{number}@contoso.com")
    await stage.sync()
    await stage.walk()
    before = stage.house.cloud.requests
    await stage.walk()

    assert stage.house.cloud.requests - before == 3  # the tenant, users, groups


# ---------------------------------------------------------------- what only the sync server tells


def told(category: str, attribute: str | None = None) -> SyncError:
    return SyncError(
        object_id=cloud_id_of("Bo Berg"),
        object_type=ObjectType.USER,
        object_name="Bo Berg",
        origin=Origin.EXPORT,
        category=category,
        attribute=attribute,
    )


SERVER = "IdentityDataValidationFailed"


def code_of(entry: SyncError, **ad: object) -> str:
    bo = user("Bo Berg", ad={"common_name": "Bo Berg", "display_name": "Bo Berg", **ad})
    read = evidence(bo, value=f"{entry.object_id}:{entry.category}".lower(), errors=(entry,))
    return diagnose(read, case_id="c-1", previous=None, now=NOW).diagnosis.code


@pytest.mark.case("C44", "file")
def test_an_account_without_a_sign_in_name() -> None:
    assert code_of(told(SERVER, "userPrincipalName"), user_principal_name=None) == "C44"


@pytest.mark.case("C49", "file")
def test_an_account_name_with_odd_characters() -> None:
    assert code_of(told(SERVER, "sAMAccountName"), sam_account_name="bo+berg") == "C49"


@pytest.mark.case("C51", "file")
def test_an_object_with_too_many_certificates() -> None:
    assert code_of(told("LargeObject"), certificates=22, expired_certificates=14) == "C51"


@pytest.mark.case("C53", "file")
def test_a_move_between_federated_domains() -> None:
    assert code_of(told("FederatedDomainChange")) == "C53"
