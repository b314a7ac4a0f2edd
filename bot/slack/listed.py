"""In: the storm's members and a list that somebody reviews. Out: its pages, the last one with a count to type, the list
of all cases; what such a dialog carries, and back.
Promise: pure; every change is shown as it would be written before its count can be typed; nothing carried is an
instruction: what was seen is compared with what stands when it is handled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from bot.model import Case, Item
from bot.slack.cards import diff
from bot.slack.limits import within_view
from bot.slack.words import heading, plain, plain_text, preformatted, rich, runs, section, visible
from bot.triage.aside import is_alert
from bot.triage.choice import first_choice
from bot.words import t

A_PAGE = 10  # as many boxes as Slack takes in one group
SPARE = 5  # more than can be written, so that something can be left out
MAX_CARRIED = 3000
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Carried:
    """`second`: the list is fixed, for somebody has approved it. `room`: how many can be written now."""

    storm: str
    channel: str
    items: tuple[Item, ...]
    room: int
    second: bool = False
    page: int = 0
    left_out: tuple[int, ...] = ()

    def chosen(self) -> tuple[Item, ...]:
        kept = [i for n, i in enumerate(self.items) if n not in self.left_out]
        return tuple(kept[: self.room])

    def pages(self) -> int:
        return -(-len(self.items) // A_PAGE)


def write(carried: Carried) -> str:
    return msgspec.json.encode(carried).decode()


def read(text: str) -> Carried | None:
    try:
        return msgspec.json.decode(text, type=Carried)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


def begun(
    storm: str, channel: str, items: Sequence[Item], *, room: int, second: bool = False
) -> Carried:
    """As many as can be written and a few to spare, as far as a dialog can carry them."""
    most = room if second else room + SPARE
    carried = Carried(storm, channel, tuple(items[:most]), room, second)
    while carried.items and len(write(carried)) > MAX_CARRIED - 100:
        carried = Carried(storm, channel, carried.items[:-1], room, second)
    return carried


def page(carried: Carried, cases: Mapping[str, Case], *, missing: int = 0) -> Json:
    """One page of changes; behind the last one the count is typed."""
    start = carried.page * A_PAGE
    shown = carried.items[start : start + A_PAGE]
    if not shown:
        return last(carried)
    said = t(
        "Page {page} of {pages}. At most {count} are written at a time; the rest waits for the next run."
    )
    gaps = {"page": carried.page + 1, "pages": carried.pages(), "count": carried.room}
    blocks = [rich("intro", section(_text(said.format(**gaps))))]
    if missing:
        lost = t("Not in this list any more, for they changed or concern you: {count}.")
        blocks.append(rich("missing", section(_text(lost.format(count=missing)))))
    for n, item in enumerate(shown, start):
        blocks.append(_change(n, cases.get(item.case_id), item))
    if not carried.second:
        blocks.append(_boxes(carried, shown, cases, start))
    return _form("batch_page", t("Next"), blocks, carried)


def _change(n: int, case: Case | None, item: Item) -> Json:
    proposal = first_choice(case) if case else None
    if case is None or proposal is None or proposal.plan_hash != item.plan_hash:
        said = t("{number}. It has changed since and falls out.").format(number=n + 1)
        return rich(f"change{n}", section(_text(said)))
    return rich(
        f"change{n}",
        heading(visible(f"{n + 1}. {case.key.value}", 150)),
        section(*runs(proposal.title)),
        *(preformatted(diff(step)) for step in proposal.steps),
    )


def _boxes(carried: Carried, shown: Sequence[Item], cases: Mapping[str, Case], start: int) -> Json:
    options: list[Json] = [
        {"text": plain_text(visible(f"{n + 1}. {_value(cases, item)}", 70)), "value": str(n)}
        for n, item in enumerate(shown, start)
    ]
    ticked = [o for o in options if int(o["value"]) in carried.left_out]
    element: Json = {"type": "checkboxes", "action_id": "v", "options": options}
    if ticked:
        element["initial_options"] = ticked
    return {
        "type": "input",
        "block_id": f"leave{carried.page}",
        "optional": True,
        "label": plain_text(t("Leave out")),
        "element": element,
    }


def _value(cases: Mapping[str, Case], item: Item) -> str:
    case = cases.get(item.case_id)
    return case.key.value if case else item.case_id


def last(carried: Carried) -> Json:
    count = len(carried.chosen())
    said = t(
        "Changes that you approve: {count}. Five are written first; the others wait until Entra has confirmed those, and for "
        "a click. The first that does not go as it should stops all that follow."
    )
    blocks = [rich("intro", section(_text(said.format(count=count))))]
    if not carried.second:
        two = t("A second person has to approve the same list before anything is written.")
        blocks.append(rich("two", section(_text(two))))
    blocks.append(
        {
            "type": "input",
            "block_id": "count",
            "optional": False,
            "label": plain_text(t("Type the number of changes")),
            "element": {"type": "plain_text_input", "action_id": "v", "max_length": 6},
        }
    )
    return _form("batch_count", t("Approve"), blocks, carried)


def ticked(view: Json, carried: Carried) -> Carried:
    """With what was ticked on this page; strange input is no input."""
    given = ((view.get("state") or {}).get("values") or {}).get(f"leave{carried.page}") or {}
    chosen = (given.get("v") or {}).get("selected_options") or ()
    here = range(carried.page * A_PAGE, (carried.page + 1) * A_PAGE)
    numbers = {int(o["value"]) for o in chosen if str(o.get("value", "")).isdecimal()}
    kept = {n for n in carried.left_out if n not in here} | (numbers & set(here))
    return Carried(
        carried.storm,
        carried.channel,
        carried.items,
        carried.room,
        carried.second,
        carried.page + 1,
        () if carried.second else tuple(sorted(kept)),
    )


def wrong_count(view: Json, carried: Carried) -> str | None:
    given = ((view.get("state") or {}).get("values") or {}).get("count") or {}
    typed = str((given.get("v") or {}).get("value") or "").strip()
    count = len(carried.chosen())
    if count == 0:
        return t("Everything is left out: there is nothing to approve.")
    if typed != str(count):
        return t("There are {count} changes in the list. Type exactly this number.").format(
            count=count
        )
    return None


def members(
    storm: Case,
    cases: Sequence[Case],
    *,
    number: int,
    pages: int,
    channel: str,
    unread: int = 0,
    full: bool = True,
) -> Json:
    """All cases of the storm, by pages; each can be shown in a card of its own. `unread`: those of this page that
    nobody has looked at yet: they have no name so far, and are counted. Not `full`: nor has a possible attack.
    """
    blocks: list[Json] = []
    if unread:
        said = t("Still being looked at") + f": {unread}"
        blocks.append(rich("unread", section(_text(said))))
    for n, case in enumerate(cases):
        if is_alert(case) and not full:
            told = t("A possible attack, told in the private channel for those")
            blocks.append(rich(f"case{n}", section(_text(told))))
            continue
        title = plain(case.diagnosis.title) if case.diagnosis else t("Still being looked at")
        blocks.append(rich(f"case{n}", section(_text(visible(title, 200)))))
        blocks.append(
            {
                "type": "actions",
                "block_id": f"show{n}",
                "elements": [_button(t("Show"), f"storm_show{n}", f"c={case.id};p=-;v=0;h=-")],
            }
        )
    turns = []
    if number + 1 < pages:
        turns.append(_button(t("Next"), "storm_next", f"c={storm.id};page={number + 1}"))
    if number > 0:
        turns.append(_button(t("Before"), "storm_before", f"c={storm.id};page={number - 1}"))
    if turns:
        blocks.append({"type": "actions", "block_id": f"turn{number}", "elements": turns})
    return within_view(
        {
            "type": "modal",
            "callback_id": "storm_cases",
            "private_metadata": f"{storm.id}\n{channel}",
            "title": plain_text(t("Cases")),
            "close": plain_text(t("Close")),
            "blocks": blocks or [rich("none", section(_text(t("Nothing yet."))))],
        }
    )


def _form(callback: str, submit: str, blocks: list[Json], carried: Carried) -> Json:
    return within_view(
        {
            "type": "modal",
            "callback_id": callback,
            "private_metadata": write(carried),
            "title": plain_text(t("Review safe fixes")),
            "submit": plain_text(submit),
            "close": plain_text(t("Cancel")),
            "blocks": blocks,
        }
    )


def _button(label: str, action: str, value: str) -> Json:
    return {"type": "button", "action_id": action, "text": plain_text(label), "value": value}


def _text(text: str) -> Json:
    return {"type": "text", "text": text}
