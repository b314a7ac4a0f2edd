"""In: a situation. Out: C02, when two synced users both have the value as their main address.
Promise: pure; offers at most to promote another address that the second one already owns, always as JUDGE.
"""

from bot.model import Diagnosis, Say
from bot.triage.cases.finding import Finding
from bot.triage.naming import first_free, own_others
from bot.triage.proposals import promote_other
from bot.triage.situation import (
    Situation,
    about_address,
    is_conflict,
    is_synced_user,
    proxy,
    refs,
    served,
)


def recognise(situation: Situation) -> Finding | None:
    if not (situation.errors and is_conflict(situation.errors) and about_address(situation.errors)):
        return None
    if len(situation.selves) != 1 or len(situation.rivals) != 1:
        return None
    loser, keeper = situation.selves[0], situation.rivals[0]
    if not (is_synced_user(loser) and is_synced_user(keeper)):
        return None
    claimed = proxy(loser.ad_claims, primary=True)
    if claimed is None or proxy(keeper.ad_claims, primary=True) is None:
        return None
    if served(loser) or not served(keeper):
        return None
    evidence = situation.evidence
    names = {"keeper": keeper.name, "loser": loser.name, "value": evidence.value}
    both = (*refs(keeper), *refs(loser))
    current = loser.cloud.mail if loser.cloud else None
    what = [
        Say(
            "Both {keeper} and {loser} claim {value} as their main address. "
            "Entra gave it to {keeper} and left it off {loser}.",
            names,
            (*both, "err"),
        )
    ]
    if current:
        what.append(
            Say(
                "In Entra {loser} has {current} as main address instead.",
                {"loser": loser.name, "current": current},
                refs(loser),
            )
        )
    other = first_free(evidence, loser, own_others(evidence, loser))
    proposal = (
        promote_other(
            evidence,
            case_id=situation.case_id,
            code="C02",
            loser=loser,
            stored=claimed.value,
            other=other,
        )
        if other
        else None
    )
    then = (
        Say(
            "{loser} would have {other} as main address everywhere. "
            "In Entra {loser} does not have {value} today, so no mail to it is lost there.",
            {**names, "other": other.partition(":")[2]},
            both,
        )
        if other and proposal
        else Say(
            "{loser} needs another main address before {value} can be taken off; "
            "the account lists no other address of a verified domain.",
            names,
            (*refs(loser), "tenant"),
        )
    )
    diagnosis = Diagnosis(
        code="C02",
        title=Say("Two people have {value} as main address", {"value": evidence.value}),
        what=tuple(what),
        why=(
            Say(
                "In AD both accounts hold SMTP:{value}; an address can belong to one of them only.",
                {"value": evidence.value},
                both,
            ),
        ),
        then=(then,),
        keeper=keeper.ad.ref if keeper.ad else None,
        losers=(loser.ad.ref,) if loser.ad else (),
    )
    return Finding(diagnosis, (proposal,) if proposal else ())
