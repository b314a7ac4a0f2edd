"""In: the few fields a test is about. Out: a small proposal, signed decisions about it, its receipt and its undo.
Promise: hashed and signed as the product does it; what a test does not name is right.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.model import (
    Approval,
    Change,
    Decision,
    Mode,
    Proposal,
    Receipt,
    Risk,
    Say,
    Step,
    WriteResult,
)
from bot.triage.plan import hash_of, sign
from bot.triage.undo import undo_of

KEY = Ed25519PrivateKey.generate()
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
GUID = "11111111-2222-3333-4444-555555555555"
OLD = "smtp:old@contoso.com"


def step(*changes: Change) -> Step:
    return Step(
        forest="corp",
        guid=GUID,
        dn="CN=Bo,DC=corp",
        name="Bo",
        changes=changes or (Change("proxyAddresses", delete=(OLD,)),),
    )


def proposal(*steps: Step, risk: Risk = Risk.SAFE, **more: Any) -> Proposal:
    usual: dict[str, Any] = {
        "id": "p-1",
        "case_id": "c-1",
        "code": "C01",
        "rank": 1,
        "risk": risk,
        "title": Say(""),
        "because": Say(""),
        "untouched": Say(""),
        "steps": steps or (step(),),
        "before": (),
        "plan_hash": "",
    }
    made = Proposal(**(usual | more))
    return replace(made, plan_hash=hash_of("contoso", made))


def decision(
    about: Proposal, *, by: tuple[str, ...] = ("ann",), slack: str = "", **more: Any
) -> Decision:
    given: dict[str, Any] = {
        "tenant": "contoso",
        "case_id": about.case_id,
        "proposal_id": about.id,
        "revision": 1,
        "plan_hash": about.plan_hash,
        "risk": about.risk,
        "mode": Mode.APPLY,
        "approvals": tuple(
            Approval(
                slack_team="T", slack_user=slack or f"U-{who}", entra_id=who, name=who, at=NOON
            )
            for who in by
        ),
        "reason": "",
        "decided_at": NOON,
        "expires_at": NOON + timedelta(minutes=15),
    }
    return sign(Decision(**(given | more)), KEY)


def written(about: Proposal) -> Receipt:
    return Receipt(proposal_id=about.id, step=0, result=WriteResult.WRITTEN, dc="DC1", at=NOON)


def undone(about: Proposal) -> Proposal:
    made = undo_of(about, [written(about)], tenant="contoso", revision=1)
    assert made is not None
    return made
