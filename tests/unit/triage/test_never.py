"""In: directories as bad as they come: up to four objects of any kind that hold one value in any place and spelling.
Out: a diagnosis, always. Promise: never an exception, and never a proposal that the writer would refuse, that touches
the keeper or two objects, empties what must be there, takes the last main address or makes a new duplicate.
"""

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ad.guard import not_writable
from bot.model import (
    AdObject,
    CloudObject,
    Evidence,
    Holder,
    ObjectType,
    Origin,
    Proposal,
    Risk,
    Standing,
    SyncError,
)
from bot.triage.cases import ORDER
from bot.triage.cases.finding import Finding
from bot.triage.diagnose import diagnose
from bot.triage.join import ad_claims, cloud_claims, join
from bot.triage.policy import Policy
from bot.triage.proposals import given_addresses
from bot.triage.value import bare_of, fold
from tests.builders import (
    FOREST,
    NOW,
    ad_object,
    cloud_id_of,
    cloud_object,
    error,
    evidence,
    guid_of,
    keeper,
    looked_for,
    loser,
    stamp,
)
from tests.sizes import examples

LONG = f"{'x' * 1111}@contoso.com"
VALUES = (
    "john@contoso.com",
    "john@contoso.com",
    "bj\u00f6rn@contoso.com",
    "jd@contoso.onmicrosoft.com",
    "jd@contoso.mail.onmicrosoft.com",
    "john@contoso.local",
    LONG,
)
OTHERS = ("SMTP:own@contoso.com", "smtp:b@contoso.com", "SIP:own@contoso.com", "smtp:", "X500:/o=C")
NAMES = ("Anna Berg", "Bo", "", "{value}", "Å\u202e O’Hara", "Юрий", "\0")
DNS = (
    "CN=Anna,OU=People,DC=contoso,DC=com",
    "CN=Berg\\, Anna\\00,OU=A\\+B,DC=contoso,DC=com",
    "CN=Old,OU=Staff,DC=fabrikam,DC=com",
    "CN=Anna\\0ACNF:11111111-2222-3333-4444-555555555555,OU=People,DC=contoso,DC=com",
    "no dn",
    "",
)
T = TypeVar("T")
KINDS = (ObjectType.USER, ObjectType.USER, ObjectType.USER, ObjectType.GROUP, ObjectType.CONTACT)


def directory(seed: int) -> Evidence:
    """Most of it is in order, as in life, so that a good part of them comes to a proposal; a number tells it all."""
    dice = random.Random(seed)  # noqa: S311 - a directory, not a secret
    value = dice.choice(VALUES)
    objects = [_ad(dice, n, value) for n in range(dice.choice((0, 1, 2, 2, 2, 2, 3, 4)))]
    owner = dice.randrange(2)
    clouds = [
        _cloud(dice, n, each, served=n == owner or dice.random() < 0.05)
        for n, each in enumerate(objects)
        if dice.random() < 0.95
    ]
    holders = join(objects, clouds, fold(value))
    read = evidence(
        *holders,
        holders=holders,
        value=fold(value),
        errors=_errors(dice, clouds, value),
        standings={a.ref: Standing(None, dice.choice(((), (), None, ("R",)))) for a in objects},
    )
    return replace(read, taken={}) if dice.random() < 0.1 else looked_for(read)


def _ad(dice: random.Random, n: int, value: str) -> AdObject:
    def seldom(usual: T, *odd: T) -> T:
        return dice.choice(odd) if dice.random() < 0.12 else usual

    type_ = seldom(dice.choice(KINDS), ObjectType.OTHER)
    days = dice.choice((None, 0, 3, 40, 200, 4000))
    then = None if days is None else NOW - timedelta(days=days)
    claims = tuple(
        seldom("smtp:" if dice.random() < 0.5 else "SMTP:", "Smtp:", "sip:", "")
        + _spelled(dice, value)
        for _ in range(dice.choice((0, 1, 1, 1, 2)))
    )
    own = (f"SMTP:o{n}@contoso.com",) if not any(c.startswith("SMTP:") for c in claims) else ()
    others = tuple(dice.sample((f"smtp:b{n}@contoso.com", "SIP:own@contoso.com", "smtp:", *own), 2))
    return ad_object(
        dice.choice(NAMES) or "x",
        guid=guid_of(f"o{n}"),
        forest=seldom(FOREST, "branch"),
        type=type_,
        dn=seldom(*DNS),
        anchor=seldom(f"anchor{n}", "", "AAAA"),
        sid=seldom(f"S-1-5-21-{n}", None),
        proxy_addresses=seldom((*claims, *own), claims, (), (*claims, *others)),
        user_principal_name=dice.choice((None, f"u{n}@contoso.com", _spelled(dice, value))),
        mail=dice.choice((None, f"o{n}@contoso.com", _spelled(dice, value))),
        target_address=seldom(None, f"SMTP:{value}"),
        sip_address=seldom(None, f"sip:{value}"),
        mail_nickname=dice.choice((None, f"alias{n}", "jd", "", value.partition("@")[0])),
        employee_id=seldom(None, "4711", ""),
        enabled=dice.choice((True, True, False, None)),
        mailbox=dice.random() < 0.3,
        recipient_type=seldom(0, 1, 4, 128, 1 << 31, -1, 1 << 40),
        address_policy=seldom(False, True),
        admin_count=seldom(False, True),
        deleted=seldom(False, True),
        created_at=then,
        changed_at=then,
        last_logon_at=then,
        stamps=dice.choice(((), (stamp(),), (stamp(dc="DC2"),))),
    )


def _spelled(dice: random.Random, value: str) -> str:
    return dice.choice((value, value, value, value.upper(), unicodedata.normalize("NFD", value)))


def _cloud(dice: random.Random, n: int, of: AdObject, *, served: bool) -> CloudObject:
    return cloud_object(
        of.name,
        id=cloud_id_of(f"o{n}"),
        type=of.type,
        anchor=of.anchor or None,
        sid=of.sid,
        user_principal_name=of.user_principal_name if served else "s@c.example",
        mail=of.mail if served else None,
        # a contact joins by an address only, and has at least one
        proxy_addresses=of.proxy_addresses if served else (f"SMTP:o{n}@contoso.com",),
        licensed=dice.choice((None, True, False)),
        synced=dice.choice((*[True] * 20, None, False)),
    )


def _errors(
    dice: random.Random, clouds: Sequence[CloudObject], value: str
) -> tuple[SyncError, ...]:
    attribute = dice.choice(("ProxyAddresses", "ProxyAddresses", "UserPrincipalName"))
    origin = Origin.EXPORT if dice.random() < 0.2 else Origin.QUARANTINE
    category = dice.choice(("PropertyConflict", "AttributeValueMustBeUnique", "ObjectTypeMismatch"))
    served = [c for c in clouds if cloud_claims(c, fold(value))]
    return tuple(
        error(
            Holder(cloud=c),
            attribute=dice.choice((None, "SipProxyAddress")) if dice.random() < 0.1 else attribute,
            category=category,
            origin=origin,
            value=f"smtp:{value}",
            conflict_id=served[0].id if served else None,
        )
        for c in clouds
        if c not in served or dice.random() < 0.1
    )


def directories() -> st.SearchStrategy[Evidence]:
    return st.integers(0, 2**32 - 1).map(directory)


def concluded(of: Evidence) -> Finding:
    stated = Policy(sync_ous=("OU=People,DC=contoso,DC=com", "OU=A\\+B,DC=contoso,DC=com"))
    return diagnose(of, case_id="c-1", previous=None, now=NOW, policy=stated)


def after(target: AdObject, proposal: Proposal) -> dict[str, list[str]]:
    """The touched attributes of the object, when the writer is through with it."""
    found: dict[str, list[str]] = {
        "proxyAddresses": list(target.proxy_addresses),
        "mail": [target.mail] if target.mail else [],
        "userPrincipalName": [target.user_principal_name] if target.user_principal_name else [],
        "targetAddress": [target.target_address] if target.target_address else [],
    }
    for change in proposal.steps[0].changes:
        values = found.setdefault(change.attribute, [])
        assert set(change.delete) <= set(values)  # letter for letter, or AD finds nothing
        found[change.attribute] = [v for v in values if v not in change.delete] + [*change.add]
    return found


@settings(max_examples=examples(200))
@given(directories())
def test_whatever_a_directory_holds_there_is_an_answer(of: Evidence) -> None:
    finding = concluded(of)

    assert finding.diagnosis.code in ORDER
    assert finding.diagnosis.title.english()


@settings(max_examples=examples(200))
@given(directories())
def test_a_proposal_is_one_object_that_the_writer_would_write(of: Evidence) -> None:
    finding = concluded(of)
    for proposal in finding.proposals:
        [step] = proposal.steps
        [target] = [h.ad for h in of.holders if h.ad and h.ad.guid == step.guid]

        assert not_writable(proposal, step, upn_opt_in=True) is None
        assert (target.deleted, target.conflict, target.admin_count) == (False, False, False)
        assert target.ref != finding.diagnosis.keeper
        assert target.ref in finding.diagnosis.losers
        assert proposal.risk is not Risk.DESTRUCTIVE
        assert len({c.attribute for c in step.changes}) == len(step.changes)


@settings(max_examples=examples(200))
@given(directories())
def test_nothing_that_must_be_there_goes_and_nothing_comes_twice(of: Evidence) -> None:
    for proposal in concluded(of).proposals:
        [step] = proposal.steps
        [target] = [h.ad for h in of.holders if h.ad and h.ad.guid == step.guid]
        left = after(target, proposal)
        mains = [
            sum(v.startswith("SMTP:") for v in vs)
            for vs in (target.proxy_addresses, left["proxyAddresses"])
        ]

        assert (mains[0] > 0) <= (mains[1] > 0)
        assert mains[1] <= max(mains[0], 1)
        assert bool(target.user_principal_name) <= bool(left["userPrincipalName"])
        assert len(left["mail"]) <= 1
        new = [fold(v) for c in step.changes if c.attribute == "proxyAddresses" for v in c.add]
        assert all([fold(v) for v in left["proxyAddresses"]].count(v) == 1 for v in new)


@settings(max_examples=examples(200))
@given(directories())
def test_what_is_given_to_somebody_is_nobody_elses(of: Evidence) -> None:
    for proposal in concluded(of).proposals:
        [step] = proposal.steps
        for bare in given_addresses(step.changes):
            others = [h.ad for h in of.holders if h.ad and h.ad.guid != step.guid]

            assert bare in of.taken
            assert [a.name for a in others if ad_claims(a, bare)] == []


@settings(max_examples=examples(200))
@given(directories())
def test_a_judgement_always_names_what_people_will_notice(of: Evidence) -> None:
    for proposal in concluded(of).proposals:
        assert (proposal.risk is Risk.JUDGE) == bool(proposal.consequences)


@settings(max_examples=examples(200))
@given(directories())
def test_the_value_is_gone_from_every_place_it_was_taken_off(of: Evidence) -> None:
    """Left in one place it would come back; a chat or a forwarding address is another value."""
    finding = concluded(of)
    if finding.diagnosis.code in {"C13", "C17", "C20"}:
        return
    for proposal in finding.proposals:
        [step] = proposal.steps
        [target] = [h.ad for h in of.holders if h.ad and h.ad.guid == step.guid]
        left = after(target, proposal)
        smtp = [v for v in left["proxyAddresses"] if fold(v).startswith("smtp:")]

        assert of.value not in {bare_of(v)[1] for v in (*smtp, *left["mail"])}
        assert of.value not in {fold(v) for v in left["userPrincipalName"]}


def test_ten_thousand_addresses_on_one_object_are_answered() -> None:
    many = tuple(f"smtp:a{n}@contoso.com" for n in range(10_000))
    crowded = loser(proxies=("SMTP:svc@contoso.com", *many, "smtp:john@contoso.com"))

    [proposal] = concluded(evidence(keeper(), crowded)).proposals

    assert proposal.steps[0].changes[0].delete == ("smtp:john@contoso.com",)


def test_ten_thousand_addresses_on_one_who_needs_another_main_one_are_answered() -> None:
    many = tuple(f"smtp:a{n}@contoso.com" for n in range(10_000))
    crowded = loser(proxies=("SMTP:john@contoso.com", *many))
    strong = keeper(ad={"mailbox": True, "last_logon_at": NOW})

    found = concluded(looked_for(evidence(strong, crowded)))

    assert found.diagnosis.code == "C02"
    assert found.proposals[0].steps[0].changes[0].add == ("SMTP:a0@contoso.com",)
