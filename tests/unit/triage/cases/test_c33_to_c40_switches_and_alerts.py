"""In: what the sync server tells of takeovers, devices, SIDs and deletions, and objects the cloud manages.
Out: C33, C34, C36, C38, C39, C40.
Promise: what may be an attack is an alert; a switch of the tenant is never opened by a button.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.model import Holder, ObjectType, Risk
from tests.builders import NOW, TENANT, anchor_of, cloud_id_of, error, guid_of, stamp, user
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
    owner,
    read_of,
    ways,
    words,
)

JUDGE, DESTRUCTIVE = Risk.JUDGE, Risk.DESTRUCTIVE
BO = cloud_id_of("Bo Berg")
HARDENED = (
    '{"ErrorName":"InvalidHardMatch","message":"Hard match operation blocked due to security\\n '
    'hardening. Review OnPremisesObjectIdentifier mapping."}'
)
SID = "S-1-5-21-1-2-3-4711"


def let_go_of(**cloud: Any) -> Holder:
    """Both sides carry one identity number, and Entra no longer synchronizes it."""
    over = {"synced": False} | cloud
    return user("Bo Berg", proxies=(OWN,), cloud_proxies=(OWN,), cloud=over)


def hard(holder: Holder, *, raw: str = "", **over: Any) -> Any:
    told = exported("InvalidHardMatch", object_id=BO, value=None, **({"raw": raw} if raw else {}))
    return read_of(
        holder, holder, holders=(holder,), errors=(told,), value=f"{BO}:invalidhardmatch", **over
    )


# ---------------------------------------------------------------- C33


def test_a_takeover_that_a_switch_blocks_is_c33() -> None:
    finding = found(hard(let_go_of(), **flags(hard_match_blocked=True)))
    path = f"https://graph.microsoft.com/v1.0/directory/onPremisesSynchronization/{TENANT}"
    flag = "blockCloudObjectTakeoverThroughHardMatchEnabled"

    assert (finding.diagnosis.code, ways(finding)) == ("C33", [(1, DESTRUCTIVE)])
    assert commands(finding)[:3] == [
        f"Invoke-MgGraphRequest -Method PATCH -Uri '{path}' -Body @{{features=@{{{flag}=$false}}}}",
        "Start-ADSyncSyncCycle -PolicyType Delta",
        f"Invoke-MgGraphRequest -Method PATCH -Uri '{path}' -Body @{{features=@{{{flag}=$true}}}}",
    ]
    assert "as stated on 2026-10-01" in words(finding)


def test_a_switch_that_nobody_stated_is_said_to_be_unknown() -> None:
    finding = found(hard(let_go_of(), roles=None))

    assert finding.diagnosis.code == "C33"
    assert "was not stated in the settings" in words(finding)
    assert "an administrator is not excluded" in words(finding)


def test_a_switch_that_is_off_does_not_explain_it() -> None:
    assert found(hard(let_go_of(), **flags(hard_match_blocked=False))).diagnosis.code == "C00"


def test_an_account_that_is_synchronized_waits_for_no_takeover() -> None:
    assert found(hard(let_go_of(synced=True))).diagnosis.code == "C00"


# ---------------------------------------------------------------- C34


def test_a_takeover_of_a_tied_account_is_an_alert_and_asks_security_first() -> None:
    holder = let_go_of(mapped_to=guid_of("another"))
    changed = stamp("mS-DS-ConsistencyGuid", dc="DC2", changed_at=NOW - timedelta(hours=1))
    assert holder.ad is not None
    holder = replace(holder, ad=replace(holder.ad, stamps=(changed,)))
    finding = found(hard(holder, raw=HARDENED))

    assert (finding.diagnosis.code, finding.diagnosis.alert) == ("C34", True)
    assert ways(finding) == [(1, DESTRUCTIVE)]
    assert "either a migration or an attack" in words(finding)
    assert f"tied to the AD object {guid_of('another')}" in words(finding)
    assert "written on 2026-11-22 11:00 UTC on DC2" in words(finding)
    assert [line.split()[0] for line in commands(finding)] == [
        "Get-ADReplicationAttributeMetadata",
        "Invoke-MgGraphRequest",
        "Start-ADSyncSyncCycle",
        "Get-MgUser",
    ]


def test_the_tie_tells_without_the_message_too() -> None:
    finding = found(hard(let_go_of(mapped_to=guid_of("another"))))

    assert finding.diagnosis.code == "C34"
    assert "could not be read" in words(finding)


def test_the_message_alone_is_an_alert_without_a_runbook() -> None:
    finding = found(hard(let_go_of(), raw=HARDENED))

    assert (finding.diagnosis.code, finding.diagnosis.alert) == ("C34", True)
    assert finding.diagnosis.runbooks == ()
    assert "could not be read" in words(finding)


def test_an_account_tied_to_the_object_that_asks_is_not_c34() -> None:
    mine = f"{{{guid_of('Bo Berg').upper()}}}"

    assert found(hard(let_go_of(mapped_to=mine))).diagnosis.code == "C33"


# ---------------------------------------------------------------- C36


def device(**over: Any) -> dict[str, Any]:
    usual = {"object_type": ObjectType.OTHER, "object_name": "PC-4711", "value": None}
    told = exported("InvalidSoftMatch", **(usual | over))
    return {"errors": (told,), "holders": (), "value": "x:invalidsoftmatch"}


def test_a_device_that_may_not_join_is_c36() -> None:
    read = read_of(asker(), owner(), **device(), **flags(soft_match_blocked=True))
    finding = found(read)

    assert (finding.diagnosis.code, ways(finding)) == ("C36", [(1, DESTRUCTIVE)])
    assert "stops the device PC-4711" in words(finding)
    assert "blockSoftMatchEnabled=$false" in commands(finding)[0]


def test_a_device_with_an_unknown_switch_is_told_as_usual_not_as_known() -> None:
    assert "usually a safety switch" in words(found(read_of(asker(), owner(), **device())))


NOT_A_DEVICE: dict[str, dict[str, Any]] = {
    "the switch is off": device() | flags(soft_match_blocked=False),
    "a user": device(object_type=ObjectType.USER),
    "another error": {**device(), "errors": (exported(object_type=ObjectType.OTHER),)},
}


@pytest.mark.parametrize("read", NOT_A_DEVICE.values(), ids=NOT_A_DEVICE)
def test_a_neighbour_is_not_c36(read: dict[str, Any]) -> None:
    assert found(read_of(asker(), owner(), **read)).diagnosis.code != "C36"


# ---------------------------------------------------------------- C38


def test_an_owner_that_the_cloud_manages_is_changed_there_or_ad_lets_go() -> None:
    theirs = user("Kari Lie", proxies=(MAIN,), cloud_proxies=(MAIN,), cloud={"cloud_managed": True})
    finding = found(read_of(asker(), theirs))

    assert finding.diagnosis.code == "C38"
    assert [risk for _, risk in ways(finding)] == [JUDGE, DESTRUCTIVE, Risk.SAFE]
    assert changes(finding) == [("proxyAddresses", (EXTRA,), ())]
    assert "-Body @{isCloudManaged=$false}" in " ".join(commands(finding))


def test_an_asker_that_the_cloud_manages_is_never_changed_in_ad() -> None:
    mine = asker(cloud={"cloud_managed": True})
    theirs = user("Kari Lie", proxies=(MAIN,), cloud_proxies=(MAIN,))
    finding = found(read_of(mine, theirs))

    assert (finding.diagnosis.code, finding.proposals) == ("C38", ())
    assert "changing it in AD does nothing" in words(finding)


def test_an_asker_that_no_longer_lists_it_in_ad_is_not_called_fixed() -> None:
    """AD says nothing about an object that the cloud manages."""
    mine = asker(proxies=(OWN,), cloud={"cloud_managed": True})
    theirs = user("Kari Lie", proxies=(MAIN,), cloud_proxies=(MAIN,))

    assert found(read_of(mine, theirs)).diagnosis.code == "C38"


@pytest.mark.parametrize("managed", [False, None])
def test_what_ad_manages_or_nobody_read_is_not_c38(managed: bool | None) -> None:  # noqa: FBT001 - a test's parameter
    mine = asker(cloud={"cloud_managed": managed})

    assert found(read_of(mine, owner())).diagnosis.code == "C24"


# ---------------------------------------------------------------- C39


def person(name: str, **over: Any) -> Holder:
    own = f"SMTP:{name.lower().replace(' ', '.')}@contoso.com"
    ad = {"sid": SID, "created_at": NOW - timedelta(days=9)}
    return user(name, proxies=(own,), cloud_proxies=(own,), ad=ad, **over)


def sid_error() -> dict[str, Any]:
    told = exported(attribute="OnPremiseSecurityIdentifier", value=SID)
    return {"errors": (told,), "value": SID.lower()}


def test_two_people_with_one_sid_are_an_alert() -> None:
    one, other = person("Bo Berg"), person("Kari Lie", joined_by=None)
    finding = found(read_of(one, other, **sid_error()))

    assert (finding.diagnosis.code, finding.diagnosis.alert) == ("C39", True)
    assert ways(finding) == [(1, DESTRUCTIVE)]
    assert commands(finding)[0] == (
        f"Get-ADObject -Filter 'objectSid -eq ''{SID}''' -Properties objectSid,whenCreated"
    )


def test_the_other_one_may_be_seen_in_entra_only() -> None:
    ours = person("Bo Berg", joined_by=None)
    theirs = owner("Kari Lie", synced=True, sid=SID, anchor=anchor_of(guid_of("x")))
    finding = found(read_of(ours, theirs, **sid_error()))

    assert finding.diagnosis.code == "C39"
    assert "The names differ" in words(finding)


def test_one_object_that_is_read_twice_is_not_two_people() -> None:
    one = person("Bo Berg")

    assert found(read_of(one, one, **sid_error())).diagnosis.code != "C39"


def test_a_proxy_error_of_two_people_with_one_sid_is_not_about_the_sid() -> None:
    one, other = person("Bo Berg"), person("Kari Lie")

    assert found(read_of(one, other, errors=(exported(),))).diagnosis.code != "C39"


# ---------------------------------------------------------------- C40

DELETE = "This synchronization operation, Delete, is not valid. Contact Technical Support."


def protected(**over: Any) -> Any:
    holder = user(
        "Bo Berg",
        proxies=(OWN,),
        ad={"dn": "CN=Bo Berg,CN=LostAndFound,DC=contoso,DC=com"},
        cloud={"synced": None},
    )
    told = error(holder, **({"category": "Other", "raw": DELETE, "value": None} | over))
    return read_of(holder, holder, holders=(holder,), errors=(told,), value=f"{BO}:other")


def test_a_deletion_that_entra_refuses_is_c40_through_the_recycle_bin() -> None:
    finding = found(protected())

    assert (finding.diagnosis.code, ways(finding)) == ("C40", [(1, DESTRUCTIVE)])
    assert "CN=LostAndFound" in words(finding)
    assert commands(finding) == [
        f"Get-MgUserMemberOf -UserId '{BO}'",
        f"Remove-MgUser -UserId '{BO}'",
        "Start-ADSyncSyncCycle -PolicyType Delta",
        f"Restore-MgDirectoryDeletedItem -DirectoryObjectId '{BO}'",
        "Start-ADSyncSyncCycle -PolicyType Delta",
    ]


def test_an_account_that_could_not_be_read_is_not_deleted_by_its_number() -> None:
    told = exported("DeletingCloudOnlyObjectNotAllowed", object_id="unseen", value=None)
    read = read_of(asker(), owner(), holders=(), errors=(told,), value="unseen:x")
    finding = found(read)

    assert (finding.diagnosis.code, finding.diagnosis.runbooks) == ("C40", ())
    assert "could not be read" in words(finding)


def test_another_message_about_deleting_is_not_c40() -> None:
    assert found(protected(raw="Delete failed")).diagnosis.code == "C00"
