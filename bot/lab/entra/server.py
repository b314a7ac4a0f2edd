"""In: a Tenant and the lab's certificates.
Out: LabEntra, an HTTPS server that is Graph v1.0 and the token endpoint of that tenant.
Promise: loopback only; counts and logs what it was asked; faults can be planned while it runs.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import ssl
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from aiohttp import web

from bot.lab.entra import batch, faults, graph, paging
from bot.lab.entra.errors import GraphError, bad_request, new_request_id, unauthenticated
from bot.lab.entra.faults import Faults, failure
from bot.lab.entra.messages import GraphRequest, GraphResponse, split_target
from bot.lab.entra.tenant import Tenant
from bot.lab.entra.token import (
    OAuthError,
    TokenIssuer,
    instance_discovery,
    oauth_error,
    openid_configuration,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.lab.certs import Certificates
    from bot.lab.entra.token import Caller

JSON_TYPE = (
    "application/json; odata.metadata=minimal; odata.streaming=true;"
    " IEEE754Compatible=false; charset=utf-8"
)
ONLY_STATUS = faults.ANSWERS
LIST_END = frozenset({"broken-list"})
LIST_START = frozenset({"empty-first-page"})
LOST_BEFORE, LOST_AFTER = frozenset({"request-lost"}), frozenset({"answer-lost"})
LAGGING = frozenset({"lagging"})
CHEAP_PAGE = 20


@dataclass(frozen=True, slots=True)
class Seen:
    method: str
    path: str
    query: str


@dataclass(slots=True)
class LabEntra:
    tenant: Tenant
    issuer: TokenIssuer
    faults: Faults
    counters: Counter[str] = field(default_factory=Counter)  # by path, as it was on the wire
    log: list[Seen] = field(default_factory=list)
    batched: list[Seen] = field(default_factory=list)  # the items inside of $batch
    authority: str = ""
    _runner: web.AppRunner | None = None
    _transports: WeakSet[asyncio.Transport] = field(default_factory=WeakSet)

    @property
    def graph_url(self) -> str:
        return f"{self.authority}/v1.0"

    @property
    def tenant_id(self) -> str:
        return self.tenant.tenant_id

    async def aclose(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        for transport in list(self._transports):
            transport.abort()  # a TLS farewell may wait for a client that is gone
        await asyncio.sleep(0)


async def serve(
    tenant: Tenant,
    certificates: Certificates,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: Faults | None = None,
) -> LabEntra:
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"The lab's Entra listens on loopback addresses only, not on {host}.")
    lab = LabEntra(tenant, TokenIssuer(tenant), faults or Faults())
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificates.cert_file, certificates.key_file)
    app = web.Application(client_max_size=4 * 2**20)
    app.router.add_route("*", "/{tail:.*}", partial(_handle, lab))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
    except OSError:
        await runner.cleanup()
        raise
    lab._runner = runner  # noqa: SLF001 - made here, closed by its own aclose
    lab.authority = f"https://{host}:{runner.addresses[0][1]}"
    return lab


async def _handle(lab: LabEntra, request: web.Request) -> web.StreamResponse:
    target = request.raw_path
    path, _, query = target.partition("?")
    if request.transport is not None:
        lab._transports.add(request.transport)  # noqa: SLF001 - its own request handler
    lab.counters[path] += 1
    lab.log.append(Seen(request.method, path, query))
    if slow := lab.faults.take(path, frozenset({"slow"}), method=request.method):
        await asyncio.sleep(slow.seconds)
    if lab.faults.take(path, LOST_BEFORE, method=request.method):
        return _hung_up(request)
    if path.startswith("/v1.0/"):
        response = await _graph(lab, request, target.removeprefix("/v1.0"))
    else:
        response = await _login(lab, request, path)
    if lab.faults.take(path, LOST_AFTER, method=request.method):
        return _hung_up(request)
    dropped = lab.faults.take(path, frozenset({"drop"}), method=request.method) is not None
    return await _send(lab, request, response, dropped=dropped)


def _hung_up(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # to nobody


async def _login(lab: LabEntra, request: web.Request, path: str) -> GraphResponse:
    if fault := lab.faults.take(path, ONLY_STATUS, method=request.method):
        return failure(fault, scope=lab.tenant_id)
    match (request.method, *path.strip("/").split("/")):
        case ("POST", tenant_name, "oauth2", "v2.0", "token"):
            form = {name: str(value) for name, value in (await request.post()).items()}
            try:
                return GraphResponse(200, lab.issuer.issue(tenant_name, form))
            except OAuthError as refused:
                return GraphResponse(refused.status, oauth_error(lab.tenant, refused))
        case ("GET", _, "v2.0", ".well-known", "openid-configuration"):
            return GraphResponse(200, openid_configuration(lab.tenant, lab.authority))
        case ("GET", "common", "discovery", "instance"):
            return GraphResponse(200, instance_discovery(lab.tenant, lab.authority))
        case _:
            return GraphResponse(404)


async def _graph(lab: LabEntra, request: web.Request, target: str) -> GraphResponse:
    client_request_id = request.headers.get("client-request-id") or new_request_id()
    try:
        caller = _caller(lab, request)
        is_batch = target.partition("?")[0].lower() == "/$batch"
        segments, query = ((), {}) if is_batch else split_target(target)
        graph_request = GraphRequest(
            method=request.method,
            segments=segments,
            query=query,
            headers={name.lower(): value for name, value in request.headers.items()},
            roles=caller.roles,
            directory_role=caller.directory_role,
            base_url=lab.graph_url,
            body=await _body(request),
        )
        if not is_batch:
            return _answer(lab, graph_request, client_request_id)
        if fault := lab.faults.take("/$batch", ONLY_STATUS, method="POST"):
            return failure(fault, scope=caller.client_id)
        return batch.run(graph_request, lambda item: _item(lab, item, client_request_id))
    except GraphError as refused:
        return _refusal(lab, refused, client_request_id)


def _caller(lab: LabEntra, request: web.Request) -> Caller:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    where = f"{lab.authority}/{lab.tenant_id}/oauth2/authorize"
    if scheme.lower() != "bearer" or not token:
        raise unauthenticated("Access token is empty.", where)
    caller = lab.issuer.read(token)
    if caller is None:
        raise unauthenticated("Lifetime validation failed, the token is expired or invalid.", where)
    return caller


async def _body(request: web.Request) -> Any:
    raw = await request.read()
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        raise bad_request("Unable to read JSON request payload.") from None


def _item(lab: LabEntra, item: GraphRequest, client_request_id: str) -> GraphResponse:
    lab.batched.append(Seen(item.method, "/" + "/".join(item.segments), str(dict(item.query))))
    return _answer(lab, item, client_request_id)


def _answer(lab: LabEntra, request: GraphRequest, client_request_id: str) -> GraphResponse:
    path = "/" + "/".join(request.segments)
    try:
        page = paging.read_token(request.query.get("$skiptoken", paging.make_token(1, -1)))[0]
        fault = lab.faults.take(path, ONLY_STATUS, method=request.method)
        fault = fault or lab.faults.take(path, LIST_END, page=page)
        if fault is not None:
            return failure(fault, scope=lab.tenant_id)
        with _as_it_was(lab, request, path):
            response = graph.answer(lab.tenant, request)
    except GraphError as refused:
        return _refusal(lab, refused, client_request_id)
    if _is_list(response) and lab.faults.take(path, LIST_START, page=page):
        again = paging.next_link(request.url, request.query, paging.make_token(2, -1))
        emptied = {**response.body, "@odata.nextLink": again, "value": []}
        response = GraphResponse(200, emptied)
    return GraphResponse(
        response.status,
        response.body,
        {"x-ms-resource-unit": str(_cost(request)), **response.headers},
    )


@contextmanager
def _as_it_was(lab: LabEntra, request: GraphRequest, path: str) -> Iterator[None]:
    """Entra's replicas learn of a change one after the other; a read meets any of them."""
    name = request.segments[-1].lower()
    former = lab.tenant.former.get(name)
    read = request.method == "GET" and path.lower() == f"/users/{name}"
    if former is None or not read or not lab.faults.take(path, LAGGING, method="GET"):
        yield
        return
    present = lab.tenant.objects[name]
    lab.tenant.objects[name] = former
    try:
        yield
    finally:
        lab.tenant.objects[name] = present


def _is_list(response: GraphResponse) -> bool:
    return isinstance(response.body, dict) and "value" in response.body


def _refusal(lab: LabEntra, refused: GraphError, client_request_id: str) -> GraphResponse:
    body = refused.body(
        request_id=new_request_id(), client_request_id=client_request_id, now=lab.tenant.clock()
    )
    return GraphResponse(refused.status, body, {"x-ms-resource-unit": "1", **refused.headers})


def _cost(request: GraphRequest) -> int:
    """Resource units, as the throttling page counts them."""
    if request.method != "GET":
        return 1
    last = request.segments[-1].lower()
    whole = {"users": 2, "transitivemembers": 5, "licensedetails": 2}.get(last, 1)
    cheap = "$top" in request.query and paging.page_size(request.query) < CHEAP_PAGE
    return max(whole - ("$select" in request.query) - cheap, 1)


async def _send(
    lab: LabEntra, request: web.Request, answer: GraphResponse, *, dropped: bool
) -> web.StreamResponse:
    body = answer.body if isinstance(answer.body, bytes) else b""
    headers = {
        "Cache-Control": "no-cache",
        "request-id": new_request_id(),
        "client-request-id": request.headers.get("client-request-id", new_request_id()),
        "odata-version": "4.0",
        "x-ms-ags-diagnostic": json.dumps({"ServerInfo": {"DataCenter": "Lab", "Ring": "4"}}),
        "Date": f"{lab.tenant.clock():%a, %d %b %Y %H:%M:%S GMT}",
    }
    if answer.body is not None and not body:
        body = json.dumps(answer.body).encode()
        headers["Content-Type"] = JSON_TYPE
    headers.update(answer.headers)
    if not dropped:
        return web.Response(status=answer.status, body=body, headers=headers)
    cut = web.StreamResponse(status=answer.status, headers=headers)
    cut.content_length = len(body)
    await cut.prepare(request)
    await cut.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.abort()
    return cut
