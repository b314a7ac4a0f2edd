"""In: a situation. Out: C62, when the only other holders live where this tenant does not synchronize from.
The same value in another organisation, or in a forest with a Connect of its own, is no conflict here.
Promise: pure; it says only what the stated OUs say; what Entra really means stays unknown, and is called so.
"""

from bot.model import Diagnosis, Holder, Say
from bot.rules.names import parts
from bot.triage.cases.finding import Finding
from bot.triage.situation import Situation, is_conflict, refs, served


def recognise(situation: Situation) -> Finding | None:
    errors, ous = situation.errors, situation.policy.sync_ous
    if not errors or not is_conflict(errors) or not ous or not situation.others:
        return None
    if any(served(h) for h in (*situation.selves, *situation.others)):
        return None
    domains = {d for ou in ous if (d := _domain(ou))}
    if not all(_lives_elsewhere(h, domains) for h in situation.others):
        return None
    value, elsewhere = situation.value, situation.others
    cites = tuple(r for h in elsewhere for r in refs(h))
    gaps = {
        "value": value,
        "names": ", ".join(h.name for h in elsewhere),
        "forests": ", ".join(sorted({h.ad.forest for h in elsewhere if h.ad})),
    }
    return Finding(
        Diagnosis(
            code="C62",
            title=Say("{value} also lives outside of this tenant", gaps),
            what=(
                Say(
                    "{names} in {forests} has {value} too, but nothing from there is synchronized to this tenant: "
                    "that is no conflict.",
                    gaps,
                    (*cites, "err"),
                ),
            ),
            why=(
                Say(
                    "None of the OUs that are said to be synchronized lies in that domain, and no account in Entra "
                    "belongs to it.",
                    cites=cites,
                ),
            ),
            then=(
                Say(
                    "Leave it alone. What Entra means is something else, which was not found; whether another tenant "
                    "has the address cannot be told from here.",
                    cites=(*cites, "searched"),
                ),
            ),
        )
    )


def _lives_elsewhere(holder: Holder, domains: set[str]) -> bool:
    """Only in AD, and in a domain that holds none of the synchronized OUs."""
    if holder.ad is None or holder.cloud is not None or holder.ad.deleted:
        return False
    own = _domain(holder.ad.dn)
    return bool(own) and own not in domains


def _domain(dn: str) -> str:
    """`contoso.com` of the DC parts at the end; "" for what is no DN."""
    try:
        found = parts(dn)
    except ValueError:
        return ""
    labels: list[str] = []
    for rdn in reversed(found):
        pairs = [value for attribute, value in rdn if attribute == "dc"]
        if not pairs:
            break
        labels.insert(0, pairs[0])
    return ".".join(labels)
