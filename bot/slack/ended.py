"""In: a case that is over, and whoever watches it. Out: a message to each of them, one after the other.
Promise: pure; of a possible attack a direct message says no more than that it is over.
"""

from typing import Any

from bot.model import Case, Say, State
from bot.ports import Shown
from bot.slack.cards import Card, draw
from bot.slack.limits import within
from bot.slack.places import Place
from bot.slack.words import escaped, plain, rich, runs, section

OVER = frozenset({State.VERIFIED, State.CLOSED})


def next_watcher(case: Case, shown: Shown, place: Place) -> str | None:
    """Who is to be told next; None: nobody, or all of them were."""
    if case.state not in OVER or place.hidden or shown.watchers >= len(place.watch):
        return None
    return place.watch[shown.watchers]


def told(case: Case, *, alert: bool) -> Card:
    say = Say("Case {id}, which you watch, is over.", {"id": case.id})
    elements: list[dict[str, Any]] = runs(say)
    text = escaped(plain(say))
    if not alert:
        # the card's own words: how it stands, and what it is about
        card = draw(case, approvers=())
        elements.append({"type": "text", "text": f" {_unescaped(card.text)}"})
        text = f"{text} {card.text}"
    return Card(
        text=text, blocks=within([rich(f"over:{case.id}", section(*elements))]), metadata={}
    )


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
