"""In: a situation. Out: C18, when the value is a legacy address: X500, EUM, X400 and the like.
Entra does not compare them. An X500 address is what replies to old mail go by: without it they come back.
Promise: pure; no change and no instruction, ever.
"""

from bot.model import Diagnosis, Say
from bot.triage.cases.finding import Finding
from bot.triage.situation import Situation, refs
from bot.triage.value import bare_of, fold

_LEGACY = frozenset({"x500", "x400", "eum", "msmail", "ccmail", "notes", "fax", "gwise"})


def recognise(situation: Situation) -> Finding | None:
    kinds = [_legacy_kind(e.value or "") for e in situation.errors]
    if not kinds or not all(kinds):
        return None
    holders = [h for h in situation.evidence.holders if h.ad_claims or h.cloud_claims]
    cites = tuple(r for h in holders for r in refs(h))
    gaps = {
        "kind": ", ".join(sorted({k.upper() for k in kinds if k})),
        "names": ", ".join(h.name for h in holders) or Say("an object"),
        "value": situation.value,
    }
    return Finding(
        Diagnosis(
            code="C18",
            title=Say("A legacy address ({kind}) stands more than once", gaps),
            what=(Say("{value} is a legacy address ({kind}) of {names}.", gaps, (*cites, "err")),),
            why=(
                Say(
                    "Entra does not compare legacy addresses, so this one is not why something is refused.",
                    cites=("err",),
                ),
            ),
            then=(
                Say(
                    "Leave it as it is: answers to old mail find their way by it, and without it they come back.",
                    cites=("err",),
                ),
            ),
        )
    )


def _legacy_kind(value: str) -> str:
    prefix, bare = bare_of(value)
    if prefix in _LEGACY:
        return prefix
    return "x500" if bare.startswith("/o=") or fold(value).startswith("/o=") else ""
