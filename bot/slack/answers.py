"""In: an answer of a command. Out: the blocks of an ephemeral message, and its fallback text.
Promise: pure; within Slack's limits; what could not be read is always said.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from bot.model import Gap, Listing, Say, WhoHas
from bot.slack.table import holders_table
from bot.slack.words import (
    bullets,
    escaped,
    heading,
    paragraph,
    plain,
    preformatted,
    rich,
    runs,
    section,
    visible,
)

MAX_DNS = 10


Blocks = list[dict[str, Any]]


def draw_answer(shape: str, body: str, *, full: bool) -> tuple[str, Blocks]:
    """The fallback text and the blocks of what a command answered."""
    known = SHAPES.get(shape)
    if known is None:
        return draw_say(Say("This answer is from another version of the bot. Ask again."))
    return known.draw(msgspec.json.decode(body, type=known.type), full)


def draw_say(say: Say) -> tuple[str, Blocks]:
    return escaped(plain(say)), [rich("say", section(*runs(say)))]


def draw_list(listing: Listing) -> tuple[str, Blocks]:
    blocks = [rich("title", section(*runs(listing.title)))]
    if listing.lines:
        blocks.append(rich("lines", bullets(listing.lines)))
    return escaped(plain(listing.title)), blocks


def draw_whohas(found: WhoHas, *, full: bool) -> tuple[str, Blocks]:
    if found.trouble:
        return draw_say(found.trouble)
    title = summary(found)
    blocks: Blocks = [rich("title", section(*runs(title)))]
    if found.holders:
        blocks.append(holders_table("who", found.holders))
    dns = [h.ad.dn for h in found.holders if h.ad and h.ad.dn]
    if full and dns:
        more = f" (the first {MAX_DNS} of {len(dns)})" if len(dns) > MAX_DNS else ""
        shown = (preformatted(visible(dn, 600)) for dn in dns[:MAX_DNS])
        blocks.append(rich("dns", heading(f"DN to copy{more}"), *shown))
    if found.close:
        close = [Say("{value}", {"value": v}) for v in found.close]
        blocks.append(rich("close", heading("Did you mean"), bullets(close)))
    blocks += looked(found.searched, found.gaps)
    return escaped(plain(title)), blocks


def summary(found: WhoHas) -> Say:
    count = len(found.holders)
    if count == 0:
        return Say("Nobody holds {value}, as far as this bot can see.", {"value": found.value})
    if count == 1:
        return Say("One object holds {value}.", {"value": found.value})
    return Say("{count} objects hold {value}.", {"count": str(count), "value": found.value})


def looked(searched: tuple[str, ...], gaps: tuple[Gap, ...]) -> Blocks:
    blocks = []
    if searched:
        say = Say("Looked in {searched}.", {"searched": ", ".join(searched)})
        blocks.append(rich("searched", paragraph([say])))
    if gaps:
        told = [
            Say("{where}, {what}: {reason}", {"where": g.where, "what": g.what, "reason": g.why})
            for g in gaps[:10]
        ]
        blocks.append(rich("gaps", heading("Could not be read"), bullets(told)))
    return blocks


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind of answer is read and drawn. `full`: for somebody who may see everything."""

    type: type[Any]
    draw: Callable[[Any, bool], tuple[str, Blocks]]


SHAPES: Mapping[str, Shape] = {
    "say": Shape(Say, lambda body, _: draw_say(body)),
    "list": Shape(Listing, lambda body, _: draw_list(body)),
    "whohas": Shape(WhoHas, lambda body, full: draw_whohas(body, full=full)),
}
