"""In: a proposal or a decision. Out: the exact bytes that are hashed and signed, and their check.
Canonical JSON (sorted keys, no blanks, UTF-8) of plain data only: no time of reading, no translated text.
Promise: the hash changes when anything people relied on changes, and only then.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.errors import Untrusted
from bot.model import Agreement, Before, Case, Choice, Decision, Proposal, Risk, Step


def canonical(document: Any) -> bytes:
    def plain(value: object) -> str:
        if isinstance(value, datetime):
            return value.isoformat()
        raise TypeError(f"{type(value).__name__} does not belong into a hash")

    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain
    ).encode()


def plan_hash(
    *,
    tenant: str,
    case_id: str,
    code: str,
    risk: Risk,
    steps: tuple[Step, ...],
    before: tuple[Before, ...],
    affected: tuple[str, ...],
) -> str:
    """Hex SHA-256 over what would be written, everything the proposal relies on, and whom it touches:
    those may not approve it, so the list must not be shortened unseen.

    `before` is a set: in what order the directory gave the values says nothing.
    """
    document = {
        "tenant": tenant,
        "case": case_id,
        "code": code,
        "risk": str(risk),
        "steps": [asdict(step) for step in steps],
        "before": sorted([b.ref, b.what, sorted(b.values)] for b in before),
        "affected": sorted(affected),
    }
    return hashlib.sha256(canonical(document)).hexdigest()


def hash_of(tenant: str, proposal: Proposal) -> str:
    """The hash made anew from what the proposal says; compare it with `proposal.plan_hash`."""
    return plan_hash(
        tenant=tenant,
        case_id=proposal.case_id,
        code=proposal.code,
        risk=proposal.risk,
        steps=proposal.steps,
        before=proposal.before,
        affected=proposal.affected,
    )


def _signed_bytes(decision: Decision) -> bytes:
    """What came later into a decision counts where it says something: both versions of a rolling upgrade agree."""
    document = asdict(replace(decision, signature=""))
    for name in ("break_glass", "chosen_by"):
        if not document[name]:
            del document[name]
    return canonical(document)


def sign(decision: Decision, key: Ed25519PrivateKey) -> Decision:
    signature = base64.b64encode(key.sign(_signed_bytes(decision))).decode()
    return replace(decision, signature=signature)


def seal(heard: bytes, key: Ed25519PrivateKey) -> str:
    """The edge's mark on what Slack told it. The word in front keeps it from ever being a decision's."""
    return base64.b64encode(key.sign(b"heard:" + heard)).decode()


def agreement_bytes(tenant: str, case_id: str, agreement: Agreement) -> bytes:
    """What the edge seals of a first approval. The word in front keeps it from ever being a click's."""
    document = {"tenant": tenant, "case": case_id, **asdict(replace(agreement, seal=""))}
    return b"agreed:" + canonical(document)


def first_of_two(
    case: Case, proposal: Proposal, seal_of: Callable[[bytes], str]
) -> Agreement | None:
    """The approval that waits for a second one: given for this very plan, and sealed by the edge."""
    about = (proposal.id, case.revision, proposal.plan_hash)
    for each in case.agreed:
        ours = seal_of(agreement_bytes(case.key.tenant, case.id, each))
        same = (each.proposal_id, each.revision, each.plan_hash) == about
        if same and hmac.compare_digest(each.seal, ours):
            return each
    return None


def choice_bytes(tenant: str, case_id: str, choice: Choice) -> bytes:
    """What the edge seals of a choice. The word in front keeps it from ever being an approval's."""
    document = {"tenant": tenant, "case": case_id, **asdict(replace(choice, seal=""))}
    return b"chosen:" + canonical(document)


def choice_of(case: Case, proposal: Proposal, seal_of: Callable[[bytes], str]) -> Choice | None:
    """Who chose this very plan: as far as the edge has sealed it."""
    choice = case.chosen
    if choice is None:
        return None
    ours = seal_of(choice_bytes(case.key.tenant, case.id, choice))
    same = (choice.proposal_id, choice.revision, choice.plan_hash) == (
        proposal.id,
        case.revision,
        proposal.plan_hash,
    )
    return choice if same and hmac.compare_digest(choice.seal, ours) else None


def check_signature(decision: Decision, key: Ed25519PublicKey) -> None:
    """Raises Untrusted when any field differs from what the edge signed."""
    try:
        key.verify(base64.b64decode(decision.signature, validate=True), _signed_bytes(decision))
    except (InvalidSignature, ValueError) as error:
        raise Untrusted(
            "The decision is not signed by this bot's edge.",
            todo="Nothing was written. Check who can write to Redis, then approve again.",
        ) from error
