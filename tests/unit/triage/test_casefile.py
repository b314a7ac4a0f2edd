"""In: evidence as a file. Out: the diagnosis that the bot gave, or one sentence that says where the file is wrong.
Promise: what was written is read back whole; nothing that is not exactly of the form gets through, and nothing raises.
"""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Evidence, Kind, Repair, Say
from bot.triage.casefile import CaseFile, examined, json_schema, of_case, read, write
from bot.triage.policy import Naming, Policy, Weights
from tests import builders
from tests.builders import NOW, TENANT
from tests.unit.triage import evidence_schema

EVERYDAY = CaseFile(tenant=TENANT, now=NOW, evidence=builders.evidence())
WHOLE = CaseFile(
    tenant=TENANT,
    now=NOW,
    evidence=builders.evidence(
        builders.keeper(ad={"stamps": (builders.stamp(),), "last_logon_at": NOW}),
        builders.both_primary(),
        gaps=(builders.gap(),),
    ),
    kind=Kind.SIP,
    policy=Policy(
        weights=Weights(mailbox=9),
        naming=Naming(domain="contoso.com"),
        sync_ous=("OU=People,DC=contoso,DC=com",),
        stuck_after=timedelta(hours=7),
    ),
    previous=builders.evidence(),
    fixed_since=NOW - timedelta(minutes=5),
    repairs=(Repair(at=NOW, ref="ad:corp:x", attribute="mail", deleted=("a",), added=("b",)),),
)


def document(file: CaseFile = EVERYDAY) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(write(file))
    return found


def sentence(body: str | bytes) -> str:
    found = read(body)

    assert isinstance(found, Say)
    return found.english()


@pytest.mark.parametrize("file", [EVERYDAY, WHOLE], ids=["everyday", "whole"])
def test_a_case_file_is_read_back_as_it_was_written(file: CaseFile) -> None:
    assert read(write(file)) == file


@pytest.mark.parametrize("file", [EVERYDAY, WHOLE], ids=["everyday", "whole"])
def test_a_case_file_is_of_the_form_that_is_described(file: CaseFile) -> None:
    jsonschema.validate(document(file), json_schema())


def test_the_description_is_the_one_of_the_types() -> None:
    """After a change of a type: python -m tests.unit.triage.evidence_schema."""
    assert evidence_schema.PATH.read_text(encoding="utf-8") == evidence_schema.text()


def test_a_stored_case_gives_the_same_diagnosis_from_a_file() -> None:
    case = builders.case()
    file = of_case(case, Policy())
    assert file is not None
    again = read(write(file))
    assert isinstance(again, CaseFile)
    found = examined(again)

    assert (found.key, found.diagnosis) == (case.key, case.diagnosis)
    assert [p.plan_hash for p in found.proposals] == [p.plan_hash for p in case.proposals]


def test_of_a_case_that_was_never_looked_at_there_is_no_file() -> None:
    assert of_case(builders.case(evidence=None), Policy()) is None


def test_the_policy_and_the_moment_of_the_file_count() -> None:
    contested = builders.evidence(
        builders.keeper(ad={"last_logon_at": NOW}), builders.both_primary()
    )
    today = CaseFile(tenant=TENANT, now=NOW, evidence=contested)
    later = replace(today, now=NOW + timedelta(days=200))
    other = replace(today, policy=Policy(weights=Weights(main=50)))
    scores = [examined(file).diagnosis.scores for file in (today, later, other)]

    assert all(scores)
    assert scores[0] not in scores[1:]


def changed(path: str, value: Any) -> str:
    """The everyday file with one field set to something else."""
    whole = document()
    node: Any = whole
    *way, last = path.split(".")
    for step in way:
        node = node[int(step)] if step.isdigit() else node[step]
    node[last] = value
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "not JSON of a case file"),
        (b"\xff\xfe", "not JSON"),
        ("{}", "has no “schema”. It would be dirsync-evidence/1"),
        ('{"schema": "dirsync-evidence/2"}', "is of the form dirsync-evidence/2; this version reads"),
        ('{"schema": 7}', "is of the form 7"),
        ('{"schema": "dirsync-evidence/1"}', "missing required field `tenant`"),
        (changed("mode", "apply"), "unknown field `mode`"),
        (changed("evidence.holders.0.ad.mial", "x"), "does not exist: $.evidence.holders[0].ad.mial"),
        (changed("evidence.holders.0.ad.guid", 7), "Expected `str`, got `int` - at `$.evidence.holders[0].ad.guid`"),
        (changed("evidence.holders.0.ad.type", "robot"), "$.evidence.holders[0].ad.type"),
        (changed("evidence.holders", None), "$.evidence.holders"),
        (changed("now", "yesterday"), "$.now"),
        (changed("now", "2026-11-22T12:00:00"), "The time at $.now"),
        (changed("now", "2026-11-22T12:00:00+02:00"), "The time at $.now"),
        (changed("evidence.read_at", "0001-01-01T00:00:00Z"), "The time at $.evidence.read_at"),
        (changed("policy", {"stuck_after": "-PT1H"}), "The time at $.policy.stuck_after"),
        (changed("policy", {"wieghts": {}}), "does not exist: $.policy.wieghts"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_one_sentence_that_says_where(
    body: str | bytes, says: str
) -> None:
    assert says in sentence(body)
    assert "\n" not in sentence(body)


@given(st.binary() | st.text())
def test_no_file_raises(body: str | bytes) -> None:
    assert isinstance(read(body), Say)


LEAVES: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", 0, -1, 1e300, True, [], {}, "x" * 2000, "\u0000", "2026-11-22T12:00:00Z"]
)


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """The whole file with one of its parts, wherever it stands, made something else."""
    whole = document(WHOLE)
    node: Any = whole
    while True:
        keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = draw(st.sampled_from(keys))
        if not (isinstance(node[key], dict | list) and node[key]) or draw(st.booleans()):
            node[key] = draw(LEAVES)
            return json.dumps(whole)
        node = node[key]


@settings(deadline=None)
@given(spoiled())
def test_a_file_that_was_edited_is_diagnosed_or_refused_but_never_raises(body: str) -> None:
    found = read(body)
    if isinstance(found, CaseFile):
        told = examined(found).diagnosis

        assert told.what
        assert {c for s in told.what for c in s.cites} <= found.evidence.keys()
    else:
        assert found.english()


def test_a_file_of_ten_thousand_proxies_is_read() -> None:
    many = tuple(f"smtp:a{n}@contoso.com" for n in range(10_000))
    evidence: Evidence = builders.evidence(
        builders.keeper(), builders.loser(proxies=(*many, f"smtp:{builders.VALUE}"))
    )
    file = CaseFile(tenant=TENANT, now=NOW, evidence=evidence)

    assert read(write(file)) == file
