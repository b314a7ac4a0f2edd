"""In: any situation. Out: C00, the honest answer when no case fits: what was read, and no buttons.
Promise: pure; never fails, whatever the entry holds: unknown category, unknown property, null fields.
"""

from bot.model import Diagnosis, Holder, Say
from bot.triage.cases.finding import Finding
from bot.triage.situation import Situation, is_gone, refs
from bot.triage.value import bare_of


def recognise(situation: Situation) -> Finding | None:
    evidence = situation.evidence
    names = ", ".join(
        dict.fromkeys(e.object_name for e in evidence.errors if e.object_name)
    ) or Say("an object")
    has_value = any(bare_of(e.value or "")[1] for e in evidence.errors)
    others = situation.others
    what = [
        Say(
            "Entra reports {category} on {property} for {names}.",
            {
                "category": ", ".join(
                    sorted({e.category or "no category" for e in evidence.errors})
                )
                or Say("no error"),
                "property": ", ".join(
                    sorted({e.attribute or "no property" for e in evidence.errors})
                )
                or Say("no property"),
                "names": names,
            },
            ("err",) if evidence.errors else ("searched",),
        )
    ]
    if others and has_value:
        what.append(
            Say(
                "The value is also held by {rivals}.",
                {"rivals": ", ".join(_who(h) for h in others)},
                tuple(r for h in others for r in refs(h)),
            )
        )
    return Finding(
        Diagnosis(
            code="C00",
            title=Say(
                "A sync error the bot does not recognise yet: {value}", {"value": evidence.value}
            )
            if has_value
            else Say("A sync error of {names} the bot does not recognise yet", {"names": names}),
            what=tuple(what),
            then=(
                Say(
                    "The bot shows what it read and proposes nothing. A person has to decide.",
                    cites=("searched",),
                ),
            ),
        )
    )


def _who(holder: Holder) -> str:
    gone = ", in a recycle bin" if is_gone(holder) else ""
    return f"{holder.name} ({holder.type}{gone})"
