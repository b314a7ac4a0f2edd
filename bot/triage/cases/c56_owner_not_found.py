"""In: a situation. Out: C56, when the failing object is the only holder that could be found anywhere.
Promise: pure; no buttons. Says where the bot looked, what it could not read, and where owners hide: what the
evidence points to comes first, what is merely possible comes last.
"""

from collections.abc import Iterator
from datetime import timedelta

from bot.model import EVERYTHING, Diagnosis, Gap, Say
from bot.triage.cases.finding import Finding
from bot.triage.situation import Situation, granted, is_conflict, refs
from bot.triage.value import fold

FRESH = timedelta(minutes=30)  # one cycle: so long either side may not know yet what the other does


def recognise(situation: Situation) -> Finding | None:
    if not (situation.errors and is_conflict(situation.errors)):
        return None
    # something in a recycle bin, or a failing object that has the value all the same, is an owner found
    if situation.others or any(granted(situation.errors, h) for h in situation.selves):
        return None
    evidence = situation.evidence
    names = (
        ", ".join(h.name for h in situation.selves)
        or ", ".join(dict.fromkeys(e.object_name for e in evidence.errors if e.object_name))
        or Say("an object")
    )
    cited = tuple(r for h in situation.selves for r in refs(h))
    looked = ", ".join(evidence.searched) or Say("no place: nothing could be searched")
    why = [Say("Looked in: {searched}.", {"searched": looked}, ("searched",))]
    why += [_unread(gap) for gap in sorted(evidence.gaps, key=_weight)]
    why += _pointed_to(situation)
    why.append(
        Say(
            "Owners also hide in: an old mail-enabled public folder, a forest or OU this bot cannot see, "
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


def _weight(gap: Gap) -> int:
    """How likely the owner is in there: a place nobody looked into at all, a list, a recycle bin, anything else."""
    what = fold(gap.what)
    if gap.what == EVERYTHING:
        return 0
    if "recycle bin" in what or "deleted" in what:
        return 2
    return 1 if fold(gap.where) == "entra" else 3


def _unread(gap: Gap) -> Say:
    return Say(
        "Could not look everywhere: {where}: {what} ({reason}).",
        {"where": gap.where, "what": gap.what, "reason": gap.why},
        ("gaps",),
    )


def _pointed_to(situation: Situation) -> Iterator[Say]:
    """Hiding places that something in the evidence speaks for."""
    evidence, value = situation.evidence, situation.value
    named = sorted({e.conflict_id for e in evidence.errors if e.conflict_id})
    for each in named:
        read = [h for h in evidence.holders if h.cloud and fold(h.cloud.id) == fold(each)]
        for holder in read:
            yield Say(
                "The sync server names {owner}. Entra does not show the value on it: an account without a licence can "
                "hold an address that is not shown.",
                {"owner": holder.name},
                (*refs(holder), "err"),
            )
        if not read:
            yield Say(
                "The sync server names the object {id}, which is in no list that could be read.",
                {"id": each},
                ("err", "searched"),
            )
    local, _, domain = value.rpartition("@")
    if domain and domain == fold(evidence.tenant.initial_domain):
        yield Say(
            "Entra makes addresses of {domain} itself, from the alias of an account: look for one with the alias "
            "{value}.",
            {"domain": domain, "value": local},
            ("tenant",),
        )
    verified = {fold(d) for d in evidence.tenant.verified_domains}
    if domain and verified and domain not in verified:
        yield Say(
            "{domain} is not verified in this tenant, so another tenant may own it.",
            {"domain": domain},
            ("tenant",),
        )
    since = max((e.occurred_at for e in evidence.errors if e.occurred_at), default=None)
    if since is not None and evidence.read_at - since < FRESH:
        yield Say(
            "The error is from {when}: one side may not know yet what the other one does. The bot looks again by itself.",
            {"when": f"{since:%Y-%m-%d %H:%M} UTC"},
            ("err",),
        )
