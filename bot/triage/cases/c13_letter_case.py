"""In: a situation. Out: C13, when the values differ in upper and lower case only.
Two holders: it is the same address for Entra, and C01 or C02 with that one fact more. One holder: no clash at all.
Promise: pure; a change of letters deletes first and adds then, for AD sees no difference between the two.
"""

from bot.model import Diagnosis, Holder, Proposal, Risk, Say
from bot.triage.cases import c01_secondary_and_primary, c02_both_primary
from bot.triage.cases.finding import Finding
from bot.triage.proposals import swap_value
from bot.triage.situation import (
    Situation,
    about_address,
    comes_from_ad,
    is_conflict,
    parties_of,
    proxy,
    refs,
    sides,
)


def recognise(situation: Situation) -> Finding | None:
    return _two(situation) or _one(situation)


def _two(situation: Situation) -> Finding | None:
    pair = sides(situation)
    if pair is None:
        return None
    written = [_written(h) for h in pair.both]
    if not all(written) or written[0] == written[1]:
        return None
    fact = Say(
        "{has} has it written as {one}, {asks} as {other}: only upper and lower case differ, "
        "and for AD and Entra that is one address.",
        {
            "has": pair.has.name,
            "asks": pair.asks.name,
            "one": written[0],
            "other": written[1],
        },
        pair.cites,
    )
    if written[0].lower() != written[1].lower():
        return None  # Unicode forms differ, which is more than letter case
    return c01_secondary_and_primary.solve(
        situation, code="C13", why=(fact,)
    ) or c02_both_primary.solve(situation, code="C13", why=(fact,))


def _one(situation: Situation) -> Finding | None:
    """The only holder has the value in Entra too, written otherwise."""
    errors, parties = situation.errors, parties_of(situation)
    if not (errors and is_conflict(errors) and about_address(errors)):
        return None
    if len(parties) != 1 or situation.others or not comes_from_ad(parties[0]):
        return None
    holder = parties[0]
    here, there = _stored(holder), _in_entra(holder)
    if here is None or there is None or here == there or here.lower() != there.lower():
        return None
    gaps = {"name": holder.name, "value": situation.value, "here": here, "there": there}
    return Finding(
        Diagnosis(
            code="C13",
            title=Say("Only the letter case of {value} differs", gaps),
            what=(
                Say(
                    "{name} has {here} in AD and {there} in Entra. Only upper and lower case differ, "
                    "so nobody else holds the address.",
                    gaps,
                    (*refs(holder), "err"),
                ),
            ),
            then=(
                Say(
                    "Nothing has to be done: Entra’s hourly clean-up takes the error away. "
                    "If the spelling disturbs somebody, it can be made the same.",
                    cites=refs(holder),
                ),
            ),
            losers=(holder.ad.ref,) if holder.ad else (),
        ),
        _respelled(situation, holder, here, there),
    )


def _respelled(situation: Situation, holder: Holder, here: str, there: str) -> tuple[Proposal, ...]:
    if here.partition(":")[0] != there.partition(":")[0]:
        return ()
    made = swap_value(
        situation.evidence,
        case_id=situation.case_id,
        code="C13",
        loser=holder,
        attribute="proxyAddresses",
        stored=here,
        new=there,
    )
    return (made,) if made and made.risk is not Risk.DESTRUCTIVE else ()


def _stored(holder: Holder) -> str | None:
    claims = [proxy(holder.ad_claims, primary=p) for p in (True, False)]
    return next((c.value for c in claims if c), None)


def _in_entra(holder: Holder) -> str | None:
    claims = [proxy(holder.cloud_claims, primary=p) for p in (True, False)]
    return next((c.value for c in claims if c), None)


def _written(holder: Holder) -> str:
    return (_stored(holder) or "").partition(":")[2]
