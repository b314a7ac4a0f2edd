"""In: files.getUploadURLExternal and files.completeUploadExternal, and who wants to see a file.
Out: a message that holds the files; their bytes for those who see such a message.
Promise: a file is shown only once its bytes are there; what a browser could run is only ever saved.
"""

import mimetypes
import secrets
from dataclasses import dataclass
from typing import Any

from bot.lab.slack.call import Call
from bot.lab.slack.problems import SlackProblem
from bot.lab.slack.records import Json, Message
from bot.lab.slack.workspace import Workspace

PICTURES = frozenset(["image/png", "image/jpeg", "image/gif", "image/webp"])
UNKNOWN = "application/octet-stream"
MAX_FILE = 2**30


@dataclass(frozen=True)
class Bytes:
    name: str
    kind: str
    data: bytes

    @property
    def is_picture(self) -> bool:
        return self.kind in PICTURES


def kind_of(name: str) -> str:
    return mimetypes.guess_type(name)[0] or UNKNOWN


def upload_url(call: Call) -> Json:
    file_id = call.workspace.new_id("F")
    name, size = call.needed("filename"), call.number("length", 0, most=MAX_FILE)
    secret = secrets.token_urlsafe(12)
    call.workspace.uploads[file_id] = {"name": name, "size": size, "secret": secret, "data": None}
    return {"upload_url": f"{call.base_url}/upload/{file_id}/{secret}", "file_id": file_id}


def complete_upload(call: Call) -> Json:
    ws = call.workspace
    wanted = call.json("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted:
        raise SlackProblem("invalid_arguments")
    files = [completed(ws, entry) for entry in wanted]
    if call.args.get("channel_id"):
        channel = call.channel("channel_id", member=True)
        ws.add_message(
            Message(
                ts=ws.new_ts(),
                channel=channel.id,
                user=ws.bot.id,
                bot_id=ws.bot_id,
                text=call.text("initial_comment"),
                thread_ts=call.text("thread_ts") or None,
                files=files,
            )
        )
    return {"files": files}


def completed(ws: Workspace, entry: Any) -> Json:
    stored = ws.uploads.get(str(entry.get("id"))) if isinstance(entry, dict) else None
    if stored is None or stored["data"] is None:
        raise SlackProblem("file_not_found")
    name = str(stored["name"])
    link = f"https://{ws.team_domain}.slack.com/files/{ws.bot.id}/{entry['id']}/{name}"
    return {
        "id": entry["id"],
        "name": name,
        "title": entry.get("title") or name,
        "mimetype": kind_of(name),
        "filetype": name.rpartition(".")[2].lower(),
        "size": len(stored["data"]),
        "user": ws.bot.id,
        "permalink": link,
    }


def bytes_for(ws: Workspace, user: str, file_id: str) -> Bytes | None:
    """For whoever sees a message that holds the file, or blocks that show it."""
    stored = ws.uploads.get(file_id)
    if stored is None or stored["data"] is None or not sees_file(ws, user, file_id):
        return None
    return Bytes(str(stored["name"]), kind_of(str(stored["name"])), stored["data"])


def sees_file(ws: Workspace, user: str, file_id: str) -> bool:
    for channel, messages in ws.messages.items():
        if not ws.sees(user, channel):
            continue
        for message in messages:
            if message.only_for in (None, user) and holds(message, file_id):
                return True
    views = [*ws.open_views(user), ws.home_json(user)]
    return any(view is not None and shows(view["blocks"], file_id) for view in views)


def holds(message: Message, file_id: str) -> bool:
    return any(file["id"] == file_id for file in message.files) or shows(message.blocks, file_id)


def shows(blocks: list[Json] | None, file_id: str) -> bool:
    return any((block.get("slack_file") or {}).get("id") == file_id for block in blocks or ())
