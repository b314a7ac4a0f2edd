"""In: what a pasted error is today. Out: the parts of that answer: a page a value, as long as each of them may be.
Promise: pure; nothing is cut: what has no room on one page goes on on the next; a command is whole, or told to be too long.
"""

from collections.abc import Iterator

from bot.answers import Examined, Explained, Pasted
from bot.model import Proposal, Say
from bot.slack import byhand
from bot.slack.cards import diff
from bot.slack.faces import risk_of
from bot.slack.pages import Part, Parts, Piece, lines, looked, rows, texts, whole
from bot.slack.table import holders_table
from bot.slack.words import (
    escaped,
    heading,
    paragraph,
    plain,
    preformatted,
    rich,
    runs,
    section,
)
from bot.words import t

A_DIFF = 2_000


def draw_explained(found: Explained) -> tuple[str, Parts]:
    if found.trouble:
        return escaped(plain(found.trouble)), [whole(rich("say", section(*runs(found.trouble))))]
    title = Say("Explained: nothing is changed and nothing can be approved here.")
    told = [Say("{value}", {"value": told_of(pasted)}) for pasted in found.errors]
    parts = [
        whole(rich("title", section(*runs(title)))),
        lines("told", told, head=t("What the text says")),
        lines("notes", found.notes),
    ]
    for number, examined in enumerate(found.examined):
        parts += _examined(examined, f"x{number}", anew=number > 0)
    return escaped(plain(found.examined[0].diagnosis.title if found.examined else title)), parts


def _examined(examined: Examined, id_: str, *, anew: bool) -> Parts:
    diagnosis, evidence = examined.diagnosis, examined.evidence
    head = [section(*runs(Say("{count}: ", {"count": diagnosis.code})), *runs(diagnosis.title))]
    if examined.state:
        shown = Say("There is a card for it: case {value}.", {"value": examined.key.id})
        head.append(section(*runs(shown)))
    parts = [
        whole({"type": "divider", "block_id": f"{id_}:line"}, anew=anew),
        *map(whole, byhand.alert(diagnosis, f"{id_}:alert")),
        whole(rich(f"{id_}:what", *head, paragraph(diagnosis.what))),
        lines(f"{id_}:why", diagnosis.why, head=t("Why we think so")),
    ]
    if evidence.holders:
        parts.append(
            rows(holders_table(f"{id_}:who", evidence.holders, most=len(evidence.holders)))
        )
    scores = map(byhand.scored, diagnosis.scores)
    parts.append(texts(f"{id_}:score", scores, head=t("Who should keep it")))
    if diagnosis.then:
        then = heading(t("What happens next")), paragraph(diagnosis.then)
        parts.append(whole(rich(f"{id_}:then", *then)))
    parts += [_proposal(p, f"{id_}:p{n}") for n, p in enumerate(examined.proposals)]
    ranked = sorted(diagnosis.runbooks, key=lambda b: b.rank)
    parts += [
        texts(f"{id_}:r{n}", byhand.pieces(book), head=t("By hand"))
        for n, book in enumerate(ranked)
    ]
    return [*parts, *looked((), evidence.gaps, id_=f"{id_}:")]


def _proposal(proposal: Proposal, id_: str) -> Part:
    pieces: list[Piece] = [
        (
            section(*runs(proposal.title)),
            section(
                {"type": "text", "text": risk_of(proposal.risk), "style": {"bold": True}},
                {"type": "text", "text": ": "},
                *runs(proposal.because),
            ),
        )
    ]
    for step in proposal.steps:
        pieces += [(preformatted(piece),) for piece in _in_pieces(diff(step))]
    pieces.append((section(*runs(proposal.untouched)),))
    return texts(id_, pieces, head=t("Suggested change"))


def _in_pieces(text: str) -> Iterator[str]:
    """Between its lines, as long as each of them is shorter than a piece."""
    piece = ""
    for line in text.split("\n"):
        if piece and len(piece) + len(line) >= A_DIFF:
            yield piece
            piece = line
        else:
            piece = f"{piece}\n{line}" if piece else line
    yield piece


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
