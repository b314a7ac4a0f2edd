"""In: a Tenant. Out: the credential of azure-identity it describes, with bounded waits.
Imports azure-identity where it is used: it costs 0.15 s and 15 MiB that other commands need not pay.
Promise: a token request gives up within the tenant's timeout and never leaves the named authority.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.entra.tenant import Tenant
from bot.errors import SettingsError

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken
    from azure.core.credentials_async import AsyncTokenCredential


class Renewable:
    """A credential that can forget: Graph may refuse a token long before the library drops it."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._current = credential(tenant)
        self._former: AsyncTokenCredential | None = None

    @property
    def current(self) -> "AsyncTokenCredential":
        return self._current

    async def get_token(self, *scopes: str, **options: Any) -> "AccessToken":
        return await self._current.get_token(*scopes, **options)

    async def renew(self, refused: "AsyncTokenCredential") -> None:
        """Once for all who were refused together; the former one may still be in use, so it stays open."""
        if refused is self._current:
            done, self._former = self._former, self._current
            self._current = credential(self._tenant)
            if done is not None:
                await done.close()

    async def close(self) -> None:
        for each in (self._former, self._current):
            if each is not None:
                await each.close()


def credential(tenant: Tenant) -> "AsyncTokenCredential":
    from azure.identity import aio

    wire = _wire(tenant)
    if tenant.managed_identity:
        return aio.ManagedIdentityCredential(client_id=tenant.client_id or None, **wire)
    wire["authority"] = tenant.authority
    if tenant.loopback:  # the lab is no instance that Microsoft's discovery knows
        wire["disable_instance_discovery"] = True
    if tenant.certificate_file:
        data = _readable(tenant.certificate_file, "certificate")
        try:
            return aio.CertificateCredential(
                tenant.tenant_id,
                tenant.client_id,
                certificate_data=data,
                password=tenant.certificate_password or None,
                **wire,
            )
        except (ValueError, TypeError) as error:  # TypeError: a password for a key that has none
            raise SettingsError(
                f"The certificate for Entra in {tenant.certificate_file} cannot be used.",
                todo="It needs the certificate and its RSA key, as PEM or PKCS12, and the right password.",
            ) from error
    if tenant.federated_token_file:
        _readable(tenant.federated_token_file, "federated token")
        return aio.WorkloadIdentityCredential(
            tenant_id=tenant.tenant_id,
            client_id=tenant.client_id,
            token_file_path=tenant.federated_token_file,
            **wire,
        )
    return aio.ClientSecretCredential(
        tenant.tenant_id, tenant.client_id, tenant.client_secret, **wire
    )


def _readable(path: str, what: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise SettingsError(
            f"The {what} for Entra cannot be read from {path} ({error.strerror}).",
            todo="Check the path, and that the bot's account may read it.",
        ) from error


def _wire(tenant: Tenant) -> dict[str, Any]:
    wire: dict[str, Any] = {
        "connection_timeout": min(10.0, tenant.timeout),
        "read_timeout": tenant.timeout,
        "retry_total": 1,  # the default, 10 with growing pauses, outlives every timeout of ours
    }
    if tenant.ca_file:
        wire["connection_verify"] = tenant.ca_file
    if tenant.loopback:
        wire["use_env_settings"] = False  # no proxy in front of this machine itself
    return wire
