"""In: a situation. Out: C06, when the value is both a person's and a mail-enabled group's.
Promise: pure; the extra address goes first; where both have it as main address people decide who is re-addressed.
"""

from bot.model import ObjectType, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.kinds import not_shown, of_kind, pair_of, person_and_group
from bot.triage.cases.pairs import afterwards, concluded, gave, places, signs, ways_of
from bot.triage.situation import Situation, export_error, refs


def recognise(situation: Situation) -> Finding | None:
    pair = pair_of(situation, ObjectType.USER, ObjectType.GROUP)
    if pair is None:
        return None
    person, group = of_kind(pair, ObjectType.USER), of_kind(pair, ObjectType.GROUP)
    value = situation.value
    gaps = {"person": person.name, "group": group.name, "value": value}
    judged = person_and_group(situation, pair)
    why = [*places((person, group), value), *signs((person, group))]
    if export_error(situation.errors, "ObjectTypeMismatch"):
        why.append(
            Say(
                "The sync server was refused the whole object: both the sign-in name and the address of the person "
                "clash with the group, and that Entra does not set aside.",
                cites=(*pair.cites, "err"),
            )
        )
    if person is pair.has:
        why.append(not_shown(pair))
    return concluded(
        code="C06",
        title=Say("{value} is both a person’s and a group’s address", {"value": value}),
        what=(
            Say(
                "{value} is claimed by {person}, a person, and by {group}, a group. "
                "An address can belong to one object only.",
                gaps,
                (*refs(person), *refs(group), "err"),
            ),
            gave(situation, pair.asks, pair.has),
        ),
        why=why,
        then=afterwards(situation, judged),
        verdict=judged,
        ways=ways_of(situation, judged, code="C06"),
    )
