"""In: the shadow values an object was exported with, and the tenant's verified domains.
Out: the sign-in name, alias and addresses Entra calculates from them.
Promise: pure; conflicts with other objects are not looked at here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.lab.entra.objects import Kind, Shadow, bare, is_smtp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

UPN_LOCAL = re.compile(r"[A-Za-z0-9'.\-_!#^~]+\Z")
# RFC 5322 dot-atom, without the forms Exchange does not take: quotes, comments, domain literals
WORD = r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+"
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
MAIL = re.compile(rf"{WORD}(?:\.{WORD})*@{LABEL}(?:\.{LABEL})*\Z")
NOT_IN_ALIAS = re.compile(r"[^A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]")
KEPT_TYPES = frozenset({"smtp", "sip", "x500", "eum", "spo"})  # X400, MSMAIL … are dropped
LONGEST_UPN_LOCAL = 64
LONGEST_UPN_DOMAIN = 48
LONGEST_PROXY = 256


def is_reserved(address: str) -> bool:
    """Addresses the customer may not bring: the initial domain and Microsoft's own.

    `x.mail.onmicrosoft.com` is a hybrid routing address and does synchronize.
    """
    domain = bare(address).rpartition("@")[2]
    name, _, suffix = domain.partition(".")
    return bool(name) and (
        suffix == "onmicrosoft.com" or f".{domain}".endswith(".microsoftonline.com")
    )


def valid_proxies(values: tuple[str, ...]) -> Iterator[str]:
    """Without what Entra discards without a word."""
    for value in values:
        prefix, colon, rest = value.partition(":")
        if not colon or prefix.lower() not in KEPT_TYPES or len(value) > LONGEST_PROXY:
            continue
        if prefix.lower() == "smtp" and (not MAIL.match(rest) or is_reserved(rest)):
            continue
        yield value


def _primary(shadow: Shadow) -> str | None:
    return next((p for p in valid_proxies(shadow.proxy_addresses) if p.startswith("SMTP:")), None)


def mail_of(shadow: Shadow, kind: Kind) -> str | None:
    """The one on-premises address outside proxyAddresses that may become the primary."""
    if shadow.mail and MAIL.match(shadow.mail) and not is_reserved(shadow.mail):
        return shadow.mail
    if kind is Kind.CONTACT and shadow.target_address:
        target = shadow.target_address.rpartition(":")[2]
        return target if MAIL.match(target) and not is_reserved(target) else None
    return None


def nickname_of(shadow: Shadow, kind: Kind) -> str | None:
    """First of alias, primary address, mail, sign-in name, secondary address."""
    secondary = next((p for p in valid_proxies(shadow.proxy_addresses) if is_smtp(p)), None)
    primary, secondary = (p.partition(":")[2] if p else None for p in (_primary(shadow), secondary))
    sources = (primary, mail_of(shadow, kind), shadow.user_principal_name, secondary)
    local_parts = (source.partition("@")[0] for source in sources if source)
    chosen = shadow.mail_nickname or next((part for part in local_parts if part), None)
    if not chosen:
        return None
    cleaned = NOT_IN_ALIAS.sub("_", chosen)
    return f"_{cleaned[1:]}" if cleaned.startswith(".") else cleaned


def upn_of(
    shadow: Shadow, *, nickname: str | None, verified: AbstractSet[str], initial: str
) -> str:
    """The on-premises sign-in name, or alias@initial domain when it cannot be used."""
    local, _, domain = (shadow.user_principal_name or "").rpartition("@")
    fits = len(local) <= LONGEST_UPN_LOCAL and len(domain) <= LONGEST_UPN_DOMAIN
    usable = UPN_LOCAL.match(local) and fits and not local.endswith(".")
    if usable and domain.lower() in verified:
        return f"{local}@{domain}"
    return f"{nickname or 'user'}@{initial}"


def has_addresses(shadow: Shadow, kind: Kind) -> bool:
    return mail_of(shadow, kind) is not None or any(
        map(is_smtp, valid_proxies(shadow.proxy_addresses))
    )


def wanted_proxies(
    shadow: Shadow, *, kind: Kind, upn: str | None, verified: AbstractSet[str] | None
) -> tuple[str, ...]:
    """What it would hold if nobody else claimed any of it, the primary first.

    `upn` is given for recipients only, whose sign-in name is an address too; `verified` for
    licensed ones, whose addresses must be in a verified domain.
    """
    mail = mail_of(shadow, kind)
    first = _primary(shadow) or (f"SMTP:{mail}" if mail else f"SMTP:{upn}" if upn else None)
    candidates = [first] if first else []
    candidates += valid_proxies(shadow.proxy_addresses)
    if shadow.sip_address:
        candidates.append(f"SIP:{shadow.sip_address.rpartition(':')[2]}")
    if upn:
        candidates.append(f"smtp:{upn}")
    return tuple(_once(candidates, verified))


def _once(candidates: list[str], verified: AbstractSet[str] | None) -> Iterator[str]:
    seen: set[str] = set()
    for candidate in candidates:
        key = candidate.lower()
        domain = bare(candidate).rpartition("@")[2]
        unverified = verified is not None and is_smtp(candidate) and domain not in verified
        if key not in seen and not unverified:
            demoted = bool(seen) and candidate.startswith("SMTP:")  # one primary is enough
            seen.add(key)
            yield f"smtp:{candidate[5:]}" if demoted else candidate
