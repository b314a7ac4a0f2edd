"""In: a situation. Out: C08, when a group and a contact have the same address.
Promise: pure; JUDGE, for a contact is joined to Entra by its address only; the bot deletes no contact.
"""

from bot.model import ObjectType, Say
from bot.triage.cases.contacts import hide, look_first
from bot.triage.cases.finding import Finding
from bot.triage.cases.kinds import contact_last, not_shown, of_kind, pair_of
from bot.triage.cases.pairs import afterwards, concluded, gave, places, ways_of
from bot.triage.situation import Situation, refs
from bot.triage.ways import Ways


def recognise(situation: Situation) -> Finding | None:
    pair = pair_of(situation, ObjectType.GROUP, ObjectType.CONTACT)
    if pair is None:
        return None
    group, contact = of_kind(pair, ObjectType.GROUP), of_kind(pair, ObjectType.CONTACT)
    value = situation.value
    judged = contact_last(situation, pair)
    gives_way = contact in judged.losers
    return concluded(
        code="C08",
        title=Say("A group and a contact share {value}", {"value": value}),
        what=(
            Say(
                "{group}, a group, and {contact}, a contact, have the address {value}. "
                "An address can belong to one object only.",
                {"group": group.name, "contact": contact.name, "value": value},
                (*refs(group), *refs(contact), "err"),
            ),
            gave(situation, pair.asks, pair.has),
        ),
        why=(*places((group, contact), value), not_shown(pair)),
        then=(*afterwards(situation, judged), *(look_first(contact) if gives_way else ())),
        verdict=judged,
        ways=ways_of(situation, judged, code="C08")
        + Ways(runbooks=hide(contact) if gives_way else ()),
    )
