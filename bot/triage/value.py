"""In: a value as an error, a directory or a person writes it. Out: its kind and its bare, comparable form.
`SMTP:John@Contoso.com`, `<mailto:john@contoso.com|John>`, a GUID or an ImmutableId are all understood here.
Promise: pure; nothing is guessed: what cannot be understood comes back as a sentence saying so.
"""

import base64
import binascii
import re
import string
import unicodedata
import uuid
from dataclasses import dataclass

from bot.model import CaseKey, Kind, Origin, Say, SyncError

MAX_LENGTH = 1123  # rangeUpper of proxyAddresses

_PREFIX = re.compile(r"^(smtp|sip|x500|mailto)\s*:\s*", re.IGNORECASE)
# as Slack writes links: <mailto:john@contoso.com|john@contoso.com>, <http://contoso.com|contoso.com>
_LINK = re.compile(r"<(?:mailto:|sip:)?([^<>|]+?)(?:\|([^<>]*))?>", re.IGNORECASE)
_GUID = re.compile(
    r"^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$", re.IGNORECASE
)
_SID = re.compile(r"s-1-\d+(-\d+)+")
# of many languages; some by number, for they look like a comma or a bracket
_QUOTES = "\"'`“”„‘’«»\u201a\u201b\u201f\u2039\u203a"
_AROUND = _QUOTES + ",;"  # what stands around a value in a list, a sentence or a JSON document
# what a copy out of a mail or a web page brings along, invisible
_INVISIBLE = {ord(c): None for c in "\u200b\u200c\u200d\u2060\ufeff\u00ad"}


@dataclass(frozen=True, slots=True)
class Understood:
    """`bare` is the value without prefix, lower-cased: what both directories are asked for."""

    kind: Kind
    bare: str


def fold(text: str) -> str:
    """How two values are compared: AD and Entra both ignore case; Unicode forms are made equal.

    Not casefold: ß and ss are two addresses, and the directories are asked for what comes out of here.
    """
    return unicodedata.normalize("NFC", text).lower()


def bare_of(stored: str) -> tuple[str, str]:
    """(`smtp`, `john@contoso.com`) of a stored `SMTP:John@Contoso.com`; the prefix is "" when there is none."""
    prefix, colon, rest = stored.partition(":")
    if colon and prefix.isalnum() and "@" not in prefix:
        return prefix.lower(), fold(rest.strip())
    return "", fold(stored.strip())


def understand(text: str) -> Understood | Say:
    """What a person pasted. A sentence comes back when it is none of the forms the bot can look for."""
    prefix, value = _unwrap(text)
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
    bare = fold(value)
    if bare.startswith("/o=") or (prefix == "x500" and bare.startswith("/")):
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


def _unwrap(text: str) -> tuple[str, str]:
    """(prefix, value) without all that stands around a value, layer by layer."""
    prefix = ""
    value = unicodedata.normalize("NFC", text).translate(_INVISIBLE).replace("\u00a0", " ")
    while True:
        before = value
        value = value.strip(_AROUND + string.whitespace)
        if "@" in value:
            value = value.rstrip(".")  # the end of the sentence it was copied from
        if match := _PREFIX.match(value):
            found = match.group(1).lower()
            prefix = prefix if found == "mailto" else found
            value = value[match.end() :]
        value = _without_link(value)
        if value == before:
            return prefix, value


def _without_link(value: str) -> str:
    """The address in the link that a chat or a mail program made of it. Two links are left for the reader."""
    links = list(_LINK.finditer(value))
    if len(links) != 1:
        return value
    link = links[0]
    target = link.group(1)
    if target.lower().startswith(("http://", "https://")):
        # a domain that Slack took for a web page: only what was typed counts
        return value[: link.start()] + (link.group(2) or target) + value[link.end() :]
    if "@" in target or link.group() == value:  # John Doe <john@contoso.com>
        return target
    return value


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


def _kind_of(prefix: str, bare: str, attribute: str) -> Kind:
    """The sync server names its values by attribute, without a prefix: a chat address and a SID are told by that."""
    if prefix == "sip" or attribute.startswith("sipproxyaddress"):
        return Kind.SIP
    if attribute == "onpremisesecurityidentifier" and _SID.fullmatch(bare):
        return Kind.SID
    return Kind.ADDRESS


def key_of(tenant: str, error: SyncError) -> CaseKey:
    """The case an error belongs to: one value is one case, whatever the attribute.

    An error without a usable value is a case of its object and category. So is a difference that the bot worked
    out: it is about how a value is written, not about who else has it. Of several addresses each is a case.
    """
    value = (error.value or "").strip()
    prefix, bare = bare_of(value)
    category = (error.category or "unknown").lower()
    if error.origin is Origin.DRIFT:
        parts = [error.object_id.lower(), category]
        if error.attribute == "proxyAddresses" and value:
            parts.append(fold(error.value or ""))  # a blank at its end may be what is wrong with it
        return CaseKey(tenant, Kind.OBJECT, ":".join(parts))
    if bare and len(bare) <= MAX_LENGTH:
        return CaseKey(tenant, _kind_of(prefix, bare, fold(error.attribute or "")), bare)
    return CaseKey(tenant, Kind.OBJECT, f"{error.object_id.lower()}:{category}")
