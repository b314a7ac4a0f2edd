"""In: the answers to list, show, free, check, calculate and status. Out: their parts and the fallback text.
Promise: pure; the sentences are those of `bot.triage.telling`, which the terminal prints too; nothing here can be approved.
"""

from bot.answers import Calculation, CaseList, Checked, Free, Listing, Status
from bot.model import Case, Gap
from bot.slack.cards import draw
from bot.slack.pages import EVERYTHING, Parts, lines, looked, whole
from bot.slack.words import escaped, plain, rich, runs, section
from bot.triage import telling

A_LIST = 20  # cases on one page: more of them are not read


def draw_cases(found: CaseList) -> tuple[str, Parts]:
    return _drawn(telling.cases(found), most=A_LIST)


def draw_free(found: Free) -> tuple[str, Parts]:
    return _drawn(telling.free(found), found.gaps)


def draw_checked(found: Checked) -> tuple[str, Parts]:
    return _drawn(telling.checked(found), found.gaps)


def draw_calculated(found: Calculation) -> tuple[str, Parts]:
    return _drawn(telling.calculated(found), found.gaps, found.searched)


def draw_status(told: Status) -> tuple[str, Parts]:
    return _drawn(telling.status(told))


def draw_case(case: Case) -> tuple[str, Parts]:
    """The card without anything to press: it is decided where everybody sees it."""
    card = draw(case, approvers=())
    still = (
        {name: part for name, part in block.items() if name != "accessory"}
        for block in card.blocks
        if block.get("type") != "actions"
    )
    return card.text, [*map(whole, still)]


def _drawn(
    listing: Listing,
    gaps: tuple[Gap, ...] = (),
    searched: tuple[str, ...] = (),
    *,
    most: int = EVERYTHING,
) -> tuple[str, Parts]:
    title = whole(rich("title", section(*runs(listing.title))))
    told = lines("lines", listing.lines, most=most)
    return escaped(plain(listing.title)), [title, told, *looked(searched, gaps)]
