"""In: case files of generated directories. Out: the same cases, of nobody.
Promise: nothing that names anybody is left; the diagnosis has the same code and the same shape of plan.
"""

import ast
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Evidence, Gap, Repair
from bot.triage.casefile import CaseFile, examined, read, write
from bot.triage.policy import Naming, Policy
from bot.triage.redact import PHRASES, redacted
from bot.triage.value import fold
from tests import builders
from tests.builders import NOW, TENANT, VALUE
from tests.sizes import examples
from tests.unit.triage.test_never import directory

SECRET = b"of this test"
STATED = Policy(
    sync_ous=("OU=People,DC=contoso,DC=com", "OU=A\\+B,DC=contoso,DC=com"),
    naming=Naming(domain="contoso.com"),
)


def file_of(evidence: Evidence, **over: Any) -> CaseFile:
    usual: dict[str, Any] = {"tenant": TENANT, "now": NOW, "evidence": evidence, "policy": STATED}
    return CaseFile(**(usual | over))


def shape(file: CaseFile) -> tuple[Any, ...]:
    """What a plan does, without to whom and with what."""
    found = examined(file)
    diagnosis = found.diagnosis
    plans = [
        (
            p.risk,
            p.rank,
            [[(c.attribute, len(c.delete), len(c.add)) for c in step.changes] for step in p.steps],
            len(p.consequences),
        )
        for p in found.proposals
    ]
    scores = [score.total for score in diagnosis.scores]
    by_hand = [(book.risk, len(book.steps)) for book in diagnosis.runbooks]
    return diagnosis.code, plans, scores, by_hand, diagnosis.alert, len(diagnosis.losers)


def texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, part in node.items():
            yield str(name)
            yield from texts(part)
    elif isinstance(node, list | tuple):
        for part in node:
            yield from texts(part)
    elif isinstance(node, str):
        yield node


def all_texts(file: CaseFile) -> list[str]:
    return list(texts(msgspec.to_builtins(file)))


@settings(max_examples=examples(120), deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_case_of_nobody_is_the_same_case(seed: int) -> None:
    real = file_of(directory(seed))

    assert shape(redacted(real, SECRET)) == shape(real)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_redacted_file_is_a_case_file_like_any_other(seed: int) -> None:
    made = redacted(file_of(directory(seed)), SECRET)

    assert read(write(made)) == made


WHOLE = file_of(
    builders.evidence(
        builders.keeper(
            "Jürgen Groß",
            ad={
                "last_logon_at": NOW,
                "stamps": (builders.stamp(dc="DC-OSLO-7"),),
                "employee_id": "471199",
                "dn": "CN=Groß\\, Jürgen,OU=Vertrieb,DC=contoso,DC=com",
            },
        ),
        builders.both_primary("Юлия Смирнова"),
        gaps=(
            Gap(
                "AD corp",
                "everything",
                "anna.berg@contoso.com may not read OU=Geheim,DC=contoso,DC=com",
            ),
        ),
    ),
    repairs=(
        Repair(
            at=NOW,
            ref=f"ad:corp:{builders.guid_of('Gone One')}",
            attribute="mail",
            deleted=(VALUE,),
        ),
    ),
    previous=builders.evidence(),
)
NAMES = re.compile(
    r"contoso|john|jürgen|groß|юлия|смирнова|vertrieb|oslo|471199|anna|berg|geheim|johanna|scanner"
    r"|S-1-5-21-1-2-3|[0-9a-f]{8}-[0-9a-f]{4}-5",  # the ids of the builders are of version 5
    re.IGNORECASE,
)


def test_nobody_is_named_any_more() -> None:
    before = [text for text in all_texts(WHOLE) if NAMES.search(text)]
    after = [text for text in all_texts(redacted(WHOLE, SECRET)) if NAMES.search(text)]

    assert len(before) > 40
    assert after == []


def test_what_says_nothing_about_anybody_stays() -> None:
    made = redacted(WHOLE, SECRET)

    assert made.evidence.searched == WHOLE.evidence.searched
    assert made.now == NOW
    assert "may not read" in made.evidence.gaps[0].why
    assert made.evidence.gaps[0].where == "AD corp"
    assert [h.ad.forest for h in made.evidence.holders if h.ad] == ["corp", "corp"]
    assert made.evidence.tenant.initial_domain.endswith(".onmicrosoft.com")


def test_what_was_equal_is_equal_and_what_differed_differs() -> None:
    before, after = all_texts(WHOLE), all_texts(redacted(WHOLE, SECRET))
    raws = {e.raw for e in WHOLE.evidence.errors}
    pairs = [(a, b) for a, b in zip(before, after, strict=True) if a not in raws]

    assert len(set(pairs)) == len({a for a, _ in pairs}) == len({b for _, b in pairs})
    assert len({fold(a) for a, _ in pairs}) == len({fold(b) for _, b in pairs})
    lengths = [(len(a), len(b)) for a, b in pairs if not a.startswith("S-1-")]
    assert [pair for pair in lengths if pair[0] != pair[1]] == []


def test_the_case_of_letters_and_their_unicode_form_stay() -> None:
    spellings = (
        "SMTP:Jürgen@Contoso.com",
        "smtp:jürgen@contoso.com",
        unicodedata.normalize("NFD", "smtp:JÜRGEN@contoso.com"),
    )
    file = file_of(builders.evidence(builders.keeper(proxies=spellings), builders.loser()))
    holder = redacted(file, SECRET).evidence.holders[0].ad
    assert holder is not None
    made = holder.proxy_addresses

    assert len({fold(v) for v in made}) == 1
    assert [unicodedata.is_normalized("NFC", v) for v in made] == [True, True, False]
    assert [[c.isupper() for c in v if c.isalpha()] for v in made] == [
        [c.isupper() for c in v if c.isalpha()] for v in spellings
    ]


def test_an_anchor_still_belongs_to_its_object() -> None:
    for holder in redacted(WHOLE, SECRET).evidence.holders:
        assert holder.ad is not None
        assert holder.cloud is not None

        assert holder.ad.anchor == holder.cloud.anchor == builders.anchor_of(holder.ad.guid)


def test_another_secret_makes_others_of_them() -> None:
    one, other = (Counter(all_texts(redacted(WHOLE, s))) for s in (b"one", b"other"))

    assert any("@" in text for text in one)
    assert [t for t in one.keys() & other.keys() if "@" in t or "CN=" in t] == []


def test_of_what_a_server_wrote_only_what_cases_look_for_is_kept() -> None:
    told = "Ola Lund: Hard  match operation blocked\ndue to security hardening. Ask Ola."
    error = builders.error(raw=told)
    (made,) = redacted(file_of(builders.evidence(errors=(error,))), SECRET).evidence.errors

    assert made.raw == "Hard match operation blocked due to security hardening"


def test_every_phrase_that_a_case_looks_for_is_kept() -> None:
    """A case that asks `says(errors, "…")` for more has to be told to `redact` too."""
    asked = {
        word.value
        for path in Path("bot/triage").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "says"
        for word in call.args[1:]
        if isinstance(word, ast.Constant)
    }

    assert asked
    assert asked <= set(PHRASES)


@pytest.mark.parametrize(
    "text",
    ["", "\0", "\u017f\u212a", "İ", "👩\u200d🚀", "ﬁ", "x" * 1123, "A\u0301\u0302", "\ud800"],
)
def test_no_name_is_too_strange(text: str) -> None:
    file = file_of(builders.evidence(builders.keeper(ad={"name": text}), builders.loser()))
    holder = redacted(file, SECRET).evidence.holders[0].ad
    assert holder is not None

    assert len(holder.name) == len(text)


@given(st.text(max_size=40), st.text(max_size=40))
def test_two_names_are_as_alike_as_they_were(one: str, other: str) -> None:
    people = builders.evidence(
        builders.keeper(ad={"name": one}), builders.loser(ad={"name": other})
    )
    made = [h.ad.name for h in redacted(file_of(people), SECRET).evidence.holders if h.ad]

    assert (made[0] == made[1]) == (one == other)
    assert (fold(made[0]) == fold(made[1])) == (fold(one) == fold(other))


def test_the_real_file_is_not_touched() -> None:
    before = replace(WHOLE)
    redacted(WHOLE, SECRET)

    assert before == WHOLE
