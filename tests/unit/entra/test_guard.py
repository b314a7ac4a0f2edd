"""In: steps, users and what was read around them. Out: the one sentence why nothing is written in Entra.
Promise: what may be written at all is a constant; in doubt, refused.
"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.entra import guard
from bot.entra.guard import Fit, fit, image, names, not_writable
from bot.model import (
    Before,
    Change,
    CloudFindings,
    CloudObject,
    Gap,
    Proposal,
    Risk,
    Say,
    Side,
    Standing,
    Step,
)
from tests.builders import cloud_object, tenant_facts
from tests.sizes import examples
from tests.unit.approvals import proposal

OLD, NEW = "john.doe@contoso.com", "jd@contoso.com"
JOHN = cloud_object()


def renames(old: str = OLD, new: str = NEW, **over: Any) -> Step:
    usual: dict[str, Any] = {
        "forest": "",
        "guid": JOHN.id,
        "dn": "",
        "name": "John Doe",
        "changes": (Change("userPrincipalName", (old,), (new,)),),
        "side": Side.ENTRA,
    }
    return Step(**(usual | over))


def judged(step: Step, **more: Any) -> Proposal:
    return proposal(step, **({"risk": Risk.JUDGE} | more))


def english(say: Say | None) -> str | None:
    return say.english() if say else None


def test_the_only_thing_that_is_written_in_entra_is_the_sign_in_name() -> None:
    assert guard.SIGN_IN == "userPrincipalName"


@settings(max_examples=examples(200))
@given(attribute=st.text(), side=st.sampled_from(Side), guid=st.text())
def test_no_other_attribute_side_or_id(attribute: str, side: Side, guid: str) -> None:
    step = renames(guid=guid, side=side, changes=(Change(attribute, (OLD,), (NEW,)),))

    assert not_writable(judged(step), step, upn_opt_in=True) is not None


@pytest.mark.parametrize("risk", [Risk.SAFE, Risk.DESTRUCTIVE])
def test_two_people_or_nobody(risk: Risk) -> None:
    step = renames()

    assert not_writable(judged(step), step, upn_opt_in=True) is None
    assert not_writable(judged(step, risk=risk), step, upn_opt_in=True) is not None


def test_a_stand_in_name_of_entras_own_making_comes_back_by_undo_only() -> None:
    step = renames(new="john+1234@contoso.onmicrosoft.com")

    assert not_writable(judged(step), step, upn_opt_in=True) is not None
    assert not_writable(judged(step, undo_of="p-0"), step, upn_opt_in=True) is None


@settings(max_examples=examples(200))
@given(deletes=st.lists(st.text(), max_size=2), adds=st.lists(st.text(), max_size=2))
def test_a_pair_of_names_is_one_and_one_and_two_different_ones(
    deletes: list[str], adds: list[str]
) -> None:
    pair = names(renames(changes=(Change("userPrincipalName", tuple(deletes), tuple(adds)),)))

    assert (pair is None) or (deletes == [pair[0]] and adds == [pair[1]] and pair[0] != pair[1])
    assert pair is None or all(name.strip() for name in pair)


@pytest.mark.parametrize(
    ("deny", "said"),
    [
        ((), None),
        (("", " "), None),
        ((JOHN.id,), "John Doe is on the deny list."),
        ((f"{{{JOHN.id.upper()}}} ",), "John Doe is on the deny list."),
        (("John.Doe@contoso.com",), "John Doe is on the deny list."),
        (("john.doe@contoso.co",), None),
    ],
)
def test_the_deny_list(deny: tuple[str, ...], said: str | None) -> None:
    assert english(guard.protected(JOHN, approvers=frozenset(), deny=deny)) == said


def test_an_empty_entry_of_a_deny_list_is_not_whoever_has_no_name() -> None:
    nameless = replace(JOHN, user_principal_name=None)

    assert guard.protected(nameless, approvers=frozenset({""}), deny=("",)) is None


@pytest.mark.parametrize(
    ("standing", "free"),
    [
        (None, False),
        (Standing(JOHN.id, None), False),
        (Standing(JOHN.id, ("Helpdesk Administrator",)), False),
        (Standing(JOHN.id, ()), True),
    ],
)
def test_only_somebody_known_to_hold_no_role(standing: Standing | None, free: bool) -> None:  # noqa: FBT001 -- a case of the table
    assert (guard.standing_refuses(JOHN, standing) is None) is free


@pytest.mark.parametrize(
    ("name", "verified"),
    [
        ("a@contoso.com", True),
        ("a@CONTOSO.com", True),
        ("a@sub.contoso.com", False),
        ("a@b@contoso.com", True),
        ("contoso.com", True),
        ("a@", False),
        ("", False),
    ],
)
def test_the_domain_of_a_name(name: str, verified: bool) -> None:  # noqa: FBT001 -- a case of the table
    assert (guard.unverified(name, tenant_facts()) is None) is verified


@pytest.mark.parametrize(
    ("found", "free"),
    [
        (CloudFindings(), True),
        (CloudFindings((JOHN,)), True),
        (CloudFindings((replace(JOHN, id=JOHN.id.upper()),)), True),
        (CloudFindings((cloud_object("Jane Dow"),)), False),
        (CloudFindings((JOHN, cloud_object("Jane Dow"))), False),
        (CloudFindings(gaps=(Gap("Entra", "contacts", "no permission"),)), False),
    ],
)
def test_a_name_is_free_when_everything_was_read_and_nobody_else_has_it(
    found: CloudFindings,
    free: bool,  # noqa: FBT001 -- a case of the table
) -> None:
    assert (guard.not_free(NEW, JOHN, found) is None) is free


@pytest.mark.parametrize(
    ("present", "seen", "expected"),
    [
        (OLD, None, Fit.READY),
        (OLD, (OLD,), Fit.READY),
        (OLD, ("John.Doe@contoso.com",), Fit.STALE),
        (OLD, (), Fit.STALE),
        ("John.Doe@contoso.com", None, Fit.STALE),
        (NEW, (OLD,), Fit.DONE),
        (None, None, Fit.STALE),
    ],
)
def test_what_stands_there_and_what_people_saw(
    present: str | None, seen: tuple[str, ...] | None, expected: Fit
) -> None:
    step = renames()
    before = () if seen is None else (Before(step.ref, "userPrincipalName", seen),)
    target = replace(JOHN, user_principal_name=present)

    assert fit(target, judged(step, before=before), step) is expected


def test_a_step_that_is_no_pair_of_names_fits_nothing() -> None:
    step = renames(changes=())

    assert fit(JOHN, judged(step), step) is Fit.STALE


@pytest.mark.parametrize(
    ("target", "values"),
    [
        (JOHN, [(OLD,)]),
        (replace(JOHN, user_principal_name=None), [()]),
        (None, []),
    ],
)
def test_the_image_of_a_user(target: CloudObject | None, values: list[tuple[str, ...]]) -> None:
    made = image(target, renames())

    assert [each.values for each in made] == values
    assert {(each.ref, each.what) for each in made} <= {(JOHN.ref, "userPrincipalName")}
