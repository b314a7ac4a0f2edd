"""In: a slash command or a message, as Slack delivers it. Out: which question it is, and what it is about.
Promise: pure; what was typed or said is kept as it is, whatever Slack made of it on the way.
"""

import re
from collections.abc import Iterator
from typing import Any

MOST_ADDRESSES = 3  # of one message: each is a question, with an answer of its own
_HEAD_OF_CARD = re.compile(r"head:(c-[a-z0-9]{1,40}):\d+\Z")  # as `cards` names the first block
_SEPARATE = re.compile(r"[\s<>|,;:\"'()\[\]{}=]+")
_AROUND = ".!?`*_~/\\“”„‘’«»"


def question(command: str, text: str) -> tuple[str, str]:
    """(command, what it is about): `/whohas X` is `/dirsync whohas X`; /dirsync alone asks for help."""
    if command.lower() != "/dirsync":
        return command.lstrip("/").lower(), text
    word, *rest = text.split(maxsplit=1) or ["help"]
    return word.lower(), rest[0] if rest else ""


def said_in(body: dict[str, Any]) -> str:
    """All the words of a message: its own, those of its blocks if it has no others, and of what is attached.

    They come as Slack keeps them, with links and entities; who reads the text takes those away.
    """
    message = body.get("message") or {}
    texts = [str(message.get("text") or "")]
    if not texts[0].strip():
        texts = list(_texts(message.get("blocks")))
    for attached in message.get("attachments") or []:
        if isinstance(attached, dict):
            texts += [str(attached.get(name) or "") for name in ("pretext", "title", "text")]
            texts += list(_texts(attached.get("blocks")))
    return "\n".join(text for text in texts if text)


def card_in(body: dict[str, Any]) -> str:
    """The case whose card the message is; empty where it is anything else."""
    blocks = (body.get("message") or {}).get("blocks")
    first = blocks[0] if isinstance(blocks, list) and blocks else None
    name = first.get("block_id") if isinstance(first, dict) else None
    found = _HEAD_OF_CARD.match(name) if isinstance(name, str) else None
    return found[1] if found else ""


def _texts(node: object, depth: int = 0) -> Iterator[str]:
    if depth > 10:
        return
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        for name in ("text", "elements", "fields"):
            yield from _texts(node.get(name), depth + 1)
    elif isinstance(node, list):
        for part in node:
            yield from _texts(part, depth + 1)


def addresses_in(text: str) -> tuple[str, ...]:
    """What a message says that could be an address or a sign-in name, in its order; of many only the first few."""
    found: dict[str, None] = {}
    for word in _SEPARATE.split(text):
        bare = word.strip(_AROUND)
        local, _, domain = bare.rpartition("@")
        if local and "@" not in local and "." in domain:
            found[bare.lower()] = None
    return tuple(found)[:MOST_ADDRESSES]


def unescaped(text: str) -> str:
    """Slack sends what was typed with `&`, `<` and `>` as entities, in addresses too."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
