"""In: what one person meets, as it is sent. Out: what Slack would refuse in it, or obey although a directory says it.
Promise: three validators that share no line (slack_sdk's, the lab's, ours) have to agree; no text is left unread.
"""

import re
from collections.abc import Iterator
from typing import Any

from slack_sdk.models.blocks import Block

from bot.lab.slack.blocks import (
    check_blocks,
    check_view,
    escaped_bytes,
    only_one_table,
    view_too_large,
)
from bot.slack.letters import hidden
from bot.slack.limits import faults, faults_of_view
from bot.words import t

Json = dict[str, Any]
IN_ENGLISH = "What happened"
CONTROL = re.compile(r"<[^>]*>?")
_OUR_OWN = re.compile(
    r"<@U0(INGRID01|MART0001)>|<!date\^\d+\^\{date_short_pretty\} \{time\}\|[\d :-]+ UTC>"
)
_SPAN = re.compile(r"`[^`\n]+`")


def texts(node: object, kinds: tuple[str, ...]) -> Iterator[str]:
    """Every text object of these kinds, wherever it stands."""
    if isinstance(node, dict):
        if node.get("type") in kinds and isinstance(node.get("text"), str):
            yield node["text"]
        for child in node.values():
            if isinstance(child, dict | list):
                yield from texts(child, kinds)
    elif isinstance(node, list):
        for child in node:
            yield from texts(child, kinds)


def refused_by_the_sdk(blocks: list[Json]) -> list[str]:
    """The same shapes in every language, and the slowest of the three: once is enough."""
    if t(IN_ENGLISH) != IN_ENGLISH:
        return []
    found = []
    for block in Block.parse_all(blocks):
        try:
            block.validate_json()
        except Exception as error:  # noqa: BLE001 - whatever it says is the finding
            found.append(str(error))
    return found


def obeyed(blocks: list[Json]) -> list[str]:
    """What stands in marked-up text and is not ours: mentions, links, a code span that somebody ended."""
    found = []
    for text in texts(blocks, ("mrkdwn",)):
        own = _OUR_OWN.sub("", text)
        found += CONTROL.findall(own)
        found += [own] if "`" in _SPAN.sub("", own) else []
    return found


def unseen(blocks: list[Json]) -> list[str]:
    """Texts that hold a character which nobody sees."""
    said = texts(blocks, ("mrkdwn", "plain_text", "text", "raw_text"))
    return [text for text in said if any(hidden(c) and c != "\n" for c in text)]


def wrong_with_message(text: str, blocks: list[Json]) -> list[object]:
    """Of a card or an answer. The text stands where no blocks are drawn, and Slack obeys it."""
    return [
        *check_blocks(blocks, "message"),
        *([] if only_one_table(blocks) else ["more than one table"]),
        *faults(blocks),
        *refused_by_the_sdk(blocks),
        *obeyed(blocks),
        *unseen(blocks),
        *CONTROL.findall(text),
        *([] if text else ["no text"]),
    ]


def wrong_with_card(text: str, blocks: list[Json]) -> list[object]:
    """A card is redrawn, and an update takes less."""
    long = [] if escaped_bytes(text) <= 4000 else ["more than an update takes"]
    return [*wrong_with_message(text, blocks), *long]


def wrong_with_view(view: Json) -> list[object]:
    return [
        *check_view(view),
        *faults_of_view(view),
        *refused_by_the_sdk(view["blocks"]),
        *obeyed(view["blocks"]),
        *unseen(view["blocks"]),
        *(["too large"] if view_too_large(view) else []),
    ]
