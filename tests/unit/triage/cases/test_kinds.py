"""In: clashes of persons, groups and contacts (C06 to C10, C37). Out: which case, who gives way, by what change.
Promise: a contact is never changed by one click and never deleted; nobody loses the last main address.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.model import Change, Evidence, Holder, ObjectType, Origin
from tests.builders import (
    NOW,
    VALUE,
    both_primary,
    cloud_id_of,
    contact,
    error,
    evidence,
    group,
    keeper,
    looked_for,
    loser,
    only_in_cloud,
    user,
)
from tests.unit.triage.concluding import commands, found, offered, words

EXTRA = f"smtp:{VALUE}"
MAIN = f"SMTP:{VALUE}"
TAKE_OFF = (Change("proxyAddresses", (EXTRA,)),)


def read(*holders: Holder, **over: Any) -> Evidence:
    return looked_for(evidence(*holders, **over))


# ---------------------------------------------------------------- C06


def test_the_extra_address_of_a_person_goes_when_a_group_has_it_as_main() -> None:
    finding = found(read(group(), loser()))

    assert finding.diagnosis.code == "C06"
    assert offered(finding) == [("Svc Scanner", "safe", TAKE_OFF)]


def test_the_extra_address_of_a_group_goes_when_a_person_has_it_as_main() -> None:
    tax = group(proxies=("SMTP:tax@contoso.com", EXTRA), cloud_proxies=("SMTP:tax@contoso.com",))

    finding = found(read(keeper(), tax))

    assert offered(finding) == [("Tax Office", "safe", TAKE_OFF)]
    assert "show people only" in words(finding)


def test_a_group_that_exchange_delivers_to_needs_judgement() -> None:
    tax = group(
        proxies=("SMTP:tax@contoso.com", EXTRA),
        cloud_proxies=("SMTP:tax@contoso.com",),
        ad={"recipient_type": 1024},
    )

    assert [risk for _, risk, _ in offered(found(read(keeper(), tax)))] == ["judge"]


def test_where_both_have_it_as_main_the_person_is_asked_before_the_group() -> None:
    finding = found(read(group(), both_primary()))

    assert finding.diagnosis.keeper is None
    assert {risk for _, risk, _ in offered(finding)} == {"judge"}
    assert list(dict.fromkeys(name for name, _, _ in offered(finding))) == [
        "Johanna Dow",
        "Tax Office",
    ]


def test_a_person_whose_name_and_address_clash_with_a_group_fails_on_the_sync_server() -> None:
    new = both_primary(joined_by=None, ad={"mail": VALUE, "user_principal_name": VALUE})
    told = error(
        object_id="not-yet-made",
        category="ObjectTypeMismatch",
        origin=Origin.EXPORT,
        conflict_id=cloud_id_of("Tax Office"),
    )

    finding = found(read(group(), new, errors=(told,)))

    assert finding.diagnosis.code == "C06"
    assert "refused the whole object" in words(finding)
    assert "the error goes away with the next sync cycle" in words(finding)
    assert {risk for _, risk, _ in offered(finding)} == {"judge"}


# ---------------------------------------------------------------- C07


def test_a_contact_loses_the_address_everywhere_in_one_change() -> None:
    finding = found(read(keeper(ad={"mailbox": True}), contact()))

    assert finding.diagnosis.code == "C07"
    assert offered(finding) == [
        ("Ext John", "judge", (*TAKE_OFF, Change("mail", (VALUE,)))),
    ]
    assert any("-HiddenFromAddressListsEnabled $true" in c for c in commands(finding))


def test_a_contact_that_would_leave_the_address_book_says_so() -> None:
    bare = contact(proxies=(), cloud_proxies=())

    [proposal] = found(read(keeper(ad={"mailbox": True}), bare)).proposals

    assert [c.attribute for c in proposal.steps[0].changes] == ["mail"]
    assert "no longer synchronized" in " ".join(s.english() for s in proposal.consequences)


def test_the_last_main_address_of_a_contact_is_left_to_people() -> None:
    only = contact(proxies=(MAIN,), cloud_proxies=())

    finding = found(read(keeper(ad={"mailbox": True}), only))

    assert finding.proposals == ()
    assert "is the only main address of the contact Ext John" in words(finding)
    assert any("Remove-ADObject" in c for c in commands(finding))


def test_a_contact_from_before_somebody_was_hired_is_told_as_such() -> None:
    old = contact(ad={"created_at": NOW - timedelta(days=700)})
    hired = keeper(ad={"created_at": NOW - timedelta(days=20)})

    assert "before John Doe had an account" in words(found(read(hired, old)))


def test_a_contact_that_was_refused_its_only_address_is_known_by_its_name() -> None:
    in_ad = contact(joined_by=None, proxies=(), cloud_proxies=())
    in_entra = only_in_cloud(
        "Ext John",
        type=ObjectType.CONTACT,
        synced=True,
        mail=None,
        user_principal_name=None,
        proxy_addresses=(),
    )

    finding = found(read(keeper(ad={"mailbox": True}), in_ad, in_entra, of=in_entra))

    assert finding.diagnosis.code == "C07"
    assert [(n, r) for n, r, _ in offered(finding)] == [("Ext John", "judge")]


def test_a_contact_that_entra_served_gives_way_all_the_same() -> None:
    served = contact(cloud_proxies=("SMTP:john@fabrikam.com", EXTRA))
    person = both_primary(ad={"mailbox": True, "mail": VALUE, "last_logon_at": NOW})

    finding = found(read(served, person))

    assert [name for name, _, _ in offered(finding)] == ["Ext John"]
    assert f"In Entra {VALUE} works for Ext John today; that ends." in words(finding)


# ---------------------------------------------------------------- C08 to C10, C37


def test_a_contact_gives_way_to_a_group() -> None:
    finding = found(read(group(), contact()))

    assert finding.diagnosis.code == "C08"
    assert next(iter(offered(finding)))[:2] == ("Ext John", "judge")


def test_the_extra_address_of_a_second_group_goes_by_one_click() -> None:
    second = group(
        "Taxes",
        proxies=("SMTP:taxes@contoso.com", EXTRA),
        cloud_proxies=("SMTP:taxes@contoso.com",),
    )

    finding = found(read(group(), second))

    assert (finding.diagnosis.code, offered(finding)) == ("C09", [("Taxes", "safe", TAKE_OFF)])


def test_the_newer_of_two_groups_is_asked_for_another_address_first() -> None:
    second = group("Taxes", cloud_proxies=("SMTP:taxes@contoso.onmicrosoft.com",))

    finding = found(read(group(), second))

    assert next(iter(offered(finding)))[:2] == ("Taxes", "judge")


def test_two_groups_new_at_once_are_waited_for_one_cycle() -> None:
    second = group("Taxes", cloud_proxies=())
    told = error(second, category="AttributeValueMustBeUnique", origin=Origin.EXPORT)

    assert "Wait one cycle" in words(found(read(group(), second, errors=(told,))))


def test_two_contacts_get_no_button_but_a_way_out_of_the_synchronization() -> None:
    one = contact("Ext A", cloud_proxies=(EXTRA,))
    other = contact("Ext B", ad={"forest": "branch"})

    finding = found(read(one, other))

    assert (finding.diagnosis.code, finding.proposals) == ("C10", ())
    assert "two forests, corp and branch" in words(finding)
    assert len(finding.diagnosis.runbooks) == 1


def test_two_kinds_that_no_plainer_case_names_are_never_joined() -> None:
    folder = user(
        "Folder",
        proxies=("SMTP:folder@contoso.com", EXTRA),
        joined_by="sid",
        ad={"type": ObjectType.OTHER},
        cloud={"type": ObjectType.OTHER},
    )

    finding = found(read(keeper(ad={"mailbox": True}), folder))

    assert finding.diagnosis.code == "C37"
    assert "Entra can neither join them" in words(finding)
    assert [(n, r) for n, r, _ in offered(finding)] == [("Folder", "judge")]


def test_a_mismatch_that_names_no_attribute_is_still_told() -> None:
    told = error(loser(), category="ObjectTypeMismatch", attribute=None, origin=Origin.EXPORT)

    assert found(read(group(), loser(), errors=(told,))).diagnosis.code == "C37"


def test_no_kind_is_told_while_it_is_not_certain_who_has_the_value() -> None:
    nobody = group(cloud_proxies=())

    assert found(read(nobody, loser())).diagnosis.code == "C00"
    assert found(read(group(joined_by="dn"), loser())).diagnosis.code == "C00"


# ---------------------------------------------------------------- what the bot must not write


def test_a_policy_of_exchange_gets_its_own_command_instead_of_a_button() -> None:
    ruled = loser(ad={"address_policy": True, "mail_nickname": "john", "recipient_type": 1 << 31})

    finding = found(read(group(), ruled))

    guid = ruled.ad.guid if ruled.ad else ""
    assert finding.proposals == ()
    assert commands(finding) == [
        f"Set-RemoteMailbox -Identity '{guid}' -EmailAddressPolicyEnabled $false",
        f"Set-RemoteMailbox -Identity '{guid}' -EmailAddresses @{{Remove='smtp:{VALUE}'}}",
    ]


def test_a_protected_account_gets_the_command_for_those_who_may() -> None:
    admin = loser(ad={"admin_count": True})

    finding = found(read(group(), admin))

    guid = admin.ad.guid if admin.ad else ""
    assert finding.proposals == ()
    assert commands(finding)[0] == (
        f"Set-ADObject -Identity '{guid}' -Remove @{{'proxyAddresses'='smtp:{VALUE}'}}"
    )


def test_a_policy_stands_in_the_way_of_a_new_main_address_too() -> None:
    ruled = both_primary(ad={"mail": VALUE, "address_policy": True, "recipient_type": 1})
    strong = group(ad={"address_policy": False})

    finding = found(read(strong, ruled))

    assert any("-PrimarySmtpAddress 'johanna.dow@contoso.com'" in c for c in commands(finding))
    assert "Johanna Dow" not in {name for name, _, _ in offered(finding)}


def test_what_is_not_possible_says_what_is_missing() -> None:
    lonely = replace(read(group(), both_primary(proxies=(MAIN,))), taken={})

    finding = found(lonely)

    assert finding.proposals == ()
    assert "Johanna Dow needs another main address" in words(finding)
    assert "Tax Office needs another main address" in words(finding)
