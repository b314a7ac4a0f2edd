"""In: a situation. Out: C09, when two groups have the same address.
Promise: pure; an extra address goes first, else people say which group is re-addressed; two new groups are waited for.
"""

from bot.model import ObjectType, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.kinds import is_extra, is_main, not_shown, pair_of
from bot.triage.cases.pairs import afterwards, concluded, gave, places, ways_of
from bot.triage.keeper import Verdict, given, verdict
from bot.triage.situation import Sides, Situation, export_error


def recognise(situation: Situation) -> Finding | None:
    pair = pair_of(situation, ObjectType.GROUP, ObjectType.GROUP)
    if pair is None:
        return None
    value = situation.value
    judged = _judged(situation, pair)
    then = [*afterwards(situation, judged)]
    if export_error(situation.errors, "AttributeValueMustBeUnique", "InvalidSoftMatch"):
        then.append(
            Say(
                "Two groups that are new at the same time fail once on the sync server; with the next cycle Entra "
                "sets the address aside and the second group works without it. Wait one cycle before changing anything.",
                cites=(*pair.cites, "err"),
            )
        )
    return concluded(
        code="C09",
        title=Say("Two groups share {value}", {"value": value}),
        what=(
            Say(
                "The groups {has} and {asks} have the same address, {value}.",
                {"has": pair.has.name, "asks": pair.asks.name, "value": value},
                (*pair.cites, "err"),
            ),
            gave(situation, pair.asks, pair.has),
        ),
        why=(*places(pair.both, value), not_shown(pair)),
        then=then,
        verdict=judged,
        ways=ways_of(situation, judged, code="C09"),
    )


def _judged(situation: Situation, pair: Sides) -> Verdict:
    main = [h for h in pair.both if is_main(h)]
    extra = [h for h in pair.both if is_extra(h)]
    if len(main) == 1 and len(extra) == 1:
        return given(situation, pair.both, keeper=main[0])
    return verdict(situation, pair.both)
