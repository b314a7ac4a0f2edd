"""In: POSTs of the app to a response_url, and the bytes of a file upload.
Out: the answer shown to the person, the original replaced or deleted.
Promise: five uses within thirty minutes, then refused.
"""

import json
import secrets
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.lab.slack.api_chat import with_ids
from bot.lab.slack.blocks import check_blocks
from bot.lab.slack.call import TRUE
from bot.lab.slack.records import Json, Message, ReplyUrl
from bot.lab.slack.workspace import Workspace

MAX_USES = 5
GOOD_SECONDS = 30 * 60


@dataclass(frozen=True)
class Hooks:
    workspace: Workspace

    async def reply(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        ws = self.workspace
        url = ws.reply_urls.get(key)
        answer = await self.answered(request, url)
        ws.faults.note("response_url", ws.now(), str(answer.text))
        if ws.faults.drops("response_url") and request.transport is not None:
            request.transport.abort()
        return answer

    async def answered(self, request: web.Request, url: ReplyUrl | None) -> web.Response:
        ws = self.workspace
        fault = ws.faults.due("response_url")
        if fault is not None:
            return web.Response(status=max(fault.status, 400), text=fault.error or "server_error")
        if url is None:
            return web.Response(status=404, text="no_service")
        if ws.now() - url.issued > GOOD_SECONDS:
            return web.Response(status=404, text="expired_url")
        if url.uses >= MAX_USES:
            return web.Response(status=404, text="used_url")
        url.uses += 1
        try:
            said = json.loads(await request.read())
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        if not isinstance(said, dict):
            return web.Response(status=400, text="invalid_payload")
        blocks = said.get("blocks")
        if blocks is not None and check_blocks(blocks, "message"):
            return web.Response(status=400, text="invalid_blocks")
        return self.put(url, said, with_ids(blocks))

    def put(self, url: ReplyUrl, said: Json, blocks: list[Json] | None) -> web.Response:
        ws = self.workspace
        original = ws.message(url.channel, url.message_ts) if url.message_ts else None
        if said.get("delete_original") in TRUE:
            if original is not None:
                ws.remove_message(original)
            return web.Response(text="ok")
        text = str(said.get("text") or "")
        if not text and not blocks:
            return web.Response(status=400, text="no_text")
        if said.get("replace_original") in TRUE and original is not None:
            original.text, original.blocks = text, blocks
            ws.tell_message(original)
            return web.Response(text="ok")
        for_all = said.get("response_type") == "in_channel"
        message = Message(
            ts=ws.new_ts(),
            channel=url.channel,
            user=ws.bot.id,
            bot_id=ws.bot_id,
            text=text,
            blocks=blocks,
            thread_ts=said.get("thread_ts") or (original.thread_ts if original else None),
            only_for=None if for_all else url.user,
        )
        ws.add_message(message)
        if url.message_ts is None:
            url.message_ts = message.ts  # a later replace_original means this answer
        return web.Response(text="ok")

    async def upload(self, request: web.Request) -> web.StreamResponse:
        stored: dict[str, Any] | None = self.workspace.uploads.get(request.match_info["file"])
        secret = request.match_info["secret"]
        if stored is None or not secrets.compare_digest(str(stored["secret"]), secret):
            return web.Response(status=404, text="not_found")
        stored["data"] = await self.content(request)
        return web.Response(text=f"OK - {len(stored['data'])}")

    async def content(self, request: web.Request) -> bytes:
        """slack_sdk sends the bytes as they are; curl and others send a form."""
        if not request.content_type.startswith("multipart/"):
            return await request.read()
        form = await request.post()
        for part in form.values():
            if isinstance(part, web.FileField):
                return part.file.read()
        return b""
