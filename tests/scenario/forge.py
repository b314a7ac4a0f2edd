"""In: access to Redis, which is all that the attacker of these tests has.
Out: a stored case that says it was approved, and the event that makes the writer act on it.
Promise: it looks in every way like the bot's own, but for the signature or the seal.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from redis import Redis

from bot.events import Clicked, Event, FixApproved
from bot.model import Approval, Case, Decision, Mode, ReplyTo, SlackUser, State
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
        _put(redis, world, event)


def click_in_redis(world: World, case_id: str, who: str) -> None:
    """The approver's click that nobody made; only Slack's side of the bot could seal it."""
    slack = world.hands.line["slack"]
    with Redis.from_url(world.redis.url, decode_responses=True) as redis:
        key = f"{{dirsync:{world.tenant}}}:case:{case_id}"
        case = wire.decode_case(case_id, str(redis.get(key)))
        event = Clicked(
            tenant=world.tenant,
            id=f"{case_id}:made-up",
            case_id=case_id,
            action="approve",
            proposal_id=case.proposals[0].id,
            revision=case.revision,
            plan_hash=case.proposals[0].plan_hash,
            reply_to=ReplyTo(slack["channel"], SlackUser(slack["team"], world.hands.user(who)), ""),
            clicked_at=f"{datetime.now(UTC).timestamp():.6f}",
            seal="bWFkZSB1cA==",
        )
        _put(redis, world, event)


def _put(redis: Redis, world: World, event: Event) -> None:
    entry = wire.entry(event)
    redis.xadd(
        f"{{dirsync:{world.tenant}}}:{entry.stream}",
        {"kind": entry.kind, "version": entry.version, "body": entry.body},
    )


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
