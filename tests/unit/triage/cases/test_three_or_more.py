"""In: three and more holders (C22), and both of two flagged (C58). Out: one keeper, one proposal for each other one.
Promise: a proposal is one object; what is not synchronized takes no part; without a keeper nothing is SAFE.
"""

from typing import Any

from bot.model import Evidence, Holder
from tests.builders import (
    NOW,
    VALUE,
    both_primary,
    contact,
    error,
    evidence,
    group,
    keeper,
    looked_for,
    loser,
    only_in_cloud,
)
from tests.unit.triage.concluding import found, offered, words

EXTRA = f"smtp:{VALUE}"


def read(*holders: Holder, **over: Any) -> Evidence:
    return looked_for(evidence(*holders, **over))


def test_each_of_two_extra_addresses_has_its_own_safe_proposal() -> None:
    finding = found(read(keeper(), loser("Svc One"), loser("Svc Two")))

    assert finding.diagnosis.code == "C22"
    assert [(name, risk) for name, risk, _ in offered(finding)] == [
        ("Svc One", "safe"),
        ("Svc Two", "safe"),
    ]
    assert finding.diagnosis.title.english() == f"3 objects hold {VALUE}"


def test_several_kinds_are_one_table() -> None:
    finding = found(read(keeper(ad={"mailbox": True}), group("Tax", cloud_proxies=()), contact()))

    assert finding.diagnosis.code == "C22"
    assert {name: risk for name, risk, _ in offered(finding)} == {
        "Tax": "judge",
        "Ext John": "judge",
    }


def test_without_a_clear_keeper_every_side_is_offered_and_none_is_safe() -> None:
    finding = found(read(keeper(), both_primary(), loser()))

    assert finding.diagnosis.keeper is None
    assert {risk for _, risk, _ in offered(finding)} == {"judge"}
    assert {name for name, _, _ in offered(finding)} == {"John Doe", "Johanna Dow", "Svc Scanner"}
    assert "The bot takes no side." in words(finding)


def test_a_clear_keeper_is_left_alone() -> None:
    strong = keeper(ad={"mailbox": True, "last_logon_at": NOW})

    finding = found(read(strong, both_primary(), loser()))

    assert finding.diagnosis.keeper == (strong.ad.ref if strong.ad else None)
    assert "John Doe" not in {name for name, _, _ in offered(finding)}


def test_what_is_not_synchronized_takes_no_part() -> None:
    unsynced = loser("Old Copy", joined_by=None)

    finding = found(read(keeper(), unsynced, loser()))

    assert [name for name, _, _ in offered(finding)] == ["Svc Scanner"]
    assert "Old Copy was not found on both sides" in words(finding)


def test_an_owner_that_lives_in_the_cloud_only_is_not_overlooked() -> None:
    guest = only_in_cloud("Guest", proxy_addresses=(f"SMTP:{VALUE}",))

    finding = found(read(guest, loser("A"), loser("B"), loser("C")))

    assert (finding.diagnosis.code, finding.proposals) == ("C00", ())


def test_a_chat_address_and_a_forwarding_address_are_no_further_holders() -> None:
    chats = loser("Chatty", proxies=("SMTP:c@contoso.com", f"sip:{VALUE}"))
    forwards = loser("Forward", proxies=("SMTP:f@contoso.com",), ad={"target_address": EXTRA})

    assert found(read(keeper(), chats, forwards, loser())).diagnosis.code == "C01"


# ---------------------------------------------------------------- C58


def test_both_flagged_is_solved_at_the_one_that_was_really_changed() -> None:
    one, other = keeper(), loser()

    finding = found(read(one, other, errors=(error(one), error(other))))

    assert finding.diagnosis.code == "C58"
    assert [(name, risk) for name, risk, _ in offered(finding)] == [("Svc Scanner", "safe")]
    assert "but it changed only Svc Scanner" in words(finding)


def test_both_flagged_and_both_without_it_have_an_owner_that_nobody_found() -> None:
    one, other = keeper(cloud_proxies=()), loser()

    finding = found(read(one, other, errors=(error(one), error(other))))

    assert (finding.diagnosis.code, finding.proposals) == ("C56", ())


def test_both_flagged_of_two_kinds_is_told_as_two_kinds() -> None:
    one, other = group(), loser()

    finding = found(read(one, other, errors=(error(one), error(other))))

    assert finding.diagnosis.code == "C58"
    assert "both a person’s and a group’s" in finding.diagnosis.title.english()
