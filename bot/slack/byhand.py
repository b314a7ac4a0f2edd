"""In: a diagnosis. Out: what people do by hand, with commands to copy; who should keep the value, point by point;
and the line that an alert begins with.
Promise: pure; a command is shown whole or not at all, never cut; what is left out says where it stands.
"""

import json
from collections.abc import Iterator
from typing import Any

from bot.model import Diagnosis, Instruction, Runbook, Say, Score
from bot.slack.faces import risk_of
from bot.slack.words import bold, heading, preformatted, rich, runs, section, visible
from bot.words import t

Element = dict[str, Any]

# Characters of JSON. People saw Slack refuse messages of 13,200; a dialog may have 250,000 bytes
WHOLE_CARD = 12_800
WHOLE_BOOKS = 100_000
MAX_COMMAND = 1_500
MAX_BOOKS = 6
MAX_STEPS = 25
MAX_SCORES = 5
MAX_TERMS = 10
EVERY_TERM = 1_000


def alert(diagnosis: Diagnosis, id_: str) -> list[Element]:
    if not diagnosis.alert:
        return []
    say = Say("This may be an attack: tell security before anything is changed.")
    return [rich(id_, section({"type": "emoji", "name": "rotating_light"}, _blank(), *runs(say)))]


def who_should_keep_it(scores: tuple[Score, ...], id_: str) -> list[Element]:
    """Every term that counted, so that a reader can disagree with one of them."""
    if not scores:
        return []
    elements = [heading(t("Who should keep it"))]
    for score in scores[:MAX_SCORES]:
        elements += scored(score, most=MAX_TERMS)
    if (left := len(scores) - MAX_SCORES) > 0:
        elements.append(section(*runs(Say("… and {count} more.", {"count": str(left)}))))
    return [rich(id_, *elements)]


def in_points(scores: tuple[Score, ...], id_: str) -> list[Element]:
    """The same where a card has no room for every term: who has how many, and where the terms stand."""
    if not scores:
        return []
    elements = [heading(t("Who should keep it"))]
    elements += [section(*runs(_total(score))) for score in scores[:MAX_SCORES]]
    pointer = Say(
        "What counted has no room here; {value} prints it in a terminal.",
        {"value": "dirsync-triage explain"},
    )
    return [rich(id_, *elements, section(*runs(pointer)))]


def _total(score: Score) -> Say:
    return Say("{name}: {count}", {"name": score.name, "count": f"{score.total:+d}"})


def scored(score: Score, *, most: int = EVERY_TERM) -> tuple[Element, ...]:
    terms = [
        section({"type": "text", "text": f"{term.points:+d}  "}, *runs(term.say))
        for term in score.terms[:most]
    ]
    if (left := len(score.terms) - most) > 0:
        terms.append(section(*runs(Say("… and {count} more.", {"count": str(left)}))))
    told = section(*runs(_total(score)))
    if not terms:
        return (told,)
    return told, {"type": "rich_text_list", "style": "bullet", "elements": terms}


def on_the_card(books: tuple[Runbook, ...], id_: str, *, beside: list[Element]) -> list[Element]:
    """The best way in full, as far as a card has room beside its other blocks; of the others what they are."""
    if not books:
        return []
    elements = [heading(t("By hand"))]
    fitting, whole = _fitting(books, WHOLE_CARD - length_of(beside))
    for each in fitting:
        elements += each
    if not whole:
        pointer = Say(
            "All steps stand under Details; {value} prints them in a terminal.",
            {"value": "dirsync-triage explain"},
        )
        elements.append(section(*runs(pointer)))
    return [rich(id_, *elements)]


def in_full(
    books: tuple[Runbook, ...],
    id_: str,
    *,
    room: int = WHOLE_BOOKS,
) -> list[Element]:
    """One block a way, all its steps, as far as there is room: a dialog has much, an answer little."""
    fitting, whole = _fitting(books, room)
    blocks = [rich(f"{id_}{n}", heading(t("By hand")), *each) for n, each in enumerate(fitting)]
    if not whole:
        pointer = Say(
            "That is not all; {value} prints every step in a terminal.",
            {"value": "dirsync-triage explain"},
        )
        blocks.append(rich(f"{id_}more", section(*runs(pointer))))
    return blocks


def _fitting(books: tuple[Runbook, ...], room: int) -> tuple[list[list[Element]], bool]:
    """Best first; a way that has no room any more by its title alone. Was everything shown whole?"""
    ranked = sorted(books, key=lambda b: b.rank)
    whole = len(ranked) <= MAX_BOOKS
    shown = []
    for book in ranked[:MAX_BOOKS]:
        full = list(_book(book))
        length = length_of(full)
        if length <= room and len(book.steps) <= MAX_STEPS:
            room -= length
            shown.append(full)
        else:
            whole = False
            shown.append(list(_head(book)))
    return shown, whole


def pieces(book: Runbook) -> Iterator[tuple[Element, ...]]:
    """The same way in pieces that stay together: what it is, each step with its command, the way back."""
    yield tuple(_head(book))
    for number, step in enumerate(book.steps, 1):
        yield tuple(_step(number, step))
    yield (_way_back(book),)


def _head(book: Runbook) -> Iterator[Element]:
    yield section(*(bold(run) for run in runs(book.title)))
    yield section(
        {"type": "text", "text": risk_of(book.risk), "style": {"bold": True}},
        {"type": "text", "text": ": "},
        *runs(book.because),
    )


def _book(book: Runbook) -> Iterator[Element]:
    yield from _head(book)
    for number, step in enumerate(book.steps, 1):
        yield from _step(number, step)
    yield _way_back(book)


def _step(number: int, step: Instruction) -> Iterator[Element]:
    yield section({"type": "text", "text": f"{number}. "}, *runs(step.say))
    if step.command:
        yield _command(step.command)


def _way_back(book: Runbook) -> Element:
    return section(*runs(Say("How to go back:")), _blank(), *runs(book.undo))


def _command(command: str) -> Element:
    """Somebody pastes what stands here: half a command could do something else than the whole."""
    text = visible(command[: MAX_COMMAND + 1], MAX_COMMAND * 10)
    if len(text) <= MAX_COMMAND:
        return preformatted(text)
    say = Say(
        "This command is too long for Slack; {value} prints it in a terminal.",
        {"value": "dirsync-triage explain"},
    )
    return section(*runs(say))


def _blank() -> Element:
    return {"type": "text", "text": " "}


def length_of(elements: list[Element]) -> int:
    return len(json.dumps(elements, ensure_ascii=False, separators=(",", ":")))
