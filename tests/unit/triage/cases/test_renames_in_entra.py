"""In: an account that signs in to Entra with the value, and a company that lets the bot rename there. Out: GR-UPN.
Promise: two approvers, one property of one account, a name known to be free; otherwise the steps by hand, and why.
"""

from dataclasses import replace
from typing import Any

import pytest

from bot.model import Evidence, Flags, Holder, Proposal, Risk, Side, Standing
from bot.triage.drift import drifts
from bot.triage.naming import candidates
from bot.triage.plan import hash_of
from bot.triage.policy import Policy
from bot.triage.proposals import numbered
from bot.triage.undo import undo_of
from bot.triage.value import bare_of, key_of
from tests.builders import NOW, TENANT, VALUE, cloud_id_of, evidence, receipt, tenant_facts, user
from tests.unit.triage.cases.world import (
    EXTRA,
    asker,
    changes,
    commands,
    found,
    owner,
    read_of,
    ways,
    words,
)

ALLOWED = Policy(renames_in_entra=True)
NEW = "kari.lie@contoso.com"
SIGN_IN = "userPrincipalName"


def signs_in(**over: Any) -> Holder:
    """Kari has the value as her sign-in name in Entra, and no mailbox."""
    usual: dict[str, Any] = {"proxy_addresses": (), "mail": None, "user_principal_name": VALUE}
    return owner(**(usual | over))


def in_entra(read: Evidence, policy: Policy = ALLOWED) -> tuple[Proposal, ...]:
    finding = found(read, policy=policy)
    return tuple(p for p in finding.proposals if p.steps[0].side is Side.ENTRA)


# ---------------------------------------------------------------- C24


def test_another_persons_account_may_take_another_sign_in_name_instead() -> None:
    kari = signs_in()
    finding = found(read_of(asker(), kari, free=(NEW,)), policy=ALLOWED)
    safe, other = finding.proposals
    [step] = other.steps

    assert finding.diagnosis.code == "C24"
    assert (safe.risk, safe.steps[0].side, safe.rank) == (Risk.SAFE, Side.AD, 1)
    assert (other.risk, other.rank) == (Risk.JUDGE, 2)
    assert changes(finding) == [
        ("proxyAddresses", (EXTRA,), ()),
        (SIGN_IN, (VALUE,), (NEW,)),
    ]
    assert kari.cloud is not None
    assert (step.side, step.guid, step.forest, step.dn) == (Side.ENTRA, kari.cloud.id, "", "")
    assert step.ref == kari.cloud.ref
    assert commands(finding) == []  # the bot can do it: nobody is told to do it by hand
    assert "Who keeps john@contoso.com is the choice between the two ways" in words(finding)
    assert any("signs in as kari.lie@contoso.com" in s.english() for s in other.consequences)


def test_the_name_is_made_from_her_own_names_and_looked_for_first() -> None:
    read = read_of(asker(), signs_in(given_name="Kari Anne", surname="Ødegård"))

    assert candidates(read, ALLOWED)[:1] == ("kari.anne.odegard@contoso.com",)
    assert candidates(read, Policy()) == ()


HER = "Kari Lie in the cloud"
BY_HAND: dict[str, tuple[dict[str, Any], dict[str, Any], Policy, str]] = {
    "nobody allowed it": ({}, {}, Policy(), "where the bot does not write"),
    "she holds a role": ({}, {"roles": ("User Administrator",)}, ALLOWED, "holds an Entra role"),
    "her roles are not known": ({}, {"roles": None}, ALLOWED, "could not be read"),
    "no name is free": ({}, {"free": ()}, ALLOWED, "known to be free"),
    "it is an address too": (
        {"proxy_addresses": (f"SMTP:{VALUE}",), "mail": VALUE},
        {},
        ALLOWED,
        "where the bot does not write",
    ),
}


@pytest.mark.parametrize(("hers", "read", "policy", "why"), BY_HAND.values(), ids=BY_HAND)
def test_otherwise_it_is_done_by_hand_and_the_card_says_why(
    hers: dict[str, Any], read: dict[str, Any], policy: Policy, why: str
) -> None:
    finding = found(read_of(asker(), signs_in(**hers), **({"free": (NEW,)} | read)), policy=policy)
    books = [b for b in finding.diagnosis.runbooks if b.rank == 2]

    assert finding.diagnosis.code in {"C24", "C35"}
    assert all(s.side is Side.AD for p in finding.proposals for s in p.steps)
    if finding.diagnosis.code == "C24":
        assert [why in b.because.english() for b in books] == [True]


def test_a_name_that_somebody_has_is_not_given_to_her() -> None:
    read = read_of(asker(), signs_in(), free=(NEW,))
    read = replace(read, taken={NEW: ("entra:somebody",)})

    assert in_entra(read) == ()


# ---------------------------------------------------------------- C38


def test_an_owner_that_the_cloud_manages_is_renamed_there() -> None:
    """AD has nothing to say about her any more; changing it there would do nothing."""
    theirs = user(
        "Kari Lie",
        ad={"user_principal_name": VALUE, "mail": None},
        cloud={"cloud_managed": True, "user_principal_name": VALUE, "mail": None},
    )
    read = read_of(asker(), theirs, free=(NEW,))
    assert theirs.ad is not None
    assert theirs.cloud is not None
    standings = {**read.standings, theirs.ad.ref: Standing(theirs.cloud.id, ())}
    finding = found(replace(read, standings=standings), policy=ALLOWED)

    assert finding.diagnosis.code == "C38"
    assert [(p.steps[0].side, p.risk) for p in finding.proposals] == [
        (Side.ENTRA, Risk.JUDGE),
        (Side.AD, Risk.SAFE),
    ]
    assert changes(finding)[0] == (SIGN_IN, (VALUE,), (NEW,))
    assert ways(finding)[1][1] is Risk.DESTRUCTIVE  # giving her back to AD stays with people


# ---------------------------------------------------------------- C52


def stays(**cloud: Any) -> tuple[Holder, Evidence]:
    """In AD Bo signs in as bo@contoso.com; Entra keeps the name from before."""
    usual: dict[str, Any] = {"licensed": True, "user_principal_name": "old@contoso.com"}
    long_ago = NOW.replace(year=2025)
    in_ad = {"user_principal_name": "Bo@contoso.com", "changed_at": long_ago, "mail_nickname": "bo"}
    names = {"common_name": "Bo Berg", "display_name": "Bo Berg"}
    usual["mail_nickname"] = "bo"
    holder = user("Bo Berg", ad=in_ad | names, cloud=usual | cloud)
    assert holder.ad is not None
    assert holder.cloud is not None
    tenant = tenant_facts(flags=Flags(upn_changes_follow=False, stated_on="2026-11-01"))
    errors = drifts(holder.ad, holder.cloud, tenant, licensed=True)
    [key] = {key_of(TENANT, e).value for e in errors}
    read = evidence(
        holder,
        value=key,
        errors=errors,
        tenant=tenant,
        standings={holder.ad.ref: Standing(holder.cloud.id, ())},
    )
    return holder, replace(read, taken=dict.fromkeys(candidates(read, ALLOWED), ()))


def test_a_name_that_does_not_follow_is_set_as_ad_spells_it() -> None:
    holder, read = stays()
    finding = found(read, policy=ALLOWED)
    [proposal] = finding.proposals

    assert holder.cloud is not None
    assert (finding.diagnosis.code, proposal.risk, proposal.rank) == ("C52", Risk.JUDGE, 1)
    assert changes(finding) == [(SIGN_IN, ("old@contoso.com",), ("Bo@contoso.com",))]
    assert proposal.steps[0].ref == holder.cloud.ref
    assert "both sides show it" in words(finding)
    # the switch of the whole tenant stays by hand
    assert [b.risk for b in finding.diagnosis.runbooks] == [Risk.DESTRUCTIVE]


def test_without_leave_to_write_there_nothing_is_offered_and_nothing_looked_for() -> None:
    _, read = stays()
    finding = found(read, policy=Policy())

    assert (finding.proposals, candidates(read, Policy())) == ((), ())
    assert "-UserPrincipalName 'Bo@contoso.com'" in " ".join(commands(finding))


# ---------------------------------------------------------------- what is approved is what is written


def test_the_hash_covers_the_side_and_what_stands_there_now() -> None:
    kari = signs_in()
    [proposal] = in_entra(read_of(asker(), kari, free=(NEW,)))
    [step] = proposal.steps
    elsewhere = replace(proposal, steps=(replace(step, side=Side.AD),))

    assert proposal.plan_hash == hash_of(TENANT, proposal) != hash_of(TENANT, elsewhere)

    image = {(b.ref, b.what): b.values for b in proposal.before}

    assert image[step.ref, SIGN_IN] == (VALUE,)
    assert (image[step.ref, "roles"], image["taken", NEW]) == ((), ())
    assert cloud_id_of(HER) in proposal.affected  # so she cannot approve it herself


def test_its_undo_gives_the_old_name_back_on_the_same_side() -> None:
    [made] = in_entra(read_of(asker(), signs_in(), free=(NEW,)))
    [proposal] = numbered((made,), 1)
    written = receipt(proposal_id=proposal.id)
    undo = undo_of(proposal, [written], tenant=TENANT, revision=2)

    assert undo is not None
    [step] = undo.steps
    assert (step.side, step.ref) == (Side.ENTRA, proposal.steps[0].ref)
    assert [(c.attribute, c.delete, c.add) for c in step.changes] == [(SIGN_IN, (NEW,), (VALUE,))]
    assert (undo.risk, bare_of(VALUE)[1]) == (Risk.JUDGE, VALUE)


@pytest.mark.parametrize("mark", ["admin_count", "critical"])
def test_whom_ad_protects_is_not_renamed_in_entra(mark: str) -> None:
    holder, read = stays()
    assert holder.ad is not None
    marked: dict[str, Any] = {mark: True}
    protected = replace(holder, ad=replace(holder.ad, **marked))
    finding = found(replace(read, holders=(protected,)), policy=ALLOWED)

    assert (finding.diagnosis.code, finding.proposals) == ("C52", ())
    assert "is a protected account" in finding.diagnosis.runbooks[0].because.english()


def test_every_reason_why_it_is_by_hand_says_what_it_rests_on() -> None:
    for policy in (ALLOWED, Policy()):
        _, read = stays()
        for free in (read.taken, {}):
            finding = found(replace(read, taken=free), policy=policy)
            uncited = [b.because.msgid for b in finding.diagnosis.runbooks if not b.because.cites]

            assert uncited == []
