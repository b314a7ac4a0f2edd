"""In: what ldap3, TLS and a domain controller say when something fails. Out: our own errors, in plain words.
`Lost` is the one reason to ask the same question again at once; all else is final for this call.
Promise: a message names the forest, the account and the thing to do, and never a password.
"""

import re
import socket
import ssl
from collections.abc import Mapping
from typing import Any

from cryptography import x509

from bot.ad.forest import Account, Forest
from bot.errors import DirsyncError, Refused, Unreachable

# Result codes of RFC 4511 that this room reasons about
SUCCESS = 0
OPERATIONS_ERROR = 1
TIME_LIMIT = 3
SIZE_LIMIT = 4
STRONGER_AUTH = 8
REFERRAL = 10
NO_SUCH_ATTRIBUTE = 16
CONSTRAINT = 19
VALUE_EXISTS = 20
NO_SUCH_OBJECT = 32
INVALID_CREDENTIALS = 49
NO_RIGHT = 50
BUSY = 51
UNAVAILABLE = 52

# The `data` code in a 49: https://ldapwiki.com/wiki/Common%20Active%20Directory%20Bind%20Errors
_WHY_49: Mapping[str, tuple[str, str]] = {
    "525": ("There is no account {user}.", "Correct the user name in the settings."),
    "52e": ("The password of {user} is wrong.", "Set the right one."),
    "530": ("{user} may not sign in at this hour.", "Change the account's logon hours."),
    "531": ("{user} may not sign in from here.", "Change the account's workstation list."),
    "532": ("The password of {user} has expired.", "Set a new one, in AD and here."),
    "533": ("The account {user} is disabled.", "Enable it in AD."),
    "701": ("The account {user} has expired.", "Extend it in AD."),
    "773": ("{user} must change the password first.", "Set a new one, in AD and here."),
    "775": ("The account {user} is locked.", "Unlock it, and look for who locks it."),
}


class Lost(Unreachable):
    """The connection broke before the answer came. A question may be asked again; a write may not."""


def lost(forest: Forest, account: Account, error: BaseException) -> Lost | Unreachable:
    where = f"{account.host}:{forest.port}"
    text = str(error)
    if "timed out" in text or isinstance(error, TimeoutError):
        return Unreachable(
            forest.label,
            f"{where} did not answer in time.",
            todo="Check the domain controller and the network; the work waits.",
        )
    if isinstance(error, socket.gaierror) or "invalid server address" in text:
        return Unreachable(
            forest.label,
            f"The name {account.host} cannot be resolved.",
            todo="Check the forest's host and this machine's DNS.",
        )
    if "refused" in text:
        return Lost(
            forest.label,
            f"Nothing listens on {where}.",
            todo="Check host and port (LDAPS is 636) and whether the domain controller runs.",
        )
    return Lost(
        forest.label,
        f"The connection to {where} broke: {_last_words(text)}.",
        todo="Check the domain controller and the network; the work waits.",
    )


def late(forest: Forest, account: Account) -> Unreachable:
    return Unreachable(
        forest.label,
        f"{account.host}:{forest.port} did not finish within {forest.longest_call:.0f} s.",
        todo="Check the domain controller and the network; the work waits.",
    )


def bind_refused(forest: Forest, account: Account, result: Mapping[str, Any]) -> DirsyncError:
    code, message = int(result["result"]), spoken(result)
    if code == INVALID_CREDENTIALS:
        data = re.search(r"data ([0-9a-fA-F]+)", message)
        why, todo = _WHY_49.get(
            data[1].lower() if data else "52e",
            (f"{{user}} may not sign in ({message}).", "Check the account in AD."),
        )
        return Refused(forest.label, why.format(user=account.user), todo=todo)
    if code == STRONGER_AUTH:
        return Refused(
            forest.label,
            f"{account.host}:{forest.port} wants an encrypted connection.",
            todo="Use the LDAPS port (636).",
        )
    return answer_refused(forest, f"the sign-in of {account.user}", result)


def answer_refused(forest: Forest, what: str, result: Mapping[str, Any]) -> DirsyncError:
    """An answer to a search that is neither success nor an empty result."""
    code = int(result["result"])
    said = spoken(result)
    if code == OPERATIONS_ERROR and "bind" in said:
        return Lost(forest.label, f"The server forgot who we are during {what}.")
    if code in {BUSY, UNAVAILABLE, TIME_LIMIT}:
        return Unreachable(
            forest.label,
            f"The domain controller could not do {what} now ({said}).",
            todo="It is asked again later.",
        )
    if code in {REFERRAL, NO_SUCH_OBJECT}:
        return Refused(
            forest.label,
            f"The server does not hold what {what} asked for ({said}).",
            todo="Check the forest's base_dn and host.",
        )
    if code == NO_RIGHT:
        return Refused(
            forest.label,
            f"No right: {what} ({said}).",
            todo="Give the account read access.",
        )
    return Refused(forest.label, f"The domain controller refused {what}: {said}.")


def spoken(result: Mapping[str, Any]) -> str:
    """AD ends its texts with a line end and a NUL."""
    text = str(result.get("message", "")).strip("\0 \r\n")
    return f"{result['result']} {result.get('description', '')} {text}".strip()


def untrusted(forest: Forest, account: Account, error: ssl.SSLError) -> Refused:
    whose, issuer, names = _certificate_of(account.host, forest)
    why = getattr(error, "verify_message", "") or str(error)
    if "mismatch" in why:
        return Refused(
            forest.label,
            f"The certificate of {account.host}:{forest.port} is for {names or whose}, not for {account.tls_name}.",
            todo="Set tls_name of this forest to a name in the certificate.",
        )
    ca = (
        f"{forest.ca_file} did not sign it" if forest.ca_file else "no CA of this machine signed it"
    )
    return Refused(
        forest.label,
        f"The certificate of {account.host}:{forest.port} ({whose}, issued by {issuer}) is not trusted: {why}; {ca}.",
        todo=f"Set ca_file of this forest to the PEM file of {issuer}.",
    )


def _certificate_of(host: str, forest: Forest) -> tuple[str, str, str]:
    """Whose it is, for the message only: nothing is sent over this unverified connection."""
    try:
        pem = ssl.get_server_certificate((host, forest.port), timeout=forest.connect_timeout)
        found = x509.load_pem_x509_certificate(pem.encode())
    except (OSError, ValueError):
        return "a certificate", "its CA", ""
    try:
        san = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = [str(name.value) for name in san]
    except x509.ExtensionNotFound:
        names = []
    return (
        found.subject.rfc4514_string() or "no subject",
        found.issuer.rfc4514_string() or "an unnamed CA",
        ", ".join(names),
    )


def _last_words(text: str) -> str:
    return text.strip().splitlines()[-1].rstrip(".") if text.strip() else "no reason given"
