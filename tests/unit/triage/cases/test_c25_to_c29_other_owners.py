"""In: groups, shared mailboxes, guests, contacts, public folders and deleted accounts that hold the value.
Out: C25, C26, C27, C28, C29.
Promise: each kind of owner gets the command that changes it, and nothing that has no way back gets a button.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.model import Holder, ObjectType, Risk
from tests.builders import NOW, VALUE, anchor_of, error, gap, guid_of, user
from tests.unit.triage.cases.world import (
    EXTRA,
    MAIN,
    OWN,
    asker,
    changes,
    commands,
    exported,
    found,
    new_in_ad,
    owner,
    read_of,
    said,
    ways,
    words,
)

SAFE, JUDGE, DESTRUCTIVE = Risk.SAFE, Risk.JUDGE, Risk.DESTRUCTIVE

# ---------------------------------------------------------------- C25


def group(**over: Any) -> Holder:
    usual: dict[str, Any] = {
        "type": ObjectType.GROUP,
        "licensed": None,
        "enabled": None,
        "unified": True,
    }
    return owner("Sales", **(usual | over))


def test_a_group_of_the_cloud_is_c25_and_the_ad_side_lets_go() -> None:
    finding = found(read_of(asker(), group()))

    assert (finding.diagnosis.code, ways(finding)) == ("C25", [(1, SAFE), (2, JUDGE)])
    assert changes(finding) == [("proxyAddresses", (EXTRA,), ())]
    assert "Sales is a Microsoft 365 group." in words(finding)


@pytest.mark.parametrize(
    ("unified", "cmdlet"), [(True, "Set-UnifiedGroup"), (False, "Set-DistributionGroup")]
)
def test_a_group_is_changed_with_the_command_of_its_kind(unified: bool, cmdlet: str) -> None:  # noqa: FBT001 - a test's parameter
    finding = found(read_of(asker(), group(unified=unified, proxy_addresses=(EXTRA,), mail=OWN)))

    assert commands(finding) == [
        f"{cmdlet} -Identity '{OWN}' -EmailAddresses @{{Remove='smtp:john@contoso.com'}}"
    ]


def test_a_shared_mailbox_is_c25() -> None:
    finding = found(read_of(asker(), owner("Post", licensed=False, enabled=False)))

    assert finding.diagnosis.code == "C25"
    assert "shared mailbox" in words(finding)


NOT_SHARED: dict[str, tuple[dict[str, Any], str]] = {
    "it has a licence": ({"licensed": True}, "C24"),
    "somebody may sign in": ({"enabled": True}, "C24"),
    "nobody read its licence": ({"licensed": None}, "C24"),
    "it is the old account of the same person": ({"name": "Bo Berg"}, "C23"),
}


@pytest.mark.parametrize(("cloud", "code"), NOT_SHARED.values(), ids=NOT_SHARED)
def test_a_persons_account_is_no_shared_mailbox(cloud: dict[str, Any], code: str) -> None:
    usual: dict[str, Any] = {"name": "Post", "licensed": False, "enabled": False}
    has = owner(**(usual | cloud))

    assert found(read_of(asker(), has)).diagnosis.code == code


def test_a_group_that_ad_made_is_not_c25() -> None:
    assert found(read_of(asker(), group(synced=True))).diagnosis.code != "C25"


# ---------------------------------------------------------------- C26


def contact(**over: Any) -> Holder:
    usual: dict[str, Any] = {
        "proxies": (MAIN,),
        "cloud_proxies": (),
        "joined_by": "address",
        "ad": {"type": ObjectType.CONTACT, "user_principal_name": None, "mail": VALUE},
        "cloud": {"type": ObjectType.CONTACT, "user_principal_name": None, "mail": None},
    }
    return user("Ext Berg", **(usual | over))


def guest() -> Holder:
    return owner("Ext Berg", guest=True, user_principal_name="j_c#EXT#@contoso.onmicrosoft.com")


def test_a_guest_is_c26_and_goes_by_runbook_only() -> None:
    finding = found(read_of(asker(), guest()))

    assert (finding.diagnosis.code, ways(finding)) == ("C26", [(1, JUDGE), (3, DESTRUCTIVE)])
    assert [line.split()[0] for line in commands(finding)] == [
        "Remove-MgUser",
        "Start-ADSyncSyncCycle",
    ]


def test_a_contact_of_a_guest_may_leave_the_synchronization() -> None:
    """Its only address cannot be taken off it, so there is no button at all."""
    finding = found(read_of(contact(), guest()))

    assert (finding.diagnosis.code, finding.proposals) == ("C26", ())
    assert ways(finding) == [(2, JUDGE), (3, DESTRUCTIVE)]
    assert "the bot does not take it away" in words(finding)


# ---------------------------------------------------------------- C27


def test_a_contact_of_the_cloud_that_lists_it_is_changed_in_exchange() -> None:
    has = owner("Ext", type=ObjectType.CONTACT, proxy_addresses=(EXTRA,), mail="e@fabrikam.com")
    finding = found(read_of(asker(), has))

    assert (finding.diagnosis.code, ways(finding)) == ("C27", [(1, JUDGE), (2, JUDGE)])
    assert commands(finding) == [
        "Set-MailContact -Identity 'e@fabrikam.com' -EmailAddresses @{Remove='smtp:john@contoso.com'}"
    ]


def test_a_contact_of_the_cloud_that_is_for_this_address_goes_whole() -> None:
    has = owner("Ext", type=ObjectType.CONTACT)
    finding = found(read_of(asker(), has))

    assert ways(finding) == [(1, DESTRUCTIVE), (2, JUDGE)]
    assert commands(finding) == ["Remove-MailContact -Identity 'john@contoso.com'"]


# ---------------------------------------------------------------- C28

HIDDEN = "0f0e0d0c-0000-4000-8000-000000000028"


def folder(proxies: tuple[str, ...] = ("SMTP:old@contoso.com", EXTRA)) -> Holder:
    return user(
        "Events 2019",
        proxies=proxies,
        joined_by=None,
        ad={
            "type": ObjectType.OTHER,
            "classes": ("top", "publicfolder"),
            "dn": "CN=Events 2019,CN=Microsoft Exchange System Objects,DC=contoso,DC=com",
            "user_principal_name": None,
            "mail": None,
            "enabled": None,
        },
    )


def test_a_public_folder_in_ad_is_c28() -> None:
    finding = found(read_of(asker(), folder()))

    assert (finding.diagnosis.code, ways(finding)) == (
        "C28",
        [(1, JUDGE), (2, JUDGE), (3, DESTRUCTIVE)],
    )
    assert changes(finding) == [("proxyAddresses", (EXTRA,), ())]
    assert "Get-MailPublicFolder -Identity 'CN=Events 2019," in commands(finding)[0]


def test_a_protected_folder_has_no_button() -> None:
    """The writer would refuse it: nobody is asked to approve what cannot be written."""
    plain = folder()
    assert plain.ad is not None
    odd = replace(plain, ad=replace(plain.ad, admin_count=True))
    finding = found(read_of(asker(), odd))

    assert (finding.diagnosis.code, finding.proposals) == ("C28", ())
    assert finding.diagnosis.runbooks


def test_a_folder_that_is_for_this_address_is_disabled_in_exchange() -> None:
    finding = found(read_of(asker(), folder((MAIN,))))

    assert finding.proposals == ()
    assert commands(finding, "Exchange")[1].endswith("| Disable-MailPublicFolder")


def test_an_id_that_is_in_no_list_is_a_hidden_owner() -> None:
    asks = asker()
    told = error(asks, conflict_id=HIDDEN)
    finding = found(read_of(asks, asks, holders=(asks,), errors=(told,)))

    assert (finding.diagnosis.code, finding.proposals) == ("C28", ())
    assert f"names {HIDDEN} as the holder" in words(finding)
    assert f"Where-Object ObjectId -eq '{HIDDEN}'" in commands(finding)[0]


def test_the_gap_that_tells_of_this_very_id_is_no_doubt() -> None:
    asks = asker()
    told = error(asks, conflict_id=HIDDEN)
    unseen = gap(where="Entra", what=f"object {HIDDEN}, which the error names", why="not there")

    assert (
        found(read_of(asks, asks, holders=(asks,), errors=(told,), gaps=(unseen,))).diagnosis.code
        == "C28"
    )


def test_where_a_list_could_not_be_read_the_id_may_be_in_there() -> None:
    asks = asker()
    told = error(asks, conflict_id=HIDDEN)
    denied = gap(where="Entra", what="contacts", why="no permission OrgContact.Read.All")
    finding = found(read_of(asks, asks, holders=(asks,), errors=(told,), gaps=(denied,)))

    assert finding.diagnosis.code == "C56"
    assert f"names the object {HIDDEN}" in words(finding)


def test_a_message_that_names_a_public_folder_is_believed() -> None:
    asks = asker()
    told = error(asks, raw="… conflicts with PublicFolder_7c1 …")

    assert found(read_of(asks, asks, holders=(asks,), errors=(told,))).diagnosis.code == "C28"


def test_an_owner_that_the_lists_show_is_no_hidden_one() -> None:
    asks, has = asker(), owner()
    told = error(asks, conflict_id=HIDDEN)

    assert found(read_of(asks, has, errors=(told,))).diagnosis.code == "C24"


# ---------------------------------------------------------------- C29


def deleted(days: float = 12, **over: Any) -> Holder:
    return owner("Bo Berg", deleted_at=NOW - timedelta(days=days), **over)


def test_a_deleted_owner_is_c29_and_waiting_is_the_answer() -> None:
    finding = found(read_of(asker(), deleted()))

    assert (finding.diagnosis.code, finding.proposals) == ("C29", ())
    assert ways(finding) == [(2, DESTRUCTIVE), (3, DESTRUCTIVE)]
    assert "deleted in Entra on 2026-11-10" in words(finding)
    assert "for good on 2026-12-10 (days left: 18)" in words(finding)
    assert commands(finding)[:2] == [
        f"Restore-MgDirectoryDeletedItem -DirectoryObjectId '{id_of(deleted())}'",
        f"Remove-MgDirectoryDeletedItem -DirectoryObjectId '{id_of(deleted())}'",
    ]


def id_of(holder: Holder) -> str:
    return holder.cloud.id if holder.cloud else ""


@pytest.mark.parametrize(("days", "text"), [(29.9, "days left: 0"), (30, "should have removed")])
def test_the_thirty_days_end(days: float, text: str) -> None:
    assert text in words(found(read_of(asker(), deleted(days))))


def test_a_deleted_group_is_named_as_one_object_not_as_a_person() -> None:
    finding = found(read_of(asker(), deleted(type=ObjectType.GROUP)))

    assert finding.diagnosis.code == "C29"
    assert "bear the name" not in words(finding)


def test_the_askers_own_old_account_may_come_back_by_itself() -> None:
    finding = found(read_of(asker(), deleted(anchor=anchor_of(guid_of("Bo Berg")))))

    assert "takes it over again" in words(finding)


def test_a_deleted_owner_beside_a_living_one_is_not_waited_for() -> None:
    living = replace(owner("Per Moe"))

    assert found(read_of(asker(), deleted(), living)).diagnosis.code != "C29"


def test_a_new_account_that_entra_never_took_is_told_of_the_deleted_one_too() -> None:
    finding = found(read_of(new_in_ad(), deleted(), errors=(exported("InvalidSoftMatch"),)))

    assert finding.diagnosis.code == "C29"
    assert [s for s in said(finding.diagnosis) if "None" in s.english()] == []
