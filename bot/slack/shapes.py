"""In: nothing. Out: what Slack takes, as one table: each kind of block and element that we draw, its fields and their limits.
From Slack's reference and from what slack_sdk's models leave out; `limits` reads it.
Promise: a kind that is not here is one that this bot does not draw.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
PLAIN = ("plain_text",)
ANY = ("plain_text", "mrkdwn")


@dataclass(frozen=True, slots=True)
class Words:
    """A string. `shown`: people read it, so that it may be cut where it is too long."""

    most: int
    least: int = 1
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A text object."""

    most: int
    kinds: tuple[str, ...] = PLAIN


@dataclass(frozen=True, slots=True)
class Number:
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Choice:
    among: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Many:
    most: int
    of: "Rule"
    least: int = 1
    gaps: bool = False  # null stands for "as usual"


@dataclass(frozen=True, slots=True)
class Kinds:
    """An object that says by its `type` which of these it is."""

    known: "Mapping[str, Shape]"


@dataclass(frozen=True, slots=True)
class Shape:
    fields: "Mapping[str, Rule]" = field(default_factory=dict)
    needed: frozenset[str] = frozenset()
    also: Callable[[Json], bool] | None = None


Rule = Words | Text | Number | Choice | Many | Kinds | Shape


def text_of(kind: str, most: int) -> Shape:
    """A text object of one kind: only one of them is marked up, only the other one knows :tada:."""
    sign, never = (Choice((True, False)), Choice(()))
    rules: dict[str, Rule] = {
        "text": Words(most, shown=True),
        "emoji": sign if kind == "plain_text" else never,
        "verbatim": sign if kind == "mrkdwn" else never,
    }
    return Shape(rules, frozenset({"text"}))


def _all(**rules: Rule) -> Shape:
    """All of these fields have to be there."""
    return Shape(rules, frozenset(rules))


def _with(shape: Shape, **rules: Rule) -> Shape:
    """These may be there too."""
    return Shape({**shape.fields, **rules}, shape.needed, shape.also)


def _differ(items: object, name: str) -> bool:
    given = [i[name] for i in items if name in i] if isinstance(items, list) else []
    return len(given) == len(set(given))


_ID = Words(255)
_STYLE = Choice(("primary", "danger"))
CONFIRM = _with(
    _all(title=Text(100), text=Text(300), confirm=Text(30), deny=Text(30)), style=_STYLE
)


def _options(most: int, kinds: tuple[str, ...] = PLAIN) -> Many:
    one = _all(text=Text(75, kinds), value=Words(150))
    return Many(most, _with(one, description=Text(75, kinds)))


def _element(shape: Shape) -> Shape:
    return _with(shape, action_id=_ID, confirm=CONFIRM)


def _told_apart(chosen: Json) -> bool:
    return _differ(chosen.get("options"), "value")


def _chosen(most: int, kinds: tuple[str, ...] = PLAIN) -> Shape:
    rules = {"options": _options(most, kinds)}
    return _element(Shape(rules, frozenset(rules), _told_apart))


def _typed(**rules: Rule) -> Shape:
    return _element(Shape({"placeholder": Text(150), **rules}))


def _one_list(select: Json) -> bool:
    """Options, or groups of them; never both."""
    one = ("options" in select) != ("option_groups" in select)
    return one and _told_apart(select)


_BUTTON = _with(
    _element(_all(text=Text(75))),
    value=Words(2000, least=0),
    url=Words(3000),
    accessibility_label=Words(75, least=0),
    style=_STYLE,
)
_GROUP: Mapping[str, "Rule"] = {"label": Text(75), "options": _options(100)}
_GROUPS = Many(100, Shape(_GROUP, frozenset(_GROUP), _told_apart))
_SELECT = _element(
    Shape(
        {"placeholder": Text(150), "options": _options(100), "option_groups": _GROUPS},
        also=_one_list,
    )
)
_PICKERS = {"datepicker": _typed(), "timepicker": _typed(), "datetimepicker": _element(Shape())}
_CHOICES = {"checkboxes": _chosen(10, ANY), "radio_buttons": _chosen(10, ANY)}
_PEOPLE = {name: _typed() for name in ("users_select", "channels_select", "conversations_select")}
_LENGTHS = {"min_length": Number(0, 3000), "max_length": Number(1, 3000)}
IMAGE = _all(image_url=Words(3000), alt_text=Words(2000))
IN_ACTIONS = {
    "button": _BUTTON,
    "overflow": _chosen(5),
    "static_select": _SELECT,
    **_PICKERS,
    **_CHOICES,
    **_PEOPLE,
}
IN_INPUT = {
    "static_select": _SELECT,
    **_PICKERS,
    **_CHOICES,
    **_PEOPLE,
    "plain_text_input": _typed(**_LENGTHS),
    "number_input": Shape(
        {**_typed().fields, "is_decimal_allowed": Choice((True, False))},
        frozenset({"is_decimal_allowed"}),
    ),
}

_STYLES = Shape({name: Choice((True, False)) for name in ("bold", "italic", "strike", "code")})
_RUNS = {
    "text": _with(_all(text=Words(3000)), style=_STYLES),
    "emoji": _all(name=Words(3000)),
    "link": _with(_all(url=Words(3000)), text=Words(3000, least=0, shown=True), style=_STYLES),
    "user": _all(user_id=Words(3000)),
    "date": _with(_all(timestamp=Number(0, 1 << 40), format=Words(3000)), fallback=Words(3000)),
}
_SECTION = _all(elements=Many(1000, Kinds(_RUNS), least=0))
_RICH = {
    "rich_text_section": _SECTION,
    "rich_text_quote": _SECTION,
    "rich_text_preformatted": _all(elements=Many(1000, Kinds({"text": _RUNS["text"]}), least=0)),
    "rich_text_list": _all(
        style=Choice(("bullet", "ordered")),
        elements=Many(1000, Kinds({"rich_text_section": _SECTION}), least=0),
    ),
}
RICH_TEXT = _all(elements=Many(1000, Kinds(_RICH)))
_CELLS = {"raw_text": _all(text=Words(3000, shown=True)), "rich_text": RICH_TEXT}
_COLUMN = Shape({"align": Choice(("left", "center", "right"))})


def _even(table: Json) -> bool:
    rows = table.get("rows")
    return len({len(row) for row in rows}) <= 1 if isinstance(rows, list) else False


def _says_something(section: Json) -> bool:
    return "text" in section or "fields" in section


_BLOCKS = {
    "header": _all(text=Text(150)),
    "divider": Shape(),
    "section": Shape(
        {
            "text": Text(3000, ANY),
            "fields": Many(10, Text(2000, ANY)),
            "accessory": Kinds({**IN_ACTIONS, "image": IMAGE}),
        },
        also=_says_something,
    ),
    "context": _all(
        elements=Many(10, Kinds({"image": IMAGE, **{kind: text_of(kind, 3000) for kind in ANY}}))
    ),
    "actions": Shape(
        {"elements": Many(25, Kinds(IN_ACTIONS))},
        frozenset({"elements"}),
        lambda block: _differ(block.get("elements"), "action_id"),
    ),
    "input": _with(
        _all(label=Text(2000), element=Kinds(IN_INPUT)),
        hint=Text(2000),
        optional=Choice((True, False)),
    ),
    "image": _with(IMAGE, title=Text(2000)),
    "rich_text": RICH_TEXT,
    "table": Shape(
        {
            "rows": Many(100, Many(20, Kinds(_CELLS))),
            "column_settings": Many(20, _COLUMN, least=0, gaps=True),
        },
        frozenset({"rows"}),
        _even,
    ),
}
BLOCKS = {kind: _with(shape, block_id=_ID) for kind, shape in _BLOCKS.items()}
MESSAGES_ONLY = ("table",)
MAX_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MODAL = _with(
    _all(title=Text(24)),
    submit=Text(24),
    close=Text(24),
    private_metadata=Words(3000, least=0),
    callback_id=Words(255, least=0),
    external_id=Words(255, least=0),
)
