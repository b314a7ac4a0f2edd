"""In: paths and the JSON to answer on each. Out: a Graph over TLS that says exactly that.
For what the lab's Entra never does: other hosts in a nextLink, loops, garbage, one filter refused of two.
Promise: an unplanned path is a 400 as Graph gives it; every request is written down.
"""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.entra.cloud import EntraCloud
from bot.entra.tenant import Tenant
from bot.lab.certs import Certificates


@dataclass(slots=True)
class Reply:
    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


@dataclass(slots=True)
class Scripted:
    """`replies` by path and query below /v1.0, the longest fit first; a list is used up one by one."""

    replies: dict[str, Reply | list[Reply]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    left_out: str = "nothing"  # a batch does not answer what begins so
    url: str = ""

    def reply(self, target: str) -> Reply:
        for begin in sorted(self.replies, key=len, reverse=True):
            if target.startswith(begin):
                planned = self.replies[begin]
                return planned.pop(0) if isinstance(planned, list) else planned
        return refusal(400, "BadRequest", f"Resource not found for the segment '{target}'.")


def refusal(status: int, code: str, message: str = "Planned.") -> Reply:
    return Reply({"error": {"code": code, "message": message}}, status)


def rows(*values: dict[str, Any], next_link: str | None = None) -> Reply:
    body: dict[str, Any] = {"value": list(values)}
    return Reply(body | ({"@odata.nextLink": next_link} if next_link else {}))


@asynccontextmanager
async def scripted(
    certificates: Certificates, **changes: Any
) -> AsyncIterator[tuple[Scripted, EntraCloud]]:
    graph = Scripted()

    async def handle(request: web.Request) -> web.StreamResponse:
        target = request.raw_path
        if target.endswith("/oauth2/v2.0/token"):
            return web.json_response(
                {"token_type": "Bearer", "expires_in": 3600, "access_token": "a token"}
            )
        target = target.removeprefix("/v1.0")
        graph.seen.append(target)
        if target == "/$batch":
            asked = (await request.json())["requests"]
            answered = [
                _item(graph, each)
                for each in asked[::-1]
                if not each["url"].startswith(graph.left_out)
            ]
            return web.json_response({"responses": answered})
        planned = graph.reply(target)
        if planned.drop and request.transport is not None:
            request.transport.abort()
        text = planned.body if isinstance(planned.body, str) else json.dumps(planned.body)
        return web.Response(
            status=planned.status,
            text=text,
            content_type="application/json" if text[:1] in "{[" else "text/html",
            headers=planned.headers,
        )

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificates.cert_file, certificates.key_file)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    graph.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    given: dict[str, Any] = {
        "tenant_id": "contoso.com",
        "client_id": "app",
        "client_secret": "secret",
        "authority": graph.url,
        "graph_url": f"{graph.url}/v1.0",
        "ca_file": str(certificates.ca_file),
        "timeout": 10.0,
    }
    cloud = EntraCloud(Tenant(**(given | changes)))
    try:
        yield graph, cloud
    finally:
        await cloud.aclose()
        await runner.cleanup()


def _item(graph: Scripted, asked: dict[str, Any]) -> dict[str, Any]:
    graph.seen.append(asked["url"])
    planned = graph.reply(asked["url"])
    return {
        "id": asked["id"],
        "status": planned.status,
        "headers": planned.headers,
        "body": planned.body,
    }
