"""In: who needs a new address or sign-in name, and how this company makes them. Out: names to try, best first.
They are only candidates: `handlers.evidence` looks each of them up on both sides, and only a free one is proposed.
Promise: pure; a candidate has no fault; a name whose letters have no rendering gives none instead of a wrong one.
"""

import re
import string
from collections.abc import Iterable, Iterator

from bot.model import AdObject, Evidence, Holder
from bot.rules.letters import plain
from bot.rules.values import address_faults, cleaned_proxy, cleaned_upn, proxy_faults, upn_faults
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
        if ad is None or ad.deleted or ad.conflict:
            continue
        for each in _wanted_by(evidence, holder, policy):
            wanted[bare_of(each)[1]] = None
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
    return tuple(
        stored
        for stored in (holder.ad.proxy_addresses if holder.ad else ())
        if stored.startswith("smtp:") and _is_for_people(evidence, stored)
    )


def _is_for_people(evidence: Evidence, stored: str) -> bool:
    bare = bare_of(stored)[1]
    domain = bare.rpartition("@")[2]
    verified = {fold(d) for d in evidence.tenant.verified_domains}
    known = domain in verified and not domain.endswith(MOERA)
    return known and not proxy_faults(stored) and bare != evidence.value


def new_names(evidence: Evidence, holder: Holder, policy: Policy) -> tuple[str, ...]:
    """`jane.doe@contoso.com` and the like, made from the object's own names by the company's patterns."""
    domain = home_domain(evidence, policy.naming)
    return _made(evidence, _numbered(holder, policy), domain)


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
    names = list(_local_parts(holder.ad, policy.naming)) if holder.ad else []
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
    letters = policy.naming.letters
    verified = {fold(d) for d in evidence.tenant.verified_domains}
    made: dict[str, None] = {}
    upn = ad.user_principal_name
    if upn:
        domain = fold(upn.rpartition("@")[2])
        clean = cleaned_upn(upn, letters)
        if clean and (fold(clean) != fold(upn) or domain not in verified):
            made[fold(clean)] = None
            home = home_domain(evidence, policy.naming)
            if home:
                made[fold(f"{clean.rpartition('@')[0]}@{home}")] = None
    for stored in ad.proxy_addresses:
        if proxy_faults(stored) and (clean := cleaned_proxy(stored, letters)):
            made[fold(bare_of(clean)[1])] = None
    return made


def first_free(evidence: Evidence, holder: Holder, wanted: tuple[str, ...]) -> str | None:
    """The first of them that was looked for on both sides and is held by nobody else."""
    return next((w for w in wanted if is_free(evidence, holder, bare_of(w)[1])), None)


def _local_parts(ad: AdObject, naming: Naming) -> Iterator[str]:
    given = ad.given_name or ad.name.partition(" ")[0]
    surname = ad.surname or (ad.name.rpartition(" ")[2] if " " in ad.name else "")
    gaps = {
        "given": given,
        "surname": surname,
        "initial": given[:1],
        "alias": ad.mail_nickname or "",
        "account": ad.sam_account_name or "",
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
