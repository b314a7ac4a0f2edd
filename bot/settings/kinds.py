"""In: one value of one setting, as somebody wrote it. Out: the value checked and in its one true form.
Each kind of value (a GUID, a Slack id, a DN, an address of a server) is described once, here.
Promise: a refusal says what was expected, and nothing in here repeats what was given.
"""

import ipaddress
import json
import re
import string
import unicodedata
import uuid
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

# Microsoft's own clouds: sign-in address and Graph address belong together.
CLOUDS = {
    "https://login.microsoftonline.com": ("https://graph.microsoft.com",),
    "https://login.microsoftonline.us": (
        "https://graph.microsoft.us",
        "https://dod-graph.microsoft.us",
    ),
    "https://login.chinacloudapi.cn": ("https://microsoftgraph.chinacloudapi.cn",),
}

_SLACK_USER = re.compile(r"[UW][A-Z0-9]{4,20}")
_DN = re.compile(r"[A-Za-z][A-Za-z0-9-]*=.+")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
# what a pattern of new names may be made of
GAPS = ("given", "surname", "initial", "alias", "account")
_GUID = "a GUID (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)"


def is_loopback(address: str) -> bool:
    """Of a host, or of a URL with a host. A name is only believed if it is `localhost` itself."""
    host = (urlsplit(address).hostname or "") if "://" in address else address.strip("[]")
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _guid(text: str) -> str:
    if not text:
        return text
    if "#ext#" in text.lower():
        raise ValueError("expected a member's object id; #EXT# is the sign-in name of a guest")
    if "@" in text:
        raise ValueError(f"expected the object id, {_GUID}, not a sign-in name or an address")
    try:
        guid = uuid.UUID(text)
    except ValueError:
        raise ValueError(f"expected {_GUID}") from None
    if guid.int == 0:
        raise ValueError(f"expected {_GUID} that is not all zeros")
    return str(guid)


def _matching(pattern: str, expected: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if text and not compiled.fullmatch(text):
            raise ValueError(f"expected {expected}")
        return text

    return check


def _token(prefix: str, what: str) -> Callable[[SecretStr], SecretStr]:
    def check(secret: SecretStr) -> SecretStr:
        text = secret.get_secret_value()
        if text and not text.startswith(prefix):
            raise ValueError(f"expected Slack's {what}, which begins with {prefix}")
        return secret

    return check


def _signing_secret(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if text and (text.startswith(("xox", "xapp-")) or not re.fullmatch(r"[!-~]{16,}", text)):
        raise ValueError("expected Slack's signing secret (Basic Information), which is no token")
    return secret


def _listen(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        host = ""
    if not host or not colon or not port.isascii() or not port.isdecimal():
        raise ValueError("expected an address of this machine and a port, HOST:PORT")
    if not 1 <= int(port) <= 65535:
        raise ValueError("expected a port from 1 to 65535")
    return text


def address_of(listen: str) -> tuple[str, int]:
    """Host and port of a checked HOST:PORT."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def _redis_url(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if text and not re.match(r"(redis|rediss)://[^/]+|unix://.*/", text):
        raise ValueError("expected redis://HOST:PORT/0, rediss://… (TLS) or unix:///PATH")
    return secret


def _host(text: str) -> str:
    if "://" in text or "/" in text or "@" in text:
        raise ValueError("expected only the name or the address of a domain controller, no URL")
    if text.count(":") == 1:
        raise ValueError("expected only the name; the port is a setting of its own, PORT")
    return text


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected an address that begins with https://")
    return text.rstrip("/")


def _slack_api(text: str) -> str:
    if text != "https://slack.com/api" and not is_loopback(text):
        raise ValueError("expected https://slack.com/api; only a loopback address may replace it")
    return text + "/"


def _authority(text: str) -> str:
    if text not in CLOUDS and not is_loopback(text):
        raise ValueError(f"expected one of {', '.join(CLOUDS)} (or a loopback address)")
    return text


def _graph(text: str) -> str:
    roots = [root for group in CLOUDS.values() for root in group]
    if text not in {f"{root}/v1.0" for root in roots} and not is_loopback(text):
        raise ValueError(
            f"expected one of {', '.join(f'{root}/v1.0' for root in roots)} (or a loopback address)"
        )
    return text


def _dn(text: str) -> str:
    if text and not _DN.fullmatch(text):
        raise ValueError("expected distinguished names such as OU=People,DC=contoso,DC=com")
    return text


def split_list(value: Any) -> Any:
    """`a;b` or JSON. Not commas: a distinguished name is full of them."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return _json(value)
    return [part.strip() for part in re.split(r"[;\n]", value) if part.strip()]


def split_people(value: Any) -> Any:
    """`U1=guid;U2=guid`, JSON, or a bare list of Slack ids (then without an Entra object id)."""
    if isinstance(value, str):
        text = value.lstrip()
        value = _json(value) if text.startswith(("{", "[")) else split_list(value)
    if isinstance(value, list):
        pairs = [str(item).partition("=") for item in value]
        value = {user.strip(): guid.strip() for user, _, guid in pairs}
        if len(value) != len(pairs):
            raise ValueError("expected each Slack user id once")
    if isinstance(value, dict):
        # Slack ids are upper case; names of environment variables arrive in lower case
        return {str(user).upper(): guid for user, guid in value.items()}
    return value


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise ValueError("expected valid JSON, or entries separated by semicolons") from None


def slack_user(user: str) -> str:
    if not _SLACK_USER.fullmatch(user):
        raise ValueError(
            "expected Slack user ids (U… or W…, from the person's profile), not names or addresses"
        )
    return user


def _slack_users(people: dict[str, str]) -> dict[str, str]:
    for user in people:
        slack_user(user)
    return people


def _linked(people: dict[str, str]) -> dict[str, str]:
    unlinked = sorted(user for user, guid in people.items() if not guid)
    if unlinked:
        raise ValueError(
            f"expected an Entra object id behind each Slack id; {', '.join(unlinked)} has none"
        )
    return people


def _day(text: str) -> str:
    if not text:
        return text
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("expected a day such as 2026-11-22") from None


def _domain(text: str) -> str:
    if text and not _DOMAIN.fullmatch(text.lower()):
        raise ValueError("expected a domain such as contoso.com")
    return text.lower()


def _patterns(patterns: tuple[str, ...]) -> tuple[str, ...]:
    expected = f"expected patterns made of {' '.join(f'{{{gap}}}' for gap in GAPS)} and . - _"
    for pattern in patterns:
        try:
            pieces = list(string.Formatter().parse(pattern))
        except ValueError:
            raise ValueError(expected) from None
        gaps = [(gap, spec, how) for _, gap, spec, how in pieces if gap is not None]
        between = "".join(text for text, *_ in pieces)
        if (
            not gaps
            or any(gap not in GAPS or spec or how for gap, spec, how in gaps)
            or not re.fullmatch(r"[A-Za-z0-9._-]*", between)
        ):
            raise ValueError(expected)
    return patterns


def _letters(pairs: tuple[str, ...]) -> tuple[str, ...]:
    """Lower case; a capital takes its rendering from the small letter."""
    found: dict[str, str] = {}
    for pair in pairs:
        letter, equals, rendering = pair.partition("=")
        letter = unicodedata.normalize("NFC", letter.strip()).lower()
        rendering = rendering.strip().lower()
        if (
            len(letter) != 1
            or letter.isascii()
            or not equals
            or not re.fullmatch(r"[a-z0-9'-]{1,4}", rendering)
        ):
            raise ValueError(
                "expected one letter, =, and how it is written here, such as å=aa;ø=oe"
            )
        found[letter] = rendering
    return tuple(f"{letter}={rendering}" for letter, rendering in found.items())


def forest_names(forests: dict[str, Any]) -> dict[str, Any]:
    for name in forests:
        if not re.fullmatch(r"[a-z0-9]+([_-][a-z0-9]+)*", name):
            raise ValueError("expected names of forests made of a to z, 0 to 9 and -")
    return forests


Guid = Annotated[str, AfterValidator(_guid)]
Host = Annotated[str, AfterValidator(_host)]
Dn = Annotated[str, AfterValidator(_dn)]
Dns = Annotated[tuple[Dn, ...], BeforeValidator(split_list)]
Names = Annotated[tuple[str, ...], BeforeValidator(split_list)]
BotToken = Annotated[SecretStr, AfterValidator(_token("xoxb-", "bot token"))]
AppToken = Annotated[SecretStr, AfterValidator(_token("xapp-", "app-level token"))]
SigningSecret = Annotated[SecretStr, AfterValidator(_signing_secret)]
Listen = Annotated[str, AfterValidator(_listen)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
ChannelId = Annotated[
    str, AfterValidator(_matching(r"[CG][A-Z0-9]{4,20}", "a channel's id (C…), not its name"))
]
TeamId = Annotated[
    str, AfterValidator(_matching(r"T[A-Z0-9]{4,20}", "the id of the workspace (T…)"))
]
SlackApi = Annotated[str, AfterValidator(_url), AfterValidator(_slack_api)]
Authority = Annotated[str, AfterValidator(_url), AfterValidator(_authority)]
GraphUrl = Annotated[str, AfterValidator(_url), AfterValidator(_graph)]
Day = Annotated[str, AfterValidator(_day)]
Domain = Annotated[str, AfterValidator(_domain)]
Patterns = Annotated[Names, AfterValidator(_patterns)]
Letters = Annotated[Names, AfterValidator(_letters)]
People = Annotated[dict[str, Guid], BeforeValidator(split_people), AfterValidator(_slack_users)]
LinkedPeople = Annotated[People, AfterValidator(_linked)]
Language = Literal["en", "nb", "et"]
Languages = Annotated[
    dict[str, Language], BeforeValidator(split_people), AfterValidator(_slack_users)
]
