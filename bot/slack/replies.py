"""In: the answers to list, show, free, check and status. Out: their blocks and the fallback text.
Promise: pure; the sentences are those of `bot.triage.telling`, which the terminal prints too; nothing here can be approved.
"""

from typing import Any

from bot.model import Case, CaseList, Checked, Free, Gap, Listing, Status
from bot.slack.cards import draw
from bot.slack.words import bullets, escaped, gap_line, heading, plain, rich, runs, section
from bot.triage import telling
from bot.words import t

Blocks = list[dict[str, Any]]
A_LIST = 20  # lines of one list: more of them are not read
MAX_GAPS = 10


def draw_cases(found: CaseList) -> tuple[str, Blocks]:
    return _drawn(telling.cases(found))


def draw_free(found: Free) -> tuple[str, Blocks]:
    return _drawn(telling.free(found), found.gaps)


def draw_checked(found: Checked) -> tuple[str, Blocks]:
    return _drawn(telling.checked(found), found.gaps)


def draw_status(told: Status) -> tuple[str, Blocks]:
    return _drawn(telling.status(told))


def draw_case(case: Case) -> tuple[str, Blocks]:
    """The card without anything to press: it is decided where everybody sees it."""
    card = draw(case, approvers=())
    still = (
        {name: part for name, part in block.items() if name != "accessory"}
        for block in card.blocks
        if block.get("type") != "actions"
    )
    return card.text, list(still)


def _drawn(listing: Listing, gaps: tuple[Gap, ...] = ()) -> tuple[str, Blocks]:
    blocks = [rich("title", section(*runs(listing.title)))]
    for start in range(0, len(listing.lines), A_LIST):
        lines = listing.lines[start : start + A_LIST]
        blocks.append(rich(f"lines{start}", bullets(lines)))
    if gaps:
        told = bullets(gap_line(gap) for gap in gaps[:MAX_GAPS])
        blocks.append(rich("gaps", heading(t("Could not be read")), told))
    return escaped(plain(listing.title)), blocks
