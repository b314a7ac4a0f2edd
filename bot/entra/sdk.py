"""In: a Tenant. Out: Microsoft's Graph client signed in as it says, sending one request at a time.
Everything of kiota, msgraph and httpx that the adapter touches is in this file; imports are lazy.
Promise: a request is answered or is one of our errors; no redirect is followed; no URL is logged.
A line is for reading, and repeats; or it is for one change, and nothing on it is ever sent twice.
"""

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from bot.entra import answers, trouble
from bot.entra.answers import Answer
from bot.entra.credential import Renewable
from bot.entra.tenant import Tenant

if TYPE_CHECKING:
    import httpx

RETRIES = 2
LONGEST_WAIT = 10.0  # a longer Retry-After is the schedule's to wait for, not a call's


@dataclass(frozen=True, slots=True)
class Line:
    """An open line to one tenant."""

    adapter: Any
    credential: Renewable
    http: "httpx.AsyncClient"
    pools: "tuple[httpx.AsyncBaseTransport, ...]"
    scope: str
    once: Any = None  # on a line for one change

    async def sign_in(self) -> None:
        """Asks for the first token, so that the calls that follow find it in the cache."""
        try:
            await self.credential.get_token(self.scope, enable_cae=True)  # as kiota will ask
        except Exception as error:
            raise _ours(error) from error

    async def send(
        self, method: Literal["GET", "POST"], url: str, content: bytes | None, *, advanced: bool
    ) -> Answer:
        """A read; a POST is a batch of reads."""
        used = self.credential.current
        try:
            body = await self._exchange(method, url, content, advanced=advanced)
        except api_error() as error:
            if error.response_status_code == trouble.UNAUTHORIZED:
                await self.credential.renew(used)
            return answers.of_error(error)
        return Answer(answers.OK, body or b"")

    async def patch(self, url: str, content: bytes) -> int:
        """The status, where kiota takes it for a success, as it does with 3xx; else it raises its APIError."""
        if self.once is None:
            raise RuntimeError("This line repeats what gets no answer: it is for reading.")
        await self._exchange("PATCH", url, content, advanced=False)
        return int(self.once.answer.status_code)

    async def _exchange(
        self, method: str, url: str, content: bytes | None, *, advanced: bool
    ) -> bytes | None:
        from kiota_abstractions.method import Method
        from kiota_abstractions.request_information import RequestInformation
        from msgraph.generated.models.o_data_errors.o_data_error import ODataError

        request = RequestInformation()
        request.http_method = Method[method]
        request.url = url
        request.headers.add("Accept", "application/json")
        if advanced:
            request.headers.add("ConsistencyLevel", "eventual")
        if content is not None:
            request.headers.add("Content-Type", "application/json")
            request.content = content
        try:
            body: bytes | None = await self.adapter.send_primitive_async(
                request, "bytes", {"XXX": ODataError}
            )
        except api_error():
            raise
        except Exception as error:
            raise _ours(error) from error
        return body

    async def aclose(self) -> None:
        for pool in self.pools:  # msgraph wraps them and does not pass the closing on
            await pool.aclose()
        await self.http.aclose()
        await self.credential.close()


def _ours(error: Exception) -> Exception:
    """What no library below us is known to raise stays what it is: a fault of ours, to be seen."""
    return trouble.translated(error) or error


def api_error() -> type[Any]:
    """What kiota raises for an answer that is no success; msgraph's ODataError is one."""
    from kiota_abstractions.api_error import APIError

    return APIError  # type: ignore[no-any-return]


def never_sent(error: BaseException) -> bool:
    """The connection was not there yet: no byte of the request has left."""
    import httpx

    early = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
    return isinstance(error.__cause__, early)


def connection_broke(error: Exception) -> bool:
    """The server hung up, as it does on a connection that was idle for long: worth one more try."""
    import httpx

    return isinstance(error.__cause__, httpx.NetworkError | httpx.RemoteProtocolError)


def connect(
    tenant: Tenant, counted: Callable[[int], None], *, for_one_change: bool = False
) -> Line:
    """Blocking (imports, files): call it in a thread. `counted` is told of each request sent."""
    import httpx
    from kiota_abstractions.api_client_builder import register_default_deserializer
    from kiota_authentication_azure.azure_identity_authentication_provider import (
        AzureIdentityAuthenticationProvider,
    )
    from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
    from msgraph.generated.models.o_data_errors import o_data_error  # noqa: F401 - imported here, in the thread
    from msgraph.graph_request_adapter import GraphRequestAdapter
    from msgraph_core import GraphClientFactory
    from msgraph_core.middleware import GraphTelemetryHandler

    register_default_deserializer(JsonParseNodeFactory)  # for the error bodies
    # httpx logs whole URLs at INFO, and our filters hold people's addresses
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # it warns of each refused token; whoever is told by our error says so once
    logging.getLogger("azure.identity").setLevel(logging.ERROR)

    made = Renewable(tenant)  # first: a file it cannot read must not leave an open client behind

    async def sent(_request: httpx.Request) -> None:
        counted(1)

    async def answered(response: httpx.Response) -> None:
        counted(int(response.request.headers.get("Retry-Attempt", 0)))

    http = httpx.AsyncClient(
        verify=ssl.create_default_context(cafile=tenant.ca_file) if tenant.ca_file else True,
        timeout=httpx.Timeout(tenant.timeout, connect=min(10.0, tenant.timeout)),
        trust_env=not tenant.loopback,
        event_hooks={"request": [sent], "response": [answered]},
    )
    # one, and one more for each proxy that the environment names: kept to be closed, see Line.aclose
    mounted = [each for each in http._mounts.values() if each is not None]  # noqa: SLF001 - no other way
    pools = (http._transport, *mounted)  # noqa: SLF001 - no other way
    provider = AzureIdentityAuthenticationProvider(
        made, scopes=[tenant.scope], allowed_hosts=[urlsplit(tenant.graph_url).hostname or ""]
    )
    once = _once() if for_one_change else None
    adapter = GraphRequestAdapter(
        provider,
        client=GraphClientFactory.create_with_custom_middleware(
            [once or _repeating(), GraphTelemetryHandler()], client=http
        ),
    )
    adapter.base_url = tenant.graph_url
    adapter.observability_options.include_euii_attributes = False
    return Line(adapter, made, http, pools, tenant.scope, once)


def _repeating() -> Any:
    """Retries of a read. No redirects are followed: Graph's lists need none, and a token should not travel."""
    from kiota_http.middleware.options import RetryHandlerOption
    from kiota_http.middleware.retry_handler import RetryHandler

    retry = RetryHandler(RetryHandlerOption(delay=0, max_retries=RETRIES))
    delay_of = retry.get_delay_time

    def bounded(attempt: int, response: Any = None, delay: float = 0) -> float:
        wait = float(delay_of(attempt, response, delay))
        # at MAX_DELAY the handler gives up and hands out the 429 with its Retry-After
        return wait if wait <= LONGEST_WAIT else float(RetryHandlerOption.MAX_DELAY)

    retry.get_delay_time = bounded
    return retry


def _once() -> Any:
    """In the place of retries, which kiota makes of PATCH and DELETE too. kiota itself asks again, with a new token,
    where a 401 challenges the one it had: whatever asks a second time is given the first answer.
    """
    from kiota_http.middleware.middleware import BaseMiddleware

    class Once(BaseMiddleware):  # type: ignore[misc]  # kiota has no types here
        def __init__(self) -> None:
            super().__init__()
            self.begun = False
            self.answer: httpx.Response | None = None

        async def send(
            self, request: "httpx.Request", transport: "httpx.AsyncBaseTransport"
        ) -> "httpx.Response | None":
            if not self.begun:
                self.begun = True
                self.answer = await super().send(request, transport)
            return self.answer

    return Once()
