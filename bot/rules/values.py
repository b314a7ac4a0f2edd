"""In: a sign-in name, an address or an alias as AD holds it. Out: its faults, and the nearest value without any.
Limits and characters are Microsoft's (prepare-for-directory-synchronization, 2024-09); AD itself allows more.
Promise: pure; a corrected value has no fault; None where only a person can know what was meant.
"""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from bot.rules.letters import LETTERS, plain

UPN_LONGEST = 113
UPN_LOCAL_LONGEST = 64
UPN_DOMAIN_LONGEST = 48
PROXY_LONGEST = 256
ALIAS_LONGEST = 64
ACCOUNT_LONGEST = 20

_UPN_LOCAL = re.compile(r"[A-Za-z0-9'.\-_!#^~]+")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# RFC 5322 atext, as Exchange takes it
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_ALIAS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_NOT_IN_ACCOUNT = frozenset('[\\"|,/:<>+=;?*]')
_NOT_ROUTABLE = re.compile(
    r"(?:.*\.)?(?:local|internal|lan|corp|home|localdomain|private|test|invalid)"
)
KNOWN_TYPES = frozenset({"smtp", "sip", "x500", "eum", "spo"})  # Entra drops all others


class Fault(StrEnum):
    BLANK = "blank"
    LETTERS = "letters"  # with marks, or not Latin
    CHARACTERS = "characters"
    SPACE = "space"
    NO_AT = "no-at"
    MANY_AT = "many-at"
    LONG = "long"
    DOT = "dot"  # at an end, or two in a row
    DOMAIN = "domain"
    NOT_ROUTABLE = "not-routable"
    NO_TYPE = "no-type"
    TYPE = "type"
    COLON = "colon"


def is_routable(domain: str) -> bool:
    """No suffix that the internet cannot know: `.local`, `.internal`, a name without a dot."""
    return "." in domain and not _NOT_ROUTABLE.fullmatch(domain.lower())


def upn_faults(upn: str) -> tuple[Fault, ...]:
    if not upn.strip():
        return (Fault.BLANK,)
    if "@" not in upn:
        return (Fault.NO_AT, *_characters(upn, _UPN_LOCAL))
    local, _, domain = upn.rpartition("@")
    faults = list(_characters(local, _UPN_LOCAL))
    if "@" in local:
        faults.append(Fault.MANY_AT)
    if not local or local[0] == "@":
        faults.append(Fault.NO_AT)
    if local.endswith("."):
        faults.append(Fault.DOT)
    if not _DOMAIN.fullmatch(domain):
        faults.append(Fault.SPACE if re.search(r"\s", domain) else Fault.DOMAIN)
    elif not is_routable(domain):
        faults.append(Fault.NOT_ROUTABLE)
    if len(upn) > UPN_LONGEST or len(local) > UPN_LOCAL_LONGEST or len(domain) > UPN_DOMAIN_LONGEST:
        faults.append(Fault.LONG)
    return tuple(dict.fromkeys(faults))


def address_faults(address: str) -> tuple[Fault, ...]:
    """Of a bare e-mail address, without its type."""
    if not address.strip():
        return (Fault.BLANK,)
    local, at, domain = address.rpartition("@")
    if not at:
        return (Fault.NO_AT,)
    faults: list[Fault] = [] if local else [Fault.NO_AT]
    if "@" in local:
        faults.append(Fault.MANY_AT)
    if ":" in address:
        faults.append(Fault.COLON)
    faults += _characters(local.replace("@", "").replace(":", ""), _LOCAL)
    if not _DOMAIN.fullmatch(domain):
        faults.append(Fault.SPACE if re.search(r"\s", domain) else Fault.DOMAIN)
    return tuple(dict.fromkeys(faults))


def proxy_faults(stored: str) -> tuple[Fault, ...]:
    """Of one value of proxyAddresses; types other than SMTP are not looked into."""
    faults: list[Fault] = []
    if len(stored) > PROXY_LONGEST:
        faults.append(Fault.LONG)
    kind, colon, rest = stored.partition(":")
    if not colon or "@" in kind or not kind.strip():
        return (*faults, Fault.NO_TYPE, *address_faults(stored.lstrip(":")))
    if kind.strip().lower() not in KNOWN_TYPES:
        return (*faults, Fault.TYPE)
    if kind != kind.strip():
        faults.append(Fault.SPACE)
    if kind.strip().lower() == "smtp":
        faults += address_faults(rest)
    return tuple(dict.fromkeys(faults))


def alias_faults(alias: str) -> tuple[Fault, ...]:
    if not alias.strip():
        return (Fault.BLANK,)
    faults: list[Fault] = []
    if len(alias) > ALIAS_LONGEST:
        faults.append(Fault.LONG)
    return (*faults, *_characters(alias, _ALIAS))


def account_faults(account: str) -> tuple[Fault, ...]:
    """Of a sAMAccountName. AD refuses most of these itself today; older accounts may have them."""
    if not account.strip():
        return (Fault.BLANK,)
    faults: list[Fault] = []
    if len(account) > ACCOUNT_LONGEST:
        faults.append(Fault.LONG)
    if set(account) & _NOT_IN_ACCOUNT:
        faults.append(Fault.CHARACTERS)
    return tuple(faults)


def _characters(text: str, allowed: re.Pattern[str]) -> tuple[Fault, ...]:
    if not text or allowed.fullmatch(text):
        return ()
    faults = []
    if re.search(r"\s", text):
        faults.append(Fault.SPACE)
    if not text.isascii():
        faults.append(Fault.LETTERS)
    rest = re.sub(r"\s", "", "".join(c for c in text if c.isascii()))
    undotted = re.sub(r"\.+", ".", rest).strip(".")
    if undotted != rest and not allowed.fullmatch(rest):
        faults.append(Fault.DOT)
    if undotted and not allowed.fullmatch(undotted):
        faults.append(Fault.CHARACTERS)
    return tuple(faults)


def cleaned_local(local: str, letters: Mapping[str, str] = LETTERS) -> str | None:
    """Blanks go, letters are rendered, dots are put in order. None: something in it has no rendering."""
    text = plain(re.sub(r"\s+", "", _printable(local)), letters)
    if text is None:
        return None
    text = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9'.\-_!#^~]", "", text)).strip(".")
    return text or None


def cleaned_upn(upn: str, letters: Mapping[str, str] = LETTERS) -> str | None:
    """The same name without what Entra refuses. A name that is too long or has no domain is a person's to choose."""
    local, at, domain = upn.rpartition("@")
    made = cleaned_local(local.replace("@", ""), letters)
    if not at or made is None:
        return None
    found = f"{made}@{_bare_domain(domain)}"
    left = set(upn_faults(found)) - {Fault.NOT_ROUTABLE}
    return None if left else found


def cleaned_proxy(stored: str, letters: Mapping[str, str] = LETTERS) -> str | None:
    """The same address, written so that Entra takes it. A missing type becomes an extra address (`smtp:`)."""
    if not proxy_faults(stored):
        return stored
    kind, colon, rest = stored.partition(":")
    if colon and "@" not in kind:
        if kind.strip().lower() != "smtp":
            return None
        kind = "SMTP" if kind.strip() == "SMTP" else "smtp"
    else:
        kind, rest = "smtp", stored.lstrip(":")
    rest = re.sub(r"^\s*(?:smtp\s*:)+", "", rest, flags=re.IGNORECASE)
    local, at, domain = rest.strip().strip("<>\"' ").rpartition("@")
    if not at or "@" in local or ":" in local:
        return None
    text = plain(re.sub(r"\s+", "", _printable(local)), letters)
    if text is None:
        return None
    text = re.sub(r"\.{2,}", ".", re.sub(r"[<>();,\[\]\":\\]", "", text)).strip(".")
    found = f"{kind}:{text}@{_bare_domain(domain)}"
    return None if proxy_faults(found) else found


def cleaned_alias(alias: str, letters: Mapping[str, str] = LETTERS) -> str | None:
    text = plain(re.sub(r"\s+", "", _printable(alias)), letters)
    if text is None:
        return None
    text = re.sub(r"[^A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]", "", text)
    text = re.sub(r"\.{2,}", ".", text).strip(".")[:ALIAS_LONGEST].rstrip(".")
    return text or None


def _bare_domain(domain: str) -> str:
    return re.sub(r"\s+", "", _printable(domain)).strip(".;,<>\"'")


def _printable(text: str) -> str:
    return "".join(
        c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) not in {"Cc", "Cf"}
    )
