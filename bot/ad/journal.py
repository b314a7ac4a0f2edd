"""In: intents and receipts of the writer. Out: the same, from a file that outlives every crash and every Redis.
One JSON line each, appended and fsynced before anybody acts on it; one process at a time holds the file.
Promise: what was acknowledged is there for good; what a crash tore is kept aside and told, never dropped in silence.
"""

import asyncio
import fcntl
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from bot.errors import Refused, SettingsError
from bot.model import Decision, Proposal, Receipt, WriteResult
from bot.ports import Clock

T = TypeVar("T")

VERSION = 1
_COUNTED = frozenset({WriteResult.WRITTEN, WriteResult.UNKNOWN})

log = structlog.get_logger("bot.ad.journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    at: datetime
    decision: Decision
    proposal: Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    v: int
    intent: Intent | None = None
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    v: int


class FileJournal:
    """The Journal port. Make it with `open_journal`."""

    def __init__(self, path: Path, descriptor: int, clock: Clock) -> None:
        self.path = path
        self.torn: bytes = b""  # what a crash left of a last line; it lies beside the journal
        self._clock = clock
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._length = 0
        self._broken = ""
        self._intents: dict[str, Intent] = {}
        self._receipts: dict[str, list[Receipt]] = {}

    async def intend(self, decision: Decision, proposal: Proposal) -> None:
        intent = Intent(at=self._clock.now(), decision=decision, proposal=proposal)

        def once() -> None:
            if proposal.id in self._intents:
                raise Refused(
                    "journal",
                    "This proposal is in the journal already; it is never written a second time.",
                    todo="Look at the card again: a new proposal is made from what is true now.",
                )
            self._append(Line(v=VERSION, intent=intent))

        await self._in_thread(once)

    async def intended(self, proposal_id: str) -> Proposal | None:
        with self._lock:
            known = self._intents.get(proposal_id)
        return known.proposal if known else None

    async def receipts(self, proposal_id: str) -> tuple[Receipt, ...] | None:
        with self._lock:
            if proposal_id not in self._intents:
                return None
            return tuple(self._receipts.get(proposal_id, ()))

    async def record(self, receipt: Receipt) -> None:
        def known() -> None:
            if receipt.proposal_id not in self._intents:
                raise Refused("journal", "There is no intent for this receipt in the journal.")
            self._append(Line(v=VERSION, receipt=receipt))

        await self._in_thread(known)

    async def writes_since(self, moment: datetime) -> int:
        """Steps whose last word is "written", or not known: an unknown one may have been written."""
        with self._lock:
            last = {
                (proposal_id, receipt.step): receipt
                for proposal_id, receipts in self._receipts.items()
                for receipt in receipts
            }
        return sum(r.result in _COUNTED and r.at >= moment for r in last.values())

    async def intents(self) -> tuple[Intent, ...]:
        """In the order in which they were written: to see whether Redis is behind."""
        with self._lock:
            return tuple(self._intents.values())

    async def close(self) -> None:
        def shut() -> None:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1

        await self._in_thread(shut)

    # ------------------------------------------------------------ in the thread

    async def _in_thread(self, work: Callable[[], T]) -> T:
        def locked() -> T:
            with self._lock:
                return work()

        return await asyncio.to_thread(locked)

    def _append(self, line: Line) -> None:
        if self._broken or self._descriptor < 0:
            raise Refused("journal", self._broken or "The journal is closed.")
        octets = msgspec.json.encode(line) + b"\n"
        try:
            _write_all(self._descriptor, octets)
            os.fsync(self._descriptor)
        except OSError as error:
            self._take_back(error)
            raise Refused(
                "journal",
                f"The journal {self.path} cannot be written: {error.strerror}.",
                todo="Nothing is written to AD without it. Free the disk or correct its rights.",
            ) from error
        self._length += len(octets)
        self._remember(line)

    def _take_back(self, error: OSError) -> None:
        """Half a line must not stand before the next one."""
        try:
            os.ftruncate(self._descriptor, self._length)
            os.fsync(self._descriptor)
        except OSError:
            self._broken = (
                f"The journal {self.path} broke: {error.strerror}. Mend the disk, then start anew."
            )

    def _remember(self, line: Line) -> None:
        if line.intent:
            self._intents[line.intent.proposal.id] = line.intent
        if line.receipt:
            self._receipts.setdefault(line.receipt.proposal_id, []).append(line.receipt)

    def load(self) -> None:
        """Blocking; once, by `open_journal`, with the lock on the file held."""
        content = _read_all(self._descriptor)
        lines = content.split(b"\n")
        position = 0
        for number, octets in enumerate(lines, 1):
            if not octets and _nothing_after(lines, number):
                break
            try:
                line = _decoded(self.path, number, octets)
            except msgspec.MsgspecError as error:
                if not _nothing_after(lines, number):
                    raise SettingsError(
                        f"Line {number} of the journal {self.path} is damaged: {error}.",
                        todo="Nothing is written before it is mended from a backup; move it away only if you "
                        "accept that earlier writes are forgotten.",
                    ) from error
                break
            self._remember(line)
            position += len(octets) + 1
        self._length = position
        if position != len(content):
            self._set_aside(content, position)

    def _set_aside(self, content: bytes, position: int) -> None:
        if position == len(content) + 1:  # whole, but for its line end
            _write_all(self._descriptor, b"\n")
            os.fsync(self._descriptor)
            return
        self.torn = content[position:]
        beside = self.path.with_name(self.path.name + ".torn")
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(beside, flags, 0o600)
        try:
            _write_all(descriptor, self.torn + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _sync_folder(self.path.parent)
        os.ftruncate(self._descriptor, position)
        os.fsync(self._descriptor)
        log.warning(
            "journal.torn",
            kept=str(beside),
            octets=len(self.torn),
            todo="The last write before the crash was never confirmed; nothing was sent to AD on its strength.",
        )


async def open_journal(path: Path, clock: Clock) -> FileJournal:
    """Raises SettingsError: another process has it, it cannot be made, or it is from another version."""
    return await asyncio.to_thread(_open, path, clock)


def _open(path: Path, clock: Clock) -> FileJournal:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        raise SettingsError(
            f"The journal {path} cannot be opened: {error.strerror}.",
            todo="Set the journal's path to a file on a disk that this process may write.",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.fchmod(descriptor, 0o600)
        _sync_folder(path.parent)
        journal = FileJournal(path, descriptor, clock)
        journal.load()
    except BlockingIOError as error:
        os.close(descriptor)
        raise SettingsError(
            f"Another process holds the journal {path}.",
            todo="Only one writer may run: stop the other one.",
        ) from error
    except BaseException:
        os.close(descriptor)
        raise
    return journal


def _decoded(path: Path, number: int, octets: bytes) -> Line:
    version = msgspec.json.decode(octets, type=_Version).v
    if version != VERSION:
        raise SettingsError(
            f"Line {number} of the journal {path} is of version {version}; this bot knows {VERSION}.",
            todo="Run the version of the bot that wrote it, or a newer one.",
        )
    line = msgspec.json.decode(octets, type=Line)
    if (line.intent is None) == (line.receipt is None):
        raise msgspec.ValidationError("neither an intent nor a receipt")
    return line


def _nothing_after(lines: list[bytes], number: int) -> bool:
    """A crash can leave half a line, or a stretch of zeros where the line was to be."""
    return not any(octets.strip(b"\0 ") for octets in lines[number:])


def _write_all(descriptor: int, octets: bytes) -> None:
    left = memoryview(octets)
    while left:
        left = left[os.write(descriptor, left) :]


def _read_all(descriptor: int) -> bytes:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read()


def _sync_folder(folder: Path) -> None:
    """The name of a new file is safe only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
