"""In: a situation. Out: C48, when a user or group that people write to has no display name.
Promise: pure; it is given the name the object has in AD anyway, which is SAFE.
"""

from bot.model import Diagnosis, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.own import VALIDATION, mentions, told_by_server, worked_out
from bot.triage.drift import Drift, is_mail_enabled
from bot.triage.proposals import add_value
from bot.triage.situation import Situation


def recognise(situation: Situation) -> Finding | None:
    own = worked_out(situation, Drift.DISPLAY_NAME) or told_by_server(situation, *VALIDATION)
    if own is None or own.ad.display_name or not own.ad.common_name or not is_mail_enabled(own.ad):
        return None
    if own.told and (not mentions(own, "displayName") or own.errors[0].attribute is None):
        return None
    of = {"name": own.ad.common_name}
    proposal = add_value(
        situation.evidence,
        case_id=situation.case_id,
        code="C48",
        loser=own.holder,
        attribute="displayName",
        new=own.ad.common_name,
    )
    diagnosis = Diagnosis(
        code="C48",
        title=Say("{name} has no display name", of),
        what=(
            Say(
                "In AD {name} has addresses but no display name. Address lists show it without a name, or not at all.",
                of,
                own.cites,
            ),
        ),
        why=(Say("displayName is empty; the object itself is called {name}.", of, (own.ad.ref,)),),
        then=(
            Say("It would be shown as {name} from the next sync on.", of, own.cites)
            if proposal
            else Say("Somebody has to give it a display name in AD.", cites=own.cites),
        ),
        losers=own.losers,
    )
    return Finding(diagnosis, (proposal,) if proposal else ())
