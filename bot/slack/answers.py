"""In: an answer of a command. Out: the blocks of an ephemeral message, and its fallback text.
Promise: pure; within Slack's limits; what could not be read is always said.
"""

from typing import Any

from bot.model import Gap, Say, WhoHas
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


def draw_say(say: Say) -> tuple[str, list[dict[str, Any]]]:
    return escaped(plain(say)), [rich("say", section(*runs(say)))]


def draw_whohas(found: WhoHas, *, full: bool) -> tuple[str, list[dict[str, Any]]]:
    if found.trouble:
        return draw_say(found.trouble)
    title = summary(found)
    blocks: list[dict[str, Any]] = [rich("title", section(*runs(title)))]
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


def looked(searched: tuple[str, ...], gaps: tuple[Gap, ...]) -> list[dict[str, Any]]:
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
