"""In: a situation. Out: C07, when there is a contact for an address that a person's own account has.
A contact from before the person was hired, or one that forwards for somebody who left.
Promise: pure; JUDGE, for a contact is joined to Entra by its address only; the bot deletes no contact.
"""

from bot.model import ObjectType, Say
from bot.triage.cases.contacts import hide, look_first
from bot.triage.cases.finding import Finding
from bot.triage.cases.kinds import contact_last, of_kind, pair_of
from bot.triage.cases.pairs import afterwards, concluded, gave, places, signs, ways_of
from bot.triage.situation import Situation, refs
from bot.triage.ways import Ways


def recognise(situation: Situation) -> Finding | None:
    pair = pair_of(situation, ObjectType.USER, ObjectType.CONTACT)
    if pair is None:
        return None
    person, contact = of_kind(pair, ObjectType.USER), of_kind(pair, ObjectType.CONTACT)
    value = situation.value
    gaps = {"person": person.name, "contact": contact.name, "value": value}
    judged = contact_last(situation, pair)
    what = [
        Say(
            "There is a contact for {value}, {contact}, and {person} has the same address on an account.",
            gaps,
            (*refs(person), *refs(contact), "err"),
        ),
        gave(situation, pair.asks, pair.has),
    ]
    born = [h.ad.created_at if h.ad else None for h in (contact, person)]
    if born[0] and born[1] and born[0] < born[1]:
        what.append(
            Say(
                "The contact was made on {when}, before {person} had an account.",
                {**gaps, "when": f"{born[0]:%Y-%m-%d}"},
                pair.cites,
            )
        )
    gives_way = contact in judged.losers
    return concluded(
        code="C07",
        title=Say("A contact has the address of a person: {value}", {"value": value}),
        what=what,
        why=(*places((person, contact), value), *signs((person,))),
        then=(*afterwards(situation, judged), *(look_first(contact) if gives_way else ())),
        verdict=judged,
        ways=ways_of(situation, judged, code="C07")
        + Ways(runbooks=hide(contact) if gives_way else ()),
    )
