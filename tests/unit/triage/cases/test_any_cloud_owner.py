"""In: whatever may stand on the two sides of a clash with the cloud, hostile names and contradictions included.
Promise: always a sound finding; nothing that the cloud manages, and nobody who keeps the value, is ever written to.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model import EVERYTHING, Evidence, Flags, Holder, ObjectType, Origin, Risk, Side, SyncError
from bot.triage.policy import Policy
from bot.triage.value import bare_of
from tests.builders import (
    NOW,
    VALUE,
    anchor_of,
    cloud_id_of,
    error,
    gap,
    guid_of,
    stamp,
    tenant_facts,
)
from tests.unit.triage.cases.world import EXTRA, MAIN, OWN, asker, found, owner, read_of
from tests.unit.triage.test_runbooks import LINE_ENDS, outside

MAYBE = st.sampled_from([True, False, None])
RARELY = st.sampled_from([None, None, None, False, True])
NAMES = st.sampled_from(
    ["Bo Berg", "Kari Lie", "", "'; whoami #", "{name}", "\u2019\u2028<!channel>"]
)
ANCHORS = st.sampled_from([None, anchor_of(guid_of("Bo Berg")), anchor_of(guid_of("x")), "odd"])
SIDS = st.sampled_from([None, "S-1-5-21-1-2-3-4711", "S-1-5-21-1-2-3-4712"])
WHEN = st.sampled_from([None, NOW, NOW - timedelta(days=29), NOW - timedelta(days=400)])
TYPES = st.sampled_from([*[ObjectType.USER] * 4, *ObjectType])
CATEGORIES = st.sampled_from(
    [*["PropertyConflict"] * 6, "AttributeValueMustBeUnique", "InvalidSoftMatch", "InvalidHardMatch",
     "ObjectTypeMismatch", "DeletingCloudOnlyObjectNotAllowed", None]
)  # fmt: skip
RAWS = st.sampled_from(
    [
        *[""] * 12,
        "PublicFolder_1",
        "Hard match operation blocked due to security hardening.",
        "device",
    ]
)


@st.composite
def askers(draw: st.DrawFn) -> Holder:
    holder = asker(
        holds=draw(st.sampled_from(["extra", "extra", "main", "sign-in", "both"])),
        joined_by=draw(st.sampled_from(["anchor", "anchor", "sid", None])),
        cloud={
            "cloud_managed": draw(RARELY),
            "anchor": draw(ANCHORS),
            "sid": draw(SIDS),
            "synced": draw(MAYBE),
            "created_at": draw(WHEN),
            "mapped_to": draw(st.sampled_from([None, guid_of("Bo Berg"), "x"])),
        },
    )
    assert holder.ad is not None
    odd: dict[str, Any] = {
        "type": draw(TYPES),
        "name": draw(NAMES),
        "dn": draw(st.sampled_from([*[holder.ad.dn] * 4, "no dn", "CN=a\\0ACNF:b,DC=c"])),
        "sid": draw(SIDS),
        "employee_id": draw(st.sampled_from([None, "1", "2"])),
        "stamps": draw(st.sampled_from([(), (stamp("mS-DS-ConsistencyGuid", changed_at=NOW),)])),
        "admin_count": draw(st.booleans()) and draw(st.booleans()),
        "deleted": draw(st.integers(0, 8)) == 0,
        "classes": draw(st.sampled_from([(), ("publicfolder",), ("computer",)])),
    }
    return replace(holder, ad=replace(holder.ad, **odd))


@st.composite
def owners(draw: st.DrawFn) -> Holder:
    return owner(
        draw(NAMES),
        type=draw(TYPES),
        synced=draw(RARELY),
        anchor=draw(ANCHORS),
        sid=draw(SIDS),
        guest=draw(RARELY) is True,
        licensed=draw(MAYBE),
        enabled=draw(MAYBE),
        unified=draw(st.booleans()),
        cloud_managed=draw(RARELY),
        deleted_at=draw(WHEN) if draw(RARELY) else None,
        created_at=draw(WHEN),
        last_sync_at=draw(WHEN),
        mail=draw(st.sampled_from([None, VALUE])),
        user_principal_name=draw(st.sampled_from([None, VALUE, "bo.berg@contoso.com"])),
        proxy_addresses=draw(st.sampled_from([(), (MAIN,), (EXTRA,), (OWN,)])),
        employee_id=draw(st.sampled_from([None, "1"])),
    )


@st.composite
def told(draw: st.DrawFn, asks: Holder) -> SyncError:
    return error(
        asks if asks.cloud else None,
        object_id=asks.cloud.id if asks.cloud and draw(st.integers(0, 4)) else draw(NAMES),
        object_type=draw(TYPES),
        category=draw(CATEGORIES),
        attribute=draw(st.sampled_from(["ProxyAddresses", "OnPremiseSecurityIdentifier", None])),
        value=draw(st.sampled_from([*[EXTRA] * 8, "S-1-5-21-1-2-3-4711", None])),
        origin=draw(st.sampled_from([Origin.EXPORT, Origin.QUARANTINE])),
        conflict_id=draw(st.sampled_from([None, cloud_id_of("Kari Lie in the cloud"), "hidden"])),
        raw=draw(RAWS),
        occurred_at=draw(WHEN),
    )


@st.composite
def reads(draw: st.DrawFn) -> Evidence:
    asks, has = draw(askers()), draw(owners())
    more = [draw(owners())] if draw(st.integers(0, 4)) == 0 else []
    flags = Flags(
        soft_match_blocked=draw(MAYBE),
        hard_match_blocked=draw(MAYBE),
        soft_match_on_upn=draw(MAYBE),
    )
    gaps = [gap(), gap(where="Entra", what="contacts"), gap(what=EVERYTHING)]
    return read_of(
        asks,
        has,
        *more,
        errors=tuple(
            draw(st.lists(told(asks), min_size=1, max_size=1 + (not draw(st.integers(0, 4)))))
        ),
        roles=draw(st.sampled_from([(), None, ("Global Administrator",)])),
        free=draw(st.sampled_from([(), ("bo.berg@contoso.com",), ("kari.lie@contoso.com",)])),
        gaps=tuple(draw(st.lists(st.sampled_from(gaps), max_size=2))),
        tenant=tenant_facts(flags=flags, last_sync_at=draw(WHEN)),
    )


POLICIES = st.sampled_from(
    [
        Policy(),
        Policy(sync_ous=("OU=People,DC=contoso,DC=com",)),
        Policy(renames_in_entra=True),
    ]
)
SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@SLOW
@given(reads(), POLICIES, st.none() | reads(), st.sampled_from([None, NOW - timedelta(hours=9)]))
def test_whatever_stands_there_the_finding_is_sound(
    read: Evidence, policy: Policy, before: Evidence | None, since: Any
) -> None:
    finding = found(read, policy=policy, previous=before, fixed_since=since)
    managed = {h.ad.ref for h in read.holders if h.ad and h.cloud and h.cloud.cloud_managed is True}
    written = {s.ref for p in finding.proposals for s in p.steps}

    unsure = {h.cloud.ref for h in read.holders if h.cloud and read.standings.get(h.cloud.ref)}
    unsure = {ref for ref in unsure if read.standings[ref].roles != ()}
    cloud_steps = [s for p in finding.proposals for s in p.steps if s.side is Side.ENTRA]

    assert written & managed == set()
    assert written & unsure == set()
    assert not cloud_steps or policy.renames_in_entra
    for step in cloud_steps:
        assert all(read.taken.get(bare_of(v)[1]) == () for c in step.changes for v in c.add)
    assert not finding.diagnosis.alert or all(p.risk is not Risk.SAFE for p in finding.proposals)


@SLOW
@given(reads())
def test_no_command_of_any_runbook_lets_a_value_out_of_its_quotes(read: Evidence) -> None:
    for book in found(read).diagnosis.runbooks:
        for step in book.steps:
            code = outside(step.command)

            assert not set(step.command) & set(LINE_ENDS)
            assert "whoami" not in code
