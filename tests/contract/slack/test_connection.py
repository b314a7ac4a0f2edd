"""In: settings that are wrong in one way each. Out: one line at start that says what to do.
Promise: what cannot work is said before anything is posted; Slack being away is told from a wrong setting.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import DirsyncError, SettingsError, Unreachable
from bot.lab.slack import LabSlack
from bot.lab.slack.people import BOT, OPS, TEAM
from bot.slack.connection import Workspace, check, connected_client
from tests.contract.slack.links import posted_to


async def trouble(workspace: Workspace) -> DirsyncError:
    async with connected_client(workspace) as client:
        with pytest.raises(DirsyncError) as raised:
            await check(client, workspace)
    return raised.value


async def test_a_good_start_knows_who_the_bot_is(
    client: AsyncWebClient, workspace: Workspace
) -> None:
    assert await check(client, workspace) == {
        "team_id": TEAM,
        "user_id": BOT.id,
        "bot_id": "B0DIRSYNC1",
    }


async def test_posted_to_it_needs_no_app_level_token(lab: LabSlack, workspace: Workspace) -> None:
    way = posted_to(workspace, lab)
    async with connected_client(way) as client:
        assert (await check(client, way))["team_id"] == TEAM

    assert lab.workspace.faults.calls["apps.connections.open"] == 0


WRONG: dict[str, tuple[Callable[[Workspace], Workspace], str]] = {
    "the bot token": (lambda w: replace(w, bot_token="xoxb-no"), "does not accept the bot token"),
    "the app token": (lambda w: replace(w, app_token="xapp-no"), "refused the app-level token"),
    "no such channel": (
        lambda w: replace(w, channel="C0NOWHERE1"),
        "does not show the channel C0NOWHERE1",
    ),
    "a private channel": (
        lambda w: replace(w, channel="C0SECURITY"),
        "does not show the channel C0SECURITY",
    ),
    "not a member": (lambda w: replace(w, channel="C0GENERAL1"), "not in the channel C0GENERAL1"),
    "a shared channel": (
        lambda w: replace(w, channel="C0FABRIKAM"),
        "C0FABRIKAM is shared with another organisation",
    ),
    "another workspace": (
        lambda w: replace(w, team="T0OTHER", channel="C0NOWHERE1"),
        "is of workspace T0CONTOSO1, the settings say T0OTHER",
    ),
}


@pytest.mark.parametrize(("spoil", "line"), WRONG.values(), ids=WRONG)
async def test_a_wrong_setting_is_one_line_that_says_what_to_do(
    workspace: Workspace, spoil: Callable[[Workspace], Workspace], line: str
) -> None:
    found = await trouble(spoil(workspace))

    assert isinstance(found, SettingsError)
    assert line in found.message
    assert found.todo
    assert "\n" not in str(found)


async def test_an_archived_channel_is_said_at_start(lab: LabSlack, workspace: Workspace) -> None:
    lab.workspace.channels[OPS.id].is_archived = True

    assert "is archived" in (await trouble(workspace)).message


READ = {"channels:read", "groups:read", "im:read", "mpim:read"}


async def test_a_missing_scope_is_named(lab: LabSlack, workspace: Workspace) -> None:
    tokens = lab.workspace.tokens
    bot = tokens[lab.workspace.bot_token]
    tokens[bot.value] = replace(bot, scopes=bot.scopes - READ)

    found = await trouble(workspace)

    assert "The Slack app lacks the scope" in found.message
    assert "channels:read" in found.message


async def test_slack_in_trouble_is_not_a_wrong_setting(lab: LabSlack, workspace: Workspace) -> None:
    lab.workspace.faults.fail_next("auth.test", status=503)

    assert isinstance(await trouble(workspace), Unreachable)


async def test_nobody_at_the_address_is_not_a_wrong_setting(workspace: Workspace) -> None:
    found = await trouble(replace(workspace, api_url="http://127.0.0.1:9/api/"))

    assert isinstance(found, Unreachable)
    assert "cannot be reached" in found.message


def test_tokens_are_in_no_representation(workspace: Workspace) -> None:
    assert workspace.bot_token not in repr(workspace)
    assert workspace.app_token not in repr(workspace)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("C0GENERAL1", "The bot is not in the channel C0GENERAL1."),
        ("C0FABRIKAM", "The channel C0FABRIKAM is shared with another organisation."),
        ("C0NOWHERE1", "does not show the channel C0NOWHERE1"),
    ],
)
async def test_a_channel_of_the_table_of_routes_is_looked_at_like_the_usual_one(
    workspace: Workspace, other: str, told: str
) -> None:
    error = await trouble(replace(workspace, others=(other,)))

    assert told in error.message
    assert "DIRSYNC_SLACK__CHANNEL" not in error.todo
