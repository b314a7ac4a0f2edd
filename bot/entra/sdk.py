"""In: a Tenant. Out: Microsoft's Graph client signed in as it says, sending one request at a time.
Everything of kiota, msgraph and httpx that the adapter touches is in this file; imports are lazy.
Promise: a request is answered or is one of our errors; no redirect is followed; no URL is logged.
"""

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
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

    async def sign_in(self) -> None:
        """Asks for the first token, so that the calls that follow find it in the cache."""
        try:
            await self.credential.get_token(self.scope, enable_cae=True)  # as kiota will ask
        except Exception as error:
            raise _ours(error) from error

    async def send(self, method: str, url: str, content: bytes | None, *, advanced: bool) -> Answer:
        from kiota_abstractions.api_error import APIError
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
        used = self.credential.current
        try:
            body = await self.adapter.send_primitive_async(request, "bytes", {"XXX": ODataError})
        except APIError as error:
            if error.response_status_code == trouble.UNAUTHORIZED:
                await self.credential.renew(used)
            return answers.of_error(error)
        except Exception as error:
            raise _ours(error) from error
        return Answer(answers.OK, body or b"")

    async def aclose(self) -> None:
        for pool in self.pools:  # msgraph wraps them and does not pass the closing on
            await pool.aclose()
        await self.http.aclose()
        await self.credential.close()


def _ours(error: Exception) -> Exception:
    """What no library below us is known to raise stays what it is: a fault of ours, to be seen."""
    return trouble.translated(error) or error


def connection_broke(error: Exception) -> bool:
    """The server hung up, as it does on a connection that was idle for long: worth one more try."""
    import httpx

    return isinstance(error.__cause__, httpx.NetworkError | httpx.RemoteProtocolError)


def connect(tenant: Tenant, counted: Callable[[int], None]) -> Line:
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
    adapter = GraphRequestAdapter(
        provider,
        client=GraphClientFactory.create_with_custom_middleware(_middleware(), client=http),
    )
    adapter.base_url = tenant.graph_url
    adapter.observability_options.include_euii_attributes = False
    return Line(adapter, made, http, pools, tenant.scope)


def _middleware() -> list[Any]:
    """Retries, and Microsoft's telemetry headers. No redirects: Graph's lists need none, and a token
    should not travel. A write, should there be one, must pass RetryHandlerOption(max_retries=0): kiota
    sends PATCH and DELETE again too.
    """
    from kiota_http.middleware.options import RetryHandlerOption
    from kiota_http.middleware.retry_handler import RetryHandler
    from msgraph_core.middleware import GraphTelemetryHandler

    retry = RetryHandler(RetryHandlerOption(delay=0, max_retries=RETRIES))
    delay_of = retry.get_delay_time

    def bounded(attempt: int, response: Any = None, delay: float = 0) -> float:
        wait = float(delay_of(attempt, response, delay))
        # at MAX_DELAY the handler gives up and hands out the 429 with its Retry-After
        return wait if wait <= LONGEST_WAIT else float(RetryHandlerOption.MAX_DELAY)

    retry.get_delay_time = bounded
    return [retry, GraphTelemetryHandler()]
