"""In: a situation. Out: C43, when a sign-in name is longer than Entra takes: 64 before, 48 after the @.
Promise: pure; a shorter name is made from the person's names, as JUDGE; a domain is never cut.
"""

from bot.answers import Loss
from bot.model import Diagnosis, Say
from bot.rules.values import UPN_DOMAIN_LONGEST, UPN_LOCAL_LONGEST
from bot.triage.calculate import upn_loss
from bot.triage.cases.finding import Finding
from bot.triage.cases.own import (
    VALIDATION,
    mentions,
    shown_in_entra,
    signs_in_as,
    told_by_server,
    worked_out,
)
from bot.triage.drift import Drift
from bot.triage.naming import first_free, sign_in_names
from bot.triage.proposals import change_upn
from bot.triage.situation import Situation


def recognise(situation: Situation) -> Finding | None:
    own = worked_out(situation, Drift.UPN_LENGTH) or told_by_server(
        situation, *VALIDATION, "ExceededAllowedLength"
    )
    evidence = situation.evidence
    if own is None or not own.ad.user_principal_name:
        return None
    if own.told and not mentions(own, "userPrincipalName"):
        return None
    upn = own.ad.user_principal_name
    if upn_loss(upn, evidence.tenant) is not Loss.LENGTH:
        return None
    local, _, domain = upn.rpartition("@")
    new = first_free(evidence, own.holder, sign_in_names(own.ad, evidence, situation.policy))
    proposal = (
        change_upn(evidence, case_id=situation.case_id, code="C43", loser=own.holder, new=new)
        if new
        else None
    )
    diagnosis = Diagnosis(
        code="C43",
        title=Say("The sign-in name of {name} is too long", {"name": own.name}),
        what=(
            Say(
                "In AD {name} signs in as {upn}, which is longer than Entra takes.",
                {"name": own.name, "upn": upn},
                own.cites,
            ),
            shown_in_entra(own),
        ),
        why=(
            Say(
                "It has {before} characters before and {after} after the @; {most} and {limit} are allowed.",
                {
                    "before": str(len(local)),
                    "after": str(len(domain)),
                    "most": str(UPN_LOCAL_LONGEST),
                    "limit": str(UPN_DOMAIN_LONGEST),
                },
                (own.ad.ref,),
            ),
        ),
        then=(signs_in_as(own, new if proposal else None),),
        losers=own.losers,
    )
    return Finding(diagnosis, (proposal,) if proposal else ())
