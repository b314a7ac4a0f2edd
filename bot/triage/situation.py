"""In: evidence about one value. Out: the same, sorted into the roles that every case speaks of.
`selves` carry the error, `rivals` hold the value too; both as holders joined over the two sides.
Promise: pure; computed once per diagnosis, so that each case reads like its description.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.model import Claim, Evidence, Holder, ObjectType, Origin, Repair, Say, SyncError
from bot.triage.policy import Policy
from bot.triage.value import bare_of, fold

KINDS = {
    ObjectType.USER: Say("user"),
    ObjectType.GROUP: Say("group"),
    ObjectType.CONTACT: Say("contact"),
    ObjectType.OTHER: Say("other"),
}


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
        """Everything else that may hold the value, Entra's recycle bin included; a tombstone in AD cannot, nor can
        a copy left by a replication conflict: neither is ever synchronized.
        """
        failing = {e.object_id for e in self.errors}
        return tuple(
            h
            for h in self.evidence.holders
            if (h.ad_claims or h.cloud_claims)
            and not (h.cloud and h.cloud.id in failing)
            and not (h.cloud is None and (is_gone(h) or (h.ad is not None and h.ad.conflict)))
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


@dataclass(frozen=True, slots=True)
class Sides:
    """Two objects of AD that want one value: `asks` was refused it, `has` was given it by Entra."""

    asks: Holder
    has: Holder

    @property
    def both(self) -> tuple[Holder, Holder]:
        return self.has, self.asks

    @property
    def cites(self) -> tuple[str, ...]:
        return (*refs(self.has), *refs(self.asks))


def sides(situation: Situation) -> Sides | None:
    """None unless exactly two living objects of AD hold the value and it is certain which of them Entra served.

    When neither or both have it in Entra, or something else there does, the owner is somebody else.
    """
    parties = parties_of(situation)
    if not (situation.errors and is_conflict(situation.errors) and len(parties) == 2):
        return None
    if owned_elsewhere(situation, parties):
        return None
    asking = [h for h in parties if _is_refused(situation, h)]
    if len(asking) != 1:
        return None
    asks = asking[0]
    has = next(h for h in parties if h is not asks)
    if granted(situation.errors, asks) or not (comes_from_ad(has) and served(has)):
        return None
    # an object that was never exported has no twin yet; what a person told about it is all there is
    if not comes_from_ad(asks) and not (asks.cloud is None and _told_by_server(situation)):
        return None
    return Sides(asks, has)


def parties_of(situation: Situation) -> tuple[Holder, ...]:
    """Living AD objects that want the value as an address or a sign-in name, and could be synchronized."""
    parties = [h for h in situation.in_ad if h.ad and not h.ad.conflict and _wants(h)]
    return tuple(_with_contact(situation, h) for h in parties)


def _wants(holder: Holder) -> bool:
    """A chat address is another value for Entra, and so is an address that mail is only forwarded to."""
    wanted = any(_is_address(c) for c in holder.ad_claims)
    return wanted or (has(holder.ad_claims, "targetAddress") and bool(served(holder)))


def _is_address(claim: Claim) -> bool:
    if claim.attribute == "proxyAddresses":
        return fold(claim.value).startswith("smtp:")
    return claim.attribute in {"userPrincipalName", "mail"}


def owned_elsewhere(situation: Situation, parties: Iterable[Holder]) -> bool:
    """Something living in Entra that is none of them has the value."""
    known = {r for h in parties for r in refs(h)}
    return any(served(h) and not known & set(refs(h)) for h in situation.rivals)


def _is_refused(situation: Situation, holder: Holder) -> bool:
    if holder.cloud is not None:
        return any(e.object_id == holder.cloud.id for e in situation.errors)
    return _told_by_server(situation)


def _told_by_server(situation: Situation) -> bool:
    return all(e.origin is Origin.EXPORT for e in situation.errors)


def _with_contact(situation: Situation, holder: Holder) -> Holder:
    """A contact joins by address only, and the refused one is just what it has not got: its name must do, weakly."""
    if holder.type is not ObjectType.CONTACT or holder.cloud is not None:
        return holder
    lonely = [
        h
        for h in situation.selves
        if h.ad is None
        and h.cloud is not None
        and h.type is ObjectType.CONTACT
        and h.cloud.synced is True
        and fold(h.cloud.name) == fold(holder.ad.name if holder.ad else "")
    ]
    if len(lonely) != 1:
        return holder
    return replace(
        holder, cloud=lonely[0].cloud, cloud_claims=lonely[0].cloud_claims, joined_by="name"
    )


def comes_from_ad(holder: Holder) -> bool:
    """Alive on both sides and joined as surely as its kind can be: contacts have nothing but addresses."""
    ad, cloud = holder.ad, holder.cloud
    if ad is None or cloud is None or ad.deleted or ad.conflict or cloud.deleted_at:
        return False
    sure = {"address", "name"} if holder.type is ObjectType.CONTACT else {"anchor", "sid"}
    return cloud.synced is True and holder.joined_by in sure


def export_error(errors: Iterable[SyncError], *categories: str) -> bool:
    """An error of the sync server whose name is one of these, in whatever letter case it was told."""
    wanted = {fold(c) for c in categories}
    return any(e.origin is Origin.EXPORT and fold(e.category or "") in wanted for e in errors)


def is_gone(holder: Holder) -> bool:
    """Only in a recycle bin: an AD tombstone or a soft-deleted Entra object."""
    ad_gone = holder.ad is None or holder.ad.deleted
    cloud_gone = holder.cloud is None or holder.cloud.deleted_at is not None
    return ad_gone and cloud_gone


_ADDRESS_NAMES = {"proxyaddress", "proxyaddresses", "mail"}
_SIGN_IN_NAMES = {"userprincipalname", "signinname"}


def about_address(errors: Iterable[SyncError]) -> bool:
    """The property is an e-mail address; documented as ProxyAddress, seen as ProxyAddresses."""
    return all(fold(e.attribute or "") in _ADDRESS_NAMES for e in errors)


def about_upn(errors: Iterable[SyncError]) -> bool:
    return all(fold(e.attribute or "") in _SIGN_IN_NAMES for e in errors)


def about_either(errors: Iterable[SyncError]) -> bool:
    return all(about_address([e]) or about_upn([e]) for e in errors)


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
    """What Entra gives the holder as an address or a sign-in name.

    `otherMails` is only a note of somebody's address elsewhere, and a chat address is another value.
    """
    return tuple(c for c in holder.cloud_claims if _is_address(c))


def granted(errors: Iterable[SyncError], holder: Holder) -> tuple[Claim, ...]:
    """What Entra gives a failing object of the kind that it complains of.

    Who signs in as the value and is refused it as an address has not been given it, and the other way round.
    """
    own = [e for e in errors if holder.cloud and e.object_id == holder.cloud.id]
    claims = served(holder)
    if own and about_address(own):
        return tuple(c for c in claims if c.attribute != "userPrincipalName")
    if own and about_upn(own):
        return tuple(c for c in claims if c.attribute == "userPrincipalName")
    return claims


def proxy(claims: Iterable[Claim], *, primary: bool) -> Claim | None:
    """The SMTP claim among them, main or extra."""
    for claim in claims:
        is_smtp = fold(claim.value).startswith("smtp:")
        if claim.attribute == "proxyAddresses" and is_smtp and claim.primary is primary:
            return claim
    return None


def main_claim(holder: Holder) -> Claim | None:
    """Where AD says that the value is the main address: `SMTP:`, else `mail` where there is no SMTP: at all.

    That is how Entra works it out too, so a company without Exchange on-premises has main addresses in `mail` alone.
    """
    if claim := proxy(holder.ad_claims, primary=True):
        return claim
    if holder.ad is None or any(v.startswith("SMTP:") for v in holder.ad.proxy_addresses):
        return None
    return next((c for c in holder.ad_claims if c.attribute == "mail"), None)


def has(claims: Iterable[Claim], attribute: str) -> bool:
    return any(c.attribute == attribute for c in claims)


def refs(holder: Holder) -> tuple[str, ...]:
    """What a sentence about this holder cites."""
    sides = (holder.ad, holder.cloud)
    return tuple(side.ref for side in sides if side is not None)


# msExchRecipientTypeDetails of shared, room and equipment mailboxes, here and in Exchange Online: their accounts
# are disabled on purpose
_SHARED = frozenset({4, 16, 32, 1 << 33, 1 << 34, 1 << 35})


def is_shared_mailbox(holder: Holder) -> bool:
    return holder.ad is not None and holder.ad.recipient_type in _SHARED


def gone_since(situation: Situation, holder: Holder) -> datetime | None:
    """Since when at the latest the account of somebody who left has been disabled; None: it is not such an account.

    The stamp of userAccountControl says it best; without it, an account nobody has touched since says it too.
    """
    ad = holder.ad
    if ad is None or ad.type is not ObjectType.USER or ad.enabled is not False:
        return None
    if is_shared_mailbox(holder):
        return None
    stamps = [s.changed_at for s in ad.stamps if s.attribute == "userAccountControl"]
    since = max(stamps) if stamps else ad.changed_at
    if since is None or situation.now - since < situation.policy.leaver_after:
        return None
    return since
