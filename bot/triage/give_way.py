"""In: a situation and the AD object that should stop asking for the value. Out: changes that make it let go.
An extra address goes; a main address or a sign-in name is replaced by a free one, for neither may be empty.
Promise: pure; only through `propose`, which may say no; nothing that leaves the value on the object.
"""

from bot.model import Change, Holder, Proposal, Say
from bot.triage.naming import first_free, new_names, own_others
from bot.triage.proposals import promote_other, propose, remove_all
from bot.triage.risk import SIGN_IN
from bot.triage.situation import Situation, has, proxy


def let_go(
    situation: Situation, asker: Holder, *, code: str, rank: int = 1, doubt: Say | None = None
) -> tuple[Proposal, ...]:
    """The one change that makes `asker` let go of the value everywhere it holds it, or none."""
    evidence, case_id = situation.evidence, situation.case_id
    main = proxy(asker.ad_claims, primary=True)
    if has(asker.ad_claims, SIGN_IN):
        found = _another_name(situation, asker, code=code, rank=rank)
    elif main:
        other = first_free(evidence, asker, own_others(evidence, asker)) or first_free(
            evidence, asker, new_names(evidence, asker, situation.policy)
        )
        found = (
            promote_other(
                evidence,
                case_id=case_id,
                code=code,
                loser=asker,
                stored=main.value,
                other=other,
                rank=rank,
            )
            if other
            else None
        )
    else:
        found = remove_all(
            evidence, case_id=case_id, code=code, loser=asker, rank=rank, doubt=doubt
        )
    return (found,) if found else ()


def _another_name(situation: Situation, asker: Holder, *, code: str, rank: int) -> Proposal | None:
    """A new sign-in name, and where the value is an address of the same person too, that one with it."""
    evidence = situation.evidence
    new = first_free(evidence, asker, new_names(evidence, asker, situation.policy))
    if new is None:
        return None
    changes: dict[str, Change] = {}
    main = proxy(asker.ad_claims, primary=True) is not None
    for claim in asker.ad_claims:
        match claim.attribute:
            case "userPrincipalName":
                changes[SIGN_IN] = Change(SIGN_IN, delete=(claim.value,), add=(new,))
            case "proxyAddresses":
                known = changes.get("proxyAddresses", Change("proxyAddresses"))
                come = (*known.add, f"SMTP:{new}") if claim.value.startswith("SMTP:") else known.add
                changes["proxyAddresses"] = Change(
                    "proxyAddresses", delete=(*known.delete, claim.value), add=come
                )
            case "mail":
                changes["mail"] = Change("mail", delete=(claim.value,), add=(new,) if main else ())
            case _:
                changes[claim.attribute] = Change(claim.attribute, delete=(claim.value,))
    title = (
        Say("Change the sign-in name of {name} to {new}", {"name": asker.name, "new": new})
        if len(changes) == 1
        else Say(
            "Change the sign-in name of {name} to {new}, and its address along with it",
            {"name": asker.name, "new": new},
        )
    )
    return propose(
        evidence,
        case_id=situation.case_id,
        code=code,
        rank=rank,
        title=title,
        loser=asker,
        changes=tuple(changes.values()),
    )
