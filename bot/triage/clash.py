"""In: a situation whose error says that something else holds the value. Out: who asks for it in AD, who has it in Entra.
Also what both sides tell about the two being one person, and about the roles of the one in Entra.
Promise: pure; None as soon as either side is more than one, or unclear; what was not read is never a no.
"""

from dataclasses import dataclass

from bot.model import (
    AdObject,
    CloudObject,
    Evidence,
    Gap,
    Holder,
    ObjectType,
    Origin,
    Say,
    SyncError,
)
from bot.rules.letters import plain
from bot.triage.situation import Situation, export_error, granted, is_conflict, served
from bot.triage.value import fold


@dataclass(frozen=True, slots=True)
class Clash:
    """`asker` lives in AD and did not get the value; `owner` has it in Entra, or had it until it was deleted."""

    asker: Holder
    owner: Holder
    ad: AdObject  # of the asker
    cloud: CloudObject  # of the owner

    @property
    def twin(self) -> CloudObject | None:
        """The account that Entra made for the asker meanwhile."""
        return self.asker.cloud


def clash(situation: Situation) -> Clash | None:
    errors = situation.errors
    if not errors or not (is_conflict(errors) or export_error(errors, "InvalidHardMatch")):
        return None
    askers = [h for h in (situation.selves or _told_askers(situation)) if _asks(errors, h)]
    rest = [h for h in situation.others if h not in askers and (h.ad_claims or served(h))]
    if len(askers) != 1 or len(rest) != 1 or len(situation.selves) > 1:
        return None
    [asker], [owner] = askers, rest
    if asker.ad is None or owner.cloud is None or not served(owner):
        return None
    return Clash(asker, owner, asker.ad, owner.cloud)


def _asks(errors: tuple[SyncError, ...], holder: Holder) -> bool:
    ad = holder.ad
    alive = ad is not None and not ad.deleted
    return alive and bool(holder.ad_claims) and not granted(errors, holder)


def _told_askers(situation: Situation) -> tuple[Holder, ...]:
    """The sync server tells of objects that Entra never took: then it is whoever asks in AD in vain."""
    if not all(e.origin is Origin.EXPORT for e in situation.errors):
        return ()
    return tuple(h for h in situation.rivals if h.ad is not None and _asks(situation.errors, h))


def only_in_cloud(owner: Holder) -> bool:
    """Alive, and nothing that a sync brought: made in Entra."""
    cloud = owner.cloud
    return (
        owner.ad is None and cloud is not None and cloud.synced is None and cloud.deleted_at is None
    )


def says(errors: tuple[SyncError, ...], *words: str) -> bool:
    """One of these stands in what the server wrote, however it was wrapped."""
    told = [fold(" ".join(f"{e.category or ''} {e.raw}".split())) for e in errors]
    return any(fold(word) in text for text in told for word in words)


def roles_of(evidence: Evidence, holder: Holder) -> tuple[str, ...] | None:
    """Entra roles it holds or may take; None: nobody could read them."""
    for side in (holder.cloud, holder.ad):
        standing = evidence.standings.get(side.ref) if side else None
        if standing is not None:
            return standing.roles
    return None


def roles_unknown(evidence: Evidence, owner: Holder) -> Say | None:
    """Said wherever an administrator would need another answer."""
    cloud = owner.cloud
    if cloud is None or cloud.type is not ObjectType.USER or roles_of(evidence, owner) is not None:
        return None
    return Say(
        "The Entra roles of {owner} could not be read: that this is an administrator is not excluded.",
        {"owner": owner.name},
        (cloud.ref,),
    )


def gaps_in(evidence: Evidence, where: str) -> tuple[Gap, ...]:
    """What could not be read of Entra, or of any forest of AD."""
    return tuple(g for g in evidence.gaps if fold(g.where).startswith(fold(where)))


def named_owner(situation: Situation, owner: Holder) -> bool:
    """The sync server itself named this object as the one that holds the value."""
    cloud = owner.cloud
    return cloud is not None and any(
        fold(e.conflict_id or "") == fold(cloud.id) for e in situation.errors if e.conflict_id
    )


# ---------------------------------------------------------------- one person, or two?


@dataclass(frozen=True, slots=True)
class Likeness:
    """`same` None: nothing was read that tells."""

    same: bool | None
    reasons: tuple[Say, ...]


def likeness(ad: AdObject, cloud: CloudObject) -> Likeness:
    """An employee number decides; else the name does, for an address proves nothing: it is what they argue about."""
    both = (ad.ref, cloud.ref)
    if ad.employee_id and cloud.employee_id:
        if fold(ad.employee_id) == fold(cloud.employee_id):
            return Likeness(
                True,
                (Say("Both have the employee number {id}.", {"id": ad.employee_id}, both),),
            )
        gaps = {"id": ad.employee_id, "other": cloud.employee_id}
        return Likeness(
            False,
            (Say("The employee numbers differ: {id} in AD, {other} in Entra.", gaps, both),),
        )
    gaps = {"name": ad.name, "owner": cloud.name}
    upn = fold(ad.user_principal_name or "")
    same_upn = bool(upn) and upn == fold(cloud.user_principal_name or "")
    sign_in = Say("Both sign in as {upn}.", {"upn": ad.user_principal_name or ""}, both)
    ours, theirs = _names(ad), _names(cloud)
    if not ours or not theirs:
        return Likeness(None, (sign_in,) if same_upn else ())
    if ours & theirs:
        named = Say("Both bear the name {name}.", {"name": ad.name}, both)
        return Likeness(True, (named, sign_in) if same_upn else (named,))
    differ = Say("The names differ: {name} in AD, {owner} in Entra.", gaps, both)
    if same_upn:
        doubt = Say(
            "Both sign in as {upn}, so it may be one person under two names: look before you decide.",
            {"upn": ad.user_principal_name or ""},
            both,
        )
        return Likeness(None, (differ, doubt))
    return Likeness(False, (differ,))


def _names(side: AdObject | CloudObject) -> frozenset[str]:
    """Every way to write the name, without accents and in any order of the two parts."""
    shown = side.name if isinstance(side, CloudObject) else side.display_name or side.name
    written = [shown]
    if side.given_name and side.surname:
        written.append(f"{side.given_name} {side.surname}")
    found = set()
    for name in written:
        words = fold(plain(name) or name).replace(",", " ").split()
        if words:
            found.add(" ".join(sorted(words)))
    return frozenset(found)
