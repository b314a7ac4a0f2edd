"""In: the real AsyncWebClient of slack_sdk.
Out: what the lab answers it.
Promise: posts, reads, refusals and rates are those an app meets at Slack.
"""

from collections.abc import Awaitable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.lab.slack import LabSlack, Token, serve
from bot.lab.slack.people import INGRID, LEE, OPS
from tests.contract.slack_server.cards import CARD, EVERY_KIND, section


async def refused(call: Awaitable[AsyncSlackResponse]) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await call
    data = caught.value.response.data
    assert isinstance(data, dict)
    return data


async def test_auth_test_names_the_bot(client: AsyncWebClient, lab: LabSlack) -> None:
    answer = await client.auth_test()

    expected = (lab.workspace.team_id, lab.workspace.bot.id, lab.workspace.bot_id)
    assert expected == (answer["team_id"], answer["user_id"], answer["bot_id"])


async def test_a_wrong_token_is_invalid_auth(lab: LabSlack) -> None:
    wrong = AsyncWebClient("xoxb-wrong", base_url=lab.api_url)

    assert (await refused(wrong.auth_test()))["error"] == "invalid_auth"


async def test_the_app_token_cannot_post(lab: LabSlack) -> None:
    wrong = AsyncWebClient(lab.workspace.app_token, base_url=lab.api_url)

    answer = await refused(wrong.chat_postMessage(channel=OPS.id, text="x"))
    assert answer["error"] == "not_allowed_token_type"


async def test_a_missing_scope_is_named(lab: LabSlack) -> None:
    poor = Token("xoxb-poor", "bot", frozenset({"chat:write"}))
    lab.workspace.tokens[poor.value] = poor

    answer = await refused(AsyncWebClient(poor.value, base_url=lab.api_url).users_list())
    assert (
        answer["error"],
        answer["needed"],
        answer["provided"],
    ) == ("missing_scope", "users:read", "chat:write")


async def test_metadata_comes_back_in_history(client: AsyncWebClient) -> None:
    metadata = {"event_type": "dirsync_case", "event_payload": {"case_id": "c-1"}}
    posted = await client.chat_postMessage(
        channel=OPS.id, text="card", blocks=CARD, metadata=metadata
    )

    history = await client.conversations_history(channel=OPS.id, include_all_metadata=True)
    without = await client.conversations_history(channel=OPS.id)
    assert [(posted["ts"], metadata)] == [(m["ts"], m["metadata"]) for m in history["messages"]]
    assert ["metadata" in m for m in without["messages"]] == [False]


async def test_update_without_blocks_removes_them(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=OPS.id, text="card", blocks=CARD)
    await client.chat_update(channel=OPS.id, ts=posted["ts"], text="closed")

    [message] = (await client.conversations_history(channel=OPS.id))["messages"]
    assert (message["text"], "blocks" in message) == ("closed", False)


async def test_update_counts_bytes_after_escaping(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=OPS.id, text="card")

    fits = await client.chat_update(channel=OPS.id, ts=posted["ts"], text="&" * 800)
    answer = await refused(client.chat_update(channel=OPS.id, ts=posted["ts"], text="&" * 801))
    assert (fits["ok"], answer["error"]) == (True, "msg_too_long")


async def test_delete_and_then_not_found(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=OPS.id, text="card")
    await client.chat_delete(channel=OPS.id, ts=posted["ts"])

    answer = await refused(client.chat_update(channel=OPS.id, ts=posted["ts"], text="x"))
    assert answer["error"] == "message_not_found"


async def test_a_thread_has_its_parent_first(client: AsyncWebClient) -> None:
    parent = await client.chat_postMessage(channel=OPS.id, text="card")
    await client.chat_postMessage(channel=OPS.id, text="reply", thread_ts=parent["ts"])

    replies = await client.conversations_replies(channel=OPS.id, ts=parent["ts"])
    history = await client.conversations_history(channel=OPS.id)
    assert [m["text"] for m in replies["messages"]] == ["card", "reply"]
    later = await client.conversations_replies(
        channel=OPS.id, ts=parent["ts"], oldest=replies["messages"][-1]["ts"]
    )
    assert [m["text"] for m in later["messages"]] == ["card"]  # the first one always comes along
    assert [(m["text"], m["reply_count"]) for m in history["messages"]] == [("card", 1)]


async def test_history_comes_by_pages_newest_first(client: AsyncWebClient, lab: LabSlack) -> None:
    lab.workspace.rates.enabled = False
    for number in range(5):
        await client.chat_postMessage(channel=OPS.id, text=str(number))

    pages = [
        [m["text"] for m in page["messages"]]
        async for page in await client.conversations_history(channel=OPS.id, limit=2)
    ]
    assert pages == [["4", "3"], ["2", "1"], ["0"]]


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOWHERE", "channel_not_found"),
        ("C0SECURITY", "channel_not_found"),  # private, and the app is not in it
        ("C0GENERAL1", "not_in_channel"),
    ],
)
async def test_where_the_bot_may_not_post(client: AsyncWebClient, channel: str, error: str) -> None:
    assert (await refused(client.chat_postMessage(channel=channel, text="x")))["error"] == error


async def test_joining_a_public_channel_opens_it(client: AsyncWebClient) -> None:
    await client.conversations_join(channel="C0GENERAL1")

    assert (await client.chat_postMessage(channel="C0GENERAL1", text="x"))["ok"]


async def test_a_private_channel_is_listed_only_for_its_members(client: AsyncWebClient) -> None:
    answer = await client.conversations_list(types="public_channel,private_channel")

    names = {channel["name"]: channel["is_ext_shared"] for channel in answer["channels"]}
    assert names == {
        "identity-ops": False,
        "general": False,
        "project-fabrikam": True,
        "identity-security": False,  # private, and the app is in it
    }


async def test_invalid_blocks_name_the_place(client: AsyncWebClient) -> None:
    answer = await refused(
        client.chat_postMessage(channel=OPS.id, text="x", blocks=[section("a" * 3001)])
    )

    expected = "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert ("invalid_blocks", [expected]) == (
        answer["error"],
        answer["response_metadata"]["messages"],
    )


async def test_a_message_has_one_table(client: AsyncWebClient) -> None:
    table = next(block for block in EVERY_KIND if block["type"] == "table")

    answer = await refused(client.chat_postMessage(channel=OPS.id, text="x", blocks=[table, table]))
    assert answer["error"] == "invalid_attachments"


async def test_blocks_validate_needs_no_token(lab: LabSlack) -> None:
    nobody = AsyncWebClient(base_url=lab.api_url)

    assert (await nobody.blocks_validate(blocks=EVERY_KIND))["ok"]
    answer = await refused(nobody.blocks_validate(blocks=[{"type": "sectoin"}]))
    assert answer["errors"] == [
        "[ERROR] unsupported block type: sectoin [json-pointer:/blocks/0/type]"
    ]


async def test_an_ephemeral_message_is_for_one_person(
    client: AsyncWebClient, lab: LabSlack
) -> None:
    await client.chat_postEphemeral(channel=OPS.id, user=INGRID.id, text="psst")

    stranger = await refused(client.chat_postEphemeral(channel=OPS.id, user=LEE.id, text="psst"))
    assert [INGRID.id] == [m.only_for for m in lab.workspace.messages[OPS.id]]
    assert stranger["error"] == "user_not_in_channel"
    assert (await client.conversations_history(channel=OPS.id))["messages"] == []


async def test_people_of_every_standing(client: AsyncWebClient) -> None:
    stranger = (await client.users_info(user=LEE.id))["user"]
    found = (await client.users_lookupByEmail(email="INGRID.BERG@contoso.com"))["user"]
    group = await client.usergroups_users_list(usergroup="S0APPROVERS")

    assert (stranger["is_stranger"], stranger["team_id"]) == (True, "T0FABRIKAM")
    assert INGRID.id == found["id"]
    assert [INGRID.id, "U0MART0001"] == group["users"]
    assert (await refused(client.users_info(user="U0NOBODY")))["error"] == "user_not_found"


async def test_a_direct_message_opens_once(client: AsyncWebClient) -> None:
    first = await client.conversations_open(users=INGRID.id)
    second = await client.conversations_open(users=[INGRID.id])

    assert first["channel"]["id"] == second["channel"]["id"]
    assert (first["already_open"], second["already_open"]) == (False, True)


async def test_a_burst_of_posts_is_limited_per_channel(client: AsyncWebClient) -> None:
    for _ in range(4):
        await client.chat_postMessage(channel=OPS.id, text="x")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=OPS.id, text="x")
    other = await client.chat_postMessage(channel="C0FABRIKAM", text="x")

    assert (
        caught.value.response.status_code,
        caught.value.response.headers["Retry-After"],
    ) == (429, "1")
    assert other["ok"]


async def test_the_sdk_waits_and_posts_again(client: AsyncWebClient, lab: LabSlack) -> None:
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=2))
    lab.workspace.faults.fail_next("chat.postMessage", "ratelimited", after=0)

    await client.chat_postMessage(channel=OPS.id, text="x")
    assert [
        call.answer for call in lab.workspace.faults.log if call.method == "chat.postMessage"
    ] == ["ratelimited", "ok"]


async def test_a_dropped_answer_was_posted_all_the_same(
    client: AsyncWebClient, lab: LabSlack
) -> None:
    client.retry_handlers.clear()
    lab.workspace.faults.drop_answer_after("chat.postMessage")

    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=OPS.id, text="once")
    history = await client.conversations_history(channel=OPS.id)
    assert [m["text"] for m in history["messages"]] == ["once"]


async def test_a_planted_status_is_met_as_often_as_planted(
    client: AsyncWebClient, lab: LabSlack
) -> None:
    lab.workspace.faults.fail_next("users.info", status=503, times=2)

    seen = []
    for _ in range(3):
        try:
            seen.append((await client.users_info(user=INGRID.id)).status_code)
        except SlackApiError as problem:
            seen.append(problem.response.status_code)
    assert seen == [503, 503, 200]


async def test_a_file_goes_into_the_thread(client: AsyncWebClient, lab: LabSlack) -> None:
    parent = await client.chat_postMessage(channel=OPS.id, text="digest")
    await client.files_upload_v2(
        channel=OPS.id, thread_ts=parent["ts"], content="a;b\n1;2", filename="all.csv", title="All"
    )

    reply = lab.workspace.messages[OPS.id][-1]
    assert (parent["ts"], ["All"]) == (reply.thread_ts, [f["title"] for f in reply.files])
    assert [upload["data"] for upload in lab.workspace.uploads.values()] == [b"a;b\n1;2"]


async def test_home_is_published_and_its_hash_guards_it(
    client: AsyncWebClient, lab: LabSlack
) -> None:
    home = {"type": "home", "blocks": [section("8 open problems")]}
    first = await client.views_publish(user_id=INGRID.id, view=home)
    await client.views_publish(user_id=INGRID.id, view=home, hash=first["view"]["hash"])

    late = client.views_publish(user_id=INGRID.id, view=home, hash=first["view"]["hash"])
    assert (await refused(late))["error"] == "hash_conflict"
    assert lab.workspace.homes == {INGRID.id: first["view"]["id"]}


async def test_only_loopback_is_served(lab: LabSlack) -> None:
    with pytest.raises(ValueError, match="loopback address only"):
        await serve(lab.workspace, page_token="t", host="0.0.0.0")  # noqa: S104 - it is refused


async def test_another_host_name_is_refused(lab: LabSlack) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{lab.api_url}auth.test", headers={"Host": "evil.example"}) as answer,
    ):
        assert answer.status == 403
