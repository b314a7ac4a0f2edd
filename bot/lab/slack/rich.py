"""In: one rich_text, table or data_table block, and the JSON pointer it stands at.
Out: findings, each a pointer and what is wrong there.
Promise: no cell and no element is left unread.
"""

from typing import Any

from bot.lab.slack.elements import Findings, check_list, check_string, check_text, listed

MAX_ROWS = 100
MAX_CELLS = 20
MAX_TEXT = 3000
STYLED = frozenset(
    {"bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"}
)
INLINE = {
    "text": "text",
    "link": "url",
    "emoji": "name",
    "user": "user_id",
    "usergroup": "usergroup_id",
    "channel": "channel_id",
    "team": "team_id",
    "broadcast": "range",
    "color": "value",
    "date": "timestamp",
}
RICH = ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted")


def check_inline(element: Any, at: str) -> Findings:
    kind = element.get("type") if isinstance(element, dict) else None
    if not isinstance(element, dict) or not isinstance(kind, str) or kind not in INLINE:
        yield f"{at}/type", f"unsupported type: {kind}"
        return
    needed = INLINE[kind]
    if kind == "date":
        if not isinstance(element.get("timestamp"), int):
            yield f"{at}/timestamp", "must be a number"
        yield from check_string(element.get("format"), f"{at}/format", MAX_TEXT, least=1)
    else:
        yield from check_string(element.get(needed), f"{at}/{needed}", MAX_TEXT, least=1)
    style = element.get("style", {})
    if not isinstance(style, dict) or not STYLED.issuperset(style):
        yield f"{at}/style", f"may hold {', '.join(sorted(STYLED))}"
    elif not all(isinstance(on, bool) for on in style.values()):
        yield f"{at}/style", "must hold booleans"


def check_rich_element(element: Any, at: str) -> Findings:
    kind = element.get("type") if isinstance(element, dict) else None
    if not isinstance(element, dict) or kind not in RICH:
        yield f"{at}/type", f"unsupported type: {kind}"
        return
    inner = element.get("elements")
    yield from check_list(inner, f"{at}/elements", 1000, least=0)
    if kind == "rich_text_list":
        if element.get("style") not in ("bullet", "ordered"):
            yield f"{at}/style", "must be one of bullet, ordered"
        for i, section in enumerate(listed(inner)):
            yield from check_rich_element(section, f"{at}/elements/{i}")
        return
    for i, part in enumerate(listed(inner)):
        yield from check_inline(part, f"{at}/elements/{i}")


def check_rich_text(block: dict[str, Any], at: str) -> Findings:
    elements = block.get("elements")
    yield from check_list(elements, f"{at}/elements", 1000)
    for i, element in enumerate(listed(elements)):
        yield from check_rich_element(element, f"{at}/elements/{i}")


def check_cell(cell: Any, at: str) -> Findings:
    kind = cell.get("type") if isinstance(cell, dict) else None
    if kind == "raw_text":
        yield from check_string(cell.get("text"), f"{at}/text", MAX_TEXT, least=1)
    elif kind == "raw_number":
        if isinstance(cell.get("value"), bool) or not isinstance(cell.get("value"), int | float):
            yield f"{at}/value", "must be a number"
    elif kind == "rich_text":
        yield from check_rich_text(cell, at)
    else:
        yield f"{at}/type", f"unsupported type: {kind}"


def check_rows(rows: Any, at: str, most: int) -> Findings:
    yield from check_list(rows, at, most)
    widths = {len(row) for row in listed(rows) if isinstance(row, list)}
    if len(widths) > 1:
        yield at, "every row must have the same number of cells"
    for i, row in enumerate(listed(rows)):
        yield from check_list(row, f"{at}/{i}", MAX_CELLS)
        for j, cell in enumerate(listed(row)):
            yield from check_cell(cell, f"{at}/{i}/{j}")


def check_table(block: dict[str, Any], at: str) -> Findings:
    yield from check_rows(block.get("rows"), f"{at}/rows", MAX_ROWS)
    settings = block.get("column_settings", [])
    yield from check_list(settings, f"{at}/column_settings", MAX_CELLS, least=0)
    for i, setting in enumerate(listed(settings)):
        aligned = setting.get("align", "left") if isinstance(setting, dict) else setting
        if aligned not in ("left", "center", "right", None):
            yield f"{at}/column_settings/{i}/align", "must be one of left, center, right"


def check_data_table(block: dict[str, Any], at: str) -> Findings:
    caption = block.get("caption")
    if isinstance(caption, dict):
        yield from check_text(caption, f"{at}/caption", MAX_TEXT)
    else:
        yield from check_string(caption, f"{at}/caption", MAX_TEXT, least=1)
    yield from check_rows(block.get("rows"), f"{at}/rows", MAX_ROWS + 1)
    size = block.get("page_size", 5)
    if not isinstance(size, int) or not 1 <= size <= MAX_ROWS:
        yield f"{at}/page_size", f"must be a number from 1 to {MAX_ROWS}"
