"""In: a situation. Out: C45, when an address of AD is written in a way that makes Entra ignore it.
Promise: pure; it becomes what was clearly meant, when that is free and in a domain of the tenant; SAFE for an extra one.
"""

from bot.model import Diagnosis, Proposal, Say
from bot.rules.values import cleaned_proxy, proxy_faults
from bot.triage.calculate import bare_text, is_foreign, is_reserved, lost_address
from bot.triage.cases.finding import Finding
from bot.triage.cases.own import Own, fault_words, worked_out
from bot.triage.drift import Drift
from bot.triage.proposals import is_free, promote_other, remove_value, swap_value
from bot.triage.situation import Situation
from bot.triage.value import bare_of, fold


def recognise(situation: Situation) -> Finding | None:
    own = worked_out(situation, Drift.ADDRESS)
    if own is None or len(own.errors) != 1:
        return None
    stored = own.errors[0].value or ""
    if stored not in own.ad.proxy_addresses or lost_address(stored) is None:
        return None
    meant = _meant(situation, stored)
    proposal, then = _put_right(situation, own, stored, meant)
    diagnosis = Diagnosis(
        code="C45",
        title=Say("An address of {name} is written wrongly", {"name": own.name}),
        what=(
            Say(
                "AD lists “{value}” among the addresses of {name}. Entra ignores it without a word, so mail to it does "
                "not arrive in the cloud.",
                {"value": stored, "name": own.name},
                own.cites,
            ),
        ),
        why=fault_words(stored, proxy_faults(stored), (own.ad.ref,)),
        then=(then,),
        losers=own.losers,
    )
    return Finding(diagnosis, (proposal,) if proposal else ())


def _meant(situation: Situation, stored: str) -> str | None:
    """Clear, and good for something: in a domain of the tenant's own."""
    clean = cleaned_proxy(stored, situation.policy.naming.letters)
    if clean is None or is_foreign(clean, situation.evidence.tenant) or is_reserved(clean):
        return None
    return clean


def _put_right(
    situation: Situation, own: Own, stored: str, meant: str | None
) -> tuple[Proposal | None, Say]:
    evidence = situation.evidence
    of = {"value": stored, "name": own.name, "meant": bare_text(meant) if meant else ""}
    if meant is None:
        return None, Say(
            "What was meant cannot be told for sure, so the bot proposes nothing. Somebody who knows {name} has to "
            "write the address anew or take it out.",
            of,
            own.cites,
        )
    bare = bare_of(meant)[1]
    held = {bare_of(v)[1] for v in own.ad.proxy_addresses if fold(v) != fold(stored)}
    if bare in held:
        gone = remove_value(
            evidence,
            case_id=situation.case_id,
            code="C45",
            loser=own.holder,
            attribute="proxyAddresses",
            stored=stored,
        )
        return gone, Say(
            "{name} has {meant} already, written rightly, so the wrong one can go.", of, own.cites
        )
    if not is_free(evidence, own.holder, bare):
        return None, Say(
            "It was probably meant to be {meant}, but that is not known to be free, so the bot proposes nothing.",
            of,
            own.cites,
        )
    made = _written_anew(situation, own, stored, meant)
    return made, Say(
        "Written as {meant} it reaches {name} in the cloud too, from the next sync on.",
        of,
        own.cites,
    )


def _written_anew(situation: Situation, own: Own, stored: str, meant: str) -> Proposal | None:
    evidence, case_id = situation.evidence, situation.case_id
    if stored.startswith("SMTP:"):
        return promote_other(
            evidence,
            case_id=case_id,
            code="C45",
            loser=own.holder,
            stored=stored,
            other=bare_text(meant),
        )
    return swap_value(
        evidence,
        case_id=case_id,
        code="C45",
        loser=own.holder,
        attribute="proxyAddresses",
        stored=stored,
        new=meant,
    )
