"""In: a connection to the pinned DC, a step, and a last look at everything. Out: what the one modify did.
Delete the exact old values, add the new ones, in one request: AD does all of it or, when a value has gone, nothing.
Promise: one modify at most; no control, no replace, no retry; nothing is sent once nobody waits any more. Blocking.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ldap3
from ldap3.core.exceptions import LDAPException

from bot.ad.forest import Forest
from bot.ad.probe import Terrain
from bot.ad.target import Fit, Target, fit, merged, read_target
from bot.ad.trouble import spoken
from bot.errors import DirsyncError
from bot.model import Say, Step


class Gate:
    """Between "nobody waits any more" and "it was sent" there is no third: whoever comes first decides."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent = False
        self._closed = False

    def pass_through(self) -> bool:
        with self._lock:
            self._sent = self._sent or not self._closed
            return self._sent

    def close(self) -> bool:
        """Whether the modify may have been sent."""
        with self._lock:
            self._closed = True
            return self._sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """`code` is the DC's answer to the modify; None: none was sent, for the reason that `refused` or `fit` gives."""

    before: Target | None = None
    after: Target | None = None
    fit: Fit = Fit.STALE
    refused: Say | None = None
    code: int | None = None
    said: str = ""


def swap(
    connection: ldap3.Connection,
    forest: Forest,
    terrain: Terrain,
    step: Step,
    last_look: Callable[[Target], Say | None],
    gate: Gate,
) -> Swap:
    before = read_target(connection, forest, terrain, step.guid)
    if before is None:
        return Swap()
    if refused := last_look(before):
        return Swap(before=before, refused=refused)
    fits = fit(before, step)
    if fits is not Fit.READY or not gate.pass_through():
        return Swap(before=before, after=before, fit=fits)
    modify: Any = connection.modify  # the stubs leave it untyped
    _, result, _, _ = modify(f"<GUID={step.guid}>", _changes(step))
    after = _read_again(connection, forest, terrain, step)
    return Swap(
        before=before,
        after=after,
        fit=fit(after, step) if after else Fit.STALE,
        code=int(result["result"]),
        said=spoken(result),
    )


def _changes(step: Step) -> dict[str, list[tuple[str, list[bytes]]]]:
    """Delete first: matching ignores case, so an added `SMTP:a` would meet the `smtp:a` still there."""
    changes: dict[str, list[tuple[str, list[bytes]]]] = {}
    for attribute, (delete, add) in merged(step).items():
        operations: list[tuple[str, list[bytes]]] = []
        if delete:
            operations.append((ldap3.MODIFY_DELETE, [value.encode() for value in delete]))
        if add:
            operations.append((ldap3.MODIFY_ADD, [value.encode() for value in add]))
        changes[attribute] = operations
    return changes


def _read_again(
    connection: ldap3.Connection, forest: Forest, terrain: Terrain, step: Step
) -> Target | None:
    """The modify has its answer; that the look afterwards fails does not take it back."""
    try:
        return read_target(connection, forest, terrain, step.guid)
    except (LDAPException, OSError, DirsyncError):
        return None
