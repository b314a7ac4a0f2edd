"""In: a written case, its AD objects and its Entra objects as they are now. Out: what Entra does not show yet.
V2, V4 and V5 of the catalogue, each for the kinds of fix it is about; that the error is gone is asked elsewhere.
Promise: pure; nothing here turns a case green by itself: an empty answer means only that nothing speaks against it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.model import (
    AdObject,
    Case,
    Change,
    Claim,
    CloudObject,
    Holder,
    Kind,
    ObjectType,
    Origin,
    Repair,
    Say,
    Side,
    Step,
)
from bot.triage.drift import CYCLE
from bot.triage.join import ad_claims, cloud_claims
from bot.triage.value import bare_of, fold

_ADDRESSES = frozenset({"proxyAddresses", "mail"})
_OWN_DOMAIN = ".onmicrosoft.com"  # what Entra makes by itself, no change in AD takes away
_MOST_REPAIRS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One look at both sides. `targets` are the objects of the steps, in their order; `clouds` by id."""

    targets: Sequence[AdObject | CloudObject | None]
    clouds: Mapping[str, CloudObject | None]
    synced_at: datetime | None = (
        None  # the tenant's last sync, where an object has no Entra side to ask
    )


def steps_of(case: Case) -> tuple[Step, ...]:
    proposal = case.proposal(case.decision.proposal_id) if case.decision else None
    return proposal.steps if proposal else ()


def watched(case: Case) -> tuple[tuple[ObjectType, str], ...]:
    """Which Entra objects have to be read: those with the error, those written to, the one that keeps the value."""
    ids = {(e.object_type, e.object_id) for e in case.errors}
    twins = [_twin(case, s.ref) for s in steps_of(case)]
    keeper = _keeper(case)
    twins.append(keeper.cloud if keeper else None)
    return tuple(sorted(ids | {(c.type, c.id) for c in twins if c}))


def never_listed(case: Case) -> bool:
    """Graph lists only what is in quarantine: that such an error is absent there says nothing."""
    return any(e.origin is not Origin.QUARANTINE for e in case.errors)


def waits_for_sync(case: Case) -> bool:
    """Not where Entra was written to about what only the two sides' difference was."""
    in_ad = any(step.side is Side.AD for step in steps_of(case))
    return in_ad or any(e.origin is not Origin.DRIFT for e in case.errors)


def lacking(case: Case, seen: Seen) -> tuple[Say, ...]:
    """One sentence for each thing that is not as it should be in the end."""
    return (
        *_not_synced(case, seen),
        *_not_shown(case, seen),
        *_misplaced(case, seen),
        *_not_given(case, seen),
    )


def synced_since(case: Case, seen: Seen) -> bool:
    """V2: every object that was written to has been synced after the write."""
    return not any(_not_synced(case, seen, always=True))


def repairs(
    case: Case, targets: Sequence[AdObject | CloudObject | None], now: datetime
) -> tuple[Repair, ...]:
    """What this case has had confirmed, this change included."""
    fresh = [
        Repair(
            at=case.written_at or now,
            ref=target.ref,
            attribute=change.attribute,
            deleted=change.delete,
            added=change.add,
            version=_version_of(target, change.attribute),
        )
        for step, target in zip(steps_of(case), targets, strict=True)
        if target is not None
        for change in step.changes
    ]
    # one that was confirmed already, and is again after an undo that came to nothing, is still one
    again = {(r.at, r.ref, r.attribute) for r in fresh}
    before = (r for r in case.repairs if (r.at, r.ref, r.attribute) not in again)
    return (*before, *fresh)[-_MOST_REPAIRS:]


def _version_of(target: AdObject | CloudObject, attribute: str) -> int | None:
    stamps = target.stamps if isinstance(target, AdObject) else ()
    return next((s.version for s in stamps if s.attribute == attribute), None)


# ---------------------------------------------------------------- V2


def _not_synced(case: Case, seen: Seen, *, always: bool = False) -> Iterator[Say]:
    if case.written_at is None or not (always or never_listed(case)):
        return
    for step in steps_of(case):
        if step.side is Side.ENTRA:
            continue  # no sync has to bring it there
        twin = _read_twin(case, step, seen)
        last = twin.last_sync_at if twin else seen.synced_at
        if (last is None or last <= case.written_at) and not _cycle_since(case.written_at, seen):
            yield Say(
                "{name} has not been synced since the write.", {"name": step.name}, _cites(step)
            )


def _cycle_since(written_at: datetime, seen: Seen) -> bool:
    """A whole cycle began after the write. What then has nothing to send for an object leaves its time as it was: the
    value was never taken by Entra, or the common name served for a display name.
    """
    return seen.synced_at is not None and seen.synced_at > written_at + CYCLE


# ---------------------------------------------------------------- V5, and what was taken away


def _not_shown(case: Case, seen: Seen) -> Iterator[Say]:
    for step, target in zip(steps_of(case), seen.targets, strict=True):
        twin = _read_twin(case, step, seen)
        if twin is None or target is None:
            continue  # nothing there that could show anything
        for change in step.changes:
            if isinstance(target, CloudObject):
                yield from _other_name(step, change, target)
                continue
            if any(e.origin is Origin.DRIFT for e in case.errors):
                yield from _still_ignored(step, change, twin)
            yield from _missing(step, change, target, twin)
            yield from _left_over(step, change, target, twin)


def _missing(step: Step, change: Change, target: AdObject, twin: CloudObject) -> Iterator[Say]:
    if change.attribute == "userPrincipalName":
        yield from _other_name(step, change, twin)
        return
    main = _new_main(change, target)
    if main and fold(twin.mail or "") != main:
        yield Say(
            "Entra does not show {value} as the main address of {name}.",
            {"value": main, "name": step.name},
            _cites(step, twin),
        )


def _other_name(step: Step, change: Change, cloud: CloudObject) -> Iterator[Say]:
    for new in change.add:
        if cloud.user_principal_name != new:
            yield Say(
                "Entra does not show {value} as the sign-in name of {name}.",
                {"value": new, "name": step.name},
                _cites(step, cloud),
            )


def _still_ignored(step: Step, change: Change, twin: CloudObject) -> Iterator[Say]:
    """What was put right because Entra ignored it must come to be shown."""
    shown = {bare_of(v)[1] for v in twin.proxy_addresses}
    for new in change.add if change.attribute == "proxyAddresses" else ():
        if bare_of(new)[0] == "smtp" and bare_of(new)[1] not in shown:
            yield Say(
                "Entra does not show {value} on {name} yet.",
                {"value": bare_of(new)[1], "name": step.name},
                _cites(step, twin),
            )


def _new_main(change: Change, target: AdObject) -> str | None:
    """The main address is what `SMTP:` says, else `mail` (§2.8)."""
    if change.attribute == "proxyAddresses":
        return next((bare_of(v)[1] for v in change.add if v.startswith("SMTP:")), None)
    masked = any(v.startswith("SMTP:") for v in target.proxy_addresses)
    if change.attribute == "mail" and change.add and not masked:
        return fold(change.add[0])
    return None


def _left_over(step: Step, change: Change, target: AdObject, twin: CloudObject) -> Iterator[Say]:
    """An address that AD no longer gives the object in any attribute. An old sign-in name may stay as an address."""
    if change.attribute not in _ADDRESSES:
        return
    for value in change.delete:
        bare = bare_of(value)[1]
        if bare.endswith(_OWN_DOMAIN) or ad_claims(target, bare):
            continue
        if any(c.attribute in _ADDRESSES for c in cloud_claims(twin, bare)):
            yield Say(
                "Entra still shows {value} on {name}.",
                {"value": bare, "name": step.name},
                _cites(step, twin),
            )


# ---------------------------------------------------------------- V4


def _misplaced(case: Case, seen: Seen) -> Iterator[Say]:
    """Whoever AD took the value from must not show it. People may have chosen that the keeper gives way."""
    value = case.key.value
    gone = {t.ref for t in seen.targets if t is not None and not _claims(t, value)}
    keeper = _keeper(case)
    sides = (keeper.ad, keeper.cloud) if keeper else ()
    gives_way = any(side is not None and side.ref in gone for side in sides)
    shown = seen.clouds.get(keeper.cloud.id) if keeper and keeper.cloud else None
    if keeper and shown and not gives_way and not _serves(shown, value):
        yield Say(
            "Entra does not show {value} on {name} yet.",
            {"value": value, "name": keeper.name},
            (shown.ref,),
        )
    renamed = {
        s.ref for s in steps_of(case) if {c.attribute for c in s.changes} == {"userPrincipalName"}
    }
    for holder in case.evidence.holders if case.evidence else ():
        if holder.ad is None or holder.cloud is None or holder.ad.ref not in gone:
            continue
        twin = seen.clouds.get(holder.cloud.id)
        if twin is None:
            continue
        claims = cloud_claims(twin, value)
        if (
            holder.ad.ref in renamed
        ):  # the old sign-in name may stay as an address of the same person
            claims = tuple(c for c in claims if c.attribute == "userPrincipalName")
        if claims:
            yield Say(
                "Entra still shows {value} on {name}.",
                {"value": value, "name": holder.name},
                (twin.ref,),
            )


def _not_given(case: Case, seen: Seen) -> Iterator[Say]:
    """Somebody in Entra gave the value up for whoever asks for it in AD, who has to show it then."""
    gave_up = any(s.side is Side.ENTRA for s in steps_of(case)) and case.key.kind is Kind.ADDRESS
    failing = {e.object_id for e in case.errors}
    for holder in case.evidence.holders if gave_up and case.evidence else ():
        shown = seen.clouds.get(holder.cloud.id) if holder.cloud else None
        if shown is None or shown.id not in failing or not holder.ad_claims:
            continue
        signs_in = any(c.attribute == "userPrincipalName" for c in holder.ad_claims)
        given = cloud_claims(shown, case.key.value)
        if not _serves(shown, case.key.value) or (
            signs_in and not any(c.attribute == "userPrincipalName" for c in given)
        ):
            yield Say(
                "Entra does not show {value} on {name} yet.",
                {"value": case.key.value, "name": holder.name},
                (shown.ref,),
            )


def _claims(target: AdObject | CloudObject, value: str) -> tuple[Claim, ...]:
    return ad_claims(target, value) if isinstance(target, AdObject) else cloud_claims(target, value)


def _keeper(case: Case) -> Holder | None:
    """Who should have the value, if AD gives it to them in a way that Entra always shows."""
    if case.diagnosis is None or case.evidence is None or case.key.kind is not Kind.ADDRESS:
        return None
    for holder in case.evidence.holders:
        refs = {side.ref for side in (holder.ad, holder.cloud) if side}
        plain = any(
            c.attribute in {"proxyAddresses", "userPrincipalName"} for c in holder.ad_claims
        )
        if case.diagnosis.keeper in refs and plain and holder.cloud:
            return holder
    return None


def _serves(cloud: CloudObject, bare: str) -> bool:
    return any(c.attribute != "otherMails" for c in cloud_claims(cloud, bare))


# ---------------------------------------------------------------- who is who


def _twin(case: Case, ref: str) -> CloudObject | None:
    """The Entra side of what was written to, as the evidence joined them."""
    holders = case.evidence.holders if case.evidence else ()
    return next((h.cloud for h in holders if ref in {s.ref for s in (h.ad, h.cloud) if s}), None)


def _read_twin(case: Case, step: Step, seen: Seen) -> CloudObject | None:
    known = _twin(case, step.ref)
    return seen.clouds.get(known.id) if known else None


def _cites(step: Step, twin: CloudObject | None = None) -> tuple[str, ...]:
    return tuple(dict.fromkeys((step.ref, *((twin.ref,) if twin else ()))))
