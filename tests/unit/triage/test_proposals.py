"""In: a change somebody could want. Out: its risk with the doubt named, or no proposal at all.
Promise: every single doubt alone takes SAFE away; the last main address never goes.
"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Change, Evidence, Holder, ObjectType, Proposal, Risk, Say, Standing
from bot.triage.proposals import leaves_enough, numbered, promote_other, propose, remove_value
from bot.triage.risk import risk_of
from tests.builders import VALUE, ad_object, both_primary, evidence, keeper, loser, only_in_cloud

EXTRA = f"smtp:{VALUE}"
FREE = "smtp:new@contoso.com"
TAKE_OFF = (Change("proxyAddresses", delete=(EXTRA,)),)
SAFE_WORDS = "one extra address goes, it can be put back, and no sign-in name, main address or delivery changes"


def proposed(
    holder: Holder | None = None,
    changes: tuple[Change, ...] = TAKE_OFF,
    *,
    roles: tuple[str, ...] | None = (),
    known: bool = True,
) -> Proposal:
    holder = holder or loser()
    read = evidence(keeper(), holder)
    standings = {holder.ad.ref: Standing("id", roles)} if known and holder.ad else {}
    made = propose(
        replace(read, standings=standings, taken={**read.taken, "new@contoso.com": ()}),
        case_id="c-1",
        code="C01",
        rank=1,
        title=Say("A title"),
        loser=holder,
        changes=changes,
    )
    assert made is not None
    return made


def test_one_extra_address_of_an_ordinary_person_is_safe() -> None:
    made = proposed()

    assert (made.risk, made.because.english()) == (Risk.SAFE, SAFE_WORDS)


NOT_SAFE: dict[str, tuple[dict[str, Any], str]] = {
    "only in AD": ({"holder": loser(joined_by=None)}, "the object was not found on both sides"),
    "two values": (
        {"changes": (Change("proxyAddresses", delete=(EXTRA, "smtp:x@contoso.com")),)},
        "more than one value of Svc Scanner changes",
    ),
    "two attributes": (
        {"changes": (*TAKE_OFF, Change("mail", delete=(VALUE,)))},
        "more than one value of Svc Scanner changes",
    ),
    "a value comes": (
        {"changes": (Change("proxyAddresses", delete=(EXTRA,), add=(FREE,)),)},
        "an address is given to Svc Scanner",
    ),
    "mail": ({"changes": (Change("mail", delete=(VALUE,)),)}, "a main address or a sign-in name"),
    "another prefix": (
        {"changes": (Change("proxyAddresses", delete=(f"sip:{VALUE}",)),)},
        "a chat address goes, and somebody may still use it",
    ),
    "a mail user of Exchange on-premises": (
        {"holder": loser(ad={"recipient_type": 128})},
        "Exchange on-premises delivers mail to Svc Scanner",
    ),
    "a group of Exchange on-premises": (
        {
            "holder": loser(
                joined_by="sid",
                ad={"type": ObjectType.GROUP, "recipient_type": 1073741824},
                cloud={"type": ObjectType.GROUP},
            )
        },
        f"Exchange on-premises delivers mail to Svc Scanner, so mail to {EXTRA} would go elsewhere",
    ),
    "a contact": (
        {"holder": loser(ad={"type": ObjectType.CONTACT}, joined_by="address")},
        "Svc Scanner is neither a user nor a group: its join to Entra is weak",
    ),
    "a weak join": ({"holder": loser(joined_by="dn")}, "were not joined by an anchor or a SID"),
    "an on-premises mailbox": (
        {"holder": loser(ad={"mailbox": True})},
        f"has an on-premises mailbox, so mail to {EXTRA} would go elsewhere",
    ),
    "a mailbox in Exchange Online that Entra gives it to": (
        {"holder": loser(ad={"mailbox": True, "recipient_type": 1 << 31}, cloud_proxies=(EXTRA,))},
        f"in Entra {EXTRA} belongs to Svc Scanner today",
    ),
    "Entra gave it to the loser": (
        {"holder": loser(cloud_proxies=(EXTRA,))},
        f"in Entra {EXTRA} belongs to Svc Scanner today",
    ),
    "only Entra's mail shows it": (
        {"holder": loser(cloud={"mail": VALUE})},
        f"in Entra {EXTRA} belongs to Svc Scanner today",
    ),
    "roles unreadable": ({"roles": None}, "the Entra roles of Svc Scanner could not be read"),
    "roles not asked": ({"known": False}, "the Entra roles of Svc Scanner could not be read"),
    "an Entra role": ({"roles": ("Helpdesk Administrator",)}, "Svc Scanner holds an Entra role"),
}


def test_a_mailbox_in_exchange_online_loses_nothing_that_entra_does_not_show() -> None:
    """In a hybrid company that is nearly everybody: on-premises two holders of one address bounce anyway."""
    made = proposed(loser(ad={"mailbox": True, "recipient_type": 1 << 31}))

    assert (made.risk, made.because.english()) == (Risk.SAFE, SAFE_WORDS)


def test_where_nothing_else_in_ad_has_it_on_premises_still_delivers_by_it() -> None:
    """A cloud-only account owns it: mail that comes in on-premises goes to the mailbox that lists it in AD."""
    alone = loser(ad={"mailbox": True, "recipient_type": 1 << 31})
    read = evidence(only_in_cloud("Ann Cloud", proxy_addresses=(f"SMTP:{VALUE}",)), alone)
    assert alone.ad is not None
    known = replace(read, standings={alone.ad.ref: Standing("id", ())})
    risk, why = risk_of(known, alone, (Change("proxyAddresses", delete=(EXTRA,)),))

    assert risk is Risk.JUDGE
    assert "Exchange on-premises delivers mail to Svc Scanner" in why.english()


@pytest.mark.parametrize(("doubt", "named"), NOT_SAFE.values(), ids=NOT_SAFE)
def test_each_single_doubt_takes_safe_away_and_is_named(doubt: dict[str, Any], named: str) -> None:
    made = proposed(**doubt)

    assert made.risk is Risk.JUDGE
    assert named in made.because.english()


@pytest.mark.parametrize("mark", ["admin_count", "critical"])
def test_a_protected_account_gets_no_button_that_the_writer_would_refuse(mark: str) -> None:
    made = proposed(loser(ad={mark: True}))

    assert made.risk is Risk.DESTRUCTIVE
    assert "protected account" in made.because.english()


def test_a_protected_account_that_was_not_found_in_entra_is_protected_all_the_same() -> None:
    assert proposed(loser(joined_by=None, ad={"admin_count": True})).risk is Risk.DESTRUCTIVE


def test_another_prefix_than_smtp_does_not_make_it_safer() -> None:
    made = proposed(changes=(Change("proxyAddresses", delete=(f"Smtp:{VALUE}",)),))

    assert made.risk is Risk.JUDGE


def test_a_note_in_other_mails_is_no_delivery() -> None:
    assert proposed(loser(cloud={"other_mails": (VALUE,)})).risk is Risk.SAFE


_ADDRESS = st.sampled_from(["a@x", "b@x", "c@x"])
_STORED = st.builds(str.__add__, st.sampled_from(["SMTP:", "smtp:", "sip:", "SIP:"]), _ADDRESS)
_CHANGES = st.lists(
    st.builds(
        Change,
        st.just("proxyAddresses"),
        delete=st.lists(_STORED, max_size=3).map(tuple),
        add=st.lists(_STORED, max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=1,
).map(tuple)


@given(st.lists(_STORED, max_size=4).map(tuple), _CHANGES)
def test_the_last_main_address_never_goes(
    stored: tuple[str, ...], changes: tuple[Change, ...]
) -> None:
    ad = ad_object(proxy_addresses=stored)
    [change] = changes
    gone = {v.lower() for v in change.delete}
    left = [v for v in stored if v.lower() not in gone] + list(change.add)
    had, has = (sum(v.startswith("SMTP:") for v in values) for values in (stored, left))
    kept = [v.lower() for v in stored if v.lower() not in gone]
    new = [v.lower() for v in change.add]
    twice = len(set(new)) < len(new) or bool(set(new) & set(kept))

    assert leaves_enough(ad, changes) is not ((had > 0 and has == 0) or has > max(had, 1) or twice)


@pytest.mark.parametrize("attribute", ["userPrincipalName", "displayName"])
def test_a_name_that_must_be_there_is_never_made_empty(attribute: str) -> None:
    ad = ad_object()

    assert leaves_enough(ad, (Change(attribute, delete=("x",)),)) is False
    assert leaves_enough(ad, (Change(attribute, delete=("x",), add=("y",)),)) is True


def test_taking_the_only_main_address_off_is_no_proposal() -> None:
    holder = keeper(proxies=(f"SMTP:{VALUE}",))
    made = remove_value(
        evidence(holder, loser()),
        case_id="c-1",
        code="C01",
        loser=holder,
        attribute="proxyAddresses",
        stored=f"SMTP:{VALUE}",
    )

    assert made is None


def test_what_is_not_in_ad_cannot_be_changed_there() -> None:
    holder = replace(loser(), ad=None)
    read: Evidence = evidence(keeper(), holder)
    what: dict[str, Any] = {"case_id": "c-1", "code": "C01", "loser": holder, "stored": EXTRA}

    assert remove_value(read, attribute="proxyAddresses", **what) is None
    assert promote_other(read, other="smtp:a@contoso.com", **what) is None


def test_another_mail_than_the_old_main_address_is_left_alone() -> None:
    holder = both_primary(ad={"mail": "somebody.else@contoso.com"})
    made = promote_other(
        evidence(keeper(), holder),
        case_id="c-1",
        code="C02",
        loser=holder,
        stored=f"SMTP:{VALUE}",
        other="smtp:johanna.dow@contoso.com",
    )

    assert made is not None
    assert [c.attribute for s in made.steps for c in s.changes] == ["proxyAddresses"]
    assert (
        made.untouched.english() == "Nothing else of Johanna Dow is touched, and no other object."
    )


def test_those_who_hold_gain_or_lose_the_value_are_named() -> None:
    made = proposed()
    held = {h.cloud.id for h in (keeper(), loser()) if h.cloud}

    assert set(made.affected) == held


def test_a_new_revision_has_new_ids() -> None:
    plan = (proposed(),)

    assert numbered(plan, 1) == numbered(plan, 1)
    assert numbered(plan, 1)[0].id != numbered(plan, 2)[0].id


# ---------------------------------------------------------------- what is given to somebody


def test_a_group_that_entra_alone_knows_about_may_lose_an_extra_address_by_one_click() -> None:
    group = loser(joined_by="sid", ad={"type": ObjectType.GROUP}, cloud={"type": ObjectType.GROUP})

    assert proposed(group, known=False).risk is Risk.SAFE


@pytest.mark.parametrize(
    "taken",
    [{}, {"new@contoso.com": ("ad:corp:somebody",)}],
    ids=["nobody looked", "somebody has it"],
)
def test_an_address_that_is_not_known_to_be_free_is_given_to_nobody(
    taken: dict[str, tuple[str, ...]],
) -> None:
    holder = both_primary()
    read = replace(evidence(keeper(), holder), taken=taken)
    made = promote_other(
        read,
        case_id="c-1",
        code="C02",
        loser=holder,
        stored=f"SMTP:{VALUE}",
        other="new@contoso.com",
    )

    assert made is None


def test_an_exchange_policy_would_write_the_main_address_back_so_there_is_no_proposal() -> None:
    holder = both_primary(ad={"mail": VALUE, "address_policy": True})
    made = promote_other(
        evidence(keeper(), holder),
        case_id="c-1",
        code="C02",
        loser=holder,
        stored=f"SMTP:{VALUE}",
        other="smtp:johanna.dow@contoso.com",
    )

    assert made is None


def test_a_policy_leaves_an_address_that_no_template_makes_to_us() -> None:
    made = proposed(loser(ad={"address_policy": True, "mail_nickname": "svc.scanner"}))

    assert made.steps[0].changes == TAKE_OFF


def test_a_judgement_names_what_people_will_notice() -> None:
    holder = both_primary()
    made = promote_other(
        evidence(keeper(), holder),
        case_id="c-1",
        code="C02",
        loser=holder,
        stored=f"SMTP:{VALUE}",
        other="smtp:johanna.dow@contoso.com",
    )

    assert made is not None
    assert [s.english().split(",")[0] for s in made.consequences] == [
        "Mail from Johanna Dow shows another sender address"
    ]
