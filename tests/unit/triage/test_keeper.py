"""In: holders of one value. Out: who should keep it, by points that a reader can add up, or an open question.
Promise: each term counts only when it was read; weights are the company's; a small lead decides nothing.
"""

from datetime import timedelta
from typing import Any

import pytest

from bot.model import Holder
from bot.triage.keeper import keeper_of, scores, verdict
from bot.triage.policy import Policy, Weights
from bot.triage.situation import Situation
from tests.builders import NOW, VALUE, both_primary, contact, evidence, keeper, loser, stamp, user

BARE: dict[str, Any] = {"enabled": None, "mail": None, "user_principal_name": None}


def terms(holder: Holder, policy: Policy | None = None) -> dict[str, int]:
    [score] = scores([holder], VALUE, policy=policy or Policy(), now=NOW)
    return {t.say.msgid: t.points for t in score.terms}


def plain(**ad: Any) -> Holder:
    return user("Anna", ad=BARE | ad, cloud={"enabled": None, "licensed": None})


TERMS: dict[str, tuple[Holder, str, int]] = {
    "a mailbox": (plain(mailbox=True), "{name} has a mailbox", 4),
    "the sign-in name": (
        plain(user_principal_name=VALUE),
        "{value} is the main address or the sign-in name of {name}",
        3,
    ),
    "enabled": (plain(enabled=True), "the account of {name} is enabled", 2),
    "seen lately": (
        plain(last_logon_at=NOW - timedelta(days=59)),
        "{name} signed in to AD on or after {when}",
        2,
    ),
    "an alias like it": (plain(mail_nickname="John"), "{value} looks like the name of {name}", 1),
    "long disabled": (
        plain(enabled=False, changed_at=NOW - timedelta(days=91)),
        "{name} is disabled and unchanged since {when}",
        -3,
    ),
    "a contact": (
        contact(proxies=(), ad=BARE),
        "{name} is a contact",
        -1,
    ),
}


@pytest.mark.parametrize(("holder", "text", "points"), TERMS.values(), ids=TERMS)
def test_each_sign_counts_with_its_weight(holder: Holder, text: str, points: int) -> None:
    assert terms(holder)[text] == points


def test_what_was_not_read_counts_nothing() -> None:
    assert terms(plain()) == {}
    assert terms(plain(last_logon_at=NOW - timedelta(days=61))) == {}


def test_a_disabled_account_with_a_mailbox_is_not_long_disabled() -> None:
    shared = plain(enabled=False, mailbox=True, changed_at=NOW - timedelta(days=400))

    assert terms(shared) == {"{name} has a mailbox": 4}


def test_outside_of_what_is_synchronized_counts_against() -> None:
    policy = Policy(sync_ous=("OU=Elsewhere,DC=contoso,DC=com",))

    assert terms(plain(), policy) == {"{name} is not synchronized": -3}


def test_the_company_sets_the_weights() -> None:
    assert terms(plain(mailbox=True), Policy(weights=Weights(mailbox=9))) == {
        "{name} has a mailbox": 9
    }


def test_who_had_it_longer_gets_one_weak_point() -> None:
    old = loser("Old", ad={"stamps": (stamp(changed_at=NOW - timedelta(days=900)),)})
    new = loser("New", ad={"stamps": (stamp(),)})

    ranked = scores([new, old], VALUE, policy=Policy(), now=NOW)

    assert [(s.name, s.total) for s in ranked] == [("Old", 3), ("New", 2)]


def test_a_lead_of_four_is_an_answer_and_three_a_question() -> None:
    one, other = plain(mailbox=True), both_primary(ad=BARE, proxies=())
    policy = Policy()

    kept, _ = keeper_of([one, other], VALUE, policy=policy, now=NOW)
    asked, _ = keeper_of([one, other], VALUE, policy=Policy(weights=Weights(mailbox=3)), now=NOW)

    assert terms(other) == {}
    assert (kept, asked) == (one, None)


def test_of_two_that_weigh_the_same_the_one_entra_did_not_serve_is_asked_first() -> None:
    one = keeper(ad={"created_at": NOW})
    other = both_primary(ad={"mail": VALUE, "created_at": NOW - timedelta(days=900)})
    weightless = Policy(weights=Weights(owner_now=0))
    situation = Situation(
        evidence=evidence(one, other), previous=None, now=NOW, case_id="c", policy=weightless
    )

    assert [h.name for h in verdict(situation, (one, other)).losers] == ["Johanna Dow", "John Doe"]


def test_of_two_alike_the_younger_is_asked_first() -> None:
    young = loser("Young", ad={"created_at": NOW})
    old = loser("Old", ad={"created_at": NOW - timedelta(days=900)})
    situation = Situation(evidence=evidence(old, young), previous=None, now=NOW, case_id="c")

    assert [h.name for h in verdict(situation, (old, young)).losers] == ["Young", "Old"]
