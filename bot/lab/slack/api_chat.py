"""In: chat.*, reactions.add and blocks.validate calls.
Out: the answer's own fields; the workspace changed.
Promise: what Slack would refuse is refused here, and nothing is half stored.
"""

import copy
import secrets
from typing import Any

from bot.lab.slack.blocks import (
    MAX_POST,
    MAX_UPDATE_BYTES,
    check_blocks,
    check_view,
    escaped_bytes,
    only_one_table,
)
from bot.lab.slack.call import Call
from bot.lab.slack.problems import SlackProblem, with_findings
from bot.lab.slack.records import Json, Message


def with_ids(blocks: list[Json] | None) -> list[Json] | None:
    """Slack names each block and element that the app left without a name."""
    if blocks is None:
        return None
    named = copy.deepcopy(blocks)
    for block in named:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        parts = [*block.get("elements", ()), block.get("accessory"), block.get("element")]
        for part in parts:
            if isinstance(part, dict) and part.get("type") not in NAMELESS:
                part.setdefault("action_id", secrets.token_urlsafe(4))
    return named


NAMELESS = frozenset(
    [
        "mrkdwn",
        "plain_text",
        "image",
        "rich_text_section",
        "rich_text_list",
        "rich_text_quote",
        "rich_text_preformatted",
        "card",
    ]
)


def checked_blocks(call: Call) -> list[Json] | None:
    blocks = call.json("blocks", "invalid_blocks_format")
    if blocks is None:
        return None
    if not isinstance(blocks, list):
        raise SlackProblem("invalid_blocks_format")
    if found := check_blocks(blocks, "message"):
        raise with_findings("invalid_blocks", found)
    if not only_one_table(blocks):
        raise with_findings("invalid_attachments", [("/blocks", "only_one_table_allowed")])
    return with_ids(blocks)


def checked_metadata(call: Call) -> Json | None:
    metadata = call.json("metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    good = (
        isinstance(metadata, dict)
        and isinstance(metadata.get("event_type"), str)
        and isinstance(metadata.get("event_payload"), dict)
    )
    if not good:
        raise SlackProblem("invalid_metadata_format")
    return dict(metadata)


def content(call: Call) -> tuple[str, list[Json] | None]:
    text, blocks = call.text("text"), checked_blocks(call)
    if not text and not blocks:
        raise SlackProblem("no_text")
    return text, blocks


def post_message(call: Call) -> Json:
    ws = call.workspace
    channel = call.channel(member=True)
    text, blocks = content(call)
    metadata = checked_metadata(call)
    thread_ts = call.text("thread_ts") or None
    if thread_ts and ws.message(channel.id, thread_ts) is None:
        raise SlackProblem("thread_not_found")
    warned: Json = {}
    if len(text) > MAX_POST:
        text, warned = text[:MAX_POST], {"warning": "message_truncated"}
    message = Message(
        ts=ws.new_ts(),
        channel=channel.id,
        user=ws.bot.id,
        bot_id=ws.bot_id,
        text=text,
        blocks=blocks,
        metadata=metadata,
        thread_ts=thread_ts,
        reply_broadcast=call.flag("reply_broadcast"),
    )
    ws.add_message(message)
    shape = message.wire(with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shape, **warned}


def own_message(call: Call) -> Message:
    channel = call.channel(member=True)
    message = call.workspace.message(channel.id, call.needed("ts"))
    if message is None or message.only_for is not None:
        raise SlackProblem("message_not_found")
    return message


def update(call: Call) -> Json:
    message = own_message(call)
    if message.bot_id != call.workspace.bot_id:
        raise SlackProblem("cant_update_message")
    text, blocks = content(call)
    if escaped_bytes(text) > MAX_UPDATE_BYTES:
        raise SlackProblem("msg_too_long")
    metadata = checked_metadata(call)
    message.text, message.blocks = text, blocks
    message.edited = message.edited or blocks is None
    if metadata is not None:
        message.metadata = metadata
    call.workspace.tell_message(message)
    shape = message.wire(with_metadata=True)
    return {"channel": message.channel, "ts": message.ts, "text": text, "message": shape}


def delete(call: Call) -> Json:
    message = own_message(call)
    if message.bot_id != call.workspace.bot_id:
        raise SlackProblem("cant_delete_message")
    call.workspace.remove_message(message)
    return {"channel": message.channel, "ts": message.ts}


def post_ephemeral(call: Call) -> Json:
    ws = call.workspace
    channel = call.channel(member=True)
    user = call.needed("user")
    if user not in channel.members:
        raise SlackProblem("user_not_in_channel")
    text, blocks = content(call)
    message = Message(
        ts=ws.new_ts(),
        channel=channel.id,
        user=ws.bot.id,
        bot_id=ws.bot_id,
        text=text,
        blocks=blocks,
        thread_ts=call.text("thread_ts") or None,
        only_for=user,
    )
    ws.add_message(message)
    return {"message_ts": message.ts}


def get_permalink(call: Call) -> Json:
    channel = call.channel()
    message = call.workspace.message(channel.id, call.needed("message_ts"))
    if message is None:
        raise SlackProblem("message_not_found")
    link = (
        f"https://{call.workspace.team_domain}.slack.com/archives/{channel.id}"
        f"/p{message.ts.replace('.', '')}"
    )
    if message.thread_ts and message.thread_ts != message.ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def react(call: Call) -> Json:
    channel = call.channel(member=True)
    message = call.workspace.message(channel.id, call.needed("timestamp"))
    if message is None:
        raise SlackProblem("message_not_found")
    users = message.reactions.setdefault(call.needed("name"), [])
    if call.workspace.bot.id in users:
        raise SlackProblem("already_reacted")
    users.append(call.workspace.bot.id)
    call.workspace.tell_message(message)
    return {}


def validate(call: Call) -> Json:
    given = [name for name in ("blocks", "message", "view") if call.args.get(name) is not None]
    if len(given) != 1:
        raise SlackProblem("invalid_arguments")
    what: Any = call.json(given[0], "invalid_json")
    if given == ["view"]:
        found = check_view(what)
    else:
        blocks = what.get("blocks") if isinstance(what, dict) else what
        found = check_blocks(blocks, "message")
        if not only_one_table(blocks):
            found.append(("/blocks", "only_one_table_allowed"))
    if found:
        raise with_findings("invalid_blocks", found)
    return {}
