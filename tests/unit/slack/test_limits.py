"""In: blocks that Slack takes, and blocks that it would refuse. Out: what our validator finds, and what is sent instead.
Promise: it agrees with the lab's, which shares no line with it; no card is refused; no change is cut and still approved.
"""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.lab.slack.blocks import check_blocks, check_view, only_one_table
from bot.slack.limits import faults, faults_of_view, within, within_view
from bot.slack.shapes import BLOCKS, IN_ACTIONS, IN_INPUT
from bot.slack.words import MAX_RUN, preformatted, rich, section
from tests.unit.lab_slack.test_blocks import LIMITS, WRONG, modal, plain
from tests.unit.slack.samples import samples

Json = dict[str, Any]
LOOKS = {name: draw() for name, draw in samples().items()}
MESSAGES = [look.blocks for look in LOOKS.values() if look.view is None]
VIEWS = [look.view for look in LOOKS.values() if look.view is not None]
OURS = {*BLOCKS, *IN_ACTIONS, *IN_INPUT, "raw_text"}


def sound_to_the_lab(blocks: list[Json]) -> bool:
    return check_blocks(blocks, "message") == [] and only_one_table(blocks)


def kinds_of(node: object) -> set[str]:
    """Of blocks and elements, however deep."""
    if isinstance(node, list):
        return set().union(*(kinds_of(child) for child in node))
    if not isinstance(node, dict):
        return set()
    own = {node["type"]} if isinstance(node.get("type"), str) else set()
    return own.union(*(kinds_of(child) for child in node.values()))


def is_ours(block: Json) -> bool:
    return kinds_of(block) <= OURS | {"plain_text", "mrkdwn"}


@pytest.mark.parametrize("name", LOOKS)
def test_every_sample_is_sent_as_it_was_drawn(name: str) -> None:
    look = LOOKS[name]
    if look.view is not None:
        assert faults_of_view(look.view) == []
        assert within_view(look.view) == look.view
    else:
        assert faults(look.blocks) == []
        assert within(look.blocks) == [*look.blocks]


@pytest.mark.parametrize(
    ("make", "most"),
    [pytest.param(make, most, id=name) for name, make, most, _ in LIMITS if is_ours(make(1))],
)
def test_at_a_limit_of_slack_and_one_beyond(make: Any, most: int) -> None:
    assert faults([make(most)]) == []
    assert faults([make(most + 1)]) != []
    assert sound_to_the_lab(within([make(most + 1)]))


@pytest.mark.parametrize(
    "block", [pytest.param(block, id=name) for name, block, _ in WRONG if is_ours(block)]
)
def test_what_slack_refuses_is_found_and_gives_way(block: Json) -> None:
    assert faults([block]) != []
    assert sound_to_the_lab(within([block]))


def _spots(node: object, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in it."""
    inner = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    return [at, *(spot for name, child in inner for spot in _spots(child, (*at, name)))]


@st.composite
def broken(draw: st.DrawFn, wholes: list[Any]) -> Any:
    """A sample in which a few things were changed for the worse."""
    whole = deepcopy(draw(st.sampled_from(wholes)))
    whole = [*whole] if isinstance(whole, tuple) else whole
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(_spots(whole)[1:]))
        holder = whole
        for name in way:
            holder = holder[name]
        holder[last] = draw(_worse(holder[last]))
    return whole


def _worse(value: object) -> st.SearchStrategy[Any]:
    changed: list[Any] = [None, 7, "", {}, []]
    if isinstance(value, str):
        changed += [value + "x" * more for more in (20, 70, 200, 2_000, 4_000)] * 2
    if isinstance(value, list):
        changed += [(value * 120)[:most] for most in (2, 11, 26, 51, 101)] * 2
    return st.sampled_from(changed)


def only_blocks(whole: list[Any]) -> list[Json]:
    return [block for block in whole if isinstance(block, dict)]


@given(broken(MESSAGES))
def test_our_validator_and_the_labs_say_the_same(blocks: list[Json]) -> None:
    blocks = only_blocks(blocks)

    assert (faults(blocks) == []) == sound_to_the_lab(blocks)


@given(broken(MESSAGES))
def test_whatever_is_wrong_with_a_card_slack_takes_what_is_sent(blocks: list[Json]) -> None:
    blocks = only_blocks(blocks)

    sent = within(blocks)

    assert faults(sent) == []
    assert sound_to_the_lab(sent)


@given(broken([view["blocks"] for view in VIEWS]))
def test_whatever_is_wrong_with_a_dialog_slack_takes_what_is_opened(blocks: list[Json]) -> None:
    blocks = only_blocks(blocks)

    sent = within_view(modal(blocks=blocks, submit=plain()))

    assert faults_of_view(sent) == []
    assert check_view(sent) == []


def change(text: str) -> Json:
    return rich("fix", preformatted(text))


def approve(*more: Json) -> Json:
    names = ("fix_approve", "fix_reject", "fix_details")
    buttons = [{"type": "button", "text": plain(), "action_id": name} for name in names]
    return {"type": "actions", "elements": [*buttons, *more]}


def actions_of(blocks: list[Json]) -> list[str]:
    return [e["action_id"] for b in blocks if b["type"] == "actions" for e in b["elements"]]


def test_a_long_change_is_shown_whole() -> None:
    text = "- smtp:" + "x" * 3 * MAX_RUN
    sent = within([change(text), approve()])

    runs = sent[0]["elements"][0]["elements"]
    assert "".join(run["text"] for run in runs) == text
    assert "fix_approve" in actions_of(sent)


def test_a_change_that_has_no_room_cannot_be_approved() -> None:
    many = rich("fix", *(preformatted("- smtp:x") for _ in range(1001)))

    assert actions_of(within([many, approve()])) == ["fix_reject", "fix_details"]


def test_a_dialog_that_has_no_room_for_the_change_asks_for_nothing() -> None:
    many = rich("fix", *(preformatted("- smtp:x") for _ in range(1001)))
    typed = {"type": "plain_text_input", "action_id": "v"}
    asked = {"type": "input", "block_id": "reason", "label": plain(), "element": typed}

    sent = within_view(modal(blocks=[many, asked], submit=plain()))

    assert "submit" not in sent
    assert [block["type"] for block in sent["blocks"]] == ["rich_text"]


def test_of_too_many_parts_the_buttons_stay() -> None:
    lines = [rich(f"b{n}", section({"type": "text", "text": str(n)})) for n in range(80)]
    sent = within([*lines, approve()])

    assert len(sent) == 50
    assert "have no room here" in repr(sent[48])
    assert "'32'" in repr(sent[48])
    assert actions_of(sent) == ["fix_approve", "fix_reject", "fix_details"]


def test_a_message_that_is_too_long_as_a_whole_loses_rows_and_never_the_change() -> None:
    row = [{"type": "raw_text", "text": "x" * 300}] * 4
    table = {"type": "table", "rows": [row] * 22}
    sent = within([table, change("- smtp:john@contoso.com"), approve()])

    assert len(sent[0]["rows"]) == 6
    assert "and 17 more, for which" in sent[0]["rows"][-1][0]["text"]
    assert sent[1] == change("- smtp:john@contoso.com")
    assert "fix_approve" in actions_of(sent)


def test_a_table_that_counted_already_what_it_left_out_counts_that_too() -> None:
    row = [{"type": "raw_text", "text": "x" * 300}] * 4
    counted = [{"type": "raw_text", "text": text} for text in ("… and 180 more", " ", " ", " ")]
    sent = within([{"type": "table", "rows": [row] * 21 + [counted]}])

    assert [cells[0]["text"][:14] for cells in sent[0]["rows"][-2:]] == [
        "… and 16 more,",
        "… and 180 more",
    ]


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("<!channel> hi", "&lt;!channel&gt; hi"),
        ("<https://evil.example|ok>", "&lt;https://evil.example|ok&gt;"),
        ("<@U0INGRID01>", "<@U0INGRID01>"),
        ("<!date^1^{date} {time}|then>", "<!date^1^{date} {time}|then>"),
        ("&lt;x&gt;", "&lt;x&gt;"),
        ("a\u202eb", "a<U+202E>b".replace("<", "&lt;").replace(">", "&gt;")),
    ],
)
def test_what_is_not_ours_is_not_obeyed(written: str, sent: str) -> None:
    block = {"type": "context", "elements": [{"type": "mrkdwn", "text": written}]}

    assert within([block])[0]["elements"][0]["text"] == sent
