"""In: sign-in names, addresses and aliases with every fault. Out: the faults, and the nearest value without any.
Promise: a corrected value has no fault left, and where only a person can know what was meant there is none.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.values import (
    Fault,
    address_faults,
    alias_faults,
    cleaned_alias,
    cleaned_proxy,
    cleaned_upn,
    is_routable,
    proxy_faults,
    upn_faults,
)

LONG = "l" * 65


@pytest.mark.parametrize(
    ("upn", "faults"),
    [
        ("john.doe@contoso.com", ()),
        ("o'neil_#1!~^@contoso.com", ()),
        ("", (Fault.BLANK,)),
        ("  ", (Fault.BLANK,)),
        ("john", (Fault.NO_AT,)),
        ("@contoso.com", (Fault.NO_AT,)),
        ("john doe@contoso.com", (Fault.SPACE,)),
        ("john\n@contoso.com", (Fault.SPACE,)),
        ("jürgen@contoso.com", (Fault.LETTERS,)),
        ("x&y@contoso.com", (Fault.CHARACTERS,)),
        ("a@b@contoso.com", (Fault.CHARACTERS, Fault.MANY_AT)),
        ("john.@contoso.com", (Fault.DOT,)),
        ("john@contoso.local", (Fault.NOT_ROUTABLE,)),
        ("john@contoso", (Fault.NOT_ROUTABLE,)),
        ("john@-contoso.com", (Fault.DOMAIN,)),
        ("john@contoso.com ", (Fault.SPACE,)),
        (f"{LONG}@contoso.com", (Fault.LONG,)),
        (f"john@{'d' * 45}.com", (Fault.LONG,)),
    ],
)
def test_faults_of_a_sign_in_name(upn: str, faults: tuple[Fault, ...]) -> None:
    assert upn_faults(upn) == faults


@pytest.mark.parametrize(
    ("stored", "faults"),
    [
        ("smtp:john@contoso.com", ()),
        ("SMTP:tom+tag@contoso.com", ()),
        ("smtp:john@contoso.local", ()),  # whether it is the tenant's is not a question of writing
        ("X500:/o=Org/cn=a b", ()),
        ("sip:john@contoso.com", ()),
        ("john@contoso.com", (Fault.NO_TYPE,)),
        (":john@contoso.com", (Fault.NO_TYPE,)),
        ("X400:c=us;a= ;p=x", (Fault.TYPE,)),
        ("MSMAIL:x", (Fault.TYPE,)),
        ("smtp :john@contoso.com", (Fault.SPACE,)),
        ("smtp:john doe@contoso.com", (Fault.SPACE,)),
        ("smtp:smtp:john@contoso.com", (Fault.COLON,)),
        ("smtp:jürgen@contoso.com", (Fault.LETTERS,)),
        ("smtp:j(o)@contoso.com", (Fault.CHARACTERS,)),
        ("smtp:.john@contoso.com", (Fault.DOT,)),
        ("smtp:jo..hn@contoso.com", (Fault.DOT,)),
        ("smtp:@contoso.com", (Fault.NO_AT,)),
        ("smtp:john", (Fault.NO_AT,)),
        ("smtp:", (Fault.BLANK,)),
        ("smtp:a@b@contoso.com", (Fault.MANY_AT,)),
        (f"smtp:{'x' * 250}@contoso.com", (Fault.LONG,)),
    ],
)
def test_faults_of_an_address(stored: str, faults: tuple[Fault, ...]) -> None:
    assert proxy_faults(stored) == faults


@pytest.mark.parametrize(
    ("alias", "faults"),
    [
        ("john.doe", ()),
        ("", (Fault.BLANK,)),
        (".john", (Fault.DOT,)),
        ("john doe", (Fault.SPACE,)),
        ("jürgen", (Fault.LETTERS,)),
        ("a@b", (Fault.CHARACTERS,)),
        (LONG, (Fault.LONG,)),
    ],
)
def test_faults_of_an_alias(alias: str, faults: tuple[Fault, ...]) -> None:
    assert alias_faults(alias) == faults


@pytest.mark.parametrize(
    ("upn", "expected"),
    [
        ("Jürgen.Õun@contoso.com", "Jurgen.Oun@contoso.com"),
        ("john doe @contoso.com", "johndoe@contoso.com"),
        ("john.@contoso.com", "john@contoso.com"),
        ("x&y(1)@contoso.com ", "xy1@contoso.com"),
        ("a@b@contoso.com", "ab@contoso.com"),
        ("john@contoso.local", "john@contoso.local"),
        ("Дмитрий@contoso.com", None),
        ("john", None),
        ("&&@contoso.com", None),
        (f"{LONG}@contoso.com", None),
    ],
)
def test_a_sign_in_name_is_put_right(upn: str, expected: str | None) -> None:
    assert cleaned_upn(upn) == expected


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("john@contoso.com", "smtp:john@contoso.com"),
        ("smtp: john@contoso.com", "smtp:john@contoso.com"),
        ("SMTP:john doe@contoso.com", "SMTP:johndoe@contoso.com"),
        ("smtp :john@contoso.com", "smtp:john@contoso.com"),
        ("smtp:smtp:john@contoso.com", "smtp:john@contoso.com"),
        ("SMTP:smtp:john@contoso.com", "SMTP:john@contoso.com"),
        ("smtp:<john@contoso.com>", "smtp:john@contoso.com"),
        ("smtp:john@contoso.com;", "smtp:john@contoso.com"),
        ("smtp:jürgen@contoso.com", "smtp:jurgen@contoso.com"),
        ("smtp:.john@contoso.com", "smtp:john@contoso.com"),
        ("X400:c=us", None),
        ("smtp:a@b@contoso.com", None),
        ("smtp:a:b@contoso.com", None),
        ("smtp:Дмитрий@contoso.com", None),
        ("smtp:@contoso.com", None),
        ("", None),
    ],
)
def test_an_address_is_put_right(stored: str, expected: str | None) -> None:
    assert cleaned_proxy(stored) == expected


@pytest.mark.parametrize(
    ("alias", "expected"),
    [
        (".john", "john"),
        ("john doe", "johndoe"),
        ("a@b", "ab"),
        ("Åse", "Ase"),
        ("..", None),
        ("Дмитрий", None),
        (f"{'l' * 63}.{'x' * 9}", "l" * 63),
    ],
)
def test_an_alias_is_put_right(alias: str, expected: str | None) -> None:
    assert cleaned_alias(alias) == expected


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("contoso.com", True),
        ("corp.contoso.com", True),
        ("local.com", True),
        ("contoso.local", False),
        ("CONTOSO.LAN", False),
        ("contoso", False),
    ],
)
def test_a_suffix_the_internet_can_know(domain: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert is_routable(domain) is expected


odd = st.text(st.one_of(st.characters(), st.sampled_from(" .@:;<>()'\"&+-_øåßŁé\n\t")), max_size=40)
odd_address = st.builds("{}{}@{}".format, st.sampled_from(["", "smtp:", "SMTP:", "x:"]), odd, odd)


@given(st.one_of(odd, odd_address))
def test_what_was_put_right_has_no_fault_left(text: str) -> None:
    upn, proxy, alias = cleaned_upn(text), cleaned_proxy(text), cleaned_alias(text)

    assert upn is None or set(upn_faults(upn)) <= {Fault.NOT_ROUTABLE}
    assert proxy is None or proxy_faults(proxy) == ()
    assert alias is None or alias_faults(alias) == ()


@given(st.one_of(odd, odd_address))
def test_putting_right_twice_changes_nothing_more(text: str) -> None:
    upn, proxy, alias = cleaned_upn(text), cleaned_proxy(text), cleaned_alias(text)

    assert upn is None or cleaned_upn(upn) == upn
    assert proxy is None or cleaned_proxy(proxy) == proxy
    assert alias is None or cleaned_alias(alias) == alias


@given(odd)
def test_an_address_without_fault_is_left_alone(text: str) -> None:
    stored = f"smtp:{text}@contoso.com"

    assert address_faults(stored[5:]) or cleaned_proxy(stored) == stored
