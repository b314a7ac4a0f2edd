"""In: a case, and what is known of its message. Out: whose turn it is to show it, where, to whom and how much of it.
A card stays in the channel it was posted in. Only one that turns out to be a possible attack leaves it.
Promise: pure; what may be an attack is drawn nowhere but in a channel that is known to be private.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.model import Case
from bot.ports import Shown
from bot.triage.routing import Table, route_of
from bot.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`lane`: the channel whose sender does it, so that two never work on one card.

    `moves`: the channel that the card leaves for; the message that is there becomes a pointer first.
    `hidden`: there is no private channel to show it in; what is posted says only that.
    """

    lane: str
    moves: str = ""
    hidden: bool = False
    alert: bool = False
    language: Language = Language.EN
    approvers: tuple[str, ...] = ()
    notify: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()


class Places:
    def __init__(self, table: Table, *, private: Callable[[str], bool] = lambda _: False) -> None:
        """`private`: whether a channel is known to be private at this moment."""
        self.table = table
        self._private = private
        self._channels = frozenset(table.channels())

    def of(self, case: Case, shown: Shown | None) -> Place:
        route = route_of(case, self.table)
        there = _channel_of(shown)
        safe = bool(route.channel) and self._private(route.channel)
        hidden = route.alert and not safe
        target = self.table.rest.channel if hidden else route.channel
        leaves = route.alert and safe and bool(there) and there != route.channel
        return Place(
            lane=there if there in self._channels else target,
            moves=route.channel if leaves else "",
            hidden=hidden,
            alert=route.alert,
            language=Language(route.row.language),
            approvers=route.approvers,
            notify=route.row.notify,
            watch=route.row.watch,
        )

    def usual(self) -> str:
        return self.table.rest.channel


def _channel_of(shown: Shown | None) -> str:
    """Where it is, or may be: the answer to a post may have been lost."""
    if shown is None or not (shown.stamp or shown.since is not None):
        return ""
    return shown.channel
