"""In: HTTP requests to /api/METHOD, as slack_sdk sends them (query, form or JSON).
Out: `ok: true` with the answer, `ok: false` with Slack's error name, or 429 with Retry-After.
Promise: token, scope, planted fault and rate are checked before a method runs, in that order.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from bot.lab.slack import api_chat, api_files, api_people, api_views
from bot.lab.slack.call import Call
from bot.lab.slack.problems import SlackProblem
from bot.lab.slack.rates import POSTING, TIERS
from bot.lab.slack.records import Json, Token
from bot.lab.slack.workspace import Workspace

Runs = Callable[[Call], Json]
HTTP_TOO_MANY = 429


@dataclass(frozen=True)
class Method:
    run: Runs
    tier: int
    scopes: tuple[str, ...] = ()  # any one of them is enough; `Call.may` asks for the channel's own
    token: str = "bot"  # "bot", "app", or "" for none  # noqa: S105 - the kind, not a secret
    per_channel: bool = False


READ = ("channels:read", "groups:read", "im:read", "mpim:read")
HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
CHAT = ("chat:write",)
GROUPS = ("usergroups:read",)
FILES = ("files:write",)

METHODS: dict[str, Method] = {
    "auth.test": Method(api_people.auth_test, 5),
    "blocks.validate": Method(api_chat.validate, 4, token=""),
    "chat.delete": Method(api_chat.delete, 3, CHAT),
    "chat.getPermalink": Method(api_chat.get_permalink, 5),
    "chat.postEphemeral": Method(api_chat.post_ephemeral, 4, CHAT),
    "chat.postMessage": Method(api_chat.post_message, 4, CHAT, per_channel=True),
    "chat.update": Method(api_chat.update, 3, CHAT),
    "conversations.history": Method(api_people.history, 3, HISTORY),
    "conversations.info": Method(api_people.conversation_info, 3, READ),
    "conversations.join": Method(api_people.conversation_join, 3, ("channels:join",)),
    "conversations.list": Method(api_people.conversation_list, 2, READ),
    "conversations.members": Method(api_people.conversation_members, 4, READ),
    "conversations.open": Method(api_people.conversation_open, 3, ("im:write", "mpim:write")),
    "conversations.replies": Method(api_people.replies, 3, HISTORY),
    "files.completeUploadExternal": Method(api_files.complete_upload, 4, FILES),
    "files.getUploadURLExternal": Method(api_files.upload_url, 4, FILES),
    "reactions.add": Method(api_chat.react, 3, ("reactions:write",)),
    "usergroups.list": Method(api_people.user_groups, 2, GROUPS),
    "usergroups.users.list": Method(api_people.group_members, 2, GROUPS),
    "users.info": Method(api_people.users_info, 4, ("users:read",)),
    "users.list": Method(api_people.users_list, 2, ("users:read",)),
    "users.lookupByEmail": Method(api_people.lookup_by_email, 3, ("users:read.email",)),
    "views.open": Method(api_views.open_, 4),
    "views.publish": Method(api_views.publish, 4),
    "views.push": Method(api_views.push, 4),
    "views.update": Method(api_views.update, 4),
}


class WebApi:
    """Answers the calls of one workspace; `connect` hands out Socket Mode tickets."""

    def __init__(self, workspace: Workspace, base_url: str, connect: Callable[[], str]) -> None:
        self.workspace = workspace
        self.base_url = base_url
        opening = Method(
            lambda _call: {"url": connect()},
            tier=1,
            scopes=("connections:write",),
            token="app",  # noqa: S106 - the kind, not a secret
        )
        self.methods = {**METHODS, "apps.connections.open": opening}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        faults = self.workspace.faults
        if faults.delay_seconds:
            await asyncio.sleep(faults.delay_seconds)
        status, headers = 200, {}
        try:
            body = {"ok": True, **self.run(name, await arguments(request), bearer(request))}
        except Refused as refused:
            status, headers, body = refused.status, refused.headers, refused.body
        except SlackProblem as problem:
            body = problem.body()
        faults.note(name, self.workspace.now(), "ok" if body["ok"] else str(body["error"]))
        if faults.drops(name) and request.transport is not None:
            request.transport.abort()
        return web.json_response(body, status=status, headers=headers)

    def run(self, name: str, args: Json, given: str) -> Json:
        method = self.methods.get(name)
        if method is None:
            raise SlackProblem("unknown_method", req_method=name)
        token = self.authorised(method, given or str(args.get("token") or ""))
        self.planted(name)
        self.paced(name, method, args)
        return method.run(Call(self.workspace, args, token, self.base_url))

    def authorised(self, method: Method, given: str) -> Token | None:
        if not method.token:
            return None
        if not given:
            raise SlackProblem("not_authed")
        token = self.workspace.tokens.get(given)
        if token is None:
            raise SlackProblem("invalid_auth")
        if token.kind != method.token:
            raise SlackProblem("not_allowed_token_type")
        if method.scopes and not token.scopes.intersection(method.scopes):
            raise SlackProblem(
                "missing_scope",
                needed=",".join(method.scopes),
                provided=",".join(sorted(token.scopes)),
            )
        return token

    def planted(self, name: str) -> None:
        fault = self.workspace.faults.due(name)
        if fault is None:
            return
        if fault.status == HTTP_TOO_MANY or fault.error == "ratelimited":
            after = fault.retry_after
            told = {} if after is None else {"Retry-After": str(after)}
            raise Refused(HTTP_TOO_MANY, "ratelimited", told)
        raise Refused(fault.status, fault.error or "internal_error", {})

    def paced(self, name: str, method: Method, args: Json) -> None:
        limit = POSTING if method.per_channel else TIERS[method.tier]
        key = str(args.get("channel", "")) if method.per_channel else ""
        wait = self.workspace.rates.wait(name, key, limit, self.workspace.now())
        if wait:
            raise Refused(HTTP_TOO_MANY, "ratelimited", {"Retry-After": str(wait)})


class Refused(Exception):
    def __init__(self, status: int, error: str, headers: dict[str, str]) -> None:
        super().__init__(error)
        self.status = status
        self.headers = headers
        self.body: Json = {"ok": False, "error": error}


def bearer(request: web.Request) -> str:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if kind.lower() == "bearer" else ""


async def arguments(request: web.Request) -> Json:
    """Query, form and JSON body together; slack_sdk uses each of them for some method."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        raw = await request.read()
        try:
            given = json.loads(raw) if raw else {}
        except ValueError:
            raise SlackProblem("invalid_json") from None
        if not isinstance(given, dict):
            raise SlackProblem("json_not_object")
        return {**args, **given}
    form = await request.post()
    args.update({key: value for key, value in form.items() if isinstance(value, str)})
    return args
