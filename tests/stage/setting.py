"""In: the servers of a house. Out: a stage in them: an empty company, a tenant, and a bot that watches both.
Promise: the bot is put together as `bot.main` does it, in mode `apply`, with the right to change sign-in names too.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from bot.ad.forest import Forest
from bot.ad.journal import open_journal
from bot.ad.modify import Writer
from bot.ad.protection import Protection
from bot.ad.search import Reader
from bot.admission import Admission
from bot.entra.modify import CloudWriter
from bot.lab.ad import Directory
from bot.lab.ad.accounts import Rights, writer
from bot.lab.entra import Tenant
from bot.lab.sync import SyncEngine, SyncSource
from bot.model import Mode, Side
from bot.quota import Caps
from bot.sources.drift import DriftWalk
from bot.sources.entra_quarantine import EntraQuarantine
from bot.triage.policy import Policy
from handlers.timing import Timing
from tests.builders import NOW, TENANT
from tests.fakes.bot import Bot
from tests.fakes.clock import HandClock
from tests.fakes.world import World
from tests.stage.agent import WithAgent
from tests.stage.house import BASES, House, dc_name
from tests.stage.on_premises import ADMIN, ELSEWHERE, FOLDERS, SYNCED, in_scope
from tests.stage.stage import Stage

WRITABLE = (
    "proxyAddresses",
    "mail",
    "mailNickname",
    "targetAddress",
    "displayName",
    "userPrincipalName",
)
PASSWORD = "Passw0rd.of.the.stage"


@asynccontextmanager
async def on_stage(
    house: House,
    folder: Path,
    *,
    forests: Iterable[str] = ("corp",),
    caps: Caps | None = None,
) -> AsyncIterator[Stage]:
    """An empty company in one or more forests, one tenant, and a bot in mode `apply` that watches it."""
    clock = HandClock(NOW)
    directories = {forest: _domain(forest, clock) for forest in forests}
    tenant = Tenant(TENANT, clock=clock.now)
    house.furnish(tenant, directories)
    places = [_forest(house, name) for name in directories]
    world = World(clock)
    bot = Bot(
        world,
        mode=Mode.APPLY,
        policy=Policy(sync_ous=in_scope(directories), renames_in_entra=True),
        timing=Timing(drift_cases=1000),  # of a whole directory at once
    )
    journal = await open_journal(folder / "journal", clock)
    reader = Reader(places)
    admission = Admission(
        tenant=TENANT,
        public_key=bot.signer.key.public_key(),
        mode_allowed=Mode.APPLY,
        journal=journal,
        clock=clock,
        caps=caps,
    )
    writing = Writer(
        places,
        admission=admission,
        standing=house.cloud.standing,
        protection=Protection(),
        clock=clock,
        upn_opt_in=True,
    )
    in_entra = CloudWriter(
        tenant=house.written,
        cloud=house.cloud,
        admission=admission,
        ad=reader,
        protects=writing.protects,
        approvers=frozenset(),
        clock=clock,
        upn_opt_in=True,
    )
    engines = {name: _engine(house, name, tenant, clock) for name in directories}
    agent = WithAgent(EntraQuarantine(cloud=house.cloud, clock=clock), engines)
    bot.ports = {
        "ad": reader,
        "cloud": house.cloud,
        "source": agent,
        "walker": DriftWalk(ad=reader, cloud=house.cloud, clock=clock),
        "writers": {Side.AD: writing, Side.ENTRA: in_entra},
        "journal": journal,
    }
    try:
        yield Stage(
            directories,
            house=house,
            clock=clock,
            tenant=tenant,
            engines=engines,
            reader=reader,
            agent=agent,
            bot=bot,
        )
    finally:
        await writing.close()
        await in_entra.close()
        await reader.close()
        await journal.close()


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
        allowed_ous=(*in_scope([name]), f"{FOLDERS},{BASES[name]}"),
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
        scope_ous=in_scope([name]),
    )
    return SyncEngine(source, tenant, cycle_seconds=1800, sweep_seconds=3600, clock=clock.now)
