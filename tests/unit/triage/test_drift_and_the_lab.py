"""In: directories full of oddities, synchronized by the lab. Out: the differences, their cases, and each fix tried out.
Promise: whatever is offered mends what it is about when it is written and synchronized, breaks no rule on the way,
and nothing that drifts is an exception.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bot.lab.entra import DirectoryObject, Exported, Tenant, export
from bot.lab.entra.quarantine import recalculate
from bot.lab.sync.transform import in_scope, transform
from bot.model import (
    AdObject,
    CaseKey,
    Change,
    CloudObject,
    Evidence,
    ObjectType,
    Proposal,
    SyncError,
)
from bot.triage.diagnose import diagnose
from bot.triage.drift import drifts
from bot.triage.join import join
from bot.triage.naming import candidates
from bot.triage.policy import Policy
from bot.triage.proposals import leaves_enough
from bot.triage.value import fold, key_of
from tests.builders import NOW, TENANT, tenant_facts
from tests.unit.triage.oddities import DOMAINS, INITIAL, Made, directory, entry_of

SEEDS, OBJECTS = 10, 60
FACTS = tenant_facts(verified_domains=(*DOMAINS, INITIAL), initial_domain=INITIAL)


def test_each_fix_mends_what_it_is_about() -> None:
    seen: Counter[str] = Counter()
    wrong: list[Any] = []
    for seed in range(SEEDS):
        pick: Any = random.Random(seed).choice  # noqa: S311 - a directory, not a secret
        for made in directory(pick, OBJECTS):
            wrong += [(seed, made.ad.dn, *each) for each in _tried(made, seen)]

    assert wrong == []
    # every case that a walk can find, and a fix of each that has one
    assert {"C41", "C42", "C43", "C45", "C46", "C47", "C50"} <= seen.keys()
    assert {"C41 fix", "C42 fix", "C45 fix", "C46 fix", "C47 fix", "C50 fix"} <= seen.keys()


def _tried(made: Made, seen: Counter[str]) -> Iterator[tuple[Any, ...]]:
    """Alone in its company, so that only its own values matter."""
    tenant = Tenant(TENANT, domains=DOMAINS, initial_domain=INITIAL)
    if not in_scope(made.lab) or made.ad.type is ObjectType.CONTACT:
        return  # contacts are not walked: their join is too weak
    ad, there = made.ad, _exported(tenant, made, made.ad)
    if there is None:
        return
    found = drifts(ad, there, FACTS, licensed=made.licensed)
    for key in dict.fromkeys(key_of(TENANT, e) for e in found):
        mine = tuple(e for e in found if key_of(TENANT, e) == key)
        finding = diagnose(_evidence(ad, there, key, mine), case_id="c", previous=None, now=NOW)
        code = finding.diagnosis.code
        seen[code] += 1
        if code == "C00":
            yield code, "not recognised", mine
        for proposal in finding.proposals:
            seen[f"{code} fix"] += 1
            yield from _mended(made, ad, key, code, proposal)


def _mended(
    made: Made, ad: AdObject, key: CaseKey, code: str, proposal: Proposal
) -> Iterator[tuple[Any, ...]]:
    [step] = proposal.steps
    if not leaves_enough(ad, step.changes):
        yield code, "leaves too little", step.changes
    fixed = _changed(ad, step.changes)
    tenant = Tenant(TENANT, domains=DOMAINS, initial_domain=INITIAL)
    there = _exported(tenant, made, fixed)
    if there is None:
        return
    left = drifts(fixed, there, FACTS, licensed=made.licensed)
    if any(key_of(TENANT, replace(e, object_id=_id(key))) == key for e in left):
        yield code, "not mended", step.changes, left


def _id(key: CaseKey) -> str:
    """Each try is a company of its own, and gives the object another id."""
    return key.value.partition(":")[0]


def _exported(tenant: Tenant, made: Made, ad: AdObject) -> CloudObject | None:
    done = export(tenant, transform(entry_of(made, ad), net_bios_name="CONTOSO"))
    if not isinstance(done, Exported):
        return None
    target = tenant.objects[done.object_id]
    if made.licensed:
        target.licences = ["SPE_E3"]
        tenant.reindex(target)
        recalculate(tenant, target)
    return _cloud(target, ad)


def _cloud(target: DirectoryObject, ad: AdObject) -> CloudObject:
    return CloudObject(
        id=target.id,
        type=ad.type,
        name=target.display_name or "?",
        user_principal_name=target.user_principal_name or None,
        mail=target.mail,
        mail_nickname=target.mail_nickname,
        proxy_addresses=tuple(target.proxy_addresses),
        synced=True,
        anchor=ad.anchor if ad.type is ObjectType.USER else None,
        sid=ad.sid,
        licensed=bool(target.licences),
    )


def _evidence(
    ad: AdObject, there: CloudObject, key: CaseKey, errors: tuple[SyncError, ...]
) -> Evidence:
    read = Evidence(
        value=key.value,
        read_at=NOW,
        tenant=FACTS,
        errors=errors,
        holders=join([ad], [there], key.value),
    )
    return replace(read, taken=dict.fromkeys(candidates(read, Policy()), ()))


_SINGLE = {
    "userPrincipalName": "user_principal_name",
    "mail": "mail",
    "mailNickname": "mail_nickname",
    "displayName": "display_name",
}


def _changed(ad: AdObject, changes: tuple[Change, ...]) -> AdObject:
    for change in changes:
        if change.attribute == "proxyAddresses":
            gone = {fold(v) for v in change.delete}
            left = tuple(v for v in ad.proxy_addresses if fold(v) not in gone)
            ad = replace(ad, proxy_addresses=(*left, *change.add))
        else:
            ad = replace(ad, **{_SINGLE[change.attribute]: next(iter(change.add), None)})  # type: ignore[arg-type]
    return ad
