"""In: evidence about one value. Out: which case it is; for each case also its nearest neighbours, which it is not.
Promise: a neighbour that needs another answer never gets this one's, and never a button.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.model import Evidence, Holder, Risk, Standing
from tests.builders import (
    NOW,
    VALUE,
    ad_object,
    both_primary,
    cloud_object,
    error,
    evidence,
    gap,
    keeper,
    loser,
    only_in_cloud,
    stamp,
    tenant_facts,
    user,
)
from tests.unit.triage.concluding import code, found, words

# ---------------------------------------------------------------- C01

EXTRA = f"smtp:{VALUE}"
MAIN = f"SMTP:{VALUE}"


def test_one_main_and_one_extra_is_c01_with_one_safe_step() -> None:
    finding = found(evidence())

    [proposal] = finding.proposals
    [step] = proposal.steps
    [change] = step.changes
    assert (finding.diagnosis.code, proposal.risk) == ("C01", Risk.SAFE)
    assert (change.attribute, change.delete, change.add) == ("proxyAddresses", (EXTRA,), ())
    assert "gave it to John Doe and left it off Svc Scanner" in words(finding)


def test_only_the_letter_case_differs() -> None:
    """The stored text goes into the change, exactly as it stands."""
    read = evidence(keeper(), loser(proxies=("SMTP:svc@contoso.com", "smtp:John@CONTOSO.com")))

    assert [
        v for p in found(read).proposals for s in p.steps for c in s.changes for v in c.delete
    ] == ["smtp:John@CONTOSO.com"]


def test_two_unicode_forms_of_one_address_are_one_address() -> None:
    value = "bj\u00f6rn@contoso.com"
    decomposed = "smtp:bjo\u0308rn@contoso.com"
    main = (f"SMTP:{value}",)
    one = user("Björn", proxies=main, cloud_proxies=main, value=value)
    other = user("Svc", proxies=("SMTP:svc@contoso.com", decomposed), value=value)
    read = evidence(one, other, value=value, errors=(error(other, value=decomposed),))

    assert found(read).diagnosis.code == "C01"


def test_the_extra_address_that_stands_in_the_mail_field_too_goes_from_both() -> None:
    finding = found(evidence(keeper(), loser(ad={"mail": VALUE})))

    [proposal] = finding.proposals
    assert (finding.diagnosis.code, proposal.risk) == ("C01", Risk.JUDGE)
    assert [(c.attribute, c.delete, c.add) for s in proposal.steps for c in s.changes] == [
        ("proxyAddresses", (EXTRA,), ()),
        ("mail", (VALUE,), ("svc.scanner@contoso.com",)),
    ]


def test_two_extra_addresses_are_c01_without_a_side_taken() -> None:
    one = user("A", proxies=("SMTP:a@contoso.com", EXTRA), cloud_proxies=(EXTRA,))

    finding = found(evidence(one, loser()))

    assert (finding.diagnosis.code, finding.diagnosis.keeper) == ("C01", None)
    assert [p.risk for p in finding.proposals] == [Risk.JUDGE, Risk.JUDGE]
    assert "The bot takes no side." in words(finding)


def test_more_points_for_the_one_who_lists_it_only_as_an_extra_take_safe_away() -> None:
    active = {"recipient_type": 128, "last_logon_at": NOW, "mail_nickname": "john"}
    busy = loser(ad=active, cloud={"licensed": True})

    finding = found(evidence(keeper(ad={"enabled": False}), busy))

    assert (finding.diagnosis.code, [p.risk for p in finding.proposals]) == ("C01", [Risk.JUDGE])
    assert "Look twice: Svc Scanner has" in words(finding)


def test_a_card_shows_the_points_of_both() -> None:
    scores = found(evidence()).diagnosis.scores

    assert [(s.name, s.total) for s in scores] == [("John Doe", 7), ("Svc Scanner", 2)]


def test_a_note_in_other_mails_holds_nothing() -> None:
    """A guest who noted the address elsewhere kept the bot from saying anything."""
    finding = found(evidence(keeper(), only_in_cloud("Guest", other_mails=(VALUE,)), loser()))

    assert (finding.diagnosis.code, [p.risk for p in finding.proposals]) == ("C01", [Risk.SAFE])


def test_entra_gave_it_to_the_wrong_one_is_c01_but_needs_judgement() -> None:
    failing = keeper(cloud_proxies=("SMTP:jd@contoso.onmicrosoft.com",))
    other = loser(cloud_proxies=("SMTP:svc@contoso.com", EXTRA))

    finding = found(evidence(other, failing))

    assert (finding.diagnosis.code, [p.risk for p in finding.proposals]) == ("C01", [Risk.JUDGE])
    assert "but Entra gave it to Svc Scanner" in words(finding)


def test_why_names_the_last_change_and_a_disabled_account() -> None:
    finding = found(evidence(keeper(), loser(ad={"stamps": (stamp(),), "enabled": False})))

    assert "last changed on 2026-11-19 12:00 UTC; AD does not record by whom" in words(finding)
    assert "The account of Svc Scanner is disabled." in words(finding)


NOT_C01: dict[str, tuple[tuple[Holder, ...], str]] = {
    "the rival is cloud-only": ((only_in_cloud("Guest", proxy_addresses=(MAIN,)), loser()), "C24"),
    "the rival is in Entra's recycle bin": (
        (only_in_cloud("Old", proxy_addresses=(MAIN,), deleted_at=NOW), loser()),
        "C29",
    ),
    "the rival is a tombstone in AD": (
        (user("Old", proxies=(MAIN,), joined_by=None, ad={"deleted": True}), loser()),
        "C57",
    ),
    "a weak join": ((keeper(), loser(joined_by="dn")), "C00"),
    "the rival's join is weak": ((keeper(joined_by="dn"), loser()), "C00"),
    "the rival is in AD only": ((keeper(joined_by=None), loser()), "C00"),
    "the loser is not synced any more": ((keeper(), loser(cloud={"synced": False})), "C00"),
    "Entra gave it to neither": ((keeper(cloud_proxies=()), loser()), "C00"),
    "Entra gave it to the one that fails": ((keeper(), loser(cloud_proxies=(EXTRA,))), "C00"),
}


@pytest.mark.parametrize(("holders", "expected"), NOT_C01.values(), ids=NOT_C01)
def test_a_neighbour_is_not_c01(holders: tuple[Holder, ...], expected: str) -> None:
    finding = found(evidence(*holders))

    assert (finding.diagnosis.code, {p.code for p in finding.proposals} - {expected}) == (
        expected,
        set(),
    )


ODD_ERRORS = {
    "another category": {"category": "IdentityDataValidationFailed"},
    "no category": {"category": None},
    "another property": {"attribute": "UserPrincipalName"},
    "no property": {"attribute": None},
}


@pytest.mark.parametrize("odd", ODD_ERRORS.values(), ids=ODD_ERRORS)
def test_an_error_of_another_kind_is_not_c01(odd: dict[str, Any]) -> None:
    finding = found(evidence(errors=(error(**odd),)))

    assert (finding.diagnosis.code, finding.proposals) == ("C00", ())


def test_both_marked_as_failing_is_not_c01() -> None:
    one, other = keeper(), loser()

    assert code(one, other, errors=(error(one), error(other))) == "C58"


def test_a_second_error_of_another_kind_on_the_same_value_is_not_c01() -> None:
    assert code(errors=(error(), error(category="Other"))) == "C00"


# ---------------------------------------------------------------- C02


def test_two_main_addresses_are_c02_and_the_weaker_claim_is_asked_first() -> None:
    finding = found(evidence(keeper(), both_primary()))

    first, second = finding.proposals
    changes = [(c.attribute, c.delete, c.add) for s in first.steps for c in s.changes]
    assert (finding.diagnosis.code, first.risk, second.risk) == ("C02", Risk.JUDGE, Risk.JUDGE)
    assert changes == [
        (
            "proxyAddresses",
            (MAIN, "smtp:johanna.dow@contoso.com"),
            ("SMTP:johanna.dow@contoso.com",),
        ),
        ("mail", (VALUE,), ("johanna.dow@contoso.com",)),
    ]
    assert second.steps[0].name == "John Doe"


def test_a_clear_lead_keeps_the_main_address_and_only_the_other_one_is_asked() -> None:
    strong = keeper(ad={"mailbox": True, "last_logon_at": NOW})

    finding = found(evidence(strong, both_primary()))

    assert (finding.diagnosis.keeper, finding.diagnosis.losers) == (
        strong.ad.ref if strong.ad else None,
        tuple(h.ad.ref for h in (both_primary(),) if h.ad),
    )
    assert [s.name for p in finding.proposals for s in p.steps] == ["Johanna Dow"]


def test_a_clear_lead_of_the_refused_one_asks_the_one_who_was_served() -> None:
    strong = both_primary(ad={"mail": VALUE, "mailbox": True, "last_logon_at": NOW})
    weak = keeper(ad={"enabled": False})

    finding = found(evidence(weak, strong))

    assert [(p.risk, p.steps[0].name) for p in finding.proposals] == [(Risk.JUDGE, "John Doe")]
    assert f"In Entra {VALUE} works for John Doe today; that ends." in words(finding)


def test_a_verified_domain_counts_in_any_letter_case() -> None:
    read = evidence(
        keeper(), both_primary(), tenant=tenant_facts(verified_domains=("Contoso.COM",))
    )

    assert len(found(read).proposals) == 2


def test_without_an_own_address_a_new_one_is_made_when_it_is_free() -> None:
    read = evidence(keeper(), both_primary(proxies=(MAIN,)))
    read = replace(read, taken={**read.taken, "johanna.dow@contoso.com": ()})

    [change] = [
        c
        for p in found(read).proposals
        for s in p.steps
        if s.name == "Johanna Dow"
        for c in s.changes
        if c.attribute == "proxyAddresses"
    ]

    assert (change.delete, change.add) == ((MAIN,), ("SMTP:johanna.dow@contoso.com",))


@pytest.mark.parametrize(
    "own",
    [(), ("smtp:jd@fabrikam.com",), ("smtp:jd@contoso.onmicrosoft.com",), ("SIP:jd@contoso.com",)],
)
def test_without_another_address_of_a_verified_domain_c02_proposes_nothing(
    own: tuple[str, ...],
) -> None:
    strong = keeper(ad={"mailbox": True})
    finding = found(evidence(strong, both_primary(proxies=(MAIN, *own))))

    assert (finding.diagnosis.code, finding.proposals) == ("C02", ())
    assert "needs another main address" in words(finding)


NOT_C02: dict[str, tuple[Holder, ...]] = {
    "Entra gave it to the one that fails": (keeper(), both_primary(cloud_proxies=(MAIN,))),
    "Entra gave it to neither": (keeper(cloud_proxies=()), both_primary()),
    "a weak join": (keeper(), both_primary(joined_by="dn")),
}


@pytest.mark.parametrize("holders", NOT_C02.values(), ids=NOT_C02)
def test_a_neighbour_is_not_c02(holders: tuple[Holder, ...]) -> None:
    finding = found(evidence(*holders))

    assert (finding.diagnosis.code, finding.proposals) == ("C00", ())


# ---------------------------------------------------------------- C54


def clean(name: str = "Svc Scanner", **over: Any) -> Holder:
    return loser(name, **({"proxies": ("SMTP:svc.scanner@contoso.com",)} | over))


def test_an_object_that_no_longer_asks_is_waited_for() -> None:
    finding = found(evidence(keeper(), clean()))

    assert (finding.diagnosis.code, finding.proposals) == ("C54", ())
    assert "Nothing to do" in words(finding)


def test_a_rival_that_let_go_is_waited_for() -> None:
    failing = both_primary()
    previous = evidence(keeper(), failing)

    assert found(evidence(failing), previous=previous).diagnosis.code == "C54"
    assert found(evidence(failing), fixed_since=NOW).diagnosis.code == "C54"


def test_without_a_trace_of_a_rival_it_is_not_fixed_but_not_found() -> None:
    failing = both_primary()

    assert found(evidence(failing)).diagnosis.code == "C56"
    assert found(evidence(failing), previous=evidence(failing)).diagnosis.code == "C56"


def test_a_rival_that_was_deleted_may_still_hold_the_address() -> None:
    """Entra keeps a deleted account for thirty days; the card said its owner had let go."""
    failing = both_primary()
    gone = only_in_cloud("Old", proxy_addresses=(MAIN,), deleted_at=NOW)

    finding = found(evidence(gone, failing), previous=evidence(keeper("Old"), failing))

    assert (finding.diagnosis.code, finding.proposals) == ("C29", ())
    assert f"{VALUE} belonged to Old" in words(finding)


def test_an_address_that_entra_made_itself_is_not_called_fixed() -> None:
    value = "jd@contoso.onmicrosoft.com"
    person = user("John Doe", proxies=("SMTP:jd@contoso.com",), value=value)
    read = evidence(person, value=value, errors=(error(person, value=f"smtp:{value}"),))

    assert found(read).diagnosis.code != "C54"


def test_an_error_without_a_value_is_not_called_fixed() -> None:
    """The card said “… is fixed already” about an object id."""
    person = user("John Doe", value="ab-1:propertyconflict")
    read = evidence(person, value="ab-1:propertyconflict", errors=(error(person, value=None),))

    finding = found(read)

    assert finding.diagnosis.code == "C00"
    assert (
        finding.diagnosis.title.english()
    ) == "A sync error of John Doe the bot does not recognise yet"


def test_patience_ends_and_says_what_to_do() -> None:
    read = evidence(keeper(), clean())

    waiting = words(found(read, fixed_since=NOW - timedelta(minutes=90)))
    stuck = words(found(read, fixed_since=NOW - timedelta(minutes=91)))

    assert "Nothing to do" in waiting
    assert "right for 91 minutes" in stuck


def test_an_object_not_found_in_ad_is_not_called_fixed() -> None:
    orphan = only_in_cloud("Orphan", synced=True)
    deleted = clean(ad={"deleted": True})

    assert code(orphan) == "C56"
    assert code(deleted) == "C56"


# ---------------------------------------------------------------- C56


def test_nobody_found_says_where_it_looked_and_what_it_could_not_read() -> None:
    finding = found(evidence(both_primary(), gaps=(gap(),)))

    assert (finding.diagnosis.code, finding.proposals) == ("C56", ())
    assert "Looked in: AD corp, Entra users, Entra groups, Entra contacts." in words(finding)
    assert "AD corp: recycle bin (no right to read it)" in words(finding)


def test_looking_nowhere_is_said_as_such() -> None:
    assert "Looked in: no place" in words(found(evidence(both_primary(), searched=())))


def test_a_failing_object_that_has_the_value_is_not_without_an_owner() -> None:
    assert code(both_primary(cloud_proxies=(MAIN,))) == "C00"


def test_a_failing_object_that_was_not_found_is_named_by_its_error() -> None:
    finding = found(evidence(holders=(), errors=(error(object_name=""),)))

    assert finding.diagnosis.code == "C56"
    assert f"Entra refuses {VALUE} to an object" in words(finding)


# ---------------------------------------------------------------- C59 and C00


def stopped(hours: float) -> Evidence:
    facts = tenant_facts(last_sync_at=NOW - timedelta(hours=hours))
    return evidence(holders=(), errors=(), tenant=facts, value="")


def test_a_sync_that_stopped_is_a_case_of_the_tenant() -> None:
    finding = found(stopped(3.25))

    assert (finding.diagnosis.code, finding.proposals) == ("C59", ())
    assert "3 h 15 min ago" in words(finding)


def test_three_hours_are_not_yet_too_long() -> None:
    assert found(stopped(3)).diagnosis.code == "C00"


def test_a_tenant_that_never_synced_is_not_called_stopped() -> None:
    read = evidence(holders=(), errors=(), tenant=tenant_facts(last_sync_at=None))

    assert found(read).diagnosis.code == "C00"


def test_an_error_is_never_c59_however_long_ago_the_last_sync() -> None:
    assert found(replace(evidence(), tenant=stopped(30).tenant)).diagnosis.code == "C01"


def test_null_in_every_field_gets_an_honest_card() -> None:
    empty = error(category=None, attribute=None, value=None, object_name="")
    finding = found(evidence(holders=(), errors=(empty,), value="ab-1:unknown"))

    assert (finding.diagnosis.code, finding.proposals) == ("C00", ())
    assert "Entra reports no category on no property for an object." in words(finding)


def test_not_recognised_names_who_else_holds_the_value() -> None:
    finding = found(evidence(errors=(error(category="Brand new"),)))

    assert "Entra reports Brand new on ProxyAddresses for Svc Scanner." in words(finding)
    assert "The value is also held by John Doe (user)." in words(finding)


def test_a_person_who_only_shares_a_name_is_no_rival() -> None:
    namesake = Holder(ad=ad_object("Namesake"), cloud=cloud_object("Namesake"), joined_by="anchor")

    assert code(keeper(), namesake, loser()) == "C01"


def test_roles_of_the_one_who_keeps_the_value_change_nothing() -> None:
    read = evidence()
    admin = read.holders[0].ad
    assert admin is not None
    standings = {**read.standings, admin.ref: Standing("x", ("Global Administrator",))}

    assert [p.risk for p in found(replace(read, standings=standings)).proposals] == [Risk.SAFE]
