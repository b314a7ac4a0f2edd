"""In: AD over LDAP, an Entra tenant, and how often to look.
Out: cycles that export AD to the tenant, and the tenant's sweeps, with their last results.
Promise: an import that breaks off exports nothing; two cycles never overlap; see README.md.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.lab.entra import provisioning, quarantine
from bot.lab.entra.objects import Kind
from bot.lab.entra.provisioning import ExportError, Incoming
from bot.lab.entra.tenant import utc_now
from bot.lab.sync import source as ldap
from bot.lab.sync.source import AdEntry, SourceError, SyncSource
from bot.lab.sync.transform import anchor_of, in_scope, kind_of, ordered, transform

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.lab.entra.objects import DirectoryObject
    from bot.lab.entra.quarantine import SweepResult
    from bot.lab.entra.tenant import Tenant

EXPORTS_AT_A_TIME = 100  # then the event loop gets a turn
PAUSED = "the sync is stopped"


@dataclass(slots=True)
class CycleResult:
    """`stopped` says why nothing was exported, or why no deletion was."""

    started: datetime
    ended: datetime | None = None
    read: int = 0
    in_scope: int = 0
    added: list[str] = field(default_factory=list)  # object ids, as are the next three
    updated: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    errors: int = 0
    stopped: str | None = None


class SyncEngine:
    def __init__(
        self,
        source: SyncSource,
        tenant: Tenant,
        *,
        cycle_seconds: float,
        sweep_seconds: float,
        clock: Callable[[], datetime] = utc_now,
        net_bios_name: str | None = None,
        write_back_anchor: bool = False,
    ) -> None:
        self.source = source
        self.tenant = tenant
        self.cycle_seconds = cycle_seconds
        self.sweep_seconds = sweep_seconds
        self.clock = clock
        self.paused = False
        self.export_errors: list[ExportError] = []
        self.last_cycle: CycleResult | None = None
        self.last_sweep: SweepResult | None = None
        self.next_cycle: datetime = clock()
        self.next_sweep: datetime = clock() + timedelta(seconds=sweep_seconds)
        first_label = source.base_dn.partition(",")[0].rpartition("=")[2]
        self._net_bios_name = net_bios_name or first_label.upper()
        self._write_back_anchor = write_back_anchor
        self._connector_space: dict[tuple[Kind, str], Incoming] = {}
        self._busy = asyncio.Lock()
        self._due = asyncio.Event()

    async def cycle(self) -> CycleResult:
        """One synchronization, now. Waits for one that is under way."""
        async with self._busy:
            result = CycleResult(started=self.clock())
            if self.paused:
                result.stopped = PAUSED
            else:
                await self._synchronize(result)
            result.ended = self.clock()
            self.next_cycle = result.ended + timedelta(seconds=self.cycle_seconds)
            self.last_cycle = result
            return result

    async def sweep(self) -> SweepResult:
        """The service's own timer: it runs whether or not the sync does."""
        self.last_sweep = quarantine.sweep(self.tenant)
        self.next_sweep = self.clock() + timedelta(seconds=self.sweep_seconds)
        return self.last_sweep

    async def run(self) -> None:
        """Cycles and sweeps when they are due, until cancelled."""
        while True:
            if self.clock() >= self.next_cycle:
                await self.cycle()
            if self.clock() >= self.next_sweep:
                await self.sweep()
            wait = min(self.next_cycle, self.next_sweep) - self.clock()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), max(wait.total_seconds(), 0.001))
            self._due.clear()

    def wake(self) -> None:
        """Look again at what is due: the clock, or one of the times, was changed."""
        self._due.set()

    async def _synchronize(self, result: CycleResult) -> None:
        try:
            entries = await asyncio.to_thread(ldap.read, self.source)
        except SourceError as error:
            result.stopped = str(error)
            return
        result.read = len(entries)
        chosen = ordered(entry for entry in entries if in_scope(entry))
        result.in_scope = len(chosen)
        arriving = {
            (incoming.kind, incoming.anchor): (incoming, entry)
            for entry in chosen
            for incoming in [transform(entry, net_bios_name=self._net_bios_name)]
        }
        self.export_errors = []
        # deletions first: what they free is free for this cycle's additions
        self._delete(set(self._connector_space) - set(arriving), result)
        for number, (key, (incoming, entry)) in enumerate(arriving.items(), start=1):
            if self._export(key, incoming, result):
                await self._keep_anchor(entry, result)
            if number % EXPORTS_AT_A_TIME == 0:
                await asyncio.sleep(0)
        self._link_members(chosen)
        result.errors = len(self.export_errors)
        self.tenant.last_sync = self.tenant.clock()

    def _export(self, key: tuple[Kind, str], incoming: Incoming, result: CycleResult) -> bool:
        """True when the object is new to Entra. What has not changed is not sent again."""
        kind, anchor = key
        present = provisioning.find_synchronized(self.tenant, anchor, kind) is not None
        if present and self._connector_space.get(key) == incoming:
            return False
        outcome = provisioning.export(self.tenant, incoming)
        if isinstance(outcome, ExportError):
            self.export_errors.append(outcome)
            return False
        self._connector_space[key] = incoming
        lists = {"added": result.added, "updated": result.updated, "ignored": []}
        lists.get(outcome.how, result.joined).append(outcome.object_id)
        return outcome.how == "added"

    def _delete(self, gone: set[tuple[Kind, str]], result: CycleResult) -> None:
        threshold = self.tenant.rules.deletion_threshold
        if len(gone) > threshold:
            result.stopped = f"{len(gone)} deletions are more than the threshold of {threshold}"
            return
        for key in sorted(gone):
            kind, anchor = key
            present = provisioning.find_synchronized(self.tenant, anchor, kind)
            if present is not None:
                outcome = provisioning.withdraw(self.tenant, present)
                if outcome.how == "deleted":
                    result.deleted.append(outcome.object_id)
            elif restored := self._restored(kind, anchor):
                self.export_errors.append(_not_ours(self._connector_space[key], restored))
                continue
            del self._connector_space[key]

    def _restored(self, kind: Kind, anchor: str) -> DirectoryObject | None:
        found = self.tenant.find_by_anchor(anchor)
        return next((each for each in found if each.kind is kind and each.deleted is None), None)

    def _link_members(self, entries: list[AdEntry]) -> None:
        """Members that are in scope themselves; the others are left out, as Connect does."""
        by_dn: dict[str, DirectoryObject] = {}
        for entry in entries:
            kind = kind_of(entry)
            anchor = anchor_of(entry)
            found = kind and provisioning.find_synchronized(self.tenant, anchor, kind)
            if found:
                by_dn[entry.dn.lower()] = found
        for entry in entries:
            group = by_dn.get(entry.dn.lower())
            if group is not None and group.kind is Kind.GROUP and not group.cloud_managed:
                names = (dn.lower() for dn in entry.texts("member"))
                group.members = [by_dn[name].id for name in names if name in by_dn]

    async def _keep_anchor(self, entry: AdEntry, result: CycleResult) -> None:
        guid = entry.octets("objectGUID")
        empty = entry.octets("mS-DS-ConsistencyGuid") is None
        if self._write_back_anchor and guid and empty and kind_of(entry) is Kind.USER:
            try:
                await asyncio.to_thread(ldap.write_anchor, self.source, entry.dn, guid)
            except SourceError as error:
                result.stopped = str(error)


def _not_ours(incoming: Incoming, restored: DirectoryObject) -> ExportError:
    return ExportError(
        error="DeletingCloudOnlyObjectNotAllowed",
        message="This synchronization operation, Delete, is not valid. (114)",
        distinguished_name=incoming.distinguished_name,
        anchor=incoming.anchor,
        object_id=restored.id,
    )
