"""In: a situation. Out: C20, when the value is an onmicrosoft.com address of the tenant.
Entra makes these itself from the alias and ignores what AD says; a value of AD is useless there and only disturbs.
Promise: pure; only exactly `name.onmicrosoft.com`, never `name.mail.onmicrosoft.com`, which mail flow needs.
"""

from bot.model import Change, Holder, Instruction, Risk, Runbook, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.pairs import concluded
from bot.triage.keeper import Verdict, scores
from bot.triage.runbooks import exchange_remove, runbook
from bot.triage.situation import (
    Situation,
    about_address,
    comes_from_ad,
    granted,
    is_conflict,
    proxy,
    refs,
    served,
)
from bot.triage.value import fold
from bot.triage.ways import Ways, from_changes

_SUFFIX = "onmicrosoft.com"


def recognise(situation: Situation) -> Finding | None:
    errors = situation.errors
    if not (errors and is_conflict(errors) and about_address(errors)):
        return None
    if not is_technical(situation.value) or len(situation.selves) != 1:
        return None
    asks = situation.selves[0]
    owners = [h for h in situation.rivals if served(h)]
    if not comes_from_ad(asks) or granted(errors, asks) or len(owners) != 1:
        return None
    owner, value = owners[0], situation.value
    gaps = {"asks": asks.name, "owner": owner.name, "value": value}
    cites = (*refs(asks), *refs(owner))
    extra = proxy(asks.ad_claims, primary=False)
    ranked = scores((owner, asks), value, policy=situation.policy, now=situation.now)
    return concluded(
        code="C20",
        title=Say("The technical address {value} is taken already", gaps),
        what=(
            Say(
                "Entra makes an onmicrosoft.com address for everybody from the alias. {value} belongs to {owner}, "
                "so {asks} did not get it.",
                gaps,
                (*cites, "err"),
            ),
        ),
        why=_why(situation, asks, owner),
        then=_then(asks, owner, listed=extra is not None),
        verdict=Verdict(owner if owner.ad else None, (asks,), ranked),
        ways=_useless(situation, asks, extra.value if extra else None)
        + Ways(runbooks=_in_the_cloud(owner, value)),
    )


def is_technical(value: str) -> bool:
    """One label before onmicrosoft.com: `mail.` in between makes it an address that mail flow needs."""
    domain = fold(value).rpartition("@")[2]
    return domain.endswith(f".{_SUFFIX}") and domain.count(".") == 2


def _why(situation: Situation, asks: Holder, owner: Holder) -> tuple[Say, ...]:
    cites = (*refs(asks), *refs(owner))
    said = []
    if asks.ad_claims:
        said.append(
            Say(
                "AD lists {value} for {asks}. Entra takes no onmicrosoft.com address from AD, so it is of no use there.",
                {"value": situation.value, "asks": asks.name},
                refs(asks),
            )
        )
    aliases = [h.ad.mail_nickname if h.ad else None for h in (asks, owner)]
    if aliases[0] and aliases[1] and fold(aliases[0]) == fold(aliases[1]):
        said.append(
            Say(
                "Both have the alias {alias}, and Entra makes the address from the alias.",
                {"alias": aliases[0]},
                cites,
            )
        )
    return tuple(said) or (
        Say("The address stands on {owner} in Entra.", {"owner": owner.name}, refs(owner)),
    )


def _then(asks: Holder, owner: Holder, *, listed: bool) -> tuple[Say, ...]:
    cites = (*refs(asks), *refs(owner))
    if listed:
        return (
            Say(
                "Once AD no longer lists it, Entra stops asking for it; {asks} keeps every address that people use.",
                {"asks": asks.name},
                cites,
            ),
        )
    return (
        Say(
            "Nothing has to be done: Entra gives {asks} a technical address with digits instead. Another alias would "
            "not change it any more.",
            {"asks": asks.name},
            cites,
        ),
    )


def _useless(situation: Situation, asks: Holder, stored: str | None) -> Ways:
    if stored is None:
        return Ways()
    return from_changes(
        situation,
        asks,
        (Change("proxyAddresses", delete=(stored,)),),
        code="C20",
        title=Say(
            "Remove the useless address {value} from {name}", {"value": stored, "name": asks.name}
        ),
    )


def _in_the_cloud(owner: Holder, value: str) -> tuple[Runbook, ...]:
    cloud = owner.cloud
    if cloud is None or owner.ad is not None or cloud.synced:
        return ()
    cites = refs(owner)
    cmdlet = "Set-UnifiedGroup" if cloud.unified else "Set-Mailbox"
    return (
        runbook(
            Instruction(
                Say(
                    "In Exchange Online PowerShell, take the address off {name}.",
                    {"name": owner.name},
                    cites,
                ),
                exchange_remove(cmdlet, cloud.id, value),
            ),
            rank=1,
            risk=Risk.JUDGE,
            title=Say(
                "Take {value} off {name}, which lives in the cloud only",
                {"value": value, "name": owner.name},
                cites,
            ),
            because=Say("Graph cannot change the addresses of a cloud object", cites=cites),
            undo=Say("The same command with Add instead of Remove.", cites=cites),
        ),
    )
