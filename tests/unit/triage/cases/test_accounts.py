"""In: accounts that are nobody's at work: notes, leavers, shared mailboxes, second accounts (C05, C11, C14, C15).
Out: whose the value is, and what is offered. Promise: disabled on purpose is told from gone, one person from two.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.model import Change, Evidence, Holder
from bot.triage.policy import Policy
from tests.builders import (
    NOW,
    VALUE,
    evidence,
    keeper,
    leaver,
    looked_for,
    loser,
    shared_mailbox,
    stamp,
    user,
)
from tests.unit.triage.concluding import commands, found, offered, words

EXTRA = f"smtp:{VALUE}"
MAIN = f"SMTP:{VALUE}"


def read(*holders: Holder, **over: Any) -> Evidence:
    return looked_for(evidence(*holders, **over))


# ---------------------------------------------------------------- C05


def service(**over: Any) -> Holder:
    """Without a mailbox; its mail field is a note of whom to write to."""
    here = {"mail": VALUE, "enabled": False} | over.pop("ad", {})
    return user("Svc Backup", ad=here, cloud={"mail": None}, **over)


def test_a_note_on_an_account_nobody_uses_goes_by_one_click() -> None:
    finding = found(read(keeper(), service()))

    first, *rest = offered(finding)
    assert finding.diagnosis.code == "C05"
    assert first == ("Svc Backup", "safe", (Change("mail", (VALUE,)),))
    assert [(name, risk) for name, risk, _ in rest] == [("Svc Backup", "judge")]
    assert "as a note in its mail field" in words(finding)


def test_a_note_on_an_account_in_use_is_a_judgement() -> None:
    finding = found(read(keeper(), service(ad={"enabled": True})))

    assert [risk for _, risk, _ in offered(finding)] == ["judge", "judge"]
    assert offered(finding)[1][2] == (Change("mail", (VALUE,), ("svc.backup@contoso.com",)),)


def test_the_note_can_be_kept_where_entra_does_not_read_it() -> None:
    holder = service()

    assert commands(found(read(keeper(), holder))) == [
        f"Set-ADObject -Identity '{holder.ad.guid if holder.ad else ''}' -Add @{{info='{VALUE}'}}"
    ]


def test_a_person_whose_mailbox_is_in_the_cloud_has_no_mere_note() -> None:
    mail_only = user(
        "Anna Real",
        proxies=(),
        cloud_proxies=(f"SMTP:{VALUE}",),
        ad={"mail": VALUE},
        cloud={"licensed": True, "mail": VALUE},
    )
    finding = found(evidence(mail_only, loser(), of=loser()))

    assert "no mailbox" not in words(finding)
    assert (finding.diagnosis.code, [n for n, _, _ in offered(finding)]) == ("C01", ["Svc Scanner"])


@pytest.mark.parametrize(
    "more",
    [
        {"mailbox": True},
        {"mail_nickname": "svc"},
        {"recipient_type": 128},
        {"proxy_addresses": ("SMTP:s@contoso.com",)},
    ],
    ids=["a mailbox", "an alias", "known to Exchange", "an address of its own"],
)
def test_an_account_with_more_than_a_note_is_not_c05(more: dict[str, Any]) -> None:
    assert found(read(keeper(), service(ad=more))).diagnosis.code != "C05"


# ---------------------------------------------------------------- C14


def successor(**over: Any) -> Holder:
    own = "SMTP:bo.berg@contoso.com"
    return user("Bo Berg", **({"proxies": (own, EXTRA), "cloud_proxies": (own,)} | over))


def test_everything_of_somebody_who_left_goes_in_one_change() -> None:
    finding = found(read(leaver(), successor()))

    name, risk, changes = offered(finding)[0]
    assert (finding.diagnosis.code, name, risk) == ("C14", "Eva Left", "judge")
    assert {c.attribute: (c.delete, c.add) for c in changes} == {
        "userPrincipalName": ((VALUE,), ("former-john@contoso.com",)),
        "proxyAddresses": ((MAIN,), ("SMTP:former-john@contoso.com",)),
        "mail": ((VALUE,), ("former-john@contoso.com",)),
    }
    assert "disabled since 2026-05-26 at the latest" in words(finding)
    assert "in more than one place" in words(finding)


def test_an_extra_address_of_somebody_who_left_goes_by_one_click() -> None:
    gone = leaver(
        proxies=("SMTP:eva.left@contoso.com", EXTRA),
        cloud_proxies=("SMTP:eva.left@contoso.com",),
        ad={"user_principal_name": "eva.left@contoso.com", "mail": None},
    )

    finding = found(read(keeper("Bo Berg"), gone))

    assert (finding.diagnosis.code, offered(finding)) == (
        "C14",
        [("Eva Left", "safe", (Change("proxyAddresses", (EXTRA,)),))],
    )


def test_a_kept_mailbox_of_somebody_who_left_is_mentioned() -> None:
    gone = leaver(ad={"mailbox": True})

    finding = found(read(gone, successor()))

    assert "kept for legal reasons" in words(finding)
    assert {risk for _, risk, _ in offered(finding)} == {"judge"}


def test_the_address_was_given_on_after_the_account_was_closed() -> None:
    given = successor(ad={"stamps": (stamp(changed_at=NOW - timedelta(days=2)),)})

    assert "were changed after that, on 2026-11-20" in words(found(read(leaver(), given)))


def test_the_stamp_of_the_account_state_says_better_than_the_last_change() -> None:
    closed = stamp("userAccountControl", changed_at=NOW - timedelta(days=40))
    touched = leaver(ad={"changed_at": NOW, "stamps": (closed,)})

    assert found(read(touched, successor())).diagnosis.code == "C14"


NOT_GONE: dict[str, Holder] = {
    "enabled": leaver(ad={"enabled": True}),
    "disabled last week": leaver(ad={"changed_at": NOW - timedelta(days=7)}),
    "nobody knows since when": leaver(ad={"changed_at": None}),
    "a room": leaver(ad={"recipient_type": 16, "mailbox": True}),
}


@pytest.mark.parametrize("holder", NOT_GONE.values(), ids=NOT_GONE)
def test_who_has_not_left_is_no_leaver(holder: Holder) -> None:
    assert found(read(holder, successor())).diagnosis.code != "C14"


def test_how_long_ago_somebody_left_is_for_the_company_to_say() -> None:
    week = leaver(ad={"changed_at": NOW - timedelta(days=7)})
    soon = Policy(leaver_after=timedelta(days=5))

    assert found(read(week, successor()), policy=soon).diagnosis.code == "C14"


def test_two_who_left_are_not_told_apart_as_leaver_and_successor() -> None:
    other = leaver("Ulf Left", cloud_proxies=("SMTP:ulf.left@contoso.onmicrosoft.com",))

    assert found(read(leaver(), other)).diagnosis.code != "C14"


# ---------------------------------------------------------------- C15


def test_a_shared_mailbox_keeps_its_address_and_the_person_is_changed() -> None:
    finding = found(read(shared_mailbox(), loser()))

    assert finding.diagnosis.code == "C15"
    assert offered(finding) == [
        ("Svc Scanner", "judge", (Change("proxyAddresses", (EXTRA,)),)),
    ]
    assert "disabled on purpose" in words(finding)


@pytest.mark.parametrize("kind", [4, 16, 32, 1 << 33, 1 << 34, 1 << 35])
def test_rooms_and_equipment_here_and_in_the_cloud_are_shared_too(kind: int) -> None:
    assert found(read(shared_mailbox(ad={"recipient_type": kind}), loser())).diagnosis.code == "C15"


def test_two_shared_mailboxes_are_no_person_and_mailbox() -> None:
    other = shared_mailbox("Post", cloud_proxies=("SMTP:post@contoso.com",))

    assert found(read(shared_mailbox(), other)).diagnosis.code == "C02"


# ---------------------------------------------------------------- C11


def test_one_employee_number_is_one_person_and_nothing_is_taken_off() -> None:
    one = keeper(ad={"employee_id": "4711"})
    other = loser(ad={"employee_id": "4711", "forest": "branch"})

    finding = found(read(one, other))

    assert (finding.diagnosis.code, finding.proposals) == ("C11", ())
    assert "the employee number 4711" in words(finding)
    assert {str(r.risk) for r in finding.diagnosis.runbooks} == {"destructive"}
    assert any("adminDescription='User_NoSync'" in c for c in commands(finding))


def test_a_linked_mailbox_of_another_forest_is_one_person() -> None:
    account = keeper()
    sid = account.ad.sid if account.ad else None
    linked = loser(ad={"master_sid": sid, "forest": "mail", "mailbox": True})

    assert "msExchMasterAccountSid" in words(found(read(account, linked)))


def test_one_name_and_one_other_address_are_one_person() -> None:
    same = {"given_name": "Jo", "surname": "Doe", "mail": "jo@fabrikam.com"}

    assert found(read(keeper(ad=same), loser(ad=same))).diagnosis.code == "C11"


TWO_PEOPLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "only the name": (
        {"given_name": "Jo", "surname": "Doe"},
        {"given_name": "Jo", "surname": "Doe"},
    ),
    "name and the very value": (
        {"given_name": "Jo", "surname": "Doe", "mail": VALUE},
        {"given_name": "Jo", "surname": "Doe", "mail": VALUE},
    ),
    "two numbers outweigh name and mail": (
        {"employee_id": "1", "display_name": "Jo", "mail": "jo@fabrikam.com"},
        {"employee_id": "2", "display_name": "Jo", "mail": "jo@fabrikam.com"},
    ),
    "no number at all": ({"employee_id": " "}, {"employee_id": " "}),
}


@pytest.mark.parametrize("both", TWO_PEOPLE.values(), ids=TWO_PEOPLE)
def test_two_people_of_one_name_stay_two(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    one, other = both

    assert found(read(keeper(ad=one), loser(ad=other))).diagnosis.code == "C01"


def test_a_note_is_given_no_name_that_nobody_looked_for() -> None:
    finding = found(replace(read(keeper(), service()), taken={}))

    assert [changes for _, _, changes in offered(finding)] == [(Change("mail", (VALUE,)),)]


# ---------------------------------------------------------------- doubts


def test_a_disabled_account_that_may_be_a_shared_mailbox_of_the_cloud_is_a_judgement() -> None:
    """An extra address of somebody who left goes by one click; of this one, two people say so."""
    own = "SMTP:eva.left@contoso.com"
    here = {"user_principal_name": "eva.left@contoso.com", "mail": None}

    def risks(**cloud: Any) -> list[str]:
        gone = leaver(proxies=(own, EXTRA), cloud_proxies=(own,), ad=here, cloud=cloud)
        return [risk for _, risk, _ in offered(found(read(keeper("Bo Berg"), gone)))]

    assert risks(licensed=True) == ["safe"]
    assert risks(licensed=False, mail=None) == ["safe"]
    assert risks(licensed=False) == ["judge"]


def test_who_was_closed_a_few_days_ago_keeps_it_only_if_two_people_say_so() -> None:
    owner = keeper(ad={"enabled": False, "changed_at": NOW - timedelta(days=10)})
    finding = found(read(owner, loser()))

    assert [r for _, r, _ in offered(finding)][:1] == ["judge"]
    assert "the account of John Doe is disabled" in finding.proposals[0].because.english()
