"""In: errors that are late, stuck, without an owner, written back, or about objects that do not synchronize.
Out: C54, C55, C56, C57, C59, C60, C61.
Promise: none of them has a button; each says what was looked at and what is left to do.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.model import EVERYTHING, Evidence, Holder, ObjectType, Repair, Risk
from bot.triage.cases.finding import Finding
from bot.triage.policy import Policy
from tests.builders import (
    NOW,
    VALUE,
    both_primary,
    error,
    evidence,
    gap,
    guid_of,
    keeper,
    loser,
    stamp,
    tenant_facts,
    user,
)
from tests.unit.triage.cases.world import EXTRA, MAIN, asker, commands, found, owner, ways, words

SAFE, JUDGE, DESTRUCTIVE = Risk.SAFE, Risk.JUDGE, Risk.DESTRUCTIVE
LONG = {"fixed_since": NOW - timedelta(hours=5)}

# ---------------------------------------------------------------- C54 and C55


def right_already() -> Evidence:
    """The rival has let go; the failing one asks with an extra address."""
    return evidence(loser())


def test_what_is_right_for_hours_while_the_sync_runs_is_stuck() -> None:
    finding = found(right_already(), **LONG)

    assert (finding.diagnosis.code, ways(finding)) == ("C55", [(1, JUDGE), (2, SAFE)])
    assert "has been right for 5 hours" in words(finding)
    there = f"-Identity '{guid_of('Svc Scanner')}' -Server 'contoso.com'"
    assert commands(finding) == [
        f"Set-ADObject {there} -Remove @{{'proxyAddresses'='{EXTRA}'}}",
        "Start-ADSyncSyncCycle -PolicyType Delta",
        f"Set-ADObject {there} -Add @{{'proxyAddresses'='{EXTRA}'}}",
        "Start-ADSyncSyncCycle -PolicyType Delta",
    ]


def test_four_hours_are_not_yet_stuck() -> None:
    read = right_already()

    assert found(read, fixed_since=NOW - timedelta(hours=4)).diagnosis.code == "C54"


@pytest.mark.parametrize("last", [None, NOW - timedelta(hours=6)])
def test_what_no_sync_has_told_entra_is_late_and_not_stuck(last: Any) -> None:
    read = replace(right_already(), tenant=tenant_facts(last_sync_at=last))

    assert found(read, **LONG).diagnosis.code == "C54"


def test_a_main_address_is_not_pushed_for_it_cannot_be_taken_off() -> None:
    finding = found(evidence(both_primary()), **LONG)

    assert (finding.diagnosis.code, ways(finding)) == ("C55", [(2, SAFE)])


def test_an_object_that_no_longer_asks_can_be_stuck_too() -> None:
    finding = found(evidence(keeper(), loser(proxies=("SMTP:svc@contoso.com",))), **LONG)

    assert (finding.diagnosis.code, ways(finding)) == ("C55", [(2, SAFE)])
    assert f"does not list {VALUE} any more" in words(finding)


def test_a_rival_whose_forest_is_away_has_let_go_of_nothing() -> None:
    before = evidence(keeper(joined_by=None), loser())
    now = evidence(
        loser(), gaps=(gap(where="AD other", what=EVERYTHING, why="it does not answer"),)
    )

    assert found(evidence(loser()), previous=before).diagnosis.code == "C54"
    assert found(now, previous=before).diagnosis.code != "C54"


def test_an_account_whose_mailbox_of_another_forest_lists_the_value_still_asks_for_it() -> None:
    account = loser(proxies=())
    sid = account.ad.sid if account.ad else None
    mailbox = user("Mailbox", proxies=(EXTRA,), joined_by=None, ad={"master_sid": sid})

    assert found(evidence(keeper(), account, of=account)).diagnosis.code == "C54"
    assert found(evidence(keeper(), mailbox, account, of=account)).diagnosis.code != "C54"


def test_what_is_right_in_ad_on_an_object_that_no_sync_takes_never_reaches_entra() -> None:
    read = evidence(keeper(ad=INSIDE), loser(proxies=()))

    assert found(read, policy=POLICY).diagnosis.code == "C61"


def test_a_ticket_has_all_that_microsoft_asks_for() -> None:
    read = right_already()
    [step] = found(read, **LONG).diagnosis.runbooks[-1].steps

    for wanted in (read.tenant.tenant, read.errors[0].object_id, VALUE, "2026-11-22 07:00 UTC"):
        assert wanted in step.say.english()


# ---------------------------------------------------------------- C56


def unread(*gaps: Any, **over: Any) -> Evidence:
    return evidence(both_primary(), gaps=gaps, **over)


def test_where_nobody_looked_at_all_stands_before_a_recycle_bin() -> None:
    finding = found(
        unread(
            gap(),
            gap(where="Entra", what="contacts", why="no permission"),
            gap(where="AD emea", what=EVERYTHING, why="cannot be reached"),
        )
    )
    told = [s.values["where"] for s in finding.diagnosis.why if "Could not look" in s.msgid]

    assert finding.diagnosis.code == "C56"
    assert told == ["AD emea", "Entra", "AD corp"]


def pointed(finding: Finding) -> str:
    """What stands between the unread places and the general ones."""
    assert finding.diagnosis.code == "C56"
    return " ".join(s.english() for s in finding.diagnosis.why[1:-1])


def test_a_named_object_that_does_not_show_the_value_may_hide_it() -> None:
    asks = both_primary()
    other = user("Kari Lie", proxies=("SMTP:kari@contoso.com",), cloud={"licensed": False})
    told = error(asks, conflict_id=other.cloud.id if other.cloud else "")
    read = evidence(other, asks, of=asks, errors=(told,))

    assert "names Kari Lie. Entra does not show the value on it" in pointed(found(read))


def test_an_address_of_the_tenants_own_domain_may_be_made_from_an_alias() -> None:
    value = "bo@contoso.onmicrosoft.com"
    asks = user("Bo Berg", proxies=(f"smtp:{value}",), value=value)
    read = evidence(asks, value=value, errors=(error(asks, value=f"smtp:{value}"),))

    assert "look for one with the alias bo" in pointed(found(read))


def test_an_address_of_a_foreign_domain_may_belong_to_another_tenant() -> None:
    read = evidence(both_primary(), tenant=tenant_facts(verified_domains=("fabrikam.com",)))

    assert "contoso.com is not verified in this tenant" in pointed(found(read))


@pytest.mark.parametrize(("minutes", "fresh"), [(29, True), (31, False)])
def test_a_fresh_error_may_only_be_ahead_of_the_other_side(minutes: int, fresh: bool) -> None:  # noqa: FBT001 - a test's parameter
    asks = both_primary()
    told = error(asks, occurred_at=NOW - timedelta(minutes=minutes))

    assert ("looks again by itself" in pointed(found(evidence(asks, errors=(told,))))) is fresh


# ---------------------------------------------------------------- C57

CONFLICT = "CN=Old\\0ACNF:7c1,OU=People,DC=contoso,DC=com"


def copy(name: str = "Old", **over: Any) -> Holder:
    return user(name, proxies=(MAIN,), joined_by=None, ad={"dn": CONFLICT} | over)


def test_a_copy_of_a_replication_conflict_is_a_trace_and_not_the_owner() -> None:
    finding = found(evidence(copy(), loser()))

    assert (finding.diagnosis.code, finding.proposals) == ("C57", ())
    assert ways(finding) == [(1, DESTRUCTIVE)]
    assert "no other holder was found in: AD corp" in words(finding)
    assert commands(finding)[1].startswith(f"Remove-ADObject -Identity '{guid_of('Old')}'")


def test_a_tombstone_is_told_and_nobody_is_asked_to_clean_it_up() -> None:
    gone = user("Old", proxies=(MAIN,), joined_by=None, ad={"deleted": True})
    finding = found(evidence(gone, loser()))

    assert (finding.diagnosis.code, finding.diagnosis.runbooks) == ("C57", ())
    assert "was deleted in AD" in words(finding)


def test_the_failing_object_may_be_the_copy_itself() -> None:
    mine = loser(ad={"dn": CONFLICT})
    finding = found(evidence(mine))

    assert finding.diagnosis.code == "C57"
    assert "it is the one that carries the error" in words(finding)


def test_a_copy_beside_a_real_owner_changes_nothing() -> None:
    finding = found(evidence(keeper(), copy(), loser()))

    assert (finding.diagnosis.code, [p.risk for p in finding.proposals]) == ("C01", [SAFE])


# ---------------------------------------------------------------- C59


def stopped(**ago: float) -> Finding:
    facts = tenant_facts(last_sync_at=NOW - timedelta(**ago))
    return found(evidence(holders=(), errors=(), tenant=facts, value=""))


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        ({"hours": 5}, "6 days are left"),
        ({"days": 5, "hours": 1}, "hours left: 47"),
        ({"days": 8}, "has not run for 8 days"),
    ],
)
def test_a_stopped_sync_says_how_long_it_may_stay_so(ago: dict[str, float], text: str) -> None:
    finding = stopped(**ago)

    assert finding.diagnosis.code == "C59"
    assert text in words(finding)
    assert commands(finding)[0].startswith("Get-ADSyncScheduler")


# ---------------------------------------------------------------- C60

TAKEN = NOW - timedelta(days=2)


def ours(**over: Any) -> Repair:
    usual: dict[str, Any] = {
        "at": TAKEN,
        "ref": f"ad:corp:{guid_of('Svc Scanner')}",
        "attribute": "proxyAddresses",
        "deleted": (EXTRA.upper().replace("SMTP", "smtp"),),
        "version": 4,
    }
    return Repair(**(usual | over))


def again(**over: Any) -> Evidence:
    usual: dict[str, Any] = {"changed_at": NOW - timedelta(hours=1), "version": 6, "dc": "DC2"}
    return evidence(keeper(), loser(ad={"stamps": (stamp(**(usual | over)),)}))


def test_what_was_written_back_is_not_offered_again() -> None:
    finding = found(again(), repairs=(ours(),))

    assert (finding.diagnosis.code, finding.proposals) == ("C60", ())
    assert "took smtp:john@contoso.com off Svc Scanner on 2026-11-20" in words(finding)
    assert "again on 2026-11-22 11:00 UTC on DC2, 2 times since the bot" in words(finding)
    assert "Get-WinEvent -ComputerName 'DC2'" in commands(finding)[0]


def test_it_says_how_often_the_bot_tried() -> None:
    earlier = ours(at=TAKEN - timedelta(days=3), version=2)

    assert "taken it off 2 times already" in words(found(again(), repairs=(earlier, ours())))


UNSEEN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the version has not climbed": ({"version": 4}, {}),
    "it is another attribute": ({"attribute": "mail"}, {}),
    "it is older than our change": ({"changed_at": TAKEN - timedelta(days=1)}, {}),
}


@pytest.mark.parametrize(("written", "repair"), UNSEEN.values(), ids=UNSEEN)
def test_without_a_younger_write_nobody_is_named(
    written: dict[str, Any], repair: dict[str, Any]
) -> None:
    finding = found(again(**written), repairs=(ours(**repair),))

    assert finding.diagnosis.code == "C60"
    assert "could not be read from AD" in words(finding)


NOT_BACK: dict[str, tuple[Repair, ...]] = {
    "nothing was repaired": (),
    "another object": (ours(ref="ad:corp:x"),),
    "another value": (ours(deleted=("smtp:else@contoso.com",)),),
    "another attribute": (ours(attribute="mail"),),
    "we undid it ourselves": (
        ours(),
        ours(at=NOW - timedelta(hours=3), deleted=(), added=(EXTRA,)),
    ),
}


@pytest.mark.parametrize("repairs", NOT_BACK.values(), ids=NOT_BACK)
def test_a_neighbour_is_not_c60(repairs: tuple[Repair, ...]) -> None:
    finding = found(again(), repairs=repairs)

    assert (finding.diagnosis.code, [p.risk for p in finding.proposals]) == ("C01", [SAFE])


def test_a_sign_in_name_that_came_back_is_seen_too() -> None:
    person = asker(holds="sign-in")
    ref = person.ad.ref if person.ad else ""
    repair = ours(ref=ref, attribute="userPrincipalName", deleted=(VALUE,), version=None)
    read = evidence(owner(), person, errors=(error(person, attribute="UserPrincipalName"),))
    changed = stamp("userPrincipalName", changed_at=NOW)
    assert person.ad is not None
    stamped = replace(person, ad=replace(person.ad, stamps=(changed,)))
    read = replace(read, holders=(read.holders[0], stamped))

    assert "was last written on 2026-11-22 12:00 UTC on DC1" in words(
        found(read, repairs=(repair,))
    )


# ---------------------------------------------------------------- C61

POLICY = Policy(sync_ous=("OU=Staff,DC=contoso,DC=com",))
INSIDE = {"dn": "CN=John Doe,OU=Staff,DC=contoso,DC=com"}


def test_a_failing_object_that_is_not_synchronized_is_c61() -> None:
    finding = found(evidence(keeper(ad=INSIDE), loser()), policy=POLICY)

    assert (finding.diagnosis.code, finding.proposals) == ("C61", ())
    assert ways(finding) == [(1, JUDGE), (2, DESTRUCTIVE)]
    assert "outside of the OUs that are synchronized" in words(finding)


def test_an_owner_that_is_not_synchronized_is_c61_too() -> None:
    inside = {"dn": "CN=Svc,OU=Staff,DC=contoso,DC=com"}
    finding = found(evidence(keeper(), loser(ad=inside)), policy=POLICY)

    assert finding.diagnosis.code == "C61"
    assert "John Doe has john@contoso.com in Entra" in words(finding)


def test_an_account_that_no_rule_lets_through_is_out_without_any_ou() -> None:
    finding = found(evidence(keeper(), loser(ad={"sam_account_name": "MSOL_1"})))

    assert finding.diagnosis.code == "C61"
    assert "account of the synchronization itself" in words(finding)


def test_where_the_scope_was_not_stated_nobody_is_out_of_it() -> None:
    assert found(evidence(keeper(), loser())).diagnosis.code == "C01"


def test_the_ous_of_one_forest_put_nobody_of_another_one_out_of_scope() -> None:
    elsewhere = {"forest": "other", "dn": "CN=Svc,OU=People,DC=fabrikam,DC=net"}

    assert (
        found(evidence(keeper(ad=INSIDE), loser(ad=elsewhere)), policy=POLICY).diagnosis.code
        == "C01"
    )


def test_what_entra_no_longer_synchronizes_is_another_case() -> None:
    read = evidence(keeper(ad=INSIDE), loser(cloud={"synced": False}))

    assert found(read, policy=POLICY).diagnosis.code != "C61"
    assert read.holders[1].type is ObjectType.USER
