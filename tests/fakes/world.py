"""In: people of a small Contoso. Out: an AD and an Entra that a sync and an hourly clean-up keep together.
What a test does to it (`edit`, `sync`, `sweep`, `stop_sync`) is what people and servers do to the real ones.
Promise: who came to Entra first keeps a value; the other one gets an error, until a clean-up finds it settled.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.model import AdObject, CloudObject, Flags, Holder, ObjectType, SyncError, TenantFacts
from bot.triage.value import bare_of, fold
from tests import builders
from tests.fakes.clock import HandClock


@dataclass
class World:
    clock: HandClock = field(default_factory=HandClock)
    ad: dict[str, AdObject] = field(default_factory=dict)  # by objectGUID
    entra: dict[str, CloudObject] = field(default_factory=dict)  # by id, the first synced first
    roles: dict[str, tuple[str, ...] | None] = field(default_factory=dict)  # by anchor, or by id
    cloud_managed: set[str] = field(default_factory=set)  # ids
    managed_readable: bool = True
    groups_readable: bool = True
    last_sync_at: datetime | None = None
    flags: Flags = field(default_factory=Flags)
    sync_runs: bool = True
    ad_away: bool = False
    forest_away: bool = False
    entra_away: bool = False
    reads: int = 0

    # ------------------------------------------------------------ what people do

    def add(self, *holders: Holder) -> "World":
        for holder in holders:
            if holder.ad:
                self.ad[holder.ad.guid] = holder.ad
            if holder.cloud:
                self.entra[holder.cloud.id] = holder.cloud
        return self

    def edit(self, name: str, **changes: Any) -> None:
        """An administrator changes an AD object."""
        known = self.person(name)
        self.ad[known.guid] = replace(known, **changes)

    def person(self, name: str) -> AdObject:
        return next(a for a in self.ad.values() if a.name == name)

    def account(self, name: str) -> CloudObject:
        return next(c for c in self.entra.values() if c.name == name)

    # ------------------------------------------------------------ what servers do

    def sync(self) -> None:
        """One cycle: values that AD no longer lists go, new ones come where nobody else has them."""
        if not self.sync_runs:
            return
        twins = {a.anchor: a for a in self.ad.values() if not a.deleted}
        synced = [c for c in self.entra.values() if c.synced and c.anchor in twins]
        for cloud in synced:
            # as AD spells it: an extra address that became the main one is the main one here too
            spelled = {fold(v): v for v in twins[str(cloud.anchor)].proxy_addresses}
            kept = tuple(spelled[fold(v)] for v in cloud.proxy_addresses if fold(v) in spelled)
            self.entra[cloud.id] = replace(self.entra[cloud.id], proxy_addresses=kept)
        for cloud in synced:
            self._give(cloud.id, twins[str(cloud.anchor)].proxy_addresses)
            self._name(cloud.id, twins[str(cloud.anchor)])
        self.last_sync_at = self.clock.now()

    def sweep(self) -> None:
        """The hourly clean-up: an error goes when nobody else has the value, or nobody asks for it here."""
        for cloud in list(self.entra.values()):
            wanted = self._wanted(cloud)
            left = tuple(
                e
                for e in cloud.errors
                if bare_of(e.value or "")[1] in wanted and self._taken(e.value or "", cloud.id)
            )
            self.entra[cloud.id] = replace(cloud, errors=left)

    def stop_sync(self) -> None:
        self.sync_runs = False
        self.last_sync_at = self.clock.now() - timedelta(days=1)

    def start_sync(self) -> None:
        self.sync_runs = True
        self.sync()

    def facts(self) -> TenantFacts:
        return builders.tenant_facts(last_sync_at=self.last_sync_at, flags=self.flags)

    def errors(self) -> tuple[SyncError, ...]:
        return tuple(e for c in self.entra.values() for e in c.errors)

    def _give(self, cloud_id: str, wanted: Iterable[str]) -> None:
        cloud = self.entra[cloud_id]
        proxies, errors = list(cloud.proxy_addresses), list(cloud.errors)
        for value in wanted:
            if fold(value) in {fold(v) for v in proxies}:
                continue
            if self._taken(value, cloud_id):
                if bare_of(value)[1] not in {bare_of(e.value or "")[1] for e in errors}:
                    errors.append(_error(cloud, value, self.clock.now()))
            else:
                proxies.append(value)
        self.entra[cloud_id] = replace(
            cloud,
            proxy_addresses=tuple(proxies),
            errors=tuple(errors),
            last_sync_at=self.clock.now(),
        )

    def _name(self, cloud_id: str, twin: AdObject) -> None:
        """The sign-in name follows AD unless another account has it; `mail` is the main address, if there is one."""
        cloud = self.entra[cloud_id]
        wanted = twin.user_principal_name
        others = {
            fold(c.user_principal_name or "") for c in self.entra.values() if c.id != cloud_id
        }
        main = [bare_of(v)[1] for v in cloud.proxy_addresses if v.startswith("SMTP:")]
        self.entra[cloud_id] = replace(
            cloud,
            user_principal_name=wanted
            if wanted and fold(wanted) not in others
            else cloud.user_principal_name,
            mail=main[0] if main else cloud.mail,
        )

    def _taken(self, value: str, but: str) -> bool:
        bare = bare_of(value)[1]
        return any(
            bare in {bare_of(v)[1] for v in c.proxy_addresses}
            for c in self.entra.values()
            if c.id != but
        )

    def _wanted(self, cloud: CloudObject) -> set[str]:
        twin = next((a for a in self.ad.values() if a.anchor == cloud.anchor), None)
        return {bare_of(v)[1] for v in twin.proxy_addresses} if twin else set()


def _error(on: CloudObject, value: str, at: datetime) -> SyncError:
    return builders.error(
        object_id=on.id,
        object_type=ObjectType.USER,
        object_name=on.name,
        value=value,
        occurred_at=at,
    )


def everyday() -> World:
    """John Doe has the address, the scanner's account lists it too: one C01, as Entra reports it today."""
    world = World()
    scanner = ("SMTP:svc.scanner@contoso.com", "smtp:john@contoso.com")
    john = ("SMTP:john@contoso.com", "smtp:john.d@contoso.com")
    world.add(
        builders.user("John Doe", proxies=john),
        builders.user("Svc Scanner", proxies=scanner),
        builders.user("Ingrid Berg", proxies=("SMTP:ingrid.berg@contoso.com",)),
    )
    world.clock.forward(minutes=-12)
    world.sync()
    world.clock.forward(minutes=12)
    return world
