"""In: evidence about one value. Out: the same, sorted into the roles that every case speaks of.
`selves` carry the error, `rivals` hold the value too; both as holders joined over the two sides.
Promise: pure; computed once per diagnosis, so that each case reads like its description.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.model import Claim, Evidence, Holder, ObjectType, Origin, Repair, SyncError
from bot.triage.policy import Policy
from bot.triage.value import bare_of, fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a case function looks at. `previous` is the evidence of the revision before, if there was one;
    `repairs` are the changes of ours that this case saw confirmed before.
    """

    evidence: Evidence
    previous: Evidence | None
    now: datetime
    case_id: str
    policy: Policy = field(default_factory=Policy)
    fixed_since: datetime | None = None
    repairs: tuple[Repair, ...] = ()

    @property
    def value(self) -> str:
        return self.evidence.value

    @property
    def errors(self) -> tuple[SyncError, ...]:
        return self.evidence.errors

    @property
    def selves(self) -> tuple[Holder, ...]:
        """The objects Entra took the value from: those that carry the error."""
        failing = {e.object_id for e in self.errors}
        return tuple(h for h in self.evidence.holders if h.cloud and h.cloud.id in failing)

    @property
    def others(self) -> tuple[Holder, ...]:
        """Everything else that may hold the value, Entra's recycle bin included; a tombstone in AD cannot."""
        failing = {e.object_id for e in self.errors}
        return tuple(
            h
            for h in self.evidence.holders
            if (h.ad_claims or h.cloud_claims)
            and not (h.cloud and h.cloud.id in failing)
            and not (h.cloud is None and is_gone(h))
        )

    @property
    def rivals(self) -> tuple[Holder, ...]:
        """Those of the others that are alive."""
        return tuple(h for h in self.others if not is_gone(h))

    @property
    def sync_stopped(self) -> bool:
        last = self.evidence.tenant.last_sync_at
        return last is not None and self.now - last > self.policy.sync_stopped_after

    @property
    def in_ad(self) -> tuple[Holder, ...]:
        """Living AD objects that hold the value."""
        return tuple(h for h in self.evidence.holders if h.ad and not h.ad.deleted and h.ad_claims)

    def holder(self, ref: str) -> Holder | None:
        return next((h for h in self.evidence.holders if ref in refs(h)), None)


def export_error(errors: Iterable[SyncError], *categories: str) -> bool:
    """An error of the sync server whose name is one of these, in whatever letter case it was told."""
    wanted = {fold(c) for c in categories}
    return any(e.origin is Origin.EXPORT and fold(e.category or "") in wanted for e in errors)


def drifted(errors: Iterable[SyncError], *categories: str) -> bool:
    """A difference that the bot worked out itself (`bot.triage.drift` names them)."""
    return any(e.origin is Origin.DRIFT and e.category in categories for e in errors)


def is_gone(holder: Holder) -> bool:
    """Only in a recycle bin: an AD tombstone or a soft-deleted Entra object."""
    ad_gone = holder.ad is None or holder.ad.deleted
    cloud_gone = holder.cloud is None or holder.cloud.deleted_at is not None
    return ad_gone and cloud_gone


def about_address(errors: Iterable[SyncError]) -> bool:
    """The property is an e-mail address; documented as ProxyAddress, seen as ProxyAddresses."""
    return all(fold(e.attribute or "") in {"proxyaddress", "proxyaddresses"} for e in errors)


def about_upn(errors: Iterable[SyncError]) -> bool:
    return all(fold(e.attribute or "") == "userprincipalname" for e in errors)


# names of one and the same thing: Graph's, Connect Health's, the sync server's, and the text of the notice mail
_CONFLICTS = frozenset(
    fold(name)
    for name in (
        "PropertyConflict",
        "QuarantinedAttributeValueMustBeUnique",
        "AttributeValueMustBeUnique",
        "InvalidSoftMatch",
        "ObjectTypeMismatch",
    )
)


def is_conflict(errors: Iterable[SyncError]) -> bool:
    """Somebody else holds the value. Without a value nothing can be said about who holds it."""
    return all(fold(e.category or "") in _CONFLICTS and bare_of(e.value or "")[1] for e in errors)


def served(holder: Holder) -> tuple[Claim, ...]:
    """What Entra gives the holder; `otherMails` is only a note of somebody's address elsewhere."""
    return tuple(c for c in holder.cloud_claims if c.attribute != "otherMails")


def is_synced_user(holder: Holder) -> bool:
    """A living user on both sides, surely the same one."""
    return (
        holder.ad is not None
        and holder.cloud is not None
        and not holder.ad.deleted
        and holder.type is ObjectType.USER
        and holder.cloud.synced is True
        and holder.joined_by in {"anchor", "sid"}
    )


def proxy(claims: Iterable[Claim], *, primary: bool) -> Claim | None:
    """The SMTP claim among them, main or extra."""
    for claim in claims:
        is_smtp = fold(claim.value).startswith("smtp:")
        if claim.attribute == "proxyAddresses" and is_smtp and claim.primary is primary:
            return claim
    return None


def has(claims: Iterable[Claim], attribute: str) -> bool:
    return any(c.attribute == attribute for c in claims)


def refs(holder: Holder) -> tuple[str, ...]:
    """What a sentence about this holder cites."""
    sides = (holder.ad, holder.cloud)
    return tuple(side.ref for side in sides if side is not None)
