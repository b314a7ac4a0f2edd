"""In: a situation. Out: C02, when two synced users both have the value as their main address.
Promise: pure; always JUDGE: another address of their own first, a new one next; the last main address never goes.
"""

from bot.model import ObjectType, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.pairs import afterwards, concluded, gave, places, signs, ways_of
from bot.triage.keeper import verdict
from bot.triage.situation import Situation, about_address, main_claim, refs, sides


def recognise(situation: Situation) -> Finding | None:
    return solve(situation, code="C02")


def solve(situation: Situation, *, code: str, why: tuple[Say, ...] = ()) -> Finding | None:
    pair = sides(situation)
    if pair is None or not about_address(situation.errors):
        return None
    if any(h.type is not ObjectType.USER for h in pair.both):
        return None
    if not all(main_claim(h) for h in pair.both):
        return None
    value = situation.value
    judged = verdict(situation, pair.both)
    current = pair.asks.cloud.mail if pair.asks.cloud else None
    what = [
        Say(
            "Both {has} and {asks} claim {value} as their main address.",
            {"has": pair.has.name, "asks": pair.asks.name, "value": value},
            (*pair.cites, "err"),
        ),
        gave(situation, pair.asks, pair.has),
    ]
    if current:
        what.append(
            Say(
                "In Entra {asks} has {current} as main address instead.",
                {"asks": pair.asks.name, "current": current},
                refs(pair.asks),
            )
        )
    return concluded(
        code=code,
        title=Say("Two people have {value} as main address", {"value": value}),
        what=what,
        why=(
            *why,
            Say(
                "An address can be the main one of a single account only.",
                cites=pair.cites,
            ),
            *places(pair.both, value),
            *signs(pair.both),
        ),
        then=afterwards(situation, judged),
        verdict=judged,
        ways=ways_of(situation, judged, code=code, main_in_mail=True),
    )
