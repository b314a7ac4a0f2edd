"""In: a situation. Out: C41, when a sign-in name ends in a domain that Entra has not verified, or never can.
Promise: pure; the same name in a verified domain, always as JUDGE, and only when that name is free.
"""

from bot.answers import Loss
from bot.model import Diagnosis, Say
from bot.rules.values import is_routable
from bot.triage.calculate import upn_loss
from bot.triage.cases.finding import Finding
from bot.triage.cases.own import (
    Own,
    shown_in_entra,
    signs_in_as,
    suffix_runbook,
    verify_runbook,
    worked_out,
)
from bot.triage.drift import Drift
from bot.triage.naming import first_free, sign_in_names
from bot.triage.proposals import change_upn
from bot.triage.situation import Situation


def recognise(situation: Situation) -> Finding | None:
    own = worked_out(situation, Drift.UPN_SUFFIX)
    evidence = situation.evidence
    if own is None or not own.ad.user_principal_name:
        return None
    upn = own.ad.user_principal_name
    if upn_loss(upn, evidence.tenant) is not Loss.SUFFIX:
        return None
    domain = upn.rpartition("@")[2]
    new = first_free(evidence, own.holder, sign_in_names(own.ad, evidence, situation.policy))
    proposal = (
        change_upn(evidence, case_id=situation.case_id, code="C41", loser=own.holder, new=new)
        if new
        else None
    )
    cites = (own.ad.ref, "tenant")
    runbooks = verify_runbook(domain, rank=3, cites=cites)
    if new:
        runbooks = (suffix_runbook(new.rpartition("@")[2], rank=2, cites=cites), *runbooks)
    diagnosis = Diagnosis(
        code="C41",
        title=Say("The sign-in name {upn} ends in a domain Entra does not know", {"upn": upn}),
        what=(
            Say(
                "In AD {name} signs in as {upn}. Entra does not know {domain}.",
                {"name": own.name, "upn": upn, "domain": domain},
                (*own.cites, "tenant"),
            ),
            shown_in_entra(own),
        ),
        why=(_why(own, domain, evidence.tenant.verified_domains),),
        then=(signs_in_as(own, new if proposal else None),),
        losers=own.losers,
        runbooks=runbooks,
    )
    return Finding(diagnosis, (proposal,) if proposal else ())


def _why(own: Own, domain: str, verified: tuple[str, ...]) -> Say:
    if is_routable(domain):
        return Say(
            "Verified in the tenant are: {domains}.", {"domains": ", ".join(verified)}, ("tenant",)
        )
    return Say(
        "{domain} is a name for use inside a company only, so it can never be verified.",
        {"domain": domain},
        (own.ad.ref,),
    )
