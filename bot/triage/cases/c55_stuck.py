"""In: a situation. Out: C55, when the data has been right for hours, the sync runs, and Entra still does not let go.
Promise: pure; no button: taking an address off and putting it back are two changes with a sync in between.
"""

from bot.model import AdObject, Diagnosis, Holder, Instruction, Risk, Runbook, Say
from bot.triage.cases.c54_already_fixed import is_stuck, put_right
from bot.triage.cases.finding import Finding
from bot.triage.runbooks import delta_sync, put_on, runbook, take_off
from bot.triage.situation import Situation, proxy, refs


def recognise(situation: Situation) -> Finding | None:
    holder = put_right(situation)
    since, last = situation.fixed_since, situation.evidence.tenant.last_sync_at
    if holder is None or holder.ad is None or not is_stuck(situation):
        return None
    if since is None or last is None:
        return None
    value = situation.value
    age = int((situation.now - since).total_seconds()) // 3600
    gaps = {"name": holder.name, "value": value, "hours": str(age)}
    cites = refs(holder)
    return Finding(
        Diagnosis(
            code="C55",
            title=Say("{value} is right, but Entra does not let go of the error", gaps),
            what=(
                Say(
                    "The data about {value} has been right for {hours} hours, yet Entra still shows the error on {name}.",
                    gaps,
                    (*cites, "err"),
                ),
            ),
            why=(
                Say(
                    "Nobody else holds {value} in what was searched: {searched}.",
                    {**gaps, "searched": ", ".join(situation.evidence.searched) or Say("no place")},
                    ("searched",),
                )
                if holder.ad_claims
                else Say("In AD {name} does not list {value} any more.", gaps, cites),
                Say(
                    "The sync has run since, last on {when}, and Entra’s clean-up runs every hour.",
                    {"when": f"{last:%Y-%m-%d %H:%M} UTC"},
                    ("tenant",),
                ),
            ),
            then=(
                Say(
                    "It may still be released by itself. If not, give Entra a push by the steps below, or ask Microsoft.",
                    cites=("tenant", "err"),
                ),
            ),
            runbooks=(*_push(holder, holder.ad, value), _ticket(situation, holder)),
        )
    )


def _push(holder: Holder, ad: AdObject, value: str) -> tuple[Runbook, ...]:
    """Only for an extra address: a main one or a sign-in name cannot be taken off and put back."""
    extra = proxy(holder.ad_claims, primary=False)
    if extra is None or len(holder.ad_claims) != 1 or ad.admin_count or ad.critical:
        return ()
    cites = refs(holder)
    return (
        runbook(
            take_off(ad, "proxyAddresses", extra.value),
            delta_sync(),
            put_on(ad, "proxyAddresses", extra.value),
            delta_sync(),
            rank=1,
            risk=Risk.JUDGE,
            title=Say(
                "Push Entra: take {value} off {name} and put it back",
                {"value": value, "name": holder.name},
                cites,
            ),
            because=Say(
                "it takes two changes, and between them mail to {value} does not reach {name}",
                {"value": value, "name": holder.name},
                cites,
            ),
            undo=Say("The third step is the way back.", cites=cites),
        ),
    )


def _ticket(situation: Situation, holder: Holder) -> Runbook:
    first = next((e.occurred_at for e in situation.errors if e.occurred_at), None)
    facts = {
        "tenant": situation.evidence.tenant.tenant,
        "id": holder.cloud.id if holder.cloud else "",
        "value": situation.value,
        "when": f"{first:%Y-%m-%d %H:%M} UTC" if first else Say("an unknown time"),
    }
    return runbook(
        Instruction(
            Say(
                "Open a ticket with Microsoft and give: tenant {tenant}, object {id}, value {value}, error since {when}, "
                "data right in AD, no other holder found.",
                facts,
                (*refs(holder), "err", "tenant"),
            )
        ),
        rank=2,
        risk=Risk.SAFE,
        title=Say("Ask Microsoft support", cites=("err",)),
        because=Say("only Microsoft sees what holds it", cites=("err",)),
        undo=Say("Nothing is changed by asking.", cites=("err",)),
    )
