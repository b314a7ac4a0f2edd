"""In: blocks or a view, drawn from whatever a directory holds. Out: the same, within all that Slack takes.
What is too long is cut where people read it, or gives way to a line that says so. A value to copy or to approve is never
cut: where one has no room, its card cannot be approved.
Promise: pure; what comes out has no fault, and nothing in it is obeyed that is not ours; what was sound comes back as it was.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bot.model import Say, mark
from bot.slack.byhand import WHOLE_CARD, length_of
from bot.slack.letters import code_point, hidden
from bot.slack.shapes import (
    BLOCKS,
    MAX_BLOCKS,
    MESSAGES_ONLY,
    MODAL,
    Choice,
    Kinds,
    Many,
    Number,
    Rule,
    Shape,
    Text,
    Words,
    text_of,
)
from bot.slack.words import MAX_RUN, cell, rich, runs, section
from bot.words import t

Json = dict[str, Any]
Blocks = list[Json]
WHOLE_VIEW = 200_000  # Slack takes 250,000 bytes
FEW_ROWS = 4  # of a table in a message that is too long, and its head
MAX_ID = 255
_MORE_ROWS = mark("… and {count} more, for which there is no room here")
_OURS = re.compile(r"<!date\^\d+\^[^|<>]+\|[^<>]*>|<@[UW][A-Z0-9]+>")
_APPROVES = re.compile(r"^(fix|reason)_approve$")


# ---------------------------------------------------------------- what Slack would refuse


def faults(blocks: Sequence[Json], surface: str = "message") -> list[str]:
    """The places that Slack would not take; empty where it takes all."""
    found = ["blocks"] if len(blocks) > MAX_BLOCKS[surface] else []
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        found += [f"{number}{at}" for at in _of_block(block, surface)]
        name = str(block.get("block_id", f"the block at {number}"))
        found += [f"{number}/block_id"] if name in seen else []
        seen.add(name)
    tables = sum(block.get("type") in MESSAGES_ONLY for block in blocks)
    return [*found, "tables"] if tables > 1 else found


def faults_of_view(view: Json) -> list[str]:
    home, blocks = view.get("type") == "home", view["blocks"]
    found = [] if home else list(_faults(view, MODAL, ""))
    if not home and any(b.get("type") == "input" for b in blocks) and not view.get("submit"):
        found.append("/submit")
    return found + faults(blocks, "home" if home else "modal")


def _of_block(block: Json, surface: str) -> Iterator[str]:
    yield from _faults(block, Kinds(BLOCKS), "")
    if surface != "message" and block.get("type") in MESSAGES_ONLY:
        yield "/type"


def _faults(value: Any, rule: Rule, at: str) -> Iterator[str]:
    match rule:
        case Many():
            yield from _of_list(value, rule, at)
        case Text():
            kinds = {kind: text_of(kind, rule.most) for kind in rule.kinds}
            yield from _faults(value, Kinds(kinds), at)
        case Kinds():
            kind = value.get("type") if isinstance(value, dict) else None
            shape = rule.known.get(kind) if isinstance(kind, str) else None
            yield from _faults(value, shape, at) if shape else (f"{at}/type",)
        case Shape():
            yield from _of_shape(value, rule, at)
        case Words() | Number() | Choice():
            yield from () if _fits(value, rule) else (at,)


def _fits(value: Any, rule: Words | Number | Choice) -> bool:
    match rule:
        case Words():
            return isinstance(value, str) and rule.least <= len(value) <= rule.most
        case Number():
            return type(value) is int and rule.least <= value <= rule.most
        case Choice():
            return value in rule.among


def _of_list(value: Any, rule: Many, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield at
        return
    if not rule.least <= len(value) <= rule.most:
        yield at
    for number, item in enumerate(value):
        if item is not None or not rule.gaps:
            yield from _faults(item, rule.of, f"{at}/{number}")


def _of_shape(value: Any, shape: Shape, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield at
        return
    found = [f"{at}/{name}" for name in sorted(shape.needed - value.keys())]
    for name, rule in shape.fields.items():
        if name in value:
            found += _faults(value[name], rule, f"{at}/{name}")
    yield from found
    if not found and shape.also and not shape.also(value):
        yield at


# ---------------------------------------------------------------- what is done about it


def within(blocks: Sequence[Json], surface: str = "message") -> Blocks:
    """A part that Slack would refuse never takes the whole card with it."""
    kept, whole = _within(blocks, surface)
    return kept if whole else [b for b in map(_not_to_approve, kept) if b.get("elements") != []]


def within_view(view: Json) -> Json:
    """A dialog that cannot show a change whole asks for nothing."""
    kept, whole = _within(view["blocks"], "home" if view.get("type") == "home" else "modal")
    if whole:
        return view | {"blocks": kept}
    asks_nothing = {name: part for name, part in view.items() if name != "submit"}
    return asks_nothing | {"blocks": [b for b in kept if b.get("type") != "input"]}


def _within(blocks: Sequence[Json], surface: str) -> tuple[Blocks, bool]:
    """And whether everything that is copied or approved is still there."""
    given: Blocks = [_disarmed(block) for block in blocks]
    kept = [_sound(block, surface) for block in given]
    kept = _named_once(_one_table(_few_enough(kept, MAX_BLOCKS[surface])))
    kept = _short_enough(kept, WHOLE_CARD if surface == "message" else WHOLE_VIEW)
    return kept, _to_copy(kept) == _to_copy(given)


def _sound(block: Json, surface: str) -> Json:
    if not list(_of_block(block, surface)):
        return block
    cut: Json = _cut(block, Kinds(BLOCKS))
    return _no_room(block) if list(_of_block(cut, surface)) else cut


def _no_room(block: Json, count: int = 1) -> Json:
    name = block.get("block_id")
    named = name if isinstance(name, str) and 0 < len(name) <= MAX_ID else "no-room"
    gaps = {"value": "dirsync-triage explain", "count": str(count)}
    say = (
        Say("This part is too long for Slack; {value} prints it in a terminal.", gaps)
        if count == 1
        else Say("{count} parts have no room here; {value} prints them in a terminal.", gaps)
    )
    return rich(named, section(*runs(say)))


def _cut(value: Any, rule: Rule) -> Any:
    """A text of its own becomes shorter; one among others goes on in a second piece."""
    match rule:
        case Words(shown=True) if isinstance(value, str):
            return (value if len(value) <= rule.most else f"{value[: rule.most - 1]}…") or " "
        case Text() if isinstance(value, dict):
            return value | {"text": _cut(value.get("text"), Words(rule.most, shown=True))}
        case Many() if isinstance(value, list):
            return [_cut(piece, rule.of) for item in value for piece in _pieces(item)]
        case Kinds() if isinstance(value, dict):
            shape = rule.known.get(str(value.get("type")))
            return _cut(value, shape) if shape else value
        case Shape() if isinstance(value, dict):
            known = rule.fields
            return {k: _cut(v, known[k]) if k in known else v for k, v in value.items()}
    return value


def _pieces(item: Any) -> list[Any]:
    """Runs of text stand side by side without a seam."""
    if not isinstance(item, dict) or item.get("type") != "text":
        return [item]
    said = item.get("text")
    if not isinstance(said, str) or len(said) <= MAX_RUN:
        return [item]
    return [item | {"text": said[n : n + MAX_RUN]} for n in range(0, len(said), MAX_RUN)]


def _few_enough(blocks: Blocks, most: int) -> Blocks:
    """What a person acts on stays; of the rest what comes first."""
    if len(blocks) <= most:
        return blocks
    acted_on = [n for n, b in enumerate(blocks) if b.get("type") in {"actions", "input"}]
    rest = [n for n in range(len(blocks)) if n not in acted_on]
    shown, left = rest[: max(1, most - len(acted_on)) - 1], rest[max(1, most - len(acted_on)) - 1 :]
    stays = sorted([*shown, *left[:1], *acted_on[: most - len(shown) - 1]])
    return [_no_room(blocks[n], len(left)) if n in left else blocks[n] for n in stays]


def _one_table(blocks: Blocks) -> Blocks:
    tables = [n for n, block in enumerate(blocks) if block.get("type") == "table"]
    return [_no_room(block) if n in tables[1:] else block for n, block in enumerate(blocks)]


def _named_once(blocks: Blocks) -> Blocks:
    seen: set[str] = set()
    kept = []
    for number, block in enumerate(blocks):
        name = str(block.get("block_id", f"the block at {number}"))
        kept.append({k: v for k, v in block.items() if k != "block_id"} if name in seen else block)
        seen.add(name)
    return kept


def _short_enough(blocks: Blocks, most: int) -> Blocks:
    """Rows of a table give way first, then the longest part in which there is nothing to copy."""
    kept = list(blocks)
    while length_of(kept) > most:
        tables = [n for n, b in enumerate(kept) if b.get("type") == "table" and len(b["rows"]) > 7]
        parts = [
            n for n, b in enumerate(kept) if b.get("type") == "rich_text" and not _to_copy([b])
        ]
        at = max(tables or parts, key=lambda n: length_of([kept[n]]), default=None)
        if at is None or length_of([_no_room(kept[at])]) >= length_of([kept[at]]):
            return kept
        kept[at] = _few_rows(kept[at]) if tables else _no_room(kept[at])
    return kept


def _few_rows(table: Json) -> Json:
    """A last row that counts others, which were left out before, goes on counting them."""
    head, *rows = table["rows"]
    counted = rows[-1:] if all(cell.get("text") == " " for cell in rows[-1][1:]) else []
    more = t(_MORE_ROWS).format(count=len(rows) - FEW_ROWS - len(counted))
    words = [more, *([" "] * (len(head) - 1))]
    told = [cell(word) for word in words]
    return table | {"rows": [head, *rows[:FEW_ROWS], told, *counted]}


def _not_to_approve(block: Json) -> Json:
    if block.get("type") != "actions":
        return block
    kept = [e for e in block["elements"] if not _APPROVES.match(str(e.get("action_id")))]
    return block | {"elements": kept}


def _to_copy(node: Any) -> str:
    """All that stands in blocks of code: commands, names, and the change itself."""
    if isinstance(node, list):
        return "".join(_to_copy(child) for child in node)
    if not isinstance(node, dict):
        return ""
    inner = node.get("elements")
    if node.get("type") == "rich_text_preformatted":
        runs = inner if isinstance(inner, list) else []
        return "".join(str(run.get("text")) for run in runs if isinstance(run, dict))
    return _to_copy(inner)


def _disarmed(node: Any) -> Any:
    """The last net: whoever draws a block has escaped already what a directory says."""
    if isinstance(node, list):
        return [_disarmed(child) for child in node]
    if not isinstance(node, dict):
        return node
    kept = {name: _disarmed(child) for name, child in node.items()}
    if isinstance(said := node.get("text"), str):
        kept["text"] = _only_ours(_seen(said)) if node.get("type") == "mrkdwn" else _seen(said)
    return kept


def _seen(text: str) -> str:
    if text.replace("\n", " ").isprintable():
        return text
    return "".join(code_point(c) if hidden(c) and c != "\n" else c for c in text)


def _only_ours(text: str) -> str:
    parts = re.split(f"({_OURS.pattern})", text)
    return "".join(
        part if n % 2 else part.replace("<", "&lt;").replace(">", "&gt;")
        for n, part in enumerate(parts)
    )
