"""In: a situation. Out: C56, when the failing object is the only holder that could be found anywhere.
Promise: pure; no buttons. Says where the bot looked, what it could not read, and where owners hide.
"""

from bot.model import Diagnosis, Say
from bot.triage.cases.finding import Finding
from bot.triage.situation import Situation, is_conflict, refs, served


def recognise(situation: Situation) -> Finding | None:
    if not (situation.errors and is_conflict(situation.errors)):
        return None
    # something in a recycle bin, or a failing object that has the value all the same, is an owner found
    if situation.others or any(served(h) for h in situation.selves):
        return None
    evidence = situation.evidence
    names = (
        ", ".join(h.name for h in situation.selves)
        or ", ".join(dict.fromkeys(e.object_name for e in evidence.errors if e.object_name))
        or "an object"
    )
    cited = tuple(r for h in situation.selves for r in refs(h))
    looked = ", ".join(evidence.searched) or "no place: nothing could be searched"
    why = [Say("Looked in: {searched}.", {"searched": looked}, ("searched",))]
    why += [
        Say(
            "Could not look everywhere: {where}: {what} ({reason}).",
            {"where": gap.where, "what": gap.what, "reason": gap.why},
            ("gaps",),
        )
        for gap in evidence.gaps
    ]
    why.append(
        Say(
            "Owners hide in: an old mail-enabled public folder, a forest or OU this bot cannot see, "
            "a recycle bin, or an object that Entra does not list.",
            cites=("searched",),
        )
    )
    return Finding(
        Diagnosis(
            code="C56",
            title=Say("Nobody found who holds {value}", {"value": evidence.value}),
            what=(
                Say(
                    "Entra refuses {value} to {names} because something else holds it. "
                    "We could not find what.",
                    {"value": evidence.value, "names": names},
                    (*cited, "err"),
                ),
            ),
            why=tuple(why),
            then=(
                Say(
                    "Until the owner is found the bot proposes nothing: any change would be a guess.",
                    cites=("searched",),
                ),
            ),
        )
    )
