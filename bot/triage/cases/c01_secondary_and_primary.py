"""In: a situation. Out: C01, when one user has the value as main address (or sign-in name) and one as extra.
The everyday case: Entra gave the address to one of two synced users and left it off the other.
Promise: pure; SAFE only where Entra already left the extra address off and nobody's delivery changes.
"""

from bot.model import Diagnosis, Holder, Say
from bot.triage.cases.finding import Finding
from bot.triage.proposals import remove_value
from bot.triage.situation import (
    Situation,
    about_address,
    has,
    is_conflict,
    is_synced_user,
    proxy,
    refs,
    served,
)


def recognise(situation: Situation) -> Finding | None:
    pair = _pair(situation)
    if pair is None:
        return None
    keeper, loser = pair
    extra = proxy(loser.ad_claims, primary=False)
    if extra is None:
        return None
    evidence = situation.evidence
    left_off = not served(loser)
    names = {"keeper": keeper.name, "loser": loser.name, "value": evidence.value}
    both = (*refs(keeper), *refs(loser))
    if left_off:
        what = Say(
            "{value} belongs to {keeper}, but {loser} also lists it as an extra address. "
            "Entra gave it to {keeper} and left it off {loser}.",
            names,
            (*both, "err"),
        )
        then = Say(
            "After the next sync and Entra’s hourly clean-up the error goes away. "
            "{keeper} keeps {value}; nothing changes for either person.",
            names,
            both,
        )
    else:
        what = Say(
            "{value} is the main address of {keeper}, but Entra gave it to {loser}, "
            "who lists it as an extra address.",
            names,
            (*both, "err"),
        )
        then = Say(
            "After the next sync and Entra’s hourly clean-up {keeper} gets {value}, "
            "and mail to it stops reaching {loser}.",
            names,
            both,
        )
    why = _why(keeper, loser, evidence.value)
    proposal = remove_value(
        evidence,
        case_id=situation.case_id,
        code="C01",
        loser=loser,
        attribute="proxyAddresses",
        stored=extra.value,
    )
    diagnosis = Diagnosis(
        code="C01",
        title=Say("Two people list {value}", {"value": evidence.value}),
        what=(what,),
        why=why,
        then=(then,),
        keeper=keeper.ad.ref if keeper.ad else None,
        losers=(loser.ad.ref,) if loser.ad else (),
    )
    return Finding(diagnosis, (proposal,) if proposal else ())


def _pair(situation: Situation) -> tuple[Holder, Holder] | None:
    """(keeper, loser): exactly two holders, both living synced users, one of them carrying the error."""
    if not (situation.errors and is_conflict(situation.errors) and about_address(situation.errors)):
        return None
    if len(situation.selves) != 1 or len(situation.rivals) != 1:
        return None
    holders = (situation.selves[0], situation.rivals[0])
    if not all(is_synced_user(h) for h in holders):
        return None
    mains = [h for h in holders if _is_main(h)]
    extras = [h for h in holders if _is_only_extra(h)]
    if len(mains) != 1 or len(extras) != 1 or mains[0] is extras[0]:
        return None
    # exactly the one that does not fail has it in Entra; if neither or both do, the owner is somebody else
    failing, other = holders
    if served(failing) or not served(other):
        return None
    return mains[0], extras[0]


def _is_main(holder: Holder) -> bool:
    return proxy(holder.ad_claims, primary=True) is not None or has(
        holder.ad_claims, "userPrincipalName"
    )


def _is_only_extra(holder: Holder) -> bool:
    """The value stands once, as an extra address, and nowhere else on the object."""
    return len(holder.ad_claims) == 1 and proxy(holder.ad_claims, primary=False) is not None


def _why(keeper: Holder, loser: Holder, value: str) -> tuple[Say, ...]:
    reasons = []
    if proxy(keeper.ad_claims, primary=True):
        text = "In AD {value} is the main address of {keeper}."
    else:
        text = "In AD {keeper} signs in as {value}."
    reasons.append(Say(text, {"keeper": keeper.name, "value": value}, refs(keeper)))
    if keeper.ad and loser.ad:
        stamp = next((s for s in loser.ad.stamps if s.attribute == "proxyAddresses"), None)
        if stamp:
            when = f"{stamp.changed_at:%Y-%m-%d %H:%M} UTC"
            reasons.append(
                Say(
                    "The addresses of {loser} were last changed on {when}; AD does not record by whom.",
                    {"loser": loser.name, "when": when},
                    (loser.ad.ref,),
                )
            )
        if loser.ad.enabled is False:
            reasons.append(
                Say("The account of {loser} is disabled.", {"loser": loser.name}, (loser.ad.ref,))
            )
    return tuple(reasons)
