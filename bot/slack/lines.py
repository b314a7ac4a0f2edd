"""In: a case, and what the thread of its card has told of it. Out: the next message of the thread, or None.
Each moment of the timeline is told once, in its order; what is new goes into one message.
Promise: pure; within Slack's limits whatever the values are; a case that goes to and fro does not flood the channel.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.model import Case, Moment, Say
from bot.ports import Shown
from bot.slack.limits import within
from bot.slack.words import escaped, plain, rich, runs, section, visible

EVENT_TYPE = "dirsync_told"
MAX_LINES = 10  # of one message; the rest is counted
MAX_LINE = 700
MAX_TEXT = 700
LONG = 30  # from here on, what nobody did by hand is told ten at a time
AT_ONCE = 10
NEWEST = 3


@dataclass(frozen=True, slots=True)
class Told:
    """`upto`: how many moments the thread has told with this message."""

    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any]
    broadcast: bool
    upto: int


def due(case: Case, shown: Shown, notify: Sequence[str] = ()) -> bool:
    """Whether there is anything that the card and its thread do not say yet, or anybody to be told of it."""
    fresh = case.timeline[shown.told :]
    if shown.restart or (notify and fresh and not shown.told):
        return True
    if not fresh or len(case.timeline) <= shown.opened:
        return False
    return shown.told < LONG or len(fresh) >= AT_ONCE or any(_matters(m) for m in fresh)


def next_message(case: Case, shown: Shown, notify: Sequence[str] = ()) -> Told | None:
    """`notify`: who is mentioned in the first one of a thread."""
    if not due(case, shown, notify):
        return None
    before, fresh = case.timeline[: shown.told], case.timeline[shown.told :]
    kept = _kept(fresh, NEWEST if shown.told >= LONG else MAX_LINES)
    ahead = _posted_anew(before) if shown.restart else []
    if left := len(fresh) - len(kept):
        ahead.append(Say("Steps left out here: {count}.", {"count": str(left)}))
    upto = len(case.timeline)
    called = [section(*_mentions(notify))] if notify and not shown.told else []
    last = kept[-1] if kept else None
    return Told(
        text=escaped(visible(_spoken(last) if last else plain(ahead[0]), MAX_TEXT)),
        blocks=within(
            [
                rich(
                    f"told:{case.id}:{upto}",
                    *called,
                    *(section(*_bounded(say)) for say in ahead),
                    *(_line(moment) for moment in kept),
                )
            ]
        ),
        metadata={
            "event_type": EVENT_TYPE,
            "event_payload": {"case_id": case.id, "from": shown.told, "upto": upto},
        },
        broadcast=any(m.broadcast for m in fresh),
        upto=upto,
    )


def _matters(moment: Moment) -> bool:
    return bool(moment.who) or moment.broadcast or bool(moment.mention)


def _mentions(people: Sequence[str]) -> list[dict[str, Any]]:
    """Elements of rich text: Slack tells whom they name."""
    elements: list[dict[str, Any]] = []
    for user in people:
        elements += [{"type": "user", "user_id": user}, {"type": "text", "text": " "}]
    return elements


def _kept(fresh: Sequence[Moment], most: int) -> list[Moment]:
    """The newest, and before all what people did: in their order."""
    newest = range(len(fresh) - 1, -1, -1)
    ranked = sorted(newest, key=lambda n: not (_matters(fresh[n]) or n == len(fresh) - 1))
    return [fresh[n] for n in sorted(ranked[:most])]


def _posted_anew(before: Sequence[Moment]) -> list[Say]:
    say = Say("This card was posted anew: the message before it is gone from Slack.")
    if not before:
        return [say]
    told: dict[str, str | Say] = {"count": str(len(before)), "step": before[-1].say}
    return [say, Say("Steps told in the thread before: {count}. The last one: {step}", told)]


def _line(moment: Moment) -> dict[str, Any]:
    when = {
        "type": "date",
        "timestamp": int(moment.at.timestamp()),
        "format": "{date_short_pretty} {time_secs}",  # in the reader's own time zone
        "fallback": f"{moment.at:%Y-%m-%d %H:%M:%S} UTC",
    }
    who = f"  {visible(moment.who, 80)}: " if moment.who else "  "
    called = _mentions(moment.mention)
    return section(when, {"type": "text", "text": who}, *called, *_bounded(moment.say))


def _bounded(say: Say) -> list[dict[str, Any]]:
    drawn = runs(say)
    if sum(len(run["text"]) for run in drawn) <= MAX_LINE:
        return drawn
    return [{"type": "text", "text": visible(plain(say), MAX_LINE)}]


def _spoken(moment: Moment) -> str:
    """For notifications and screen readers."""
    said = plain(moment.say)
    return f"{moment.who}: {said}" if moment.who else said or "…"
