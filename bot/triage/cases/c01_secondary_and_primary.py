"""In: a situation. Out: C01, when one user has the value as main address and one lists it as an extra.
The everyday case: Entra gave the address to one of two synced users and left it off the other.
Promise: pure; SAFE only where Entra already left the extra address off and nobody's delivery changes.
"""

from bot.model import Holder, ObjectType, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.pairs import concluded, gave, places, signs, ways_of
from bot.triage.keeper import Verdict, given, verdict
from bot.triage.situation import (
    Sides,
    Situation,
    about_address,
    has,
    main_claim,
    proxy,
    refs,
    served,
    sides,
)


def recognise(situation: Situation) -> Finding | None:
    return solve(situation, code="C01")


def solve(situation: Situation, *, code: str, why: tuple[Say, ...] = ()) -> Finding | None:
    """`code`, `why`: letter case (C13) is this very case, seen through one more fact."""
    pair = sides(situation)
    if pair is None or not about_address(situation.errors):
        return None
    if any(h.type is not ObjectType.USER for h in pair.both):
        return None
    extras = [h for h in pair.both if _is_only_extra(h)]
    mains = [h for h in pair.both if main_claim(h)]
    if len(extras) == 2:
        judged = verdict(situation, pair.both)
        what, then = _both_extra(situation, pair)
    elif len(mains) == 1 and len(extras) == 1:
        judged = given(situation, pair.both, keeper=mains[0])
        what, then = _main_and_extra(situation, mains[0], extras[0])
    else:
        return None
    return concluded(
        code=code,
        title=Say("Two people list {value}", {"value": situation.value}),
        what=what,
        why=(*why, *_why(situation, judged, mains)),
        then=then,
        verdict=judged,
        ways=ways_of(situation, judged, code=code),
    )


def _main_and_extra(
    situation: Situation, keeper: Holder, loser: Holder
) -> tuple[tuple[Say, ...], tuple[Say, ...]]:
    names = {"keeper": keeper.name, "loser": loser.name, "value": situation.value}
    both = (*refs(keeper), *refs(loser))
    if not served(loser):
        what = Say(
            "{value} belongs to {keeper}, but {loser} also lists it as an extra address. "
            "Entra gave it to {keeper} and left it off {loser}.",
            names,
            (*both, "err"),
        )
        then = Say(
            "After the next sync and Entra’s hourly clean-up the error goes away. "
            "{keeper} keeps {value}; nothing changes for either person.",
            names,
            both,
        )
    else:
        what = Say(
            "{value} is the main address of {keeper}, but Entra gave it to {loser}, "
            "who lists it as an extra address.",
            names,
            (*both, "err"),
        )
        then = Say(
            "After the next sync and Entra’s hourly clean-up {keeper} gets {value}, "
            "and mail to it stops reaching {loser}.",
            names,
            both,
        )
    return (what,), (then,)


def _both_extra(situation: Situation, pair: Sides) -> tuple[tuple[Say, ...], tuple[Say, ...]]:
    gaps = {"has": pair.has.name, "asks": pair.asks.name, "value": situation.value}
    what = Say("Both {has} and {asks} list {value} as an extra address.", gaps, pair.cites)
    then = Say(
        "Whoever of them lets go of {value}, the other one has it after the next sync and Entra’s "
        "hourly clean-up. The main addresses stay as they are.",
        gaps,
        pair.cites,
    )
    return (what, gave(situation, pair.asks, pair.has)), (then,)


def _is_only_extra(holder: Holder) -> bool:
    """The value stands as an extra address, perhaps in the mail field too, and nowhere else on the object."""
    claims = holder.ad_claims
    elsewhere = {c.attribute for c in claims} - {"proxyAddresses", "mail"}
    return (
        proxy(claims, primary=False) is not None
        and main_claim(holder) is None
        and not elsewhere
        and sum(c.attribute == "proxyAddresses" for c in claims) == 1
    )


def _why(situation: Situation, judged: Verdict, mains: list[Holder]) -> tuple[Say, ...]:
    keeper = judged.keeper
    told = [h for h in judged.losers if keeper is None or has(h.ad_claims, "mail")]
    return (
        *places([*mains, *(h for h in told if h not in mains)], situation.value),
        *signs(judged.losers),
    )
