"""In: a situation. Out: C47, when an alias has characters that Entra replaces by underscores.
Promise: pure; the same alias without them, as JUDGE, unless Exchange on-premises decides about it.
"""

from bot.model import Change, Diagnosis, Instruction, Risk, Say
from bot.rules.values import alias_faults, cleaned_alias
from bot.triage.calculate import shown_alias
from bot.triage.cases.finding import Finding
from bot.triage.cases.own import fault_words, worked_out
from bot.triage.drift import Drift
from bot.triage.proposals import exchange_decides, swap_value
from bot.triage.runbooks import quoted, runbook
from bot.triage.situation import Situation


def recognise(situation: Situation) -> Finding | None:
    own = worked_out(situation, Drift.ALIAS)
    if own is None or not own.ad.mail_nickname:
        return None
    alias = own.ad.mail_nickname
    shown = shown_alias(alias)
    if shown == alias:
        return None
    clean = cleaned_alias(alias, situation.policy.naming.letters)
    proposal = (
        swap_value(
            situation.evidence,
            case_id=situation.case_id,
            code="C47",
            loser=own.holder,
            attribute="mailNickname",
            stored=alias,
            new=clean,
        )
        if clean
        else None
    )
    of = {"alias": alias, "shown": shown, "name": own.name, "clean": clean or ""}
    by_exchange = exchange_decides(own.ad, (Change("mailNickname"),))
    if proposal:
        then = Say("With {clean} the alias is the same here and in the cloud.", of, own.cites)
    elif clean and by_exchange:
        then = Say(
            "An e-mail address policy of Exchange makes addresses of the alias, so it is changed there, not over LDAP.",
            cites=own.cites,
        )
    else:
        then = Say("Somebody has to choose another alias for {name}.", of, own.cites)
    diagnosis = Diagnosis(
        code="C47",
        title=Say("The alias of {name} looks different in the cloud", of),
        what=(Say("In AD the alias of {name} is “{alias}”; Entra shows {shown}.", of, own.cites),),
        why=fault_words(alias, alias_faults(alias), (own.ad.ref,)),
        then=(then,),
        losers=own.losers,
        runbooks=(
            runbook(
                Instruction(
                    Say("Change the alias in Exchange on-premises.", cites=own.cites),
                    f"Set-Recipient -Identity {quoted(own.ad.guid)} -Alias {quoted(clean)}",
                ),
                rank=1,
                risk=Risk.JUDGE,
                title=Say("Give {name} the alias {clean} in Exchange", of, own.cites),
                because=Say("Exchange makes addresses of the alias by a policy", cites=own.cites),
                undo=Say("Set the old alias again in the same way.", cites=own.cites),
            ),
        )
        if clean and by_exchange
        else (),
    )
    return Finding(diagnosis, (proposal,) if proposal else ())
