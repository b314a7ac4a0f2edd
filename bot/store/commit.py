"""In: a message and the result of handling it. Out: one Lua call that commits all of it, or Moved.
The result is checked here as far as a bug could have made it wrong; the Lua checks what may have changed.
Promise: a message is finished once; whoever comes second is told, and leaves nothing behind.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from bot.errors import Moved
from bot.model import LIVE, TRANSITIONS, Case
from bot.ports import AuditLine, Clock, Result
from bot.store import wire
from bot.store.keys import CLOSED_SECONDS, GROUP, STREAMS, Keys
from bot.store.scripts import GroupGone, Script, call
from bot.worker import AlreadyDone, Message

Link = Callable[[str, AuditLine, datetime], tuple[str, str]]

_COMMIT = Script("commit")
_AUDIT = Script("audit")


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a commit needs. The lock keeps the tasks of one process from racing for the audit head."""

    redis: Redis
    keys: Keys
    clock: Clock
    link: Link
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


async def commit(
    ledger: Ledger, message: Message, result: Result, *, poisoned_by: str | None = None
) -> None:
    case = result.case
    if case is not None:
        await _check_case(ledger, case)
    plan, keys, text = _plan(ledger, message, result, poisoned_by)
    if not result.audit:
        await _run(ledger, keys, plan, text)
        return
    async with ledger.lock:
        plan["head"] = await _head(ledger)
        while True:
            chain(ledger, plan, result.audit)
            moved = await _run(ledger, keys, plan, text)
            if moved is None:
                return
            plan["head"] = moved  # another process got in between: hash again, on its line


async def append_audit(ledger: Ledger, lines: Sequence[AuditLine]) -> None:
    """Lines that belong to no message."""
    keys = [ledger.keys.named("audit"), ledger.keys.named("audit:head")]
    async with ledger.lock:
        plan: dict[str, Any] = {"head": await _head(ledger)}
        while True:
            chain(ledger, plan, lines)
            texts: list[str] = plan["audit"]
            answer = await _AUDIT.run(ledger.redis, keys, plan["head"], plan["new_head"], *texts)
            if answer[0] == "OK":
                return
            plan["head"] = answer[1]


def chain(ledger: Ledger, plan: dict[str, Any], lines: Sequence[AuditLine]) -> None:
    head, texts, at = plan["head"], [], ledger.clock.now()
    for line in lines:
        head, text = ledger.link(head, line, at)
        texts.append(text)
    plan["audit"], plan["new_head"] = texts, head


async def _head(ledger: Ledger) -> str:
    return str(await call(ledger.redis, "GET", ledger.keys.named("audit:head")) or "")


async def _check_case(ledger: Ledger, case: Case) -> None:
    """A wrong transition is a bug and raises; it cannot slip through, for the version is compared once more."""
    key = ledger.keys.case(case.id)
    head = await call(ledger.redis, "GETRANGE", key, 0, wire.HEAD_BYTES)
    version, state = wire.case_head(case.id, head)
    if version != case.version:
        raise _moved(case)
    if case.state is not state and case.state not in TRANSITIONS[state]:
        raise ValueError(f"A case cannot go from {state} to {case.state} (case {case.id}).")


def _plan(
    ledger: Ledger, message: Message, result: Result, poisoned_by: str | None
) -> tuple[dict[str, Any], list[str], str]:
    keys, clock = ledger.keys, ledger.clock
    own = wire.entry(message.event)
    follow = [wire.entry(event, after=message.lane) for event in result.follow]
    marks = result.marks or {}
    plan: dict[str, Any] = {
        "id": message.id,
        "group": GROUP,
        "member": own.member(),
        "audit": [],
        "follow": [[1 + STREAMS.index(e.stream), e.kind, e.version, e.body] for e in follow],
        "later": [[str(millis(due.at)), wire.entry(due.event).member()] for due in result.later],
        "relied": [
            [name, "" if text is None else text, "gone" if text is None else "there"]
            for name, text in (result.relies or {}).items()
        ],
        "marks": [[name, text] for name, text in marks.items() if text is not None],
        "unmarks": [name for name, text in marks.items() if text is None],
    }
    names = ["audit", "audit:head", "due", "flying", "marks", "live", "closed", "poison"]
    touched = [
        keys.named(f"{message.lane}:{message.role}"),
        *map(keys.named, names),
        *keys.streams(),
    ]
    text = ""
    if poisoned_by is not None:
        plan["poison"] = [own.stream, own.kind, own.version, own.body, poisoned_by]
    if result.case is not None:
        case = result.case
        now = clock.now()
        plan["case"] = {
            "id": case.id,
            "version": str(case.version),
            "head_bytes": wire.HEAD_BYTES,
            "keep": CLOSED_SECONDS,
            "forgotten": str(millis(now) - CLOSED_SECONDS * 1000),
        }
        if case.state not in LIVE:
            plan["case"]["closed"] = str(millis(now))
        text = wire.encode_case(case)
        touched += [keys.case(case.id), keys.card(case.id)]
    return plan, touched, text


async def _run(ledger: Ledger, keys: list[str], plan: dict[str, Any], text: str) -> str | None:
    """None: committed. A text: the audit head that is there now."""
    try:
        answer = await _COMMIT.run(ledger.redis, keys, json.dumps(plan), text)
    except GroupGone as error:
        raise AlreadyDone(f"Redis no longer knows message {plan['id']}.") from error
    if answer[0] == "GONE":
        raise AlreadyDone(f"Message {plan['id']} was finished by another worker.")
    if answer[0] == "MOVED":
        raise Moved("What this was made from was changed meanwhile.")
    return str(answer[1]) if answer[0] == "HEAD" else None


def _moved(case: Case) -> Moved:
    return Moved(f"Case {case.id} was changed meanwhile.")


def millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
