"""In: the real AsyncWebClient of slack_sdk, and people on the page.
Out: files in a thread, scopes by kind of conversation, an app that is invited and removed.
Promise: a file is for those who see its message; a scope opens its own kind of conversation and no other.
"""

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack, Token
from bot.lab.slack.people import INGRID, LEE, OPS
from tests.contract.slack_server.test_web_api import refused

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


async def seen(lab: LabSlack, user: str, file_id: str) -> tuple[int, str, str, bytes]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        await session.get(lab.page_url)
        address = f"{lab.base_url}/ui/files/{file_id}?user={user}"
        async with session.get(address) as answer:
            disposition = answer.headers.get("Content-Disposition", "")
            return answer.status, answer.content_type, disposition, await answer.read()


async def uploaded(client: AsyncWebClient, name: str, content: bytes) -> dict[str, Any]:
    parent = await client.chat_postMessage(channel=OPS.id, text="digest")
    done = await client.files_upload_v2(
        channel=OPS.id, thread_ts=parent["ts"], content=content, filename=name, title="All"
    )
    file: dict[str, Any] = done["files"][0]
    return file


async def test_a_table_is_saved_and_not_opened(client: AsyncWebClient, lab: LabSlack) -> None:
    file = await uploaded(client, "all cases.csv", b"a;b\n1;2")

    status, kind, disposition, content = await seen(lab, INGRID.id, file["id"])
    assert (file["mimetype"], file["filetype"], file["size"]) == ("text/csv", "csv", 7)
    assert (status, kind, content) == (200, "application/octet-stream", b"a;b\n1;2")
    assert disposition == "attachment; filename*=UTF-8''all%20cases.csv"


async def test_a_chart_is_shown(client: AsyncWebClient, lab: LabSlack) -> None:
    file = await uploaded(client, "chart.png", PNG)

    status, kind, disposition, content = await seen(lab, INGRID.id, file["id"])
    assert (status, kind, content) == (200, "image/png", PNG)
    assert disposition.startswith("inline;")


async def test_a_file_is_not_for_people_outside_the_channel(
    client: AsyncWebClient, lab: LabSlack
) -> None:
    file = await uploaded(client, "all.csv", b"a;b\n1;2")

    assert (await seen(lab, LEE.id, file["id"]))[0] == 404
    assert (await seen(lab, INGRID.id, "F0NOWHERE"))[0] == 404


async def test_a_file_without_bytes_cannot_be_completed(
    client: AsyncWebClient, lab: LabSlack
) -> None:
    opened = await client.files_getUploadURLExternal(filename="all.csv", length=7)

    answer = await refused(
        client.files_completeUploadExternal(files=[{"id": opened["file_id"]}], channel_id=OPS.id)
    )
    assert answer["error"] == "file_not_found"
    assert lab.workspace.messages.get(OPS.id, []) == []


def with_scopes(lab: LabSlack, *scopes: str) -> AsyncWebClient:
    lab.workspace.tokens["xoxb-poor"] = Token("xoxb-poor", "bot", frozenset(scopes))
    return AsyncWebClient("xoxb-poor", base_url=lab.api_url)


@pytest.mark.parametrize("method", ["conversations_history", "conversations_replies"])
async def test_the_scope_for_public_channels_opens_no_private_one(
    lab: LabSlack, method: str
) -> None:
    lab.workspace.channels["C0SECURITY"].members.add(lab.workspace.bot.id)
    poor = with_scopes(lab, "channels:history", "chat:write")
    posted = await poor.chat_postMessage(channel="C0SECURITY", text="card")
    args = {"channel": "C0SECURITY"} | (
        {"ts": posted["ts"]} if method == "conversations_replies" else {}
    )

    answer = await refused(getattr(poor, method)(**args))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "groups:history")
    assert (await poor.conversations_history(channel=OPS.id))["messages"] == []


async def test_private_channels_are_listed_for_those_who_may(lab: LabSlack) -> None:
    poor = with_scopes(lab, "channels:read")

    answer = await refused(poor.conversations_list(types="public_channel,private_channel"))
    info = await refused(with_scopes(lab, "groups:read").conversations_info(channel=OPS.id))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "groups:read")
    assert (info["error"], info["needed"]) == ("missing_scope", "channels:read")


async def test_the_app_is_invited_and_removed(client: AsyncWebClient, lab: LabSlack) -> None:
    room = "C0SECURITY"
    before = await refused(client.chat_postMessage(channel=room, text="x"))
    await lab.interactions.say(INGRID.id, room, "/invite @dirsync")
    posted = await client.chat_postMessage(channel=room, text="x")
    await lab.interactions.say(INGRID.id, room, "/remove @dirsync")
    after = await refused(client.chat_postMessage(channel=room, text="x"))

    assert (before["error"], posted["ok"], after["error"]) == (
        "channel_not_found",
        True,
        "channel_not_found",
    )


async def test_nobody_from_outside_invites_the_app(lab: LabSlack) -> None:
    lab.workspace.channels["C0GENERAL1"].members.add(LEE.id)
    outcome = await lab.interactions.say(LEE.id, "C0GENERAL1", "/invite @dirsync")

    assert outcome.error == "unknown_command"
    assert lab.workspace.bot.id not in lab.workspace.channels["C0GENERAL1"].members
