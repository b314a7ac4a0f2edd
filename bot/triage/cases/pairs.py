"""In: what a case about several AD objects found out. Out: its finding, put together in the same way for all of them.
Where each object holds the value, who should keep it and with how many points, what each other one can do.
Promise: pure; the one who keeps the value is never written to; an undecided case says so and offers every side.
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.model import Diagnosis, Holder, Runbook, Say
from bot.triage.cases.finding import Finding
from bot.triage.keeper import Verdict
from bot.triage.risk import SIGN_IN
from bot.triage.situation import Situation, export_error, granted, has, main_claim, proxy, refs
from bot.triage.value import fold
from bot.triage.ways import Ways, let_go


def concluded(
    *,
    code: str,
    title: Say,
    what: Iterable[Say],
    why: Iterable[Say] = (),
    then: Iterable[Say] = (),
    verdict: Verdict,
    ways: Ways,
) -> Finding:
    proposals = tuple(replace(p, rank=n) for n, p in enumerate(ways.proposals, 1))
    first = len(proposals) + 1
    runbooks: tuple[Runbook, ...] = tuple(
        replace(r, rank=n) for n, r in enumerate(ways.runbooks, first)
    )
    return Finding(
        Diagnosis(
            code=code,
            title=title,
            what=tuple(what),
            why=(*why, *((verdict.question,) if verdict.question else ())),
            then=(*then, *ways.missing),
            keeper=verdict.keeper_ref,
            losers=verdict.loser_refs,
            scores=verdict.scores,
            runbooks=runbooks,
        ),
        proposals,
    )


def ways_of(
    situation: Situation,
    verdict: Verdict,
    *,
    code: str,
    former: bool = False,
    main_in_mail: bool = False,
) -> Ways:
    found = Ways()
    for loser in verdict.losers:
        found += let_go(
            situation,
            loser,
            code=code,
            doubt=verdict.doubt,
            former=former,
            main_in_mail=main_in_mail,
        )
    return found


def places(holders: Iterable[Holder], value: str) -> tuple[Say, ...]:
    """Where in AD each of them holds the value."""
    return tuple(say for h in holders for say in _place(h, value))


def _place(holder: Holder, value: str) -> Iterable[Say]:
    gaps, cites = {"name": holder.name, "value": value}, refs(holder)
    claims = holder.ad_claims
    if proxy(claims, primary=True):
        yield Say("In AD {value} is the main address of {name}.", gaps, cites)
    if proxy(claims, primary=False):
        yield Say("In AD {name} lists {value} as an extra address.", gaps, cites)
    if has(claims, SIGN_IN):
        yield Say("In AD {name} signs in as {value}.", gaps, cites)
    if has(claims, "mail") and not proxy(claims, primary=True):
        yield Say(
            "In AD the mail field of {name} holds {value}; without an SMTP: address Entra takes it for the main one."
            if main_claim(holder)
            else "In AD the mail field of {name} holds {value}.",
            gaps,
            cites,
        )
    if has(claims, "targetAddress"):
        yield Say("In AD mail for {name} is forwarded to {value} (targetAddress).", gaps, cites)
    if any(_is_sip(c.attribute, c.value) for c in claims):
        yield Say("In AD {name} has the chat address {value}.", gaps, cites)


def _is_sip(attribute: str, stored: str) -> bool:
    return attribute == "msRTCSIP-PrimaryUserAddress" or fold(stored).startswith("sip:")


def signs(holders: Iterable[Holder]) -> tuple[Say, ...]:
    """What else is known of them that a person would ask for."""
    said: list[Say] = []
    for holder in holders:
        ad = holder.ad
        if ad is None:
            continue
        stamp = next((s for s in ad.stamps if s.attribute == "proxyAddresses"), None)
        if stamp:
            said.append(
                Say(
                    "The addresses of {name} were last changed on {when}; AD does not record by whom.",
                    {"name": holder.name, "when": f"{stamp.changed_at:%Y-%m-%d %H:%M} UTC"},
                    (ad.ref,),
                )
            )
        if ad.enabled is False:
            said.append(Say("The account of {name} is disabled.", {"name": holder.name}, (ad.ref,)))
    return tuple(said)


def afterwards(situation: Situation, verdict: Verdict) -> tuple[Say, ...]:
    """What Entra does once one of them has let go."""
    everyone = [*([verdict.keeper] if verdict.keeper else []), *verdict.losers]
    cites = tuple(r for h in everyone for r in refs(h))
    gaps = {"value": situation.value, "keeper": verdict.keeper.name if verdict.keeper else ""}
    hard = export_error(
        situation.errors, "AttributeValueMustBeUnique", "InvalidSoftMatch", "ObjectTypeMismatch"
    )
    if len(everyone) > 2:
        return (
            Say(
                "The error goes away once only one of them holds {value}, after the next sync and Entra’s hourly "
                "clean-up.",
                gaps,
                cites,
            ),
            *_loses(situation, verdict),
        )
    if verdict.keeper is None:
        return (
            Say(
                "Once one of them has let go of {value}, the error goes away with the next sync cycle."
                if hard
                else "Whichever of them lets go of {value}, the other one has it after the next sync and Entra’s "
                "hourly clean-up.",
                gaps,
                cites,
            ),
        )
    return (
        Say(
            "With the next sync cycle after the change the error goes away, and {keeper} has {value}."
            if hard
            else "After the next sync and Entra’s hourly clean-up the error goes away, and {keeper} has {value}.",
            gaps,
            cites,
        ),
        *_loses(situation, verdict),
    )


def _loses(situation: Situation, verdict: Verdict) -> tuple[Say, ...]:
    """Where it is settled who keeps it: who has it in Entra now and will not."""
    lost = [h for h in verdict.losers if verdict.keeper and granted(situation.errors, h)]
    return tuple(
        Say(
            "In Entra {value} works for {name} today; that ends.",
            {"value": situation.value, "name": h.name},
            refs(h),
        )
        for h in lost
    )


def gave(situation: Situation, asks: Holder, got: Holder) -> Say:
    return Say(
        "Entra gave {value} to {got} and left it off {asks}.",
        {"value": situation.value, "got": got.name, "asks": asks.name},
        (*refs(got), *refs(asks), "err"),
    )
