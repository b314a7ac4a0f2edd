"""In: a situation. Out: C42, when a sign-in name has characters that Entra does not take.
Either Entra put the technical name in its place without a word, or the sync server was refused the whole object.
Promise: pure; the same name in plain letters, as JUDGE; a letter with no rendering is left to people.
"""

from bot.answers import Loss
from bot.model import Diagnosis, Say
from bot.rules.values import upn_faults
from bot.triage.calculate import upn_loss
from bot.triage.cases.finding import Finding
from bot.triage.cases.own import (
    VALIDATION,
    Own,
    fault_words,
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
    own = worked_out(situation, Drift.UPN_CHARACTERS) or told_by_server(situation, *VALIDATION)
    evidence = situation.evidence
    if own is None or not own.ad.user_principal_name or not _about_sign_in(own):
        return None
    upn = own.ad.user_principal_name
    if upn_loss(upn, evidence.tenant) is not Loss.CHARACTERS:
        return None
    new = first_free(evidence, own.holder, sign_in_names(own.ad, evidence, situation.policy))
    proposal = (
        change_upn(evidence, case_id=situation.case_id, code="C42", loser=own.holder, new=new)
        if new
        else None
    )
    diagnosis = Diagnosis(
        code="C42",
        title=Say("The sign-in name {upn} is written in a way Entra does not take", {"upn": upn}),
        what=(
            Say(
                "In AD {name} signs in as “{upn}”, which Entra does not take as it stands.",
                {"name": own.name, "upn": upn},
                own.cites,
            ),
            shown_in_entra(own),
        ),
        why=fault_words(upn, upn_faults(upn), (own.ad.ref,)),
        then=(signs_in_as(own, new if proposal else None),),
        losers=own.losers,
    )
    return Finding(diagnosis, (proposal,) if proposal else ())


def _about_sign_in(own: Own) -> bool:
    return not own.told or mentions(own, "userPrincipalName", "UserPrincipalName")
