"""In: the workspace, and what one person did.
Out: the payload Slack sends for it: slash command, click, submission, event.
Promise: the shapes of Slack's own samples, with the other company's ids for its people.
"""

import secrets
import time
from typing import Any

from bot.lab.slack.records import Channel, Json, Message, ReplyUrl, User, View
from bot.lab.slack.workspace import Workspace

LEGACY_TOKEN = "legacy-verification-token"  # noqa: S105 - Slack still sends one; it proves nothing


def channel_name(channel: Channel) -> str:
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def reply_url(ws: Workspace, base_url: str, kind: str, reply: ReplyUrl) -> str:
    key = secrets.token_urlsafe(18)
    ws.reply_urls[key] = reply
    return f"{base_url}/{kind}/{ws.team_id}/{key}"


def common(ws: Workspace, user: User) -> Json:
    """`team` is the team of the person who acted, which is how a foreign click is told apart."""
    domain = ws.team_domain if user.team_id == ws.team_id else "fabrikam"
    return {
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": user.team_id,
        },
        "team": {"id": user.team_id, "domain": domain},
        "api_app_id": ws.app_id,
        "token": LEGACY_TOKEN,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def slash(ws: Workspace, base_url: str, user: User, channel: Channel, line: str) -> Json:
    command, _, text = line.partition(" ")
    reply = ReplyUrl(user=user.id, channel=channel.id, issued=ws.now())
    return {
        "token": LEGACY_TOKEN,
        "team_id": user.team_id,
        "team_domain": ws.team_domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text.strip(),
        "api_app_id": ws.app_id,
        "is_enterprise_install": "false",
        "response_url": reply_url(ws, base_url, "commands", reply),
        "trigger_id": ws.new_trigger(user.id),
    }


def click_in_message(
    ws: Workspace, base_url: str, user: User, message: Message, action: Json, values: Json
) -> Json:
    channel = ws.channels[message.channel]
    reply = ReplyUrl(user.id, channel.id, ws.now(), message_ts=message.ts)
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.only_for is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = {
        "type": "block_actions",
        **common(ws, user),
        "container": container,
        "trigger_id": ws.new_trigger(user.id),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": values},
        "response_url": reply_url(ws, base_url, "actions", reply),
        "actions": [action],
    }
    if message.only_for is None:  # Slack does not send the content of an ephemeral message
        payload["message"] = message.wire(with_metadata=True)
    return payload


def message_action(
    ws: Workspace, base_url: str, user: User, message: Message, callback_id: str
) -> Json:
    channel = ws.channels[message.channel]
    reply = ReplyUrl(user.id, channel.id, ws.now())
    return {
        "type": "message_action",
        **common(ws, user),
        "callback_id": callback_id,
        "action_ts": f"{time.time():.6f}",
        "trigger_id": ws.new_trigger(user.id),
        "response_url": reply_url(ws, base_url, "actions", reply),
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message": message.wire(),
    }


def click_in_view(ws: Workspace, user: User, view: View, action: Json) -> Json:
    return {
        "type": "block_actions",
        **common(ws, user),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": ws.new_trigger(user.id, view.id),
        "view": ws.view_json(view),
        "actions": [action],
    }


def view_submission(ws: Workspace, user: User, view: View) -> Json:
    return {
        "type": "view_submission",
        **common(ws, user),
        "trigger_id": ws.new_trigger(user.id, view.id),
        "view": ws.view_json(view),
        "response_urls": [],
    }


def view_closed(ws: Workspace, user: User, view: Json, *, cleared: bool) -> Json:
    return {"type": "view_closed", **common(ws, user), "view": view, "is_cleared": cleared}


def event_callback(ws: Workspace, event: Json) -> Json:
    return {
        "token": LEGACY_TOKEN,
        "team_id": ws.team_id,
        "api_app_id": ws.app_id,
        "type": "event_callback",
        "event_id": ws.new_id("Ev"),
        "event_time": int(ws.now()),
        "is_ext_shared_channel": False,
        "event": {"event_ts": ws.new_ts(), **event},
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": ws.team_id,
                "user_id": ws.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
    }


PICKED_AS = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "multi_static_select": "selected_options",
    "checkboxes": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
INITIAL_OF = {
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_user": "initial_user",
    "selected_users": "initial_users",
    "selected_channel": "initial_channel",
    "selected_conversation": "initial_conversation",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
}


def options_of(element: Json) -> list[Json]:
    found: list[Json] = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        found.extend(group["options"])
    return found


def picked(element: Json, choice: Any) -> Json:
    """A choice in Slack's words; options are looked up, so only an offered one can be picked."""
    name = PICKED_AS.get(element["type"])
    if name is None:
        return {"value": choice if choice is not None else element.get("value")}
    if name == "selected_option":
        option = next((o for o in options_of(element) if o["value"] == choice), None)
        return {name: option}
    if name == "selected_options":
        chosen = choice if isinstance(choice, list) else []
        return {name: [o for o in options_of(element) if o["value"] in chosen]}
    return {name: choice}


def initial(element: Json) -> Json:
    """What the state says of an element nobody has touched."""
    name = PICKED_AS.get(element["type"])
    if name is None:
        return {"type": element["type"], "value": element.get("initial_value")}
    empty: Any = [] if name.endswith("s") else None
    return {"type": element["type"], name: element.get(INITIAL_OF.get(name, ""), empty)}


def action_of(block: Json, element: Json, choice: Any) -> Json:
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": f"{time.time():.6f}",
    }
    if element["type"] == "button":
        action["text"] = element["text"]
        if "value" in element:
            action["value"] = element["value"]
        return action
    return {**action, **picked(element, choice)}
