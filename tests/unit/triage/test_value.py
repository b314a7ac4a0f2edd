"""In: values as people paste them, as directories store them, as errors name them. Out: what the bot makes of them.
Promise: one address is one case, whatever stands around it; what cannot be understood is said, never guessed.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import CaseKey, Kind, Say
from bot.triage.value import Understood, bare_of, fold, guid_of_anchor, key_of, understand
from tests.builders import TENANT, anchor_of, error

JOHN = Understood(Kind.ADDRESS, "john@contoso.com")
GUID = "6f1c9a52-1234-4321-8765-0123456789ab"

PASTED = {
    "SMTP:john@contoso.com": JOHN,
    "smtp:john@contoso.com": JOHN,
    "SmTp : John@Contoso.COM": JOHN,
    "john@contoso.com": JOHN,
    "JOHN@CONTOSO.COM": JOHN,
    "  john@contoso.com\t\n": JOHN,
    "mailto:john@contoso.com": JOHN,
    "smtp:mailto:john@contoso.com": JOHN,
    "<john@contoso.com>": JOHN,
    "<mailto:john@contoso.com|john@contoso.com>": JOHN,
    "<mailto:john@contoso.com>": JOHN,
    "SMTP:<mailto:john@contoso.com|john@contoso.com>": JOHN,
    "SMTP: <mailto:john@contoso.com|john@contoso.com>,": JOHN,
    "SMTP:john@<http://contoso.com|contoso.com>": JOHN,
    "John Doe <john@contoso.com>": JOHN,
    '"Doe, John" <john@contoso.com>': JOHN,
    "John Doe <mailto:john@contoso.com|john@contoso.com>": JOHN,
    "John Doe <<mailto:john@contoso.com|john@contoso.com>>": JOHN,
    '"john@contoso.com"': JOHN,
    "'SMTP:john@contoso.com'": JOHN,
    "`john@contoso.com`": JOHN,
    "“john@contoso.com”": JOHN,
    "„john@contoso.com“": JOHN,
    "«john@contoso.com»": JOHN,
    "»john@contoso.com«": JOHN,
    "\u201ajohn@contoso.com\u2018": JOHN,
    "\u2039john@contoso.com\u203a": JOHN,
    'SMTP:"john@contoso.com"': JOHN,
    '"SMTP:john@contoso.com",': JOHN,
    "john@contoso.com,": JOHN,
    "john@contoso.com ; ": JOHN,
    "john@contoso.com.": JOHN,
    "\u00a0john@contoso.com\u00a0": JOHN,
    "jo\u200bhn@contoso.com\ufeff": JOHN,
    "\u2060SMTP:john@con\u00adtoso.com": JOHN,
    "o'brien@contoso.com": Understood(Kind.ADDRESS, "o'brien@contoso.com"),
    "john_fabrikam.com#EXT#@contoso.onmicrosoft.com": Understood(
        Kind.ADDRESS, "john_fabrikam.com#ext#@contoso.onmicrosoft.com"
    ),
    "bjo\u0308rn@contoso.com": Understood(Kind.ADDRESS, "bj\u00f6rn@contoso.com"),
    "BJÖRN@contoso.com": Understood(Kind.ADDRESS, "björn@contoso.com"),
    "stra\u00dfe@contoso.com": Understood(Kind.ADDRESS, "stra\u00dfe@contoso.com"),
    "sip:john@contoso.com": Understood(Kind.SIP, "john@contoso.com"),
    "SIP:<sip:john@contoso.com|john@contoso.com>": Understood(Kind.SIP, "john@contoso.com"),
    "x500:/o=Contoso/ou=First/cn=Recipients/cn=John Doe": Understood(
        Kind.ADDRESS, "/o=contoso/ou=first/cn=recipients/cn=john doe"
    ),
    "/o=Contoso/cn=John": Understood(Kind.ADDRESS, "/o=contoso/cn=john"),
    GUID: Understood(Kind.OBJECT, GUID),
    "{" + GUID.upper() + "}": Understood(Kind.OBJECT, GUID),
    f'"{GUID}",': Understood(Kind.OBJECT, GUID),
    anchor_of(GUID): Understood(Kind.ANCHOR, anchor_of(GUID)),
    f" “{anchor_of(GUID)}” ": Understood(Kind.ANCHOR, anchor_of(GUID)),
}

NOT_UNDERSTOOD = {
    "": "Give me one value",
    "   \u00a0\u200b": "Give me one value",
    "smtp:": "Give me one value",
    '""': "Give me one value",
    "a@b.com c@d.com": "more than one word",
    "<mailto:a@b.com|a@b.com> <mailto:c@d.com|c@d.com>": "more than one word",
    "@contoso.com": "nothing on one side of the @",
    "john@": "nothing on one side of the @",
    "john": "Try it with its domain",
    "john doe": "more than one word",
    "AAAA==": "is not an address",
    "!!!!!!!!!!!!!!!!!!!!!!==": "is not an address",
    "x" * 1200 + "@contoso.com": "1212 characters long",
}


@pytest.mark.parametrize(("pasted", "understood"), PASTED.items())
def test_what_people_paste_is_understood(pasted: str, understood: Understood) -> None:
    assert understood == understand(pasted)


@pytest.mark.parametrize(("pasted", "words"), NOT_UNDERSTOOD.items())
def test_what_cannot_be_looked_for_is_answered_with_a_sentence(pasted: str, words: str) -> None:
    answer = understand(pasted)

    assert isinstance(answer, Say)
    assert words in answer.english()


_BITS = st.sampled_from(
    ["SMTP:", "sip:", "<", ">", "|", "mailto:", "@", "john", "contoso.com", '"', "“", ",", " ", ".",
     "\u200b", "x500:", "/o=", "==", "{", "}", "İ", "ẞ", "http://", GUID]
)  # fmt: skip
PASTE = st.one_of(st.text(max_size=60), st.lists(_BITS, max_size=12).map("".join))


@given(PASTE)
def test_nothing_that_is_pasted_breaks_the_command(text: str) -> None:
    answer = understand(text)

    assert isinstance(answer, Understood) or answer.english()


@given(PASTE)
def test_what_was_understood_once_is_understood_the_same_again(text: str) -> None:
    once = understand(text)
    if isinstance(once, Say):
        return
    x500 = once.bare.startswith("/")
    again = "sip:" + once.bare if once.kind is Kind.SIP else "x500:" * x500 + once.bare

    assert once == understand(again)


@given(st.text(max_size=40))
def test_comparing_is_settled_after_one_pass(text: str) -> None:
    assert fold(text) == fold(fold(text))


def test_sharp_s_is_not_double_s() -> None:
    assert fold("straße@contoso.com") != fold("strasse@contoso.com")


@pytest.mark.parametrize(
    "stored",
    ["smtp:john@contoso.com", "SMTP:John@Contoso.com", "john@contoso.com", " JOHN@contoso.com "],
)
def test_one_address_is_one_case_whatever_the_attribute_and_spelling(stored: str) -> None:
    expected = CaseKey(TENANT, Kind.ADDRESS, "john@contoso.com")

    assert expected == key_of(TENANT, error(value=stored, attribute="UserPrincipalName"))
    assert expected.id == key_of(TENANT, error(value=stored)).id


def test_a_sip_address_is_a_case_of_its_own() -> None:
    assert CaseKey(TENANT, Kind.SIP, "john@contoso.com") == key_of(
        TENANT, error(value="SIP:John@contoso.com", attribute="SipProxyAddress")
    )


def test_what_the_sync_server_names_without_a_prefix_is_told_by_its_attribute() -> None:
    chat = error(value="Bo@contoso.com", attribute="SipProxyAddress")
    number = error(value="S-1-5-21-1-2-3-1104", attribute="OnPremiseSecurityIdentifier")
    odd = error(value="not a number", attribute="OnPremiseSecurityIdentifier")

    assert key_of(TENANT, chat) == CaseKey(TENANT, Kind.SIP, "bo@contoso.com")
    assert key_of(TENANT, number) == CaseKey(TENANT, Kind.SID, "s-1-5-21-1-2-3-1104")
    assert key_of(TENANT, odd) == CaseKey(TENANT, Kind.ADDRESS, "not a number")


@pytest.mark.parametrize("value", [None, "", "  ", "SMTP:", "sip:", "sip:  ", "x" * 1124])
def test_without_a_usable_value_the_case_is_the_object_and_its_category(value: str | None) -> None:
    """Two people with an empty value do not end up on one card."""
    entry = error(value=value, object_id="AB-1", category="PropertyConflict")

    assert CaseKey(TENANT, Kind.OBJECT, "ab-1:propertyconflict") == key_of(TENANT, entry)


def test_null_in_every_field_still_is_a_case() -> None:
    entry = error(value=None, category=None, attribute=None, object_id="AB-1")

    assert CaseKey(TENANT, Kind.OBJECT, "ab-1:unknown") == key_of(TENANT, entry)


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_id_of_a_case_holds_nothing_of_the_value(tenant: str, value: str) -> None:
    name = CaseKey(tenant, Kind.ADDRESS, value).id

    assert name.startswith("c-")
    assert set(name[2:]) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_a_prefix_is_told_from_an_address() -> None:
    assert bare_of("SMTP: John@contoso.com") == ("smtp", "john@contoso.com")
    assert bare_of("J@x:John") == ("", "j@x:john")
    assert bare_of("X500:/o=Contoso") == ("x500", "/o=contoso")


def test_an_immutable_id_is_its_object_guid() -> None:
    assert guid_of_anchor(anchor_of(GUID)) == GUID


@pytest.mark.parametrize("anchor", ["", "=", "AAAA", "not base64", "å" * 24])
def test_what_is_no_immutable_id_stands_for_no_object(anchor: str) -> None:
    assert guid_of_anchor(anchor) is None
