"""In: proposals and what stands in AD. Out: the one sentence why nothing is written.
Promise: what may be written at all is a constant; an object is never left poorer than it may be.
"""

from dataclasses import replace
from typing import Any

import pytest

from bot.ad.guard import harmful, no_right, not_writable
from bot.ad.target import WITH_OPT_IN, WRITABLE, Fit, Target, fit, relied_on
from bot.model import AdObject, Before, Change, ObjectType, Risk, Step
from tests.unit.approvals import GUID, OLD, proposal, step, undone

# ---------------------------------------------------------------- what may be written


def test_the_writable_attributes_are_these() -> None:
    assert {
        "proxyAddresses",
        "mail",
        "mailNickname",
        "targetAddress",
        "displayName",
    } == WRITABLE
    assert {"userPrincipalName"} == WITH_OPT_IN


@pytest.mark.parametrize(
    "attribute",
    [
        "mS-DS-ConsistencyGuid",
        "objectSid",
        "member",
        "unicodePwd",
        "userAccountControl",
        "servicePrincipalName",
        "sAMAccountName",
        "proxyaddresses",
        "proxyAddresses;binary",
        "",
    ],
)
def test_no_other_attribute(attribute: str) -> None:
    about = proposal(step(Change(attribute, add=("x",))), risk=Risk.JUDGE)

    say = not_writable(about, about.steps[0], upn_opt_in=True)

    assert say is not None
    assert say.english() == f"{attribute} is not an attribute that the bot writes."


@pytest.mark.parametrize(
    "change",
    [
        Change("proxyAddresses"),
        Change("proxyAddresses", delete=("",)),
        Change("proxyAddresses", add=(" ",)),
        Change("proxyAddresses", delete=(OLD, OLD)),
    ],
)
def test_a_change_without_values_would_delete_everything(change: Change) -> None:
    about = proposal(step(change), risk=Risk.JUDGE)

    assert not_writable(about, about.steps[0], upn_opt_in=False) is not None


def test_a_step_without_changes() -> None:
    about = proposal(replace(step(), changes=()), risk=Risk.JUDGE)

    assert not_writable(about, about.steps[0], upn_opt_in=False) is not None


@pytest.mark.parametrize(
    ("steps", "safe"),
    [
        ((step(),), True),
        ((step(Change("proxyAddresses", add=(OLD,))),), True),
        ((step(Change("displayName", (" Bo",), ("Bo",))),), True),
        ((step(), step()), False),
        ((step(Change("proxyAddresses", (OLD,)), Change("displayName", (), ("Bo",))),), False),
        ((step(Change("proxyAddresses", (OLD, "smtp:b@contoso.com"))),), False),
        ((step(Change("proxyAddresses", ("SMTP:old@contoso.com",))),), False),
        ((step(Change("proxyAddresses", (OLD,), ("SMTP:old@contoso.com",))),), False),
        ((step(Change("proxyAddresses", (OLD,), ("sip:old@contoso.com",))),), False),
        ((step(Change("proxyAddresses", ("sip:old@contoso.com",))),), False),
        ((step(Change("proxyAddresses", ("x500:/o=old",))),), False),
        ((step(Change("mailNickname", ("old",), ("new",))),), False),
        ((step(Change("mail", ("a@contoso.com",))),), True),  # and then only of a disabled account
        ((step(Change("mail", ("a@contoso.com",), ("b@contoso.com",))),), False),
        ((step(Change("targetAddress", ("SMTP:a@contoso.com",))),), False),
        ((step(Change("userPrincipalName", ("a@contoso.com",), ("b@contoso.com",))),), False),
    ],
)
def test_safe_is_one_secondary_value_of_one_object(steps: tuple[Step, ...], safe: bool) -> None:  # noqa: FBT001 -- a case of the table
    about = proposal(*steps)

    say = not_writable(about, about.steps[0], upn_opt_in=True)

    assert (say is None) == safe


# ---------------------------------------------------------------- against what stands there


def target(
    *,
    may_write: tuple[str, ...] = (),
    type_: ObjectType = ObjectType.USER,
    **values: tuple[str, ...],
) -> Target:
    each = AdObject(forest="corp", guid=GUID, dn="CN=Bo,DC=corp", type=type_, name="Bo", anchor="")
    return Target(
        object=each,
        classes=frozenset(),
        account_control=512,
        primary_group=None,
        member_of=(),
        may_write=frozenset(may_write),
        values=dict.fromkeys(WRITABLE | WITH_OPT_IN, ()) | values,
    )


def test_the_last_primary_and_the_sign_in_name_stay() -> None:
    primary, upn = "SMTP:bo@contoso.com", "bo@contoso.com"
    stands = target(proxyAddresses=(primary, OLD), userPrincipalName=(upn,))
    changes = [
        Change("proxyAddresses", (primary,)),
        Change("proxyAddresses", (primary, OLD), ("SMTP:old@contoso.com",)),
        Change("proxyAddresses", (), ("SMTP:second@contoso.com",)),
        Change("userPrincipalName", (upn,)),
        Change("userPrincipalName", (upn,), ("b@contoso.com",)),
    ]
    about = proposal(risk=Risk.JUDGE)

    said = [harmful(stands, about, step(change)) for change in changes]

    assert [say.english() if say else None for say in said] == [
        "Bo would lose the last primary address.",
        None,
        "Bo would have two primary addresses.",
        "Bo would have no sign-in name.",
        None,
    ]


def test_an_undo_may_bring_back_the_second_main_address_that_was_there() -> None:
    """One of two was made an extra one; the journal vouches for what stood there before."""
    stands = target(proxyAddresses=("SMTP:a@contoso.com", "smtp:b@contoso.com"))
    back = Change("proxyAddresses", ("smtp:b@contoso.com",), ("SMTP:b@contoso.com",))
    about = proposal(risk=Risk.JUDGE)
    said = [harmful(stands, each, step(back)) for each in (about, replace(about, undo_of="p-1"))]

    assert [say.english() if say else None for say in said] == [
        "Bo would have two primary addresses.",
        None,
    ]


def test_a_contact_is_never_safe() -> None:
    stands = target(type_=ObjectType.CONTACT, proxyAddresses=(OLD,))

    assert harmful(stands, proposal(), step()) is not None
    assert harmful(stands, proposal(risk=Risk.JUDGE), step()) is None


def test_a_right_that_ad_says_is_missing() -> None:
    say = no_right(target(may_write=("mail",)), step(), "svc@contoso.com")

    assert say is not None
    assert say.english() == (
        "No right: svc@contoso.com may not write proxyAddresses of CN=Bo,DC=corp. "
        "Grant Write Property for it on the OU."
    )
    assert no_right(target(), step(), "svc@contoso.com") is None


@pytest.mark.parametrize(
    ("values", "change", "expected"),
    [
        ((OLD,), Change("proxyAddresses", (OLD,)), Fit.READY),
        ((), Change("proxyAddresses", (OLD,)), Fit.DONE),
        (("smtp:OLD@contoso.com",), Change("proxyAddresses", (OLD,)), Fit.STALE),
        ((OLD,), Change("proxyAddresses", (), (OLD,)), Fit.DONE),
        (("smtp:OLD@contoso.com",), Change("proxyAddresses", (), (OLD,)), Fit.STALE),
        ((OLD,), Change("proxyAddresses", (OLD,), ("SMTP:old@contoso.com",)), Fit.READY),
        (
            ("SMTP:old@contoso.com",),
            Change("proxyAddresses", (OLD,), ("SMTP:old@contoso.com",)),
            Fit.DONE,
        ),
        (
            ("smtp:x@contoso.com",),
            Change("proxyAddresses", (OLD,), ("smtp:y@contoso.com",)),
            Fit.STALE,
        ),
        (
            (OLD, "smtp:y@contoso.com"),
            Change("proxyAddresses", (OLD,), ("smtp:y@contoso.com",)),
            Fit.STALE,
        ),
    ],
)
def test_what_stands_there_and_what_the_step_wants(
    values: tuple[str, ...], change: Change, expected: Fit
) -> None:
    assert fit(target(proxyAddresses=values), step(change)) is expected


def test_no_value_at_all_is_how_people_saw_it() -> None:
    seen = Before(f"ad:corp:{GUID}", "mail", ("",))
    about = proposal(step(Change("mail", (), ("bo@contoso.com",))), risk=Risk.JUDGE)
    about = replace(about, before=(seen,))

    assert relied_on(target(), about, 0)
    assert not relied_on(target(mail=("x@contoso.com",)), about, 0)


@pytest.mark.parametrize(
    ("account", "safe"),
    [
        ({"enabled": False}, True),
        ({"enabled": True}, False),
        ({"enabled": None}, False),
        ({"enabled": False, "mailbox": True}, False),
    ],
)
def test_one_click_clears_the_mail_field_of_a_disabled_account_only(
    account: dict[str, bool | None],
    safe: bool,  # noqa: FBT001 -- a case of the table
) -> None:
    stands = target(mail=("a@contoso.com",))
    stands = replace(stands, object=replace(stands.object, **account))  # type: ignore[arg-type]
    clears = step(Change("mail", ("a@contoso.com",)))

    assert (harmful(stands, proposal(clears), clears) is None) is safe


# ---------------------------------------------------------------- taking it back


@pytest.mark.parametrize(
    "change",
    [
        Change("proxyAddresses", (OLD,)),
        Change("proxyAddresses", (OLD,), ("smtp:new@contoso.com",)),
        Change("proxyAddresses", (OLD,), (OLD.replace("old", "Old"),)),
        Change("mail", ("a@contoso.com",)),
        Change("displayName", (), ("Bo",)),
    ],
)
def test_what_one_click_may_write_one_click_may_take_back(change: Change) -> None:
    about = proposal(step(change))
    undo = undone(about)

    assert not_writable(about, about.steps[0], upn_opt_in=False) is None
    assert not_writable(undo, undo.steps[0], upn_opt_in=False) is None


def test_two_main_addresses_come_back_by_undo_where_two_stood_before() -> None:
    main, other = "SMTP:bo@contoso.com", "SMTP:bo.lund@contoso.com"
    about = proposal(step(Change("proxyAddresses", (other,), ("smtp:bo.lund@contoso.com",))))
    undo = undone(about)
    now = target(proxyAddresses=(main, "smtp:bo.lund@contoso.com"))

    assert harmful(now, undo, undo.steps[0]) is None
    assert harmful(now, replace(undo, undo_of=None), undo.steps[0]) is not None


def test_a_mail_field_is_not_filled_by_one_click_unless_it_is_an_undo() -> None:
    undo = undone(proposal(step(Change("mail", ("a@contoso.com",)))))
    plain = replace(undo, undo_of=None)

    assert not_writable(plain, plain.steps[0], upn_opt_in=False) is not None


def test_an_account_that_is_used_again_gets_its_mail_field_back_from_nobody() -> None:
    undo = undone(proposal(step(Change("mail", ("a@contoso.com",)))))
    stands = target()
    used = replace(stands, object=replace(stands.object, enabled=True))

    assert harmful(used, undo, undo.steps[0]) is not None


@pytest.mark.parametrize(
    "change",
    [
        Change("userPrincipalName", (), ("bo@contoso.com",)),
        Change("proxyAddresses", (), ("SMTP:bo@contoso.com",)),
    ],
)
def test_what_was_given_to_somebody_who_had_none_can_be_taken_back(change: Change) -> None:
    undo = undone(proposal(step(change), risk=Risk.JUDGE))
    given: dict[str, Any] = {change.attribute: change.add}
    stands = target(**given)
    bare = replace(undo, undo_of=None)

    assert harmful(stands, undo, undo.steps[0]) is None
    assert harmful(stands, bare, bare.steps[0]) is not None
