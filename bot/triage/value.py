"""In: a value as an error, a directory or a person writes it. Out: its kind and its bare, comparable form.
`SMTP:John@Contoso.com`, `<mailto:john@contoso.com|John>`, a GUID or an ImmutableId are all understood here.
Promise: pure; nothing is guessed: what cannot be understood comes back as a sentence saying so.
"""

import base64
import binascii
import re
import unicodedata
import uuid
from dataclasses import dataclass

from bot.model import CaseKey, Kind, Say, SyncError

MAX_LENGTH = 1123  # rangeUpper of proxyAddresses

_PREFIX = re.compile(r"^(smtp|sip|x500|mailto)\s*:\s*", re.IGNORECASE)
_SLACK_LINK = re.compile(r"<(?:mailto:|sip:)?([^<>|]+?)(?:\|[^<>]*)?>", re.IGNORECASE)
_NAME_AND_ADDRESS = re.compile(r"^[^<>]*<([^<>|\s]+@[^<>|\s]+)>[^<>]*$")
_GUID = re.compile(
    r"^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$", re.IGNORECASE
)
_QUOTES = "\"'`“”„‘’«»"
# what a copy out of a mail or a web page brings along, invisible
_INVISIBLE = {ord(c): None for c in "\u200b\u200c\u200d\u2060\ufeff\u00ad"}


@dataclass(frozen=True, slots=True)
class Understood:
    """`bare` is the value without prefix, lower-cased: what both directories are asked for."""

    kind: Kind
    bare: str


def fold(text: str) -> str:
    """How two values are compared: AD and Entra both ignore case; Unicode forms are made equal."""
    return unicodedata.normalize("NFC", text).casefold()


def bare_of(stored: str) -> tuple[str, str]:
    """(`smtp`, `john@contoso.com`) of a stored `SMTP:John@Contoso.com`; the prefix is "" when there is none."""
    prefix, colon, rest = stored.partition(":")
    if colon and prefix.isalnum() and "@" not in prefix:
        return prefix.lower(), fold(rest.strip())
    return "", fold(stored.strip())


def understand(text: str) -> Understood | Say:
    """What a person pasted. A sentence comes back when it is none of the forms the bot can look for."""
    value = _unwrap(text)
    if not value:
        return Say(
            "Give me one value to look for, for example SMTP:john@contoso.com, john@contoso.com, "
            "sip:john@contoso.com, an objectGUID or an ImmutableId."
        )
    if len(value) > MAX_LENGTH:
        return Say(
            "That is {length} characters long; an address in AD has at most {limit}. "
            "Paste one address only.",
            {"length": str(len(value)), "limit": str(MAX_LENGTH)},
        )
    if guid := _GUID.match(value):
        return Understood(Kind.OBJECT, guid.group(1).lower())
    prefix, bare = _strip_prefix(value)
    if prefix == "x500" or bare.startswith("/o="):
        return Understood(Kind.ADDRESS, bare)
    if anchor := _anchor(value):
        return Understood(Kind.ANCHOR, anchor)
    if re.search(r"\s", bare):
        return Say(
            "I understood “{value}” as more than one word. Paste one address, one sign-in name or one id.",
            {"value": value},
        )
    if "@" in bare:
        local, _, domain = bare.rpartition("@")
        if not local or not domain:
            return Say(
                "“{value}” has nothing on one side of the @. A whole address looks like john@contoso.com.",
                {"value": value},
            )
        return Understood(Kind.SIP if prefix == "sip" else Kind.ADDRESS, bare)
    return Say(
        "“{value}” is not an address, a sign-in name, an objectGUID or an ImmutableId. "
        "Try it with its domain, for example {value}@contoso.com.",
        {"value": value},
    )


def _unwrap(text: str) -> str:
    value = unicodedata.normalize("NFC", text).translate(_INVISIBLE).replace("\u00a0", " ").strip()
    if link := _SLACK_LINK.fullmatch(value) or _NAME_AND_ADDRESS.match(value):
        value = link.group(1)
    elif link := _SLACK_LINK.search(value):  # `SMTP:<mailto:john@contoso.com|john@contoso.com>`
        value = value[: link.start()] + link.group(1) + value[link.end() :]
    return value.strip().strip(_QUOTES).strip().rstrip(",;").strip()


def _strip_prefix(value: str) -> tuple[str, str]:
    prefix = ""
    while match := _PREFIX.match(value):
        prefix = match.group(1).lower()
        value = value[match.end() :]
    return prefix, fold(value.strip())


def _anchor(value: str) -> str | None:
    """An ImmutableId is the base64 of 16 bytes: 24 characters that end in `==`."""
    if len(value) != 24 or not value.endswith("=="):
        return None
    try:
        raw = base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return None
    return base64.b64encode(raw).decode() if len(raw) == 16 else None


def guid_of_anchor(anchor: str) -> str | None:
    """The objectGUID an ImmutableId stands for, as text; None when it is not the base64 of 16 bytes."""
    try:
        raw = base64.b64decode(anchor, validate=True)
    except (ValueError, binascii.Error):
        return None
    return str(uuid.UUID(bytes_le=raw)) if len(raw) == 16 else None


def key_of(tenant: str, error: SyncError) -> CaseKey:
    """The case an error belongs to: one value is one case, whatever the attribute.

    An error without a usable value is a case of its object and category.
    """
    value = (error.value or "").strip()
    prefix, bare = bare_of(value)
    if prefix == "sip":
        return CaseKey(tenant, Kind.SIP, bare)
    if bare and len(bare) <= MAX_LENGTH:
        return CaseKey(tenant, Kind.ADDRESS, bare)
    category = error.category or "unknown"
    return CaseKey(tenant, Kind.OBJECT, f"{error.object_id}:{category}".lower())
