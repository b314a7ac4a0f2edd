"""In: an answer of a command. Out: the blocks of one page of it, for its asker or for a channel, and the fallback text.
Promise: pure; within Slack's limits; what could not be read is always said; what one page does not hold, the next one does.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from bot.answers import (
    Answer,
    Bundled,
    Calculation,
    CaseList,
    Checked,
    Explained,
    Foretold,
    Free,
    Listing,
    MatchRule,
    Status,
    WhoHas,
)
from bot.model import Case, Instruction, Say
from bot.ports import Handle
from bot.slack.explained import draw_explained
from bot.slack.limits import within
from bot.slack.pages import (
    Parts,
    Piece,
    lines,
    looked,
    page_with_buttons,
    pages_of,
    rows,
    texts,
    which_page,
    whole,
)
from bot.slack.replies import (
    draw_calculated,
    draw_case,
    draw_cases,
    draw_checked,
    draw_free,
    draw_status,
)
from bot.slack.table import holders_table, rules_table
from bot.slack.words import escaped, heading, plain, preformatted, rich, runs, section, visible
from bot.words import Language, speaking, spoken, t

MAX_DNS = 10  # on a page
MAX_DN = 600
MAX_BUNDLE = 8_000
_USER = re.compile(r"^[UW][A-Z0-9]+$")

Blocks = list[dict[str, Any]]


def draw_answer(
    shape: str, body: str, *, full: bool, handle: Handle | None = None
) -> tuple[str, Blocks]:
    """The fallback text and the blocks of what a command answered: the page that `handle` says."""
    text, pages = _pages(shape, body, full, spoken())
    return text, within(page_with_buttons(pages, handle))


def draw_shared(
    shape: str, body: str, *, by: str, page: int = 0, less: bool = False
) -> tuple[str, Blocks]:
    """The same for a whole channel, and who wanted it there. Nobody is a full reader here.

    `less`: whoever shared it has seen more than everybody may.
    """
    text, pages = _pages(shape, body, False, spoken())
    page = min(page, len(pages) - 1)
    blocks = [*pages[page], *([which_page(page, len(pages))] if len(pages) > 1 else [])]
    if by:
        blocks.append(rich("shared", section(*_told(by, less=less, more=len(pages) > 1))))
    return text, within(blocks)


def _told(by: str, *, less: bool, more: bool) -> Iterator[dict[str, Any]]:
    say = Say("{who} has asked this and shared the answer.", {"who": by})
    someone = {"type": "user", "user_id": by}
    yield from (someone if r.get("text") == by and _USER.match(by) else r for r in runs(say))
    if less:
        say = Say("What is for full readers only is left out.")
        yield from ({"type": "text", "text": " "}, *runs(say))
    if more:
        say = Say("Whoever may ask the bot gets the other pages by the same question.")
        yield from ({"type": "text", "text": " "}, *runs(say))


@lru_cache(maxsize=4)
def _pages(
    shape: str,
    body: str,
    full: bool,  # noqa: FBT001 - remembered by its arguments
    language: Language,
) -> tuple[str, list[Blocks]]:
    """Whoever turns over thousands of lines has each page at once. `within` copies what it is given."""
    with speaking(language):
        text, parts = parts_of(shape, body, full=full)
        return text, pages_of(parts)


def parts_of(shape: str, body: str, *, full: bool) -> tuple[str, Parts]:
    """While an upgrade is under way another version may have answered: with a shape, or in a way, unknown here."""
    try:
        known = SHAPES[shape]
        found = msgspec.json.decode(body, type=known.type)
    except (KeyError, msgspec.DecodeError):
        return draw_say(Say("This answer is from another version of the bot. Ask again."))
    return known.draw(found, full)


def draw_say(say: Say) -> tuple[str, Parts]:
    return escaped(plain(say)), [whole(rich("say", section(*runs(say))))]


def draw_list(listing: Listing) -> tuple[str, Parts]:
    title = whole(rich("title", section(*runs(listing.title))))
    return escaped(plain(listing.title)), [title, lines("lines", listing.lines)]


def draw_whohas(found: WhoHas, *, full: bool) -> tuple[str, Parts]:
    if found.trouble:
        return draw_say(found.trouble)
    title = summary(found)
    parts = [whole(rich("title", section(*runs(title))))]
    if found.holders:
        parts.append(rows(holders_table("who", found.holders, most=len(found.holders))))
    dns = [h.ad.dn for h in found.holders if h.ad and h.ad.dn]
    if full and dns:
        shown = ((preformatted(visible(dn, MAX_DN)),) for dn in dns)
        parts.append(texts("dns", shown, head=t("DN to copy"), most=MAX_DNS))
    if found.close:
        close = [Say("{value}", {"value": v}) for v in found.close]
        parts.append(lines("close", close, head=t("Did you mean")))
    return escaped(plain(title)), [*parts, *looked(found.searched, found.gaps)]


def draw_bundled(made: Bundled) -> tuple[str, Parts]:
    """The whole file or none: half of it cannot be read."""
    if len(made.text) > MAX_BUNDLE:
        command = f"dirsync-triage bundle {made.case_id}{' --redact' if made.redacted else ''} > case.json"
        say = Say(
            "The file of case {case} has {count} characters, more than fits here. On the bot’s machine: {value}",
            {"case": made.case_id, "count": str(len(made.text)), "value": command},
        )
        return draw_say(say)
    title = (
        Say(
            "Case {case}, of nobody: names, addresses and ids are replaced.", {"case": made.case_id}
        )
        if made.redacted
        else Say(
            "Case {case}, with the names of people: keep it to yourself.", {"case": made.case_id}
        )
    )
    how = Say("Save it as case.json; dirsync-triage diagnose case.json shows it again.")
    blocks = (
        rich("title", section(*runs(title))),
        rich("file", preformatted(made.text)),
        rich("how", section(*runs(how))),
    )
    return escaped(plain(title)), [*map(whole, blocks)]


def summary(found: WhoHas) -> Say:
    count = len(found.holders)
    if count == 0:
        return Say("Nobody holds {value}, as far as this bot can see.", {"value": found.value})
    if count == 1:
        return Say("One object holds {value}.", {"value": found.value})
    return Say("{count} objects hold {value}.", {"count": str(count), "value": found.value})


RULES: Mapping[MatchRule, Say] = {
    MatchRule.SCOPE: Say("Is it synchronized?"),
    MatchRule.NEW: Say("Is it new to Entra?"),
    MatchRule.ANCHOR: Say("By anchor"),
    MatchRule.ADDRESS: Say("By main address"),
    MatchRule.SIGN_IN: Say("By sign-in name"),
}
ANSWERS: Mapping[Answer, Say] = {
    Answer.YES: Say("yes"),
    Answer.NO: Say("no"),
    Answer.UNKNOWN: Say("not known"),
}


def draw_softmatch(told: Foretold) -> tuple[str, Parts]:
    parts = [whole(rich("title", section(*runs(told.title))))]
    if told.rules:
        looks = [(RULES[r.rule], ANSWERS[r.answer], r.why) for r in told.rules]
        parts.append(rows(rules_table("rules", looks)))
    elif told.bars:
        bars = [bar.say for bar in told.bars]
        parts.append(lines("bars", bars, head=t("What stands between them")))
    if told.ad and told.ad.dn:
        shown = preformatted(visible(told.ad.dn, MAX_DN))
        parts.append(whole(rich("dns", heading(t("DN to copy")), shown)))
    if told.then:
        parts.append(lines("then", told.then, head=t("What happens at the join")))
    if told.steps:
        parts.append(texts("steps", _numbered(told.steps), head=t("What to do")))
    if told.outdated:
        parts.append(lines("old", told.outdated, head=t("What older guides say")))
    return escaped(plain(told.title)), [*parts, *looked(told.searched, told.gaps)]


def _numbered(steps: Sequence[Instruction]) -> Iterator[Piece]:
    for number, step in enumerate(steps, start=1):
        said = section({"type": "text", "text": f"{number}. "}, *runs(step.say))
        shown = (preformatted(visible(step.command, 1200)),) if step.command else ()
        yield (said, *shown)


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind of answer is read and drawn. `full`: for somebody who may see everything."""

    type: type[Any]
    draw: Callable[[Any, bool], tuple[str, Parts]]


SHAPES: Mapping[str, Shape] = {
    "calculated": Shape(Calculation, lambda body, _: draw_calculated(body)),
    "case": Shape(Case, lambda body, _: draw_case(body)),
    "cases": Shape(CaseList, lambda body, _: draw_cases(body)),
    "checked": Shape(Checked, lambda body, _: draw_checked(body)),
    "free": Shape(Free, lambda body, _: draw_free(body)),
    "status": Shape(Status, lambda body, _: draw_status(body)),
    "say": Shape(Say, lambda body, _: draw_say(body)),
    "list": Shape(Listing, lambda body, _: draw_list(body)),
    "bundled": Shape(Bundled, lambda body, _: draw_bundled(body)),
    "explained": Shape(Explained, lambda body, _: draw_explained(body)),
    "softmatch": Shape(Foretold, lambda body, _: draw_softmatch(body)),
    "whohas": Shape(WhoHas, lambda body, full: draw_whohas(body, full=full)),
}
