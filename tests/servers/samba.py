"""In: nothing but the machine's Samba packages.
Out: a private Samba AD DC with the Exchange schema, on its own loopback address.
Promise: provisioned once per boot and content, then restored from a tarball; stopped by its pid.
"""

import hashlib
import os
import random
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.lab.ad.schema import all_attributes
from bot.lab.certs import make_certificates
from tests.servers.exchange_schema import exchange_schema
from tests.servers.packages import MissingPackagesError, ensure_packages, find

PROGRAMS = {
    "samba": "samba-ad-dc" if Path("/usr/share/doc/samba-ad-dc").exists() else "samba",
    "samba-tool": "samba",
    "ldbmodify": "ldb-tools",
    "ldapsearch": "ldap-utils",
}
ALSO = (
    "samba",
    "samba-ad-dc",
    "samba-ad-provision",
    "samba-dsdb-modules",
    "python3-samba",
    "ldb-tools",
    "tdb-tools",
    "ldap-utils",
)
TEMPLATE = Path(__file__).with_name("samba_smb.conf")
FOLDERS = [
    "etc",
    "private",
    "state/sysvol",
    "cache",
    "lock",
    "pid",
    "log",
    "bind-dns",
    "ncalrpc",
    "winbindd",
    "ntp_signd",
    "tls",
]
PORTS = (88, 135, 389, 464, 636, 3268, 3269)
ADMIN_PASSWORD = "Passw0rd.lab1"
START_SECONDS = 30.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Samba:
    host: str
    port: int
    plain_port: int
    domain: str
    netbios: str
    base_dn: str
    admin_upn: str
    admin_password: str
    ca_file: Path
    tls_name: str
    prefix: Path

    @property
    def conf(self) -> Path:
        return self.prefix / "etc/smb.conf"


def add_account(samba: Samba, name: str, password: str) -> str:
    """An ordinary account: it reads what any authenticated user may. Gives back its UPN."""
    _tool(samba, "user", "create", name, password)
    return f"{name}@{samba.domain}"


def delegate(samba: Samba, name: str, *, attributes: tuple[str, ...], below: str) -> None:
    """Let the account write these attributes of everything below this DN, at once."""
    told = _tool(samba, "user", "show", name, "--attributes=objectSid")
    sid = next(line.split()[1] for line in told.splitlines() if line.startswith("objectSid:"))
    guids = {each.name: each.guid for each in all_attributes()}
    sddl = "".join(f"(OA;CI;RPWP;{guids[each]};;{sid})" for each in attributes)
    _tool(samba, "dsacl", "set", f"--objectdn={below}", f"--sddl={sddl}")


def _tool(samba: Samba, *arguments: str) -> str:
    database = samba.prefix / "private/sam.ldb"
    return _run("samba-tool", *arguments, "-s", str(samba.conf), "-H", str(database))


def _run(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [find(program) or program, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{program} {arguments[0]} failed: {done.stderr.strip()[-800:]}")
    return done.stdout


@contextmanager
def running_samba(
    *, realm: str = "CORP.CONTOSO.COM", netbios: str = "CORP", exchange: bool = True
) -> Iterator[Samba]:
    ensure_packages(PROGRAMS, also=ALSO)
    folder = Path(tempfile.mkdtemp(prefix="dirsync-samba-"))
    try:
        prefix = folder / "dc"
        tarball = _provisioned(realm, netbios, exchange=exchange)
        with tarfile.open(tarball) as archive:
            if hasattr(tarfile, "data_filter"):  # since Python 3.11.4; the archive is our own
                archive.extraction_filter = tarfile.data_filter
            archive.extractall(prefix)  # noqa: S202 - see above
        with _started(prefix, realm, netbios) as samba:
            yield samba
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _provisioned(realm: str, netbios: str, *, exchange: bool) -> Path:
    """The tarball of a domain that was never started."""
    name = _content_hash(realm, netbios, str(exchange))
    cache = _cache_folder()
    tarball = cache / f"{name}.tar"
    if tarball.exists():
        return tarball
    if os.geteuid() != 0:
        raise MissingPackagesError(
            "Provisioning a Samba domain needs root once (Samba sets owners of sysvol files): run "
            f"the tests as root, or copy a tarball made by root to {tarball}"
        )
    with tempfile.TemporaryDirectory(prefix="dirsync-samba-", dir=cache) as work:
        prefix = Path(work) / "dc"
        _provision(prefix, realm, netbios, exchange=exchange)
        packed = Path(work) / "packed.tar"
        with tarfile.open(packed, "w") as archive:
            archive.add(prefix, arcname=".", filter=_ordinary)
        packed.replace(tarball)  # a second run that did the same replaces it by its equal
    return tarball


def _ordinary(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return member if member.isfile() or member.isdir() else None


def _content_hash(*inputs: str) -> str:
    boot = Path("/proc/sys/kernel/random/boot_id")
    parts = [
        boot.read_text() if boot.exists() else "",
        _run("samba", "--version"),
        TEMPLATE.read_text(),
        *exchange_schema("CN=Schema"),
        Path(__file__).read_text(),
        *inputs,
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _cache_folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    top = Path(home) if home else Path(tempfile.gettempdir())
    folder = top / f"dirsync-triage-samba-{os.geteuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise RuntimeError(f"{folder} belongs to somebody else; remove it")
    return folder


def _configure(prefix: Path, host: str, realm: str, netbios: str) -> Path:
    for each in FOLDERS:
        (prefix / each).mkdir(parents=True, exist_ok=True)
    conf = prefix / "etc/smb.conf"
    text = TEMPLATE.read_text().format(
        prefix=prefix, host=host, realm=realm, netbios=netbios, domain=realm.lower()
    )
    conf.write_text(text)
    return conf


def _provision(prefix: Path, realm: str, netbios: str, *, exchange: bool) -> None:
    conf = _configure(prefix, "127.0.0.1", realm, netbios)
    _run(
        "samba-tool",
        "domain",
        "provision",
        f"--configfile={conf}",
        "--server-role=dc",
        f"--realm={realm}",
        f"--domain={netbios}",
        "--host-name=dc1",
        "--host-ip=127.0.0.1",
        f"--adminpass={ADMIN_PASSWORD}",
        "--dns-backend=NONE",
        "--function-level=2008_R2",  # the highest that Samba 4.17 knows
        "--base-schema=2012_R2",
        f"--option=posix:eadb={prefix}/private/eadb.tdb",
    )
    if exchange:
        for part in exchange_schema(f"CN=Schema,CN=Configuration,{base_of(realm)}"):
            ldif = prefix / "part.ldif"
            ldif.write_text(part)
            option = "--option=dsdb:schema update allowed=true"
            _run("ldbmodify", "-H", str(prefix / "private/sam.ldb"), option, str(ldif))
            ldif.unlink()


def base_of(realm: str) -> str:
    return ",".join(f"DC={each}" for each in realm.lower().split("."))


@contextmanager
def _started(prefix: Path, realm: str, netbios: str) -> Iterator[Samba]:
    host = _free_address()
    domain = realm.lower()
    conf = _configure(prefix, host, realm, netbios)
    tls_name = f"dc1.{domain}"
    certificates = make_certificates(
        prefix / "tls", names=(tls_name, "localhost"), addresses=(host,)
    )
    samba = Samba(
        host=host,
        port=636,
        plain_port=389,
        domain=domain,
        netbios=netbios,
        base_dn=base_of(realm),
        admin_upn=f"administrator@{domain}",
        admin_password=ADMIN_PASSWORD,
        ca_file=certificates.ca_file,
        tls_name=tls_name,
        prefix=prefix,
    )
    with (prefix / "log/stdout").open("wb") as log:
        process = subprocess.Popen(
            [find("samba") or "samba", "-i", "--no-process-group", "-M", "single", "-s", conf],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the tests; they stop it themselves
        )
    try:
        _wait_until_it_answers(samba, process)
        yield samba
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_address() -> str:
    """Samba's ports are fixed, so each one gets a loopback address of its own."""
    choose = random.SystemRandom()
    for _ in range(50):
        host = f"127.{choose.randint(1, 254)}.{choose.randint(0, 255)}.{choose.randint(2, 254)}"
        try:
            with ExitStack() as stack:
                for port in PORTS:
                    listener = stack.enter_context(closing(socket.socket()))
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    listener.bind((host, port))
        except PermissionError:
            raise MissingPackagesError(
                "Samba listens on port 389: run the tests as root, or allow it with"
                " `sysctl net.ipv4.ip_unprivileged_port_start=0`"
            ) from None
        except OSError:
            continue
        return host
    raise RuntimeError("no 127.x.y.z address has its LDAP ports free")


def _wait_until_it_answers(samba: Samba, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    ask = ["-x", "-H", f"ldap://{samba.host}", "-s", "base", "-b", "", "defaultNamingContext"]
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        done = subprocess.run(
            [find("ldapsearch") or "ldapsearch", *ask], capture_output=True, timeout=10, check=False
        )
        if not done.returncode:
            return
        time.sleep(0.05)
    log = (samba.prefix / "log/stdout").read_text(errors="replace")[-800:]
    sys.stderr.write(log)
    raise RuntimeError(f"Samba did not answer on {samba.host}: {log}")


@pytest.fixture(scope="session")
def samba() -> Iterator[Samba]:
    try:
        with running_samba() as server:
            yield server
    except MissingPackagesError as error:
        pytest.fail(str(error), pytrace=False)
