"""In: one AD object at a time. Out: what Entra will show of it, what gets lost and why, and what was only assumed.
Promise: each row is a rule of the facts; a reason names what a person can check.
"""

from typing import Any

import pytest

from bot.answers import Calculated, Loss
from bot.model import AdObject, ObjectType
from bot.triage.calculate import calculate
from tests.builders import ad_object, tenant_facts

BO = "bo@contoso.com"
MOERA = "bo@contoso.onmicrosoft.com"


def bo(**over: Any) -> AdObject:
    usual: dict[str, Any] = {"user_principal_name": BO, "mail": None, "mail_nickname": "bo"}
    return ad_object("Bo Berg", **(usual | over))


def made(*, licensed: bool | None = False, **over: Any) -> Calculated:
    return calculate(bo(**over), tenant_facts(), licensed=licensed, sync_ous=("DC=contoso,DC=com",))


ADDRESSES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "nothing at all": ({}, ()),
    "mail becomes the main address": ({"mail": BO}, (f"SMTP:{BO}", f"smtp:{MOERA}")),
    "a main address goes before mail": (
        {"mail": BO, "proxy_addresses": ("smtp:x@contoso.com", "SMTP:b@contoso.com")},
        ("SMTP:b@contoso.com", "smtp:x@contoso.com", f"smtp:{MOERA}"),
    ),
    "mail goes before extra addresses": (
        {"mail": BO, "proxy_addresses": ("smtp:x@contoso.com",)},
        (f"SMTP:{BO}", "smtp:x@contoso.com", f"smtp:{MOERA}"),
    ),
    "a licence makes the sign-in name an address": (
        {"licensed": True, "proxy_addresses": ("SMTP:b@contoso.com",)},
        ("SMTP:b@contoso.com", f"smtp:{BO}", f"smtp:{MOERA}"),
    ),
    "a mailbox on-premises does so too": (
        {"recipient_type": 1},
        (f"SMTP:{BO}", f"smtp:{MOERA}"),
    ),
    "but not without an alias": ({"recipient_type": 1, "mail_nickname": None}, ()),
    "a licence takes foreign domains off": (
        {"licensed": True, "proxy_addresses": ("SMTP:bo@contoso.local",)},
        (f"SMTP:{BO}", f"smtp:{MOERA}"),
    ),
    "without one they stay": (
        {"proxy_addresses": ("SMTP:bo@contoso.local",)},
        ("SMTP:bo@contoso.local", f"smtp:{MOERA}"),
    ),
    "only one main address": (
        {"proxy_addresses": ("SMTP:a@contoso.com", "SMTP:b@contoso.com")},
        ("SMTP:a@contoso.com", "smtp:b@contoso.com", f"smtp:{MOERA}"),
    ),
    "the address for instant messages": (
        {"sip_address": "sip:bo@contoso.com"},
        ("SIP:bo@contoso.com",),
    ),
}


@pytest.mark.parametrize(("given", "expected"), ADDRESSES.values(), ids=ADDRESSES)
def test_addresses(given: dict[str, Any], expected: tuple[str, ...]) -> None:
    told = made(**given)

    assert told.proxy_addresses == expected
    assert told.mail == (expected[0][5:] if expected and expected[0].startswith("SMTP:") else None)


LOST: dict[str, tuple[str, Loss, str]] = {
    "no type": ("x@contoso.com", Loss.MALFORMED, "not written like an address"),
    "a blank": ("smtp:a b@contoso.com", Loss.MALFORMED, "not written like an address"),
    "a second colon": ("smtp:smtp:x@contoso.com", Loss.MALFORMED, "not written like an address"),
    "letters with marks": ("smtp:jürgen@contoso.com", Loss.MALFORMED, "not written like"),
    "nothing before the @": ("smtp:@contoso.com", Loss.MALFORMED, "not written like an address"),
    "a blank after the type": ("smtp :x@contoso.com", Loss.MALFORMED, "not written like"),
    "a type of old": ("X400:c=us;a= ;p=x", Loss.TYPE, "no addresses of the type X400"),
    "Microsoft's domain": ("smtp:x@contoso.onmicrosoft.com", Loss.RESERVED, "belongs to Microsoft"),
    "much too long": (f"smtp:{'x' * 250}@contoso.com", Loss.LENGTH, "at most 256 characters"),
}


@pytest.mark.parametrize(("stored", "loss", "words"), LOST.values(), ids=LOST)
def test_what_entra_ignores_is_told_with_its_reason(stored: str, loss: Loss, words: str) -> None:
    told = made(proxy_addresses=(f"SMTP:{BO}", stored))

    [lost] = told.dropped
    assert told.proxy_addresses == (f"SMTP:{BO}", f"smtp:{MOERA}")
    assert (lost.attribute, lost.value, lost.loss) == ("proxyAddresses", stored, loss)
    assert words in lost.why.english()


def test_an_address_of_the_hybrid_routing_domain_stays_also_with_a_licence() -> None:
    routing = "smtp:bo@contoso.mail.onmicrosoft.com"

    assert routing in made(licensed=True, proxy_addresses=(routing,)).proxy_addresses


SIGN_IN: dict[str, tuple[dict[str, Any], str, Loss | None]] = {
    "as it stands": ({}, BO, None),
    "in whatever letter case": ({"user_principal_name": "Bo@CONTOSO.com"}, "Bo@CONTOSO.com", None),
    "an apostrophe may stand": (
        {"user_principal_name": "o'neil@contoso.com"},
        "o'neil@contoso.com",
        None,
    ),
    "no domain of the tenant": ({"user_principal_name": "bo@contoso.local"}, MOERA, Loss.SUFFIX),
    "a blank": ({"user_principal_name": "bo berg@contoso.com"}, MOERA, Loss.CHARACTERS),
    "a line break": ({"user_principal_name": "bo\n@contoso.com"}, MOERA, Loss.CHARACTERS),
    "letters with marks": ({"user_principal_name": "bø@contoso.com"}, MOERA, Loss.CHARACTERS),
    "a dot before the @": ({"user_principal_name": "bo.@contoso.com"}, MOERA, Loss.CHARACTERS),
    "two @": ({"user_principal_name": "bo@x@contoso.com"}, MOERA, Loss.CHARACTERS),
    "too long": ({"user_principal_name": f"{'b' * 65}@contoso.com"}, MOERA, Loss.LENGTH),
    "none: the account name": (
        {"user_principal_name": None, "sam_account_name": "bberg"},
        "bberg@contoso.com",
        None,
    ),
    "none, and a domain Entra does not know": (
        {"user_principal_name": None, "dn": "CN=Bo Berg,DC=corp,DC=contoso,DC=com"},
        MOERA,
        Loss.SUFFIX,
    ),
}


@pytest.mark.parametrize(("given", "expected", "loss"), SIGN_IN.values(), ids=SIGN_IN)
def test_the_sign_in_name(given: dict[str, Any], expected: str, loss: Loss | None) -> None:
    told = made(**given)

    assert told.user_principal_name == expected
    assert [d.loss for d in told.dropped] == ([loss] if loss else [])


ALIAS: dict[str, tuple[dict[str, Any], str | None]] = {
    "as it stands": ({}, "bo"),
    "underscores": ({"mail_nickname": "b(o) bø"}, "b_o__b_"),
    "a leading period": ({"mail_nickname": ".bo"}, "_bo"),
    "made from the main address": (
        {
            "mail_nickname": None,
            "mail": "m@contoso.com",
            "proxy_addresses": ("SMTP:p@contoso.com",),
        },
        "p",
    ),
    "made from mail": ({"mail_nickname": None, "mail": "m@contoso.com"}, "m"),
    "made from the sign-in name": (
        {"mail_nickname": None, "proxy_addresses": ("smtp:s@contoso.com",)},
        "bo",
    ),
}


@pytest.mark.parametrize(("given", "expected"), ALIAS.values(), ids=ALIAS)
def test_the_alias(given: dict[str, Any], expected: str | None) -> None:
    assert made(**given).mail_nickname == expected


def test_a_group_has_no_sign_in_name_and_a_contact_no_technical_address() -> None:
    group = made(type=ObjectType.GROUP, mail="sales@contoso.com", mail_nickname="sales")
    contact = made(
        type=ObjectType.CONTACT,
        target_address="SMTP:x@fabrikam.com",
        proxy_addresses=("x500:/o=Org/cn=x",),
    )

    assert (group.user_principal_name, group.proxy_addresses) == (
        None,
        ("SMTP:sales@contoso.com", "smtp:sales@contoso.onmicrosoft.com"),
    )
    assert (contact.mail, contact.moera) == ("x@fabrikam.com", None)


def test_what_is_not_synchronized_says_why_and_has_no_values() -> None:
    told = made(sam_account_name="MSOL_1a2b3c")

    assert (told.synced, told.user_principal_name, told.proxy_addresses) == (False, None, ())
    assert told.left_out is not None
    assert "an account of the synchronization itself" in told.left_out.english()


def assumptions(told: Calculated) -> str:
    return " ".join(say.english() for say in told.assumed)


def test_what_nobody_read_is_said_as_assumed() -> None:
    told = calculate(
        bo(mail=BO), tenant_facts(initial_domain="", verified_domains=("contoso.com",))
    )

    assert told.synced is None
    assert "Which OUs are synchronized was not stated" in assumptions(told)
    assert "without an Exchange Online licence" in assumptions(told)
    assert "The domains of the tenant are not all known." in assumptions(told)
    assert "Whether somebody else holds" in assumptions(told)


def test_a_licence_that_was_read_is_no_assumption() -> None:
    assert "licence" not in assumptions(made(licensed=False))
    assert "licence" not in assumptions(made(licensed=True))


def test_the_digits_of_the_technical_address_cannot_be_known() -> None:
    assert f"{MOERA} is given once and stays" in assumptions(made(mail=BO))
    assert "four digits" not in assumptions(made())


def test_an_account_whose_technical_name_is_unknown_is_given_none() -> None:
    told = calculate(bo(user_principal_name="bo@contoso.local"), tenant_facts(initial_domain=""))

    assert told.user_principal_name is None
