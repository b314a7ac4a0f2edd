"""In: the lab's Slack. Out: slack_sdk's own client, whose calls reach it without a socket.
Promise: the lab's Web API answers as over HTTP, faults and lost answers too; thousands of calls take seconds.
"""

from typing import Any

from aiohttp import ClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.lab.slack.api import Refused, WebApi
from bot.lab.slack.problems import SlackProblem
from bot.lab.slack.workspace import Workspace


class DirectClient(AsyncWebClient):
    def __init__(self, workspace: Workspace) -> None:
        super().__init__(token=workspace.bot_token)
        self._api = WebApi(workspace, "http://127.0.0.1:9", lambda: "")
        self.lose_before = 0  # so many calls never arrive

    async def api_call(
        self,
        api_method: str,
        *,
        http_verb: str = "POST",
        params: dict[str, Any] | None = None,
        json: dict[str, Any] | None = None,
        **rest: Any,  # noqa: ARG002 - nothing of it is used by chat and conversations
    ) -> AsyncSlackResponse:
        if self.lose_before:
            self.lose_before -= 1
            raise ClientError("never arrived")
        faults, status, headers = self._api.workspace.faults, 200, {}
        try:
            given = {k: v for k, v in (json or params or {}).items() if v is not None}
            body = {"ok": True, **self._api.run(api_method, given, str(self.token))}
        except Refused as refused:
            status, headers, body = refused.status, refused.headers, refused.body
        except SlackProblem as problem:
            body = problem.body()
        answer = "ok" if body["ok"] else str(body["error"])
        faults.note(api_method, self._api.workspace.now(), answer)
        if faults.drops(api_method):
            raise ClientError("the answer was lost")
        answered = AsyncSlackResponse(
            client=self,
            http_verb=http_verb,
            api_url=api_method,
            req_args={},
            data=body,
            headers=headers,
            status_code=status,
        )
        answered.validate()  # type: ignore[no-untyped-call]  # slack_sdk leaves it so
        return answered
