"""In: cases and their errors. Out: the evidence about each, read from both directories in one pass.
Four questions whatever the number of cases: holders in AD, holders in Entra, the failing objects, the tenant.
Promise: what could not be read becomes a gap in the evidence; only "cannot be reached" raises.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.model import (
    EVERYTHING,
    AdFindings,
    AdObject,
    CaseKey,
    CloudFindings,
    CloudObject,
    Evidence,
    Gap,
    Holder,
    Kind,
    ObjectType,
    Standing,
    SyncError,
)
from bot.ports import AdReader, Clock, Cloud
from bot.triage.join import join
from bot.triage.naming import candidates
from bot.triage.policy import Policy
from bot.triage.value import key_of

_VALUES = {Kind.ADDRESS, Kind.SIP}


@dataclass(slots=True)
class Findings:
    """What is known about one value so far; a second look adds the other side of each object."""

    value: str
    ads: dict[str, AdObject] = field(default_factory=dict)  # by ref
    clouds: dict[str, CloudObject] = field(default_factory=dict)  # by id
    gaps: list[Gap] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)

    def add_ad(self, findings: AdFindings) -> None:
        self.ads |= {a.ref: a for a in findings.objects}
        self._note(findings)

    def add_cloud(self, findings: CloudFindings) -> None:
        self.clouds |= {c.id: c for c in findings.objects}
        self._note(findings)

    def holders(self) -> tuple[Holder, ...]:
        return join(tuple(self.ads.values()), tuple(self.clouds.values()), self.value)

    def _note(self, findings: AdFindings | CloudFindings) -> None:
        self.gaps += [g for g in findings.gaps if g not in self.gaps]
        self.searched += [s for s in findings.searched if s not in self.searched]


async def gather(
    wanted: Sequence[tuple[CaseKey, tuple[SyncError, ...]]],
    *,
    ad: AdReader,
    cloud: Cloud,
    clock: Clock,
    policy: Policy,
) -> dict[str, Evidence]:
    """Evidence by case id. Raises Unreachable or Refused, as the ports do."""
    values = sorted({key.value for key, _ in wanted if key.kind in _VALUES})
    ids = sorted({(e.object_type, e.object_id) for _, errors in wanted for e in errors})
    facts, in_ad, in_cloud, failing = await asyncio.gather(
        cloud.facts(), ad.holders(values), cloud.holders(values), cloud.objects(ids)
    )
    found: dict[str, Findings] = {}
    for key, errors in wanted:
        findings = found[key.id] = Findings(key.value)
        findings.add_ad(in_ad.get(key.value, AdFindings()))
        findings.add_cloud(in_cloud.get(key.value, CloudFindings()))
        # a direct read is fresher than a search result
        read = (failing.get(e.object_id) for e in errors)
        findings.clouds |= {c.id: c for c in read if c is not None}
    await _add_other_sides(list(found.values()), ad=ad, cloud=cloud)
    standings = await _standings_of_failing(wanted, found, cloud=cloud)
    read_at = clock.now()
    drafts = {
        key.id: Evidence(
            value=key.value,
            read_at=read_at,
            tenant=facts,
            errors=_still_there(key, errors, failing),
            holders=found[key.id].holders(),
            standings=standings.get(key.id, {}),
            gaps=tuple(found[key.id].gaps),
            searched=tuple(found[key.id].searched),
        )
        for key, errors in wanted
    }
    return await _with_what_is_taken(drafts, ad=ad, cloud=cloud, policy=policy)


async def _with_what_is_taken(
    drafts: Mapping[str, Evidence], *, ad: AdReader, cloud: Cloud, policy: Policy
) -> dict[str, Evidence]:
    """Values that might be given to somebody are looked for on both sides before anybody is shown one."""
    asked = {case_id: candidates(draft, policy) for case_id, draft in drafts.items()}
    values = sorted({value for each in asked.values() for value in each})
    if not values:
        return dict(drafts)
    in_ad, in_cloud = await asyncio.gather(ad.holders(values), cloud.holders(values))
    # a forest or a list that did not answer may hold it: then nobody knows, and it is not offered
    taken: dict[str, tuple[str, ...]] = {}
    for value in values:
        here, there = in_ad[value], in_cloud[value]
        if not unanswered((*here.gaps, *there.gaps)):
            refs = [*(o.ref for o in here.objects), *(o.ref for o in there.objects)]
            taken[value] = tuple(sorted(refs))
    return {
        case_id: replace(draft, taken={v: taken[v] for v in asked[case_id] if v in taken})
        for case_id, draft in drafts.items()
    }


def _still_there(
    key: CaseKey,
    errors: tuple[SyncError, ...],
    failing: Mapping[str, CloudObject | None],
) -> tuple[SyncError, ...]:
    """The errors of the case as the objects carry them now, read directly."""
    objects = {e.object_id: failing.get(e.object_id) for e in errors}
    return tuple(
        error
        for found in objects.values()
        if found is not None
        for error in found.errors
        if key_of(key.tenant, error) == key
    )


async def _add_other_sides(found: Sequence[Findings], *, ad: AdReader, cloud: Cloud) -> None:
    """The AD twin of every synced Entra object and the Entra twin of every living AD account."""
    lonely_clouds = {
        c.id: c
        for findings in found
        for holder in findings.holders()
        if (c := holder.cloud) is not None and holder.ad is None and c.synced
    }
    twins = await ad.joined(list(lonely_clouds.values())) if lonely_clouds else {}
    for findings in found:
        for cloud_id in findings.clouds:
            if twin := twins.get(cloud_id):
                findings.ads[twin.ref] = twin
    lonely_ads = sorted(
        {
            a.anchor
            for findings in found
            for holder in findings.holders()
            if (a := holder.ad) is not None
            and holder.cloud is None
            and not a.deleted
            and a.type is ObjectType.USER
        }
    )
    answers = await asyncio.gather(*(cloud.by_anchor(anchor) for anchor in lonely_ads))
    by_anchor = dict(zip(lonely_ads, answers, strict=True))
    for findings in found:
        for a in findings.ads.values():
            if a.anchor in by_anchor:
                findings.add_cloud(by_anchor[a.anchor])


async def _standings_of_failing(
    wanted: Sequence[tuple[CaseKey, tuple[SyncError, ...]]],
    found: dict[str, Findings],
    *,
    cloud: Cloud,
) -> dict[str, dict[str, Standing]]:
    """Entra roles of every AD user a change could touch: all holders, when there is more than one."""
    asked: dict[str, list[AdObject]] = {}
    for key, errors in wanted:
        holders = found[key.id].holders()
        users = [
            h.ad
            for h in holders
            if h.ad and h.cloud and h.ad_claims and h.ad.type is ObjectType.USER
        ]
        if errors and len(holders) > 1:
            asked[key.id] = users
    anchors = sorted({a.anchor for ads in asked.values() for a in ads})
    answers = await asyncio.gather(*(cloud.standing(anchor) for anchor in anchors))
    by_anchor = dict(zip(anchors, answers, strict=True))
    return {case_id: {a.ref: by_anchor[a.anchor] for a in ads} for case_id, ads in asked.items()}


def unanswered(gaps: Sequence[Gap]) -> bool:
    """A whole forest was away: what was not found may be there all the same."""
    return any(gap.what == EVERYTHING for gap in gaps)


async def look_up(value: str, *, ad: AdReader, cloud: Cloud) -> Findings:
    """Everything about one value, for a question."""
    findings = Findings(value)
    in_ad, in_cloud = await asyncio.gather(ad.holders([value]), cloud.holders([value]))
    findings.add_ad(in_ad.get(value, AdFindings()))
    findings.add_cloud(in_cloud.get(value, CloudFindings()))
    await _add_other_sides([findings], ad=ad, cloud=cloud)
    return findings


async def look_up_object(kind: Kind, value: str, *, ad: AdReader, cloud: Cloud) -> Findings:
    """One object by its objectGUID (which may also be an Entra object id) or its ImmutableId."""
    findings = Findings(value)
    if kind is Kind.ANCHOR:
        in_ad, in_cloud = await asyncio.gather(ad.by_anchor(value), cloud.by_anchor(value))
        findings.add_ad(in_ad)
        findings.add_cloud(in_cloud)
    else:
        types = (ObjectType.USER, ObjectType.GROUP, ObjectType.CONTACT)
        by_guid, read = await asyncio.gather(
            ad.by_guid(value), asyncio.gather(*(cloud.objects([(t, value)]) for t in types))
        )
        findings.add_ad(by_guid)
        objects = tuple(c for answer in read for c in answer.values() if c is not None)
        findings.add_cloud(
            CloudFindings(objects, searched=("Entra users", "Entra groups", "Entra contacts"))
        )
    await _add_other_sides([findings], ad=ad, cloud=cloud)
    return findings
