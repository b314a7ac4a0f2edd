"""In: access to Redis, which is all that the attacker of these tests has.
Out: a stored case that says it was approved, and the event that makes the writer act on it.
Promise: it looks in every way like the bot's own, but for the signature.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from redis import Redis

from bot.events import FixApproved
from bot.model import Approval, Case, Decision, Mode, State
from bot.store import wire
from tests.scenario.world import World

Sign = Callable[[Decision], Decision]


def approve_in_redis(world: World, case_id: str, sign: Sign) -> None:
    """Both approvers, in time, of exactly what is stored; then the event."""
    with Redis.from_url(world.redis.url, decode_responses=True) as redis:
        key = f"{{dirsync:{world.tenant}}}:case:{case_id}"
        case = wire.decode_case(case_id, str(redis.get(key)))
        decision = sign(decision_on(world, case))
        forged = replace(case, state=State.APPROVED, decision=decision, expires_at=None)
        redis.set(key, wire.encode_case(forged))
        event = FixApproved(
            tenant=world.tenant,
            id=f"{case_id}:{case.revision}:forged",
            case_id=case_id,
            proposal_id=decision.proposal_id,
            revision=case.revision,
        )
        entry = wire.entry(event)
        fields = {"kind": entry.kind, "version": entry.version, "body": entry.body}
        redis.xadd(f"{{dirsync:{world.tenant}}}:{entry.stream}", fields)


def decision_on(world: World, case: Case) -> Decision:
    now = datetime.now(UTC)
    proposal = case.proposals[0]
    people = [world.hands.line["slack"]["users"][name] for name in ("ingrid", "mart")]
    approvals = tuple(
        Approval(
            slack_team=world.hands.line["slack"]["team"],
            slack_user=each["id"],
            entra_id=each["entra_object_id"],
            name="somebody",
            at=now,
        )
        for each in people
    )
    return Decision(
        tenant=world.tenant,
        case_id=case.id,
        proposal_id=proposal.id,
        revision=case.revision,
        plan_hash=proposal.plan_hash,
        risk=proposal.risk,
        mode=Mode.APPLY,
        approvals=approvals,
        reason="because",
        decided_at=now,
        expires_at=now + timedelta(minutes=10),
    )
