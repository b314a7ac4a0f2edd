"""In: the case of a storm. Out: the blocks of its one card: how many, by what cause, how far a run is.
The whole card is drawn from the counted members, like any other from its case.
Promise: pure; the same size for ten members and for ten thousand; what is not in the table is counted in its last row.
"""

from typing import Any

from bot.model import Case, Say, Storm
from bot.slack.words import paragraph, plain, rich, visible
from bot.triage.causes import Cause, grouped
from bot.words import t

MAX_CAUSES = 12
Json = dict[str, Any]


def title(case: Case) -> Say:
    count = (case.storm.ended or len(case.storm.members)) if case.storm else 0
    return Say("{count} sync errors at once", {"count": str(count)})


def state_parts(storm: Storm) -> list[str]:
    """In a few words, translated: how many of them wait, and how many are over."""
    causes = grouped(storm.members)
    waiting, over = (sum(c.waiting for c in causes), sum(c.over for c in causes))
    unread = sum(c.count for c in causes if not c.code)
    parts = [t("waiting for people: {count}").format(count=waiting)]
    parts.append(t("fixed or closed: {count}").format(count=over))
    if unread:
        parts.append(t("still being looked at: {count}").format(count=unread))
    if apart := sum(m.apart for m in storm.members):
        parts.append(t("with a card of their own: {count}").format(count=apart))
    return parts


def story(case: Case, storm: Storm) -> list[Json]:
    why = [
        Say(
            "So many came within a few minutes that one card tells of all of them. Each is diagnosed by itself, and "
            "nothing is left out."
        ),
        Say("What may be an attack has a card of its own."),
    ]
    return [rich(f"what:{case.id}:{case.version}", paragraph(why)), _table(case, storm)]


def _table(case: Case, storm: Storm) -> Json:
    causes = grouped(storm.members)
    heads = (
        t("Cause"),
        t("Errors"),
        t("Safe fixes"),
        t("Waiting for people"),
        t("Fixed or closed"),
    )
    rows = [[_cell(head) for head in heads]]
    rows += [_row(cause, storm) for cause in causes[:MAX_CAUSES]]
    if rest := causes[MAX_CAUSES:]:
        said = t("… and {count} more causes").format(count=len(rest))
        rows.append(_counts(said, rest))
    if len(causes) > 1:
        rows.append(_counts(t("All of them"), causes))
    return {
        "type": "table",
        "block_id": f"causes:{case.id}:{case.version}",
        "column_settings": [{"is_wrapped": True}, *({"align": "right"} for _ in heads[1:])],
        "rows": rows,
    }


def _row(cause: Cause, storm: Storm) -> list[Json]:
    if not cause.code:
        return _counts(t("Still being looked at"), [cause])
    lines = [" · ".join(filter(None, (cause.code, visible(cause.attribute, 60))))]
    if example := storm.examples.get(cause.key):
        lines.append(t("such as: {title}").format(title=visible(plain(example), 120)))
    if cause.place:
        lines.append(t("all of them in {place}").format(place=visible(cause.place, 120)))
    return _counts("\n".join(lines), [cause])


def _counts(said: str, causes: tuple[Cause, ...] | list[Cause]) -> list[Json]:
    numbers = (
        sum(c.count for c in causes),
        sum(c.safe for c in causes),
        sum(c.waiting for c in causes),
        sum(c.over for c in causes),
    )
    return [_cell(said), *(_cell(str(number)) for number in numbers)]


def _cell(text: str) -> Json:
    return {"type": "raw_text", "text": text or " "}
