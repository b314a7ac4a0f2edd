"""In: commands and clicks of people in the lab, over sockets and over HTTP. Out: events in the inbox, or a word to the person.
Promise: each click is one event and never two; whatever goes wrong, the person is told.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient

from bot.events import Asked, Clicked
from bot.lab.slack import LabSlack, Outcome
from bot.lab.slack.people import INGRID, OPS, TEAM
from bot.lab.slack.records import Command, Shortcut
from bot.model import Case, Person, Refusal, ReplyTo, Say, SlackUser
from bot.slack.buttons import button_value
from bot.slack.cards import draw
from bot.slack.connection import Workspace, check, listening
from bot.slack.edge import build_app
from bot.slack.questions import question, said_in, unescaped
from bot.words import Language, Languages, speaking, t
from tests.builders import TENANT, case
from tests.contract.slack.fakes import Clock, Everybody, Store
from tests.contract.slack.links import posted_to, reached, until
from tests.fakes.people import KeySigner

WHO = SlackUser(TEAM, INGRID.id)
SIGNER = KeySigner()
FULL = Person(slack=WHO, entra_id="e", name="Ingrid Berg", full_reader=True)


@dataclass
class Room:
    lab: LabSlack
    client: AsyncWebClient
    store: Store
    people: Everybody
    clock: Clock
    case: Case
    ts: str = ""

    async def post(self, blocks: list[dict[str, Any]]) -> None:
        posted = await self.client.chat_postMessage(channel=OPS.id, text="card", blocks=blocks)
        self.ts = str(posted["ts"])

    async def click(self, action_id: str, choice: str | None = None) -> Outcome:
        message = self.lab.workspace.message(OPS.id, self.ts)
        assert message is not None
        [block_id] = [b["block_id"] for b in message.blocks or () if b["type"] == "actions"]
        return await self.lab.interactions.click(
            INGRID.id,
            channel_id=OPS.id,
            ts=self.ts,
            block_id=block_id,
            action_id=action_id,
            choice=choice,
        )

    def whispered(self) -> list[str]:
        found = self.lab.workspace.messages.get(OPS.id, [])
        return [m.text for m in found if m.only_for == INGRID.id]

    def dialog(self) -> str:
        views = self.lab.workspace.stacks.get(INGRID.id, [])
        return repr([self.lab.workspace.views[v].body["blocks"] for v in views])


@asynccontextmanager
async def opened(
    lab: LabSlack,
    client: AsyncWebClient,
    workspace: Workspace,
    store: Store,
    clock: Clock,
    languages: Languages | None = None,
    *,
    break_glass: bool = False,
) -> AsyncIterator[Room]:
    people = Everybody(FULL)
    app = build_app(
        client,
        identity=await check(client, workspace),
        inbox=store,
        cases=store,
        people=people,
        signer=SIGNER,
        tenant=TENANT,
        clock=clock,
        languages=languages,
        signing_secret=workspace.listen.signing_secret if workspace.listen else "",
        break_glass=break_glass,
    )
    shown = case()
    store.stored[shown.id] = shown
    async with listening(app, workspace) as link:
        await reached(lab, link)
        made = Room(lab, client, store, people, clock, shown)
        await made.post(draw(shown, approvers=(INGRID.id,)).blocks)
        yield made


@pytest_asyncio.fixture(params=["socket", "http"])
async def room(
    request: pytest.FixtureRequest,
    lab: LabSlack,
    client: AsyncWebClient,
    workspace: Workspace,
    store: Store,
    clock: Clock,
) -> AsyncIterator[Room]:
    way = posted_to(workspace, lab) if request.param == "http" else workspace
    async with opened(lab, client, way, store, clock) as made:
        yield made


@pytest.mark.parametrize("language", Language)
async def test_a_click_is_answered_in_the_language_of_who_clicked(
    lab: LabSlack,
    client: AsyncWebClient,
    workspace: Workspace,
    store: Store,
    clock: Clock,
    language: Language,
) -> None:
    spoken = Languages(channel=Language.EN, people={INGRID.id: language})
    with speaking(language):
        told = t(
            "This button is from another version of the bot. Read the newest card of the case."
        )
        dialog = t("Timeline (UTC)")
    async with opened(lab, client, workspace, store, clock, spoken) as room:
        button = {"type": "plain_text", "text": "New"}
        element = {"type": "button", "action_id": "fix_new", "text": button, "value": "x"}
        await room.click("fix_details")
        await until(lambda: dialog in room.dialog())
        await room.post([{"type": "actions", "elements": [element]}])
        await room.click("fix_new")
        await until(room.whispered)

        assert room.whispered() == [told]


@pytest.mark.parametrize("action", ["approve", "reject"])
async def test_a_click_is_one_event_that_says_what_was_seen(room: Room, action: str) -> None:
    outcome = await room.click(f"fix_{action}")

    [event] = room.store.events
    assert isinstance(event, Clicked)
    proposal = room.case.proposals[0]
    assert outcome == Outcome()
    assert (event.action, event.case_id, event.tenant) == (action, room.case.id, TENANT)
    assert (event.proposal_id, event.revision) == (proposal.id, room.case.revision)
    assert event.plan_hash == proposal.plan_hash
    assert (event.reply_to.user, event.reply_to.channel) == (WHO, OPS.id)
    assert event.reply_to.response_url.startswith(room.lab.base_url)
    assert float(event.clicked_at) > 0
    assert event.seal == SIGNER.seal(event.unsealed())


async def test_a_line_of_the_menu_is_one_event(room: Room) -> None:
    line = f"a=recheck;c={room.case.id};v={room.case.revision}"
    outcome = await room.click("more", line)

    [event] = room.store.events
    assert isinstance(event, Clicked)
    assert outcome == Outcome()
    assert (event.action, event.case_id, event.revision) == (
        "recheck",
        room.case.id,
        room.case.revision,
    )
    assert event.seal == SIGNER.seal(event.unsealed())


async def test_the_same_delivery_twice_is_one_event(room: Room) -> None:
    seen: list[dict[str, Any]] = []
    deliver = room.lab.interactions.delivery.deliver

    class Twice:
        async def deliver(self, kind: str, payload: dict[str, Any], retry: Any = None) -> Any:
            seen.append(payload)
            await deliver(kind, payload, retry)
            return await deliver(kind, payload, retry)

    room.lab.interactions.delivery = Twice()
    await room.click("fix_approve")

    assert (len(seen), len(room.store.events)) == (1, 1)


async def test_two_clicks_are_two_events(room: Room) -> None:
    await room.click("fix_approve")
    await room.click("fix_approve")

    assert len(room.store.events) == 2


async def test_a_store_that_is_away_is_said_to_the_person(room: Room) -> None:
    room.store.away = True
    await room.click("fix_approve")
    await until(room.whispered)

    assert room.store.events == []
    assert "cannot reach its store" in room.whispered()[0]


async def test_after_the_store_is_back_the_click_counts(room: Room) -> None:
    room.store.away = True
    await room.click("fix_approve")
    room.store.away = False
    await room.click("fix_approve")

    assert len(room.store.events) == 1


@pytest.mark.parametrize("value", ["c=1", "c=1;p=2;v=x;h=y", "{}", "c=1;p=2;v=1;h=y;extra=;"])
async def test_a_button_of_another_version_is_answered(room: Room, value: str) -> None:
    button = {"type": "plain_text", "text": "Old"}
    element = {"type": "button", "action_id": "fix_approve", "text": button, "value": value}
    await room.post([{"type": "actions", "elements": [element]}])
    await room.click("fix_approve")
    await until(room.whispered)

    assert room.store.events == []
    assert "from another version of the bot" in room.whispered()[0]


async def test_an_unknown_button_is_answered(room: Room) -> None:
    button = {"type": "plain_text", "text": "New"}
    element = {"type": "button", "action_id": "fix_snooze", "text": button, "value": "x"}
    await room.post([{"type": "actions", "elements": [element]}])

    assert (await room.click("fix_snooze")) == Outcome()
    await until(room.whispered)
    assert "from another version of the bot" in room.whispered()[0]


async def test_a_card_without_a_proposal_can_be_checked_again(room: Room) -> None:
    value = button_value(room.case, None)
    button = {"type": "plain_text", "text": "Re-check now"}
    element = {"type": "button", "action_id": "fix_recheck", "text": button, "value": value}
    await room.post([{"type": "actions", "elements": [element]}])
    await room.click("fix_recheck")

    [event] = room.store.events
    assert isinstance(event, Clicked)
    assert (event.case_id, event.proposal_id, event.plan_hash) == (room.case.id, "-", "-")


# ---------------------------------------------------------------- commands


async def ask(room: Room, line: str) -> Outcome:
    return await room.lab.interactions.say(INGRID.id, OPS.id, line)


async def test_a_command_is_one_question(room: Room) -> None:
    outcome = await ask(room, "/whohas SMTP:john@contoso.com")

    [event] = room.store.events
    assert isinstance(event, Asked)
    assert outcome == Outcome()
    assert (event.command, event.text) == ("whohas", "SMTP:john@contoso.com")
    assert (event.reply_to.user, event.reply_to.channel) == (WHO, OPS.id)


async def test_what_slack_made_entities_of_is_read_as_typed(room: Room) -> None:
    await ask(room, "/whohas John &lt;r&amp;d@contoso.com&gt;")

    [event] = room.store.events
    assert isinstance(event, Asked)
    assert event.text == "John <r&d@contoso.com>"


def test_an_entity_that_was_typed_stays_one() -> None:
    assert unescaped("&amp;lt;") == "&lt;"


async def test_a_command_is_answered_when_the_store_is_away(room: Room) -> None:
    room.store.away = True
    await ask(room, "/whohas x@contoso.com")
    await until(room.whispered)

    assert "cannot reach its store" in room.whispered()[0]


@pytest.mark.parametrize(
    ("line", "word", "text"),
    [
        ("/dirsync", "help", ""),
        ("/dirsync help", "help", ""),
        ("/dirsync WhoHas  SMTP:john@contoso.com", "whohas", "SMTP:john@contoso.com"),
        ("/dirsync lookup john smith", "lookup", "john smith"),
    ],
)
async def test_the_word_after_dirsync_is_the_command(
    room: Room, line: str, word: str, text: str
) -> None:
    await ask(room, line)

    [event] = room.store.events
    assert isinstance(event, Asked)
    assert (event.command, event.text) == (word, text)


def test_what_follows_the_word_is_kept_with_its_lines() -> None:
    assert question("/dirsync", "explain\nUnable to update\n  [Mail a@b.c;] ") == (
        "explain",
        "Unable to update\n  [Mail a@b.c;] ",
    )


async def test_a_command_of_a_later_version_is_answered(room: Room) -> None:
    room.lab.workspace.commands.append(Command("/lookup", "Of a later manifest", "x"))
    outcome = await ask(room, "/lookup x")
    await until(room.whispered)

    assert (outcome, room.store.events) == (Outcome(), [])
    assert "does not know /lookup" in room.whispered()[0]


# ---------------------------------------------------------------- the shortcut


async def test_a_card_is_not_asked_what_its_own_error_means(room: Room) -> None:
    """The answer was that there is no sync error in the message."""
    await room.lab.interactions.shortcut(
        INGRID.id, channel_id=OPS.id, ts=room.ts, callback_id="explain_error"
    )
    await until(room.whispered)

    assert room.store.events == []
    assert f"is the card of case {room.case.id}" in room.whispered()[0]


async def on_message(room: Room, text: str, callback_id: str = "explain_error") -> Outcome:
    await room.lab.interactions.say(INGRID.id, OPS.id, text)
    said = [m for m in room.lab.workspace.messages[OPS.id] if m.user == INGRID.id][-1]
    return await room.lab.interactions.shortcut(
        INGRID.id, channel_id=OPS.id, ts=said.ts, callback_id=callback_id
    )


async def test_a_message_with_an_error_is_one_question(room: Room) -> None:
    outcome = await on_message(room, "Hei! [ProxyAddresses SMTP:john@contoso.com;]")

    [event] = room.store.events
    assert isinstance(event, Asked)
    assert outcome == Outcome()
    assert (event.command, event.text) == (
        "explain",
        "Hei! [ProxyAddresses SMTP:john@contoso.com;]",
    )
    assert (event.reply_to.user, event.reply_to.channel) == (WHO, OPS.id)
    assert event.reply_to.response_url.startswith(room.lab.base_url)


async def test_a_shortcut_is_answered_when_the_store_is_away(room: Room) -> None:
    room.store.away = True
    await on_message(room, "[Mail a@contoso.com;]")
    await until(room.whispered)

    assert "cannot reach its store" in room.whispered()[0]


async def test_a_shortcut_of_a_later_version_is_answered(room: Room) -> None:
    room.lab.workspace.shortcuts.append(Shortcut("open_case", "Open a case"))
    await on_message(room, "[Mail a@contoso.com;]", "open_case")
    await until(room.whispered)

    assert room.store.events == []
    assert "another version" in room.whispered()[0]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"text": "a", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "b"}}]}, "a"),
        ({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "b"}}]}, "b"),
        ({"text": "a", "attachments": [{"title": "t", "text": "[Mail x@y.z;]"}]}, "a\nt\n[Mail x@y.z;]"),
        ({"blocks": [{"type": "rich_text", "elements": [
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "q"}]}]}]}, "q"),
        ({"text": None, "attachments": [None, "x"]}, ""),
        (None, ""),
    ],
)  # fmt: skip
def test_all_that_a_message_says_is_the_question(message: Any, text: str) -> None:
    assert said_in({"message": message}) == text


# ---------------------------------------------------------------- details


async def test_details_open_at_once_and_are_filled(room: Room) -> None:
    await room.click("fix_details")
    await until(lambda: "Timeline" in room.dialog())

    calls = [c.method for c in room.lab.workspace.faults.log if c.method.startswith("views.")]
    assert calls == ["views.open", "views.update"]
    assert "The error as Entra gave it" in room.dialog()
    assert room.store.events == []


async def test_details_open_as_loading(room: Room) -> None:
    room.lab.workspace.faults.fail_next("views.update", "internal_error")
    await room.click("fix_details")
    await until(room.whispered)

    assert "Reading the case" in room.dialog()
    assert "Something went wrong" in room.whispered()[0]


async def test_details_are_refused_to_who_may_not_ask(room: Room) -> None:
    room.people.says = Refusal("not-a-reader", Say("You may not ask."))
    await room.click("fix_details")
    await until(lambda: "You may not ask." in room.dialog())

    assert "CN=" not in room.dialog()


async def test_details_are_for_full_readers(room: Room) -> None:
    room.people.says = Person(slack=WHO, entra_id="e", name="Kari")
    await room.click("fix_details")
    await until(lambda: "for full readers" in room.dialog())

    assert "CN=" not in room.dialog()


async def test_details_of_a_case_that_has_gone(room: Room) -> None:
    room.store.stored.clear()
    await room.click("fix_details")

    await until(lambda: "not known any more" in room.dialog())
    assert "CN=" not in room.dialog()


async def test_details_while_the_store_is_away(room: Room) -> None:
    room.store.away = True
    await room.click("fix_details")

    await until(lambda: "cannot reach its store" in room.dialog())
    assert "CN=" not in room.dialog()


async def test_a_reply_goes_where_the_click_was(room: Room) -> None:
    await room.click("fix_reject")

    [event] = room.store.events
    assert isinstance(event, Clicked)
    assert event.reply_to == ReplyTo(OPS.id, WHO, event.reply_to.response_url)
