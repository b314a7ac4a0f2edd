"""In: a situation. Out: C15, when a shared, room or equipment mailbox and a person hold the value.
The account behind such a mailbox is disabled on purpose: it is nobody who left.
Promise: pure; the person’s side is changed, as JUDGE; the mailbox keeps its address.
"""

from dataclasses import replace

from bot.model import ObjectType, Say
from bot.triage.cases.finding import Finding
from bot.triage.cases.pairs import afterwards, concluded, gave, places, ways_of
from bot.triage.keeper import given
from bot.triage.situation import Situation, about_either, is_shared_mailbox, refs, sides


def recognise(situation: Situation) -> Finding | None:
    pair = sides(situation)
    if pair is None or not about_either(situation.errors):
        return None
    if any(h.type is not ObjectType.USER for h in pair.both):
        return None
    shared = [h for h in pair.both if is_shared_mailbox(h)]
    if len(shared) != 1:
        return None
    mailbox = shared[0]
    person = next(h for h in pair.both if h is not mailbox)
    value = situation.value
    gaps = {"mailbox": mailbox.name, "person": person.name, "value": value}
    # nobody signs in to such an account, so points would speak against it
    judged = replace(
        given(situation, pair.both, keeper=mailbox),
        question=None,
        doubt=Say(
            "people write to {mailbox} at {value} and {person} has it too: ask who uses it",
            gaps,
            pair.cites,
        ),
    )
    return concluded(
        code="C15",
        title=Say("A shared mailbox and a person have {value}", {"value": value}),
        what=(
            Say(
                "{value} is an address of {mailbox}, a shared, room or equipment mailbox, and {person} has it too.",
                gaps,
                (*pair.cites, "err"),
            ),
            gave(situation, pair.asks, pair.has),
        ),
        why=(
            *places((mailbox, person), value),
            Say(
                "The account behind {mailbox} is disabled on purpose; that is no sign that somebody left.",
                gaps,
                refs(mailbox),
            ),
        ),
        then=afterwards(situation, judged),
        verdict=judged,
        ways=ways_of(situation, judged, code="C15"),
    )
