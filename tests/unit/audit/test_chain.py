"""In: chains of audit lines, whole and tampered with in every way there is. Out: the first bad line, by name.
Each byte is flipped, each line dropped, moved and doubled; a cut end is seen by who knows the head.
"""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit.chain import GENESIS, Verdict, export, link, verify
from bot.ports import AuditLine

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WHOLE = Verdict(ok=True, first_bad=None, why="")

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
audit_lines = st.builds(AuditLine, text, text, text, st.dictionaries(text, text, max_size=3))
chains = st.lists(audit_lines, min_size=1, max_size=8)


def chain(lines: list[AuditLine]) -> tuple[list[str], str]:
    head, texts = "", []
    for number, line in enumerate(lines):
        head, written = link(head, line, NOON + timedelta(seconds=number))
        texts.append(written)
    return texts, head


def example(length: int = 12) -> tuple[list[str], str]:
    return chain(
        [
            AuditLine("Åse Ødegård", "approved", f"c-{n}", {"hash": "ab" * 8, "why": "ø\n\u2028"})
            for n in range(length)
        ]
    )


@given(chains)
def test_a_whole_chain_is_whole(lines: list[AuditLine]) -> None:
    texts, head = chain(lines)

    assert verify(texts) == WHOLE
    assert verify(texts, head=head) == WHOLE


def test_the_first_line_names_the_beginning() -> None:
    head, line = link("", AuditLine("bot", "started"), NOON)

    assert json.loads(line) == {
        "action": "started",
        "actor": "bot",
        "at": "2026-11-22T12:00:00+00:00",
        "case": "",
        "facts": {},
        "hash": head,
        "prev": GENESIS,
    }
    assert link(GENESIS, AuditLine("bot", "started"), NOON) == (head, line)


def test_the_hash_does_not_change_from_release_to_release() -> None:
    """Old logs have to stay verifiable: this value was made by the first release."""
    head, _ = link("", AuditLine("bot", "started", "c-1", {"mode": "apply"}), NOON)

    assert head == "d7bac94b17e5649a058b4daeb670ba72b7b0e37824d848beabef98fb6b05b5e2"


def test_time_is_written_in_utc() -> None:
    oslo = datetime(2026, 11, 22, 13, tzinfo=timezone(timedelta(hours=1)))

    assert link("", AuditLine("bot", "x"), oslo) == link("", AuditLine("bot", "x"), NOON)


def test_an_empty_log_is_whole_unless_a_head_is_known() -> None:
    assert verify([]) == WHOLE
    assert verify([], head="ab") == Verdict(ok=False, first_bad=0, why="the last lines are missing")


def test_each_flipped_byte_is_seen_in_its_line() -> None:
    texts, _ = example(4)
    for index, line in enumerate(texts):
        raw = line.encode()
        for at in range(len(raw)):
            for bit in (0x01, 0x20, 0x80):
                flipped = bytes([*raw[:at], raw[at] ^ bit, *raw[at + 1 :]])
                broken = flipped.decode("utf-8", "surrogateescape")
                verdict = verify([*texts[:index], broken, *texts[index + 1 :]])
                assert (verdict.ok, verdict.first_bad) == (False, index), (at, bit)


def test_each_dropped_line_is_seen() -> None:
    texts, head = example()
    for index in range(len(texts) - 1):
        verdict = verify(texts[:index] + texts[index + 1 :])
        assert verdict[:2] == (False, index)
    assert verify(texts[:-1]) == WHOLE  # a cut end shows only to who knows the head
    assert verify(texts[:-1], head=head) == Verdict(
        ok=False, first_bad=11, why="the last lines are missing"
    )


def test_each_swapped_pair_is_seen() -> None:
    texts, _ = example()
    for first in range(len(texts)):
        for second in range(first + 1, len(texts)):
            swapped = list(texts)
            swapped[first], swapped[second] = swapped[second], swapped[first]
            assert verify(swapped)[:2] == (False, first)


def test_each_inserted_line_is_seen() -> None:
    texts, _ = example()
    _, foreign = link("ab" * 32, AuditLine("mallory", "approved"), NOON)
    for index in range(len(texts) + 1):
        assert verify([*texts[:index], foreign, *texts[index:]])[:2] == (False, index)
        # a copy of a line that is there
        if index:
            doubled = [*texts[:index], texts[index - 1], *texts[index:]]
            assert verify(doubled)[:2] == (False, index)


def test_a_line_that_fits_its_place_shows_at_the_next() -> None:
    """Whoever can hash can write a line; then every later line has to be written anew too."""
    texts, _ = example(5)
    before = json.loads(texts[1])["hash"]
    _, forged = link(before, AuditLine("mallory", "approved"), NOON)

    assert verify([*texts[:2], forged, *texts[3:]])[:2] == (False, 3)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "the line is not JSON"),
        ("[]", "the line does not have the fields of an audit line"),
        ("{}", "the line does not have the fields of an audit line"),
        ("null", "the line does not have the fields of an audit line"),
        ('{"prev":1}', "the line does not have the fields of an audit line"),
    ],
)
def test_what_is_no_line_is_named(line: str, why: str) -> None:
    texts, _ = example(2)

    assert verify([*texts, line]) == Verdict(ok=False, first_bad=2, why=why)


def test_other_spellings_of_the_same_json_are_seen() -> None:
    texts, _ = example(1)
    document = json.loads(texts[0])
    for other in (
        json.dumps(document),
        json.dumps(document, sort_keys=True, separators=(",", ":")),
        texts[0] + " ",
        texts[0].replace('"actor"', '"actor":"nobody","actor"', 1),
    ):
        assert verify([other]) == Verdict(
            ok=False, first_bad=0, why="the line is not written as it was"
        )


def test_the_export_is_json_lines() -> None:
    texts, _ = example(3)
    exported = "".join(export(texts))

    assert exported.count("\n") == 3
    assert verify(exported.removesuffix("\n").split("\n")) == WHOLE
