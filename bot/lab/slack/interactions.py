"""In: what one person does: types, runs a command, clicks, submits, closes, opens the home tab.
Out: an outcome for that person; what the app answered is put in the workspace.
Promise: never delivered twice; when the app does not answer in time the person is told so.
"""

from dataclasses import dataclass, field
from typing import Any

from bot.lab.slack import payloads
from bot.lab.slack.api_chat import with_ids
from bot.lab.slack.api_views import checked, close_all, close_top, put_on_top, replace
from bot.lab.slack.blocks import check_blocks
from bot.lab.slack.delivery import Answer, Delivery
from bot.lab.slack.events import EventSender
from bot.lab.slack.inputs import filled_in, find
from bot.lab.slack.problems import SlackProblem
from bot.lab.slack.records import Channel, Json, Message, User, View
from bot.lab.slack.workspace import Workspace

SLACKBOT = "USLACKBOT"
OWN_COMMANDS = ("/invite", "/remove")
TROUBLE = "We had some trouble connecting. Try again?"


@dataclass(frozen=True)
class Outcome:
    error: str = ""
    notice: str = ""  # the sentence the person reads
    errors: dict[str, str] = field(default_factory=dict)  # block_id → words beside the field

    def wire(self) -> Json:
        ok = not (self.error or self.errors)
        return {"ok": ok, "error": self.error, "notice": self.notice, "errors": self.errors}


@dataclass
class Interactions:
    workspace: Workspace
    base_url: str
    delivery: Delivery
    events: EventSender

    def person(self, user_id: str) -> User:
        user = self.workspace.users.get(user_id)
        if user is None or user.is_bot or user.deleted:
            raise SlackProblem("user_not_found")
        return user

    def place(self, user: User, channel_id: str) -> Channel:
        if not self.workspace.sees(user.id, channel_id):
            raise SlackProblem("channel_not_found")
        return self.workspace.channels[channel_id]

    async def say(
        self, user_id: str, channel_id: str, text: str, thread_ts: str | None = None
    ) -> Outcome:
        user = self.person(user_id)
        channel = self.place(user, channel_id)
        if text.startswith("/") and not thread_ts:
            return await self.command(user, channel, text)
        ws = self.workspace
        message = Message(
            ts=ws.new_ts(), channel=channel.id, user=user.id, text=text, thread_ts=thread_ts
        )
        ws.add_message(message)
        if ws.bot.id in channel.members:
            event = {**message.wire(), "channel": channel.id}
            if channel.is_im:
                self.events.emit({**event, "type": "message", "channel_type": "im"})
            elif f"<@{ws.bot.id}>" in text:
                self.events.emit({**event, "type": "app_mention"})
        return Outcome()

    async def command(self, user: User, channel: Channel, line: str) -> Outcome:
        ws = self.workspace
        name = line.split(maxsplit=1)[0]
        if name in OWN_COMMANDS and not user.is_stranger:
            return self.let_in(user, channel, line)
        if user.is_stranger or name not in {c.command for c in ws.commands}:
            words = f"{name} is not a valid command. Messages that start with “/” are commands."
            self.whisper(user, channel, words)
            return Outcome("unknown_command", words)
        payload = payloads.slash(ws, self.base_url, user, channel, line)
        answer = await self.delivery.deliver("slash_commands", payload)
        if answer.error:
            words = f"{name} failed with the error “{answer.error}”"
            self.whisper(user, channel, words)
            return Outcome(answer.error, words)
        self.put_answer(user, channel, answer.payload)
        return Outcome()

    def let_in(self, user: User, channel: Channel, line: str) -> Outcome:
        """/invite and /remove: Slack's own commands, here for the app only."""
        ws = self.workspace
        name, _, who = line.partition(" ")
        inside = ws.bot.id in channel.members
        if channel.is_im or who.strip().removeprefix("@") not in (ws.bot.name, ws.app_name):
            self.whisper(user, channel, f"{name} works here for @{ws.bot.name} only.")
        elif inside is (name == "/invite"):
            words = "already in this channel" if inside else "not in this channel"
            self.whisper(user, channel, f"@{ws.bot.name} is {words}.")
        else:
            (channel.members.discard if inside else channel.members.add)(ws.bot.id)
            done = "removed" if inside else "added"
            text = f"<@{ws.bot.id}> was {done} by <@{user.id}>."
            ws.add_message(Message(ws.new_ts(), channel.id, SLACKBOT, text))
            ws.tell({"kind": "channels"}, channel=channel.id)
        return Outcome()

    def whisper(self, user: User, channel: Channel, text: str) -> None:
        ws = self.workspace
        ws.add_message(Message(ws.new_ts(), channel.id, SLACKBOT, text, only_for=user.id))

    def put_answer(self, user: User, channel: Channel, payload: Any) -> None:
        """The message an app may put in the ack of a command."""
        if not isinstance(payload, dict) or not (payload.get("text") or payload.get("blocks")):
            return
        ws = self.workspace
        blocks = payload.get("blocks")
        if blocks and check_blocks(blocks, "message"):
            self.whisper(user, channel, "The app answered with blocks that cannot be shown.")
            return
        only_for = None if payload.get("response_type") == "in_channel" else user.id
        text = str(payload.get("text") or "")
        ws.add_message(
            Message(
                ts=ws.new_ts(),
                channel=channel.id,
                user=ws.bot.id,
                bot_id=ws.bot_id,
                text=text,
                blocks=with_ids(blocks),
                only_for=only_for,
            )
        )

    async def click(
        self,
        user_id: str,
        *,
        channel_id: str,
        ts: str,
        block_id: str,
        action_id: str,
        choice: Any = None,
        given: Json | None = None,
    ) -> Outcome:
        """A click on a message. `given`: what the person has filled in beside it, as for `submit`."""
        user = self.person(user_id)
        self.place(user, channel_id)
        message = self.workspace.message(channel_id, ts)
        hidden = message is not None and message.only_for not in (None, user.id)
        found = None if message is None or hidden else find(message.blocks, block_id, action_id)
        if message is None or found is None:
            return Outcome("action_not_found", "This is no longer here. The message has changed.")
        action = payloads.action_of(*found, choice)
        values, _missing = filled_in(message.blocks or [], {}, given or {})
        payload = payloads.click_in_message(
            self.workspace, self.base_url, user, message, action, values
        )
        return self.told(await self.delivery.deliver("interactive", payload))

    async def shortcut(
        self, user_id: str, *, channel_id: str, ts: str, callback_id: str
    ) -> Outcome:
        """A line in the menu of a message. An app's shortcuts are not offered to people of another company."""
        user = self.person(user_id)
        self.place(user, channel_id)
        message = self.workspace.message(channel_id, ts)
        known = {s.callback_id for s in self.workspace.shortcuts}
        if message is None or message.only_for or user.is_stranger or callback_id not in known:
            return Outcome("shortcut_not_found", "This shortcut is not offered here.")
        payload = payloads.message_action(self.workspace, self.base_url, user, message, callback_id)
        return self.told(await self.delivery.deliver("interactive", payload))

    async def click_view(
        self,
        user_id: str,
        *,
        view_id: str,
        block_id: str,
        action_id: str,
        choice: Any = None,
        given: Json | None = None,
    ) -> Outcome:
        """A click in a modal or on the home tab; the app is told all that was filled in by then."""
        user = self.person(user_id)
        view = self.workspace.views.get(view_id)
        own = view is not None and view.user == user.id
        found = find(view.body["blocks"], block_id, action_id) if view and own else None
        if view is None or found is None:
            return Outcome("action_not_found", "This is no longer here. The view has changed.")
        block, element = found
        view.values, _missing = filled_in(view.body["blocks"], view.values, given or {})
        if element["type"] in payloads.PICKED_AS and element["type"] != "overflow":
            state = {"type": element["type"], **payloads.picked(element, choice)}
            view.values.setdefault(block["block_id"], {})[action_id] = state
        action = payloads.action_of(block, element, choice)
        payload = payloads.click_in_view(self.workspace, user, view, action)
        return self.told(await self.delivery.deliver("interactive", payload))

    def told(self, answer: Answer) -> Outcome:
        if not answer.error:
            return Outcome()
        words = (
            f"{self.workspace.app_name} did not answer this click in time ({answer.error})."
            " It may not have arrived: look at the card, then press again."
        )
        return Outcome(answer.error, words)

    async def submit(self, user_id: str, view_id: str, given: Json) -> Outcome:
        """`given`: block_id → the text typed or the value(s) picked, or action_id → those."""
        user = self.person(user_id)
        ws = self.workspace
        view = ws.views.get(view_id)
        if view is None or view_id not in ws.stacks.get(user.id, []):
            return Outcome("view_not_found", "This dialog is closed.")
        view.values, missing = filled_in(view.body["blocks"], view.values, given)
        if missing:
            return Outcome(errors=missing)
        answer = await self.delivery.deliver(
            "interactive", payloads.view_submission(ws, user, view)
        )
        if answer.error:
            return Outcome(answer.error, TROUBLE)
        try:
            return self.after_submit(user, view, answer.payload)
        except SlackProblem as problem:
            return Outcome(problem.name, TROUBLE)

    def after_submit(self, user: User, view: View, payload: Any) -> Outcome:
        ws = self.workspace
        said = payload if isinstance(payload, dict) else {}
        action = said.get("response_action")
        if action == "errors":
            known = {block["block_id"] for block in view.body["blocks"]}
            errors = {k: str(v) for k, v in (said.get("errors") or {}).items() if k in known}
            return Outcome(errors=errors) if errors else Outcome("invalid_errors", TROUBLE)
        if action == "update":
            replace(ws, view, checked(said.get("view"), "modal"))
        elif action == "push":
            put_on_top(ws, user.id, checked(said.get("view"), "modal"))
        elif action == "clear":
            close_all(ws, user.id)
        elif ws.stacks.get(user.id, [])[-1:] == [view.id]:
            close_top(ws, user.id)
        ws.tell_views(user.id)
        return Outcome()

    async def close(self, user_id: str, view_id: str, *, everything: bool = False) -> Outcome:
        user = self.person(user_id)
        ws = self.workspace
        stack = ws.stacks.get(user.id, [])
        if view_id not in stack:
            return Outcome()
        view = ws.views[view_id]
        notify, shape = bool(view.body.get("notify_on_close")), ws.view_json(view)
        if everything:
            close_all(ws, user.id)
        else:
            close_top(ws, user.id)
        ws.tell_views(user.id)
        if notify:
            payload = payloads.view_closed(ws, user, shape, cleared=everything)
            await self.delivery.deliver("interactive", payload)
        return Outcome()

    def open_home(self, user_id: str) -> Outcome:
        user = self.person(user_id)
        event: Json = {"type": "app_home_opened", "user": user.id, "tab": "home"}
        event["channel"] = self.workspace.direct_channel(user.id).id
        if view := self.workspace.home_json(user.id):
            event["view"] = view
        self.events.emit(event)
        return Outcome()
