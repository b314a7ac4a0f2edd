"""In: a click and what came of it. Out: the answer for that person, the card asked to be drawn again, a refusal.
Shared by whoever decides on clicks: about a change (`handlers.decide`), or beside it (`handlers.aside`).
Promise: a refusal changes no state, is answered with its reason, stands in the audit, and has the card redrawn.
"""

import hmac
from datetime import datetime

import msgspec

from bot.events import (
    AnswerClicked,
    Answered,
    AsideClicked,
    BatchClicked,
    CaseChanged,
    Clicked,
    Switched,
)
from bot.model import Case, Refusal, Say
from bot.ports import AuditLine, Result, Signer
from handlers.timing import Timing

Click = Clicked | AsideClicked
OnCase = Click | BatchClicked
Heard = OnCase | Switched | AnswerClicked

NOT_HEARD = Refusal(
    "not-from-slack",
    Say(
        "This click did not come from Slack to this bot, so nothing was done. "
        "If you did click, click again; if not, check who can write to Redis."
    ),
)
NO_CASE = Refusal("no-case", Say("This case is not known any more."))
AFFECTED = Refusal(
    "affected",
    Say(
        "You hold, gain or lose this value yourself, so somebody else has to decide. "
        "Ask another approver."
    ),
)


def came_from_slack(event: Heard, signer: Signer) -> bool:
    """The edge seals each click as it hears it: Redis may not make one up."""
    return hmac.compare_digest(event.seal, signer.seal(event.unsealed()))


def actor(event: Heard) -> str:
    who = event.reply_to.user
    return f"{who.team}/{who.user}"


def refused(event: OnCase, why: Refusal) -> Result:
    line = AuditLine(
        actor=actor(event),
        action="decision.refused",
        case_id=event.case_id,
        facts={"why": why.code, "action": event.action, "proposal": event.proposal_id},
    )
    # the card may be an old picture: draw it again as it stands
    redraw = CaseChanged(tenant=event.tenant, id=f"{event.id}:redraw", case_id=event.case_id)
    return Result(event=event, follow=(answered(event, why.say), redraw), audit=(line,))


def answered(event: Heard, say: Say) -> Answered:
    return Answered(
        tenant=event.tenant,
        id=f"{event.id}:answer",
        shape="say",
        body=msgspec.json.encode(say).decode(),
        reply_to=event.reply_to,
    )


LOOK_AGAIN = ":recheck"  # how the look ends that a person asked for


def redrawn(event: OnCase, case: Case) -> CaseChanged:
    return CaseChanged(tenant=event.tenant, id=f"{event.id}:redraw", case_id=case.id)


def too_late(event: Heard, now: datetime, timing: Timing) -> Refusal | None:
    """A click that was kept back, or taken out of Redis and put in again, decides nothing later on."""
    if now.timestamp() - float(event.clicked_at or 0) <= timing.approval_good_for.total_seconds():
        return None
    return Refusal(
        "late-click", Say("This click reached the bot too late. Read the card and click again.")
    )
