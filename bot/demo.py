"""In: nothing but a Python with this package. Out: a lab and a bot in front of it, each its own process.
The bot gets settings only, as in real life: the environment below is all it knows of the lab.
Promise: both processes end with this one, however it ends, and the folder they used is gone.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import DirsyncError
from bot.main import ALIVE

Json = dict[str, Any]
READY_SECONDS = 60.0
STOP_SECONDS = 15.0
LOOK_EVERY = 0.05
# what a child needs of our environment; the rest, proxies above all, stays outside
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "SSL_CERT_FILE")


@dataclass(frozen=True, slots=True)
class Demo:
    lab: Json  # the line of the lab, see bot/lab/README.md
    bot: Process
    log: Path


def settings_of(lab: Json, state_dir: Path) -> dict[str, str]:
    """The lab's addresses as the settings of a bot that writes."""
    ad, entra, slack = lab["ad"], lab["entra"], lab["slack"]
    forest = f"DIRSYNC_FORESTS__{ad['forest'].upper()}"
    people = {
        standing: {
            user["id"]: user["entra_object_id"]
            for user in slack["users"].values()
            if user["standing"] == standing
        }
        for standing in ("approver", "reader")
    }
    return {
        "DIRSYNC_MODE": "apply",
        "DIRSYNC_TENANT_ID": entra["tenant_id"],
        "DIRSYNC_STATE_DIR": str(state_dir),
        "DIRSYNC_ENTRA__CLIENT_ID": entra["client_id"],
        "DIRSYNC_ENTRA__CLIENT_SECRET": entra["client_secret"],
        "DIRSYNC_UPN_CHANGES": "true",
        "DIRSYNC_ENTRA_WRITER__ENABLED": "true",
        "DIRSYNC_ENTRA_WRITER__CLIENT_ID": entra["write_client_id"],
        "DIRSYNC_ENTRA_WRITER__CLIENT_SECRET": entra["write_client_secret"],
        "DIRSYNC_ENTRA__AUTHORITY": entra["authority"],
        "DIRSYNC_ENTRA__GRAPH_URL": entra["graph_url"],
        "DIRSYNC_ENTRA__CA_FILE": entra["ca_file"],
        f"{forest}__HOST": ad["host"],
        f"{forest}__PORT": str(ad["port"]),
        f"{forest}__BASE_DN": ad["base_dn"],
        f"{forest}__CA_FILE": ad["ca_file"],
        f"{forest}__TLS_NAME": ad["tls_name"],
        f"{forest}__USER": ad["read_user"],
        f"{forest}__PASSWORD": ad["read_password"],
        f"{forest}__WRITE_USER": ad["write_user"],
        f"{forest}__WRITE_PASSWORD": ad["write_password"],
        f"{forest}__ALLOWED_OUS": json.dumps(ad["allowed_ous"]),
        "DIRSYNC_SLACK__BOT_TOKEN": slack["bot_token"],
        "DIRSYNC_SLACK__APP_TOKEN": slack["app_token"],
        "DIRSYNC_SLACK__API_URL": slack["api_url"],
        "DIRSYNC_SLACK__TEAM": slack["team"],
        "DIRSYNC_SLACK__CHANNEL": slack["channel"],
        "DIRSYNC_SLACK__SECURITY_CHANNEL": slack["security_channel"],
        "DIRSYNC_SLACK__APPROVERS": json.dumps(people["approver"]),
        "DIRSYNC_SLACK__READERS": json.dumps(people["reader"]),
        "DIRSYNC_REDIS__URL": lab["redis"]["url"],
        # the lab's sync and clean-up run every few seconds, so the bot looks as often
        "DIRSYNC_TIMING__POLL_SECONDS": "2",
        "DIRSYNC_TIMING__LOOK_SECONDS": "2",
        "DIRSYNC_TIMING__SYNC_STOPPED_AFTER_HOURS": "0.02",
        # eight are there at the beginning, and whoever plants a few more wants to see each
        "DIRSYNC_TIMING__STORM_ABOVE": "20",
        "DIRSYNC_TIMING__EXPORT_MINUTES": "0.3",
        "DIRSYNC_TIMING__SWEEP_MINUTES": "0.75",
        "DIRSYNC_LOG__FORMAT": "text",
    }


@asynccontextmanager
async def running(*, cycle_seconds: float, sweep_seconds: float) -> AsyncIterator[Demo]:
    """The lab first, then the bot. Raises DirsyncError when one of them does not start."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="dirsync-demo-") as folder:
        log = Path(folder) / "bot.log"
        lab = await _start(
            *("bot.lab", "--state-dir", folder),
            *("--cycle-seconds", str(cycle_seconds), "--sweep-seconds", str(sweep_seconds)),
            env=kept,
            log=Path(folder) / "lab.log",
        )
        try:
            line = await _first_line(lab, Path(folder) / "lab.log")
            env = kept | settings_of(line, Path(folder) / "bot")
            bot = await _start("bot", "run", env=env, log=log)
            try:
                await _runs(bot, Path(folder) / "bot" / ALIVE, log)
                yield Demo(line, bot, log)
            finally:
                await _stop(bot)
        finally:
            await _stop(lab)


async def _start(*arguments: str, env: Mapping[str, str], log: Path) -> Process:
    with log.open("wb") as errors:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *arguments,
            env=env,
            stdin=PIPE,  # its end tells the lab that we are gone
            stdout=PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl-C reaches this process only, which then ends both in order
        )


async def _first_line(lab: Process, log: Path) -> Json:
    assert lab.stdout is not None  # noqa: S101 - a pipe was asked for
    with suppress(TimeoutError):
        line = await asyncio.wait_for(lab.stdout.readline(), READY_SECONDS)
        if line:
            found: Json = json.loads(line)
            return found
    raise DirsyncError("The lab did not start.", todo=_tail(log))


async def _runs(bot: Process, alive: Path, log: Path) -> None:
    """The bot has checked its settings and works."""
    for _ in range(int(READY_SECONDS / LOOK_EVERY)):
        if bot.returncode is not None:
            raise DirsyncError("The bot did not start.", todo=_tail(log))
        if await asyncio.to_thread(alive.exists):
            return
        await asyncio.sleep(LOOK_EVERY)
    raise DirsyncError("The bot does not get going.", todo=_tail(log))


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


async def _stop(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _told_to_stop() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


async def show() -> int:
    """With the page, for a person. Ends on Ctrl-C."""
    stop = asyncio.create_task(_told_to_stop())
    sys.stdout.write("Starting an AD, an Entra, a Slack and a bot in front of them …\n")
    sys.stdout.flush()
    opening = asyncio.create_task(_show(stop))
    try:
        return await opening
    finally:
        stop.cancel()


async def _show(stop: "asyncio.Task[None]") -> int:
    async with running(cycle_seconds=20, sweep_seconds=45) as demo:
        sys.stdout.write(
            f"\n  Open  {demo.lab['page']}\n\n"
            "  Eight sync problems are waiting in #identity-ops. Approve one as Ingrid or Mart, and watch AD\n"
            "  and Entra behind the scenes. Ask: /whohas SMTP:john@contoso.com\n\n"
            "  Ctrl-C ends it and leaves nothing behind.\n"
        )
        sys.stdout.flush()
        ended = asyncio.create_task(demo.bot.wait())
        await asyncio.wait({ended, stop}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if demo.bot.returncode is not None:
            raise DirsyncError("The bot ended by itself.", todo=_tail(demo.log))
    sys.stdout.write("\nAll gone.\n")
    return 0


async def headless() -> int:
    """The same walk without a browser: one JSON line a step, exit code 0 only if all of it is true."""
    from bot.walk import walk

    stop = asyncio.create_task(_told_to_stop())
    async with running(cycle_seconds=5, sweep_seconds=8) as demo:
        walking = asyncio.create_task(walk(demo.lab, sys.stdout))
        ended = asyncio.create_task(demo.bot.wait())
        await asyncio.wait({walking, ended, stop}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        stop.cancel()
        if walking.done():
            return walking.result()
        walking.cancel()
        if demo.bot.returncode is not None:
            raise DirsyncError("The bot ended by itself.", todo=_tail(demo.log))
    return 130
