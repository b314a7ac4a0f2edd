"""In: cases and their errors. Out: the evidence about each, read from both directories in one pass.
The same few questions whatever the number of cases: who holds the values, the objects that errors name, the other
side of each object, roles, who manages it, and which values are free.
Promise: what could not be read becomes a gap in the evidence; only "cannot be reached" raises.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.model import (
    EVERYTHING,
    AdFindings,
    AdObject,
    CaseKey,
    CloudFindings,
    CloudObject,
    Evidence,
    Gap,
    Kind,
    ObjectType,
    Origin,
    Standing,
    SyncError,
    TenantFacts,
    mark,
)
from bot.ports import AdReader, Clock, Cloud
from bot.triage.naming import candidates
from bot.triage.policy import Policy
from bot.triage.value import key_of
from handlers.adrift import still_adrift
from handlers.findings import Findings, add_other_sides

Wanted = Sequence[tuple[CaseKey, tuple[SyncError, ...]]]

_VALUES = {Kind.ADDRESS, Kind.SIP}
_READABLE = {ObjectType.USER, ObjectType.GROUP, ObjectType.CONTACT}


async def gather(
    wanted: Wanted,
    *,
    ad: AdReader,
    cloud: Cloud,
    clock: Clock,
    policy: Policy,
) -> dict[str, Evidence]:
    """Evidence by case id. Raises Unreachable or Refused, as the ports do."""
    values = sorted({key.value for key, _ in wanted if key.kind in _VALUES})
    typed, named = _ids_in([e for _, errors in wanted for e in errors])
    facts, in_ad, in_cloud, failing, by_id = await asyncio.gather(
        cloud.facts(),
        ad.holders(values),
        cloud.holders(values),
        cloud.objects(typed),
        cloud.by_ids(named),
    )
    found: dict[str, Findings] = {}
    for key, errors in wanted:
        findings = found[key.id] = Findings(key.value)
        findings.add_ad(in_ad.get(key.value, AdFindings()))
        findings.add_cloud(in_cloud.get(key.value, CloudFindings()))
        _add_named(findings, errors, by_id)
        # a direct read is fresher than a search result
        read = (failing.get(e.object_id) for e in errors)
        findings.clouds |= {c.id: c for c in read if c is not None}
    await _add_by_identity(wanted, found, ad=ad, cloud=cloud)
    await add_other_sides(list(found.values()), ad=ad, cloud=cloud)
    standings, _ = await asyncio.gather(
        _standings(wanted, found, cloud=cloud), _add_managers(list(found.values()), cloud=cloud)
    )
    read_at = clock.now()
    drafts = {
        key.id: Evidence(
            value=key.value,
            read_at=read_at,
            tenant=facts,
            errors=_still_there(key, errors, failing, found[key.id], facts),
            holders=found[key.id].holders(),
            standings=standings.get(key.id, {}),
            gaps=tuple(found[key.id].gaps),
            searched=tuple(found[key.id].searched),
        )
        for key, errors in wanted
    }
    return await _with_what_is_taken(drafts, ad=ad, cloud=cloud, policy=policy)


# ---------------------------------------------------------------- what errors name


def _ids_in(errors: Sequence[SyncError]) -> tuple[list[tuple[ObjectType, str]], list[str]]:
    """Objects to be read directly: those of a known kind, and those of whom there is only an id."""
    typed, named = set(), set()
    for error in errors:
        if error.object_id and error.object_type in _READABLE:
            typed.add((error.object_type, error.object_id))
        named |= set(_named_in(error))
    return sorted(typed), sorted(named)


def _named_in(error: SyncError) -> tuple[str, ...]:
    unknown_kind = error.object_id if error.object_type not in _READABLE else ""
    return tuple(each for each in (unknown_kind, error.conflict_id) if each)


def _add_named(
    findings: Findings, errors: Sequence[SyncError], by_id: Mapping[str, CloudFindings]
) -> None:
    """Whom Entra itself names belongs to the case, even if it shows the value nowhere."""
    for object_id in dict.fromkeys(each for error in errors for each in _named_in(error)):
        read = by_id.get(object_id, CloudFindings())
        findings.add_cloud(read)
        if not read.objects:
            findings.add_cloud(CloudFindings(gaps=(_not_shown(object_id),)))


def _not_shown(object_id: str) -> Gap:
    return Gap(
        "Entra",
        f"object {object_id}, which the error names",
        mark(
            "no user, group or contact has this id, in the recycle bins neither: it is gone, or it is of a kind "
            "that Graph does not list, such as a public folder or a device"
        ),
    )


async def _add_by_identity(
    wanted: Wanted, found: Mapping[str, Findings], *, ad: AdReader, cloud: Cloud
) -> None:
    """The few cases that are about an identity and not about a value."""
    for key, _ in wanted:
        if key.kind is Kind.SID:
            found[key.id].add_ad(await ad.by_sid(key.value))
        elif key.kind is Kind.ANCHOR:
            here, there = await asyncio.gather(ad.by_anchor(key.value), cloud.by_anchor(key.value))
            found[key.id].add_ad(here)
            found[key.id].add_cloud(there)


# ---------------------------------------------------------------- which errors still stand


def _still_there(
    key: CaseKey,
    errors: Sequence[SyncError],
    failing: Mapping[str, CloudObject | None],
    found: Findings,
    tenant: TenantFacts,
) -> tuple[SyncError, ...]:
    """Each origin has its own way to tell."""
    of = {origin: [e for e in errors if e.origin is origin] for origin in Origin}
    return (
        *_still_listed(key, of[Origin.QUARANTINE], failing),
        *_as_told(of[Origin.EXPORT]),
        *_still_adrift(key, of[Origin.DRIFT], found, tenant),
    )


def _still_listed(
    key: CaseKey,
    errors: Sequence[SyncError],
    failing: Mapping[str, CloudObject | None],
) -> tuple[SyncError, ...]:
    """As the objects carry them now, read directly."""
    objects = {e.object_id: failing.get(e.object_id) for e in errors}
    return tuple(
        error
        for read in objects.values()
        if read is not None
        for error in read.errors
        if key_of(key.tenant, error) == key
    )


def _as_told(errors: Sequence[SyncError]) -> Sequence[SyncError]:
    """The sync server's errors are in no list of Graph's: they stand until somebody says otherwise."""
    return errors


def _still_adrift(
    key: CaseKey, errors: Sequence[SyncError], found: Findings, tenant: TenantFacts
) -> Sequence[SyncError]:
    """Both sides were just read: they are compared again."""
    if not errors:
        return ()
    sides = {h.cloud.id: (h.cloud, h.ad) for h in found.holders() if h.cloud}
    return still_adrift(key, errors, sides, tenant)


# ---------------------------------------------------------------- what is free


async def _with_what_is_taken(
    drafts: Mapping[str, Evidence], *, ad: AdReader, cloud: Cloud, policy: Policy
) -> dict[str, Evidence]:
    """Values that might be given to somebody are looked for on both sides before anybody is shown one."""
    asked = {case_id: candidates(draft, policy) for case_id, draft in drafts.items()}
    values = sorted({value for each in asked.values() for value in each})
    if not values:
        return dict(drafts)
    # where nobody knows, it is not offered
    found = await who_has(values, ad=ad, cloud=cloud)
    taken = {
        value: tuple(sorted({a.ref for a in held.ad} | {c.ref for c in held.cloud}))
        for value, held in found.items()
        if held.everywhere
    }
    return {
        case_id: replace(draft, taken={v: taken[v] for v in asked[case_id] if v in taken})
        for case_id, draft in drafts.items()
    }


@dataclass(frozen=True, slots=True)
class Held:
    """Who has a value, names that AD only implies too. `everywhere`: no place that counts stayed unread."""

    ad: tuple[AdObject, ...]
    cloud: tuple[CloudObject, ...]
    gaps: tuple[Gap, ...]
    everywhere: bool


async def who_has(values: Sequence[str], *, ad: AdReader, cloud: Cloud) -> dict[str, Held]:
    """Raises Unreachable, Refused. A forest that is away or a list of Entra that nobody may read may hold a value. An AD
    recycle bin may stay unread: what lies there is never synchronized.
    """
    in_ad, in_cloud, implied = await asyncio.gather(
        ad.holders(values), cloud.holders(values), ad.implied(values)
    )
    found = {}
    for value in values:
        here, there = in_ad[value], in_cloud[value]
        found[value] = Held(
            ad=(*here.objects, *implied.get(value, ())),
            cloud=there.objects,
            gaps=(*here.gaps, *there.gaps),
            everywhere=value in implied and not unanswered(here.gaps) and not there.gaps,
        )
    return found


# ---------------------------------------------------------------- who may what, and who decides


async def _standings(
    wanted: Wanted, found: Mapping[str, Findings], *, cloud: Cloud
) -> dict[str, dict[str, Standing]]:
    """Roles of everybody whom a change could touch, and of the accounts that stand in the way, cloud-only ones too."""
    asked: dict[str, dict[str, str]] = {}  # ref of the AD object, else of the account -> account
    for key, errors in wanted:
        named = {i for e in errors for i in (e.object_id, e.conflict_id)}
        asked[key.id] = {
            h.ad.ref if h.ad else h.cloud.ref: h.cloud.id
            for h in found[key.id].holders()
            if h.cloud is not None
            and h.cloud.type is ObjectType.USER
            and h.cloud.deleted_at is None
            and errors
            and (h.ad_claims or h.cloud_claims or h.cloud.id in named)
        }
    ids = sorted({account for each in asked.values() for account in each.values()})
    told = await cloud.standings(ids) if ids else {}
    return {
        case_id: {ref: told[account] for ref, account in each.items()}
        for case_id, each in asked.items()
    }


async def _add_managers(found: Sequence[Findings], *, cloud: Cloud) -> None:
    """Of what comes from AD, and might have been moved to the cloud since."""
    asked = {
        c.id: c
        for findings in found
        for c in findings.clouds.values()
        if c.deleted_at is None
        and (c.synced is not None or c.anchor or c.sid or c.type is ObjectType.CONTACT)
    }
    if not asked:
        return
    told = await cloud.who_manages(list(asked.values()))
    managed = {c.id: c.cloud_managed for c in told.objects}
    for findings in found:
        mine = managed.keys() & findings.clouds.keys()
        for cloud_id in mine:
            known = findings.clouds[cloud_id]
            findings.clouds[cloud_id] = replace(known, cloud_managed=managed[cloud_id])
        if mine:
            findings.add_cloud(CloudFindings(gaps=told.gaps))


# ---------------------------------------------------------------- questions


def unanswered(gaps: Sequence[Gap]) -> bool:
    """A whole forest was away: what was not found may be there all the same."""
    return any(gap.what == EVERYTHING for gap in gaps)


async def look_up(value: str, *, ad: AdReader, cloud: Cloud) -> Findings:
    """Everything about one value, for a question."""
    findings = Findings(value)
    in_ad, in_cloud = await asyncio.gather(ad.holders([value]), cloud.holders([value]))
    findings.add_ad(in_ad.get(value, AdFindings()))
    findings.add_cloud(in_cloud.get(value, CloudFindings()))
    await add_other_sides([findings], ad=ad, cloud=cloud)
    return findings


async def look_up_object(kind: Kind, value: str, *, ad: AdReader, cloud: Cloud) -> Findings:
    """One object by its objectGUID (which may also be an Entra object id) or its ImmutableId."""
    findings = Findings(value)
    if kind is Kind.ANCHOR:
        in_ad, in_cloud = await asyncio.gather(ad.by_anchor(value), cloud.by_anchor(value))
        findings.add_ad(in_ad)
        findings.add_cloud(in_cloud)
    else:
        by_guid, by_id = await asyncio.gather(ad.by_guid(value), cloud.by_ids([value]))
        findings.add_ad(by_guid)
        findings.add_cloud(by_id[value])
    await add_other_sides([findings], ad=ad, cloud=cloud)
    return findings
