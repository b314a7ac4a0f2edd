"""In: distinguished names with all that RFC 4514 allows. Out: whether one is inside another.
Promise: parts are compared, not text; what is no DN is said to be none.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.names import inside, parts, same

STAFF = "OU=Staff,DC=corp,DC=contoso,DC=com"


@pytest.mark.parametrize(
    "dn",
    [
        "CN=Bo,OU=Staff,DC=corp,DC=contoso,DC=com",
        "cn=Bo,ou=STAFF,dc=corp,dc=contoso,dc=com",
        "CN=Bo, OU = Staff , DC=corp,DC=contoso,DC=com",
        "CN=Ås\\, Bo,OU=Nord,OU=Staff,DC=corp,DC=contoso,DC=com",
        "CN=Bo\\0ACNF:1,OU=Staff,DC=corp,DC=contoso,DC=com",
        'CN="As, Bo",OU=Staff,DC=corp,DC=contoso,DC=com',
    ],
)
def test_inside(dn: str) -> None:
    assert inside(dn, STAFF)


@pytest.mark.parametrize(
    "dn",
    [
        STAFF,
        "CN=Bo,OU=NotStaff,DC=corp,DC=contoso,DC=com",
        "CN=Bo,OU=All Staff,DC=corp,DC=contoso,DC=com",
        "CN=Bo\\,OU=Staff,DC=corp,DC=contoso,DC=com",
        "CN=Bo\\2COU=Staff,DC=corp,DC=contoso,DC=com",
        "CN=Bo,OU=Staff,DC=corp,DC=contoso,DC=com,DC=evil",
        "DC=com",
    ],
)
def test_not_inside(dn: str) -> None:
    assert not inside(dn, STAFF)


def test_nothing_is_inside_nothing() -> None:
    assert not inside(STAFF, "")


def test_escapes_are_one_value() -> None:
    assert same("CN=As\\, Bo,DC=x", "cn=as\\2c bo,dc=X")
    assert parts("CN=\\C3\\85s,DC=x") == parts("CN=Ås,DC=x")
    assert same("CN=a+SN=b,DC=x", "sn=B+cn=A,dc=x")
    assert not same("CN=a\\ ,DC=x", "CN=a,DC=x")


@pytest.mark.parametrize("text", ["Staff", "OU=Staff,corp", "=x,DC=y", 'CN="open,DC=x', "a,b"])
def test_what_is_no_dn(text: str) -> None:
    with pytest.raises(ValueError, match=r"distinguished name|quote"):
        parts(text)


def escaped(value: str) -> str:
    return "".join(f"\\{octet:02X}" for octet in value.encode())


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_no_value_breaks_out_of_its_part(value: str) -> None:
    dn = f"CN={escaped(value)},{STAFF}"

    assert len(parts(dn)) == 5
    assert inside(dn, STAFF)


@given(st.text(max_size=60))
def test_any_text_is_a_dn_or_a_value_error(text: str) -> None:
    try:
        found = parts(text)
    except ValueError:
        return
    assert all(pair[0] for rdn in found for pair in rdn)
