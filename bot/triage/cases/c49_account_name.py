"""In: a situation. Out: C49, when the sync server complains of unusual characters in an account name.
Promise: pure; nothing is proposed while the sign-in name is in order; the account itself is never renamed.
"""

from bot.model import Diagnosis, ObjectType, Say
from bot.rules.values import account_faults
from bot.triage.calculate import upn_loss
from bot.triage.cases.finding import Finding
from bot.triage.cases.own import (
    VALIDATION,
    fault_words,
    mentions,
    signs_in_as,
    told_by_server,
)
from bot.triage.naming import first_free, sign_in_names
from bot.triage.proposals import change_upn
from bot.triage.situation import Situation


def recognise(situation: Situation) -> Finding | None:
    own = told_by_server(situation, *VALIDATION)
    if own is None or own.ad.type is not ObjectType.USER:
        return None
    if not mentions(own, "sAMAccountName", "onPremisesSamAccountName", "accountName"):
        return None
    account = own.ad.sam_account_name or ""
    faults = account_faults(account)
    if not faults:
        return None
    evidence = situation.evidence
    upn = own.ad.user_principal_name or ""
    in_order = bool(upn) and upn_loss(upn, evidence.tenant) is None
    new = (
        None
        if in_order
        else first_free(evidence, own.holder, sign_in_names(own.ad, evidence, situation.policy))
    )
    proposal = (
        change_upn(evidence, case_id=situation.case_id, code="C49", loser=own.holder, new=new)
        if new
        else None
    )
    of = {"account": account, "name": own.name, "upn": upn}
    diagnosis = Diagnosis(
        code="C49",
        title=Say("The account name {account} has unusual characters", of),
        what=(
            Say(
                "The account of {name} is called “{account}”, which the synchronization complains of.",
                of,
                own.cites,
            ),
        ),
        why=fault_words(account, faults, (own.ad.ref,)),
        then=(
            Say(
                "{name} signs in to the cloud as {upn}, and that is in order: nothing has to be done.",
                of,
                own.cites,
            )
            if in_order
            else signs_in_as(own, new if proposal else None),
            Say(
                "The bot never renames an account: programs and scripts know it by that name.",
                cites=(own.ad.ref,),
            ),
        ),
        losers=own.losers,
    )
    return Finding(diagnosis, (proposal,) if proposal else ())
