"""In: blocks and views at a limit, and one step beyond it.
Out: what the lab's validator finds there.
Promise: each published limit is held at the number, on both sides of it.
"""

from typing import Any

import pytest

from bot.lab.slack.blocks import check_blocks, check_view, escaped_bytes, only_one_table

Json = dict[str, Any]


def plain(length: int = 1) -> Json:
    return {"type": "plain_text", "text": "a" * length}


def mrkdwn(length: int = 1) -> Json:
    return {"type": "mrkdwn", "text": "a" * length}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(), **more}


def option(value: str = "v", **more: Any) -> Json:
    return {"text": plain(), "value": value, **more}


def options(count: int) -> list[Json]:
    return [option(str(i)) for i in range(count)]


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def select(**more: Any) -> Json:
    return {"type": "static_select", **more}


def accessory(element: Json) -> Json:
    return {"type": "section", "text": mrkdwn(), "accessory": element}


def confirm(**more: Json) -> Json:
    words = {"title": plain(), "text": plain(), "confirm": plain(), "deny": plain()}
    return actions(button(confirm={**words, **more}))


def table(rows: int, cells: int = 1) -> Json:
    row = [{"type": "raw_text", "text": "a"}] * cells
    return {"type": "table", "rows": [row] * rows}


def data_table(rows: int, **more: Any) -> Json:
    return {"type": "data_table", "caption": "c", "rows": table(rows)["rows"], **more}


def inputs(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain(), "element": element, **more}


def typed(**more: Any) -> Json:
    return {"type": "plain_text_input", **more}


def image(**more: Any) -> Json:
    return {"type": "image", "image_url": "u", "alt_text": "a", **more}


def container(**more: Any) -> Json:
    return {"type": "container", "title": plain(), "child_blocks": [{"type": "divider"}], **more}


# what, the longest that is taken, and the pointer of what is found one step beyond
LIMITS: list[tuple[str, Any, int, str]] = [
    ("header", lambda n: {"type": "header", "text": plain(n)}, 150, "/text/text"),
    ("section text", lambda n: {"type": "section", "text": mrkdwn(n)}, 3000, "/text/text"),
    (
        "section field",
        lambda n: {"type": "section", "fields": [mrkdwn(n)]},
        2000,
        "/fields/0/text",
    ),
    ("section fields", lambda n: {"type": "section", "fields": [mrkdwn()] * n}, 10, "/fields"),
    ("context", lambda n: {"type": "context", "elements": [mrkdwn()] * n}, 10, "/elements"),
    ("actions", lambda n: actions(*[button()] * n), 25, "/elements"),
    ("block_id", lambda n: {"type": "divider", "block_id": "b" * n}, 255, "/block_id"),
    ("action_id", lambda n: actions(button(action_id="a" * n)), 255, "/elements/0/action_id"),
    ("button text", lambda n: actions(button(text=plain(n))), 75, "/elements/0/text/text"),
    ("button value", lambda n: actions(button(value="v" * n)), 2000, "/elements/0/value"),
    ("button url", lambda n: actions(button(url="u" * n)), 3000, "/elements/0/url"),
    (
        "aria label",
        lambda n: actions(button(accessibility_label="a" * n)),
        75,
        "/elements/0/accessibility_label",
    ),
    (
        "overflow",
        lambda n: actions({"type": "overflow", "options": options(n)}),
        5,
        "/elements/0/options",
    ),
    ("select", lambda n: actions(select(options=options(n))), 100, "/elements/0/options"),
    (
        "select groups",
        lambda n: actions(select(option_groups=[{"label": plain(), "options": options(1)}] * n)),
        100,
        "/elements/0/option_groups",
    ),
    (
        "checkboxes",
        lambda n: actions({"type": "checkboxes", "options": options(n)}),
        10,
        "/elements/0/options",
    ),
    (
        "radio buttons",
        lambda n: actions({"type": "radio_buttons", "options": options(n)}),
        10,
        "/elements/0/options",
    ),
    (
        "option text",
        lambda n: actions(select(options=[option(text=plain(n))])),
        75,
        "/elements/0/options/0/text/text",
    ),
    (
        "option value",
        lambda n: actions(select(options=[option("v" * n)])),
        150,
        "/elements/0/options/0/value",
    ),
    (
        "option description",
        lambda n: actions(select(options=[option(description=plain(n))])),
        75,
        "/elements/0/options/0/description/text",
    ),
    (
        "placeholder",
        lambda n: actions(select(options=options(1), placeholder=plain(n))),
        150,
        "/elements/0/placeholder/text",
    ),
    ("confirm title", lambda n: confirm(title=plain(n)), 100, "/elements/0/confirm/title/text"),
    ("confirm text", lambda n: confirm(text=plain(n)), 300, "/elements/0/confirm/text/text"),
    ("confirm yes", lambda n: confirm(confirm=plain(n)), 30, "/elements/0/confirm/confirm/text"),
    ("confirm no", lambda n: confirm(deny=plain(n)), 30, "/elements/0/confirm/deny/text"),
    ("input label", lambda n: inputs(typed(), label=plain(n)), 2000, "/label/text"),
    ("input hint", lambda n: inputs(typed(), hint=plain(n)), 2000, "/hint/text"),
    ("input max_length", lambda n: inputs(typed(max_length=n)), 3000, "/element/max_length"),
    ("markdown", lambda n: {"type": "markdown", "text": "a" * n}, 12_000, "/text"),
    ("table rows", table, 100, "/rows"),
    ("table cells", lambda n: table(1, n), 20, "/rows/0"),
    ("data table rows", data_table, 101, "/rows"),
    ("data table page", lambda n: data_table(1, page_size=n), 100, "/page_size"),
    ("image alt text", lambda n: image(alt_text="a" * n), 2000, "/alt_text"),
    ("image url", lambda n: image(image_url="a" * n), 3000, "/image_url"),
    ("card title", lambda n: {"type": "card", "title": plain(n)}, 150, "/title/text"),
    (
        "card subtitle",
        lambda n: {"type": "card", "title": plain(), "subtitle": plain(n)},
        150,
        "/subtitle/text",
    ),
    ("card body", lambda n: {"type": "card", "body": mrkdwn(n)}, 200, "/body/text"),
    (
        "carousel",
        lambda n: {"type": "carousel", "elements": [{"type": "card", "title": plain()}] * n},
        10,
        "/elements",
    ),
    ("container title", lambda n: container(title=plain(n)), 150, "/title/text"),
    (
        "container children",
        lambda n: container(child_blocks=[{"type": "divider"}] * n),
        10,
        "/child_blocks",
    ),
    (
        "context actions",
        lambda n: {
            "type": "context_actions",
            "elements": [{"type": "icon_button", "icon": "trash", "text": plain()}] * n,
        },
        5,
        "/elements",
    ),
]


@pytest.mark.parametrize(("make", "most", "place"), [pytest.param(*x[1:], id=x[0]) for x in LIMITS])
def test_at_the_limit_and_one_beyond(make: Any, most: int, place: str) -> None:
    assert check_blocks([make(most)], "message") == []
    beyond = [pointer for pointer, _ in check_blocks([make(most + 1)], "message")]
    assert f"/blocks/0{place}" in beyond


WRONG: list[tuple[str, Json, str]] = [
    ("no such block", {"type": "sectoin"}, "/type"),
    ("not an object", {"type": ["section"]}, "/type"),
    ("section without words", {"type": "section"}, ""),
    ("empty text", {"type": "section", "text": {"type": "mrkdwn", "text": ""}}, "/text/text"),
    ("header in mrkdwn", {"type": "header", "text": mrkdwn()}, "/text/type"),
    ("confirm in mrkdwn", confirm(text=mrkdwn()), "/elements/0/confirm/text/type"),
    ("unknown style", actions(button(style="green")), "/elements/0/style"),
    ("input in actions", actions(typed()), "/elements/0/type"),
    ("button in input", inputs(button()), "/element/type"),
    ("actions without elements", actions(), "/elements"),
    (
        "action_id twice",
        actions(button(action_id="a"), button(action_id="a")),
        "/elements/1/action_id",
    ),
    (
        "value twice",
        actions(select(options=[option("v"), option("v")])),
        "/elements/0/options/1/value",
    ),
    ("select without options", actions(select()), "/elements/0/options"),
    (
        "options beside groups",
        actions(select(options=options(1), option_groups=[])),
        "/elements/0/options",
    ),
    ("feedback without buttons", accessory({"type": "feedback_buttons"}), "/accessory/type"),
    ("image without alt text", {"type": "image", "image_url": "u"}, "/alt_text"),
    ("uneven table", {"type": "table", "rows": [*table(1)["rows"], []]}, "/rows"),
    (
        "unknown cell",
        {"type": "table", "rows": [[{"type": "plain_text", "text": "a"}]]},
        "/rows/0/0/type",
    ),
    (
        "unknown align",
        {**table(1), "column_settings": [{"align": "middle"}]},
        "/column_settings/0/align",
    ),
    (
        "number that is none",
        {"type": "table", "rows": [[{"type": "raw_number", "value": "1"}]]},
        "/rows/0/0/value",
    ),
    ("data table without caption", {"type": "data_table", "rows": table(1)["rows"]}, "/caption"),
    (
        "rich text in mrkdwn",
        {"type": "rich_text", "elements": [mrkdwn()]},
        "/elements/0/type",
    ),
    (
        "unknown list style",
        {"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": []}]},
        "/elements/0/style",
    ),
    (
        "unknown text style",
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [{"type": "text", "text": "a", "style": {"big": True}}],
                }
            ],
        },
        "/elements/0/elements/0/style",
    ),
    ("unknown alert", {"type": "alert", "text": plain(), "level": "loud"}, "/level"),
    ("empty card", {"type": "card", "subtitle": plain()}, ""),
    ("collapsed for ever", container(default_collapsed=True), "/default_collapsed"),
    ("number without decimals", inputs({"type": "number_input"}), "/element/is_decimal_allowed"),
]


@pytest.mark.parametrize(("block", "place"), [pytest.param(*x[1:], id=x[0]) for x in WRONG])
def test_what_is_wrong_is_found_where_it_stands(block: Json, place: str) -> None:
    assert f"/blocks/0{place}" in [pointer for pointer, _ in check_blocks([block], "message")]


@pytest.mark.parametrize(("surface", "most"), [("message", 50), ("modal", 100), ("home", 100)])
def test_how_many_blocks(surface: str, most: int) -> None:
    divider = {"type": "divider"}

    assert check_blocks([divider] * most, surface) == []
    assert [("/blocks", f"no more than {most} items allowed")] == check_blocks(
        [divider] * (most + 1), surface
    )


def test_a_block_id_stands_once() -> None:
    twice = [{"type": "divider", "block_id": "b"}] * 2

    assert check_blocks(twice, "message") == [
        ("/blocks/1/block_id", "must be unique in the message")
    ]


def test_markdown_is_counted_over_the_message() -> None:
    half: Json = {"type": "markdown", "text": "a" * 6001}

    assert [pointer for pointer, _ in check_blocks([half, half], "message")] == ["/blocks"]


def test_a_table_is_for_messages_only_and_once() -> None:
    assert [pointer for pointer, _ in check_blocks([table(1)], "modal")] == ["/blocks/0/type"]
    assert (
        only_one_table([table(1)]),
        only_one_table([table(1), data_table(1)]),
    ) == (True, False)


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain(), "blocks": [], **more}


@pytest.mark.parametrize(
    ("good", "bad", "pointer"),
    [
        (modal(title=plain(24)), modal(title=plain(25)), "/view/title/text"),
        (modal(submit=plain(24)), modal(submit=plain(25)), "/view/submit/text"),
        (modal(close=plain(24)), modal(close=plain(25)), "/view/close/text"),
        (
            modal(private_metadata="m" * 3000),
            modal(private_metadata="m" * 3001),
            "/view/private_metadata",
        ),
        (modal(callback_id="c" * 255), modal(callback_id="c" * 256), "/view/callback_id"),
        (
            modal(blocks=[inputs(typed())], submit=plain()),
            modal(blocks=[inputs(typed())]),
            "/view/submit",
        ),
        ({"type": "home", "blocks": []}, {"type": "page", "blocks": []}, "/view/type"),
    ],
)
def test_views(good: Json, bad: Json, pointer: str) -> None:
    assert check_view(good) == []
    assert [pointer] == [place for place, _ in check_view(bad)]


@pytest.mark.parametrize(
    ("text", "length"), [("abc", 3), ("å", 2), ("a & b", 9), ("a &amp; b", 9), ("<@U1>", 11)]
)
def test_an_update_is_counted_in_escaped_bytes(text: str, length: int) -> None:
    assert length == escaped_bytes(text)
