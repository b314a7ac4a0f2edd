"""In: the parts of an answer, in their order. Out: its pages, each within what one message takes, and the buttons below.
A part is a block that stands whole, or one that goes on: a list by its lines, a table by its rows, a way by its steps.
Promise: pure; each piece stands on exactly one page, none is left out; a button names an answer that is kept, never its content.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.model import Gap, Say
from bot.ports import Handle
from bot.slack.byhand import length_of
from bot.slack.words import gap_line, heading, paragraph, places, plain_text, rich, runs, section
from bot.words import t

Json = dict[str, Any]
Blocks = list[Json]
Piece = tuple[Json, ...]

ROOM = 11_000  # characters of a page; people saw Slack refuse messages of 13,200, and the buttons need some
MOST_BLOCKS = 45
A_TABLE = 20  # rows; a list of more lines is not read either
EVERYTHING = 1_000
PRESSED = re.compile(r"^k=(?P<answer>[^;]{1,200});p=(?P<page>\d{1,6})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`made` draws the block of some of its pieces; `most` of them stand on one page."""

    pieces: Sequence[Piece]
    made: Callable[[Sequence[Json]], Json]
    most: int = EVERYTHING
    table: bool = False
    anew: bool = False  # begins a page
    early: bool = False  # where there are several pages, it stands on the first: nobody may miss it


Parts = list[Part]


def whole(block: Json, *, anew: bool = False, early: bool = False) -> Part:
    return Part(pieces=((block,),), made=_itself, anew=anew, early=early)


def _itself(pieces: Sequence[Json]) -> Json:
    return pieces[0] if pieces else {}


def lines(
    id_: str,
    says: Iterable[Say],
    *,
    head: str = "",
    most: int = EVERYTHING,
    early: bool = False,
) -> Part:
    """One bullet each. `head` is in the reader's language already."""
    above = [heading(head)] if head else []

    def made(bullets: Sequence[Json]) -> Json:
        told = {"type": "rich_text_list", "style": "bullet", "elements": [*bullets]}
        return rich(id_, *above, told)

    pieces = [(section(*runs(say)),) for say in says]
    return Part(pieces=pieces, made=made, most=most, early=early)


def texts(id_: str, pieces: Iterable[Piece], *, head: str = "", most: int = EVERYTHING) -> Part:
    """Elements of rich text below each other; those of one piece stay together."""
    above = [heading(head)] if head else []

    def made(elements: Sequence[Json]) -> Json:
        return rich(id_, *above, *elements)

    return Part(pieces=[*pieces], made=made, most=most)


def rows(table: Json) -> Part:
    """Every page of it has its head."""
    head, *others = table["rows"]

    def made(some: Sequence[Json]) -> Json:
        return table | {"rows": [head, *(row["row"] for row in some)]}

    pieces = [({"row": row},) for row in others]
    return Part(pieces=pieces, made=made, most=A_TABLE, table=True)


def looked(searched: tuple[str, ...], gaps: tuple[Gap, ...], *, id_: str = "") -> Parts:
    parts = []
    if searched:
        say = Say("Looked in {searched}.", {"searched": places(searched)})
        parts.append(whole(rich(f"{id_}searched", paragraph([say])), early=not id_))
    if gaps:
        told = [gap_line(gap) for gap in gaps]
        parts.append(lines(f"{id_}gaps", told, head=t("Could not be read"), early=not id_))
    return parts


# ---------------------------------------------------------------- what stands on which page


@dataclass(slots=True)
class _Page:
    left: int
    placed: list[tuple[Part, list[Piece]]] = field(default_factory=list)

    def takes(self, part: Part, length: int) -> bool:
        """An empty page takes whatever comes: what no page has room for is told by `limits`."""
        if not self.placed:
            return True
        if length > self.left:
            return False
        last, pieces = self.placed[-1]
        if last is part:
            return len(pieces) < part.most
        tables = any(other.table for other, _ in self.placed)
        return len(self.placed) < MOST_BLOCKS and not (part.table and tables)

    def put(self, part: Part, piece: Piece, length: int) -> None:
        if not self.holds(part):
            self.placed.append((part, []))
        self.placed[-1][1].append(piece)
        self.left -= length

    def holds(self, part: Part) -> bool:
        return bool(self.placed) and self.placed[-1][0] is part


def pages_of(parts: Parts, *, room: int = ROOM) -> list[Blocks]:
    """The first part, which says what was asked, stands on every page."""
    title, *others = parts
    shown = title.made(title.pieces[0])
    room -= length_of([shown])
    pages = _placed(others, room)
    if len(pages) > 1:
        pages = _placed(sorted(others, key=lambda part: not part.early), room)
    return [_drawn(shown, page, number) for number, page in enumerate(pages)]


def _placed(parts: Parts, room: int) -> list[_Page]:
    pages = [_Page(room)]
    for part in parts:
        if part.anew and pages[-1].placed:
            pages.append(_Page(room))
        frame = length_of([part.made(())])
        for piece in part.pieces:
            length = length_of([*piece])
            begun = pages[-1].holds(part)
            if not pages[-1].takes(part, length if begun else length + frame):
                pages.append(_Page(room))
                begun = False
            pages[-1].put(part, piece, length if begun else length + frame)
    return pages


def _drawn(title: Json, page: _Page, number: int) -> Blocks:
    made = (part.made([e for piece in pieces for e in piece]) for part, pieces in page.placed)
    blocks = [title, *made]
    if number == 0:
        return blocks
    # a block whose content changes needs a new id
    named = (
        b if "block_id" not in b else b | {"block_id": f"{b['block_id']}.{number}"} for b in blocks
    )
    return list(named)


# ---------------------------------------------------------------- what stands below it


def page_with_buttons(pages: Sequence[Blocks], handle: Handle | None) -> Blocks:
    """One page of an answer for its asker; without a handle it can neither be turned over nor shared."""
    page = min(handle.page, len(pages) - 1) if handle else 0
    return [*pages[page], *_below(handle, page, len(pages))]


def _below(handle: Handle | None, page: int, pages: int) -> Blocks:
    blocks = [which_page(page, pages)] if pages > 1 else []
    if handle is None:
        return blocks
    if handle.shared:
        say = Say("You have shown this to everybody here.")
        blocks.append(rich(f"shown.{page}", section(*runs(say))))
    buttons = []
    if page > 0:
        buttons.append(_button(t("Previous"), "answer_previous", handle, page - 1))
    if page + 1 < pages:
        buttons.append(_button(t("Next"), "answer_next", handle, page + 1))
    if handle.may_share and not handle.shared:
        buttons.append(_button(t("Show it to everybody here"), "answer_share", handle, page))
    if buttons:
        name = f"turn.{page}.{'shown' if handle.shared else ''}"
        blocks.append({"type": "actions", "block_id": name, "elements": buttons})
    return blocks


def which_page(page: int, pages: int) -> Json:
    say = Say("Page {page} of {pages}", {"page": str(page + 1), "pages": str(pages)})
    return rich(f"page.{page}", section(*runs(say)))


def _button(label: str, action: str, handle: Handle, page: int) -> Json:
    return {
        "type": "button",
        "action_id": action,
        "text": plain_text(label),
        "value": f"k={handle.id};p={page}",
    }
