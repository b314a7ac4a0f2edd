"""In: a situation. Out: C19, when the value is an alias (mailNickname) that two objects have.
Entra tolerates that: it adds digits to one technical address.
Promise: pure; nothing is offered: another alias would not change the technical address any more.
"""

from bot.model import Diagnosis, Say
from bot.triage.cases.finding import Finding
from bot.triage.situation import Situation, refs
from bot.triage.value import fold


def recognise(situation: Situation) -> Finding | None:
    value = situation.value
    if not value or "@" in value:
        return None
    if any(fold(e.attribute or "") not in {"mailnickname", "alias"} for e in situation.errors):
        return None
    same = [
        h
        for h in situation.evidence.holders
        if h.ad and not h.ad.deleted and fold(h.ad.mail_nickname or "") == value
    ]
    if len(same) < 2:
        return None
    cites = tuple(r for h in same for r in refs(h))
    gaps = {"value": value, "names": ", ".join(h.name for h in same)}
    return Finding(
        Diagnosis(
            code="C19",
            title=Say("The alias {value} is used more than once", gaps),
            what=(Say("{names} all have the alias {value}.", gaps, cites),),
            why=(
                Say(
                    "Entra tolerates equal aliases: it adds four digits to the technical address of the second one.",
                    cites=cites,
                ),
            ),
            then=(
                Say(
                    "It works as it is. Another alias would not change the technical address any more, so nothing is "
                    "offered.",
                    cites=cites,
                ),
            ),
        )
    )
