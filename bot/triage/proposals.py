"""In: a situation and the change that a case wants. Out: a proposal with its before-image, risk and hash.
The risk is worked out here, from DESIGN's ladder, never by the case: a case cannot talk itself into SAFE.
Promise: pure; the same evidence gives the same hash; a change that would harm gives no proposal.
"""

import hashlib
from dataclasses import replace

from bot.model import (
    AdObject,
    Before,
    Change,
    Evidence,
    Holder,
    ObjectType,
    Proposal,
    Risk,
    Say,
    Step,
)
from bot.triage.plan import plan_hash
from bot.triage.situation import refs, served
from bot.triage.value import fold

SIGN_IN = "userPrincipalName"


def remove_value(
    evidence: Evidence, *, case_id: str, code: str, loser: Holder, attribute: str, stored: str
) -> Proposal | None:
    """OP-RM: take one value off one attribute of one AD object."""
    if loser.ad is None:
        return None
    change = Change(attribute, delete=(stored,))
    title = Say(
        "Remove the extra address {value} from {name}", {"value": stored, "name": loser.name}
    )
    return propose(
        evidence, case_id=case_id, code=code, rank=1, title=title, loser=loser, changes=(change,)
    )


def promote_other(
    evidence: Evidence, *, case_id: str, code: str, loser: Holder, stored: str, other: str
) -> Proposal | None:
    """OP-PRIM: drop the main address and make another own address the main one, `mail` along with it."""
    if loser.ad is None:
        return None
    new_primary = "SMTP:" + other.partition(":")[2]
    changes = [Change("proxyAddresses", delete=(stored, other), add=(new_primary,))]
    if loser.ad.mail and fold(loser.ad.mail) == fold(stored.partition(":")[2]):
        changes.append(
            Change("mail", delete=(loser.ad.mail,), add=(new_primary.partition(":")[2],))
        )
    title = Say(
        "Make {new} the main address of {name} and drop {value}",
        {"new": new_primary, "name": loser.name, "value": stored},
    )
    return propose(
        evidence,
        case_id=case_id,
        code=code,
        rank=1,
        title=title,
        loser=loser,
        changes=tuple(changes),
    )


def propose(
    evidence: Evidence,
    *,
    case_id: str,
    code: str,
    rank: int,
    title: Say,
    loser: Holder,
    changes: tuple[Change, ...],
) -> Proposal | None:
    """One step on one object. None when it would empty a required value or take the last main address."""
    ad = loser.ad
    if ad is None or not leaves_enough(ad, changes):
        return None
    risk, because = risk_of(evidence, loser, changes)
    steps = (Step(forest=ad.forest, guid=ad.guid, dn=ad.dn, name=ad.name, changes=changes),)
    before = before_image(evidence, loser)
    affected = tuple(sorted(h.cloud.id for h in evidence.holders if h.cloud))
    return Proposal(
        id="",
        case_id=case_id,
        code=code,
        rank=rank,
        risk=risk,
        title=replace(title, cites=refs(loser)),
        because=because,
        untouched=_untouched(loser, changes),
        steps=steps,
        before=before,
        plan_hash=plan_hash(
            tenant=evidence.tenant.tenant,
            case_id=case_id,
            code=code,
            risk=risk,
            steps=steps,
            before=before,
            affected=affected,
        ),
        affected=affected,
    )


def numbered(proposals: tuple[Proposal, ...], revision: int) -> tuple[Proposal, ...]:
    """Ids are new with each revision: a proposal that was written once is never the same one again."""
    return tuple(
        replace(p, id="p-" + hashlib.sha256(f"{p.plan_hash}:{revision}".encode()).hexdigest()[:10])
        for p in proposals
    )


def leaves_enough(ad: AdObject, changes: tuple[Change, ...]) -> bool:
    """Never the last main address gone, never an empty sign-in or display name."""
    for change in changes:
        if change.attribute == "proxyAddresses":
            gone = {fold(v) for v in change.delete}
            left = [v for v in ad.proxy_addresses if fold(v) not in gone] + list(change.add)
            had_primary = any(v.startswith("SMTP:") for v in ad.proxy_addresses)
            has_primary = any(v.startswith("SMTP:") for v in left)
            if had_primary and not has_primary:
                return False
        elif change.attribute in {SIGN_IN, "displayName"} and not change.add:
            return False
    return True


def risk_of(evidence: Evidence, loser: Holder, changes: tuple[Change, ...]) -> tuple[Risk, Say]:
    """DESIGN decision 3. SAFE is the exception: every doubt makes it JUDGE (a protected account: no button
    at all), and says which doubt.
    """
    ad, cloud = loser.ad, loser.cloud
    cites = refs(loser)
    if ad is None or cloud is None:
        return Risk.JUDGE, Say("the object was not found on both sides", cites=("searched",))
    if ad.admin_count or ad.critical:
        return Risk.DESTRUCTIVE, Say(
            "{name} is a protected account (adminCount or critical): the bot never writes to it",
            {"name": loser.name},
            cites,
        )
    if len(changes) > 1 or any(c.add for c in changes) or len(changes[0].delete) != 1:
        return Risk.JUDGE, Say(
            "more than one value of {name} changes, its main address among them",
            {"name": loser.name},
            cites,
        )
    change = changes[0]
    value = change.delete[0]
    if change.attribute != "proxyAddresses" or not value.startswith("smtp:"):
        return Risk.JUDGE, Say("a main address or a sign-in name changes", cites=cites)
    if loser.type is not ObjectType.USER:
        return Risk.JUDGE, Say(
            "{name} is not a user: its join to Entra is weak, or members depend on it",
            {"name": loser.name},
            cites,
        )
    if loser.joined_by not in {"anchor", "sid"}:
        return Risk.JUDGE, Say(
            "the two sides of {name} were not joined by an anchor or a SID",
            {"name": loser.name},
            cites,
        )
    return _doubt_about(evidence, loser, ad, value) or (
        Risk.SAFE,
        Say(
            "one extra address goes, it can be put back, and no sign-in name, main address or delivery changes",
            cites=cites,
        ),
    )


def _doubt_about(
    evidence: Evidence, loser: Holder, ad: AdObject, value: str
) -> tuple[Risk, Say] | None:
    """Where its mail goes, and what it may do in Entra."""
    cites = refs(loser)
    if ad.mailbox:
        return Risk.JUDGE, Say(
            "{name} has an on-premises mailbox, so mail to {value} would go elsewhere",
            {"name": loser.name, "value": value},
            cites,
        )
    if served(loser):
        return Risk.JUDGE, Say(
            "in Entra {value} belongs to {name} today",
            {"value": value, "name": loser.name},
            cites,
        )
    standing = evidence.standings.get(ad.ref)
    if standing is None or standing.roles is None:
        return Risk.JUDGE, Say(
            "the Entra roles of {name} could not be read", {"name": loser.name}, cites
        )
    if standing.roles:
        return Risk.JUDGE, Say("{name} holds an Entra role", {"name": loser.name}, cites)
    return None


def before_image(evidence: Evidence, loser: Holder) -> tuple[Before, ...]:
    """Everything the proposal relies on. Times and counters are not in it: they move without meaning."""
    image = [
        Before("holders", "refs", tuple(sorted(r for h in evidence.holders for r in refs(h)))),
    ]
    for holder in evidence.holders:
        if holder.ad:
            claims = tuple(sorted(f"{c.attribute} {c.value}" for c in holder.ad_claims))
            image.append(Before(holder.ad.ref, "claims", claims))
        if holder.cloud:
            claims = tuple(sorted(f"{c.attribute} {c.value}" for c in holder.cloud_claims))
            image.append(Before(holder.cloud.ref, "claims", claims))
            image.append(Before(holder.cloud.ref, "synced", (str(holder.cloud.synced),)))
            image.append(Before(holder.cloud.ref, "anchor", (str(holder.cloud.anchor),)))
    image += [
        Before(
            f"entra:{error.object_id}",
            "error",
            (str(error.category), str(error.attribute), str(error.value)),
        )
        for error in evidence.errors
    ]
    if loser.ad:
        ad = loser.ad
        image += [
            Before(ad.ref, "dn", (ad.dn,)),
            Before(ad.ref, "proxyAddresses", tuple(sorted(ad.proxy_addresses))),
            Before(ad.ref, "mail", (ad.mail or "",)),
            Before(ad.ref, SIGN_IN, (ad.user_principal_name or "",)),
            Before(ad.ref, "enabled", (str(ad.enabled),)),
            Before(ad.ref, "mailbox", (str(ad.mailbox),)),
        ]
        standing = evidence.standings.get(ad.ref)
        if standing is not None:
            roles = ("unreadable",) if standing.roles is None else tuple(sorted(standing.roles))
            image.append(Before(ad.ref, "roles", roles))
    return tuple(image)


def _untouched(loser: Holder, changes: tuple[Change, ...]) -> Say:
    touched = {c.attribute for c in changes}
    if SIGN_IN in touched or len(touched) > 1 or any(c.add for c in changes):
        return Say(
            "Nothing else of {name} is touched, and no other object.",
            {"name": loser.name},
            refs(loser),
        )
    return Say(
        "Not touched: the sign-in name and the main address of {name}, and every other object.",
        {"name": loser.name},
        refs(loser),
    )
