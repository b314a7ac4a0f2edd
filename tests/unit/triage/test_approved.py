"""In: decisions and proposals, right ones and forged ones. Out: the one sentence why nothing is written.
Promise: whatever one field is changed to, the writer sees it, on whichever side it writes.
"""

import base64
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.model import Change, Decision, Mode, Proposal, Risk
from bot.triage.approved import not_an_undo, not_approved
from bot.triage.plan import canonical, hash_of, sign
from tests.unit.approvals import KEY, NOON, OLD, decision, proposal, step, undone, written


def told(
    given: Decision,
    about: Proposal,
    *,
    mode: Mode = Mode.APPLY,
    now: datetime = NOON,
    index: int = 0,
    break_glass: bool = False,
) -> str | None:
    say = not_approved(
        given,
        about,
        index,
        tenant="contoso",
        key=KEY.public_key(),
        mode_allowed=mode,
        now=now,
        break_glass_allowed=break_glass,
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
        {"break_glass": True},
        {"chosen_by": "bob"},
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


# ---------------------------------------------------------------- taking it back


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


EMERGENCY = "Payroll runs in ten minutes and nobody else is awake."


def test_one_alone_is_let_through_where_the_writer_allows_it() -> None:
    about = proposal(risk=Risk.JUDGE)
    alone = decision(about, reason=EMERGENCY, break_glass=True)

    assert told(alone, about, break_glass=True) is None
    assert "slack.break_glass where the writer runs" in (told(alone, about) or "")


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"reason": "It is urgent."}, "at least 30 characters"),
        ({"reason": " " * 40}, "at least 30 characters"),
        ({"approvals": ()}, "Nobody approved this."),
        ({"break_glass": False}, "This needs two different approvers."),
        ({"chosen_by": "ann"}, "Whoever chose this change cannot approve it too."),
    ],
)
def test_alone_is_still_not_anyhow(over: dict[str, Any], said: str) -> None:
    about = proposal(risk=Risk.JUDGE)
    usual: dict[str, Any] = {"reason": EMERGENCY, "break_glass": True}
    given = decision(about, **(usual | over))

    assert said in (told(given, about, break_glass=True) or "")


def test_who_gains_or_loses_the_value_is_never_alone_with_it() -> None:
    about = proposal(risk=Risk.JUDGE, affected=("ann",))
    alone = decision(about, reason=EMERGENCY, break_glass=True)

    assert "holds, gains or loses" in (told(alone, about, break_glass=True) or "")


def test_nothing_is_put_back_by_one_alone() -> None:
    about = replace(undone(proposal(risk=Risk.JUDGE)), case_id="c-1")
    alone = decision(about, reason=EMERGENCY, break_glass=True)

    assert "takes two people as well" in (told(alone, about, break_glass=True) or "")


def test_whoever_chose_it_is_none_of_the_two() -> None:
    about = proposal(risk=Risk.JUDGE)
    two: dict[str, Any] = {"by": ("ann", "bob"), "reason": "It is theirs."}

    assert told(decision(about, chosen_by="eve", **two), about) is None
    assert "Whoever chose" in (told(decision(about, chosen_by="bob", **two), about) or "")


def test_a_decision_without_the_newer_fields_is_signed_as_it_always_was() -> None:
    """A replica of the version before signs and verifies the same bytes."""
    about = proposal()
    document = asdict(replace(decision(about), signature=""))
    del document["break_glass"], document["chosen_by"]
    signature = base64.b64encode(KEY.sign(canonical(document))).decode()

    assert told(replace(decision(about), signature=signature), about) is None
