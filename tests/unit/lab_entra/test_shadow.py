"""In: shadow values.
Out: what Entra calculates from them, case by case.
Promise: each row is a documented rule.
"""

from __future__ import annotations

import pytest

from bot.lab.entra import Kind, Shadow
from bot.lab.entra.shadow import nickname_of, upn_of, wanted_proxies

VERIFIED = frozenset({"contoso.com", "contoso.onmicrosoft.com"})


@pytest.mark.parametrize(
    ("shadow", "expected"),
    [
        (Shadow(proxy_addresses=("SMTP:a@contoso.com",)), ("SMTP:a@contoso.com",)),
        (Shadow(mail="a@contoso.com"), ("SMTP:a@contoso.com",)),
        # proxyAddresses with a primary masks mail
        (
            Shadow(mail="m@contoso.com", proxy_addresses=("SMTP:a@contoso.com",)),
            ("SMTP:a@contoso.com",),
        ),
        # mail becomes the primary when only secondary addresses are there
        (
            Shadow(mail="m@contoso.com", proxy_addresses=("smtp:a@contoso.com",)),
            ("SMTP:m@contoso.com", "smtp:a@contoso.com"),
        ),
        (
            Shadow(proxy_addresses=("smtp:m@contoso.com",), mail="M@contoso.com"),
            ("SMTP:M@contoso.com",),
        ),
        # discarded without a word
        (Shadow(proxy_addresses=("a@contoso.com",)), ()),
        (Shadow(proxy_addresses=("smtp:a b@contoso.com",)), ()),
        (Shadow(proxy_addresses=("X400:c=us;a= ;p=x",)), ()),
        (Shadow(proxy_addresses=("smtp:jürgen@contoso.com",)), ()),
        (Shadow(proxy_addresses=("smtp:a..b@contoso.com",)), ()),
        (Shadow(proxy_addresses=(f"smtp:{'a' * 250}@contoso.com",)), ()),
        (Shadow(proxy_addresses=("smtp:a@contoso.onmicrosoft.com",)), ()),
        (Shadow(proxy_addresses=("smtp:a@x.microsoftonline.com",)), ()),
        # a hybrid routing address is kept, and so is x500
        (
            Shadow(proxy_addresses=("smtp:a@contoso.mail.onmicrosoft.com",)),
            ("smtp:a@contoso.mail.onmicrosoft.com",),
        ),
        (Shadow(proxy_addresses=("x500:/o=Org/cn=a",)), ("x500:/o=Org/cn=a",)),
        # a second primary is demoted
        (
            Shadow(proxy_addresses=("SMTP:a@contoso.com", "SMTP:b@contoso.com")),
            ("SMTP:a@contoso.com", "smtp:b@contoso.com"),
        ),
        (Shadow(sip_address="sip:a@contoso.com"), ("SIP:a@contoso.com",)),
    ],
)
def test_addresses(shadow: Shadow, expected: tuple[str, ...]) -> None:
    assert wanted_proxies(shadow, kind=Kind.USER, upn=None, verified=None) == expected


def test_a_mailbox_without_any_address_gets_the_sign_in_name() -> None:
    wanted = wanted_proxies(Shadow(), kind=Kind.USER, upn="a@contoso.com", verified=VERIFIED)

    assert wanted == ("SMTP:a@contoso.com",)


def test_a_licence_drops_addresses_in_unverified_domains() -> None:
    shadow = Shadow(proxy_addresses=("SMTP:a@contoso.com", "smtp:a@contoso.local"))
    wanted = wanted_proxies(shadow, kind=Kind.USER, upn="a@contoso.com", verified=VERIFIED)

    assert wanted == ("SMTP:a@contoso.com",)


def test_a_contact_is_addressed_by_its_target() -> None:
    shadow = Shadow(target_address="SMTP:x@fabrikam.com")

    assert wanted_proxies(shadow, kind=Kind.CONTACT, upn=None, verified=None) == (
        "SMTP:x@fabrikam.com",
    )


@pytest.mark.parametrize(
    ("shadow", "expected"),
    [
        (Shadow(mail_nickname="al", mail="m@contoso.com"), "al"),
        (Shadow(proxy_addresses=("SMTP:p@contoso.com",), mail="m@contoso.com"), "p"),
        (Shadow(mail="m@contoso.com", user_principal_name="u@contoso.com"), "m"),
        (
            Shadow(user_principal_name="u@contoso.com", proxy_addresses=("smtp:s@contoso.com",)),
            "u",
        ),
        (Shadow(proxy_addresses=("smtp:s@contoso.com",)), "s"),
        (Shadow(mail_nickname="åse b"), "_se_b"),
        (Shadow(mail_nickname=".al"), "_al"),
        (Shadow(), None),
    ],
)
def test_alias(shadow: Shadow, expected: str | None) -> None:
    assert nickname_of(shadow, Kind.USER) == expected


@pytest.mark.parametrize(
    ("upn", "expected"),
    [
        ("u@contoso.com", "u@contoso.com"),
        ("o'neil@contoso.com", "o'neil@contoso.com"),
        ("u@contoso.local", "al@contoso.onmicrosoft.com"),
        ("u u@contoso.com", "al@contoso.onmicrosoft.com"),
        ("u.@contoso.com", "al@contoso.onmicrosoft.com"),
        ("no-at-sign", "al@contoso.onmicrosoft.com"),
        (f"{'u' * 65}@contoso.com", "al@contoso.onmicrosoft.com"),
        (None, "al@contoso.onmicrosoft.com"),
    ],
)
def test_sign_in_name(upn: str | None, expected: str) -> None:
    shadow = Shadow(user_principal_name=upn)
    calculated = upn_of(shadow, nickname="al", verified=VERIFIED, initial="contoso.onmicrosoft.com")

    assert calculated == expected
