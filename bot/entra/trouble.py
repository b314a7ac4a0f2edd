"""In: an error of azure-identity, kiota or httpx, or a status of Graph. Out: one of our errors, or None.
Network, 429 and 5xx are Unreachable (asked again later); what an administrator must mend is Refused.
Promise: the message says what to do and holds no secret, no token and no value from a directory.
"""

import re
from typing import TYPE_CHECKING

from bot.errors import DirsyncError, Refused, Unreachable

if TYPE_CHECKING:
    from azure.core.exceptions import ClientAuthenticationError

TOO_MANY = 429
UNAUTHORIZED = 401
FORBIDDEN = 403
SERVER_ERROR = 500

_PORTAL = "Entra admin center > App registrations"
# what Entra's sign-in answers, by the number that stays the same in every language
_SIGN_IN = {
    "7000215": (
        "Entra does not accept the client secret.",
        f"In {_PORTAL} > Certificates & secrets make a new one and copy its Value, not its Secret ID.",
    ),
    "7000222": (
        "The client secret for Entra has expired.",
        f"In {_PORTAL} > Certificates & secrets make a new one and put it into the settings.",
    ),
    "700016": (
        "Entra knows no app with this client id in this tenant.",
        f"Compare the client id and the tenant id with {_PORTAL} > Overview.",
    ),
    "700027": (
        "Entra does not accept the certificate.",
        f"Upload its public half in {_PORTAL} > Certificates & secrets.",
    ),
    "90002": (
        "Entra knows no tenant with this tenant id.",
        f"Compare it with {_PORTAL} > Overview > Directory (tenant) ID.",
    ),
    "900023": (
        "The tenant id is neither an id nor a domain name.",
        f"Copy it from {_PORTAL} > Overview > Directory (tenant) ID.",
    ),
    "7000112": (
        "The app for Entra is disabled.",
        "In Entra admin center > Enterprise applications enable it for sign-in.",
    ),
}


def sign_in_refused(text: str) -> Refused:
    number = re.search(r"AADSTS(\d+)", text)
    known = _SIGN_IN.get(number.group(1)) if number else None
    if known:
        return Refused("Entra", known[0], todo=known[1])
    first = text.strip().splitlines()[0] if text.strip() else "no reason given"
    return Refused(
        "Entra",
        f"Entra refused to sign the bot in: {first[:200]}",
        todo=f"Check tenant id, client id and credential against {_PORTAL}.",
    )


def not_now(status: int, retry_after: float | None = None) -> Unreachable:
    if status == TOO_MANY:
        return Unreachable(
            "Entra", "Microsoft Graph asks the bot to slow down (429).", retry_after=retry_after
        )
    return Unreachable(
        "Entra", f"Microsoft Graph cannot answer now ({status}).", retry_after=retry_after
    )


def no_answer(why: str) -> Unreachable:
    return Unreachable(
        "Entra",
        f"Microsoft Graph cannot be reached: {why}.",
        todo="Check the network and the proxy from here to Graph. The bot asks again.",
    )


def token_refused(code: str) -> Refused:
    return Refused(
        "Entra",
        f"Microsoft Graph does not accept the bot's token ({code or 'no code'}).",
        todo="Check this machine's time, and that the app belongs to this tenant and cloud.",
    )


def missing_permission(what: str, permission: str) -> Refused:
    return Refused(
        "Entra",
        f"The app may not read {what}.",
        todo=f"In {_PORTAL} > API permissions add the application permission {permission} and grant admin consent.",
    )


def refused(what: str, status: int, code: str, message: str) -> Refused:
    said = f"{code}: {message}" if message else code or "no reason given"
    return Refused("Entra", f"Microsoft Graph refused to list {what} ({status}, {said[:200]}).")


def seconds(retry_after: str | None) -> float | None:
    """Of a Retry-After header; a date in it is left to the caller's own pause."""
    try:
        return max(0.0, float(retry_after or ""))
    except ValueError:
        return None


def translated(error: Exception) -> DirsyncError | None:
    """None: not an error of the libraries below us."""
    import httpx
    from azure.core import exceptions as azure

    if isinstance(error, azure.ClientAuthenticationError):
        return _sign_in(error)
    if isinstance(error, azure.ServiceRequestError | azure.ServiceResponseError):
        return no_answer(f"no connection to the sign-in server ({type(error).__name__})")
    if isinstance(error, azure.AzureError):
        return no_answer(f"the sign-in server answered oddly ({type(error).__name__})")
    if isinstance(error, httpx.HTTPError | httpx.InvalidURL):
        return no_answer(_certificate(error) or type(error).__name__)
    return None


def _sign_in(error: "ClientAuthenticationError") -> DirsyncError:
    """azure-identity calls everything a failed authentication, an HTML page of a proxy too."""
    from azure.identity import CredentialUnavailableError

    status = getattr(error.response, "status_code", None) or 0
    if status == TOO_MANY or status >= SERVER_ERROR:
        return not_now(status)
    text = error.message or str(error)
    if isinstance(error, CredentialUnavailableError) or "AADSTS" in text:
        return sign_in_refused(text)
    return no_answer("what answers for the sign-in server is not Entra")


def _certificate(error: Exception) -> str | None:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return "its certificate is not trusted"
    return None
