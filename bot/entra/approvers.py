"""In: a decision, the list of approvers, Entra. Out: nothing to object to, or the reason the approval no longer holds.
The writer's own check at the moment of writing; it has no Slack, so it asks the settings and Entra.
Promise: fail closed: not on the list any more, gone, disabled, or another person: refused.
"""

from collections.abc import Mapping

from bot.model import Case, Decision, ObjectType, Refusal, Say
from bot.ports import Cloud
from bot.triage.routing import Row, Table, route_of


class ListedApprovers:
    """Satisfies `ports.Approvers`. `listed`: Slack user id -> Entra object id."""

    def __init__(self, listed: Mapping[str, str], cloud: Cloud, table: Table | None = None) -> None:
        self._listed = dict(listed)
        self._cloud = cloud
        everybody = Row(number=1, channel="")
        self._table = table or Table(rest=everybody, approvers=tuple(listed))

    async def still_valid(self, decision: Decision, case: Case) -> Refusal | None:
        """Raises Unreachable: without Entra nobody can be checked, and nothing is written."""
        for approval in decision.approvals:
            if self._listed.get(approval.slack_user) != approval.entra_id:
                return Refusal(
                    "not-an-approver",
                    Say(
                        "Nothing was written: {name} is not on the list of approvers any more.",
                        {"name": approval.name},
                    ),
                )
        allowed = route_of(case, self._table, case.proposal(decision.proposal_id)).approvers
        for approval in decision.approvals:
            if approval.slack_user not in allowed:
                return Refusal(
                    "other-route",
                    Say(
                        "Nothing was written: {name} is not among the approvers that the route of this case names.",
                        {"name": approval.name},
                    ),
                )
        ids = [(ObjectType.USER, approval.entra_id) for approval in decision.approvals]
        found = await self._cloud.objects(ids)
        for approval in decision.approvals:
            account = found.get(approval.entra_id)
            if account is None or account.deleted_at is not None or account.enabled is not True:
                return Refusal(
                    "approver-disabled",
                    Say(
                        "Nothing was written: the Entra account of {name} is gone or disabled.",
                        {"name": approval.name},
                    ),
                )
        return None
