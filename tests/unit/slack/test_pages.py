"""In: answers with any number of holders, cases, lines and steps. Out: their pages, and the buttons below.
Promise: all of an answer stands on its pages, each thing once; each page is one that Slack takes, and says which it is.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import CaseLine, CaseList, Explained, Listing, WhoHas
from bot.model import Gap, Holder, Kind, Say, State
from bot.ports import Handle
from bot.slack.answers import draw_answer, draw_shared, parts_of
from bot.slack.pages import PRESSED, pages_of
from bot.words import Language, speaking
from tests.builders import NOW, user
from tests.unit.slack.checks import texts, wrong_with_message
from tests.unit.slack.hostile import GAPS, HOLDERS, TEXTS
from tests.unit.slack.samples import OTHERS, explained
from tests.unit.slack.test_every_card import settled
from tests.unit.slack.test_looks import outline

Json = dict[str, Any]
HANDLE = Handle(id="e-0123456789:answer", may_share=True)


def body_of(answer: object) -> str:
    return msgspec.json.encode(answer).decode()


def pages(shape: str, answer: object, *, full: bool = True) -> list[tuple[str, list[Json]]]:
    """As they are turned over: one draw a page, until there is no Next."""
    drawn = []
    for number in range(1000):
        drawn.append(
            draw_answer(shape, body_of(answer), full=full, handle=replace(HANDLE, page=number))
        )
        if "answer_next" not in buttons(drawn[-1][1]):
            return drawn
    raise AssertionError("it never ends")


def buttons(blocks: list[Json]) -> dict[str, str]:
    return {
        element["action_id"]: element["value"]
        for block in blocks
        if block["type"] == "actions"
        for element in block["elements"]
    }


def held_by(count: int, *, length: int = 12) -> WhoHas:
    holders = (
        user(f"{number:05}", ad={"name": f"{number:05}{'x' * (length - 5)}"}, cloud={})
        for number in range(count)
    )
    return WhoHas(
        asked="x", value="x@contoso.com", kind=Kind.ADDRESS, holders=tuple(holders), gaps=()
    )


def rows_of(drawn: list[tuple[str, list[Json]]]) -> Iterator[list[Json]]:
    for _, blocks in drawn:
        for block in blocks:
            if block["type"] == "table":
                yield from block["rows"][1:]


@settled(8)
@given(st.integers(0, 200), st.integers(5, 400))
def test_each_holder_stands_on_exactly_one_page(count: int, length: int) -> None:
    found = held_by(count, length=length)
    drawn = pages("whohas", found)
    names = [next(texts(row[0], ("text",)))[:5] for row in rows_of(drawn)]

    assert names == [f"{number:05}" for number in range(count)]
    assert [w for text, blocks in drawn for w in wrong_with_message(text, blocks)] == []


@settled(5)
@given(st.data())
def test_as_many_rows_as_holders_whatever_they_are_called(data: st.DataObject) -> None:
    many: list[Holder] = data.draw(HOLDERS) * data.draw(st.sampled_from([0, 1, 5]))
    found = replace(held_by(0), holders=tuple(many), gaps=data.draw(GAPS))
    drawn = pages("whohas", found, full=data.draw(st.booleans()))

    assert len(list(rows_of(drawn))) == len(many)
    assert [w for text, blocks in drawn for w in wrong_with_message(text, blocks)] == []


def listed(count: int) -> CaseList:
    lines = (
        CaseLine(
            id=f"c-{number:05}",
            state=State.PENDING,
            code="C01",
            title=Say("Two people list {value}", {"value": f"p{number}@contoso.com"}),
            first_seen=NOW,
        )
        for number in range(count)
    )
    return CaseList(asked="", cases=tuple(lines), all=count)


@pytest.mark.parametrize("count", [0, 1, 20, 21, 200, 5000])
def test_each_case_of_a_list_stands_on_exactly_one_page(count: int) -> None:
    parts = parts_of("cases", body_of(listed(count)), full=False)[1]
    seen = Counter(
        said
        for blocks in pages_of(parts)
        for said in texts(blocks, ("text",))
        if said.startswith("c-")
    )

    assert seen == Counter(f"c-{number:05}" for number in range(count))


def test_the_pages_of_a_list_of_thousands_are_each_within_limits() -> None:
    drawn = [
        draw_answer("cases", body_of(listed(5000)), full=False, handle=replace(HANDLE, page=number))
        for number in (0, 1, 124, 249, 10_000)
    ]

    assert [w for text, blocks in drawn for w in wrong_with_message(text, blocks)] == []
    assert "Page 2 of 250" in outline(drawn[1][1])
    assert buttons(drawn[3][1]) == buttons(drawn[4][1])


@settled(20)
@given(st.lists(TEXTS, max_size=60), st.sampled_from(Language))
def test_each_line_stands_on_exactly_one_page(words: list[str], language: Language) -> None:
    says = tuple(
        Say("{number}: {name}", {"number": f"n{n}.", "name": w}) for n, w in enumerate(words)
    )
    with speaking(language):
        drawn = pages("list", Listing(title=Say("Lines"), lines=says))
    told = [
        said.partition(".")[0]
        for _, blocks in drawn
        for said in texts(blocks, ("text",))
        if said.startswith("n") and said.endswith(".")
    ]

    assert [t for t in told if t[1:].isdecimal()] == [f"n{n}" for n in range(len(words))]


def test_every_value_that_was_pasted_is_examined_on_a_page_of_its_own() -> None:
    one = explained()
    many = replace(one, examined=one.examined * 7, errors=one.errors * 30)
    drawn = pages("explained", many)
    looks = [outline(blocks) for _, blocks in drawn]

    assert sum(look.count("*C01*: Two people") for look in looks) == 7
    assert max(look.count("*C01*: Two people") for look in looks) == 1
    assert sum(look.count("held by c-1") for look in looks) == 30 * len(one.errors)
    assert "more values were looked up" not in "".join(looks)
    assert [w for text, blocks in drawn for w in wrong_with_message(text, blocks)] == []


def test_every_step_of_a_long_way_is_told_with_its_command() -> None:
    one: Explained = explained()
    [first, *_] = one.examined
    by_hand = OTHERS["two accounts of one person"].diagnosis
    assert by_hand is not None
    [book, *_] = by_hand.runbooks
    steps = tuple(
        replace(book.steps[-1], command=f"Get-Thing {number:03} {'y' * 700}")
        for number in range(60)
    )
    long = replace(first.diagnosis, runbooks=(replace(book, steps=steps),))
    drawn = pages("explained", replace(one, examined=(replace(first, diagnosis=long),)))
    said = "".join(outline(blocks) for _, blocks in drawn)

    assert [said.count(f"Get-Thing {number:03}") for number in range(60)] == [1] * 60
    assert "not all" not in said


def test_what_could_not_be_read_stands_on_the_first_page() -> None:
    found = replace(held_by(50), gaps=(Gap("AD corp", "recycle bin", "no right to read it"),))
    drawn = pages("whohas", found)

    assert ["no right to read it" in outline(blocks) for _, blocks in drawn] == [
        number == 0 for number in range(len(drawn))
    ]


def test_what_fits_on_one_page_has_no_number_and_nothing_to_turn() -> None:
    [(_, blocks)] = pages("whohas", held_by(3))

    assert list(buttons(blocks)) == ["answer_share"]
    assert "Page" not in outline(blocks)


def test_the_first_page_has_no_previous_and_the_last_no_next() -> None:
    drawn = pages("whohas", held_by(45), full=False)
    turns = [[name for name in buttons(blocks) if name != "answer_share"] for _, blocks in drawn]

    assert turns == [["answer_next"], ["answer_previous", "answer_next"], ["answer_previous"]]
    assert [f"Page {n} of 3" in outline(b) for n, (_, b) in enumerate(drawn, 1)] == [True] * 3


def test_a_button_names_the_answer_and_the_page_and_nothing_else() -> None:
    _, blocks = pages("whohas", held_by(45), full=False)[1]
    seen = {name: PRESSED.match(value) for name, value in buttons(blocks).items()}

    assert {name: (m["answer"], m["page"]) for name, m in seen.items() if m} == {
        "answer_previous": (HANDLE.id, "0"),
        "answer_next": (HANDLE.id, "2"),
        "answer_share": (HANDLE.id, "1"),
    }


def test_a_block_that_changes_with_the_page_has_another_id() -> None:
    drawn = pages("whohas", held_by(60), full=False)
    names = [{block["block_id"] for block in blocks} for _, blocks in drawn]

    assert not set.intersection(*names)


@pytest.mark.parametrize(
    ("may_share", "shared", "offered"),
    [(True, False, True), (True, True, False), (False, False, False), (False, True, False)],
)
def test_who_may_share_what_is_not_shared_yet_is_offered_it(
    *, may_share: bool, shared: bool, offered: bool
) -> None:
    handle = replace(HANDLE, may_share=may_share, shared=shared)
    _, blocks = draw_answer("whohas", body_of(held_by(1)), full=True, handle=handle)

    assert ("answer_share" in buttons(blocks)) is offered
    assert ("You have shown this to everybody here" in outline(blocks)) is shared


def test_in_a_channel_there_is_nothing_to_press_and_the_page_is_named() -> None:
    _, blocks = draw_shared("whohas", body_of(held_by(45)), by="U0INGRID01", page=1)

    assert buttons(blocks) == {}
    assert "Page 2 of 3" in outline(blocks)
    assert "@U0INGRID01 has asked this" in outline(blocks)
    assert "DN to copy" not in outline(blocks)


@pytest.mark.parametrize("name", ["<!channel>", "<@U0INGRID01>", "ingrid", "U0INGRID01>x"])
def test_whoever_is_said_to_share_is_mentioned_by_an_id_only(name: str) -> None:
    _, blocks = draw_shared("whohas", body_of(held_by(1)), by=name)

    assert '"user_id"' not in msgspec.json.encode(blocks).decode()
    assert wrong_with_message("x", blocks) == []
