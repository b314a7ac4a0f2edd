"""In: a situation. Out: C16, when somebody’s mail is only forwarded to the value (targetAddress).
Forwarding alone is no clash for Entra; it becomes one where Entra made an address of it.
Promise: pure; never a guess where mail should go instead: that is for people, with the command at hand.
"""

from bot.model import Holder, Instruction, Risk, Runbook, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.pairs import concluded, places
from bot.triage.keeper import Verdict, scores
from bot.triage.runbooks import quoted, runbook
from bot.triage.situation import (
    Situation,
    about_either,
    is_conflict,
    owned_elsewhere,
    refs,
    served,
)
from bot.triage.ways import Ways


def recognise(situation: Situation) -> Finding | None:
    errors = situation.errors
    if errors and not (is_conflict(errors) and about_either(errors)):
        return None
    parties = tuple(h for h in situation.in_ad if h.ad and not h.ad.conflict)
    forwarding = [h for h in parties if _only_forwards(h)]
    if len(parties) < 2 or not forwarding or owned_elsewhere(situation, parties):
        return None
    owning = [h for h in parties if h not in forwarding]
    # somebody who really lists it and has it in Entra is the owner: then forwarding explains nothing
    if errors and any(served(h) for h in owning):
        return None
    value = situation.value
    cites = tuple(r for h in parties for r in refs(h))
    clash = [h for h in forwarding if served(h)] if errors else []
    gaps = {
        "value": value,
        "forwarding": ", ".join(h.name for h in forwarding),
        "clash": ", ".join(h.name for h in clash),
    }
    what = [
        Say("Mail for {forwarding} is forwarded to {value}.", gaps, cites),
    ]
    if clash:
        what.append(
            Say(
                "Entra made an address of it for {clash}, and so refuses it to whoever else asks for it.",
                gaps,
                (*cites, "err"),
            )
        )
    ranked = scores(parties, value, policy=situation.policy, now=situation.now)
    return concluded(
        code="C16",
        title=Say("Mail of somebody else is forwarded to {value}", {"value": value}),
        what=what,
        why=places(parties, value),
        then=(_then(situation, clash=bool(clash), cites=cites),),
        verdict=Verdict(None, (), ranked),
        ways=Ways(runbooks=tuple(r for h in clash for r in _elsewhere(h, value))),
    )


def _only_forwards(holder: Holder) -> bool:
    return {c.attribute for c in holder.ad_claims} == {"targetAddress"}


def _then(situation: Situation, *, clash: bool, cites: tuple[str, ...]) -> Say:
    if clash:
        return Say(
            "People have to say where that mail should go instead; the bot does not guess it.",
            cites=cites,
        )
    if situation.errors:
        return Say(
            "Forwarding alone does not make Entra refuse an address: what it means is something else, which was not "
            "found. The bot proposes nothing.",
            cites=(*cites, "searched"),
        )
    return Say("Entra shows no error for this. It is told so that it is known.", cites=cites)


def _elsewhere(holder: Holder, value: str) -> tuple[Runbook, ...]:
    ad = holder.ad
    if ad is None:
        return ()
    stored = next((c.value for c in holder.ad_claims if c.attribute == "targetAddress"), value)
    name, cites = {"name": holder.name, "stored": stored}, refs(holder)
    return (
        runbook(
            Instruction(
                Say(
                    "See where mail for {name} goes today, and ask its owner where it should go.",
                    name,
                    cites,
                ),
                f"Get-ADObject -Identity {quoted(ad.guid)} -Properties targetAddress, mail, proxyAddresses",
            ),
            Instruction(
                Say(
                    "In Exchange, set the new external address of {name}; it takes the place of {stored}.",
                    name,
                    cites,
                )
            ),
            rank=1,
            risk=Risk.JUDGE,
            title=Say("Forward the mail of {name} to another address", name, cites),
            because=Say("only people know where that mail should go", cites=cites),
            undo=Say("Set targetAddress back to {stored}.", name, cites),
        ),
    )
