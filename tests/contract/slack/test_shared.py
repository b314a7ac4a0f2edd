"""In: buttons below an answer for one person's eyes, pressed in the lab's Slack, over sockets and over HTTP.
Out: the page in the place of the one before, the answer in the channel, or a word to the person.
Promise: one message is turned over, never a second one made, as often as Slack allows; the channel sees it once.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import msgspec
import pytest_asyncio

from bot.answers import WhoHas
from bot.events import Announced, AnswerClicked, Answered, Asked, Event, PageDue
from bot.lab.slack import Outcome
from bot.lab.slack.people import INGRID, OPS
from bot.lab.slack.records import Message
from bot.model import Kind, ReplyTo
from bot.ports import AuditLine, Result
from bot.slack.channel import SlackChannel
from handlers.kept import pressed
from handlers.present import announce, answer, page
from handlers.timing import Timing
from tests.builders import TENANT, user
from tests.contract.slack.links import until
from tests.contract.slack.test_edge import SIGNER, Room, room  # noqa: F401 - a fixture
from tests.fakes.people import MemoryAnswers

FOUND = WhoHas(
    asked="x",
    value="x@contoso.com",
    kind=Kind.ADDRESS,
    holders=tuple(
        user(f"Holder {n:02}", ad={"dn": f"CN={n:02},DC=contoso,DC=com"}) for n in range(45)
    ),
)


@dataclass
class Desk:
    """The edge on one side, its handlers on the other; what lies in the inbox is handled when the test says."""

    room: Room
    channel: SlackChannel
    answers: MemoryAnswers = field(default_factory=MemoryAnswers)
    audit: list[AuditLine] = field(default_factory=list)

    async def work(self) -> None:
        while self.room.store.events:
            event = self.room.store.events.pop(0)
            for result in await self._handle(event):
                self.room.store.events += result.follow
                self.audit += result.audit

    async def _handle(self, event: Event) -> list[Result]:
        channel, people, answers = self.channel, self.room.people, self.answers
        match event:
            case Answered():
                return await answer(
                    [event], channel=channel, answers=answers, people=people, signer=SIGNER
                )
            case PageDue():
                return await page([event], channel=channel, answers=answers, people=people)
            case Announced():
                return await announce([event], channel=channel, answers=answers)
            case AnswerClicked():
                return await pressed(
                    [event],
                    answers=answers,
                    people=people,
                    signer=SIGNER,
                    clock=_Now(float(event.clicked_at)),
                    timing=Timing(),
                    channel=channel,
                )
        raise AssertionError(event)

    def seen(self, who: str = INGRID.id) -> list[Message]:
        """What only this person sees."""
        return [m for m in self.room.lab.workspace.messages[OPS.id] if m.only_for == who]

    def public(self) -> list[Message]:
        found = self.room.lab.workspace.messages[OPS.id]
        return [
            m for m in found if m.only_for is None and "asked this and shared" in repr(m.blocks)
        ]

    async def press(self, action_id: str, message: Message | None = None) -> Outcome:
        shown = message or self.seen()[0]
        [block] = [b for b in shown.blocks or () if b["type"] == "actions"]
        outcome = await self.room.lab.interactions.click(
            INGRID.id,
            channel_id=OPS.id,
            ts=shown.ts,
            block_id=block["block_id"],
            action_id=action_id,
        )
        await self.work()
        return outcome


@dataclass(frozen=True)
class _Now:
    stamp: float

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.stamp, UTC)

    def new_id(self, prefix: str) -> str:
        return prefix


@pytest_asyncio.fixture
async def desk(room: Room) -> Desk:  # noqa: F811 - the fixture
    """Ingrid has asked, and has her answer."""
    await room.lab.interactions.say(INGRID.id, OPS.id, "/whohas x@contoso.com")
    await until(lambda: bool(room.store.events))
    [question] = room.store.events
    assert isinstance(question, Asked)
    room.store.events[:] = [answered(question.reply_to)]
    channel = SlackChannel(
        room.client, room.store, room.store, channel=OPS.id, approvers=(), clock=room.clock
    )
    made = Desk(room, channel)
    await made.work()
    return made


def answered(to: ReplyTo) -> Answered:
    body = msgspec.json.encode(FOUND).decode()
    return Answered(
        tenant=TENANT, id="e-1:answer", shape="whohas", body=body, reply_to=to, full=True, open=""
    )


def names(message: Message) -> list[str]:
    tables = [b for b in message.blocks or () if b["type"] == "table"]
    return [
        row[0]["elements"][0]["elements"][0]["text"]
        for table in tables
        for row in table["rows"][1:]
    ]


def buttons(message: Message) -> list[str]:
    actions = [b for b in message.blocks or () if b["type"] == "actions"]
    return [e["action_id"] for block in actions for e in block["elements"]]


async def test_all_holders_are_seen_by_turning_one_message_over(desk: Desk) -> None:
    found, ts = names(desk.seen()[0]), desk.seen()[0].ts
    while "answer_next" in buttons(desk.seen()[0]):
        assert (await desk.press("answer_next")).error == ""
        found += names(desk.seen()[0])

    assert found == [f"Holder {n:02}" for n in range(45)]
    assert [m.ts for m in desk.seen()] == [ts]


async def test_a_message_is_turned_over_more_often_than_one_response_url_allows(
    desk: Desk,
) -> None:
    """Each click brings an address of its own, so that five uses are never the end."""
    for _ in range(6):
        await desk.press("answer_next")
        await desk.press("answer_previous")

    assert len(desk.seen()) == 1
    assert names(desk.seen()[0])[0] == "Holder 00"


async def test_an_approver_shows_it_to_everybody_once(desk: Desk) -> None:
    await desk.press("answer_next")
    await desk.press("answer_share")
    [posted] = desk.public()

    assert posted.blocks is not None
    assert {"type": "user", "user_id": INGRID.id} in posted.blocks[-1]["elements"][0]["elements"]
    assert buttons(posted) == []
    assert "answer_share" not in buttons(desk.seen()[0])
    assert "You have shown this to everybody here" in repr(desk.seen()[0].blocks)
    assert [line.action for line in desk.audit] == ["answer.shared"]


async def test_a_press_on_an_old_picture_of_it_shows_it_no_second_time(desk: Desk) -> None:
    """Two windows of Slack, one of which has not drawn it anew."""
    before = replace(desk.seen()[0])
    await desk.press("answer_share")
    desk.seen()[0].blocks = before.blocks
    await desk.press("answer_share")

    assert len(desk.public()) == 1
    assert desk.seen()[-1].text == "This is shown to everybody here already."


async def test_where_the_bot_is_not_in_the_channel_the_person_is_told_and_may_press_again(
    desk: Desk,
) -> None:
    workspace = desk.room.lab.workspace
    workspace.channels[OPS.id].members.discard(workspace.bot.id)
    await desk.press("answer_share")
    told = desk.seen()[-1].text
    workspace.channels[OPS.id].members.add(workspace.bot.id)
    await desk.press("answer_share")

    assert "The bot is not in this channel" in told
    assert len(desk.public()) == 1


async def test_what_is_older_than_slack_lets_it_be_replaced_is_asked_again(desk: Desk) -> None:
    desk.answers.stored.clear()
    await desk.press("answer_next")

    assert desk.seen()[-1].text.endswith("Ask again.")


async def test_nobody_else_sees_the_message_or_its_buttons(desk: Desk) -> None:
    shown = desk.seen()[0]
    [block] = [b for b in shown.blocks or () if b["type"] == "actions"]
    others = [u for u in desk.room.lab.workspace.users.values() if u.id != INGRID.id]
    outcomes = [
        await desk.room.lab.interactions.click(
            other.id,
            channel_id=OPS.id,
            ts=shown.ts,
            block_id=block["block_id"],
            action_id="answer_share",
        )
        for other in others
        if not other.is_bot and desk.room.lab.workspace.sees(other.id, OPS.id)
    ]

    assert {outcome.error for outcome in outcomes} == {"action_not_found"}


async def test_a_button_of_another_version_is_told_so(desk: Desk) -> None:
    shown = desk.seen()[0]
    for block in shown.blocks or ():
        for element in block.get("elements", []) if block["type"] == "actions" else []:
            element["value"] = "answer;7"
    await desk.press("answer_share")
    await until(lambda: len(desk.seen()) == 2)

    assert "another version" in desk.seen()[-1].text


async def test_while_redis_is_away_the_person_is_told(desk: Desk) -> None:
    desk.room.store.away = True
    await desk.press("answer_share")
    await until(lambda: len(desk.seen()) == 2)

    assert "cannot reach its store" in desk.seen()[-1].text
    assert desk.public() == []


async def test_the_same_delivery_twice_is_one_press(desk: Desk) -> None:
    desk.room.lab.http.copies = 2
    await desk.press("answer_share")

    assert len(desk.public()) == 1


async def test_one_response_url_is_used_five_times_and_then_slack_is_asked_another_way(
    desk: Desk,
) -> None:
    """The asker of a question may be told several things: the answer, and later that two objects were joined."""
    faults = desk.room.lab.workspace.faults
    await desk.room.lab.interactions.say(INGRID.id, OPS.id, "/whohas y@contoso.com")
    await until(lambda: bool(desk.room.store.events))
    question = desk.room.store.events.pop()
    assert isinstance(question, Asked)
    before = faults.calls["response_url"]
    for number in range(7):
        body = f'{{"msgid":"Word {number}"}}'
        await desk.channel.answer("say", body, question.reply_to, full=False)

    assert faults.calls["response_url"] - before == 5
    assert faults.calls["chat.postEphemeral"] == 2
    assert [m.text for m in desk.seen()[1:]] == [f"Word {number}" for number in range(7)]
