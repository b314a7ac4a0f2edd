"""In: a situation and the change that a case wants. Out: a proposal with its before-image, risk and hash.
One function an operation: OP-RM, OP-ADD, OP-SWAP, OP-PRIM, OP-UPN. All of them go through `propose`.
Promise: pure; the same evidence gives the same hash; a change that would harm, or that nobody has checked, gives none.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from bot.model import (
    AdObject,
    Before,
    Change,
    CloudObject,
    Evidence,
    Holder,
    Proposal,
    Risk,
    Say,
    Side,
    Step,
    mark,
)
from bot.triage.plan import plan_hash
from bot.triage.risk import SIGN_IN, consequences_of, risk_of
from bot.triage.situation import refs
from bot.triage.value import bare_of, fold

MOERA = ".onmicrosoft.com"
_ADDRESSES = frozenset({"proxyAddresses", "mail", "targetAddress", "userPrincipalName"})
# what the writer may write at all; a proposal of anything else would be a button that is always refused
WRITTEN = frozenset(
    {"proxyAddresses", "mail", "mailNickname", "targetAddress", "displayName", SIGN_IN}
)
_POLICY_WRITES = frozenset({"proxyAddresses", "mail", "mailNickname"})


def remove_value(
    evidence: Evidence,
    *,
    case_id: str,
    code: str,
    loser: Holder,
    attribute: str,
    stored: str,
    rank: int = 1,
    doubt: Say | None = None,
) -> Proposal | None:
    """OP-RM: take one value off one attribute of one AD object."""
    words = {
        "proxyAddresses": mark("Remove the extra address {value} from {name}"),
        "mail": mark("Clear the mail field ({value}) of {name}"),
    }
    return propose(
        evidence,
        case_id=case_id,
        code=code,
        rank=rank,
        title=Say(
            words.get(attribute) or mark("Remove {value} from {attribute} of {name}"),
            {"value": stored, "name": loser.name, "attribute": attribute},
        ),
        loser=loser,
        changes=(Change(attribute, delete=(stored,)),),
        doubt=doubt,
    )


def remove_all(
    evidence: Evidence,
    *,
    case_id: str,
    code: str,
    loser: Holder,
    rank: int = 1,
    doubt: Say | None = None,
) -> Proposal | None:
    """OP-RM of every place where one object holds the value, in one modify. The sign-in name is left alone."""
    claims = [c for c in loser.ad_claims if c.attribute != SIGN_IN]
    by_attribute: dict[str, list[str]] = {}
    for claim in claims:
        by_attribute.setdefault(claim.attribute, []).append(claim.value)
    if not by_attribute:
        return None
    if list(by_attribute) in (["proxyAddresses"], ["mail"]) and len(claims) == 1:
        return remove_value(
            evidence,
            case_id=case_id,
            code=code,
            loser=loser,
            attribute=claims[0].attribute,
            stored=claims[0].value,
            rank=rank,
            doubt=doubt,
        )
    return propose(
        evidence,
        case_id=case_id,
        code=code,
        rank=rank,
        title=Say(
            "Remove {value} from {name} wherever it stands ({attributes})",
            {
                "value": evidence.value,
                "name": loser.name,
                "attributes": ", ".join(sorted(by_attribute)),
            },
        ),
        loser=loser,
        changes=tuple(Change(a, delete=tuple(v)) for a, v in by_attribute.items()),
        doubt=doubt,
    )


def add_value(
    evidence: Evidence,
    *,
    case_id: str,
    code: str,
    loser: Holder,
    attribute: str,
    new: str,
    rank: int = 1,
) -> Proposal | None:
    """OP-ADD: give a value to an attribute that has none. AD refuses when somebody was quicker."""
    return propose(
        evidence,
        case_id=case_id,
        code=code,
        rank=rank,
        title=Say(
            "Set {attribute} of {name} to {new}",
            {"attribute": attribute, "name": loser.name, "new": new},
        ),
        loser=loser,
        changes=(Change(attribute, add=(new,)),),
    )


def swap_value(
    evidence: Evidence,
    *,
    case_id: str,
    code: str,
    loser: Holder,
    attribute: str,
    stored: str,
    new: str,
    rank: int = 1,
) -> Proposal | None:
    """OP-SWAP: one value of one attribute becomes another."""
    return propose(
        evidence,
        case_id=case_id,
        code=code,
        rank=rank,
        title=Say(
            "Change {attribute} of {name} from {value} to {new}",
            {"attribute": attribute, "name": loser.name, "value": stored, "new": new},
        ),
        loser=loser,
        changes=(Change(attribute, delete=(stored,), add=(new,)),),
    )


def promote_other(
    evidence: Evidence,
    *,
    case_id: str,
    code: str,
    loser: Holder,
    stored: str,
    other: str,
    rank: int = 1,
    doubt: Say | None = None,
) -> Proposal | None:
    """OP-PRIM: another address becomes the main one, `mail` along with it.

    `other` is `smtp:…` as the object stores it, or a bare new address.
    """
    ad = loser.ad
    if ad is None:
        return None
    own = other in ad.proxy_addresses
    address = other.partition(":")[2] if ":" in other else other
    new_primary = f"SMTP:{address}"
    old = stored.partition(":")[2]
    change = Change(
        "proxyAddresses",
        delete=(stored, other) if own else (stored,),
        add=(new_primary,),
    )
    changes = [change]
    if ad.mail and fold(ad.mail) == fold(old):
        changes.append(Change("mail", delete=(ad.mail,), add=(address,)))
    return propose(
        evidence,
        case_id=case_id,
        code=code,
        rank=rank,
        title=Say(
            "Make {new} the main address of {name} and drop {value}",
            {"new": new_primary, "name": loser.name, "value": stored},
        ),
        loser=loser,
        changes=tuple(changes),
        doubt=doubt,
    )


def change_upn(
    evidence: Evidence, *, case_id: str, code: str, loser: Holder, new: str, rank: int = 1
) -> Proposal | None:
    """OP-UPN: another sign-in name; where there was none, one is set."""
    ad = loser.ad
    if ad is None:
        return None
    old = ad.user_principal_name
    return propose(
        evidence,
        case_id=case_id,
        code=code,
        rank=rank,
        title=Say(
            "Change the sign-in name of {name} to {new}"
            if old
            else "Give {name} the sign-in name {new}",
            {"name": loser.name, "new": new},
        ),
        loser=loser,
        changes=(Change(SIGN_IN, delete=(old,) if old else (), add=(new,)),),
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
    doubt: Say | None = None,
) -> Proposal | None:
    """One step on one object. `doubt`: what the case is not sure of; it can only make the risk higher.

    None when it would empty a required value, take the last main address, give somebody an address that is not
    known to be free, or fight with an Exchange policy that would write the old address back; and when the object is
    managed in the cloud, where a change in AD does nothing.
    """
    ad = loser.ad
    if (
        ad is None
        or ad.deleted
        or ad.conflict
        or not _says_something(changes)
        or not {c.attribute for c in changes} <= WRITTEN
        or (loser.cloud is not None and loser.cloud.cloud_managed is True)
        or not leaves_enough(ad, changes)
        or not all(is_free(evidence, loser, v) for v in given_addresses(changes))
        or exchange_decides(ad, changes)
    ):
        return None
    risk, because = risk_of(evidence, loser, changes, doubt)
    return as_proposal(
        evidence,
        case_id=case_id,
        code=code,
        rank=rank,
        risk=risk,
        title=replace(title, cites=refs(loser)),
        because=because,
        untouched=_untouched(loser, changes),
        holder=loser,
        step=Step(forest=ad.forest, guid=ad.guid, dn=ad.dn, name=ad.name, changes=changes),
        consequences=() if risk is Risk.SAFE else consequences_of(loser, changes),
    )


def as_proposal(
    evidence: Evidence,
    *,
    case_id: str,
    code: str,
    rank: int,
    risk: Risk,
    title: Say,
    because: Say,
    untouched: Say,
    holder: Holder,
    step: Step,
    consequences: tuple[Say, ...],
) -> Proposal:
    """One step on one object, with all it relies on, and the hash over both."""
    before = before_image(evidence, holder, step.changes)
    if step.side is Side.ENTRA and holder.cloud:
        before = (*before, *_image_in_entra(evidence, holder.cloud))
    affected = tuple(sorted(h.cloud.id for h in evidence.holders if h.cloud))
    return Proposal(
        id="",
        case_id=case_id,
        code=code,
        rank=rank,
        risk=risk,
        title=title,
        because=because,
        untouched=untouched,
        steps=(step,),
        before=before,
        plan_hash=plan_hash(
            tenant=evidence.tenant.tenant,
            case_id=case_id,
            code=code,
            risk=risk,
            steps=(step,),
            before=before,
            affected=affected,
        ),
        affected=affected,
        consequences=consequences,
    )


def _says_something(changes: tuple[Change, ...]) -> bool:
    """An attribute without values would be emptied by LDAP; what is named twice would be refused by it."""
    named = [c.attribute for c in changes]
    if not changes or len(set(named)) < len(named):
        return False
    for change in changes:
        once = len(set(change.delete)) + len(set(change.add))
        values = (*change.delete, *change.add)
        if once < len(values) or not values or not all(v.strip() for v in values):
            return False
    return True


def numbered(proposals: tuple[Proposal, ...], revision: int) -> tuple[Proposal, ...]:
    """Ids are new with each revision: a proposal that was written once is never the same one again."""
    return tuple(
        replace(p, id="p-" + hashlib.sha256(f"{p.plan_hash}:{revision}".encode()).hexdigest()[:10])
        for p in proposals
    )


def leaves_enough(ad: AdObject, changes: tuple[Change, ...]) -> bool:
    """Never the last main address gone, never two of them, never one address twice, never an empty sign-in or
    display name.
    """
    for change in changes:
        if change.attribute == "proxyAddresses":
            gone = {fold(v) for v in change.delete}
            kept = [v for v in ad.proxy_addresses if fold(v) not in gone]
            new = [fold(v) for v in change.add]
            # AD compares without letter case: it would refuse the whole modify
            if len(set(new)) < len(new) or set(new) & {fold(v) for v in kept}:
                return False
            left = [*kept, *change.add]
            had = _primaries(ad.proxy_addresses)
            has = _primaries(left)
            if (had and not has) or has > max(had, 1):
                return False
        elif change.attribute in {SIGN_IN, "displayName"} and not change.add:
            return False
    return True


def _primaries(values: Iterable[str]) -> int:
    return sum(v.startswith("SMTP:") for v in values)


def given_addresses(changes: tuple[Change, ...]) -> tuple[str, ...]:
    """Bare addresses that the change gives to the object and that it does not take from it in the same breath."""
    gone = {bare_of(v)[1] for c in changes for v in c.delete}
    new = [bare_of(v)[1] for c in changes if c.attribute in _ADDRESSES for v in c.add]
    return tuple(dict.fromkeys(v for v in new if v not in gone))


def is_free(evidence: Evidence, holder: Holder, bare: str) -> bool:
    """Looked for on both sides, and held by nobody but this very object. What nobody looked for is not free."""
    own = {side.ref for side in (holder.ad, holder.cloud) if side}
    found = evidence.taken.get(bare)
    return found is not None and set(found) <= own


def exchange_decides(ad: AdObject, changes: tuple[Change, ...]) -> bool:
    """An e-mail address policy writes the main address and what its template makes: LDAP would only fight it.

    Which addresses a template made cannot be read; one whose local part is the alias is taken for one.
    """
    if not ad.address_policy:
        return False
    for change in changes:
        if change.attribute not in _POLICY_WRITES:
            continue
        if change.attribute != "proxyAddresses":
            return True
        for value in (*change.delete, *change.add):
            local = bare_of(value)[1].partition("@")[0]
            if value.startswith("SMTP:") or local == fold(ad.mail_nickname or ""):
                return True
    return False


def before_image(
    evidence: Evidence, loser: Holder, changes: tuple[Change, ...] = ()
) -> tuple[Before, ...]:
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
            image.append(Before(holder.cloud.ref, "managed", (str(holder.cloud.cloud_managed),)))
    image += [
        Before(
            f"entra:{error.object_id}",
            "error",
            (str(error.category), str(error.attribute), str(error.value)),
        )
        for error in evidence.errors
    ]
    image += [
        Before("taken", value, tuple(sorted(evidence.taken.get(value, ()))))
        for value in given_addresses(changes)
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
        image += [
            Before(ad.ref, name, (value or "",))
            for name, value in (
                ("mailNickname", ad.mail_nickname),
                ("targetAddress", ad.target_address),
                ("displayName", ad.display_name),
            )
            if any(c.attribute == name for c in changes)
        ]
        standing = evidence.standings.get(ad.ref)
        if standing is not None:
            roles = ("unreadable",) if standing.roles is None else tuple(sorted(standing.roles))
            image.append(Before(ad.ref, "roles", roles))
    return tuple(image)


def _image_in_entra(evidence: Evidence, cloud: CloudObject) -> tuple[Before, ...]:
    image = [
        Before(cloud.ref, SIGN_IN, (cloud.user_principal_name or "",)),
        Before(cloud.ref, "enabled", (str(cloud.enabled),)),
    ]
    standing = evidence.standings.get(cloud.ref)
    if standing is not None and standing.roles is not None:
        image.append(Before(cloud.ref, "roles", tuple(sorted(standing.roles))))
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
