"""In: blocks, a message's text or a view, as an app sends them.
Out: findings (JSON pointer, message), empty when Slack would take it.
Promise: every published limit is held, so that what passes here is not refused there.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from bot.lab.slack.elements import (
    ANY_TEXT,
    IN_ACTIONS,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    MAX_ID,
    Finding,
    Findings,
    check_element,
    check_image,
    check_list,
    check_string,
    check_text,
    listed,
)
from bot.lab.slack.rich import check_data_table, check_rich_text, check_table

MAX_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MAX_MARKDOWN = 12_000
MAX_VIEW_BYTES = 250_000
MAX_UPDATE_BYTES = 4_000
MAX_POST = 40_000
INPUT_SURFACES = ("message", "modal", "home")
ALERT_LEVELS = ("default", "info", "warning", "error", "success")

Block = dict[str, Any]


def section(block: Block, at: str) -> Findings:
    if "text" not in block and "fields" not in block:
        yield at, "must have text or fields"
    if "text" in block:
        yield from check_text(block["text"], f"{at}/text", 3000, kinds=ANY_TEXT)
    if "fields" in block:
        yield from check_list(block["fields"], f"{at}/fields", 10)
        for i, text in enumerate(listed(block["fields"])):
            yield from check_text(text, f"{at}/fields/{i}", 2000, kinds=ANY_TEXT)
    if "accessory" in block:
        yield from check_element(block["accessory"], f"{at}/accessory", IN_SECTION)


def header(block: Block, at: str) -> Findings:
    yield from check_text(block.get("text"), f"{at}/text", 150)


def divider(_block: Block, _at: str) -> Findings:
    yield from ()


def image(block: Block, at: str) -> Findings:
    yield from check_image(block, at)
    if "title" in block:
        yield from check_text(block["title"], f"{at}/title", 2000)


def context(block: Block, at: str) -> Findings:
    yield from check_list(block.get("elements"), f"{at}/elements", 10)
    for i, element in enumerate(listed(block.get("elements"))):
        if isinstance(element, dict) and element.get("type") == "image":
            yield from check_image(element, f"{at}/elements/{i}")
        else:
            yield from check_text(element, f"{at}/elements/{i}", 3000, kinds=ANY_TEXT)


def actions(block: Block, at: str) -> Findings:
    yield from _elements(block, at, IN_ACTIONS, 25)


def context_actions(block: Block, at: str) -> Findings:
    yield from _elements(block, at, IN_CONTEXT_ACTIONS, 5)


def _elements(block: Block, at: str, allowed: frozenset[str], most: int) -> Findings:
    yield from check_list(block.get("elements"), f"{at}/elements", most)
    seen: set[str] = set()
    for i, element in enumerate(listed(block.get("elements"))):
        yield from check_element(element, f"{at}/elements/{i}", allowed)
        action_id = element.get("action_id") if isinstance(element, dict) else None
        if isinstance(action_id, str) and action_id in seen:
            yield f"{at}/elements/{i}/action_id", "must be unique in the block"
        if isinstance(action_id, str):
            seen.add(action_id)


def input_(block: Block, at: str) -> Findings:
    yield from check_text(block.get("label"), f"{at}/label", 2000)
    if "hint" in block:
        yield from check_text(block["hint"], f"{at}/hint", 2000)
    yield from check_element(block.get("element"), f"{at}/element", IN_INPUT)


def markdown(block: Block, at: str) -> Findings:
    yield from check_string(block.get("text"), f"{at}/text", MAX_MARKDOWN, least=1)


def alert(block: Block, at: str) -> Findings:
    yield from check_text(block.get("text"), f"{at}/text", 3000, kinds=ANY_TEXT)
    if block.get("level", "default") not in ALERT_LEVELS:
        yield f"{at}/level", f"must be one of {', '.join(ALERT_LEVELS)}"


def card(block: Block, at: str) -> Findings:
    if not {"hero_image", "title", "actions", "body"} & set(block):
        yield at, "must have hero_image, title, actions or body"
    for name, most in (("title", 150), ("subtitle", 150), ("body", 200)):
        if name in block:
            yield from check_text(block[name], f"{at}/{name}", most, kinds=ANY_TEXT)
    for name in ("hero_image", "icon"):
        if name in block:
            yield from check_element(block[name], f"{at}/{name}", frozenset({"image"}))
    for i, element in enumerate(listed(block.get("actions"))):
        yield from check_element(element, f"{at}/actions/{i}", IN_ACTIONS)


def carousel(block: Block, at: str) -> Findings:
    yield from check_list(block.get("elements"), f"{at}/elements", 10)
    for i, element in enumerate(listed(block.get("elements"))):
        if isinstance(element, dict) and element.get("type") == "card":
            yield from card(element, f"{at}/elements/{i}")
        else:
            yield f"{at}/elements/{i}/type", "must be card"


def container(block: Block, at: str) -> Findings:
    if "title" not in block and "rich_text_title" not in block:
        yield f"{at}/title", "must be given"
    for name in ("title", "subtitle"):
        if name in block:
            yield from check_text(block[name], f"{at}/{name}", 150, kinds=ANY_TEXT)
    if block.get("default_collapsed") and not block.get("is_collapsible"):
        yield f"{at}/default_collapsed", "needs is_collapsible"
    yield from check_list(block.get("child_blocks"), f"{at}/child_blocks", 10)
    for i, child in enumerate(listed(block.get("child_blocks"))):
        yield from check_block(child, f"{at}/child_blocks/{i}")


KINDS: dict[str, Callable[[Block, str], Findings]] = {
    "section": section,
    "header": header,
    "divider": divider,
    "image": image,
    "context": context,
    "actions": actions,
    "context_actions": context_actions,
    "input": input_,
    "markdown": markdown,
    "rich_text": check_rich_text,
    "table": check_table,
    "data_table": check_data_table,
    "alert": alert,
    "card": card,
    "carousel": carousel,
    "container": container,
}
MESSAGES_ONLY = frozenset({"table", "data_table", "markdown", "context_actions"})


def check_block(block: Any, at: str) -> Findings:
    kind = block.get("type") if isinstance(block, dict) else None
    if not isinstance(block, dict) or not isinstance(kind, str) or kind not in KINDS:
        yield f"{at}/type", f"unsupported block type: {kind}"
        return
    if "block_id" in block:
        yield from check_string(block["block_id"], f"{at}/block_id", MAX_ID, least=1)
    yield from KINDS[kind](block, at)


def check_blocks(blocks: Any, surface: str, at: str = "/blocks") -> list[Finding]:
    """What Slack would refuse in these blocks on a message, a modal or a home tab."""
    found = list(check_list(blocks, at, MAX_BLOCKS[surface], least=0))
    seen: set[str] = set()
    markdown_length = 0
    for i, block in enumerate(listed(blocks)):
        found.extend(check_block(block, f"{at}/{i}"))
        if not isinstance(block, dict):
            continue
        kind, block_id = block.get("type"), block.get("block_id")
        if surface != "message" and kind in MESSAGES_ONLY:
            found.append((f"{at}/{i}/type", f"{kind} is for messages only"))
        if isinstance(block_id, str) and block_id in seen:
            found.append((f"{at}/{i}/block_id", "must be unique in the message"))
        if isinstance(block_id, str):
            seen.add(block_id)
        if kind == "markdown" and isinstance(block.get("text"), str):
            markdown_length += len(block["text"])
    if markdown_length > MAX_MARKDOWN:
        found.append((at, f"markdown blocks may hold {MAX_MARKDOWN} characters together"))
    return list(dict.fromkeys(found))


def only_one_table(blocks: Any) -> bool:
    kinds = [b.get("type") for b in listed(blocks) if isinstance(b, dict)]
    return kinds.count("table") + kinds.count("data_table") <= 1


def check_view(view: Any) -> list[Finding]:
    """What Slack would refuse in a modal or a home tab."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return [("/view/type", "must be one of modal, home")]
    kind = view["type"]
    found = check_blocks(view.get("blocks"), kind, "/view/blocks")
    if kind == "modal":
        found.extend(check_text(view.get("title"), "/view/title", 24))
        for name in ("submit", "close"):
            if view.get(name) is not None:
                found.extend(check_text(view[name], f"/view/{name}", 24))
        kinds = {b.get("type") for b in listed(view.get("blocks")) if isinstance(b, dict)}
        if "input" in kinds and view.get("submit") is None:
            found.append(("/view/submit", "is required when there is an input block"))
    for name, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        if view.get(name) is not None:
            found.extend(check_string(view[name], f"/view/{name}", most))
    return found


def view_too_large(view: Any) -> bool:
    return len(json.dumps(view, ensure_ascii=False).encode()) > MAX_VIEW_BYTES


_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")


def escaped_bytes(text: str) -> int:
    """The length chat.update counts: UTF-8 bytes once the three characters are escaped."""
    escaped = _BARE_AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    return len(escaped.encode())
