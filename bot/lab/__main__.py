"""In: the command line, LAB_LDAP_* variables, and a standard input that its parent holds open.
Out: one line of JSON on standard output when everything answers; README.md describes it.
Promise: it ends on SIGTERM, SIGINT or the end of standard input, and leaves nothing behind.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.lab.ad.errors import Refused
from bot.lab.contoso.load import DirectoryRefused, Login
from bot.lab.domain import Logins
from bot.lab.lab import Lab, Options, check_loopback, running
from bot.lab.redis import RedisFailed

WRONG_USE = 2
FAILED = 1
LEAST_SECONDS = 0.1


def parse(arguments: Sequence[str], environ: Mapping[str, str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m bot.lab", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--state-dir", type=Path, help="where to make the lab's own folder")
    parser.add_argument("--cycle-seconds", type=_seconds, default=20.0)
    parser.add_argument("--sweep-seconds", type=_seconds, default=45.0)
    parser.add_argument(
        "--seed", type=int, help="the same object ids and digits in Entra each time"
    )
    outside = parser.add_argument_group("an AD on this machine instead of the lab's own")
    outside.add_argument("--ldap", metavar="HOST:PORT", help="LDAPS; accounts from LAB_LDAP_*")
    outside.add_argument("--ldap-ca", type=Path, metavar="FILE")
    outside.add_argument("--ldap-base", metavar="DN")
    outside.add_argument("--ldap-tls-name", metavar="NAME")
    given = parser.parse_args(arguments)
    try:
        check_loopback(given.host)
        logins = _outside(given, environ) if given.ldap else None
    except ValueError as wrong:
        parser.error(str(wrong))
    return Options(
        host=given.host,
        state_dir=given.state_dir,
        cycle_seconds=given.cycle_seconds,
        sweep_seconds=given.sweep_seconds,
        seed=given.seed,
        outside=logins,
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not LEAST_SECONDS <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a time of {LEAST_SECONDS} s or more")
    return seconds


def _outside(given: argparse.Namespace, environ: Mapping[str, str]) -> Logins:
    host, _, port = given.ldap.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(f"--ldap is HOST:PORT, for example 127.0.0.9:636, not {given.ldap!r}.")
    check_loopback(host)
    for name in ("ldap_ca", "ldap_base", "ldap_tls_name"):
        if not getattr(given, name):
            raise ValueError(f"--ldap also needs --{name.replace('_', '-')}.")

    def login(role: str) -> Login:
        """A role without an account of its own uses the first one."""
        prefix = f"LAB_LDAP_{role}" if environ.get(f"LAB_LDAP_{role}USER") else "LAB_LDAP_"
        user, password = environ.get(f"{prefix}USER"), environ.get(f"{prefix}PASSWORD")
        if not user or not password:
            raise ValueError(f"--ldap also needs {prefix}USER and {prefix}PASSWORD.")
        return Login(
            host=host,
            port=int(port),
            base_dn=given.ldap_base,
            ca_file=given.ldap_ca,
            tls_name=given.ldap_tls_name,
            user=user,
            password=password,
        )

    return Logins(
        administrator=login(""), sync=login("SYNC_"), reader=login("READ_"), writer=login("WRITE_")
    )


def main() -> int:
    options = parse(sys.argv[1:], os.environ)
    try:
        return asyncio.run(_until_told(options))
    except* (DirectoryRefused, RedisFailed, Refused, OSError) as failed:
        for each in failed.exceptions:
            sys.stderr.write(f"The lab did not start: {each}\n")
    return FAILED


async def _until_told(options: Options) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    watch = threading.Thread(target=_watch_parent, args=(loop, stop), daemon=True)
    watch.start()
    holding = asyncio.create_task(_hold(options))
    told = asyncio.create_task(stop.wait())
    await asyncio.wait({holding, told}, return_when=asyncio.FIRST_COMPLETED)
    if not told.done():
        told.cancel()
        sys.stderr.write(await holding + "\n")
        return FAILED
    holding.cancel()
    await asyncio.wait({holding})
    return 0


async def _hold(options: Options) -> str:
    async with running(options) as lab:
        _announce(lab)
        return await lab.broken()


def _announce(lab: Lab) -> None:
    sys.stdout.write(json.dumps(lab.ready(), ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _watch_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """The pipe ends with the process that holds its other end, however that one dies."""
    while os.read(0, 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


if __name__ == "__main__":
    sys.exit(main())
