"""In: decisions and proposals, right ones and forged ones. Out: the one sentence why nothing is written.
Promise: whatever one field is changed to, the writer sees it; what it may write at all is a constant.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.ad.guard import harmful, no_right, not_an_undo, not_approved, not_writable
from bot.ad.target import WITH_OPT_IN, WRITABLE, Fit, Target, fit, relied_on
from bot.model import (
    AdObject,
    Approval,
    Before,
    Change,
    Decision,
    Mode,
    ObjectType,
    Proposal,
    Receipt,
    Risk,
    Say,
    Step,
    WriteResult,
)
from bot.triage.plan import hash_of, sign
from bot.triage.undo import undo_of

KEY = Ed25519PrivateKey.generate()
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
GUID = "11111111-2222-3333-4444-555555555555"
OLD = "smtp:old@contoso.com"


def step(*changes: Change) -> Step:
    return Step(
        forest="corp",
        guid=GUID,
        dn="CN=Bo,DC=corp",
        name="Bo",
        changes=changes or (Change("proxyAddresses", delete=(OLD,)),),
    )


def proposal(*steps: Step, risk: Risk = Risk.SAFE, **more: Any) -> Proposal:
    made = Proposal(
        id="p-1",
        case_id="c-1",
        code="C01",
        rank=1,
        risk=risk,
        title=Say(""),
        because=Say(""),
        untouched=Say(""),
        steps=steps or (step(),),
        before=(),
        plan_hash="",
        **more,
    )
    return replace(made, plan_hash=hash_of("contoso", made))


def decision(
    about: Proposal, *, by: tuple[str, ...] = ("ann",), slack: str = "", **more: Any
) -> Decision:
    given: dict[str, Any] = {
        "tenant": "contoso",
        "case_id": about.case_id,
        "proposal_id": about.id,
        "revision": 1,
        "plan_hash": about.plan_hash,
        "risk": about.risk,
        "mode": Mode.APPLY,
        "approvals": tuple(
            Approval(
                slack_team="T", slack_user=slack or f"U-{who}", entra_id=who, name=who, at=NOON
            )
            for who in by
        ),
        "reason": "",
        "decided_at": NOON,
        "expires_at": NOON + timedelta(minutes=15),
    }
    return sign(Decision(**(given | more)), KEY)


def told(
    given: Decision,
    about: Proposal,
    *,
    mode: Mode = Mode.APPLY,
    now: datetime = NOON,
    index: int = 0,
) -> str | None:
    say = not_approved(
        given,
        about,
        index,
        tenant="contoso",
        key=KEY.public_key(),
        mode_allowed=mode,
        now=now,
    )
    return say.english() if say else None


def test_what_was_approved_is_let_through() -> None:
    about = proposal()

    assert told(decision(about), about) is None


@pytest.mark.parametrize(
    "forged",
    [
        {"tenant": "other"},
        {"case_id": "c-2"},
        {"proposal_id": "p-2"},
        {"revision": 2},
        {"plan_hash": "0" * 64},
        {"risk": Risk.JUDGE},
        {"mode": Mode.PROPOSE},
        {"approvals": ()},
        {"reason": "because"},
        {"decided_at": NOON + timedelta(hours=1)},
        {"expires_at": NOON + timedelta(hours=1)},
        {"signature": ""},
        {"signature": "AAAA"},
    ],
    ids=lambda forged: next(iter(forged)),
)
def test_one_field_changed_after_signing(forged: Mapping[str, Any]) -> None:
    about = proposal()

    said = told(replace(decision(about), **forged), about)

    assert said is not None
    assert said.startswith("The decision is not signed by this bot's edge.")


def test_another_key() -> None:
    about = proposal()
    own = sign(decision(about), Ed25519PrivateKey.generate())

    said = told(own, about)

    assert said is not None
    assert said.startswith("The decision is not signed by this bot's edge.")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tenant": "other"}, "The decision is about another tenant."),
        ({"proposal_id": "p-2"}, "The decision is about another proposal."),
        ({"case_id": "c-2"}, "The decision is about another proposal."),
        ({"plan_hash": "0" * 64}, "What would be written is not what was approved"),
        ({"mode": Mode.PROPOSE}, "The bot is not in apply mode"),
        ({"risk": Risk.DESTRUCTIVE}, "A change of this kind is made by hand"),
        ({"by": ()}, "Nobody approved this."),
        ({"by": ("",)}, "Nobody approved this."),
        ({"by": ("cy",)}, "Somebody who holds, gains or loses the value"),
    ],
)
def test_signed_and_still_not_enough(given: dict[str, Any], said: str) -> None:
    about = proposal(affected=("cy",))

    found = told(decision(about, **given), about)

    assert found is not None
    assert found.startswith(said)


def test_a_plan_that_was_changed_after_the_approval() -> None:
    about = proposal()
    other = replace(about, steps=(step(Change("mail", delete=("bo@contoso.com",))),))

    found = told(decision(about), other)

    assert found is not None
    assert found.startswith("What would be written is not what was approved")


def test_a_step_that_the_proposal_does_not_have() -> None:
    about = proposal()

    assert [told(decision(about), about, index=i) is None for i in (-1, 0, 1)] == [
        False,
        True,
        False,
    ]


def test_only_where_the_settings_say_apply() -> None:
    about = proposal()

    found = [told(decision(about), about, mode=mode) is None for mode in Mode]

    assert dict(zip(Mode, found, strict=True)) == {
        Mode.OBSERVE: False,
        Mode.PROPOSE: False,
        Mode.APPLY: True,
    }


def test_a_quarter_of_an_hour_and_no_longer() -> None:
    about = proposal()
    long_lived = decision(about, expires_at=NOON + timedelta(days=1))

    seconds = [-3600, 0, 899, 900, 901]
    found = [told(long_lived, about, now=NOON + timedelta(seconds=s)) is None for s in seconds]

    assert found == [False, True, True, True, False]


def test_judge_needs_two_people_and_a_reason() -> None:
    about = proposal(risk=Risk.JUDGE)
    tries: list[dict[str, Any]] = [
        {"by": ("ann",), "reason": "why"},
        {"by": ("ann", "ann"), "reason": "why"},
        {"by": ("ann", "bo"), "slack": "U-ann", "reason": "why"},
        {"by": ("ann", "bo"), "reason": "  "},
        {"by": ("ann", "bo"), "reason": "why"},
    ]

    assert [told(decision(about, **t), about) for t in tries] == [
        "This needs two different approvers.",
        "This needs two different approvers.",
        "This needs two different approvers.",
        "This needs a reason, typed by an approver.",
        None,
    ]


def test_the_first_of_two_may_be_hours_older_and_never_younger_than_the_decision() -> None:
    about = proposal(risk=Risk.JUDGE)
    made = decision(about, by=("ann", "bo"), reason="why")
    ages = [timedelta(hours=-23), timedelta(), timedelta(seconds=1)]
    found = [
        told(sign(replace(made, approvals=(replace(first, at=NOON + age), second)), KEY), about)
        for first, second in [made.approvals]
        for age in ages
    ]

    assert [said is None for said in found] == [True, True, False]


def test_destructive_is_never_written() -> None:
    about = proposal(risk=Risk.DESTRUCTIVE)

    assert told(decision(about, by=("ann", "bo", "cy"), reason="why"), about) is not None


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


def written(about: Proposal) -> Receipt:
    return Receipt(proposal_id=about.id, step=0, result=WriteResult.WRITTEN, dc="DC1", at=NOON)


def undone(about: Proposal) -> Proposal:
    made = undo_of(about, [written(about)], tenant="contoso", revision=1)
    assert made is not None
    return made


def test_an_undo_is_what_the_journal_gives_and_nothing_else() -> None:
    about = proposal()
    undo = undone(about)
    other = replace(about, id="p-9")
    richer = replace(undo, steps=(step(Change("proxyAddresses", (), (OLD, "smtp:x@contoso.com"))),))
    richer = replace(richer, plan_hash=hash_of("contoso", richer))
    found = [
        not_an_undo(undo, about, (written(about),), tenant="contoso"),
        not_an_undo(undo, about, (), tenant="contoso"),
        not_an_undo(undo, None, None, tenant="contoso"),
        not_an_undo(undo, other, (written(other),), tenant="contoso"),
        not_an_undo(richer, about, (written(about),), tenant="contoso"),
    ]

    assert [said is None for said in found] == [True, False, False, False, False]


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
