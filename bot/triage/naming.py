"""In: who needs a new address or sign-in name, and how this company makes them. Out: names to try, best first.
They are only candidates: `handlers.evidence` looks each of them up on both sides, and only a free one is proposed.
Promise: pure; a candidate has no fault; a name whose letters have no rendering gives none instead of a wrong one.
"""

import re
import string
from collections.abc import Iterable, Iterator
from itertools import islice

from bot.model import AdObject, CloudObject, Evidence, Holder, ObjectType, Origin
from bot.rules.letters import plain
from bot.rules.values import (
    Fault,
    account_faults,
    address_faults,
    cleaned_local,
    cleaned_proxy,
    proxy_faults,
    upn_faults,
)
from bot.triage.policy import Naming, Policy
from bot.triage.proposals import MOERA, is_free
from bot.triage.value import bare_of, fold

MOST = 6  # candidates for one object: each one is a look at both sides
_DIGITS = range(2, 10)
ROUTING = ".mail.onmicrosoft.com"


def candidates(evidence: Evidence, policy: Policy) -> tuple[str, ...]:
    """Every bare value that some proposal about this evidence might give to somebody."""
    wanted: dict[str, None] = {}
    for holder in evidence.holders:
        ad = holder.ad
        wanted |= dict.fromkeys(fold(n) for n in names_in_cloud(evidence, holder, policy))
        if ad is None or ad.deleted or ad.conflict:
            continue
        for each in _wanted_by(evidence, holder, policy):
            wanted[bare_of(each)[1]] = None
        if _needs_main(ad, evidence):
            wanted |= dict.fromkeys(bare_of(v)[1] for v in own_others(evidence, holder))
            wanted |= dict.fromkeys(new_names(evidence, holder, policy))
        wanted |= dict.fromkeys(corrections(ad, evidence, policy))
    return tuple(wanted)


def _wanted_by(evidence: Evidence, holder: Holder, policy: Policy) -> Iterator[str]:
    """What would take the place of the value, were this holder to let go of it."""
    if not any(h.ad_claims or h.cloud_claims for h in evidence.holders if h is not holder):
        return
    if is_routing(evidence.value):
        yield from routing_names(evidence, holder, policy)
    elif _must_give_way(evidence, holder):
        yield from own_main(evidence, holder)
        yield from own_others(evidence, holder)
        yield from new_names(evidence, holder, policy)
        if holder.ad and holder.ad.enabled is False:
            yield from former_names(evidence, policy)
    elif any(c.attribute == "mail" for c in holder.ad_claims):
        yield from own_main(evidence, holder)
        if holder.ad and not holder.ad.proxy_addresses:
            yield from new_names(evidence, holder, policy)


def _must_give_way(evidence: Evidence, holder: Holder) -> bool:
    """A main value can only be let go of when there is another one.

    Looked for where that is likely: somebody else has it as main value too, or is another kind of object, or lists
    the sign-in name of this one, or the account is not used any more. In the everyday case nobody needs one.
    """
    if holder.ad is None or not any(c.primary for c in holder.ad_claims):
        return False
    others = [h for h in evidence.holders if h is not holder]
    contested = any(c.primary for h in others for c in (*h.ad_claims, *h.cloud_claims))
    of_another_kind = any(h.type is not holder.type for h in others if h.ad_claims)
    only_signs_in = not any(c.attribute == "proxyAddresses" for c in holder.ad_claims)
    unused = bool(others) and holder.ad.enabled is False
    return contested or of_another_kind or only_signs_in or unused


def _needs_main(ad: AdObject, evidence: Evidence) -> bool:
    """Its main address is one that Entra will not take."""
    verified = _verified(evidence)
    mains = [v for v in ad.proxy_addresses if v.startswith("SMTP:")]
    return any(proxy_faults(v) or bare_of(v)[1].rpartition("@")[2] not in verified for v in mains)


def is_routing(value: str) -> bool:
    """An address that Exchange uses between on-premises and the cloud; mail is lost without it."""
    return fold(value).endswith(ROUTING)


def own_main(evidence: Evidence, holder: Holder) -> tuple[str, ...]:
    """The object's own main address, bare, when it is another one than the value and people can use it."""
    return tuple(
        bare_of(stored)[1]
        for stored in (holder.ad.proxy_addresses if holder.ad else ())
        if stored.startswith("SMTP:") and _is_for_people(evidence, stored)
    )[:1]


def own_others(evidence: Evidence, holder: Holder) -> tuple[str, ...]:
    """Other addresses the object lists as extra ones, of domains Entra knows; onmicrosoft ones are not for people."""
    fit = (
        stored
        for stored in (holder.ad.proxy_addresses if holder.ad else ())
        if stored.startswith("smtp:") and _is_for_people(evidence, stored)
    )
    return tuple(islice(fit, MOST))


def _is_for_people(evidence: Evidence, stored: str) -> bool:
    bare = bare_of(stored)[1]
    domain = bare.rpartition("@")[2]
    verified = _verified(evidence)
    return domain in verified and not proxy_faults(stored) and bare != evidence.value


def new_names(evidence: Evidence, holder: Holder, policy: Policy) -> tuple[str, ...]:
    """`jane.doe@contoso.com` and the like, made from the object's own names by the company's patterns."""
    domain = home_domain(evidence, policy.naming)
    return _made(evidence, _numbered(holder, policy), domain)


def names_in_cloud(evidence: Evidence, holder: Holder, policy: Policy) -> tuple[str, ...]:
    """What its sign-in name in Entra could become, where the bot may change that: the one that AD has and Entra did
    not take over; a new one where Entra alone decides about an account that signs in with the value.
    """
    cloud = holder.cloud
    if not policy.renames_in_entra or cloud is None or cloud.type is not ObjectType.USER:
        return ()
    now, in_ad = cloud.user_principal_name or "", holder.ad and holder.ad.user_principal_name
    if holder.ad is not None and cloud.cloud_managed is not True:
        drifts = {e.object_id for e in evidence.errors if e.origin is Origin.DRIFT}
        differs = cloud.id in drifts and in_ad and fold(in_ad) != fold(now)
        return (in_ad,) if in_ad and differs else ()
    wanted = any(h.ad_claims for h in evidence.holders if h is not holder)
    return new_names(evidence, holder, policy) if wanted and fold(now) == evidence.value else ()


def routing_names(evidence: Evidence, holder: Holder, policy: Policy) -> tuple[str, ...]:
    return _made(evidence, _numbered(holder, policy), evidence.value.rpartition("@")[2])


def former_names(evidence: Evidence, policy: Policy) -> tuple[str, ...]:
    """For the account of somebody who left: what the value was stays recognisable."""
    local, _, own = evidence.value.rpartition("@")
    verified = {fold(d) for d in evidence.tenant.verified_domains}
    domain = own if own in verified else home_domain(evidence, policy.naming)
    first = policy.naming.former.replace("{local}", local)
    return _made(evidence, [first, *(f"{first}{n}" for n in range(2, 4))], domain)


def _numbered(holder: Holder, policy: Policy) -> list[str]:
    person = holder.ad or holder.cloud
    names = list(_local_parts(person, policy.naming)) if person else []
    return [*names, *(f"{names[0]}{n}" for n in _DIGITS)] if names else []


def _made(evidence: Evidence, locals_: Iterable[str], domain: str) -> tuple[str, ...]:
    made: dict[str, None] = {}
    for local in locals_ if domain else ():
        address = f"{local}@{domain}".lower()
        if address != evidence.value and not address_faults(address) and not upn_faults(address):
            made[address] = None
    return tuple(made)[:MOST]


def home_domain(evidence: Evidence, naming: Naming) -> str:
    """Where new names live: as set, else the value's own domain, else the first verified one that is for people."""
    verified = [fold(d) for d in evidence.tenant.verified_domains if not fold(d).endswith(MOERA)]
    if naming.domain:
        return naming.domain if fold(naming.domain) in verified else ""
    own = evidence.value.rpartition("@")[2]
    return own if own in verified else next(iter(verified), "")


def corrections(ad: AdObject, evidence: Evidence, policy: Policy) -> dict[str, None]:
    """What a wrongly written value of this object should have been."""
    made = dict.fromkeys(fold(v) for v in sign_in_names(ad, evidence, policy))
    for stored in ad.proxy_addresses:
        if proxy_faults(stored) and (clean := cleaned_proxy(stored, policy.naming.letters)):
            made[fold(bare_of(clean)[1])] = None
    return made


def sign_in_names(ad: AdObject, evidence: Evidence, policy: Policy) -> tuple[str, ...]:
    """What a sign-in name that Entra does not take could become, best first: the same one put right, in the domain of
    the main address, else of the company. One that is too long or cannot be spelled is made anew from the names.
    """
    upn = ad.user_principal_name or ""
    if ad.type is not ObjectType.USER:
        return ()
    if not upn:
        unusable = account_faults(ad.sam_account_name or "")
        return new_names(evidence, Holder(ad=ad), policy) if unusable else ()
    verified = _verified(evidence)
    local, _, domain = upn.rpartition("@")
    faults = set(upn_faults(upn)) - {Fault.NOT_ROUTABLE}
    if not faults and fold(domain) in verified:
        return ()
    clean = cleaned_local(local.replace("@", ""), policy.naming.letters)
    if clean is None or Fault.LONG in faults:
        return new_names(evidence, Holder(ad=ad), policy)
    own = fold(re.sub(r"\s", "", domain))
    homes = (own, _main_domain(ad), home_domain(evidence, policy.naming))
    made = (f"{clean}@{home}" for home in dict.fromkeys(homes) if home in verified)
    return tuple(name for name in made if not upn_faults(name))


def _main_domain(ad: AdObject) -> str:
    """People sign in best with what they are written to."""
    mains = [v for v in ad.proxy_addresses if v.startswith("SMTP:") and not proxy_faults(v)]
    main = bare_of(mains[0])[1] if len(mains) == 1 else fold(ad.mail or "")
    return main.rpartition("@")[2]


def _verified(evidence: Evidence) -> frozenset[str]:
    """Domains for people: the technical ones are not."""
    domains = (fold(domain) for domain in evidence.tenant.verified_domains)
    return frozenset(d for d in domains if not d.endswith(MOERA))


def first_free(evidence: Evidence, holder: Holder, wanted: tuple[str, ...]) -> str | None:
    """The first of them that was looked for on both sides and is held by nobody else."""
    return next((w for w in wanted if is_free(evidence, holder, bare_of(w)[1])), None)


def _local_parts(person: AdObject | CloudObject, naming: Naming) -> Iterator[str]:
    given = person.given_name or person.name.partition(" ")[0]
    surname = person.surname or (person.name.rpartition(" ")[2] if " " in person.name else "")
    gaps = {
        "given": given,
        "surname": surname,
        "initial": given[:1],
        "alias": person.mail_nickname or "",
        "account": (person.sam_account_name or "") if isinstance(person, AdObject) else "",
    }
    known = {name: _written(value, naming) for name, value in gaps.items()}
    for pattern in naming.patterns:
        needed = [gap for _, gap, _, _ in string.Formatter().parse(pattern) if gap]
        if all(known.get(gap) for gap in needed):
            local = pattern.format(**known).strip(".-_")
            if local:
                yield local


def _written(name: str, naming: Naming) -> str:
    """A name as it stands in an address: `Anna Maria` → `anna.maria`, `O'Hara` → `ohara`."""
    text = plain(name, naming.letters)
    if text is None:
        return ""
    words = re.sub(r"[^a-z0-9.\-_ ]", "", text.lower()).split()
    return ".".join(words)
