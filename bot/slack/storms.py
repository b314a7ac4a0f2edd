"""In: the case of a storm. Out: the blocks of its one card: how many, by what cause, how far a run is.
The whole card is drawn from the counted members, like any other from its case.
Promise: pure; the same size for ten members and for ten thousand; what is not in the table is counted in its last row.
"""

import hashlib
import json
from typing import Any

from bot.model import Case, Say, Storm, mark
from bot.slack.words import cell, paragraph, plain, plain_text, rich, visible
from bot.triage import lists
from bot.triage.cases.catalogue import CATALOGUE
from bot.triage.causes import ATTACK, OVER, Cause, grouped
from bot.words import t

MAX_CAUSES = 12
_OTHER = mark("an error that the bot does not recognise yet")
Json = dict[str, Any]


def state_parts(storm: Storm) -> list[str]:
    """In a few words, translated: how many of them wait, and how many are over."""
    causes = grouped(storm.members)
    waiting, over = (sum(c.waiting for c in causes), sum(c.over for c in causes))
    unread = sum(c.count - c.over for c in causes if not c.code)
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
    rows = [[cell(head) for head in heads]]
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


def cause_lines(code: str, attribute: str) -> list[str]:
    """In words, and below by its code, as `/dirsync list CODE` takes it."""
    name = t(CATALOGUE[code].name if code in CATALOGUE else _OTHER)
    return [name[:1].upper() + name[1:], " · ".join(filter(None, (code, visible(attribute, 60))))]


def _row(cause: Cause, storm: Storm) -> list[Json]:
    if not cause.code:
        gone = cause.over == cause.count
        return _counts(t("Gone by itself") if gone else t("Still being looked at"), [cause])
    if cause.code == ATTACK:
        return _counts(t("Possible attacks, told elsewhere"), [cause])
    lines = cause_lines(cause.code, cause.attribute)
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
    return [cell(said), *(cell(str(number)) for number in numbers)]


def progress(case: Case, storm: Storm) -> list[Json]:
    """How far a list that people approved has come."""
    says: list[Say] = []
    if agreed := storm.agreed:
        gaps = {"who": agreed.approval.name, "count": str(len(agreed.items))}
        says.append(
            Say("{who} approved a list of {count} safe changes. One more person is needed.", gaps)
        )
    if run := storm.run:
        states = {m.case_id: m.state for m in storm.members}
        over = sum(states.get(i.case_id) in OVER for i in run.items)
        gaps = {
            "count": str(len(run.items)),
            "upto": str(run.grant.upto),
            "done": str(over),
            "who": ", ".join(a.name for a in run.grant.approvals),
        }
        says.append(
            Say(
                "A list of {count}, approved by {who}: {upto} of them may be written, {done} are verified.",
                gaps,
            )
        )
        if run.stopped:
            says.append(run.stopped)
    return [rich(f"run:{case.id}:{case.version}", paragraph(says))] if says else []


def controls(case: Case, storm: Storm) -> list[Json]:
    value = f"c={case.id};p=-;v={case.revision};h=-"
    elements: list[Json] = []
    safe = sum(m.safe for m in storm.members)
    run = storm.run
    if run and run.ready and lists.is_running(storm):
        rest = len(run.items) - run.grant.upto
        label = t("Continue with the other {count}").format(count=rest)
        seen = f"c={case.id};p=-;v={case.revision};h={lists.name_of(run)}"
        elements.append(_button(label, "storm_continue", seen, primary=True) | {"confirm": _sure()})
    if not lists.is_writing(storm) and storm.agreed:
        label = t("Review the same {count} …").format(count=len(storm.agreed.items))
        elements.append(_button(label, "storm_review", value, primary=not elements))
    elif not lists.is_writing(storm) and safe:
        label = t("Review {count} safe fixes …").format(count=safe)
        elements.append(_button(label, "storm_review", value, primary=not elements))
    elements.append(_button(t("Show the cases"), "storm_cases", value))
    act = {"type": "actions", "block_id": _same_while(case, elements), "elements": elements}
    return [*progress(case, storm), act]


def _same_while(case: Case, elements: list[Json]) -> str:
    """The card is redrawn every few seconds; whoever is just being asked "are you sure?" must not lose the button."""
    drawn = hashlib.sha256(json.dumps(elements, sort_keys=True).encode()).hexdigest()[:12]
    return f"act:{case.id}:{drawn}"


def _button(label: str, action: str, value: str, *, primary: bool = False) -> Json:
    text = plain_text(label)
    button: Json = {"type": "button", "action_id": action, "text": text, "value": value}
    return button | {"style": "primary"} if primary else button


def _sure() -> Json:
    said = {
        "title": t("Write the rest?"),
        "text": t(
            "Each is looked at again first. The first that does not go as it should stops the others."
        ),
        "confirm": t("Continue"),
        "deny": t("Cancel"),
    }
    return {k: plain_text(v) for k, v in said.items()}
