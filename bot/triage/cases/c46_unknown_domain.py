"""In: a situation. Out: C46, when a licensed user lists an address in a domain that is not the tenant's.
Promise: pure; an extra one goes, which is SAFE; instead of a main one another becomes main, as JUDGE.
"""

from bot.model import Diagnosis, Proposal, Say
from bot.rules.values import is_routable
from bot.triage.calculate import bare_text, is_foreign
from bot.triage.cases.finding import Finding
from bot.triage.cases.own import Own, verify_runbook, worked_out
from bot.triage.drift import Drift
from bot.triage.naming import first_free, new_names, own_others
from bot.triage.proposals import promote_other, remove_value
from bot.triage.situation import Situation


def recognise(situation: Situation) -> Finding | None:
    own = worked_out(situation, Drift.ADDRESS_DOMAIN)
    if own is None or len(own.errors) != 1:
        return None
    stored = own.errors[0].value or ""
    tenant = situation.evidence.tenant
    if stored not in own.ad.proxy_addresses or not is_foreign(stored, tenant):
        return None
    domain = stored.rpartition("@")[2]
    main = stored.startswith("SMTP:")
    proposal = _another_main(situation, own, stored) if main else _take_off(situation, own, stored)
    of = {"value": bare_text(stored), "name": own.name, "domain": domain}
    diagnosis = Diagnosis(
        code="C46",
        title=Say("{name} lists an address in {domain}, which Entra does not know", of),
        what=(
            Say(
                "AD lists {value} as the main address of {name}. Entra took it off, because {name} has a licence and {domain} "
                "is not a domain of the tenant."
                if main
                else "AD lists {value} among the addresses of {name}. Entra took it off, because {name} has a licence and "
                "{domain} is not a domain of the tenant.",
                of,
                (*own.cites, "tenant"),
            ),
        ),
        why=(
            Say(
                "{domain} is not among the verified domains: {domains}.",
                {**of, "domains": ", ".join(tenant.verified_domains)},
                ("tenant",),
            )
            if is_routable(domain)
            else Say("{domain} is a name for use inside a company only.", of, (own.ad.ref,)),
        ),
        then=(_then(own, proposal, of, main=main),),
        losers=own.losers,
        runbooks=verify_runbook(domain, rank=2, cites=(own.ad.ref, "tenant")),
    )
    return Finding(diagnosis, (proposal,) if proposal else ())


def _take_off(situation: Situation, own: Own, stored: str) -> Proposal | None:
    return remove_value(
        situation.evidence,
        case_id=situation.case_id,
        code="C46",
        loser=own.holder,
        attribute="proxyAddresses",
        stored=stored,
    )


def _another_main(situation: Situation, own: Own, stored: str) -> Proposal | None:
    evidence = situation.evidence
    wanted = (
        *own_others(evidence, own.holder),
        *new_names(evidence, own.holder, situation.policy),
    )
    other = first_free(evidence, own.holder, wanted)
    if other is None:
        return None
    return promote_other(
        evidence,
        case_id=situation.case_id,
        code="C46",
        loser=own.holder,
        stored=stored,
        other=other,
    )


def _then(own: Own, proposal: Proposal | None, of: dict[str, str], *, main: bool) -> Say:
    if proposal is None:
        return Say(
            "The bot knows no change that is surely right here. Somebody has to decide what {name} needs {value} for.",
            of,
            own.cites,
        )
    if main:
        return Say(
            "After the next sync {name} has the same main address here and in the cloud.",
            of,
            own.cites,
        )
    return Say(
        "Nothing changes in the cloud: {name} does not have {value} there anyway.", of, own.cites
    )
