"""In: a way to pick one of several. Out: users, groups and contacts with every oddity that a directory can hold.
Promise: what picks may be Hypothesis, which shrinks, or a seeded random, which is fast; each object is made twice
from one description, as the lab reads it and as the bot reads it, and by no code that the two share.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.lab.sync.source import AdEntry
from bot.model import AdObject, ObjectType
from tests.builders import ad_object

T = TypeVar("T")
Pick = Callable[[Sequence[Any]], Any]

INITIAL = "contoso.onmicrosoft.com"
LONG_DOMAIN = f"{'a' * 45}.com"  # verified, and one character too long for a sign-in name
DOMAINS = ("contoso.com", LONG_DOMAIN)
LOCALS = (
    *("john", "JOHN", "o'neil", "jürgen", "øystein", "Дмитрий", "a b", ".john", "john.", "jo..hn"),
    *(
        "x&y",
        "a:b",
        "j(o)",
        "a@b",
        "c\nd",
        "john\t",
        "",
        "q" * 65,
        "w" * 260,
        "tom+tag",
        "under_score",
    ),
)
AT = (
    *("contoso.com", "contoso.com", "contoso.com", "Contoso.COM", "contoso.local", "fabrikam.com"),
    *(INITIAL, "Contoso.onmicrosoft.com", "contoso.mail.onmicrosoft.com", "other.onmicrosoft.com"),
    *(
        "x.microsoftonline.com",
        "contoso",
        "sub..contoso.com",
        "-bad.com",
        "contoso.com ",
        LONG_DOMAIN,
    ),
)
TYPES = (
    *("SMTP:", "smtp:", "SMTP:", "smtp:", "Smtp:", "", "sip:", "SIP:", "eum:", "spo:", "MSMAIL:"),
    *(" smtp:", "smtp :", "smtp:smtp:", ":", "SMTP:smtp:", "X400:"),
)
OTHERS = (
    "X500:/o=Org/cn=a",
    "x500:/o=Org:2/cn=b c",
    "x500:/O=org/CN=A",
    "X400:c=us;a= ;p=x",
    "smtp:",
)
ACCOUNTS = (*[""] * 40, "MSOL_1a2b", "AAD_9f", "CAS_{1f}", "SUPPORT_388945a0", None)
RECIPIENTS = (*[0] * 10, *[1, 128, 0x8000_0000] * 3, 2, 0x100_0000, 0x4000_0000)
GROUP_TYPES = (-2147483640, -2147483646, 8, 2)


@dataclass(frozen=True, slots=True)
class Made:
    lab: AdEntry
    ad: AdObject
    licensed: bool


def directory(pick: Pick, size: int) -> Iterator[Made]:
    return (_made(pick, number) for number in range(size))


def _made(pick: Pick, number: int) -> Made:
    kind = pick((ObjectType.USER, ObjectType.USER, ObjectType.GROUP, ObjectType.CONTACT))
    names = (f"u{number}", f"u{number}", *LOCALS)
    account = pick(ACCOUNTS)
    dn = f"CN=u{number},OU=People,DC=contoso,DC={pick(('com', 'com', 'local'))}"
    if pick(range(30)) == 29:
        dn = dn.replace(",OU", f"\\0ACNF:{uuid.UUID(int=number)},OU", 1)
    texts = {
        "sAMAccountName": None
        if account is None or kind is ObjectType.CONTACT
        else account or f"u{number}",
        "userPrincipalName": pick((None, "no-at", *(_address(pick, names) for _ in range(6)))),
        "mail": pick((None, None, *(_address(pick, names) for _ in range(3)))),
        "mailNickname": pick((None, None, f"u{number}", *LOCALS, "SystemMailbox{1f}")) or None,
        "targetAddress": pick((None, None, "SMTP:x@fabrikam.com", "x@fabrikam.com", "SMTP:x y@z")),
        "msRTCSIP-PrimaryUserAddress": pick((None, None, None, f"sip:u{number}@contoso.com")),
        "displayName": pick((None, f"U {number}", "(MSOL) hidden")),
    }
    several = {each.lower(): each for each in (_proxy(pick, names) for _ in range(pick(range(5))))}
    proxies = tuple(several.values())  # AD holds no value twice, whatever its letter case
    numbers = {
        "msExchRecipientTypeDetails": pick(RECIPIENTS),
        "groupType": pick(GROUP_TYPES) if kind is ObjectType.GROUP else 0,
        "userAccountControl": 512,
    }
    critical = pick(range(30)) == 29
    guid = uuid.UUID(int=number + 1)
    return Made(
        _for_the_lab(kind, dn, guid, texts, proxies, numbers, critical=critical),
        _for_the_bot(kind, dn, guid, texts, proxies, numbers, critical=critical),
        licensed=kind is ObjectType.USER and pick((True, False)),
    )


def _address(pick: Pick, names: Sequence[str]) -> str:
    return f"{pick(names)}@{pick(AT)}"


def _proxy(pick: Pick, names: Sequence[str]) -> str:
    written: str = f"{pick(TYPES)}{_address(pick, names)}"
    return pick((written, written, written, written, pick(OTHERS)))  # type: ignore[no-any-return]


def _for_the_lab(
    kind: ObjectType,
    dn: str,
    guid: uuid.UUID,
    texts: dict[str, str | None],
    proxies: tuple[str, ...],
    numbers: dict[str, int],
    *,
    critical: bool,
) -> AdEntry:
    raw = {name.lower(): [text.encode()] for name, text in texts.items() if text}
    raw |= {name.lower(): [str(number).encode()] for name, number in numbers.items() if number}
    raw["objectclass"] = [b"top", str(kind).encode()]
    raw["objectguid"] = [guid.bytes_le]
    raw["cn"] = [dn.partition(",")[0].partition("=")[2].encode()]
    if proxies:
        raw["proxyaddresses"] = [value.encode() for value in proxies]
    if critical:
        raw["iscriticalsystemobject"] = [b"TRUE"]
    return AdEntry(dn, raw)


def _for_the_bot(
    kind: ObjectType,
    dn: str,
    guid: uuid.UUID,
    texts: dict[str, str | None],
    proxies: tuple[str, ...],
    numbers: dict[str, int],
    *,
    critical: bool,
) -> AdObject:
    return ad_object(
        texts["displayName"] or dn.partition(",")[0].partition("=")[2],
        guid=str(guid),
        dn=dn,
        type=kind,
        display_name=texts["displayName"],
        common_name=dn.partition(",")[0].partition("=")[2],
        given_name="Bo",
        surname=f"Berg{guid.int}",
        sam_account_name=texts["sAMAccountName"],
        user_principal_name=texts["userPrincipalName"],
        mail=texts["mail"],
        mail_nickname=texts["mailNickname"],
        target_address=texts["targetAddress"],
        sip_address=texts["msRTCSIP-PrimaryUserAddress"],
        proxy_addresses=proxies,
        recipient_type=numbers["msExchRecipientTypeDetails"],
        group_type=numbers["groupType"],
        critical=critical,
    )


def entry_of(made: Made, ad: AdObject) -> AdEntry:
    """The lab's view of an object that was changed since."""
    raw = dict(made.lab.raw)
    changed = {
        "userprincipalname": ad.user_principal_name,
        "mail": ad.mail,
        "mailnickname": ad.mail_nickname,
        "displayname": ad.display_name,
    }
    for name, text in changed.items():
        raw.pop(name, None)
        if text:
            raw[name] = [text.encode()]
    raw["proxyaddresses"] = [value.encode() for value in ad.proxy_addresses]
    return AdEntry(made.lab.dn, raw)
