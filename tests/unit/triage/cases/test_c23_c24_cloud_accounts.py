"""In: a cloud-only account that has what an AD user asks for. Out: C23 when both are one person, C24 when not.
Promise: the reason that kept one person's accounts apart is said only when it was read.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.model import Holder, Risk
from tests.builders import NOW, VALUE, anchor_of, guid_of, stamp
from tests.unit.triage.cases.world import (
    EXTRA,
    MAIN,
    asker,
    changes,
    commands,
    exported,
    flags,
    found,
    new_in_ad,
    owner,
    read_of,
    ways,
    words,
)

# ---------------------------------------------------------------- C24


def test_another_persons_cloud_account_is_c24_with_one_safe_step() -> None:
    finding = found(read_of(asker(), owner()))

    assert (finding.diagnosis.code, changes(finding)) == (
        "C24",
        [("proxyAddresses", (EXTRA,), ())],
    )
    assert ways(finding) == [(1, Risk.SAFE), (2, Risk.JUDGE)]
    assert "another person, Kari Lie, uses john@contoso.com" in words(finding)
    assert "The names differ: Bo Berg in AD, Kari Lie in Entra." in words(finding)


DOUBTS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "the cloud account is disabled": ({"enabled": False}, {}, "not in use"),
    "its roles could not be read": ({}, {"roles": None}, "not excluded"),
    "both sign in with one name": (
        {"user_principal_name": "bo.berg@contoso.com"},
        {},
        "not sure that the two are different",
    ),
}


@pytest.mark.parametrize(("cloud", "read", "why"), DOUBTS.values(), ids=DOUBTS)
def test_every_doubt_about_the_owner_takes_safe_away(
    cloud: dict[str, Any], read: dict[str, Any], why: str
) -> None:
    finding = found(read_of(asker(), owner(**cloud), **read))

    [proposal] = finding.proposals
    assert (finding.diagnosis.code, proposal.risk) == ("C24", Risk.JUDGE)
    assert why in proposal.because.english()


def test_the_cloud_side_is_changed_by_hand_and_a_main_address_is_replaced_first() -> None:
    assert commands(found(read_of(asker(), owner()))) == [
        "Set-Mailbox -Identity 'john@contoso.com' -WindowsEmailAddress (Read-Host 'New main address')",
        "Set-Mailbox -Identity 'john@contoso.com' -EmailAddresses @{Remove='smtp:john@contoso.com'}",
    ]


def test_a_sign_in_name_in_the_cloud_is_changed_with_graph() -> None:
    has = owner(proxy_addresses=(), mail=None, user_principal_name=VALUE)
    [rename] = commands(found(read_of(asker(), has)))

    assert rename.startswith(f"Update-MgUser -UserId '{has.cloud.id if has.cloud else ''}'")


def test_a_main_address_in_ad_is_replaced_by_another_own_one() -> None:
    finding = found(read_of(asker(holds="main"), owner()))

    assert ways(finding) == [(1, Risk.JUDGE), (2, Risk.JUDGE)]
    assert changes(finding)[0] == (
        "proxyAddresses",
        (MAIN, "smtp:bo.berg@contoso.com"),
        ("SMTP:bo.berg@contoso.com",),
    )


def test_a_sign_in_name_in_ad_is_replaced_by_a_free_one_only() -> None:
    asks, has = asker(holds="both"), owner()

    assert changes(found(read_of(asks, has))) == []
    assert changes(found(read_of(asks, has, free=("bo.berg@contoso.com",)))) == [
        ("proxyAddresses", (MAIN,), ("SMTP:bo.berg@contoso.com",)),
        ("userPrincipalName", (VALUE,), ("bo.berg@contoso.com",)),
        ("mail", (VALUE,), ("bo.berg@contoso.com",)),
    ]


def test_the_sync_server_that_names_the_owner_is_quoted() -> None:
    has = owner()
    told = exported(conflict_id=has.cloud.id if has.cloud else "")
    asks = new_in_ad()

    assert "The sync server names Kari Lie too." in words(found(read_of(asks, has, errors=(told,))))


NOT_CLOUD_ONLY: dict[str, tuple[Holder, ...]] = {
    "three holders": (asker(), owner(), owner("Per Moe", proxy_addresses=(EXTRA,))),
    "another AD object asks too": (asker(), owner(), asker("Per Moe")),
    "the one that asks has it as well": (asker(cloud_proxies=(EXTRA,)), owner()),
    "the one that asks is not in AD": (owner("Bo Berg", proxy_addresses=(), mail=None), owner()),
    "the owner only notes it": (
        asker(),
        owner(proxy_addresses=(), mail=None, other_mails=(VALUE,)),
    ),
}


@pytest.mark.parametrize("holders", NOT_CLOUD_ONLY.values(), ids=NOT_CLOUD_ONLY)
def test_a_neighbour_is_neither_c23_nor_c24(holders: tuple[Holder, ...]) -> None:
    finding = found(read_of(*holders))

    assert finding.diagnosis.code not in {"C23", "C24"}
    assert finding.proposals == ()


# ---------------------------------------------------------------- C23

SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the name": ({}, {}),
    "the name in another order": ({}, {"name": "Berg, Bo"}),
    "the name without its accent": ({"name": "Bø Berg", "display_name": "Bø Berg"}, {}),
    "the employee number, whatever the name": (
        {"employee_id": "4711"},
        {"name": "Bo Lie", "employee_id": "4711"},
    ),
}


@pytest.mark.parametrize(("ad", "cloud"), SAME.values(), ids=SAME)
def test_one_person_with_two_accounts_is_c23(ad: dict[str, Any], cloud: dict[str, Any]) -> None:
    finding = found(read_of(asker(ad=ad), owner(**({"name": "Bo Berg"} | cloud))))

    assert finding.diagnosis.code == "C23"
    assert ways(finding) == [(1, Risk.DESTRUCTIVE), (2, Risk.JUDGE)]
    assert "two accounts" in finding.diagnosis.title.english()


def test_another_employee_number_is_another_person_of_the_same_name() -> None:
    finding = found(read_of(asker(ad={"employee_id": "1"}), owner("Bo Berg", employee_id="2")))

    assert finding.diagnosis.code == "C24"
    assert "The employee numbers differ: 1 in AD, 2 in Entra." in words(finding)


def bo(**over: Any) -> Holder:
    return owner("Bo Berg", **({"user_principal_name": "bo@contoso.onmicrosoft.com"} | over))


YESTERDAY = NOW - timedelta(days=1)
REASONS: dict[str, tuple[Holder, Holder, dict[str, Any], str]] = {
    "a tie to another number": (
        asker(holds="main"),
        bo(anchor=anchor_of(guid_of("other"))),
        {},
        "tied to another identity number",
    ),
    "matching is switched off": (
        asker(holds="main"),
        bo(),
        flags(soft_match_blocked=True),
        "BlockSoftMatch, as stated on 2026-10-01",
    ),
    "only an extra address": (asker(), bo(), {}, "only a main address is compared"),
    "only the sign-in name, and that is switched off": (
        asker(holds="sign-in"),
        bo(user_principal_name=VALUE, proxy_addresses=(), mail=None),
        flags(soft_match_on_upn=False),
        "SoftMatchOnUpn",
    ),
    "synchronized first": (
        asker(holds="main", cloud={"created_at": YESTERDAY}),
        bo(created_at=NOW),
        {},
        "was synchronized first, on 2026-11-21",
    ),
    "its addresses were changed later": (
        asker(
            holds="main",
            cloud={"created_at": NOW - timedelta(days=90)},
            ad={"stamps": (stamp(),), "mail": VALUE},
        ),
        bo(created_at=NOW - timedelta(days=99)),
        {},
        "Perhaps not joined because",
    ),
    "nothing that was read": (asker(holds="main"), bo(), {}, "cannot be told from what was read"),
}


@pytest.mark.parametrize(("asks", "has", "read", "why"), REASONS.values(), ids=REASONS)
def test_the_card_says_what_kept_them_apart(
    asks: Holder, has: Holder, read: dict[str, Any], why: str
) -> None:
    finding = found(read_of(asks, has, **read))

    assert finding.diagnosis.code == "C23"
    assert why in words(finding)
    assert ("cannot be told" in words(finding)) is (why == "cannot be told from what was read")


def test_unread_roles_are_said_for_an_administrator_would_be_another_case() -> None:
    assert "is an administrator is not excluded" in words(found(read_of(asker(), bo(), roles=None)))


def test_the_runbook_joins_them_step_by_step_with_this_cases_names() -> None:
    asks, has = asker(), bo()
    guid, anchor = guid_of("Bo Berg"), anchor_of(guid_of("Bo Berg"))
    twin = asks.cloud.id if asks.cloud else ""
    there = f"-Identity '{guid}' -Server 'contoso.com'"

    assert commands(found(read_of(asks, has, **flags(soft_match_blocked=False)))) == [
        f"Move-ADObject {there} -TargetPath (Read-Host 'DN of an OU that is not synchronized')",
        "Start-ADSyncSyncCycle -PolicyType Delta",
        f"Remove-MgDirectoryDeletedItem -DirectoryObjectId '{twin}'",
        (
            f"Set-ADObject {there} -Remove @{{proxyAddresses='smtp:john@contoso.com','SMTP:bo.berg@contoso.com'}} "
            "-Add @{proxyAddresses='SMTP:john@contoso.com','smtp:bo.berg@contoso.com'}"
        ),
        f"Move-ADObject {there} -TargetPath 'OU=People,DC=contoso,DC=com'",
        "Start-ADSyncSyncCycle -PolicyType Delta",
        (
            f"Get-MgUser -UserId '{has.cloud.id if has.cloud else ''}' "
            "-Property Id,OnPremisesSyncEnabled,OnPremisesImmutableId | "
            "Format-List Id,OnPremisesSyncEnabled,OnPremisesImmutableId"
        ),
    ]
    assert anchor in finding_text(asks, has)


def finding_text(asks: Holder, has: Holder) -> str:
    [book] = found(read_of(asks, has)).diagnosis.runbooks
    return " ".join(step.say.english() for step in book.steps)


@pytest.mark.parametrize("blocked", [True, None])
def test_a_switch_that_is_on_or_unknown_is_opened_and_closed_again(blocked: bool | None) -> None:  # noqa: FBT001 - a test's parameter
    lines = commands(found(read_of(asker(), bo(), **flags(soft_match_blocked=blocked))))
    switched = [line[-8:] for line in lines if "onPremisesSynchronization" in line]

    assert switched == ["$false}}", "=$true}}"]


def test_a_person_whom_entra_never_took_has_no_second_account_to_purge() -> None:
    finding = found(read_of(new_in_ad(), bo(), errors=(exported("InvalidSoftMatch"),)))

    assert finding.diagnosis.code == "C23"
    assert [line for line in commands(finding) if "DeletedItem" in line] == []
    assert "already has a cloud account" in words(finding)


def test_a_name_that_nobody_wrote_tells_nothing() -> None:
    nameless = owner("Bo Berg")
    assert nameless.cloud is not None
    nameless = replace(nameless, cloud=replace(nameless.cloud, name=" "))

    assert found(read_of(asker(), nameless)).diagnosis.code == "C24"
