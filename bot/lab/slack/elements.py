"""In: one Block Kit element or composition object, and the JSON pointer it stands at.
Out: findings, each a pointer and what is wrong there.
Promise: the limits Slack publishes, also those that slack_sdk's own models let pass.
"""

from collections.abc import Iterator
from typing import Any

Finding = tuple[str, str]
Findings = Iterator[Finding]

STYLES = ("primary", "danger")
SELECTS = frozenset(
    f"{many}{kind}_select"
    for many in ("", "multi_")
    for kind in ("static", "external", "users", "conversations", "channels")
)
BUTTONS = frozenset({"button", "workflow_button", "icon_button", "feedback_buttons"})
PICKERS = frozenset({"datepicker", "timepicker", "datetimepicker"})
CHOICES = frozenset({"checkboxes", "radio_buttons"})
TYPED = frozenset(
    f"{kind}_input"
    for kind in ("plain_text", "email_text", "url_text", "number", "rich_text", "file")
)
IN_ACTIONS = SELECTS | PICKERS | CHOICES | {"button", "workflow_button", "overflow"}
IN_SECTION = IN_ACTIONS | {"image"}
IN_INPUT = SELECTS | PICKERS | CHOICES | TYPED
IN_CONTEXT_ACTIONS = frozenset({"feedback_buttons", "icon_button"})
MAX_ID = 255
MAX_OPTIONS = 100
MAX_CHOICES = 10
MAX_OVERFLOW = 5


def pointer(*steps: object) -> str:
    return "".join(f"/{step}" for step in steps)


def too_long(value: str, most: int) -> bool:
    return len(value) > most


def check_string(value: Any, at: str, most: int, *, least: int = 0) -> Findings:
    if not isinstance(value, str):
        yield at, "must be a string"
    elif len(value) < least:
        yield at, f"must be more than {least - 1} characters"
    elif too_long(value, most):
        yield at, f"must be less than {most + 1} characters"


def check_text(
    value: Any, at: str, most: int, *, kinds: tuple[str, ...] = ("plain_text",)
) -> Findings:
    if not isinstance(value, dict):
        yield at, "must be a text object"
        return
    kind = value.get("type")
    if kind not in kinds:
        yield f"{at}/type", f"must be one of {', '.join(kinds)}"
        return
    yield from check_string(value.get("text"), f"{at}/text", most, least=1)
    for name, whose in (("emoji", "plain_text"), ("verbatim", "mrkdwn")):
        if name in value and kind != whose:
            yield f"{at}/{name}", f"is for {whose} only"
        elif name in value and not isinstance(value[name], bool):
            yield f"{at}/{name}", "must be a boolean"


ANY_TEXT = ("plain_text", "mrkdwn")


def check_confirm(value: Any, at: str) -> Findings:
    if not isinstance(value, dict):
        yield at, "must be a confirm object"
        return
    for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from check_text(value.get(name), f"{at}/{name}", most)
    yield from check_style(value, at)


def check_style(value: dict[str, Any], at: str) -> Findings:
    if "style" in value and value["style"] not in STYLES:
        yield f"{at}/style", f"must be one of {', '.join(STYLES)}"


def check_list(value: Any, at: str, most: int, *, least: int = 1) -> Findings:
    if not isinstance(value, list):
        yield at, "must be a list"
    elif len(value) < least:
        yield at, f"no fewer than {least} items allowed"
    elif len(value) > most:
        yield at, f"no more than {most} items allowed"


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def check_option(value: Any, at: str, *, kinds: tuple[str, ...] = ("plain_text",)) -> Findings:
    if not isinstance(value, dict):
        yield at, "must be an option object"
        return
    yield from check_text(value.get("text"), f"{at}/text", 75, kinds=kinds)
    yield from check_string(value.get("value"), f"{at}/value", 150, least=1)
    if "description" in value:
        yield from check_text(value["description"], f"{at}/description", 75, kinds=kinds)


def check_options(element: dict[str, Any], at: str, most: int, kinds: tuple[str, ...]) -> Findings:
    options = element.get("options")
    yield from check_list(options, f"{at}/options", most)
    seen: set[str] = set()
    for i, option in enumerate(listed(options)):
        yield from check_option(option, f"{at}/options/{i}", kinds=kinds)
        value = option.get("value") if isinstance(option, dict) else None
        if isinstance(value, str):
            if value in seen:
                yield f"{at}/options/{i}/value", "must be unique among the options"
            seen.add(value)


def check_select(element: dict[str, Any], at: str) -> Findings:
    if "placeholder" in element:
        yield from check_text(element["placeholder"], f"{at}/placeholder", 150)
    if not element["type"].endswith("static_select"):
        return
    if "option_groups" not in element:
        yield from check_options(element, at, MAX_OPTIONS, ("plain_text",))
        return
    if "options" in element:
        yield f"{at}/options", "cannot stand beside option_groups"
    groups = element["option_groups"]
    yield from check_list(groups, f"{at}/option_groups", MAX_OPTIONS)
    for i, group in enumerate(listed(groups)):
        place = f"{at}/option_groups/{i}"
        if not isinstance(group, dict):
            yield place, "must be an option group"
            continue
        yield from check_text(group.get("label"), f"{place}/label", 75)
        yield from check_options(group, place, MAX_OPTIONS, ("plain_text",))


def check_button(element: dict[str, Any], at: str) -> Findings:
    kind = element["type"]
    if kind == "feedback_buttons":
        for name in ("positive_button", "negative_button"):
            button = element.get(name)
            if not isinstance(button, dict):
                yield f"{at}/{name}", "must be a feedback button"
                continue
            yield from check_text(button.get("text"), f"{at}/{name}/text", 75)
            yield from check_string(button.get("value"), f"{at}/{name}/value", 2000)
        return
    yield from check_text(element.get("text"), f"{at}/text", 75)
    if kind == "icon_button":
        yield from check_string(element.get("icon"), f"{at}/icon", 75, least=1)
    if "value" in element:
        yield from check_string(element["value"], f"{at}/value", 2000)
    if "url" in element:
        yield from check_string(element["url"], f"{at}/url", 3000, least=1)
    if "accessibility_label" in element:
        yield from check_string(element["accessibility_label"], f"{at}/accessibility_label", 75)
    yield from check_style(element, at)


def check_typed(element: dict[str, Any], at: str) -> Findings:
    if "placeholder" in element:
        yield from check_text(element["placeholder"], f"{at}/placeholder", 150)
    if element["type"] == "number_input" and not isinstance(
        element.get("is_decimal_allowed"), bool
    ):
        yield f"{at}/is_decimal_allowed", "must be a boolean"
    for name, least in (("min_length", 0), ("max_length", 1)):
        length = element.get(name)
        if length is not None and not (isinstance(length, int) and least <= length <= 3000):
            yield f"{at}/{name}", f"must be a number from {least} to 3000"


def check_image(element: dict[str, Any], at: str) -> Findings:
    yield from check_string(element.get("alt_text"), f"{at}/alt_text", 2000, least=1)
    if "slack_file" in element:
        return
    yield from check_string(element.get("image_url"), f"{at}/image_url", 3000, least=1)


def check_element(element: Any, at: str, allowed: frozenset[str]) -> Findings:
    """Any interactive element; `allowed` says which of them this place may hold."""
    if not isinstance(element, dict):
        yield at, "must be an object"
        return
    kind = element.get("type")
    if not isinstance(kind, str) or kind not in allowed:
        yield f"{at}/type", f"unsupported type: {kind}"
        return
    if "action_id" in element:
        yield from check_string(element["action_id"], f"{at}/action_id", MAX_ID, least=1)
    if "confirm" in element:
        yield from check_confirm(element["confirm"], f"{at}/confirm")
    yield from check_by_kind(element, at)


def check_by_kind(element: dict[str, Any], at: str) -> Findings:
    kind = element["type"]
    if kind == "image":
        yield from check_image(element, at)
    elif kind in BUTTONS:
        yield from check_button(element, at)
    elif kind in SELECTS:
        yield from check_select(element, at)
    elif kind == "overflow":
        yield from check_options(element, at, MAX_OVERFLOW, ("plain_text",))
    elif kind in CHOICES:
        yield from check_options(element, at, MAX_CHOICES, ANY_TEXT)
    elif kind in TYPED:
        yield from check_typed(element, at)
    elif "placeholder" in element:
        yield from check_text(element["placeholder"], f"{at}/placeholder", 150)
