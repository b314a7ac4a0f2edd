"""In: people, groups and contacts, as a test puts them into AD. Out: AD, the sync, Entra and the bot, in one process.
`sync`, `sweep` and `poll` are what servers do; `approve`, `settle` and `undo` are what people and the bot do.
Promise: the bot has its real handlers and its real adapters here; only Slack, Redis and the clock are stood in for,
and what a test reads of a directory it reads from the directory itself, never through the bot.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
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
from bot.model import Case, Mode, Proposal, Risk, State
from bot.sources.drift import DriftWalk
from bot.sources.entra_quarantine import EntraQuarantine
from bot.triage.policy import Policy
from bot.triage.undo import undo_of_case
from tests.builders import NOW, TENANT
from tests.fakes.bot import Bot
from tests.fakes.clock import HandClock
from tests.fakes.people import INGRID, KARI
from tests.fakes.world import World
from tests.stage.house import BASES, House, dc_name

MAIL_DOMAIN = "contoso.com"
SYNCED = ("OU=People", "OU=Leavers", "OU=Groups", "OU=Contacts")
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
# what moves by itself with every write, and what AD works out when it is asked
MOVES = frozenset({"uSNChanged", "whenChanged", "uSNCreated", "replPropertyMetaData"})
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

    def _add(
        self,
        name: str,
        below: str,
        usual: dict[str, Any],
        proxies: tuple[str, ...],
        more: dict[str, Any],
    ) -> Entry:
        forest, below = more.pop("forest", "corp"), more.pop("below", below)
        cn = more.pop("cn", name)
        if proxies:
            usual["proxyAddresses"] = proxies
        if main := next((v[5:] for v in proxies if v.startswith("SMTP:")), None):
            usual["mail"] = main
        given = {k: v for k, v in (usual | more).items() if v is not None}
        where = f"{below},{BASES[forest]}"
        entry = self.directories[forest].add(f"CN={escape_rdn(cn)},{where}", given)
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

    def errors(self) -> dict[str, list[str]]:
        """Quarantined values by the name of who waits for them."""
        return {
            each.display_name or each.id: sorted(error.value for error in each.errors)
            for each in self.tenant.objects.values()
            if each.errors
        }

    # ------------------------------------------------------------ what servers do

    async def sync(self, *, after: timedelta = BETWEEN_SYNCS) -> None:
        """The next cycle of the sync, in all forests, and the bot's turn."""
        self.clock.at += after
        for engine in self.engines.values():
            result = await engine.cycle()
            assert result.stopped is None, result.stopped

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
            await self._due()
            if not any(case.state in AT_WORK for case in self.bot.cases.all()):
                return
        states = {case.key.value: case.state for case in self.bot.cases.all()}
        raise AssertionError(f"still not settled after three hours: {states}")

    async def _due(self) -> None:
        """What the bot had put off until now."""
        self.bot.cases.move_due(self.clock.now())
        await self.bot.work()
        assert not self.bot.cases.waiting, self.bot.cases.waiting

    # ------------------------------------------------------------ what people do with cards

    def case(self, value: str) -> Case:
        (found,) = [each for each in self.bot.cases.all() if each.key.value == value]
        return found

    async def approve(self, value: str, proposal: Proposal | None = None) -> Case:
        """As many people as the risk asks for say yes; the answer is the case after the write."""
        case = self.case(value)
        await self._agreed(case, proposal or case.proposals[0], "approve")
        return self.case(value)

    async def _agreed(self, case: Case, proposal: Proposal, action: str) -> None:
        """One click, or two people with a reason."""
        people = (INGRID,) if proposal.risk is Risk.SAFE else (INGRID, KARI)
        for who in people:
            card = self.case(case.key.value)
            await self.bot.click(who, action, on=card, reason=WHY, about=proposal)

    async def undo(self, value: str) -> None:
        """What the card's Undo button gives, by as many people as the fix took."""
        case = self.case(value)
        back = undo_of_case(case)
        assert back is not None, case.state
        await self._agreed(case, back, "undo")
        came = [a for a in self.bot.actions() if a in {"write.undone", "write.not_undone"}]

        assert came[-1:] == ["write.undone"], [m.say.english() for m in self.case(value).timeline]

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


def _account(name: str) -> str:
    return name.lower().replace(" ", ".")


def _domain(forest: str, clock: HandClock) -> Directory:
    base = BASES[forest]
    directory = Directory(base, clock=clock.now)
    for unit in (*SYNCED, ELSEWHERE, ADMIN):
        directory.add(f"{unit},{base}", {"objectClass": "organizationalUnit"})
    admin = f"{ADMIN},{base}"
    allowed = tuple(f"{unit},{base}" for unit in SYNCED)
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
    bot = Bot(world, mode=Mode.APPLY, policy=Policy(sync_ous=_in_scope(directories)))
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
    bot.ports = {
        "ad": reader,
        "cloud": house.cloud,
        "source": EntraQuarantine(cloud=house.cloud, clock=clock),
        "walker": DriftWalk(ad=reader, cloud=house.cloud, clock=clock),
        "writer": writing,
        "journal": journal,
    }
    engines = {name: _engine(house, name, tenant, clock) for name in directories}
    try:
        yield Stage(house, clock, directories, tenant, engines, reader, writing, journal, bot)
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
        allowed_ous=_in_scope([name]),
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
