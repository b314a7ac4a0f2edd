"""In: what the settings say about one Entra tenant. Out: Tenant, checked, secrets hidden from its repr.
Only Microsoft's clouds are spoken to; another address is taken for this machine (loopback) alone.
Promise: a Tenant that exists can be signed in to as written; everything else is a SettingsError.
"""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.errors import SettingsError
from bot.model import Flags

PUBLIC_LOGIN = "https://login.microsoftonline.com"
PUBLIC_GRAPH = "https://graph.microsoft.com/v1.0"

# login host -> Graph hosts that take its tokens
_CLOUDS = {
    "login.microsoftonline.com": ("graph.microsoft.com",),
    "login.microsoftonline.us": ("graph.microsoft.us", "dod-graph.microsoft.us"),
    "login.chinacloudapi.cn": ("microsoftgraph.chinacloudapi.cn",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One way to sign in: a secret, a certificate, a federated token (workload identity) or a managed
    identity. `timeout` bounds one answer of Graph, its retries and waits included.
    """

    tenant_id: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    certificate_file: str = ""
    certificate_password: str = field(default="", repr=False)
    federated_token_file: str = ""
    managed_identity: bool = False
    authority: str = PUBLIC_LOGIN
    graph_url: str = PUBLIC_GRAPH
    ca_file: str | None = None
    timeout: float = 30.0
    concurrency: int = 4
    scan_above: int = 800  # values asked for at once; the README has the measurement
    flags: Flags = field(default_factory=Flags)  # as an administrator stated them

    def __post_init__(self) -> None:
        _check_sign_in(self)
        _check_addresses(self)
        if self.timeout <= 0 or self.concurrency < 1:
            raise SettingsError(
                "The Entra timeout and concurrency must be above zero.",
                todo="Leave them out for the defaults (30 seconds, 4 requests at a time).",
            )

    @property
    def loopback(self) -> bool:
        return is_loopback(urlsplit(self.graph_url).hostname)

    @property
    def scope(self) -> str:
        parts = urlsplit(self.graph_url)
        return f"{parts.scheme}://{parts.netloc}/.default"


def is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _check_sign_in(tenant: Tenant) -> None:
    ways = {
        "a client secret": bool(tenant.client_secret),
        "a certificate": bool(tenant.certificate_file),
        "a federated token file": bool(tenant.federated_token_file),
        "a managed identity": tenant.managed_identity,
    }
    chosen = [name for name, given in ways.items() if given]
    if len(chosen) != 1:
        said = f"{' and '.join(chosen)} are given" if chosen else "none is given"
        raise SettingsError(
            f"Entra needs exactly one way to sign in, and {said}.",
            todo="Give one of: " + ", ".join(ways) + ".",
        )
    if not tenant.tenant_id or not (tenant.client_id or tenant.managed_identity):
        raise SettingsError(
            "The tenant id or the client id for Entra is missing.",
            todo="Both are on the Overview page of the app registration.",
        )


def _check_addresses(tenant: Tenant) -> None:
    login, graph = (_address(url) for url in (tenant.authority, tenant.graph_url))
    if is_loopback(login) and is_loopback(graph):
        return
    if graph not in _CLOUDS.get(login, ()):
        raise SettingsError(
            f"{login} and {graph} are not the two addresses of one Microsoft cloud.",
            todo="Leave both out for the public cloud, or set both to the same national cloud.",
        )
    if tenant.ca_file:
        raise SettingsError(
            "A certificate authority of one's own is taken for this machine only, not for Microsoft's clouds.",
            todo="Leave the CA file out; behind an inspecting proxy set SSL_CERT_FILE instead.",
        )


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.query:
        raise SettingsError(
            f"{parts.hostname or 'The address'} for Entra must be given as a plain https:// URL.",
            todo=f"For example {PUBLIC_LOGIN} and {PUBLIC_GRAPH}.",
        )
    if not is_loopback(parts.hostname) and parts.port not in (None, 443):
        raise SettingsError(
            f"{parts.hostname} is given with a port, which Microsoft's clouds do not use.",
            todo="Leave the port out.",
        )
    return parts.hostname
