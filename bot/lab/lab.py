"""In: options of one run.
Out: a running lab, all its rooms connected and Contoso in it, and the line that says where they are.
Promise: loopback only; whatever ends it, the servers stop and the folder goes.
"""

import asyncio
import ipaddress
import secrets
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.lab import control, domain, redis
from bot.lab.ad.server import LabAd
from bot.lab.certs import Certificates, make_certificates
from bot.lab.console import LabConsole, make
from bot.lab.contoso import load
from bot.lab.contoso.entries import SYNCHRONIZED, WRITABLE
from bot.lab.contoso.load import Login
from bot.lab.contoso.problems import LIVE
from bot.lab.entra import App, Kind, LabEntra, Tenant
from bot.lab.entra import serve as serve_entra
from bot.lab.entra.people import add_public_folder, assign_licence
from bot.lab.slack import LabSlack, contoso
from bot.lab.slack import serve as serve_slack
from bot.lab.sync import SyncEngine, SyncSource

LICENCE = "SPE_E3"
# what bot/entra needs to read, and nothing that writes
APP_PERMISSIONS = frozenset(
    {
        "User.Read.All",
        "Group.Read.All",
        "OrgContact.Read.All",
        "RoleManagement.Read.Directory",
        "Domain.Read.All",
        "User-OnPremisesSyncBehavior.Read.All",
        "Group-OnPremisesSyncBehavior.Read.All",
        "Contacts-OnPremisesSyncBehavior.Read.All",
    }
)
# and what the bot needs to change a sign-in name there, for an app of its own
WRITING_PERMISSIONS = frozenset({"User.ReadWrite.All"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    host: str = "127.0.0.1"
    state_dir: Path | None = None
    cycle_seconds: float = 20.0
    sweep_seconds: float = 45.0
    seed: int | None = None
    outside: domain.Logins | None = None  # an AD that is not ours, instead of the lab's own


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Lab:
    folder: Path
    redis: redis.LabRedis
    ad: LabAd | None
    logins: domain.Logins
    entra: LabEntra
    app: App
    writing_app: App
    engine: SyncEngine
    console: LabConsole
    slack: LabSlack
    control: control.LabControl
    schedule: asyncio.Task[None]

    async def broken(self) -> str:
        """Wait until a part ends that has no business to, and say which."""
        gone = asyncio.create_task(self.redis.server.wait())
        try:
            await asyncio.wait({gone, self.schedule}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
        if gone.done() and not gone.cancelled():
            return f"The embedded Redis ended with code {self.redis.server.returncode}."
        return f"The sync engine ended: {self.schedule.exception()!r}."

    def ready(self) -> dict[str, Any]:
        """The line that is printed; README.md describes it."""
        reader, writing = self.logins.reader, self.logins.writer
        workspace = self.slack.workspace
        channels = {channel.name: channel.id for channel in workspace.channels.values()}
        return {
            "page": self.slack.page_url,
            "redis": {"url": self.redis.url},
            "ad": {
                "host": reader.host,
                "port": reader.port,
                "ca_file": str(reader.ca_file),
                "tls_name": reader.tls_name,
                "base_dn": reader.base_dn,
                "forest": reader.base_dn.partition(",")[0].partition("=")[2].lower(),
                "read_user": reader.user,
                "read_password": reader.password,
                "write_user": writing.user,
                "write_password": writing.password,
                "allowed_ous": [f"{unit},{reader.base_dn}" for unit in WRITABLE],
            },
            "entra": {
                "tenant_id": self.entra.tenant_id,
                "client_id": self.app.client_id,
                "client_secret": self.app.secret,
                "write_client_id": self.writing_app.client_id,
                "write_client_secret": self.writing_app.secret,
                "authority": self.entra.authority,
                "graph_url": self.entra.graph_url,
                "ca_file": str(self.folder / "tls" / "ca.pem"),
            },
            "slack": {
                "api_url": self.slack.api_url,
                "bot_token": workspace.bot_token,
                "app_token": workspace.app_token,
                "signing_secret": workspace.signing_secret,
                "team": workspace.team_id,
                "channel": channels["identity-ops"],
                "security_channel": channels["identity-security"],
                "users": {
                    user.name: {
                        "id": user.id,
                        "entra_object_id": _entra_id(self.entra.tenant, user.email),
                        "standing": user.standing,
                    }
                    for user in workspace.users.values()
                    if not user.is_bot
                },
            },
            "control": self.control.url,
        }


def check_loopback(host: str) -> None:
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ValueError(f"The lab lives on loopback addresses only (127.0.0.1), not on {host!r}.")


@asynccontextmanager
async def running(options: Options) -> AsyncIterator[Lab]:
    check_loopback(options.host)
    if options.outside is not None:
        check_loopback(options.outside.administrator.host)
    async with AsyncExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="dirsync-lab-", dir=options.state_dir))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        async with asyncio.TaskGroup() as starting:
            embedded = starting.create_task(_redis(stack, folder))
            certificates = starting.create_task(_certificates(folder / "tls", options.host))
        yield await _connect(stack, options, folder, embedded.result(), certificates.result())


async def _redis(stack: AsyncExitStack, folder: Path) -> redis.LabRedis:
    embedded = await redis.serve(folder)
    stack.push_async_callback(embedded.aclose)
    return embedded


async def _certificates(folder: Path, host: str) -> Certificates:
    making = asyncio.create_task(
        asyncio.to_thread(
            make_certificates, folder, names=(domain.DC_NAME, "localhost"), addresses=(host,)
        )
    )
    try:
        return await asyncio.shield(making)
    finally:
        # a thread cannot be stopped: left alone it would write where all was removed already
        await asyncio.wait({making})


async def _connect(
    stack: AsyncExitStack,
    options: Options,
    folder: Path,
    embedded: redis.LabRedis,
    certificates: Certificates,
) -> Lab:
    ad, logins = None, options.outside
    if logins is None:
        ad, logins = await domain.serve_own(options.host, certificates)
        stack.push_async_callback(ad.aclose)
    else:
        await asyncio.to_thread(domain.load_contoso, logins.administrator)
    tenant, app, writing_app = _tenant(options.seed)
    entra = await serve_entra(tenant, certificates, host=options.host)
    stack.push_async_callback(entra.aclose)
    engine = SyncEngine(
        _source(logins.sync),
        tenant,
        cycle_seconds=options.cycle_seconds,
        sweep_seconds=options.sweep_seconds,
    )
    await _live(tenant, engine, logins.administrator)
    console = LabConsole(tenant, engine, logins.reader, logins.administrator)
    slack = await serve_slack(
        contoso(), page_token=secrets.token_urlsafe(24), host=options.host, console=console
    )
    stack.push_async_callback(slack.aclose)
    steering = await control.serve(console, slack, host=options.host)
    stack.push_async_callback(steering.aclose)
    schedule = asyncio.create_task(engine.run())
    stack.push_async_callback(_cancelled, schedule)
    return Lab(
        folder=folder,
        redis=embedded,
        ad=ad,
        logins=logins,
        entra=entra,
        app=app,
        writing_app=writing_app,
        engine=engine,
        console=console,
        slack=slack,
        control=steering,
        schedule=schedule,
    )


def _tenant(seed: int | None) -> tuple[Tenant, App, App]:
    tenant = Tenant(str(uuid.uuid4()), seed=secrets.randbits(32) if seed is None else seed)
    reading, writing = (
        App(client_id=str(uuid.uuid4()), secret=secrets.token_urlsafe(30), roles=roles)
        for roles in (APP_PERMISSIONS, WRITING_PERMISSIONS)
    )
    tenant.register_app(reading)
    tenant.register_app(writing)
    return tenant, reading, writing


def _source(login: Login) -> SyncSource:
    return SyncSource(
        host=login.host,
        port=login.port,
        user=login.user,
        password=login.password,
        ca_file=login.ca_file,
        tls_name=login.tls_name,
        base_dn=login.base_dn,
        scope_ous=tuple(f"{unit},{login.base_dn}" for unit in SYNCHRONIZED),
    )


async def _live(tenant: Tenant, engine: SyncEngine, administrator: Login) -> None:
    """Some years in short: all is well and synchronized, then people make the changes of LIVE."""
    for problem in LIVE:
        if problem.public_folder:
            add_public_folder(tenant, problem.public_folder, addresses=(f"SMTP:{problem.address}",))
    await _synchronized(engine)
    _licence_everybody(tenant)
    tenant.grant_role(_user(tenant, "henrik.aune@contoso.com"), "User Administrator")
    await make([change for each in LIVE for change in each.changes], administrator)
    await _synchronized(engine)
    _licence_everybody(tenant)


async def _synchronized(engine: SyncEngine) -> None:
    result = await engine.cycle()
    if result.stopped:
        raise load.DirectoryRefused(f"The first synchronization stopped: {result.stopped}")


def _licence_everybody(tenant: Tenant) -> None:
    """As a licence group does: people who work here, not service accounts or shared mailboxes."""
    for user in tenant.live(Kind.USER):
        if user.account_enabled and user.attributes.get("givenName") and not user.licences:
            assign_licence(tenant, user, LICENCE)


def _user(tenant: Tenant, upn: str) -> str:
    return tenant.find("userPrincipalName", upn)[0].id


def _entra_id(tenant: Tenant, upn: str) -> str | None:
    found = tenant.find("userPrincipalName", upn)
    return found[0].id if found else None


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
