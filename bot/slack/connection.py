"""In: tokens, a channel and base URL as plain values. Out: a checked client, and a link over which Slack reaches the bot.
Promise: a bad token, a channel that is not there or that the bot is not in is one clear line at start.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SettingsError, Unreachable
from bot.slack.http import Listen, serving
from bot.slack.link import Link
from bot.slack.sockets import connected


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    bot_token: str = field(repr=False)
    channel: str
    team: str
    others: tuple[str, ...] = ()  # further channels that cards go to
    app_token: str = field(default="", repr=False)  # for Socket Mode
    listen: Listen | None = None  # where Slack posts to; None: Socket Mode
    edges: int = 1  # processes of the bot that hold sockets
    api_url: str = "https://slack.com/api/"


@asynccontextmanager
async def connected_client(workspace: Workspace) -> AsyncIterator[AsyncWebClient]:
    """One session for all calls, with a timeout: the client's own is not applied to a given session."""
    async with ClientSession(timeout=ClientTimeout(total=15, connect=5)) as session:
        client = AsyncWebClient(
            token=workspace.bot_token,
            base_url=workspace.api_url,
            session=session,
            retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=2)],
        )
        # the client reads HTTP(S)_PROXY by itself, and would send a loopback call to it
        if workspace.api_url.startswith("http://"):
            client.proxy = None
        yield client


async def check(client: AsyncWebClient, workspace: Workspace) -> dict[str, str]:
    """auth.test and the channels, once at start. Returns team_id, user_id and bot_id."""
    try:
        identity = await client.auth_test()
        _check_team(identity["team_id"], workspace)
        channel = (await client.conversations_info(channel=workspace.channel))["channel"]
        _check_channel(channel, workspace)
        for other in workspace.others:
            workspace = replace(workspace, channel=other)  # what is said is said about this one
            channel = (await client.conversations_info(channel=other))["channel"]
            _check_channel(channel, workspace)
        if workspace.listen is None:
            await _check_app_token(client, workspace)
    except SlackApiError as error:
        if error.response.status_code >= 429:
            raise Unreachable("Slack", "Slack does not answer right now.") from error
        raise _settings_error(error, workspace) from error
    except (ClientError, TimeoutError, OSError) as error:
        raise Unreachable(
            "Slack", "Slack cannot be reached.", todo="Check the network and the proxy."
        ) from error
    return {k: str(identity.get(k) or "") for k in ("team_id", "user_id", "bot_id")}


def _check_channel(channel: dict[str, Any], workspace: Workspace) -> None:
    if channel.get("is_archived"):
        raise SettingsError(
            f"The channel {workspace.channel} is archived.",
            todo=f"Unarchive it, or set {_named_in(workspace)} to another one.",
        )
    if not channel.get("is_member"):
        raise SettingsError(
            f"The bot is not in the channel {workspace.channel}.",
            todo="Invite it there (/invite @dirsync), then start again.",
        )
    if channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"):
        raise SettingsError(
            f"The channel {workspace.channel} is shared with another organisation.",
            todo="Cards carry directory data: choose a channel of your own workspace.",
        )


def _named_in(workspace: Workspace) -> str:
    routed = workspace.channel in workspace.others
    return "the row of DIRSYNC_ROUTES" if routed else "DIRSYNC_SLACK__CHANNEL"


def _check_team(team: str, workspace: Workspace) -> None:
    """Before the channel is asked for: another workspace would only answer that it does not know it."""
    if team != workspace.team:
        raise SettingsError(
            f"The Slack token is of workspace {team}, the settings say {workspace.team}.",
            todo="Set DIRSYNC_SLACK__TEAM to the workspace the app is installed in.",
        )


async def _check_app_token(client: AsyncWebClient, workspace: Workspace) -> None:
    """A wrong token is a wrong setting, and said at start; the address that is got here is not used."""
    try:
        await client.apps_connections_open(app_token=workspace.app_token)
    except SlackApiError as error:
        if error.response.status_code >= 429:
            raise Unreachable("Slack", "Slack does not open sockets right now.") from error
        raise SettingsError(
            f"Slack refused the app-level token: {error.response.get('error')}.",
            todo="Set DIRSYNC_SLACK__APP_TOKEN to a token with connections:write.",
        ) from error


def _settings_error(error: SlackApiError, workspace: Workspace) -> SettingsError:
    reason = str(error.response.get("error"))
    needed = error.response.get("needed")
    told = {
        "invalid_auth": (
            "Slack does not accept the bot token.",
            "Set DIRSYNC_SLACK__BOT_TOKEN anew.",
        ),
        "account_inactive": ("The Slack app was removed.", "Install it again, set the new token."),
        "token_revoked": ("The Slack token was revoked.", "Install the app again."),
        "channel_not_found": (
            f"Slack does not show the channel {workspace.channel} to the bot.",
            f"Set {_named_in(workspace)} to the channel's id (C…) and invite the bot to it.",
        ),
        "missing_scope": (
            f"The Slack app lacks the scope {needed}.",
            "Install it again from deploy/slack-manifest.yaml.",
        ),
    }
    message, todo = told.get(reason, (f"Slack refused the start: {reason}.", "Check the app."))
    return SettingsError(message, todo=todo)


def listening(
    app: AsyncApp, workspace: Workspace, *, now: Callable[[], float] = time.time
) -> AbstractAsyncContextManager[Link]:
    """Until the block ends: by two sockets, or on an address of ours that Slack posts to."""
    if workspace.listen is not None:
        return serving(app, workspace.listen, now=now)
    return connected(app, workspace.app_token, edges=workspace.edges)
