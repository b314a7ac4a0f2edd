"""In: a situation. Out: C44, when an account has no sign-in name in AD.
Promise: pure; nothing is proposed while its account name does instead; else a new name, as JUDGE.
"""

from bot.model import Diagnosis, ObjectType, Say
from bot.rules.values import account_faults
from bot.triage.calculate import asked_sign_in
from bot.triage.cases.finding import Finding
from bot.triage.cases.own import (
    VALIDATION,
    fault_words,
    mentions,
    signs_in_as,
    told_by_server,
    worked_out,
)
from bot.triage.drift import Drift
from bot.triage.naming import first_free, sign_in_names
from bot.triage.proposals import change_upn
from bot.triage.situation import Situation


def recognise(situation: Situation) -> Finding | None:
    own = worked_out(situation, Drift.UPN_BLANK) or told_by_server(situation, *VALIDATION)
    evidence = situation.evidence
    if own is None or own.ad.type is not ObjectType.USER or own.ad.user_principal_name:
        return None
    if own.told and not mentions(own, "userPrincipalName"):
        return None
    account = own.ad.sam_account_name or ""
    faults = account_faults(account)
    what = Say("{name} has no sign-in name in AD.", {"name": own.name}, own.cites)
    title = Say("{name} has no sign-in name", {"name": own.name})
    if not faults:
        diagnosis = Diagnosis(
            code="C44",
            title=title,
            what=(what,),
            why=(
                Say(
                    "Entra Connect makes {made} of the account name {account}.",
                    {"made": asked_sign_in(own.ad), "account": account},
                    (own.ad.ref,),
                ),
            ),
            then=(
                Say(
                    "That works, so nothing has to be done. Whoever wants a better name gives the account one in AD.",
                    cites=(own.ad.ref,),
                ),
            ),
            losers=own.losers,
        )
        return Finding(diagnosis)
    new = first_free(evidence, own.holder, sign_in_names(own.ad, evidence, situation.policy))
    proposal = (
        change_upn(evidence, case_id=situation.case_id, code="C44", loser=own.holder, new=new)
        if new
        else None
    )
    diagnosis = Diagnosis(
        code="C44",
        title=title,
        what=(what,),
        why=(
            Say(
                "Its account name cannot stand in for one.",
                cites=(own.ad.ref,),
            ),
            *fault_words(account, faults, (own.ad.ref,)),
        ),
        then=(signs_in_as(own, new if proposal else None),),
        losers=own.losers,
    )
    return Finding(diagnosis, (proposal,) if proposal else ())
