"""In: blocks, and what a person typed or picked in them.
Out: the state that Slack tells the app of, and the fields that Slack itself would not let pass.
Promise: only what a block offers can be picked; a field nobody touched has the app's own initial value.
"""

import re
from collections.abc import Iterator

from bot.lab.slack import payloads
from bot.lab.slack.records import Json

REQUIRED = "Please complete this required field."
STATELESS = frozenset(
    ["button", "overflow", "workflow_button", "icon_button", "feedback_buttons", "image"]
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)


def parts(block: Json) -> Iterator[Json]:
    """Every element of a block that can be clicked or filled in, children included."""
    for element in (*block.get("elements", ()), block.get("accessory"), block.get("element")):
        if isinstance(element, dict):
            yield element
            yield from element.get("actions", ())
    yield from block.get("actions", ())


def all_blocks(blocks: list[Json] | None) -> Iterator[Json]:
    for block in blocks or ():
        yield block
        yield from block.get("child_blocks", ())


def find(blocks: list[Json] | None, block_id: str, action_id: str) -> tuple[Json, Json] | None:
    for block in all_blocks(blocks):
        if block.get("block_id") == block_id:
            for element in parts(block):
                if element.get("action_id") == action_id:
                    return block, element
    return None


def filled_in(blocks: list[Json], kept: Json, given: Json) -> tuple[Json, dict[str, str]]:
    """The state of every input, and what is wrong beside which block.

    `kept`: the state so far. `given`: block_id → a value, or action_id → a value where a block has several.
    """
    values: Json = {}
    wrong: dict[str, str] = {}
    for block in all_blocks(blocks):
        for element in parts(block):
            if "action_id" not in element or element["type"] in STATELESS:
                continue
            block_id, action_id = block["block_id"], element["action_id"]
            state = kept.get(block_id, {}).get(action_id) or payloads.initial(element)
            told = given.get(block_id)
            if isinstance(told, dict):
                has, choice = action_id in told, told.get(action_id)
            else:
                has, choice = block_id in given, told
            if has:
                state = {"type": element["type"], **payloads.picked(element, choice or None)}
            values.setdefault(block_id, {})[action_id] = state
            if block["type"] == "input" and (words := not_accepted(block, element, state)):
                wrong[block_id] = words
    return values, wrong


def not_accepted(block: Json, element: Json, state: Json) -> str:
    content = next((value for key, value in state.items() if key != "type"), None)
    if not content:
        return "" if block.get("optional") else REQUIRED
    if not isinstance(content, str):
        return ""
    kind = element["type"]
    if kind == "number_input":
        return not_a_number(element, content)
    if kind == "email_text_input" and not _EMAIL.fullmatch(content):
        return "Enter a valid e-mail address."
    if kind == "url_text_input" and not _URL.fullmatch(content):
        return "Enter a valid URL."
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(content) < least:
        return f"Write at least {least} characters."
    if len(content) > most:
        return f"Write at most {most} characters."
    return ""


def not_a_number(element: Json, content: str) -> str:
    whole = not element.get("is_decimal_allowed")
    if not re.fullmatch(r"-?[0-9]+" if whole else r"-?[0-9]+(\.[0-9]+)?", content):
        return "Enter a whole number." if whole else "Enter a number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and float(content) < float(least):
        return f"Enter {least} or more."
    if most is not None and float(content) > float(most):
        return f"Enter {most} or less."
    return ""
