"""In: the card of a storm in the lab's Slack, and an approver with its dialogs. Out: one sealed BatchClicked, as it was seen.
Promise: nothing is put before the right number was typed; a storm of thousands is one message.
"""

from dataclasses import dataclass, replace
from typing import Any

import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient

from bot.events import BatchClicked
from bot.lab.slack import LabSlack
from bot.lab.slack.people import INGRID, OPS
from bot.model import Case, Refusal, Say, State, Storm
from bot.slack.cards import draw
from bot.triage.causes import member_of
from bot.triage.lists import item_of
from tests.builders import case, key
from tests.contract.slack.fakes import Clock, Store
from tests.contract.slack.house import House
from tests.contract.slack.links import until
from tests.contract.slack.sender import Sender, case_of, shown
from tests.contract.slack.test_edge import Room, room  # noqa: F401 - the fixture
from tests.unit.slack.samples import storm as sample


@dataclass(frozen=True)
class Stormy:
    room: Room
    storm: Case
    cases: list[Case]

    def view(self) -> dict[str, Any]:
        workspace = self.room.lab.workspace
        [view_id] = workspace.stacks.get(INGRID.id, [])
        return {**workspace.views[view_id].body, "id": view_id}

    async def submit(self, given: dict[str, Any]) -> Any:
        return await self.room.lab.interactions.submit(INGRID.id, self.view()["id"], given)

    def put(self) -> list[BatchClicked]:
        return [e for e in self.room.store.events if isinstance(e, BatchClicked)]


def stormy_cases(count: int) -> tuple[Case, list[Case]]:
    storm = sample()
    found = [
        replace(case(), key=key(value=f"n{n}@contoso.com"), batch=storm.id) for n in range(count)
    ]
    return replace(storm, storm=Storm(members=tuple(map(member_of, found)))), found


@pytest_asyncio.fixture
async def stormy(room: Room) -> Stormy:  # noqa: F811 - the fixture above
    storm, found = stormy_cases(12)
    room.store.stored |= {c.id: c for c in (storm, *found)}
    await room.post(draw(storm, approvers=(INGRID.id,)).blocks)
    return Stormy(room, storm, found)


async def test_a_list_is_read_page_by_page_and_its_number_typed(stormy: Stormy) -> None:
    await stormy.room.click("storm_review")
    await until(lambda: "Page 1 of 2" in stormy.room.dialog())
    await stormy.submit({"leave0": ["1"]})
    await until(lambda: "Page 2 of 2" in stormy.room.dialog())
    await stormy.submit({})
    await until(lambda: "Changes that you approve: 11" in stormy.room.dialog())
    wrong = await stormy.submit({"count": "12"})

    assert "exactly this number" in str(wrong.errors)
    assert stormy.put() == []

    await stormy.submit({"count": "11"})
    await until(stormy.put)
    [event] = stormy.put()
    expected = [item_of(c) for n, c in enumerate(stormy.cases) if n != 1]

    assert (event.action, event.case_id) == ("agree", stormy.storm.id)
    assert list(event.items) == expected
    assert event.reply_to.channel == OPS.id


async def test_who_may_not_approve_sees_no_list(stormy: Stormy) -> None:
    stormy.room.people.says = Refusal("not-an-approver", Say("You may not approve."))
    await stormy.room.click("storm_review")
    await until(lambda: "You may not approve." in stormy.room.dialog())

    assert "proxyAddresses" not in stormy.room.dialog()


async def test_a_list_is_of_what_this_person_may_approve_however_much_comes_before_it(
    room: Room,  # noqa: F811 - the fixture above
) -> None:
    storm, found = stormy_cases(100)
    ours = [replace(case(), key=key(value=f"ours{n}@b.com"), batch=storm.id) for n in range(2)]
    storm = replace(storm, storm=Storm(members=tuple(map(member_of, (*found, *ours)))))
    room.store.stored |= {c.id: c for c in (storm, *found, *ours)}
    room.people.others = frozenset(c.id for c in found)
    await room.post(draw(storm, approvers=(INGRID.id,)).blocks)
    await room.click("storm_review")
    await until(lambda: "Page 1 of 1" in room.dialog())

    assert "ours0@b.com" in room.dialog()
    assert "ours1@b.com" in room.dialog()
    assert "n0@contoso.com" not in room.dialog()
    assert "Not in this list any more" not in room.dialog()


async def test_every_case_can_be_looked_up_and_shown(stormy: Stormy) -> None:
    await stormy.room.click("storm_cases")
    await until(lambda: "storm_show0" in stormy.room.dialog())
    view = stormy.view()
    await stormy.room.lab.interactions.click_view(
        INGRID.id, view_id=view["id"], block_id="show3", action_id="storm_show3"
    )
    await until(stormy.put)
    [event] = stormy.put()

    assert (event.action, event.items[0].case_id) == ("show", stormy.cases[3].id)


async def test_two_hundred_at_once_are_one_message_and_every_case_is_in_it(
    lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock
) -> None:
    lab.workspace.now = lambda: clock.now().timestamp()
    sender = Sender(client, store, clock)
    storm, found = stormy_cases(200)
    sender.stop_after = 4000
    await sender.send(*found, storm)

    assert [case_of(m) for m in shown(lab)] == [storm.id]
    assert "200" in shown(lab)[0].text
    assert lab.workspace.faults.calls["chat.postMessage"] == 1
    assert store.nothing_waits()


async def test_a_card_that_was_pressed_waits_behind_none_of_the_thousands_that_have_no_card(
    lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock
) -> None:
    lab.workspace.now = lambda: clock.now().timestamp()
    house = House(lab, client, store, clock)
    storm, found = stormy_cases(200)
    store.stored |= {c.id: c for c in (storm, *found)}
    for each in found:
        await house.channels.show(each.id)
    of_the_members = store.asked
    await house.channels.show(storm.id)
    first = await store.outbox_take(OPS.id, clock.now())

    assert of_the_members == 0
    assert first is not None
    assert first.case_id == storm.id


async def test_a_member_that_had_a_card_before_the_storm_is_still_drawn_anew(
    lab: LabSlack, client: AsyncWebClient, store: Store, clock: Clock
) -> None:
    lab.workspace.now = lambda: clock.now().timestamp()
    house = House(lab, client, store, clock)
    storm, [member] = stormy_cases(1)
    await house.send(replace(member, batch=""))
    await house.send(storm, replace(member, state=State.REJECTED))
    titles = [card.text.split(":")[0] for card in house.cards(OPS.id)]

    assert len(titles) == 2
    assert "Rejected" in titles
