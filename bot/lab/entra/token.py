"""In: OAuth 2.0 client-credentials requests, and the bearer token of each Graph request.
Out: a signed token with the app's permissions, or the error JSON with its AADSTS number.
Promise: a token is good for one tenant until its time is up; nothing else is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.lab.entra.tenant import Tenant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.lab.entra.tenant import App

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"


class OAuthError(Exception):
    """`number` is the AADSTS one, which administrators search for."""

    def __init__(self, status: int, error: str, number: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.number = number
        self.message = message


@dataclass(frozen=True, slots=True)
class Caller:
    client_id: str
    roles: frozenset[str]
    directory_role: bool


@dataclass(slots=True)
class TokenIssuer:
    tenant: Tenant
    lifetime_seconds: int = 3_599
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def issue(self, tenant_name: str, form: Mapping[str, str]) -> dict[str, Any]:
        app = self._authenticated(tenant_name, form)
        now = self.tenant.clock()
        claims = {
            "aud": "https://graph.microsoft.com",
            "iss": f"https://sts.windows.net/{self.tenant.tenant_id}/",
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(seconds=self.lifetime_seconds)).timestamp()),
            "appid": app.client_id,
            "roles": sorted(app.roles),
            "tid": self.tenant.tenant_id,
            "uti": secrets.token_urlsafe(16),
            "wids": ["directory-role"] if app.directory_role else [],
        }
        head = _encode({"typ": "JWT", "alg": "HS256"})
        signed = f"{head}.{_encode(claims)}"
        return {
            "token_type": "Bearer",
            "expires_in": self.lifetime_seconds,
            "ext_expires_in": self.lifetime_seconds,
            "access_token": f"{signed}.{self._signature(signed)}",
        }

    def read(self, token: str) -> Caller | None:
        """None: forged, broken or expired."""
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._signature(signed).encode(), signature.encode()):
            return None
        claims = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
        if claims["exp"] <= self.tenant.clock().timestamp():
            return None
        return Caller(claims["appid"], frozenset(claims["roles"]), bool(claims["wids"]))

    def _signature(self, signed: str) -> str:
        digest = hmac.digest(self._key, signed.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def _authenticated(self, tenant_name: str, form: Mapping[str, str]) -> App:
        names = {self.tenant.tenant_id.lower(), *self.tenant.verified_domains}
        if tenant_name.lower() not in names:
            message = f"Tenant '{tenant_name}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
            raise OAuthError(400, "invalid_request", 90002, message)
        if form.get("grant_type") != "client_credentials":
            message = "The app requested an unsupported grant type."
            raise OAuthError(400, "unsupported_grant_type", 70003, message)
        client_id = form.get("client_id", "")
        app = self.tenant.apps.get(client_id)
        if app is None:
            message = f"Application with identifier '{client_id}' was not found in the directory '{self.tenant.display_name}'."
            raise OAuthError(400, "unauthorized_client", 700016, message)
        _check_secret(self.tenant, app, form)
        if not form.get("scope", "").endswith("/.default"):
            message = "The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier."
            raise OAuthError(400, "invalid_scope", 1002012, message)
        return app


def _check_secret(tenant: Tenant, app: App, form: Mapping[str, str]) -> None:
    secret = form.get("client_secret")
    if not secret:
        message = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
        raise OAuthError(401, "invalid_client", 7000218, message)
    if not hmac.compare_digest(secret.encode(), app.secret.encode()):
        message = f"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app.client_id}'."
        raise OAuthError(401, "invalid_client", 7000215, message)
    if app.secret_expires is not None and app.secret_expires <= tenant.clock():
        message = f"The provided client secret keys for app '{app.client_id}' are expired. Visit the Azure portal to create new keys for your app."
        raise OAuthError(401, "invalid_client", 7000222, message)


def oauth_error(tenant: Tenant, refused: OAuthError) -> dict[str, Any]:
    now = tenant.clock()
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    stamped = f"{now:%Y-%m-%d %H:%M:%SZ}"
    told = f"AADSTS{refused.number}: {refused.message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamped}"
    return {
        "error": refused.error,
        "error_description": told,
        "error_codes": [refused.number],
        "timestamp": stamped,
        "trace_id": trace,
        "correlation_id": correlation,
    }


def openid_configuration(tenant: Tenant, authority: str) -> dict[str, Any]:
    root = f"{authority}/{tenant.tenant_id}"
    return {
        "token_endpoint": f"{root}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "issuer": f"{root}/v2.0",
        "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
        "response_types_supported": ["code"],
        "scopes_supported": ["openid"],
    }


def instance_discovery(tenant: Tenant, authority: str) -> dict[str, Any]:
    host = authority.removeprefix("https://")
    return {
        "tenant_discovery_endpoint": f"{authority}/{tenant.tenant_id}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }


def _encode(part: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
