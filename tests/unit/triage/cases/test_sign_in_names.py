"""In: sign-in names that clash with sign-in names (C03) and with addresses (C04). Out: diagnosis and changes.
Promise: whoever is renamed is told what breaks; what nobody looked for is given to nobody.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.model import Change, Evidence, Flags, Holder, ObjectType
from tests.builders import (
    NOW,
    VALUE,
    error,
    evidence,
    looked_for,
    loser,
    tenant_facts,
    user,
)
from tests.unit.triage.concluding import code, found, offered, words

SUBSTITUTE = "john1234@contoso.onmicrosoft.com"


def signs_in(name: str = "John Doe", **over: Any) -> Holder:
    """Signs in with the value on both sides."""
    here = {"user_principal_name": VALUE, "mail": None} | over.pop("ad", {})
    there = {"user_principal_name": VALUE, "mail": None} | over.pop("cloud", {})
    return user(name, ad=here, cloud=there, **over)


def refused(name: str = "John Dough", **over: Any) -> Holder:
    """Would sign in with it, and got a substitute name."""
    there = {"user_principal_name": SUBSTITUTE} | over.pop("cloud", {})
    return signs_in(name, cloud=there, **over)


def twins(one: Holder | None = None, other: Holder | None = None, **over: Any) -> Evidence:
    asks = other or refused()
    told = error(asks, attribute="UserPrincipalName", value=VALUE)
    return looked_for(evidence(one or signs_in(), asks, errors=(told,), **over))


def test_two_accounts_with_one_sign_in_name_name_the_substitute() -> None:
    finding = found(twins())

    assert finding.diagnosis.code == "C03"
    assert f"the substitute name {SUBSTITUTE}, so John Dough cannot sign in" in words(finding)


def test_the_account_that_is_used_keeps_its_sign_in_name() -> None:
    used = signs_in(ad={"mailbox": True, "last_logon_at": NOW - timedelta(days=3)})

    finding = found(twins(used))

    assert finding.diagnosis.keeper == (used.ad.ref if used.ad else None)
    assert offered(finding) == [
        (
            "John Dough",
            "judge",
            (Change("userPrincipalName", (VALUE,), ("john.dough@contoso.com",)),),
        )
    ]


def test_two_equal_accounts_are_offered_both_the_newer_one_first() -> None:
    """Neither is disabled, has a mailbox or signed in; the one that Entra refused is the weaker by two points."""
    old = signs_in(ad={"created_at": NOW - timedelta(days=900)})
    new = refused(ad={"created_at": NOW - timedelta(days=9)})

    finding = found(twins(old, new))

    assert [name for name, _, _ in offered(finding)] == ["John Dough", "John Doe"]
    assert finding.diagnosis.keeper is None
    assert "The bot takes no side." in words(finding)


def test_a_renamed_person_is_told_what_breaks() -> None:
    [proposal] = found(twins(signs_in(ad={"mailbox": True, "last_logon_at": NOW}))).proposals

    told = " ".join(s.english() for s in proposal.consequences)
    assert "John Dough signs in as john.dough@contoso.com from then on" in told
    assert "certificates" in told
    assert "OneDrive" in told


def test_where_entra_does_not_follow_the_second_step_is_told() -> None:
    licensed = refused(cloud={"licensed": True})
    stated = tenant_facts(flags=Flags(upn_changes_follow=False, stated_on="2026-11-01"))

    assert "must be changed in Entra too (that is case C52)" in words(
        found(twins(other=licensed, tenant=stated))
    )
    assert "was not stated" in words(found(twins(other=licensed)))
    assert "C52" not in words(found(twins(tenant=stated)))


def test_sign_in_name_and_main_address_of_the_loser_go_in_one_change() -> None:
    both = refused(
        proxies=(f"SMTP:{VALUE}",), ad={"mail": VALUE}, cloud_proxies=(f"SMTP:{SUBSTITUTE}",)
    )
    used = signs_in(ad={"mailbox": True, "last_logon_at": NOW})

    [(name, risk, changes)] = offered(found(twins(used, both)))

    assert (name, risk) == ("John Dough", "judge")
    assert {c.attribute: (c.delete, c.add) for c in changes} == {
        "userPrincipalName": ((VALUE,), ("john.dough@contoso.com",)),
        "proxyAddresses": ((f"SMTP:{VALUE}",), ("SMTP:john.dough@contoso.com",)),
        "mail": ((VALUE,), ("john.dough@contoso.com",)),
    }


def test_two_forests_are_named() -> None:
    other = refused(ad={"forest": "branch"})

    assert "two forests, corp and branch" in words(found(twins(other=other)))


def test_a_sign_in_name_nobody_looked_for_is_not_given() -> None:
    finding = found(replace(twins(), taken={}))

    assert (finding.diagnosis.code, finding.proposals) == ("C03", ())
    assert "needs another sign-in name" in words(finding)


def test_a_neighbour_is_not_c03() -> None:
    group = refused(
        joined_by="sid", ad={"type": ObjectType.GROUP}, cloud={"type": ObjectType.GROUP}
    )

    assert found(twins(other=group)).diagnosis.code == "C06"
    assert found(twins(other=refused(joined_by="dn"))).diagnosis.code == "C00"
    assert found(twins(signs_in(joined_by=None))).diagnosis.code == "C00"


# ---------------------------------------------------------------- C04


def test_a_sign_in_name_that_somebody_lists_goes_from_the_list_by_one_click() -> None:
    finding = found(looked_for(evidence(signs_in(), loser())))

    first, second = offered(finding)
    assert finding.diagnosis.code == "C04"
    assert first == ("Svc Scanner", "safe", (Change("proxyAddresses", (f"smtp:{VALUE}",)),))
    assert second == (
        "John Doe",
        "judge",
        (Change("userPrincipalName", (VALUE,), ("john.doe@contoso.com",)),),
    )


def test_the_sign_in_name_was_refused_because_somebody_lists_it() -> None:
    lists = loser(cloud_proxies=("SMTP:svc.scanner@contoso.com", f"smtp:{VALUE}"))
    asks = refused("John Doe")
    told = error(asks, attribute="UserPrincipalName", value=VALUE)

    finding = found(looked_for(evidence(lists, asks, errors=(told,))))

    assert finding.diagnosis.code == "C04"
    assert [risk for _, risk, _ in offered(finding)] == ["judge", "judge"]
    assert f"In AD John Doe signs in as {VALUE}." in words(finding)


def test_a_sign_in_name_against_a_main_address_is_a_judgement() -> None:
    main = loser(proxies=(f"SMTP:{VALUE}", "smtp:svc@contoso.com"))

    finding = found(looked_for(evidence(signs_in(), main)))

    assert (finding.diagnosis.code, {r for _, r, _ in offered(finding)}) == ("C04", {"judge"})


def test_an_on_premises_mailbox_on_the_one_who_lists_it_needs_judgement() -> None:
    finding = found(looked_for(evidence(signs_in(), loser(ad={"mailbox": True}))))

    assert {risk for _, risk, _ in offered(finding)} == {"judge"}


def test_a_main_address_that_is_also_the_sign_in_name_is_c01() -> None:
    both = signs_in(proxies=(f"SMTP:{VALUE}",), cloud_proxies=(f"SMTP:{VALUE}",))

    assert code(both, loser()) == "C01"
