"""In: whatever both directories might hold. Out: a diagnosis whose every sentence rests on what was read.
Promise: no sentence cites what was not read, no gap in a sentence stays open, and the same evidence says the same.
"""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.model import (
    AdObject,
    CloudObject,
    Evidence,
    Gap,
    Holder,
    ObjectType,
    Risk,
    Say,
    Standing,
    SyncError,
)
from bot.triage.cases.finding import Finding
from bot.triage.diagnose import diagnose
from bot.triage.join import ad_claims, join
from bot.triage.situation import served
from bot.triage.value import fold
from tests.builders import (
    NOW,
    TENANT,
    VALUE,
    ad_object,
    both_primary,
    cloud_id_of,
    cloud_object,
    error,
    evidence,
    guid_of,
    keeper,
    loser,
    tenant_facts,
)

_NAMES = st.sampled_from(["Anna", "Bo", "", "{value}", "<!channel>", "Å\u202e", "{0}"])
_STORED = st.lists(
    st.sampled_from(
        [
            f"SMTP:{VALUE}",
            f"smtp:{VALUE}",
            "SMTP:own@contoso.com",
            "smtp:b@contoso.com",
            f"sip:{VALUE}",
        ]
    ),
    max_size=3,
    unique=True,
).map(tuple)
_TYPES = st.sampled_from([ObjectType.USER, ObjectType.USER, ObjectType.GROUP, ObjectType.CONTACT])
_MAYBE = st.sampled_from([None, VALUE, "x@contoso.com"])


@st.composite
def near(draw: st.DrawFn) -> Evidence:
    """One step away from a case that has a proposal, or no step at all."""
    gave_it_to_the_wrong_one = (
        loser(cloud_proxies=(f"smtp:{VALUE}",)),
        keeper(cloud_proxies=("SMTP:own@contoso.com",)),
    )
    one, other = draw(
        st.sampled_from([(keeper(), loser()), gave_it_to_the_wrong_one, (keeper(), both_primary())])
    )
    odd: dict[str, Any] = draw(
        st.sampled_from(
            [{}, {}, {"mailbox": True}, {"mail": VALUE}, {"user_principal_name": VALUE},
             {"name": "{value}"}, {"admin_count": True}, {"deleted": True}, {"enabled": False}]
        )
    )  # fmt: skip
    assert other.ad is not None
    changed = replace(other.ad, **odd)
    other = replace(other, ad=changed, ad_claims=ad_claims(changed, VALUE))
    roles = draw(st.sampled_from([(), (), None, ("R",)]))
    refs = [h.ad.ref for h in (one, other) if h.ad]
    return evidence(one, other, standings={ref: Standing(None, roles) for ref in refs})


@st.composite
def far(draw: st.DrawFn) -> Evidence:
    ads: list[AdObject] = []
    clouds: list[CloudObject] = []
    for n in range(draw(st.integers(0, 4))):
        type_, name = draw(_TYPES), draw(_NAMES)
        common: dict[str, Any] = {"type": type_, "name": name, "user_principal_name": draw(_MAYBE)}
        ad = ad_object(
            **common,
            guid=guid_of(f"o{n}"),
            proxy_addresses=draw(_STORED),
            mail=draw(_MAYBE),
            deleted=draw(st.booleans()) and draw(st.booleans()),
            enabled=draw(st.sampled_from([True, False, None])),
        )
        side = draw(st.sampled_from(["both", "both", "both", "ad", "cloud"]))
        if side != "cloud":
            ads.append(ad)
        if side != "ad":
            clouds.append(
                cloud_object(
                    id=cloud_id_of(f"o{n}"),
                    **common,
                    anchor=ad.anchor,
                    sid=ad.sid,
                    proxy_addresses=draw(_STORED),
                    synced=draw(st.sampled_from([True, True, True, None, False])),
                    deleted_at=NOW if draw(st.booleans()) and draw(st.booleans()) else None,
                )
            )
    holders = join(ads, clouds, VALUE)
    errors = [draw(_error(c)) for c in clouds if draw(st.booleans())]
    return evidence(
        *holders,
        holders=holders,
        errors=tuple(errors),
        standings={a.ref: Standing(None, draw(st.sampled_from([(), None, ("R",)]))) for a in ads},
        gaps=draw(st.sampled_from([(), (Gap("AD", "recycle bin", "{no} right"),)])),
        searched=draw(st.sampled_from([(), ("AD corp", "Entra {users}")])),
        tenant=tenant_facts(
            last_sync_at=draw(st.sampled_from([None, NOW, NOW.replace(year=2025)]))
        ),
        value=draw(st.sampled_from([VALUE, VALUE, ""])),
    )


def read() -> st.SearchStrategy[Evidence]:
    return near() | far()


@st.composite
def _error(draw: st.DrawFn, of: CloudObject) -> SyncError:
    return error(
        Holder(cloud=of),
        category=draw(st.sampled_from(["PropertyConflict", "PropertyConflict", "{x}", None])),
        attribute=draw(st.sampled_from(["ProxyAddresses", "ProxyAddress", "Mail", None])),
        value=draw(st.sampled_from([f"smtp:{VALUE}", VALUE, "", None])),
    )


def concluded(of: Evidence, previous: Evidence | None) -> Finding:
    return diagnose(of, case_id="c-1", previous=previous, now=NOW)


def sentences(finding: Finding) -> list[Say]:
    d = finding.diagnosis
    offered = [
        s for p in finding.proposals for s in (p.title, p.because, p.untouched, *p.consequences)
    ]
    by_hand = [
        s for r in d.runbooks for s in (r.title, r.because, r.undo, *(step.say for step in r.steps))
    ]
    weighed = [term.say for score in d.scores for term in score.terms]
    return [d.title, *d.what, *d.why, *d.then, *offered, *by_hand, *weighed]


@given(read(), st.none() | read())
def test_every_sentence_cites_only_what_was_read(of: Evidence, previous: Evidence | None) -> None:
    cited = {c for say in sentences(concluded(of, previous)) for c in say.cites}

    assert cited - of.keys() == set()


@given(read(), st.none() | read())
def test_what_happened_and_why_always_rest_on_something(
    of: Evidence, previous: Evidence | None
) -> None:
    d = concluded(of, previous).diagnosis

    assert [s.msgid for s in (*d.what, *d.why, *d.then) if not s.cites] == []


@given(read(), st.none() | read())
def test_no_sentence_has_an_open_gap(of: Evidence, previous: Evidence | None) -> None:
    """Also a name that looks like a gap is only a name."""
    for say in sentences(concluded(of, previous)):
        bare = dict.fromkeys(say.values, "")

        assert "{" not in say.msgid.format(**bare)
        assert say.english()


@given(read(), st.none() | read())
def test_the_same_evidence_says_the_same(of: Evidence, previous: Evidence | None) -> None:
    assert concluded(of, previous) == concluded(of, previous)


@given(read())
def test_safe_takes_nothing_that_anybody_uses(of: Evidence) -> None:
    """One value of one attribute of a user or a group that is surely the right one; and nobody notices."""
    for proposal in concluded(of, None).proposals:
        [step] = proposal.steps
        assert proposal.before
        if proposal.risk is not Risk.SAFE:
            continue
        [change] = step.changes
        target = next(h for h in of.holders if h.ad and h.ad.guid == step.guid)
        assert target.ad is not None
        assert target.type in {ObjectType.USER, ObjectType.GROUP}
        assert target.joined_by in {"anchor", "sid"}
        assert (target.ad.admin_count, target.ad.critical) == (False, False)
        assert target.type is ObjectType.GROUP or of.standings[target.ad.ref].roles == ()
        assert len(change.delete) <= 1
        assert len(change.add) <= 1
        if change.attribute == "mail":
            assert (target.ad.enabled, target.ad.mailbox, change.add) == (False, False, ())
            assert change.delete == (target.ad.mail,)
            assert not served(target)
        else:
            [value] = change.delete
            assert change.attribute == "proxyAddresses"
            assert value in target.ad.proxy_addresses
            assert value.startswith("smtp:")
            assert [fold(v) for v in change.add] == [fold(value)] or (
                not change.add and not served(target) and not target.ad.mailbox
            )


@given(read())
def test_the_one_who_keeps_the_value_is_never_written_to(of: Evidence) -> None:
    finding = concluded(of, None)
    written = {s.ref for p in finding.proposals for s in p.steps}

    assert finding.diagnosis.keeper not in written
    assert written <= set(finding.diagnosis.losers)


@given(read())
def test_nothing_is_proposed_unless_the_value_has_a_home_in_entra(of: Evidence) -> None:
    """Only then does taking it off somebody end the error."""
    if not concluded(of, None).proposals:
        return

    assert any(served(h) and h.cloud and not h.cloud.deleted_at for h in of.holders)
    assert fold(of.value) == VALUE
    assert of.tenant.tenant == TENANT
