"""In: objects whose own values are written in a way that Entra does not take. Out: C41 to C53, with the exact change.
Promise: a button only for what was clearly meant and is free; what nobody can know is left to people, in words.
"""

from dataclasses import replace
from typing import Any

import pytest

from bot.model import Change, Flags, Holder, ObjectType, Origin, Risk, Standing, SyncError
from bot.triage.cases.finding import Finding
from bot.triage.diagnose import diagnose
from bot.triage.drift import drifts
from bot.triage.naming import candidates
from bot.triage.policy import Policy
from bot.triage.value import key_of
from tests.builders import NOW, TENANT, cloud_id_of, evidence, tenant_facts, user

BO = "bo.berg@contoso.com"
TECHNICAL = "bo@contoso.onmicrosoft.com"
SAFE, JUDGE = Risk.SAFE, Risk.JUDGE


def bo(ad: dict[str, Any], cloud: dict[str, Any] | None = None, **over: Any) -> Holder:
    usual = {"common_name": "Bo Berg", "display_name": "Bo Berg", "mail_nickname": "bo"}
    shown: dict[str, Any] = {"licensed": True, "mail_nickname": "bo"}
    return user("Bo Berg", ad=usual | ad, cloud=shown | (cloud or {}), **over)


def told(category: str, **over: Any) -> SyncError:
    """What the sync server says of Bo."""
    usual: dict[str, Any] = {
        "object_id": cloud_id_of("Bo Berg"),
        "object_type": ObjectType.USER,
        "object_name": "Bo Berg",
        "origin": Origin.EXPORT,
        "category": category,
    }
    return SyncError(**(usual | over))


def made(
    holder: Holder,
    *errors: SyncError,
    taken: dict[str, tuple[str, ...]] | None = None,
    flags: Flags = Flags(),  # noqa: B008 - frozen
) -> Finding:
    """Of the errors, else of what drifts; every name that could be given is free, but for `taken`."""
    assert holder.ad is not None
    assert holder.cloud is not None
    tenant = tenant_facts(flags=flags)
    found = errors or drifts(holder.ad, holder.cloud, tenant, licensed=holder.cloud.licensed)
    keys = {key_of(TENANT, e).value for e in found}
    assert len(keys) == 1, keys
    read = evidence(
        holder,
        value=keys.pop(),
        errors=found,
        tenant=tenant,
        standings={holder.ad.ref: Standing(holder.cloud.id, ())},
    )
    free: dict[str, tuple[str, ...]] = dict.fromkeys(candidates(read, Policy()), ())
    return diagnose(
        replace(read, taken=free | (taken or {})), case_id="c-1", previous=None, now=NOW
    )


Plan = list[tuple[Risk, list[tuple[str, tuple[str, ...], tuple[str, ...]]]]]


def plan(finding: Finding) -> Plan:
    return [
        (p.risk, [(c.attribute, c.delete, c.add) for s in p.steps for c in s.changes])
        for p in finding.proposals
    ]


def words(finding: Finding) -> str:
    d = finding.diagnosis
    return " ".join(s.english() for s in (d.title, *d.what, *d.why, *d.then))


def upn(old: str | None, new: str) -> Plan:
    return [(JUDGE, [("userPrincipalName", (old,) if old else (), (new,))])]


def addresses(risk: Risk, delete: tuple[str, ...], add: tuple[str, ...] = ()) -> Plan:
    return [(risk, [("proxyAddresses", delete, add)])]


CLOUD = {"user_principal_name": TECHNICAL}
LONG = f"{'b' * 65}@contoso.com"
OWN = "SMTP:bo.berg@contoso.com"


def listing(*proxies: str) -> dict[str, Any]:
    return {"proxy_addresses": proxies, "given_name": "Bo", "surname": "Berg"}


RECOGNISED: dict[str, tuple[Holder, str, Plan]] = {
    "C41 an inside suffix": (
        bo({"user_principal_name": "bo@contoso.local"}, CLOUD),
        "C41",
        upn("bo@contoso.local", "bo@contoso.com"),
    ),
    "C41 a suffix nobody verified": (
        bo({"user_principal_name": "bo@fabrikam.com"}, CLOUD),
        "C41",
        upn("bo@fabrikam.com", "bo@contoso.com"),
    ),
    "C42 letters with marks": (
        bo({"user_principal_name": "bø.bérg@contoso.com"}, CLOUD),
        "C42",
        upn("bø.bérg@contoso.com", "bo.berg@contoso.com"),
    ),
    "C42 a line break at the end": (
        bo({"user_principal_name": "bo@contoso.com\n"}, CLOUD),
        "C42",
        upn("bo@contoso.com\n", "bo@contoso.com"),
    ),
    "C42 wrong characters and a wrong suffix": (
        bo({"user_principal_name": "b o@contoso.local"}, CLOUD),
        "C42",
        upn("b o@contoso.local", "bo@contoso.com"),
    ),
    "C42 letters of another alphabet: made from the names": (
        bo({"user_principal_name": "Бо@contoso.com", "given_name": "Bo", "surname": "Berg"}, CLOUD),
        "C42",
        upn("Бо@contoso.com", "bo.berg@contoso.com"),
    ),
    "C43 too long: made from the names": (
        bo({"user_principal_name": LONG, "given_name": "Bo", "surname": "Berg"}, CLOUD),
        "C43",
        upn(LONG, "bo.berg@contoso.com"),
    ),
    "C44 no sign-in name and no good account name": (
        bo({"user_principal_name": None, "sam_account_name": "bo+berg"}, CLOUD),
        "C44",
        upn(None, "bo.berg@contoso.com"),
    ),
    "C45 no type": (
        bo(listing(OWN, "b@contoso.com")),
        "C45",
        addresses(JUDGE, ("b@contoso.com",), ("smtp:b@contoso.com",)),
    ),
    "C45 a blank in an extra one": (
        bo(listing(OWN, "smtp:b o@contoso.com")),
        "C45",
        addresses(SAFE, ("smtp:b o@contoso.com",), ("smtp:bo@contoso.com",)),
    ),
    "C45 a second colon": (
        bo(listing(OWN, "smtp:smtp:b@contoso.com")),
        "C45",
        addresses(SAFE, ("smtp:smtp:b@contoso.com",), ("smtp:b@contoso.com",)),
    ),
    "C45 it is there already, written rightly": (
        bo(listing(OWN, "smtp:b@contoso.com", "smtp: b@contoso.com")),
        "C45",
        addresses(SAFE, ("smtp: b@contoso.com",)),
    ),
    "C45 the main one": (
        bo(listing("SMTP:b o@contoso.com") | {"mail": "b o@contoso.com"}),
        "C45",
        [
            (
                JUDGE,
                [
                    ("proxyAddresses", ("SMTP:b o@contoso.com",), ("SMTP:bo@contoso.com",)),
                    ("mail", ("b o@contoso.com",), ("bo@contoso.com",)),
                ],
            )
        ],
    ),
    "C45 in a domain that is not the tenant's": (
        bo(listing(OWN, "smtp:b o@contoso.local")),
        "C45",
        [],
    ),
    "C45 only somebody who knows can tell": (bo(listing(OWN, "smtp:a@b@contoso.com")), "C45", []),
    "C46 an extra one": (
        bo(listing(OWN, "smtp:bo@contoso.local")),
        "C46",
        addresses(SAFE, ("smtp:bo@contoso.local",)),
    ),
    "C46 an extra one of an on-premises mailbox": (
        bo(listing(OWN, "smtp:bo@contoso.local") | {"mailbox": True, "recipient_type": 1}),
        "C46",
        addresses(JUDGE, ("smtp:bo@contoso.local",)),
    ),
    "C46 the main one, and there is another": (
        bo(listing("SMTP:bo@contoso.local", "smtp:bb@contoso.com") | {"mail": None}),
        "C46",
        addresses(
            JUDGE, ("SMTP:bo@contoso.local", "smtp:bb@contoso.com"), ("SMTP:bb@contoso.com",)
        ),
    ),
    "C46 the main one, and there is no other": (
        bo(listing("SMTP:bo@contoso.local") | {"mail": "bo@contoso.local"}),
        "C46",
        [
            (
                JUDGE,
                [
                    ("proxyAddresses", ("SMTP:bo@contoso.local",), ("SMTP:bo.berg@contoso.com",)),
                    ("mail", ("bo@contoso.local",), ("bo.berg@contoso.com",)),
                ],
            )
        ],
    ),
    "C47 a leading period": (
        bo({"mail_nickname": ".bo"}, {"mail_nickname": "_bo"}),
        "C47",
        [(JUDGE, [("mailNickname", (".bo",), ("bo",))])],
    ),
    "C47 nothing would be left": (
        bo({"mail_nickname": "Бо"}, {"mail_nickname": "__"}),
        "C47",
        [],
    ),
    "C47 Exchange decides": (
        bo({"mail_nickname": "b(o)", "address_policy": True}, {"mail_nickname": "b_o_"}),
        "C47",
        [],
    ),
    "C48 the name is the one in AD": (
        bo({"display_name": None}),
        "C48",
        [(SAFE, [("displayName", (), ("Bo Berg",))])],
    ),
    "C50 two main ones: mail says which": (
        bo(listing("SMTP:b@contoso.com", OWN)),
        "C50",
        addresses(JUDGE, ("SMTP:b@contoso.com",), ("smtp:b@contoso.com",)),
    ),
    "C50 three main ones": (
        bo(listing("SMTP:b@contoso.com", OWN, "SMTP:c@contoso.com")),
        "C50",
        addresses(
            JUDGE,
            ("SMTP:b@contoso.com", "SMTP:c@contoso.com"),
            ("smtp:b@contoso.com", "smtp:c@contoso.com"),
        ),
    ),
    "C50 mail says nothing: the one that works today": (
        bo(
            listing("SMTP:b@contoso.com", "SMTP:c@contoso.com") | {"mail": None},
            {"mail": "c@contoso.com"},
        ),
        "C50",
        addresses(JUDGE, ("SMTP:b@contoso.com",), ("smtp:b@contoso.com",)),
    ),
    "C50 nobody can say which": (
        bo(listing("SMTP:b@contoso.com", "SMTP:c@contoso.com"), {"mail": None}),
        "C50",
        [],
    ),
    "C50 only one extra address": (
        bo(listing("smtp:b@contoso.com") | {"mail": None}),
        "C50",
        addresses(JUDGE, ("smtp:b@contoso.com",), ("SMTP:b@contoso.com",)),
    ),
    "C50 of several extra ones the sign-in name": (
        bo(listing("smtp:b@contoso.com", f"smtp:{BO}") | {"mail": None}),
        "C50",
        addresses(JUDGE, (f"smtp:{BO}",), (f"SMTP:{BO}",)),
    ),
    "C50 several extra ones, none of them the sign-in name": (
        bo(listing("smtp:b@contoso.com", "smtp:c@contoso.com") | {"mail": None}),
        "C50",
        [],
    ),
    "C52 a name that does not follow": (
        bo({"user_principal_name": "bo@contoso.com", "changed_at": NOW.replace(year=2025)}),
        "C52",
        [],
    ),
}


@pytest.mark.parametrize(("holder", "code", "expected"), RECOGNISED.values(), ids=RECOGNISED)
def test_the_case_and_its_exact_change(holder: Holder, code: str, expected: Plan) -> None:
    finding = made(holder)

    assert (finding.diagnosis.code, plan(finding)) == (code, expected)


@pytest.mark.parametrize("name", RECOGNISED)
def test_every_sentence_cites_what_was_read(name: str) -> None:
    holder, _, _ = RECOGNISED[name]
    finding = made(holder)
    assert holder.ad is not None
    assert holder.cloud is not None
    read = {holder.ad.ref, holder.cloud.ref, "err", "tenant", "flags", "taken", "searched"}
    d = finding.diagnosis
    said = (*d.what, *d.why, *d.then)

    assert [s.english() for s in said if not s.cites or set(s.cites) - read] == []
    assert d.what
    assert d.why
    assert d.then


# ---------------------------------------------------------------- what is taken is not given

SUFFIX = bo({"user_principal_name": "bo@contoso.local"}, CLOUD)


def test_a_name_that_somebody_has_is_not_proposed() -> None:
    finding = made(SUFFIX, taken={"bo@contoso.com": ("ad:corp:another",)})

    assert (finding.diagnosis.code, plan(finding)) == ("C41", [])
    assert "No better name is known to be free" in words(finding)


def test_people_sign_in_best_with_the_domain_of_their_address() -> None:
    holder = bo({"user_principal_name": "bo@contoso.local", "mail": "bo@fabrikam.com"}, CLOUD)
    assert holder.ad is not None
    assert holder.cloud is not None
    tenant = tenant_facts(verified_domains=("contoso.com", "fabrikam.com"))
    found = drifts(holder.ad, holder.cloud, tenant, licensed=True)
    read = evidence(holder, value=key_of(TENANT, found[0]).value, errors=found, tenant=tenant)

    assert candidates(read, Policy())[0] == "bo@fabrikam.com"


def test_the_suffix_has_to_be_registered_and_the_card_says_how() -> None:
    finding = made(SUFFIX)

    assert [r.title.english() for r in finding.diagnosis.runbooks] == [
        "Register contoso.com as a UPN suffix of the forest"
    ]
    assert "Set-ADForest -UPNSuffixes @{Add='contoso.com'}" in " ".join(
        step.command for step in finding.diagnosis.runbooks[0].steps
    )


def test_a_domain_the_internet_knows_can_be_verified_instead() -> None:
    titles = [
        r.title.english()
        for r in made(bo({"user_principal_name": "bo@fabrikam.com"}, CLOUD)).diagnosis.runbooks
    ]

    assert "Or verify fabrikam.com, if it is yours" in titles


def test_a_cleaned_address_that_somebody_has_is_not_written() -> None:
    finding = made(bo(listing(OWN, "smtp:b o@contoso.com")), taken={"bo@contoso.com": ("entra:x",)})

    assert (finding.diagnosis.code, plan(finding)) == ("C45", [])
    assert "not known to be free" in words(finding)


# ---------------------------------------------------------------- what the sync server tells


def test_c42_may_come_from_the_sync_server_which_then_lost_the_whole_object() -> None:
    entry = told("IdentityDataValidationFailed", attribute="UserPrincipalName")
    finding = made(bo({"user_principal_name": "b&o@contoso.com"}), entry)

    assert finding.diagnosis.code == "C42"
    assert plan(finding) == upn("b&o@contoso.com", "bo@contoso.com")
    assert "nothing of Bo Berg synchronizes until that is put right" in words(finding)


def test_c43_may_come_from_the_sync_server() -> None:
    entry = told("ExceededAllowedLength", attribute="userPrincipalName")
    holder = bo({"user_principal_name": LONG, "given_name": "Bo", "surname": "Berg"})

    assert made(holder, entry).diagnosis.code == "C43"


def test_c44_with_a_good_account_name_needs_nothing() -> None:
    entry = told("IdentityDataValidationFailed", attribute="userPrincipalName")
    finding = made(bo({"user_principal_name": None}), entry)

    assert (finding.diagnosis.code, plan(finding)) == ("C44", [])
    assert "makes bo.berg@contoso.com of the account name bo.berg" in words(finding)
    assert "nothing has to be done" in words(finding)


ACCOUNT = told("IdentityDataValidationFailed", attribute="sAMAccountName")


def test_c49_needs_nothing_while_the_sign_in_name_is_good() -> None:
    finding = made(bo({"sam_account_name": "bo+berg"}), ACCOUNT)

    assert (finding.diagnosis.code, plan(finding)) == ("C49", [])
    assert "nothing has to be done" in words(finding)


def test_c49_sets_a_sign_in_name_and_never_renames_the_account() -> None:
    holder = bo({"sam_account_name": "bo+berg", "user_principal_name": "bo@contoso.local"})
    finding = made(holder, ACCOUNT)

    assert (finding.diagnosis.code, plan(finding)) == (
        "C49",
        upn("bo@contoso.local", "bo@contoso.com"),
    )
    assert "never renames an account" in words(finding)


CROWDED = {"certificates": 22, "expired_certificates": 14, "smime_certificates": 0}


def test_c51_counts_the_certificates_and_leaves_them_to_people() -> None:
    finding = made(bo(CROWDED), told("LargeObject"))
    [runbook] = finding.diagnosis.runbooks
    commands = [step.command for step in runbook.steps]

    assert (finding.diagnosis.code, plan(finding)) == ("C51", [])
    assert "It has 22 certificates, 14 of them expired" in words(finding)
    assert "WriteAllBytes" in commands[0]  # the copy comes first
    assert "-Remove @{userCertificate=$_}" in commands[2]


def test_c51_says_when_nobody_counted() -> None:
    finding = made(bo({}), told("ExceededAllowedLength"))

    assert finding.diagnosis.code == "C51"
    assert "How many certificates it has was not read." in words(finding)


def test_c51_offers_to_take_dead_address_types_off() -> None:
    dead = ("X400:c=us;a= ;p=x", "MSMAIL:A/B/C")
    finding = made(bo(listing(OWN, *dead)), told("LargeObject"))

    assert plan(finding) == addresses(JUDGE, dead)


def test_c52_names_the_switch_and_says_it_has_no_way_back() -> None:
    holder, _, _ = RECOGNISED["C52 a name that does not follow"]
    finding = made(holder, flags=Flags(upn_changes_follow=False, stated_on="2026-11-01"))
    once, switch = finding.diagnosis.runbooks

    assert "SynchronizeUpnForManagedUsers is off, as stated on 2026-11-01" in words(finding)
    assert (once.risk, switch.risk) == (Risk.JUDGE, Risk.DESTRUCTIVE)
    assert "-UserPrincipalName 'bo@contoso.com'" in once.steps[1].command
    assert "has no way back" in switch.because.english()


def test_c52_does_not_offer_a_switch_that_is_on() -> None:
    holder, _, _ = RECOGNISED["C52 a name that does not follow"]
    finding = made(holder, flags=Flags(upn_changes_follow=True, stated_on="2026-11-01"))

    assert [r.risk for r in finding.diagnosis.runbooks] == [Risk.JUDGE]


def test_c52_says_that_a_switch_nobody_stated_is_unknown() -> None:
    holder, _, _ = RECOGNISED["C52 a name that does not follow"]

    assert "is not known: nobody has stated it" in words(made(holder))


@pytest.mark.parametrize("name", ["FederatedDomainChange", "federateddomainchangeerror"])
def test_c53_synchronizes_again(name: str) -> None:
    finding = made(bo({}), told(name))

    assert (finding.diagnosis.code, plan(finding)) == ("C53", [])
    assert [r.title.english() for r in finding.diagnosis.runbooks] == ["Synchronize Bo Berg again"]


# ---------------------------------------------------------------- neighbours

OTHERS: dict[str, tuple[Holder, SyncError]] = {
    "a validation error about nothing that can be seen": (
        bo({}),
        told("IdentityDataValidationFailed", attribute="userPrincipalName"),
    ),
    "an error of the server that nobody knows": (bo({}), told("UnauthorizedAccess")),
    "a display name that is there": (
        bo({}),
        told("IdentityDataValidationFailed", attribute="displayName"),
    ),
}


@pytest.mark.parametrize(("holder", "entry"), OTHERS.values(), ids=OTHERS)
def test_what_fits_no_case_gets_no_button(holder: Holder, entry: SyncError) -> None:
    finding = made(holder, entry)

    assert (finding.diagnosis.code, plan(finding)) == ("C00", [])


@pytest.mark.parametrize("name", [n for n in RECOGNISED if not n.startswith("C50")])
def test_when_it_was_put_right_meanwhile_the_old_error_gets_no_button(name: str) -> None:
    """The error of before, and an object that is in order."""
    holder, _, _ = RECOGNISED[name]
    assert holder.ad is not None
    assert holder.cloud is not None
    old = drifts(holder.ad, holder.cloud, tenant_facts(), licensed=True)
    good = bo({"proxy_addresses": (OWN,)})

    assert plan(made(good, *old)) == []


def test_a_protected_account_gets_no_change_that_the_bot_would_write() -> None:
    holder = bo({"user_principal_name": "bo@contoso.local", "admin_count": True}, CLOUD)
    finding = made(holder)
    commands = [i.command for r in finding.diagnosis.runbooks for i in r.steps if i.command]

    assert finding.proposals == ()
    assert any("Set-ADObject" in c and "'bo@contoso.com'" in c for c in commands)


def test_an_object_that_is_gone_from_ad_is_not_changed() -> None:
    ad, cloud = SUFFIX.ad, SUFFIX.cloud
    assert ad is not None
    assert cloud is not None
    old = drifts(ad, cloud, tenant_facts(), licensed=True)
    gone = replace(SUFFIX, ad=replace(ad, deleted=True))

    assert plan(made(gone, *old)) == []


def test_the_change_that_demotes_says_that_all_addresses_still_work() -> None:
    holder, _, _ = RECOGNISED["C50 two main ones: mail says which"]
    [proposal] = made(holder).proposals

    assert [s.english() for s in proposal.consequences] == [
        "Mail from Bo Berg may show another sender address; all addresses still reach Bo Berg."
    ]
    assert proposal.steps[0].changes == (
        Change("proxyAddresses", ("SMTP:b@contoso.com",), ("smtp:b@contoso.com",)),
    )
