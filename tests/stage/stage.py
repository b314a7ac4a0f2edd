"""In: people, groups and contacts, as a test puts them into AD. Out: AD, the sync, Entra and the bot, in one process.
`sync`, `sweep` and `poll` are what servers do; `approve`, `settle` and `undo` are what people and the bot do.
Promise: the bot has its real handlers and its real adapters here; only Slack, Redis and the clock are stood in for,
and what a test reads of a directory it reads from the directory itself, never through the bot.
"""

import base64
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ldap3.utils.dn import escape_rdn

from bot.ad.forest import Forest
from bot.ad.journal import FileJournal, open_journal
from bot.ad.modify import Caps, Writer
from bot.ad.protection import Protection
from bot.ad.search import Reader
from bot.lab.ad import Directory
from bot.lab.ad.accounts import Rights, writer
from bot.lab.ad.changes import Change as Edit
from bot.lab.ad.changes import attribute_of, octets
from bot.lab.ad.tree import Entry
from bot.lab.ad.values import filetime
from bot.lab.entra import DirectoryObject, Kind, Rules, Tenant, assign_licence
from bot.lab.sync import SyncEngine, SyncSource
from bot.model import (
    Case,
    Diagnosis,
    Mode,
    ObjectType,
    Origin,
    Proposal,
    Risk,
    Runbook,
    State,
    SyncError,
)
from bot.model import Kind as KeyKind
from bot.sources.drift import DriftWalk
from bot.sources.entra_quarantine import EntraQuarantine
from bot.store import wire
from bot.triage.policy import Policy
from bot.triage.undo import undo_of_case
from bot.triage.value import bare_of
from handlers.timing import Timing
from tests.builders import NOW, TENANT
from tests.fakes.bot import Bot
from tests.fakes.clock import HandClock
from tests.fakes.people import INGRID, KARI
from tests.fakes.world import World
from tests.stage.agent import WithAgent
from tests.stage.house import BASES, House, dc_name

MAIL_DOMAIN = "contoso.com"
SYNCED = ("OU=People", "OU=Leavers", "OU=Groups", "OU=Contacts")
FOLDERS = "CN=Microsoft Exchange System Objects"
ELSEWHERE, ADMIN = "OU=Elsewhere", "OU=Admin"  # neither is synchronized
WRITABLE = (
    "proxyAddresses",
    "mail",
    "mailNickname",
    "targetAddress",
    "displayName",
    "userPrincipalName",
)
PASSWORD = "Passw0rd.of.the.stage"
ENABLED, DISABLED = 512, 514
SECURITY, DISTRIBUTION = -2147483640, 8
REMOTE_MAILBOX = 2147483648  # msExchRecipientTypeDetails: the mailbox is in Exchange Online
SHARED_MAILBOX = 4  # the same: many read it, and its account is disabled on purpose
# Exchange writes the addresses of such a recipient by a policy: {a policy},{the kind of policy}
UNDER_A_POLICY = {
    "legacyExchangeDN": "/o=Contoso/ou=Exchange/cn=Recipients/cn=somebody",
    "msExchPoliciesIncluded": "{11111111-2222-4333-8444-555555555555},{26491cfc-9e50-4857-861b-0cb8df22b5d7}",
}
# what moves by itself with every write, and what AD works out when it is asked
MOVES = frozenset({"uSNChanged", "whenChanged", "uSNCreated", "replPropertyMetaData"})
NOT_A_VALUE = {KeyKind.OBJECT, KeyKind.SID}  # such a case is told by its object
AT_WORK = {State.APPROVED, State.APPLYING, State.UNKNOWN, State.WRITTEN, State.EXPORTED}
WHY = "Agreed with both of them."  # what two people type, where a fix takes two
BETWEEN_SYNCS = timedelta(minutes=30)

Values = Mapping[str, tuple[bytes, ...]]
Snapshot = Mapping[tuple[str, str], Values]  # (forest, objectGUID) -> attribute -> values


@dataclass
class Stage:
    house: House
    clock: HandClock
    directories: dict[str, Directory]
    tenant: Tenant
    engines: dict[str, SyncEngine]
    reader: Reader
    writer: Writer
    journal: FileJournal
    agent: WithAgent
    bot: Bot
    made: dict[str, tuple[str, Entry]] = field(default_factory=dict)  # name -> forest, entry

    # ------------------------------------------------------------ what people put into AD

    def person(self, name: str, *proxies: str, sam: str = "", **more: Any) -> Entry:
        """An enabled user whose `mail` is the main address, as Exchange keeps it."""
        account = sam or _account(name)
        given, _, surname = name.partition(" ")
        usual = {
            "objectClass": "user",
            "sAMAccountName": account,
            "userPrincipalName": f"{_account(name)}@{MAIL_DOMAIN}",
            "displayName": name,
            "givenName": given,
            "userAccountControl": ENABLED,
        }
        if surname:
            usual["sn"] = surname
        return self._add(name, "OU=People", usual, proxies, more)

    def group(self, name: str, *proxies: str, kind: int = SECURITY, **more: Any) -> Entry:
        usual = {"objectClass": "group", "groupType": kind, "displayName": name}
        return self._add(name, "OU=Groups", usual | {"sAMAccountName": name}, proxies, more)

    def contact(self, name: str, *proxies: str, **more: Any) -> Entry:
        usual = {"objectClass": "contact", "displayName": name}
        return self._add(name, "OU=Contacts", usual, proxies, more)

    def folder(self, name: str, *proxies: str) -> Entry:
        """A mail-enabled public folder, where Exchange keeps them."""
        directory, base = self.directories["corp"], BASES["corp"]
        directory.add(f"{FOLDERS},{base}", {"objectClass": "container"})
        usual = {"objectClass": "publicFolder", "displayName": name}
        return self._add(f"folder {name}", FOLDERS, usual, proxies, {"cn": name, "mail": None})

    def not_ours(self, forest: str) -> None:
        """The bot reads the forest, and nothing of it is synchronized to this tenant."""
        del self.engines[forest]
        self.bot.policy = replace(self.bot.policy, sync_ous=_in_scope(self.engines))

    def _add(
        self,
        name: str,
        below: str,
        usual: dict[str, Any],
        proxies: tuple[str, ...],
        more: dict[str, Any],
    ) -> Entry:
        forest, below = more.pop("forest", "corp"), more.pop("below", below)
        as_system = more.pop("as_system", False)  # as replication writes: nothing is checked
        cn = more.pop("cn", name)
        if proxies:
            usual["proxyAddresses"] = proxies
        if main := next((v[5:] for v in proxies if v.startswith("SMTP:")), None):
            usual["mail"] = main
        given = {k: v for k, v in (usual | more).items() if v is not None}
        where = f"{below},{BASES[forest]}"
        entry = self.directories[forest].add(
            f"CN={escape_rdn(cn)},{where}", given, as_system=as_system
        )
        self.made[name] = (forest, entry)
        return entry

    def entry(self, name: str) -> Entry:
        return self.made[name][1]

    def edit(self, name: str, **attributes: Any) -> None:
        """An administrator sets attributes; None empties one."""
        forest, entry = self.made[name]
        directory = self.directories[forest]
        changes = [
            Edit(
                "replace",
                attribute_of(directory.schema, attribute),
                octets(() if value is None else value),
            )
            for attribute, value in attributes.items()
        ]
        directory.modify(entry.dn, changes, as_system=True)

    def give(self, name: str, *proxies: str) -> None:
        self._touch(name, "add", proxies)

    def take(self, name: str, *proxies: str) -> None:
        self._touch(name, "delete", proxies)

    def _touch(self, name: str, operation: str, proxies: tuple[str, ...]) -> None:
        forest, entry = self.made[name]
        directory = self.directories[forest]
        attribute = attribute_of(directory.schema, "proxyAddresses")
        directory.modify(entry.dn, [Edit(operation, attribute, octets(proxies))])

    def move(self, name: str, below: str) -> None:
        forest, entry = self.made[name]
        rdn = entry.dn.partition(",")[0]
        self.directories[forest].rename(entry.dn, rdn, new_parent=f"{below},{BASES[forest]}")

    def delete(self, name: str) -> None:
        forest, entry = self.made[name]
        self.directories[forest].delete(entry.dn)

    def signed_in(self, name: str, at: datetime) -> None:
        self.edit(name, lastLogonTimestamp=filetime(at))

    def anchor(self, name: str) -> str:
        """What the sync joins it by, as long as nobody wrote another number."""
        return base64.b64encode(self.entry(name).guid.bytes_le).decode()

    def values(self, name: str, attribute: str) -> tuple[str, ...]:
        """As they stand in AD, in their letter case, sorted: AD promises no order."""
        held = self.entry(name).values.get(attribute, [])
        return tuple(sorted(value.decode() for value in held))

    def proxies(self, name: str) -> tuple[str, ...]:
        return self.values(name, "proxyAddresses")

    # ------------------------------------------------------------ Entra, as its people see it

    def account(self, name: str, kind: Kind = Kind.USER) -> DirectoryObject:
        """The living Entra object that is synchronized from it, or was made in the cloud under this name."""
        guid = str(self.entry(name).guid) if name in self.made else None
        (found,) = [
            each
            for each in self.tenant.live(kind)
            if (each.on_premises.object_guid if each.on_premises else None) == guid
            and (guid or each.display_name == name)
        ]
        return found

    def licence(self, *names: str, sku: str = "SPE_E3") -> None:
        for name in names:
            assign_licence(self.tenant, self.account(name), sku)

    def entra_says(self, name: str, value: str) -> None:
        """An error that Entra shows and, unlike its own, does not take back by itself."""
        entry = {
            "category": "PropertyConflict",
            "occurredDateTime": f"{self.clock.now():%Y-%m-%dT%H:%M:%SZ}",
            "propertyCausingError": "ProxyAddresses",
            "value": value,
        }
        self.tenant.plant_error(self.account(name).id, entry)

    def told(self, name: str, category: str, attribute: str | None = None, value: str = "") -> None:
        """The sync server refuses the object: an agent tells the bot, until `agent.told` is emptied."""
        error = SyncError(
            object_id=self.account(name).id,
            object_type=ObjectType.USER,
            object_name=name,
            category=category,
            attribute=attribute,
            value=value or None,
            raw=category,
            origin=Origin.EXPORT,
        )
        self.agent.told.append(error)

    def errors(self) -> dict[str, list[str]]:
        """Quarantined values by the name of who waits for them."""
        return {
            each.display_name or each.id: sorted(error.value for error in each.errors)
            for each in self.tenant.objects.values()
            if each.errors
        }

    # ------------------------------------------------------------ what servers do

    async def sync(self, *, after: timedelta = BETWEEN_SYNCS, deletes: bool = True) -> None:
        """The next cycle of the sync, in all forests. `deletes=False`: one that refuses to delete so much at once."""
        self.clock.at += after
        for engine in self.engines.values():
            result = await engine.cycle()
            assert (result.stopped is None) is deletes, result.stopped

    async def sweep(self) -> None:
        """Entra's hourly clean-up."""
        await next(iter(self.engines.values())).sweep()

    async def poll(self) -> None:
        """The bot reads Entra's error lists, and finishes all that follows."""
        await self.bot.poll()
        assert not self.bot.cases.waiting, self.bot.cases.waiting

    async def walk(self) -> None:
        """The bot compares AD with what Entra made of it, and finishes all that follows."""
        await self.bot.walk()
        assert not self.bot.cases.waiting, self.bot.cases.waiting

    async def settle(self) -> None:
        """Syncs and clean-ups, with the bot looking on, until no change of ours is on its way."""
        for _ in range(6):
            await self.sync()
            await self.sweep()
            await self.due()
            if not any(case.state in AT_WORK for case in self.bot.cases.all()):
                return
        states = {case.key.value: case.state for case in self.bot.cases.all()}
        raise AssertionError(f"still not settled after three hours: {states}")

    async def due(self) -> None:
        """What the bot had put off until now."""
        self.bot.cases.move_due(self.clock.now())
        await self.bot.work()
        assert not self.bot.cases.waiting, self.bot.cases.waiting

    # ------------------------------------------------------------ what people do with cards

    def case(self, about: str) -> Case:
        """By its id or value; where the case is the object's, by the value of the error or the object's name."""
        if about in self.bot.cases.stored:
            return wire.decode_case(about, self.bot.cases.stored[about])
        (found,) = [
            each
            for each in self.bot.cases.all()
            if about == each.key.value
            or (each.key.kind in NOT_A_VALUE and any(_is_about(e, about) for e in each.errors))
        ]
        return found

    def diagnosis(self, value: str) -> Diagnosis:
        diagnosis = self.case(value).diagnosis
        assert diagnosis is not None
        return diagnosis

    def runbooks(self, value: str) -> tuple[Runbook, ...]:
        return self.diagnosis(value).runbooks

    async def approve(self, about: str, proposal: Proposal | None = None) -> Case:
        """As many people as the risk asks for say yes; the answer is the case after the write."""
        await self._decide("approve", about, proposal or self.case(about).proposals[0])
        return self.case(about)

    async def undo(self, about: str) -> Case:
        """The Undo button of the card, with as many people as the fix took."""
        back = undo_of_case(self.case(about))
        assert back is not None, self.case(about).state
        await self._decide("undo", about, back)
        case = self.case(about)
        came = [a for a in self.bot.actions() if a in {"write.undone", "write.not_undone"}]

        assert came[-1:] == ["write.undone"], [m.say.english() for m in case.timeline]
        return case

    async def _decide(self, action: str, about: str, proposal: Proposal) -> None:
        both = proposal.risk is not Risk.SAFE
        for who in (INGRID, KARI) if both else (INGRID,):
            case = self.case(about)
            await self.bot.click(who, action, on=case, about=proposal, reason=WHY)

    # ------------------------------------------------------------ how it stands

    def snapshot_ad(self) -> Snapshot:
        """Every object with every value, letter for letter."""
        return {
            (forest, str(entry.guid)): {
                "dn": (entry.dn.encode(),),
                **{k: tuple(sorted(v)) for k, v in entry.values.items() if k not in MOVES},
            }
            for forest, directory in self.directories.items()
            for entry in directory.tree.by_guid.values()
        }


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """What differs, one line an attribute; empty when the two are one."""
    lines = []
    for key in sorted({*before, *after}):
        one, other = before.get(key, {}), after.get(key, {})
        lines += [
            f"{key[1]} {name}: {one.get(name)} -> {other.get(name)}"
            for name in sorted({*one, *other})
            if one.get(name) != other.get(name)
        ]
    return lines


def _is_about(error: SyncError, about: str) -> bool:
    return about in {error.object_name, bare_of(error.value or "")[1]}


def _account(name: str) -> str:
    return name.lower().replace(" ", ".")


def _domain(forest: str, clock: HandClock) -> Directory:
    base = BASES[forest]
    directory = Directory(base, clock=clock.now)
    for unit in (*SYNCED, ELSEWHERE, ADMIN):
        directory.add(f"{unit},{base}", {"objectClass": "organizationalUnit"})
    admin = f"{ADMIN},{base}"
    allowed = tuple(f"{unit},{base}" for unit in (*SYNCED, FOLDERS))
    directory.add_account("svc-sync", PASSWORD, container=admin)
    directory.add_account("svc-read", PASSWORD, rights=Rights(list_deleted=True), container=admin)
    directory.add_account("svc-write", PASSWORD, rights=writer(WRITABLE, allowed), container=admin)
    return directory


@asynccontextmanager
async def on_stage(
    house: House,
    folder: Path,
    *,
    forests: Iterable[str] = ("corp",),
    rules: Rules | None = None,
    caps: Caps | None = None,
) -> AsyncIterator[Stage]:
    """An empty company in one or more forests, one tenant, and a bot in mode `apply` that watches it."""
    clock = HandClock(NOW)
    directories = {forest: _domain(forest, clock) for forest in forests}
    tenant = Tenant(TENANT, clock=clock.now, rules=rules or Rules())
    house.furnish(tenant, directories)
    places = [_forest(house, name) for name in directories]
    world = World(clock)
    bot = Bot(
        world,
        mode=Mode.APPLY,
        policy=Policy(sync_ous=_in_scope(directories)),
        timing=Timing(drift_cases=1000),  # of a whole directory at once
    )
    journal = await open_journal(folder / "journal", clock)
    reader = Reader(places)
    writing = Writer(
        places,
        tenant=TENANT,
        public_key=bot.signer.key.public_key(),
        mode_allowed=Mode.APPLY,
        journal=journal,
        standing=house.cloud.standing,
        protection=Protection(),
        clock=clock,
        caps=caps,
        upn_opt_in=True,
    )
    engines = {name: _engine(house, name, tenant, clock) for name in directories}
    agent = WithAgent(EntraQuarantine(cloud=house.cloud, clock=clock), engines)
    bot.ports = {
        "ad": reader,
        "cloud": house.cloud,
        "source": agent,
        "walker": DriftWalk(ad=reader, cloud=house.cloud, clock=clock),
        "writer": writing,
        "journal": journal,
    }
    try:
        yield Stage(
            house, clock, directories, tenant, engines, reader, writing, journal, agent, bot
        )
    finally:
        await writing.close()
        await reader.close()
        await journal.close()


def _in_scope(forests: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{unit},{BASES[forest]}" for forest in forests for unit in SYNCED)


def _forest(house: House, name: str) -> Forest:
    server, domain = house.ad[name], f"{name}.contoso.com"
    return Forest(
        name=name,
        host=server.host,
        port=server.port,
        base_dn=BASES[name],
        ca_file=str(house.certificates.ca_file),
        tls_name=dc_name(name),
        user=f"svc-read@{domain}",
        password=PASSWORD,
        write_user=f"svc-write@{domain}",
        write_password=PASSWORD,
        allowed_ous=(*_in_scope([name]), f"{FOLDERS},{BASES[name]}"),
    )


def _engine(house: House, name: str, tenant: Tenant, clock: HandClock) -> SyncEngine:
    server = house.ad[name]
    source = SyncSource(
        host=server.host,
        port=server.port,
        user=f"svc-sync@{name}.contoso.com",
        password=PASSWORD,
        ca_file=house.certificates.ca_file,
        tls_name=dc_name(name),
        base_dn=BASES[name],
        scope_ous=_in_scope([name]),
    )
    return SyncEngine(source, tenant, cycle_seconds=1800, sweep_seconds=3600, clock=clock.now)
