"""In: an AD object or a cloud object. Out: the main address and the sign-in name that Entra compares the two by.
On-premises it is the `SMTP:` value, else `mail` where proxyAddresses is empty; what would be a guess is kept apart.
Promise: pure; never raises; a value that Entra drops without a word (malformed, its own domains) is not compared.
"""

from dataclasses import dataclass

from bot.model import AdObject, CloudObject, ObjectType, Say
from bot.rules.names import parts
from bot.rules.values import PROXY_LONGEST, address_faults
from bot.triage.value import bare_of, fold

SMTP = "SMTP:"


@dataclass(frozen=True, slots=True)
class MainAddress:
    """`sure` is compared; `maybe` are addresses of which it is not known whether Entra takes them for the main one."""

    sure: str | None
    maybe: tuple[str, ...]
    say: Say


def main_address(ad: AdObject) -> MainAddress:
    name = {"name": ad.name}
    mains = [v[len(SMTP) :] for v in ad.proxy_addresses if v.startswith(SMTP)]
    usable = list(dict.fromkeys(fold(m) for m in mains if is_usable(m)))
    if len(usable) == 1:
        say = Say("Its main address in AD is {address}.", {"address": usable[0]}, (ad.ref,))
        return MainAddress(usable[0], (), say)
    if usable:
        say = Say("{name} has more than one main address (SMTP:) in AD.", name, (ad.ref,))
        return MainAddress(None, tuple(usable), say)
    others = [fold(bare_of(v)[1]) for v in _outside(ad) if is_usable(bare_of(v)[1])]
    if ad.proxy_addresses or ad.mail is None or not is_usable(ad.mail):
        say = Say("{name} has no main address (SMTP:) in AD that Entra accepts.", name, (ad.ref,))
        return MainAddress(None, tuple(dict.fromkeys(others)), say)
    say = Say(
        "Its proxyAddresses are empty in AD, so its mail, {address}, is taken for the main address. "
        "This is an assumption.",
        {"address": fold(ad.mail)},
        (ad.ref,),
    )
    return MainAddress(fold(ad.mail), (), say)


def _outside(ad: AdObject) -> tuple[str, ...]:
    """Addresses in other attributes. Whether they count beside proxyAddresses is documented in two ways."""
    more = (ad.target_address,) if ad.type is ObjectType.CONTACT else ()
    return tuple(v for v in (ad.mail, *more) if v)


def is_usable(address: str) -> bool:
    """Entra keeps it. It drops malformed ones and those in domains of Microsoft's own, hybrid routing excepted."""
    if address_faults(address) or len(SMTP + address) > PROXY_LONGEST:
        return False
    first, _, rest = fold(address).rpartition("@")[2].partition(".")
    own = rest == "onmicrosoft.com" or f".{rest}".endswith(".microsoftonline.com")
    return not (bool(first) and own)


def sign_in_name(ad: AdObject) -> str | None:
    """AD knows a user without a userPrincipalName by account name and domain, and so does the synchronization."""
    if ad.type is not ObjectType.USER:
        return None
    if ad.user_principal_name:
        return ad.user_principal_name
    domain = _domain_of(ad.dn)
    return f"{ad.sam_account_name}@{domain}" if ad.sam_account_name and domain else None


def _domain_of(dn: str) -> str:
    try:
        found = [value for part in parts(dn) for name, value in part if name == "dc"]
    except ValueError:
        return ""
    return ".".join(found)


def main_of(cloud: CloudObject) -> str | None:
    """The `SMTP:` value of a cloud object: Entra compares nothing else of its addresses."""
    return next(
        (fold(v[len(SMTP) :]) for v in cloud.proxy_addresses if v.startswith(SMTP)),
        None,
    )


def addresses(ad: AdObject) -> tuple[str, ...]:
    """All e-mail addresses it has in AD, the main one first."""
    proxies = [bare_of(v) for v in sorted(ad.proxy_addresses, key=lambda v: not v.startswith(SMTP))]
    found = [value for kind, value in proxies if kind == "smtp"]
    return tuple(dict.fromkeys([*found, *([fold(ad.mail)] if ad.mail else [])]))


def lists(cloud: CloudObject, address: str) -> bool:
    """Among its extra addresses."""
    return any(bare_of(v) == ("smtp", address) for v in cloud.proxy_addresses)
