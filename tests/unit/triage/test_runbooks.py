"""In: names, addresses and DNs as bad as a directory can hold them. Out: commands for PowerShell.
Promise: whatever a value is, it stays one literal: it can end neither its quotes nor its line.
"""

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import AdObject, CloudObject, Instruction, ObjectType
from bot.triage import runbooks
from tests.builders import TENANT, ad_object, cloud_object

QUOTES = "'\u2018\u2019\u201a\u201b"  # all of them are a single quote to PowerShell
LINE_ENDS = "\n\r\u000b\u000c\u0085\u2028\u2029"
HOSTILE = st.one_of(
    st.text(max_size=40),
    st.text(alphabet=QUOTES + LINE_ENDS + '`$(){};|&"#\\@a \x00\u202e', max_size=20),
    st.sampled_from(
        [
            "'; Remove-Item -Recurse C:\\ #",
            "\u2019; Start-Process calc #",
            "$(Get-Credential)",
            "`n; whoami",
            "a\u2028whoami",
            "@{a=1}",
            "\ud800",
            "",
        ]
    ),
)
STORED = HOSTILE.map(lambda v: f"smtp:{v}")


def outside(command: str) -> str:
    """What PowerShell takes for code: the command without its literals. Fails on one that is never closed."""
    return "".join(_code(command))


def _code(command: str) -> Iterator[str]:
    position = 0
    while position < len(command):
        if command[position] not in QUOTES:
            yield command[position]
            position += 1
            continue
        position += 1
        while True:
            assert position < len(command), f"a quote of {command!r} is never closed"
            pair = command[position : position + 2]
            if len(pair) == 2 and set(pair) <= set(QUOTES):
                position += 2
            elif pair[0] in QUOTES:
                break
            else:
                position += 1
        yield "'"
        position += 1


@given(HOSTILE)
def test_a_value_is_one_literal_whatever_it_is(value: str) -> None:
    literal = runbooks.quoted(value)

    assert outside(literal) == "'"
    assert not set(literal) & set(LINE_ENDS)


@given(st.text(alphabet='abcæøå@.:<>$`"(){} -', max_size=30))
def test_what_is_harmless_is_shown_as_it_is(value: str) -> None:
    assert runbooks.quoted(value) == f"'{value}'"


def test_quotes_are_doubled_and_line_ends_shown() -> None:
    assert runbooks.quoted("O'Hara\u2019s\nname") == "'O''Hara\u2019\u2019s<U+000A>name'"


PLAIN_AD = ad_object("Bo Berg", proxy_addresses=("SMTP:bo@contoso.com", "smtp:b@contoso.com"))
PLAIN_CLOUD = cloud_object("Bo Berg")


def every_command(ad: AdObject, cloud: CloudObject, stored: str, anchor: str) -> list[str]:
    made: list[Instruction] = [
        runbooks.take_out(ad),
        runbooks.put_back(ad),
        runbooks.take_off(ad, "proxyAddresses", stored),
        runbooks.put_on(ad, "proxyAddresses", stored),
        runbooks.make_primary(ad, stored),
        runbooks.write_anchor(ad, anchor),
        runbooks.show_anchor(ad),
        runbooks.show_user(cloud, anchor),
        runbooks.delete(cloud),
        runbooks.purge(cloud),
        runbooks.restore(cloud),
        runbooks.set_flag(cloud.id, runbooks.SOFT_MATCH, on=True),
        runbooks.clear_mapping(cloud),
        runbooks.back_to_ad(cloud),
        runbooks.rename_in_cloud(cloud),
        *runbooks.take_off_in_exchange(cloud, stored, main=True),
    ]
    return [step.command for step in made]


@given(
    st.fixed_dictionaries({"name": HOSTILE, "guid": HOSTILE, "dn": HOSTILE | HOSTILE.map(
        lambda v: f"CN={v},OU=People,DC=contoso,DC=com")}),
    st.fixed_dictionaries(
        {"name": HOSTILE, "id": HOSTILE, "mail": st.none() | HOSTILE, "user_principal_name": HOSTILE,
         "type": st.sampled_from(ObjectType), "guest": st.booleans(), "unified": st.booleans()}
    ),
    STORED,
    HOSTILE,
)  # fmt: skip
def test_no_command_runs_what_a_directory_says(
    ad: dict[str, Any], cloud: dict[str, Any], stored: str, anchor: str
) -> None:
    """The code around the literals is that of an ordinary object of the same kind, less what was left out."""
    hostile = replace(PLAIN_AD, **ad, proxy_addresses=(f"SMTP:{stored}", stored))
    twin = replace(PLAIN_CLOUD, **cloud)
    plain_twin = cloud_object(
        **(cloud | {"name": "B", "id": "1", "mail": "b@c", "user_principal_name": "b"})
    )
    plain = every_command(PLAIN_AD, plain_twin, "smtp:b@contoso.com", PLAIN_AD.anchor)

    for ours, usual in zip(every_command(hostile, twin, stored, anchor), plain, strict=True):
        without_server = outside(usual).replace(" -Server '", "")
        assert outside(ours) in {"", outside(usual), without_server}
        assert not set(ours) & set(LINE_ENDS)


def test_an_id_cannot_leave_its_place_in_an_address_of_graph() -> None:
    odd = cloud_object(id="../organization/1?x=")

    assert "users/..%2Forganization%2F1%3Fx%3D'" in runbooks.clear_mapping(odd).command


@pytest.mark.parametrize("length", [0, 15, 17])
def test_an_anchor_of_the_wrong_length_is_never_written(length: int) -> None:
    anchor = base64.b64encode(b"x" * length).decode()

    assert runbooks.write_anchor(PLAIN_AD, anchor).command == ""


def test_an_object_is_put_back_where_it_was_even_with_a_comma_in_its_name() -> None:
    berg = ad_object("Bo", dn="CN=Berg\\, Bo,OU=People,DC=contoso,DC=com")

    assert "-TargetPath 'OU=People,DC=contoso,DC=com'" in runbooks.put_back(berg).command


def test_a_switch_is_named_with_its_tenant() -> None:
    step = runbooks.set_flag(TENANT, runbooks.HARD_MATCH, on=False)

    assert f"onPremisesSynchronization/{TENANT}' " in step.command
    assert step.command.endswith("ThroughHardMatchEnabled=$false}}")
