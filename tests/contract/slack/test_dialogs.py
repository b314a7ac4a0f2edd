"""In: people at the menu of a card in the lab's Slack, and at the dialogs it opens. Out: one sealed event each.
Promise: refused beside its field or written; whoever may not is told so before typing; nothing typed is lost.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.events import AsideClicked, Clicked, Event
from bot.lab.slack import Outcome
from bot.lab.slack.people import INGRID, OPS, TEAM
from bot.model import Case, Ignored, Moment, Refusal, Say, SlackUser, Snooze
from bot.slack.cards import draw
from tests import builders
from tests.contract.slack.links import until
from tests.contract.slack.test_edge import FULL, SIGNER, Room, room

__all__ = ["room"]

WHY = "The shop closes in May, nobody needs this any more."


@dataclass
class Desk:
    room: Room
    case: Case

    async def show(self, case: Case) -> None:
        self.case = case
        self.room.store.stored[case.id] = case
        await self.room.post(draw(case, approvers=(INGRID.id,)).blocks)

    async def pick(self, line: str) -> Outcome:
        """One line of the menu."""
        message = self.room.lab.workspace.message(OPS.id, self.room.ts)
        assert message is not None
        [block] = [b for b in message.blocks or () if b["type"] == "actions"]
        [menu] = [e for e in block["elements"] if e["type"] == "overflow"]
        [value] = [o["value"] for o in menu["options"] if o["value"].startswith(f"a={line};")]
        return await self.room.lab.interactions.click(
            INGRID.id,
            channel_id=OPS.id,
            ts=self.room.ts,
            block_id=block["block_id"],
            action_id="more",
            choice=value,
        )

    async def opened(self, line: str) -> dict[str, Any]:
        await self.pick(line)
        return await self.filled()

    async def filled(self) -> dict[str, Any]:
        await until(lambda: self.views() and "Reading the case" not in repr(self.views()))
        return self.views()[-1]

    def views(self) -> list[dict[str, Any]]:
        workspace = self.room.lab.workspace
        stack = workspace.stacks.get(INGRID.id, [])
        return [{**workspace.views[v].body, "id": v} for v in stack]

    async def send(self, view: dict[str, Any], **given: Any) -> Outcome:
        return await self.room.lab.interactions.submit(INGRID.id, view["id"], given)

    async def press(self, view: dict[str, Any], action: str) -> Outcome:
        """The first button of that name in a dialog."""
        found = [
            b["block_id"]
            for b in view["blocks"]
            for e in b.get("elements", ())
            if e.get("action_id") == action
        ]
        return await self.room.lab.interactions.click_view(
            INGRID.id, view_id=view["id"], block_id=found[0], action_id=action
        )

    def events(self) -> list[Event]:
        return self.room.store.events

    def aside(self) -> AsideClicked:
        [event] = self.events()
        assert isinstance(event, AsideClicked)
        assert event.seal == SIGNER.seal(event.unsealed())
        assert event.reply_to.user == SlackUser(TEAM, INGRID.id)
        assert event.reply_to.channel == OPS.id
        return event

    def stamp(self, **span: float) -> int:
        return int((self.room.clock.now() + timedelta(**span)).timestamp())


@pytest_asyncio.fixture
async def desk(room: Room) -> Desk:
    made = Desk(room, builders.case())
    await made.show(builders.case(builders.evidence(builders.keeper(), builders.both_primary())))
    return made


# ------------------------------------------------------------ one click


@pytest.mark.parametrize(("line", "kind"), [("assign", AsideClicked), ("recheck", Clicked)])
async def test_a_line_of_the_menu_is_one_sealed_click(
    desk: Desk, line: str, kind: type[AsideClicked | Clicked]
) -> None:
    assert await desk.pick(line) == Outcome()

    [event] = desk.events()
    assert isinstance(event, kind)
    assert (event.action, event.case_id) == (line, desk.case.id)
    assert event.revision == desk.case.revision
    assert event.seal == SIGNER.seal(event.unsealed())


async def test_a_store_that_is_away_is_said_and_nothing_is_taken(desk: Desk) -> None:
    desk.room.store.away = True
    await desk.pick("assign")
    await until(desk.room.whispered)

    assert "cannot reach its store" in desk.room.whispered()[-1]
    assert desk.events() == []


async def test_a_menu_of_another_version_is_said_to_be_one(desk: Desk) -> None:
    option = {"text": {"type": "plain_text", "text": "Dance"}, "value": "a=dance;c=c-1;v=1"}
    old = {"text": {"type": "plain_text", "text": "Old"}, "value": "old"}
    menu = {"type": "overflow", "action_id": "more", "options": [option, old]}
    await desk.room.post([{"type": "actions", "elements": [menu]}])
    for number, value in enumerate((option["value"], old["value"]), 1):
        message = desk.room.lab.workspace.message(OPS.id, desk.room.ts)
        assert message is not None
        [block] = message.blocks or []
        await desk.room.lab.interactions.click(
            INGRID.id,
            channel_id=OPS.id,
            ts=desk.room.ts,
            block_id=block["block_id"],
            action_id="more",
            choice=value,
        )
        await until(lambda number=number: len(desk.room.whispered()) == number)  # type: ignore[misc]

        assert "another version of the bot" in desk.room.whispered()[-1]


async def test_a_snoozed_card_has_a_button_that_wakes_it(desk: Desk) -> None:
    now = desk.room.clock.now()
    await desk.show(replace(desk.case, snoozed=Snooze(at=now, by="Mart")))
    await desk.room.click("aside_wake")

    assert (desk.aside().action, desk.aside().case_id) == ("wake", desk.case.id)


# ------------------------------------------------------------ snooze and ignore


async def test_snoozed_until_a_moment(desk: Desk) -> None:
    view = await desk.opened("snooze")
    outcome = await desk.send(view, how="time", until=desk.stamp(days=3))
    event = desk.aside()

    assert (outcome, desk.views()) == (Outcome(), [])
    assert (event.action, event.until) == ("snooze", desk.room.clock.now() + timedelta(days=3))
    assert float(event.clicked_at) == desk.room.clock.now().timestamp()


async def test_snoozed_until_something_changes(desk: Desk) -> None:
    view = await desk.opened("snooze")
    await desk.send(view, how="change", until=desk.stamp(days=3))

    assert (desk.aside().action, desk.aside().until) == ("snooze", None)


async def test_as_it_was_filled_in_by_the_dialog_it_is_a_day(desk: Desk) -> None:
    view = await desk.opened("snooze")
    await desk.send(view)

    assert desk.aside().until == desk.room.clock.now() + timedelta(days=1)


async def test_what_is_no_end_is_said_beside_the_field_and_can_be_mended(desk: Desk) -> None:
    view = await desk.opened("ignore")
    late = await desk.send(view, reason=WHY, until=desk.stamp(days=200))
    past = await desk.send(view, reason=WHY, until=desk.stamp(days=-1))

    assert "At most 180 days" in late.errors["until"]
    assert "That moment is over" in past.errors["until"]
    assert (desk.events(), len(desk.views())) == ([], 1)

    assert await desk.send(view, reason=WHY, until=desk.stamp(days=20)) == Outcome()
    assert desk.aside().reason == WHY
    assert desk.aside().until == desk.room.clock.now() + timedelta(days=20)


@pytest.mark.parametrize("reason", ["", "because", " " * 20])
async def test_nothing_is_ignored_without_a_reason(desk: Desk, reason: str) -> None:
    view = await desk.opened("ignore")
    outcome = await desk.send(view, reason=reason, until=desk.stamp(days=20))

    assert list(outcome.errors) == ["reason"]
    assert desk.events() == []


async def test_an_attack_is_not_ignored_and_its_snooze_has_no_open_end(desk: Desk) -> None:
    assert desk.case.diagnosis
    await desk.show(replace(desk.case, diagnosis=replace(desk.case.diagnosis, alert=True)))
    view = await desk.opened("snooze")
    long = await desk.send(view, until=desk.stamp(hours=25))

    assert [b["block_id"] for b in view["blocks"]] == ["intro", "alert", "until"]
    assert "24 hours at most" in long.errors["until"]
    assert await desk.send(view, until=desk.stamp(hours=24)) == Outcome()

    with pytest.raises(ValueError, match="not enough values"):
        await desk.pick("ignore")


@pytest.mark.parametrize("line", ["snooze", "ignore", "others"])
async def test_who_may_not_is_told_so_before_typing(desk: Desk, line: str) -> None:
    desk.room.people.says = Refusal("no", Say("You may not approve."))
    view = await desk.opened(line)

    assert "You may not approve." in repr(view["blocks"])
    assert "submit" not in view


async def test_a_case_that_moved_on_meanwhile_is_not_set_aside(desk: Desk) -> None:
    view = await desk.opened("snooze")
    desk.room.store.stored[desk.case.id] = replace(desk.case, revision=desk.case.revision + 1)
    outcome = await desk.send(view)
    await desk.room.lab.interactions.close(INGRID.id, view["id"])
    again = await desk.opened("snooze")

    assert "The evidence has changed" in outcome.errors["until"]
    assert "The evidence has changed" in repr(again["blocks"])


async def test_a_store_that_is_away_keeps_what_was_typed(desk: Desk) -> None:
    view = await desk.opened("ignore")
    desk.room.store.away = True
    away = await desk.send(view, reason=WHY, until=desk.stamp(days=20))
    desk.room.store.away = False
    back = await desk.send(view, reason=WHY, until=desk.stamp(days=20))

    assert "cannot reach its store" in away.errors["until"]
    assert (back, desk.aside().reason) == (Outcome(), WHY)


async def test_what_is_ignored_already_is_said_at_once(desk: Desk) -> None:
    now = desk.room.clock.now()
    until_then = now + timedelta(days=9)
    ignored = Ignored(at=now, by="Mart Tamm", reason=WHY, until=until_then)
    desk.room.store.stored[desk.case.id] = replace(desk.case, ignored=ignored)
    view = await desk.opened("snooze")

    assert "Mart Tamm has it ignored until" in "".join(_texts(view))


# ------------------------------------------------------------ other fixes


async def test_another_change_is_read_in_full_and_put_on_the_card(desk: Desk) -> None:
    shown, other = desk.case.proposals
    view = await desk.opened("others")
    change = other.steps[0].changes[0]

    assert all(value in repr(view["blocks"]) for value in (*change.delete, *change.add))
    assert repr(view["blocks"]).count("aside_choose") == 1

    await desk.press(view, "aside_choose")
    await until(lambda: "Taken." in repr(desk.views()))
    event = desk.aside()

    assert (event.action, event.proposal_id, event.plan_hash) == (
        "choose",
        other.id,
        other.plan_hash,
    )
    assert event.proposal_id != shown.id


async def test_a_choice_that_was_not_taken_is_said_in_the_dialog(desk: Desk) -> None:
    view = await desk.opened("others")
    desk.room.store.away = True
    await desk.press(view, "aside_choose")
    await until(lambda: "cannot reach its store" in repr(desk.views()))

    assert desk.events() == []


# ------------------------------------------------------------ the history


async def test_a_long_history_is_turned_page_by_page(desk: Desk) -> None:
    now = desk.room.clock.now()
    told = tuple(Moment(now, f"Person {n}.", Say("Assigned.")) for n in range(45))
    await desk.show(replace(desk.case, timeline=told))
    await desk.room.click("fix_details")
    newest = await desk.filled()
    await desk.press(newest, "details_older")
    await until(lambda: "Person 5.:" in repr(desk.views()))
    older = desk.views()[-1]
    await desk.press(older, "details_newer")
    await until(lambda: "Person 44.:" in repr(desk.views()))

    assert "Person 44.:" in repr(newest)
    assert "Person 44.:" not in repr(older)
    assert "details_newer" not in repr(desk.views()[-1])


async def test_who_reads_no_details_turns_no_page(desk: Desk) -> None:
    now = desk.room.clock.now()
    told = tuple(Moment(now, f"Person {n}.", Say("Assigned.")) for n in range(45))
    await desk.show(replace(desk.case, timeline=told))
    await desk.room.click("fix_details")
    view = await desk.filled()
    desk.room.people.says = replace(FULL, full_reader=False)
    await desk.press(view, "details_older")
    await until(lambda: "for full readers" in repr(desk.views()))

    assert "Person" not in repr(desk.views())


def _texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["text"]] if isinstance(node.get("text"), str) else []
        return own + [text for child in node.values() for text in _texts(child)]
    return [text for child in node for text in _texts(child)] if isinstance(node, list) else []
