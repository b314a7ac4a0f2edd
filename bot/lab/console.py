"""In: the lab's tenant and sync engine, and a reader's account on its AD.
Out: what the page shows behind the scenes, and what its buttons there do.
Promise: AD is read over LDAP, apart from bot and sync; a button says what it did or why it did not.
"""

import asyncio
import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.lab.contoso import load
from bot.lab.contoso.entries import Account
from bot.lab.contoso.load import Login, Read
from bot.lab.contoso.problems import PLANTS, Change, changes
from bot.lab.entra.objects import DirectoryObject, Kind, bare
from bot.lab.entra.tenant import Tenant, anchor_of
from bot.lab.sync import SyncEngine

Json = dict[str, Any]
STAYS_SHOWN = timedelta(minutes=15)  # after the error is gone, so that one sees how it ended
KINDS = {Kind.CONTACT: "contact", Kind.PUBLIC_FOLDER: "public folder"}


@dataclass(slots=True)
class Watched:
    """An address that is or was contested, and everybody who was ever seen with it."""

    seen: datetime
    guids: set[bytes] = field(default_factory=set)
    cloud_ids: set[str] = field(default_factory=set)


@dataclass(eq=False, slots=True)
class LabConsole:
    tenant: Tenant
    engine: SyncEngine
    reader: Login
    writer: Login  # as the people who cause problems: an administrator
    planted: set[str] = field(default_factory=set)
    watched: dict[str, Watched] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)  # rows stay where they were first shown

    # what is shown

    async def snapshot(self) -> Json:
        self._watch()
        found = await asyncio.to_thread(self._find, tuple(self.watched), self._guids())
        objects = self._side_by_side(found)
        plants = [
            {
                "id": each.id,
                "title": f"{each.case}: {each.story}",
                "planted": each.id in self.planted,
            }
            for each in PLANTS
        ]
        return {"sync": self._sync(), "objects": objects, "plants": plants}

    def _sync(self) -> Json:
        engine = self.engine
        return {
            "running": not engine.paused,
            "last_cycle": _epoch(self.tenant.last_sync),
            "next_cycle": None if engine.paused else _epoch(engine.next_cycle),
            "last_sweep": _epoch(engine.last_sweep.at if engine.last_sweep else None),
            "next_sweep": _epoch(engine.next_sweep),
            "errors_open": len(self._losers()),
        }

    def _losers(self) -> list[DirectoryObject]:
        return [each for each in self.tenant.objects.values() if each.errors and not each.deleted]

    def _watch(self) -> None:
        now = self.tenant.clock()
        for loser in self._losers():
            for error in loser.errors:
                watched = self.watched.setdefault(error.address, Watched(now))
                watched.seen = now
                watched.cloud_ids.add(loser.id)
                watched.cloud_ids.update(each.id for each in self.tenant.holders(error.address))
        for address in [a for a, each in self.watched.items() if now - each.seen > STAYS_SHOWN]:
            del self.watched[address]

    def _guids(self) -> set[bytes]:
        """Also of those that no longer have the address: one wants to see how it ended."""
        for each in self.watched.values():
            cloud = [self.tenant.objects[i] for i in each.cloud_ids if i in self.tenant.objects]
            each.guids.update(base64.b64decode(a) for a in map(anchor_of, cloud) if a)
        return {guid for each in self.watched.values() for guid in each.guids}

    def _find(self, addresses: Iterable[str], guids: Iterable[bytes]) -> list[Read]:
        connection = load.connect(self.reader)  # one a look: nothing to mend after an outage
        try:
            return load.find(connection, self.reader.base_dn, addresses=addresses, guids=guids)
        finally:
            connection.unbind()

    def _side_by_side(self, found: list[Read]) -> list[Json]:
        by_guid = {each.guid: each for each in found}
        shown: dict[str, Json] = {}
        for address, watched in self.watched.items():
            watched.guids.update(each.guid for each in found if address in _addresses(each))
            cloud = [self.tenant.objects[i] for i in watched.cloud_ids if i in self.tenant.objects]
            pairs = [(by_guid.get(g), self._joined(g)) for g in watched.guids if g in by_guid]
            joined = {id(entra) for _, entra in pairs}
            pairs += [(None, each) for each in cloud if id(each) not in joined]
            for ad, entra in sorted(pairs, key=_losers_first):
                key = _key(ad, entra)
                self.places.setdefault(key, len(self.places))
                row = shown.setdefault(key, _row(key, ad, entra))
                row["contested"].append(address)
        return sorted(shown.values(), key=lambda row: self.places[row["key"]])

    def _joined(self, guid: bytes) -> DirectoryObject | None:
        anchored = self.tenant.find_by_anchor(base64.b64encode(guid).decode())
        return next(iter(sorted(anchored, key=lambda each: each.deleted is not None)), None)

    # what is done

    async def act(self, name: str, arguments: Json) -> Json:
        match name:
            case "cycle":
                return await self._cycle()
            case "sweep":
                result = await self.engine.sweep()
                return _done(
                    f"Swept. Values given back: {len(result.returned)}. Errors of values that"
                    f" nobody asks for any more: {len(result.withdrawn)}. Left: {result.remaining}."
                )
            case "stop" | "start":
                self.engine.paused = name == "stop"
                return _done("The sync is stopped." if name == "stop" else "The sync runs again.")
            case "plant":
                return await self._plant(str(arguments.get("id", "")))
            case _:
                return _refused(f"There is no action {name!r}: cycle, sweep, stop, start or plant.")

    async def _cycle(self) -> Json:
        result = await self.engine.cycle()
        if result.stopped:
            return _refused(f"Nothing was synchronized: {result.stopped}.")
        return _done(
            f"Synchronized: {len(result.added)} added, {len(result.updated)} updated, "
            f"{len(result.deleted)} deleted. Objects with an error: {len(self._losers())}."
        )

    async def _plant(self, wanted: str) -> Json:
        problem = next((each for each in PLANTS if each.id == wanted), None)
        if problem is None:
            return _refused(f"There is nothing to plant called {wanted!r}.")
        if problem.id in self.planted:
            return _refused(f"Planted already: {problem.story}.")
        self.planted.add(problem.id)
        try:
            await make(problem.changes, self.writer)
        except load.DirectoryRefused as refused:
            self.planted.discard(problem.id)
            return _refused(str(refused))
        if self.engine.paused:
            return _done(f"{problem.story}. The sync is stopped, so Entra does not know it yet.")
        told = await self._cycle()
        if problem.mended:
            await make(problem.mended, self.writer)
            told = await self._cycle()
        return _done(f"{problem.story}. {told['message']}")


async def make(wanted: Iterable[Change | Account], writer: Login) -> None:
    """Write the changes of a problem, as the people did who caused it."""
    await asyncio.to_thread(_make, wanted, writer)


def _make(wanted: Iterable[Change | Account], writer: Login) -> None:
    connection = load.connect(writer)
    try:
        load.write(connection, changes(wanted, writer.base_dn))
    finally:
        connection.unbind()


def _addresses(ad: Read) -> set[str]:
    values = [
        v
        for name in ("proxyAddresses", "mail", "userPrincipalName")
        for v in ad.values.get(name, ())
    ]
    return {bare(value) for value in values}


def _losers_first(pair: tuple[Read | None, DirectoryObject | None]) -> tuple[bool, str]:
    ad, entra = pair
    return not (entra and entra.errors), _key(ad, entra)


def _key(ad: Read | None, entra: DirectoryObject | None) -> str:
    if ad is not None:
        return base64.b64encode(ad.guid).decode()
    return (anchor_of(entra) or entra.id) if entra else ""


def _row(key: str, ad: Read | None, entra: DirectoryObject | None) -> Json:
    name = (ad.values.get("displayName") or [ad.dn])[0] if ad else None
    return {
        "key": key,
        "title": name or (entra.display_name if entra else "") or key,
        "kind": _kind(ad, entra),
        "ad": {"dn": ad.dn, "attrs": ad.values} if ad else None,
        "entra": _entra(entra) if entra else None,
        "contested": [],
    }


def _kind(ad: Read | None, entra: DirectoryObject | None) -> str:
    if entra is not None:
        return KINDS.get(entra.kind, entra.kind.value)
    return ad.object_classes[-1] if ad else ""


def _entra(entra: DirectoryObject) -> Json:
    values = {
        "displayName": [entra.display_name] if entra.display_name else [],
        "userPrincipalName": [entra.user_principal_name] if entra.user_principal_name else [],
        "mail": [entra.mail] if entra.mail else [],
        "mailNickname": [entra.mail_nickname] if entra.mail_nickname else [],
        "proxyAddresses": entra.proxy_addresses,
    }
    return {
        "id": entra.id,
        "attrs": {name: list(value) for name, value in values.items() if value},
        "errors": [f"{e.category} {e.property_causing_error}: {e.value}" for e in entra.errors],
    }


def _epoch(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _done(message: str) -> Json:
    return {"ok": True, "message": message}


def _refused(message: str) -> Json:
    return {"ok": False, "message": message}
