"""In: proposals and decisions. Out: their hash and signature.
Promise: the hash changes with each thing people relied on and with nothing else; a signature holds every field.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Untrusted
from bot.model import Before, Change, Decision, Mode, Proposal, Risk, Say, Standing
from bot.triage.diagnose import diagnose
from bot.triage.plan import canonical, check_signature, hash_of, sign
from tests.builders import (
    NOW,
    TENANT,
    both_primary,
    case,
    decision,
    error,
    evidence,
    keeper,
    loser,
    stamp,
    tenant_facts,
)


def plans(read: Any) -> list[str]:
    return [p.plan_hash for p in diagnose(read, case_id="c-1", previous=None, now=NOW).proposals]


def proposal() -> Proposal:
    return case().proposals[0]


def test_the_hash_can_be_made_anew_from_what_the_proposal_says() -> None:
    made = proposal()

    assert hash_of(TENANT, made) == made.plan_hash


def test_another_tenant_has_another_hash() -> None:
    assert hash_of("other", proposal()) != proposal().plan_hash


_TEXT = st.text(max_size=20)
_TAMPER: tuple[Callable[[Proposal, str], Proposal], ...] = (
    lambda p, t: replace(p, case_id=t),
    lambda p, t: replace(p, code=t),
    lambda p, t: replace(p, affected=(*p.affected, t)),
    lambda p, t: replace(p, affected=(t,)),
    lambda p, t: replace(p, steps=(replace(p.steps[0], guid=t),)),
    lambda p, t: replace(p, steps=(replace(p.steps[0], forest=t),)),
    lambda p, t: replace(p, steps=(replace(p.steps[0], dn=t),)),
    lambda p, t: replace(p, steps=(replace(p.steps[0], name=t),)),
    lambda p, t: replace(p, steps=(replace(p.steps[0], changes=(Change("mail", add=(t,)),)),)),
    lambda p, t: replace(
        p, steps=(replace(p.steps[0], changes=(Change("proxyAddresses", delete=(t,)),)),)
    ),
    lambda p, t: replace(p, steps=(*p.steps, replace(p.steps[0], guid=t))),
    lambda p, t: replace(p, before=(*p.before, Before(t, t, (t,)))),
)


@given(st.sampled_from(_TAMPER), _TEXT)
def test_no_part_of_a_plan_changes_without_its_hash(
    tamper: Callable[[Proposal, str], Proposal], text: str
) -> None:
    made = proposal()
    changed = tamper(made, text)

    assert (hash_of(TENANT, changed) == made.plan_hash) is (changed == made)


@given(st.data())
def test_no_value_relied_on_changes_without_the_hash(data: st.DataObject) -> None:
    made = proposal()
    at = data.draw(st.integers(0, len(made.before) - 1))
    old, text = made.before[at], data.draw(_TEXT)
    new = data.draw(
        st.sampled_from(
            [replace(old, ref=text), replace(old, what=text), replace(old, values=(text,))]
        )
    )
    changed = replace(made, before=(*made.before[:at], new, *made.before[at + 1 :]))

    assert (hash_of(TENANT, changed) == made.plan_hash) is (changed == made)


@given(st.randoms())
def test_the_order_of_reading_changes_no_hash(random: Any) -> None:
    made = proposal()
    before = [replace(b, values=tuple(random.sample(b.values, len(b.values)))) for b in made.before]
    random.shuffle(before)
    affected = random.sample(made.affected, len(made.affected))

    assert made.plan_hash == hash_of(
        TENANT, replace(made, before=tuple(before), affected=tuple(affected))
    )


def test_risk_is_part_of_the_plan() -> None:
    made = proposal()

    assert hash_of(TENANT, replace(made, risk=Risk.JUDGE)) != made.plan_hash


def test_translated_words_are_no_part_of_the_plan() -> None:
    made = proposal()
    said = replace(made, title=Say("x"), because=Say("y"), untouched=Say("z"), id="p", rank=9)

    assert hash_of(TENANT, said) == made.plan_hash


MOVED = {
    "the keeper let go": (evidence(keeper(proxies=()), loser()), 0),
    "the loser got a second address": (
        evidence(
            keeper(),
            loser(proxies=("SMTP:a@contoso.com", "smtp:john@contoso.com", "smtp:n@contoso.com")),
        ),
        1,
    ),
    "the stored case differs": (
        evidence(keeper(), loser(proxies=("SMTP:svc@contoso.com", "smtp:JOHN@contoso.com"))),
        1,
    ),
    "the account was moved": (evidence(keeper(), loser(ad={"dn": "CN=Svc,OU=Else,DC=x"})), 1),
    "the account was disabled": (evidence(keeper(), loser(ad={"enabled": False})), 1),
    "mail changed": (evidence(keeper(), loser(ad={"mail": "n@contoso.com"})), 1),
    "the sign-in name changed": (
        evidence(keeper(), loser(ad={"user_principal_name": "n@contoso.com"})),
        1,
    ),
    "it has a mailbox now": (evidence(keeper(), loser(ad={"mailbox": True})), 1),
    "the keeper's cloud claims changed": (
        evidence(keeper(cloud={"other_mails": ("john@contoso.com",)}), loser()),
        1,
    ),
    "the error names another value": (
        evidence(errors=(error(value="SMTP:john@contoso.com"),)),
        1,
    ),
    "the roles became unreadable": (
        replace(evidence(), standings={loser().ad.ref: Standing("x", None)}),  # type: ignore[union-attr]
        1,
    ),
}


@pytest.mark.parametrize(("read", "count"), MOVED.values(), ids=MOVED)
def test_what_people_relied_on_has_moved(read: Any, count: int) -> None:
    made = plans(read)

    assert len(made) == count
    assert not set(made) & set(plans(evidence()))


def test_roles_that_became_unreadable_change_a_judge_plan_too() -> None:
    """None held and not readable were one and the same in the before-image."""
    read = evidence(keeper(), both_primary())
    unread = replace(read, standings={ref: Standing("x", None) for ref in read.standings})

    assert plans(read) != plans(unread)


def test_times_and_counters_change_nothing() -> None:
    later = NOW + timedelta(hours=1)
    moving = {"usn_changed": 99, "changed_at": later, "last_logon_at": later, "stamps": (stamp(),)}
    read = evidence(
        keeper(ad=moving),
        loser(ad=moving, cloud={"last_sync_at": later}),
        read_at=later,
        tenant=tenant_facts(last_sync_at=later),
        searched=("somewhere else",),
    )

    assert plans(read) == plans(evidence())


def test_only_plain_data_goes_into_a_hash() -> None:
    with pytest.raises(TypeError, match="object does not belong into a hash"):
        canonical({"x": object()})


# ---------------------------------------------------------------- signatures

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def test_a_signed_decision_holds() -> None:
    check_signature(sign(decision(), KEY), KEY.public_key())


def _other(value: object) -> Any:
    if isinstance(value, tuple):
        return ()
    if isinstance(value, Risk):
        return Risk.JUDGE
    if isinstance(value, Mode):
        return Mode.PROPOSE
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value + "x"
    return value + timedelta(seconds=1)  # type: ignore[operator]


@pytest.mark.parametrize("name", [f.name for f in fields(Decision)])
def test_no_field_of_a_decision_can_be_changed(name: str) -> None:
    signed = sign(decision(), KEY)
    changed = replace(signed, **{name: _other(getattr(signed, name))})

    with pytest.raises(Untrusted, match="not signed by this bot"):
        check_signature(changed, KEY.public_key())


@pytest.mark.parametrize("name", ["slack_team", "slack_user", "entra_id", "name", "at"])
def test_no_field_of_an_approval_can_be_changed(name: str) -> None:
    signed = sign(decision(), KEY)
    [one] = signed.approvals
    changed = replace(signed, approvals=(replace(one, **{name: _other(getattr(one, name))}),))

    with pytest.raises(Untrusted):
        check_signature(changed, KEY.public_key())


@pytest.mark.parametrize("signature", ["", "AAAA", "not base64", "å"])
def test_what_is_no_signature_is_not_trusted(signature: str) -> None:
    with pytest.raises(Untrusted):
        check_signature(replace(decision(), signature=signature), KEY.public_key())


def test_another_key_is_not_trusted() -> None:
    with pytest.raises(Untrusted):
        check_signature(sign(decision(), Ed25519PrivateKey.generate()), KEY.public_key())
