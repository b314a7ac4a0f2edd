"""In: a situation. Out: C37, when objects of two kinds clash and none of the plainer cases names them.
Promise: pure; never suggests that the two be joined: Entra joins only objects of one kind.
"""

from bot.model import Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.pairs import afterwards, concluded, gave, places, ways_of
from bot.triage.keeper import verdict
from bot.triage.situation import KINDS, Situation, about_either, export_error, sides


def recognise(situation: Situation) -> Finding | None:
    pair = sides(situation)
    if pair is None:
        return None
    told = export_error(situation.errors, "ObjectTypeMismatch")
    if pair.has.type is pair.asks.type or not (told or about_either(situation.errors)):
        return None
    value = situation.value
    judged = verdict(situation, pair.both)
    return concluded(
        code="C37",
        title=Say("Two kinds of object share {value}", {"value": value}),
        what=(
            Say(
                "{has} ({one}) and {asks} ({other}) have the address {value}. They are different kinds of object, so "
                "Entra can neither join them nor give the address to both.",
                {
                    "has": pair.has.name,
                    "asks": pair.asks.name,
                    "one": KINDS[pair.has.type],
                    "other": KINDS[pair.asks.type],
                    "value": value,
                },
                (*pair.cites, "err"),
            ),
            gave(situation, pair.asks, pair.has),
        ),
        why=places(pair.both, value),
        then=afterwards(situation, judged),
        verdict=judged,
        ways=ways_of(situation, judged, code="C37"),
    )
