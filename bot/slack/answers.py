"""In: an answer of a command. Out: the blocks of an ephemeral message, and its fallback text.
Promise: pure; within Slack's limits; what could not be read is always said.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from bot.model import (
    Answer,
    Bundled,
    Case,
    CaseList,
    Checked,
    Examined,
    Explained,
    Foretold,
    Free,
    Gap,
    Instruction,
    Listing,
    MatchRule,
    Pasted,
    Proposal,
    Say,
    Status,
    WhoHas,
)
from bot.slack import byhand
from bot.slack.cards import diff
from bot.slack.faces import risk_of
from bot.slack.limits import within
from bot.slack.replies import draw_case, draw_cases, draw_checked, draw_free, draw_status
from bot.slack.table import holders_table, rules_table
from bot.slack.words import (
    bullets,
    escaped,
    gap_line,
    heading,
    paragraph,
    places,
    plain,
    preformatted,
    rich,
    runs,
    section,
    visible,
)
from bot.words import t

MAX_DNS = 10
MAX_EXAMINED = 3  # a message has at most 50 blocks and one table, and a person reads less
MAX_TOLD = 10
MAX_BUNDLE = 8_000
MAX_BYTES = 11_000  # of all blocks: beyond about 13,000 Slack has been seen to refuse a message


Blocks = list[dict[str, Any]]


def draw_answer(shape: str, body: str, *, full: bool) -> tuple[str, Blocks]:
    """The fallback text and the blocks of what a command answered."""
    known = SHAPES.get(shape)
    if known is None:
        return draw_say(Say("This answer is from another version of the bot. Ask again."))
    text, blocks = known.draw(msgspec.json.decode(body, type=known.type), full)
    return text, within(blocks)


def draw_shared(shape: str, body: str, *, by: str) -> tuple[str, Blocks]:
    """The same for a whole channel, and who wanted it there. Nobody is a full reader here."""
    text, blocks = draw_answer(shape, body, full=False)
    if not by:
        return text, blocks
    say = Say("{who} has asked this and shared the answer.", {"who": by})
    return text, within([*blocks, rich("shared", section(*runs(say)))])


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
        title_of = t("DN to copy")
        if len(dns) > MAX_DNS:
            title_of = t("DN to copy (the first {limit} of {count})")
        shown = (preformatted(visible(dn, 600)) for dn in dns[:MAX_DNS])
        blocks.append(rich("dns", heading(title_of.format(limit=MAX_DNS, count=len(dns))), *shown))
    if found.close:
        close = [Say("{value}", {"value": v}) for v in found.close]
        blocks.append(rich("close", heading(t("Did you mean")), bullets(close)))
    blocks += looked(found.searched, found.gaps)
    return escaped(plain(title)), blocks


def draw_explained(found: Explained) -> tuple[str, Blocks]:
    """One table a message is all that Slack takes: it goes to the first value."""
    if found.trouble:
        return draw_say(found.trouble)
    title = Say(
        "Explained, for your eyes only: nothing is changed and nothing can be approved here."
    )
    told = [Say("{value}", {"value": told_of(pasted)}) for pasted in found.errors[:MAX_TOLD]]
    blocks = [
        rich("title", section(*runs(title))),
        rich("told", heading(t("What the text says")), bullets(told)),
    ]
    notes = list(found.notes)
    if (left := len(found.errors) - MAX_TOLD) > 0:
        notes.append(Say("… and {count} more errors in the text.", {"count": str(left)}))
    shown = 0
    for examined in found.examined[:MAX_EXAMINED]:
        more = _examined(examined, f"x{shown}", table=shown == 0)
        if shown and len(msgspec.json.encode([*blocks, *more])) > MAX_BYTES:
            break
        blocks += more
        shown += 1
    if (left := len(found.examined) - shown) > 0:
        notes.append(
            Say(
                "{count} more values were looked up; paste one by itself to see it.",
                {"count": str(left)},
            )
        )
    if notes:
        blocks.append(rich("notes", bullets(notes)))
    return escaped(plain(found.examined[0].diagnosis.title if found.examined else title)), blocks


def draw_bundled(made: Bundled) -> tuple[str, Blocks]:
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
    blocks = [
        rich("title", section(*runs(title))),
        rich("file", preformatted(made.text)),
        rich("how", section(*runs(how))),
    ]
    return escaped(plain(title)), blocks


def _examined(examined: Examined, id_: str, *, table: bool) -> Blocks:
    diagnosis, evidence = examined.diagnosis, examined.evidence
    head = [section(*runs(Say("{count}: ", {"count": diagnosis.code})), *runs(diagnosis.title))]
    if examined.state:
        shown = Say("There is a card for it: case {value}.", {"value": examined.key.id})
        head.append(section(*runs(shown)))
    blocks: Blocks = [
        {"type": "divider", "block_id": f"{id_}:line"},
        *byhand.alert(diagnosis, f"{id_}:alert"),
        rich(f"{id_}:what", *head, paragraph(diagnosis.what)),
    ]
    if diagnosis.why:
        blocks.append(
            rich(f"{id_}:why", heading(t("Why we think so")), bullets(diagnosis.why[:10]))
        )
    if table and evidence.holders:
        blocks.append(holders_table(f"{id_}:who", evidence.holders))
    blocks += byhand.who_should_keep_it(diagnosis.scores, f"{id_}:score")
    if diagnosis.then:
        blocks.append(
            rich(f"{id_}:then", heading(t("What happens next")), paragraph(diagnosis.then))
        )
    blocks += [_proposal(p, f"{id_}:p{n}") for n, p in enumerate(examined.proposals[:2])]
    room = MAX_BYTES - byhand.length_of(blocks)
    blocks += byhand.in_full(diagnosis.runbooks, f"{id_}:r", room=room)
    gaps = looked((), evidence.gaps)
    return [*blocks, *({**block, "block_id": f"{id_}:gaps"} for block in gaps)]


def _proposal(proposal: Proposal, id_: str) -> dict[str, Any]:
    return rich(
        id_,
        heading(t("Suggested change")),
        section(*runs(proposal.title)),
        section(
            {"type": "text", "text": risk_of(proposal.risk), "style": {"bold": True}},
            {"type": "text", "text": ": "},
            *runs(proposal.because),
        ),
        *(preformatted(_cut(diff(s))) for s in proposal.steps[:4]),
        section(*runs(proposal.untouched)),
    )


def _cut(text: str, limit: int = 2000) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def told_of(pasted: Pasted) -> str:
    """`ProxyAddresses SMTP:john@contoso.com (InvalidSoftMatch)`: one error in one line."""
    error = pasted.error
    called = pasted.attribute
    if called and error.attribute and called.lower() != error.attribute.lower():
        called = f"{called} (= {error.attribute})"
    parts = [called or error.attribute or "", error.value or ""]
    line = " ".join(part for part in parts if part)
    rest = [error.category or ""]
    if error.object_name or error.object_id:
        rest.append(t("on {name}").format(name=error.object_name or error.object_id))
    if error.conflict_id:
        rest.append(t("held by {id}").format(id=error.conflict_id))
    told = ", ".join(part for part in rest if part)
    return f"{line} ({told})" if line and told else line or told


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


def draw_softmatch(told: Foretold) -> tuple[str, Blocks]:
    blocks: Blocks = [rich("title", section(*runs(told.title)))]
    if told.rules:
        rows = [(RULES[r.rule], ANSWERS[r.answer], r.why) for r in told.rules]
        blocks.append(rules_table("rules", rows))
    elif told.bars:
        bars = bullets(bar.say for bar in told.bars)
        blocks.append(rich("bars", heading(t("What stands between them")), bars))
    if told.ad and told.ad.dn:
        blocks.append(rich("dns", heading(t("DN to copy")), preformatted(visible(told.ad.dn, 600))))
    if told.then:
        blocks.append(rich("then", heading(t("What happens at the join")), bullets(told.then)))
    if told.steps:
        blocks.append(rich("steps", heading(t("What to do")), *_numbered(told.steps)))
    if told.outdated:
        blocks.append(rich("old", heading(t("What older guides say")), bullets(told.outdated)))
    blocks += looked(told.searched, told.gaps)
    return escaped(plain(told.title)), blocks


def _numbered(steps: Sequence[Instruction]) -> Iterator[dict[str, Any]]:
    for number, step in enumerate(steps, start=1):
        yield section({"type": "text", "text": f"{number}. "}, *runs(step.say))
        if step.command:
            yield preformatted(visible(step.command, 1200))


def looked(searched: tuple[str, ...], gaps: tuple[Gap, ...]) -> Blocks:
    blocks = []
    if searched:
        say = Say("Looked in {searched}.", {"searched": places(searched)})
        blocks.append(rich("searched", paragraph([say])))
    if gaps:
        told = [gap_line(gap) for gap in gaps[:10]]
        blocks.append(rich("gaps", heading(t("Could not be read")), bullets(told)))
    return blocks


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind of answer is read and drawn. `full`: for somebody who may see everything."""

    type: type[Any]
    draw: Callable[[Any, bool], tuple[str, Blocks]]


SHAPES: Mapping[str, Shape] = {
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
