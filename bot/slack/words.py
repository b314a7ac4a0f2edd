"""In: a `Say` from anywhere. Out: Slack rich text, where values are data and can be nothing else.
rich_text has no markup, so a display name like `<!channel>` or `*bold*` is shown, never obeyed.
Promise: pure; invisible characters and look-alike letters are shown as code points; long values are cut.
"""

import re
import string
from collections.abc import Iterable
from typing import Any

from bot.model import Gap, Say
from bot.slack.letters import shown
from bot.words import t

MAX_VALUE = 300
MAX_RUN = 3000
NOTHING = "–"  # an empty code span would be two backticks, which could begin one of their own
MAX_SPAN = 60  # ten of them, five times as long once escaped, still fit into one mrkdwn field
_GAP = re.compile(r"\w+")
# what is typed, copied or compared letter by letter: addresses, ids, names of attributes and accounts, commands
_CODE = frozenset(
    _GAP.findall(
        "value values new current dn upn attribute attributes sid anchor id number address alias mail main mains "
        "meant made chosen kept clean moera domain domains extras lost stored shown now theirs ours here there "
        "category property case word near mode tenant user type places"
    )
)
# who and what a sentence is about, and when
_BOLD = frozenset(
    _GAP.findall(
        "name names keeper loser rivals owner who when since count has asks got one other first second person group "
        "contact cloud roles account mailbox leaver successor linked later lister signer clash forwarding forest forests"
    )
)


def visible(text: str, limit: int = MAX_VALUE) -> str:
    """What a person sees is what is stored: what deceives the eye becomes <U+202E>."""
    seen = shown(text)
    return seen if len(seen) <= limit else seen[: limit - 1] + "…"


def runs(say: Say) -> list[dict[str, Any]]:
    """The sentence as rich text runs: plain words, values in code, names in bold."""
    elements: list[dict[str, Any]] = []
    for literal, gap, _, _ in string.Formatter().parse(t(say.msgid)):
        if literal:
            elements.append({"type": "text", "text": literal})
        if not gap:
            continue
        value = say.values.get(gap, "?")
        style = {"code": True} if gap in _CODE else {"bold": True} if gap in _BOLD else {}
        if isinstance(value, Say):  # words, not a value to copy
            elements += [bold(run) if gap in _BOLD else run for run in runs(value)]
        else:
            run = {"type": "text", "text": visible(value) or " "}
            elements.append(run | {"style": style} if style else run)
    return elements


def bold(run: dict[str, Any]) -> dict[str, Any]:
    return run if run.get("style") else run | {"style": {"bold": True}}


def told_of_gap(gap: Gap) -> dict[str, str]:
    """What our own adapters say of a gap is marked there; a name or a server's own words stay as they are."""
    return {"where": t(gap.where), "what": t(gap.what), "reason": t(gap.why)}


def gap_line(gap: Gap) -> Say:
    return Say("{where}, {what}: {reason}", told_of_gap(gap))


def places(searched: Iterable[str]) -> str:
    return ", ".join(t(place) for place in searched)


def plain(say: Say) -> str:
    told = {k: plain(v) if isinstance(v, Say) else visible(v) for k, v in say.values.items()}
    return visible(t(say.msgid).format(**told), 2900)


def section(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(elements)}


def heading(text: str) -> dict[str, Any]:
    """In the reader's language already, or data: nothing is translated here."""
    return section({"type": "text", "text": text, "style": {"bold": True}})


def paragraph(says: Iterable[Say]) -> dict[str, Any]:
    """Several sentences as one paragraph."""
    elements: list[dict[str, Any]] = []
    for say in says:
        if elements:
            elements.append({"type": "text", "text": " "})
        elements += runs(say)
    return section(*elements)


def bullets(says: Iterable[Say]) -> dict[str, Any]:
    return {
        "type": "rich_text_list",
        "style": "bullet",
        "elements": [section(*runs(say)) for say in says],
    }


def preformatted(text: str) -> dict[str, Any]:
    """As it is. What is longer than one run may be goes on in the next, and reads as one."""
    runs_of_it = [text[at : at + MAX_RUN] for at in range(0, len(text), MAX_RUN)] or [text]
    elements = [{"type": "text", "text": each} for each in runs_of_it]
    return {"type": "rich_text_preformatted", "elements": elements}


def rich(block_id: str, *elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "block_id": block_id, "elements": list(elements)}


def plain_text(text: str) -> dict[str, Any]:
    """Of a title, a label, a button: read as it stands, without markup and without `:names:` of emoji."""
    return {"type": "plain_text", "text": text, "emoji": False}


def cell(text: str) -> dict[str, Any]:
    """Of a table; Slack takes no empty one."""
    return {"type": "raw_text", "text": text or " "}


def escaped(text: str) -> str:
    """For the fields where Slack obeys <!channel> and <@U…>: the fallback text is one of them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mrkdwn_code(text: str) -> str:
    """A value inside a mrkdwn field: in a code span, without the characters that could end or mean anything."""
    span = visible(text, MAX_SPAN).replace("`", "'")
    return f"`{escaped(span if span.strip() else NOTHING)}`"
