"""In: answers of explain and diagnose. Out: the same as JSON for other programs, in English, with stable names.
Promise: pure; a field that says nothing is left out; names are camelCase, as Graph's are.
"""

from typing import Any

from bot.answers import Examined, Explained, Pasted
from bot.model import Gap, Proposal, Runbook, Say, Score
from bot.triage.value import fold


def explained(found: Explained, *, offline: bool) -> dict[str, Any]:
    """`diagnoses` stands there unless nothing was to be looked up."""
    told: dict[str, Any] = {"errors": [error(pasted) for pasted in found.errors]}
    if not offline:
        told["diagnoses"] = [examined(each) for each in found.examined]
    if found.notes:
        told["notes"] = _says(found.notes)
    if found.trouble:
        told["trouble"] = found.trouble.english()
    return told


def error(pasted: Pasted) -> dict[str, Any]:
    """`attribute` is what the text calls it; `means` what that is, where it is something else."""
    read = pasted.error
    called = pasted.attribute or read.attribute
    other = (
        read.attribute if read.attribute and fold(read.attribute) != fold(called or "") else None
    )
    whose = {
        "objectId": read.object_id or None,
        "objectName": read.object_name or None,
        "conflictId": read.conflict_id,
        "category": read.category,
        "occurredAt": read.occurred_at,
        "dn": pasted.dn or None,
        "immutableId": pasted.anchor or None,
    }
    told = {"attribute": called, "value": read.value}
    if other:
        told["means"] = other
    return {**told, **{k: v for k, v in whose.items() if v}, "origin": read.origin}


def examined(each: Examined) -> dict[str, Any]:
    diagnosis, evidence = each.diagnosis, each.evidence
    told = {
        "caseId": each.key.id,
        "value": evidence.value,
        "code": diagnosis.code,
        "title": diagnosis.title.english(),
        "what": _says(diagnosis.what),
        "why": _says(diagnosis.why),
        "then": _says(diagnosis.then),
        "alert": diagnosis.alert,
        "keeper": diagnosis.keeper,
        "losers": list(diagnosis.losers),
        "scores": [_score(score) for score in diagnosis.scores],
        "proposals": [_proposal(proposal) for proposal in each.proposals],
        "runbooks": [_runbook(runbook) for runbook in diagnosis.runbooks],
        "searched": list(evidence.searched),
        "gaps": [_gap(gap) for gap in evidence.gaps],
    }
    if each.state:
        told["state"] = each.state
    return told


def _says(says: tuple[Say, ...]) -> list[str]:
    return [say.english() for say in says]


def _score(score: Score) -> dict[str, Any]:
    terms = [{"points": term.points, "why": term.say.english()} for term in score.terms]
    return {"ref": score.ref, "name": score.name, "total": score.total, "terms": terms}


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "rank": proposal.rank,
        "risk": proposal.risk,
        "title": proposal.title.english(),
        "because": proposal.because.english(),
        "consequences": _says(proposal.consequences),
        "untouched": proposal.untouched.english(),
        "steps": list(proposal.steps),
        "planHash": proposal.plan_hash,
    }


def _runbook(runbook: Runbook) -> dict[str, Any]:
    return {
        "rank": runbook.rank,
        "risk": runbook.risk,
        "title": runbook.title.english(),
        "because": runbook.because.english(),
        "steps": [{"say": s.say.english(), "command": s.command} for s in runbook.steps],
        "undo": runbook.undo.english(),
    }


def _gap(gap: Gap) -> dict[str, str]:
    return {"where": gap.where, "what": gap.what, "why": gap.why}
