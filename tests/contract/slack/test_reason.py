"""In: an approver before a change that takes two people, in the lab's Slack. Out: one click with a typed reason.
Promise: the dialog shows the very change, is refused beside its field, and says who it was that sent it off.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient

from bot.events import Clicked
from bot.lab.slack import LabSlack, Outcome
from bot.lab.slack.people import INGRID, MART, OPS, TEAM
from bot.model import Agreement, Case, Choice, Done, Person, Refusal, Say, SlackUser, State
from bot.slack.cards import draw
from bot.slack.connection import Workspace
from bot.triage.past import undo_of_case, undos_of_case
from bot.triage.plan import agreement_bytes, choice_bytes
from tests import builders
from tests.builders import NOW, TENANT, VALUE
from tests.contract.slack.fakes import Clock, Store
from tests.contract.slack.links import until
from tests.contract.slack.test_edge import SIGNER, Room, opened, room

__all__ = ["room"]

WHY = "Johanna moved to another address in May."


@dataclass
class Desk:
    """The room, with a card on it whose change takes two people."""

    room: Room
    case: Case

    async def ask(self, who: str = INGRID.id, action: str = "reason_approve") -> dict[str, Any]:
        """Presses the button and gives the dialog as it is filled."""
        workspace = self.room.lab.workspace
        message = workspace.message(OPS.id, self.room.ts)
        assert message is not None
        [block_id] = [b["block_id"] for b in message.blocks or () if b["type"] == "actions"]
        await self.room.lab.interactions.click(
            who, channel_id=OPS.id, ts=self.room.ts, block_id=block_id, action_id=action
        )
        await until(lambda: "Reading the case" not in repr(self.views(who)) and self.views(who))
        return self.views(who)[-1]

    def views(self, who: str) -> list[dict[str, Any]]:
        workspace = self.room.lab.workspace
        stack = workspace.stacks.get(who, [])
        return [{**workspace.views[v].body, "id": v} for v in stack]

    async def send(
        self, view: dict[str, Any], reason: str, who: str = INGRID.id, **more: Any
    ) -> Outcome:
        given = {"reason": reason, **more}
        return await self.room.lab.interactions.submit(who, view["id"], given)

    def clicks(self) -> list[Clicked]:
        return [e for e in self.room.store.events if isinstance(e, Clicked)]

    async def show(self, case: Case) -> None:
        self.case = case
        self.room.store.stored[case.id] = case
        await self.room.post(draw(case, approvers=(INGRID.id,)).blocks)


@pytest_asyncio.fixture
async def glass(
    lab: LabSlack, client: AsyncWebClient, workspace: Workspace, store: Store, clock: Clock
) -> AsyncIterator[Desk]:
    """The same where the company lets one person approve alone in an emergency."""
    async with opened(lab, client, workspace, store, clock, break_glass=True) as made:
        found = Desk(made, builders.case())
        await found.show(
            builders.case(builders.evidence(builders.keeper(), builders.both_primary()))
        )
        yield found


@pytest_asyncio.fixture
async def desk(room: Room) -> Desk:
    made = Desk(room, builders.case())
    await made.show(builders.case(builders.evidence(builders.keeper(), builders.both_primary())))
    return made


def agreed(case: Case, slack_user: str, **over: Any) -> Case:
    first = case.proposals[0]
    given = Agreement(
        proposal_id=first.id,
        revision=case.revision,
        plan_hash=first.plan_hash,
        approval=builders.approval(slack_user=slack_user),
        reason=WHY,
    )
    seal = SIGNER.seal(agreement_bytes(TENANT, case.id, given))
    return replace(case, agreed=(replace(given, seal=seal, **over),))


async def test_the_dialog_shows_the_change_and_what_people_will_notice(desk: Desk) -> None:
    view = await desk.ask()
    calls = [c.method for c in desk.room.lab.workspace.faults.log if c.method.startswith("views.")]

    assert calls == ["views.open", "views.update"]
    assert f"- SMTP:{VALUE}" in repr(view["blocks"])
    assert "shows another sender address" in repr(view["blocks"])
    assert view["blocks"][-1]["label"]["text"] == "Why is this right?"
    assert desk.clicks() == []


async def test_a_reason_sent_off_is_one_sealed_click(desk: Desk) -> None:
    view = await desk.ask()
    outcome = await desk.send(view, f"  {WHY}  ")
    [event] = desk.clicks()
    proposal = desk.case.proposals[0]

    assert (outcome, desk.views(INGRID.id)) == (Outcome(), [])
    assert (event.action, event.reason) == ("approve", WHY)
    assert (event.case_id, event.proposal_id) == (desk.case.id, proposal.id)
    assert (event.revision, event.plan_hash) == (desk.case.revision, proposal.plan_hash)
    assert event.reply_to.user == SlackUser(TEAM, INGRID.id)
    assert event.reply_to.channel == OPS.id
    assert float(event.clicked_at) == desk.room.clock.now().timestamp()
    assert event.seal == SIGNER.seal(event.unsealed())


@pytest.mark.parametrize("reason", ["", "because", " " * 30, "         x"])
async def test_what_is_no_reason_is_said_beside_the_field(desk: Desk, reason: str) -> None:
    view = await desk.ask()
    outcome = await desk.send(view, reason)

    assert list(outcome.errors) == ["reason"]
    assert len(desk.views(INGRID.id)) == 1
    assert desk.clicks() == []

    again = await desk.send(view, WHY)

    assert (again, len(desk.clicks())) == (Outcome(), 1)


async def test_the_second_one_reads_the_reason_of_the_first_and_needs_none(desk: Desk) -> None:
    await desk.show(agreed(desk.case, MART.id))
    view = await desk.ask()

    assert WHY in repr(view["blocks"])
    assert view["blocks"][-1]["optional"] is True
    assert await desk.send(view, "") == Outcome()
    assert [event.reason for event in desk.clicks()] == [""]


async def test_whoever_approved_first_is_told_so_before_typing_again(desk: Desk) -> None:
    await desk.show(agreed(desk.case, INGRID.id))
    view = await desk.ask()

    assert "You have approved this already" in repr(view["blocks"])
    assert "submit" not in view


async def test_whoever_chose_the_change_is_told_so_before_typing(desk: Desk) -> None:
    proposal = desk.case.proposals[0]
    by = Person(slack=SlackUser(TEAM, INGRID.id), entra_id="e-1", name="Ingrid Berg")
    choice = Choice(
        proposal_id=proposal.id,
        revision=desk.case.revision,
        plan_hash=proposal.plan_hash,
        by=by,
        at=NOW,
    )
    seal = SIGNER.seal(choice_bytes(TENANT, desk.case.id, choice))
    await desk.show(replace(desk.case, chosen=replace(choice, seal=seal)))
    view = await desk.ask()

    assert "You chose this change" in repr(view["blocks"])
    assert "submit" not in view


async def test_a_first_approval_that_nobody_sealed_is_shown_to_nobody(desk: Desk) -> None:
    await desk.show(agreed(desk.case, MART.id, reason="Just do it, says somebody in Redis."))
    view = await desk.ask()

    assert "says somebody" not in repr(view["blocks"])
    assert view["blocks"][-1]["optional"] is False


async def test_who_may_not_approve_is_told_so_before_typing(desk: Desk) -> None:
    desk.room.people.says = Refusal("not-an-approver", Say("You may not approve."))
    view = await desk.ask()

    assert "You may not approve." in repr(view["blocks"])
    assert "submit" not in view


async def test_an_older_card_asks_nothing(desk: Desk) -> None:
    desk.room.store.stored[desk.case.id] = replace(desk.case, revision=desk.case.revision + 1)
    view = await desk.ask()

    assert "The evidence has changed" in repr(view["blocks"])


async def test_a_store_that_is_away_is_said_in_the_dialog_and_nothing_typed_is_lost(
    desk: Desk,
) -> None:
    view = await desk.ask()
    desk.room.store.away = True
    away = await desk.send(view, WHY)
    asked = await desk.ask(MART.id)
    desk.room.store.away = False
    back = await desk.send(view, WHY)

    assert "cannot reach its store" in away.errors["reason"]
    assert "cannot reach its store" in repr(asked["blocks"])
    assert (back, len(desk.clicks())) == (Outcome(), 1)


async def test_a_dialog_of_another_version_is_refused_beside_its_field(desk: Desk) -> None:
    view = await desk.ask()
    desk.room.lab.workspace.views[view["id"]].body["private_metadata"] = "p=1"
    outcome = await desk.send(view, WHY)

    assert "another version of the bot" in outcome.errors["reason"]
    assert desk.clicks() == []


async def test_an_undo_that_takes_two_people_asks_why_too(desk: Desk) -> None:
    case = desk.case
    written = replace(
        case,
        state=State.WRITTEN,
        decision=builders.decision(case),
        receipts=(builders.receipt(case),),
    )
    await desk.show(written)
    view = await desk.ask(action="reason_undo")
    await desk.send(view, WHY)
    [event] = desk.clicks()
    undo = undo_of_case(written)

    assert undo is not None
    assert f"+ SMTP:{VALUE}" in repr(view["blocks"])
    assert (event.action, event.proposal_id, event.plan_hash) == ("undo", undo.id, undo.plan_hash)


async def test_a_safe_undo_is_one_click(desk: Desk) -> None:
    case = builders.case()
    written = replace(
        case,
        state=State.WRITTEN,
        decision=builders.decision(case),
        receipts=(builders.receipt(case),),
    )
    await desk.show(written)
    await desk.room.click("fix_undo")
    [event] = desk.clicks()

    assert (event.action, event.reason) == ("undo", "")


async def test_each_change_of_a_case_that_has_gone_on_is_put_back_by_its_own_button(
    desk: Desk,
) -> None:
    case = builders.case()
    first = case.proposals[0]
    past = tuple(
        Done(
            proposal=replace(first, id=f"p-{n}", steps=(replace(first.steps[0], guid=f"{n}"),)),
            receipts=(builders.receipt(case, proposal_id=f"p-{n}"),),
            at=NOW,
        )
        for n in (1, 2)
    )
    await desk.show(replace(case, past=past))
    message = desk.room.lab.workspace.message(OPS.id, desk.room.ts)
    assert message is not None
    for block in (b for b in message.blocks or () if "accessory" in b):
        await desk.room.lab.interactions.click(
            INGRID.id,
            channel_id=OPS.id,
            ts=desk.room.ts,
            block_id=block["block_id"],
            action_id="fix_undo",
        )
    await until(lambda: len(desk.clicks()) == 2)
    undos = undos_of_case(desk.case)

    assert [e.action for e in desk.clicks()] == ["undo", "undo"]
    assert [e.proposal_id for e in desk.clicks()] == [u.id for u in undos]
    assert [u.undo_of for u in undos] == ["p-2", "p-1"]


async def test_another_person_who_sends_it_off_is_named_as_that_person(desk: Desk) -> None:
    desk.room.people.says = Person(slack=SlackUser(TEAM, MART.id), entra_id="m", name="Mart")
    view = await desk.ask(MART.id)
    await desk.send(view, WHY, MART.id)
    [event] = desk.clicks()

    assert event.reply_to.user == SlackUser(TEAM, MART.id)


# ------------------------------------------------------------ break glass

LONG = "Payroll runs in ten minutes and nobody else is awake."


async def test_a_box_ticked_and_a_long_reason_are_one_click_of_its_own(glass: Desk) -> None:
    view = await glass.ask()
    short = await glass.send(view, WHY[:20], glass=["alone"])
    outcome = await glass.send(view, LONG, glass=["alone"])
    [event] = glass.clicks()

    assert "at least 30 characters" in short.errors["reason"]
    assert (outcome, event.action, event.reason) == (Outcome(), "break_glass", LONG)
    assert event.seal == SIGNER.seal(event.unsealed())


async def test_a_box_that_is_not_ticked_is_an_approval_like_any_other(glass: Desk) -> None:
    view = await glass.ask()
    await glass.send(view, WHY)

    assert [event.action for event in glass.clicks()] == ["approve"]


async def test_who_waits_in_vain_is_asked_again_and_a_second_one_is_not(glass: Desk) -> None:
    await glass.show(agreed(glass.case, INGRID.id))
    own = await glass.ask()
    await glass.room.lab.interactions.close(INGRID.id, own["id"])
    await glass.show(agreed(glass.case, MART.id))
    second = await glass.ask()

    assert "glass" in {b["block_id"] for b in own["blocks"]}
    assert "glass" not in {b["block_id"] for b in second["blocks"]}


async def test_where_nobody_may_be_alone_there_is_no_box(desk: Desk) -> None:
    view = await desk.ask()

    assert "glass" not in {b["block_id"] for b in view["blocks"]}


async def test_an_undo_has_no_box(glass: Desk) -> None:
    written = replace(
        glass.case,
        state=State.WRITTEN,
        decision=builders.decision(glass.case),
        receipts=(builders.receipt(glass.case),),
    )
    await glass.show(written)
    view = await glass.ask(action="reason_undo")

    assert "glass" not in {b["block_id"] for b in view["blocks"]}
