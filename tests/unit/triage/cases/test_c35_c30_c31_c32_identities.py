"""In: administrators, orphans, people made anew, identity numbers that were changed. Out: C35, C30, C31, C32.
Promise: nothing that writes an identity number, a role or deletes an account has a button.
"""

from datetime import timedelta
from typing import Any

import pytest

from bot.model import EVERYTHING, Holder, ObjectType, Risk
from tests.builders import NOW, VALUE, anchor_of, cloud_id_of, error, gap, guid_of, stamp, user
from tests.unit.triage.cases.world import (
    EXTRA,
    MAIN,
    OWN,
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

SAFE, JUDGE, DESTRUCTIVE = Risk.SAFE, Risk.JUDGE, Risk.DESTRUCTIVE
ADMIN = ("Global Administrator",)
OLD = anchor_of(guid_of("an older account"))
NEW = anchor_of(guid_of("Bo Berg"))
SID = "S-1-5-21-1-2-3-4711"

# ---------------------------------------------------------------- C35


@pytest.mark.parametrize(
    ("name", "offered"),
    [("Kari Lie", [(1, JUDGE)]), ("Bo Berg", [(1, JUDGE), (2, DESTRUCTIVE)])],
)
def test_an_administrator_in_the_cloud_is_an_alert_and_is_never_safe(
    name: str, offered: list[tuple[int, Risk]]
) -> None:
    finding = found(read_of(asker(), owner(name), roles=ADMIN))

    assert (finding.diagnosis.code, finding.diagnosis.alert) == ("C35", True)
    assert ways(finding) == offered
    assert changes(finding) == [("proxyAddresses", (EXTRA,), ())]
    assert "Global Administrator" in words(finding)


def test_the_askers_account_is_not_removed_for_an_administrator_who_is_somebody_else() -> None:
    finding = found(read_of(asker(), owner("Kari Lie"), roles=ADMIN))

    assert [c for c in commands(finding) if "Remove-Mg" in c] == []


def test_without_the_right_to_read_roles_nobody_is_called_an_administrator() -> None:
    finding = found(read_of(asker(), owner(), roles=None))

    assert (finding.diagnosis.code, finding.diagnosis.alert) == ("C24", False)
    assert "an administrator is not excluded" in words(finding)


def test_an_administrator_whom_ad_rules_already_is_not_c35() -> None:
    theirs = user("Kari Lie", proxies=(MAIN,), cloud_proxies=(MAIN,))

    assert found(read_of(asker(), theirs, roles=ADMIN)).diagnosis.code != "C35"


def taken_back(**over: Any) -> Holder:
    """A cloud account that is not synchronized any more, and the AD object with its number."""
    return user("Bo Berg", proxies=(OWN,), cloud_proxies=(OWN,), cloud={"synced": False} | over)


def hard_match(**over: Any) -> dict[str, Any]:
    return {"errors": (exported("InvalidHardMatch", object_id=cloud_id_of("Bo Berg"), **over),)}


def test_a_hard_match_on_an_administrator_is_an_alert_without_any_button() -> None:
    holder = taken_back()
    finding = found(read_of(asker("Per"), holder, holders=(holder,), roles=ADMIN, **hard_match()))

    assert (finding.diagnosis.code, finding.diagnosis.alert) == ("C35", True)
    assert ways(finding) == [(1, DESTRUCTIVE)]
    assert "AD tried to take over the administrator Bo Berg" in words(finding)


# ---------------------------------------------------------------- C30


def orphan(name: str = "Bo Berg", **over: Any) -> Holder:
    usual = {"synced": True, "anchor": OLD, "last_sync_at": NOW - timedelta(days=40)}
    return owner(name, **(usual | over))


def test_an_account_that_lost_its_ad_object_is_c30_with_three_ways_by_hand() -> None:
    finding = found(read_of(asker(), orphan()))

    assert (finding.diagnosis.code, ways(finding)) == (
        "C30",
        [(1, JUDGE), (2, DESTRUCTIVE), (3, DESTRUCTIVE)],
    )
    assert f"no AD object carries its identity number {OLD}" in words(finding)
    assert "last synchronized on 2026-10-13" in words(finding)
    assert "by hand" in finding.diagnosis.runbooks[1].title.english()


def test_an_account_in_use_is_not_called_empty_and_nobody_purges_it_unasked() -> None:
    used = asker(cloud={"licensed": True})
    finding = found(read_of(used, orphan()))
    join = next(r for r in finding.diagnosis.runbooks if "by hand" in r.title.english())
    said = [i.say.english() for i in join.steps]
    asked = next(n for n, text in enumerate(said) if "nobody needs the mailbox" in text)
    purged = next(n for n, i in enumerate(join.steps) if "DeletedItem" in i.command)

    assert "empty" not in words(finding)
    assert asked < purged


def test_the_orphan_gets_its_old_number_by_the_sixteen_bytes() -> None:
    guid = guid_of("Bo Berg")

    assert (
        f"Set-ADObject -Identity '{guid}' -Server 'contoso.com' -Replace "
        f"@{{'mS-DS-ConsistencyGuid'=[byte[]][Convert]::FromBase64String('{OLD}')}}"
    ) in commands(found(read_of(asker(), orphan())), "Join")


def test_a_number_that_is_not_sixteen_bytes_gives_no_command() -> None:
    finding = found(read_of(asker(), orphan(anchor="not base64 ' ; rm")))

    assert [c for c in commands(finding) if "ConsistencyGuid" in c] == []


def test_an_orphan_of_another_person_is_deleted_or_the_successor_lets_go() -> None:
    finding = found(read_of(asker(), orphan("Kari Lie")))

    assert (finding.diagnosis.code, ways(finding)) == ("C30", [(1, DESTRUCTIVE), (3, SAFE)])
    assert changes(finding) == [("proxyAddresses", (EXTRA,), ())]


def test_a_forest_that_is_away_makes_nobody_an_orphan() -> None:
    away = gap(what=EVERYTHING, why="cannot be reached")

    assert found(read_of(asker(), orphan(), gaps=(away,))).diagnosis.code == "C00"


def test_an_account_that_left_the_sync_is_not_said_to_be_nowhere_in_ad() -> None:
    finding = found(read_of(asker(), orphan(synced=False)))

    assert finding.diagnosis.code == "C30"
    assert "Entra no longer synchronizes it" in words(finding)
    assert "no AD object carries" not in words(finding)


@pytest.mark.parametrize(
    "has",
    [
        orphan(anchor=None),
        orphan(guest=True),
        orphan(type=ObjectType.GROUP),
        orphan(anchor=NEW),
    ],
    ids=["without a number", "a guest", "a group", "with the asker's own number"],
)
def test_a_neighbour_is_no_orphan(has: Holder) -> None:
    assert found(read_of(asker(), has)).diagnosis.code not in {"C30", "C31"}


# ---------------------------------------------------------------- C31


def test_a_person_made_anew_is_c31_and_keeps_the_old_number_by_runbook() -> None:
    finding = found(read_of(new_in_ad(), orphan(mapped_to="x"), errors=(exported(),)))

    assert (finding.diagnosis.code, ways(finding)) == ("C31", [(1, DESTRUCTIVE)])
    assert f"identity number {OLD}. In AD Bo Berg has {NEW}" in words(finding)
    assert any("onPremisesObjectIdentifier" in line for line in commands(finding))


def test_another_person_is_not_given_somebodys_number() -> None:
    assert (
        found(read_of(new_in_ad(), orphan("Kari Lie"), errors=(exported(),))).diagnosis.code
        != "C31"
    )


def renumbered(**over: Any) -> Holder:
    """One SID on both sides, two identity numbers."""
    return user(
        "Bo Berg",
        proxies=(OWN,),
        cloud_proxies=(OWN,),
        joined_by="sid",
        ad={"sid": SID} | over.pop("ad", {}),
        cloud={"sid": SID, "anchor": OLD} | over,
    )


def sid_error(**over: Any) -> dict[str, Any]:
    told = exported(attribute="OnPremiseSecurityIdentifier", value=SID, **over)
    return {"errors": (told,), "value": SID.lower()}


def test_one_sid_under_two_numbers_is_c31() -> None:
    holder = renumbered()
    finding = found(read_of(holder, holder, holders=(holder,), **sid_error()))

    assert (finding.diagnosis.code, finding.proposals) == ("C31", ())
    assert f"Both have the security number {SID}." in words(finding)
    assert not any("onPremisesObjectIdentifier" in line for line in commands(finding))


# ---------------------------------------------------------------- C32


def test_a_number_that_was_changed_on_a_living_object_is_c32_and_destructive() -> None:
    changed = stamp("mS-DS-ConsistencyGuid", dc="DC2", changed_at=NOW - timedelta(hours=2))
    holder = renumbered(ad={"stamps": (changed,)}, created_at=NOW - timedelta(days=300))
    finding = found(read_of(holder, holder, holders=(holder,), **sid_error()))

    assert (finding.diagnosis.code, ways(finding)) == ("C32", [(1, DESTRUCTIVE)])
    assert "written on 2026-11-22 10:00 UTC on DC2; AD does not record by whom" in words(finding)
    assert OLD in commands(finding)[1]


@pytest.mark.parametrize(
    "cloud",
    [{"mapped_to": guid_of("Bo Berg").upper()}, {"anchor": NEW}],
    ids=["it is tied to this object", "the old number is the object's own GUID"],
)
def test_the_object_itself_tells_that_it_is_the_same(cloud: dict[str, Any]) -> None:
    holder = renumbered(ad={"anchor": anchor_of(guid_of("somebody"))}, **cloud)
    finding = found(read_of(holder, holder, holders=(holder,), **sid_error()))

    assert finding.diagnosis.code == "C32"
    assert "could not be read from AD" in words(finding)


def test_a_conflict_of_an_object_that_no_longer_exports_is_c32_first() -> None:
    """Whatever would be changed in AD, nothing of it would reach Entra."""
    holder = renumbered(mapped_to=guid_of("Bo Berg"), ad={"proxy_addresses": (OWN, EXTRA)})
    theirs = user("Kari Lie", proxies=(MAIN,), cloud_proxies=(MAIN,))
    finding = found(read_of(holder, theirs, errors=(error(holder),)))

    assert (finding.diagnosis.code, finding.proposals) == ("C32", ())


def test_an_account_that_is_not_synchronized_has_no_number_to_put_back() -> None:
    holder = renumbered(mapped_to=guid_of("Bo Berg"), synced=False)
    read = read_of(holder, holder, holders=(holder,), **sid_error())

    assert found(read).diagnosis.code == "C31"


# ---------------------------------------------------------------- what the flags say


def test_a_takeover_of_the_askers_own_number_is_no_orphan() -> None:
    read = read_of(asker(), orphan(anchor=NEW), **flags(hard_match_blocked=True))

    assert found(read).diagnosis.code == "C00"
    assert VALUE in words(found(read))
