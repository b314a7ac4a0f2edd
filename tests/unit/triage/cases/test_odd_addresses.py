"""In: addresses that are none of everyday: other letters, chat, routing, technical, legacy, aliases (C12, C13, C16 to C21).
Out: what they are and whether anything is to be done. Promise: what mail flow needs is replaced, never only removed.
"""

from datetime import timedelta
from typing import Any

import pytest

from bot.model import Change, Evidence, Holder, Origin
from bot.triage.cases.c20_onmicrosoft_address import is_technical
from bot.triage.policy import Policy
from tests.builders import (
    NOW,
    VALUE,
    both_primary,
    error,
    evidence,
    keeper,
    looked_for,
    loser,
    only_in_cloud,
    stamp,
    user,
)
from tests.unit.triage.concluding import commands, found, offered, words

EXTRA = f"smtp:{VALUE}"
MAIN = f"SMTP:{VALUE}"


def read(*holders: Holder, **over: Any) -> Evidence:
    return looked_for(evidence(*holders, **over))


# ---------------------------------------------------------------- C13


def test_other_letters_are_the_same_address() -> None:
    written = "smtp:John@Contoso.COM"
    finding = found(read(keeper(), loser(proxies=("SMTP:svc@contoso.com", written))))

    assert finding.diagnosis.code == "C13"
    assert offered(finding) == [("Svc Scanner", "safe", (Change("proxyAddresses", (written,)),))]
    assert "John@Contoso.COM: only upper and lower case differ" in words(finding)


def test_two_main_addresses_in_other_letters_are_a_judgement() -> None:
    other = both_primary(proxies=("SMTP:JOHN@contoso.com", "smtp:johanna.dow@contoso.com"))

    finding = found(read(keeper(), other))

    assert (finding.diagnosis.code, {r for _, r, _ in offered(finding)}) == ("C13", {"judge"})


def test_letters_that_differ_from_entra_alone_are_no_clash() -> None:
    holder = loser(
        proxies=("SMTP:svc@contoso.com", "smtp:JOHN@contoso.com"), cloud_proxies=(EXTRA,)
    )

    finding = found(read(holder))

    assert finding.diagnosis.code == "C13"
    assert "nobody else holds the address" in words(finding)
    assert offered(finding) == [
        (
            "Svc Scanner",
            "safe",
            (Change("proxyAddresses", ("smtp:JOHN@contoso.com",), (EXTRA,)),),
        )
    ]


def test_the_same_letters_in_entra_are_not_c13() -> None:
    assert found(read(loser(cloud_proxies=(EXTRA,)))).diagnosis.code != "C13"


def test_two_unicode_forms_are_more_than_letter_case() -> None:
    value = "bj\u00f6rn@contoso.com"
    main = (f"SMTP:{value}",)
    one = user("Björn", proxies=main, cloud_proxies=main, value=value)
    other = user("Svc", proxies=("SMTP:s@contoso.com", "smtp:bjo\u0308rn@contoso.com"), value=value)
    told = (error(other, value=f"smtp:{value}"),)

    assert found(read(one, other, value=value, errors=told)).diagnosis.code == "C01"


# ---------------------------------------------------------------- C12


def stamped(dc: str, minutes: int = 0, **more: Any) -> dict[str, Any]:
    at = NOW - timedelta(days=1) + timedelta(minutes=minutes)
    return {
        "mail_nickname": "john",
        "address_policy": True,
        "recipient_type": 128,
        "stamps": (stamp(dc=dc, changed_at=at),),
    } | more


def sibling(**over: Any) -> Holder:
    dn = "CN=John Roe,OU=People,DC=nordic,DC=contoso,DC=com"
    return loser("John Roe", ad=stamped("DC2", 4, dn=dn) | over)


def test_two_policies_that_made_one_address_get_exchanges_own_command() -> None:
    finding = found(read(keeper(ad=stamped("DC1")), sibling()))

    assert (finding.diagnosis.code, finding.proposals) == ("C12", ())
    assert any(c.startswith("Set-MailUser") and f"Remove='{EXTRA}'" in c for c in commands(finding))
    assert "4 minutes apart, on DC1 and DC2" in words(finding)


def test_one_that_left_the_policy_meanwhile_can_be_changed_here() -> None:
    finding = found(read(keeper(ad=stamped("DC1")), sibling(address_policy=False)))

    assert finding.diagnosis.code == "C12"
    assert [name for name, _, _ in offered(finding)] == ["John Roe"]


NOT_TWINS: dict[str, dict[str, Any]] = {
    "one domain": {"dn": "CN=John Roe,OU=People,DC=contoso,DC=com"},
    "another alias": {"mail_nickname": "jroe"},
    "the same domain controller": {"stamps": (stamp(dc="DC1", changed_at=NOW),)},
    "a day apart": {"stamps": (stamp(dc="DC2", changed_at=NOW),)},
    "no stamps": {"stamps": ()},
}


@pytest.mark.parametrize("over", NOT_TWINS.values(), ids=NOT_TWINS)
def test_without_every_sign_of_two_policies_it_is_a_plain_case(over: dict[str, Any]) -> None:
    finding = found(read(keeper(ad=stamped("DC1")), sibling(**over)))

    assert finding.diagnosis.code == "C01"


# ---------------------------------------------------------------- C16


def test_forwarding_alone_is_told_and_changes_nothing() -> None:
    one = user("A", proxies=("SMTP:a@contoso.com",), ad={"target_address": EXTRA})
    other = user("B", proxies=("SMTP:b@contoso.com",), ad={"target_address": MAIN})

    finding = found(read(one, other, errors=()))

    assert (finding.diagnosis.code, finding.proposals) == ("C16", ())
    assert "Entra shows no error" in words(finding)


def test_forwarding_does_not_explain_an_error() -> None:
    forwards = user("A", proxies=("SMTP:a@contoso.com",), ad={"target_address": EXTRA})

    finding = found(read(forwards, both_primary()))

    assert (finding.diagnosis.code, finding.proposals) == ("C16", ())
    assert "what it means is something else" in words(finding)


def test_forwarding_that_entra_made_an_address_of_is_for_people_to_change() -> None:
    forwards = user(
        "A", proxies=("SMTP:a@contoso.com",), cloud_proxies=(EXTRA,), ad={"target_address": EXTRA}
    )

    finding = found(read(forwards, both_primary()))

    assert (finding.diagnosis.code, finding.proposals) == ("C16", ())
    assert [str(r.risk) for r in finding.diagnosis.runbooks] == ["judge"]


# ---------------------------------------------------------------- C17

CHAT = f"sip:{VALUE}"


def chatter(name: str, **over: Any) -> Holder:
    proxies = (f"SMTP:{name.lower()}@contoso.com", CHAT)
    return user(name, **({"proxies": proxies} | over))


def refused(of: Holder, **over: Any) -> tuple[Any, ...]:
    usual = {
        "category": "AttributeValueMustBeUnique",
        "attribute": "SipProxyAddress",
        "value": CHAT,
        "origin": Origin.EXPORT,
    }
    return (error(of, **(usual | over)),)


def test_the_unused_account_loses_its_chat_address() -> None:
    used = chatter("Anna", ad={"mailbox": True, "last_logon_at": NOW})
    unused = chatter("Old", ad={"enabled": False})

    finding = found(read(used, unused, errors=refused(used)))

    assert finding.diagnosis.code == "C17"
    assert offered(finding) == [("Old", "judge", (Change("proxyAddresses", (CHAT,)),))]
    [proposal] = finding.proposals
    assert [s.english() for s in proposal.consequences] == [
        "Old is no longer found by that chat address."
    ]


def test_two_chat_fields_go_in_one_command_that_people_give() -> None:
    used = chatter("Anna", ad={"mailbox": True, "last_logon_at": NOW})
    unused = chatter("Old", ad={"sip_address": CHAT, "enabled": False})

    finding = found(read(used, unused, errors=refused(used)))

    guid = unused.ad.guid if unused.ad else ""
    assert finding.proposals == ()
    assert commands(finding)[0] == (
        f"Set-ADObject -Identity '{guid}' -Remove "
        f"@{{'proxyAddresses'='{CHAT}'; 'msRTCSIP-PrimaryUserAddress'='{CHAT}'}}"
    )


def test_two_chat_addresses_in_use_are_offered_on_both_sides() -> None:
    finding = found(read(chatter("Anna"), chatter("Bo"), errors=refused(chatter("Bo"))))

    assert {name for name, _, _ in offered(finding)} == {"Anna", "Bo"}
    assert "The bot takes no side." in words(finding)


def test_an_address_error_is_not_about_chat() -> None:
    one, other = chatter("Anna"), chatter("Bo")

    told = refused(other, attribute="ProxyAddresses")

    assert found(read(one, other, errors=told)).diagnosis.code != "C17"


# ---------------------------------------------------------------- C18 and C19


@pytest.mark.parametrize("value", ["x500:/o=Contoso/cn=John", "EUM:471", "X400:C=no;S=Doe"])
def test_a_legacy_address_is_left_alone(value: str) -> None:
    told = (error(loser(), value=value),)

    finding = found(evidence(keeper(), loser(), errors=told))

    assert (finding.diagnosis.code, finding.proposals) == ("C18", ())
    assert finding.diagnosis.runbooks == ()
    assert "Leave it as it is" in words(finding)


def test_an_equal_alias_works_as_it_is() -> None:
    one = user("Jo One", value="jo", ad={"mail_nickname": "Jo"})
    other = user("Jo Two", value="jo", ad={"mail_nickname": "jo"})
    told = (error(other, attribute="MailNickname", value="jo"),)

    finding = found(evidence(one, other, value="jo", errors=told))

    assert (finding.diagnosis.code, finding.proposals) == ("C19", ())
    assert "four digits" in words(finding)


# ---------------------------------------------------------------- C20

TECHNICAL = "jd@contoso.onmicrosoft.com"


def technical(name: str, *, listed: bool, owned: bool, **ad: Any) -> Holder:
    own = f"SMTP:{name.lower()}@contoso.com"
    return user(
        name,
        value=TECHNICAL,
        proxies=(own, f"smtp:{TECHNICAL}") if listed else (own,),
        cloud_proxies=(own, f"smtp:{TECHNICAL}") if owned else (own,),
        ad=ad,
    )


def about_technical(*holders: Holder) -> Evidence:
    told = (error(holders[-1], value=f"smtp:{TECHNICAL}"),)
    return read(*holders, value=TECHNICAL, errors=told)


def test_a_technical_address_in_ad_is_useless_and_goes_by_one_click() -> None:
    owner = technical("Jane", listed=False, owned=True)
    asks = technical("Joe", listed=True, owned=False)

    finding = found(about_technical(owner, asks))

    assert finding.diagnosis.code == "C20"
    assert offered(finding) == [
        ("Joe", "safe", (Change("proxyAddresses", (f"smtp:{TECHNICAL}",)),))
    ]


def test_the_same_alias_is_named_as_the_cause_and_nothing_is_offered() -> None:
    owner = technical("Jane", listed=False, owned=True, mail_nickname="jd")
    asks = technical("Joe", listed=False, owned=False, mail_nickname="JD")

    finding = found(about_technical(owner, asks))

    assert (finding.diagnosis.code, finding.proposals) == ("C20", ())
    assert "Both have the alias JD" in words(finding)


def test_a_technical_address_of_a_cloud_mailbox_is_taken_off_there() -> None:
    cloud = only_in_cloud("Jane", value=TECHNICAL, proxy_addresses=(f"smtp:{TECHNICAL}",))
    asks = technical("Joe", listed=True, owned=False)

    assert any(c.startswith("Set-Mailbox") for c in commands(found(about_technical(cloud, asks))))


@pytest.mark.parametrize(
    ("value", "technical_"),
    [
        ("a@contoso.onmicrosoft.com", True),
        ("a@contoso.mail.onmicrosoft.com", False),
        ("a@onmicrosoft.com", False),
        ("a@contoso.onmicrosoft.com.example", False),
        ("a@contosoonmicrosoft.com", False),
        ("contoso.onmicrosoft.com", True),
    ],
)
def test_only_exactly_the_tenants_own_suffix_is_technical(value: str, *, technical_: bool) -> None:
    assert is_technical(value) is technical_


# ---------------------------------------------------------------- C21

ROUTE = "jd@contoso.mail.onmicrosoft.com"


def routed(name: str, *, owned: bool, **ad: Any) -> Holder:
    own = f"SMTP:{name.lower()}@contoso.com"
    return user(
        name,
        value=ROUTE,
        proxies=(own, f"smtp:{ROUTE}"),
        cloud_proxies=(own, f"smtp:{ROUTE}") if owned else (own,),
        ad={"target_address": f"SMTP:{ROUTE}", "mail_nickname": name.lower()} | ad,
    )


def about_route(*holders: Holder) -> Evidence:
    told = (error(holders[-1], value=f"smtp:{ROUTE}"),)
    return read(*holders, value=ROUTE, errors=told)


def test_a_routing_address_is_replaced_in_both_places_at_once() -> None:
    finding = found(about_route(routed("Jane", owned=True), routed("Joe", owned=False)))

    new = "joe@contoso.mail.onmicrosoft.com"
    assert finding.diagnosis.code == "C21"
    assert offered(finding) == [
        (
            "Joe",
            "judge",
            (
                Change("proxyAddresses", (f"smtp:{ROUTE}",), (f"smtp:{new}",)),
                Change("targetAddress", (f"SMTP:{ROUTE}",), (f"SMTP:{new}",)),
            ),
        )
    ]


def test_the_younger_mailbox_gets_the_new_routing_address() -> None:
    young = routed("Jane", owned=True, created_at=NOW)
    old = routed("Joe", owned=False, created_at=NOW - timedelta(days=900))

    assert [name for name, _, _ in offered(found(about_route(young, old)))] == ["Jane"]


def test_a_routing_address_is_never_only_removed() -> None:
    holders = (routed("Jane", owned=True), routed("Joe", owned=False))
    unlooked = evidence(
        *holders, value=ROUTE, errors=(error(holders[1], value=f"smtp:{ROUTE}"),), taken={}
    )

    finding = found(unlooked)

    assert (finding.diagnosis.code, finding.proposals) == ("C21", ())
    assert "needs another routing address" in words(finding)


# ---------------------------------------------------------------- C62

OUS = Policy(sync_ous=("OU=People,DC=contoso,DC=com",))


def stranger(**over: Any) -> Holder:
    here = {"dn": "CN=John,OU=Staff,DC=fabrikam,DC=com", "forest": "fabrikam"} | over
    return user("Other John", proxies=(MAIN,), joined_by=None, ad=here)


def test_another_organisation_is_no_conflict_here() -> None:
    finding = found(read(stranger(), both_primary()), policy=OUS)

    assert (finding.diagnosis.code, finding.proposals) == ("C62", ())
    assert "nothing from there is synchronized to this tenant" in words(finding)
    assert "cannot be told from here" in words(finding)


def test_without_stated_ous_nothing_is_called_foreign() -> None:
    assert found(read(stranger(), both_primary())).diagnosis.code != "C62"


@pytest.mark.parametrize(
    "dn", ["CN=John,OU=Old,DC=contoso,DC=com", "no dn at all", 'CN="open'], ids=str
)
def test_what_could_be_synchronized_is_not_foreign(dn: str) -> None:
    assert found(read(stranger(dn=dn), both_primary()), policy=OUS).diagnosis.code != "C62"
