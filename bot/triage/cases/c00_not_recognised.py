"""In: any situation. Out: C00, the honest answer when no case fits: what was read, and no buttons.
Promise: pure; never fails, whatever the entry holds: unknown category, unknown property, null fields.
"""

from bot.model import Diagnosis, Say
from bot.triage.cases.finding import Finding
from bot.triage.situation import Situation, refs


def recognise(situation: Situation, case_id: str) -> Finding | None:  # noqa: ARG001 - every case has this shape
    evidence = situation.evidence
    names = ", ".join(dict.fromkeys(e.object_name for e in evidence.errors)) or "an object"
    rivals = situation.rivals
    what = [
        Say(
            "Entra reports {category} on {property} for {names}.",
            {
                "category": ", ".join(
                    sorted({e.category or "no category" for e in evidence.errors})
                )
                or "no error",
                "property": ", ".join(
                    sorted({e.attribute or "no property" for e in evidence.errors})
                )
                or "no property",
                "names": names,
            },
            ("err",) if evidence.errors else ("searched",),
        )
    ]
    if rivals:
        what.append(
            Say(
                "The value is also held by {rivals}.",
                {"rivals": ", ".join(f"{h.name} ({h.type})" for h in rivals)},
                tuple(r for h in rivals for r in refs(h)),
            )
        )
    return Finding(
        Diagnosis(
            code="C00",
            title=Say(
                "A sync error the bot does not recognise yet: {value}",
                {"value": evidence.value or "no value"},
            ),
            what=tuple(what),
            then=(
                Say(
                    "The bot shows what it read and proposes nothing. A person has to decide.",
                    cites=("searched",),
                ),
            ),
        )
    )
