"""In: the head of the chain and a line to add, or the lines of an export. Out: the next head, or what is wrong.
One line is one canonical JSON document that names the hash of the line before it and carries its own.
Promise: pure; a changed, dropped, moved or inserted line is found and named. Evident, not proof: see README.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from bot.ports import AuditLine

GENESIS = "0" * 64  # what the first line names as the one before it
FIELDS = frozenset({"action", "actor", "at", "case", "facts", "hash", "prev"})


class Verdict(NamedTuple):
    """`first_bad` counts from 0; it is the number of lines when the end is missing."""

    ok: bool
    first_bad: int | None
    why: str


def link(head: str, line: AuditLine, at: datetime) -> tuple[str, str]:
    """The new head and the text of the line. An empty head is the beginning of a chain."""
    document: dict[str, object] = {
        "action": line.action,
        "actor": line.actor,
        "at": at.astimezone(UTC).isoformat(),
        "case": line.case_id,
        "facts": dict(line.facts or {}),
        "prev": head or GENESIS,
    }
    digest = _digest(document)
    return digest, _canonical({**document, "hash": digest})


def verify(lines: Iterable[str], *, head: str = "") -> Verdict:
    """Whether the lines are a chain from its beginning. With `head` (noted elsewhere, such as in Slack) a cut
    end is seen too; without it, it cannot be.
    """
    before = GENESIS
    count = 0
    for index, text in enumerate(lines):
        own, why = _check(text, before)
        if why:
            return Verdict(ok=False, first_bad=index, why=why)
        before = own
        count = index + 1
    if head and head != (before if count else ""):
        return Verdict(ok=False, first_bad=count, why="the last lines are missing")
    return Verdict(ok=True, first_bad=None, why="")


def export(lines: Iterable[str]) -> Iterator[str]:
    """JSON lines, ready for a file."""
    for text in lines:
        yield text + "\n"


def _check(text: str, before: str) -> tuple[str, str]:
    """The line's own hash, and what is wrong with the line ("" if nothing is)."""
    try:
        document = json.loads(text)
    except ValueError:
        return "", "the line is not JSON"
    if not isinstance(document, dict) or document.keys() != FIELDS:
        return "", "the line does not have the fields of an audit line"
    try:
        if _canonical(document) != text:
            return "", "the line is not written as it was"
        own = document.pop("hash")
        if _digest(document) != own:
            return "", "the line was changed: its own hash does not fit"
    except UnicodeEncodeError:
        return "", "the line holds what no text can hold"
    if document["prev"] != before:
        return "", "the line before it was changed, moved or taken out"
    return str(own), ""


def _canonical(document: Mapping[str, object]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _digest(document: Mapping[str, object]) -> str:
    return hashlib.sha256(_canonical(document).encode()).hexdigest()
