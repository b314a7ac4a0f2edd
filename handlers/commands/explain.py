"""In: the text of an error, as somebody pasted it. Out: the errors in it, and what each of them is today.
The same evidence and the same cases as for an error that was polled; what the text leaves out is looked for.
Promise: nothing is written, and nothing is offered for approval here: that is what cards are for.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.answers import Examined, Explained, Pasted
from bot.events import QuestionAllowed
from bot.model import CaseKey, CloudFindings, CloudObject, Evidence, Holder, Origin, Say, SyncError
from bot.ports import AdReader, Cases, Clock, Cloud
from bot.triage import everybody
from bot.triage.diagnose import diagnose
from bot.triage.pasted import read
from bot.triage.policy import Policy
from bot.triage.situation import is_gone
from bot.triage.value import fold, key_of
from handlers.commands.command import Command, Ports, Reply
from handlers.evidence import gather

MOST_CASES = 10


async def explain(
    text: str,
    *,
    tenant: str,
    ad: AdReader,
    cloud: Cloud,
    clock: Clock,
    policy: Policy,
    full: bool,
    cases: Cases | None = None,
) -> Explained:
    """`cases`: where it is looked up whether there is a card already. Raises Unreachable, Refused."""
    told = understood(text)
    if told.trouble:
        return told
    errors = await _with_their_objects(told.errors, cloud, full=full)
    by_key: dict[CaseKey, list[Pasted]] = {}
    for error in errors:
        by_key.setdefault(key_of(tenant, error.error), []).append(error)
    keys = list(by_key)[:MOST_CASES]
    first = await gather(
        [(key, ()) for key in keys], ad=ad, cloud=cloud, clock=clock, policy=policy
    )
    settled = [(key, _settled(key, by_key[key], first[key.id])) for key in keys]
    second = await gather(settled, ad=ad, cloud=cloud, clock=clock, policy=policy)
    known = await cases.get_many([key.id for key in keys]) if cases else {}
    examined = []
    for key in keys:
        finding = diagnose(
            second[key.id], case_id=key.id, previous=None, now=clock.now(), policy=policy
        )
        examined.append(
            Examined(
                key=key,
                evidence=second[key.id],
                diagnosis=finding.diagnosis,
                proposals=finding.proposals,
                state=known[key.id].state if key.id in known else None,
            )
        )
    notes = told.notes
    unlisted = [key for key, now in settled if _is_settled(by_key[key], now)]
    if unlisted:
        notes = (
            *notes,
            Say(
                "Entra lists no error about {values} any more: it may be settled. What follows is what both sides hold now.",
                {"values": ", ".join(key.value for key in unlisted)},
            ),
        )
    if len(by_key) > MOST_CASES:
        left = Say(
            "{count} more values stand in the text; only the first {limit} were looked up. Paste the rest by itself.",
            {"count": str(len(by_key) - MOST_CASES), "limit": str(MOST_CASES)},
        )
        notes = (*notes, left)
    if not full:
        examined = [everybody.examined(each) for each in examined]
    return Explained(errors=errors, examined=tuple(examined), notes=notes)


def understood(text: str) -> Explained:
    """What can be told without any server."""
    reading = read(text)
    notes = []
    if reading.left_out:
        notes.append(
            Say(
                "{count} more errors stand in the text; only the first {limit} were read.",
                {"count": str(reading.left_out), "limit": str(len(reading.errors))},
            )
        )
    return Explained(errors=reading.errors, notes=tuple(notes), trouble=reading.trouble)


# ---------------------------------------------------------------- whose error it is


async def _with_their_objects(
    errors: Sequence[Pasted], cloud: Cloud, *, full: bool
) -> tuple[Pasted, ...]:
    """The text names an id or an ImmutableId: the kind of object and its name are read for it.

    What lies in a recycle bin is named to full readers only.
    """
    ids = sorted({p.error.object_id for p in errors if p.error.object_id})
    anchors = sorted({p.anchor for p in errors if p.anchor})
    by_id, by_anchor = await asyncio.gather(cloud.by_ids(ids), cloud.by_anchors(anchors))
    seen = {key: _shown(found, full=full) for key, found in (*by_id.items(), *by_anchor.items())}
    known = {c.id: c for key in ids for c in seen[key]}
    tied = {a: seen[a][0] for a in anchors if len(seen[a]) == 1}
    return tuple(_named(p, known.get(p.error.object_id) or tied.get(p.anchor)) for p in errors)


def _shown(found: CloudFindings, *, full: bool) -> tuple[CloudObject, ...]:
    return tuple(c for c in found.objects if full or c.deleted_at is None)


def _named(pasted: Pasted, of: CloudObject | None) -> Pasted:
    if of is None:
        return pasted
    error = replace(pasted.error, object_id=of.id, object_type=of.type, object_name=of.name)
    return replace(pasted, error=error)


def _settled(key: CaseKey, pasted: Sequence[Pasted], evidence: Evidence) -> tuple[SyncError, ...]:
    """The errors as Entra lists them, where it does: those are true today. Else the ones that were pasted."""
    listed = {
        error: None
        for holder in evidence.holders
        if holder.cloud
        for error in holder.cloud.errors
        if key_of(key.tenant, error) == key
    }
    if listed:
        conflict = next((p.error.conflict_id for p in pasted if p.error.conflict_id), None)
        return tuple(replace(e, conflict_id=e.conflict_id or conflict) for e in listed)
    return tuple(_placed(p, evidence) for p in pasted)


def _is_settled(pasted: Sequence[Pasted], now: Sequence[SyncError]) -> bool:
    """A quarantine stands on the object in Entra; where it does not, it is over or on its way."""
    was = any(p.error.origin is Origin.QUARANTINE for p in pasted)
    return was and not any(e.origin is Origin.QUARANTINE for e in now)


def _placed(pasted: Pasted, evidence: Evidence) -> SyncError:
    """The object that fails, where the text did not say: by its DN, else the one holder that Entra left without.

    Entra does not list the error, so it is one of the sync server, whatever the text called it.
    """
    error = replace(pasted.error, origin=Origin.EXPORT)
    if error.object_id:
        return error
    failing = _by_dn(pasted.dn, evidence) or _left_without(pasted, evidence)
    if failing is None or failing.cloud is None:
        return error
    twin = failing.cloud
    return replace(error, object_id=twin.id, object_type=twin.type, object_name=twin.name)


def _by_dn(dn: str, evidence: Evidence) -> Holder | None:
    if not dn:
        return None
    return next((h for h in evidence.holders if h.ad and fold(h.ad.dn) == fold(dn)), None)


def _left_without(pasted: Pasted, evidence: Evidence) -> Holder | None:
    found = [
        h
        for h in evidence.holders
        if h.ad_claims
        and not h.cloud_claims
        and h.cloud
        and not is_gone(h)
        and h.cloud.id != pasted.error.conflict_id
    ]
    return found[0] if len(found) == 1 else None


async def _answer(question: QuestionAllowed, ports: Ports) -> Reply:
    found = await explain(
        question.text,
        tenant=question.tenant,
        ad=ports.ad,
        cloud=ports.cloud,
        clock=ports.clock,
        policy=ports.policy,
        full=question.full,
        cases=ports.cases,
    )
    if found.trouble:
        return Reply("explained", found)
    return Reply(
        "explained",
        found,
        everybody=everybody.explained(found) if question.full else found,
        alert=any(each.diagnosis.alert for each in found.examined),
    )


COMMAND = Command(
    help=Say(
        "/dirsync explain TEXT: what a pasted sync error means, in any language: the sentence with the square brackets, "
        "event 6941, JSON. The message shortcut “Explain this error” does the same."
    ),
    answer=_answer,
)
