"""In: this machine. Out: the figures of DESIGN that can be measured on the lab today, beside their targets.
The lab, the bot and the raw client of each comparison run in one go, so that they share the machine's mood.
Promise: measures, never judges: the exit code is 0 whatever comes out.
"""

import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ldap3
from rich.console import Console
from rich.table import Table

from bot import demo
from bot.clock import SystemClock
from bot.directories import directories
from bot.main import ALIVE
from bot.settings import load
from bot.sources.entra_quarantine import EntraQuarantine
from bot.walk import walk
from handlers.commands.whohas import whohas

VALUE = "john@contoso.com"
ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Figure:
    what: str
    measured: str
    target: str


async def main() -> list[Figure]:
    async with demo.running(cycle_seconds=5, sweep_seconds=8) as lab:
        await asyncio.sleep(10)  # eight cards go out at one a second
        figures = [memory(lab.bot.pid)]
        with tempfile.TemporaryDirectory() as folder:
            figures.append(await cold_start(lab.lab, Path(folder) / "second"))
            figures += await questions(lab.lab, Path(folder))
        figures.append(await approvals(lab.lab))
    return figures


async def cold_start(lab: dict[str, Any], state_dir: Path) -> Figure:
    """From nothing to a bot that has checked both directories, Redis and Slack, and works."""
    settings = demo.settings_of(lab, state_dir) | {"DIRSYNC_MODE": "observe"}
    started = time.perf_counter()
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        env={"PATH": os.environ["PATH"], **settings},
        stderr=asyncio.subprocess.DEVNULL,
    )
    while not await asyncio.to_thread((state_dir / ALIVE).exists):  # noqa: ASYNC110 - another process makes the file
        await asyncio.sleep(0.01)
    taken = time.perf_counter() - started
    bot.terminate()
    await bot.wait()
    return Figure("cold start of the bot, all its checks included", f"{taken:.2f} s", "≤ 2 s")


def memory(pid: int) -> Figure:
    status = Path(f"/proc/{pid}/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    mebibytes = int(resident.split()[1]) / 1024
    return Figure("memory of the idle bot", f"{mebibytes:.0f} MiB", "≤ 120 MiB")


async def questions(lab: dict[str, Any], state_dir: Path) -> list[Figure]:
    given = load(demo.settings_of(lab, state_dir))
    async with directories(given) as found:
        source = EntraQuarantine(cloud=found.cloud, clock=SystemClock())
        await source.poll()
        before = found.cloud.requests
        await source.poll()
        quiet = found.cloud.requests - before
        asked = await median(lambda: whohas(VALUE, ad=found.ad, cloud=found.cloud, full=True))
        graph = await median(found.cloud.facts)
    raw = await asyncio.to_thread(raw_search, lab["ad"])
    slower = max(raw, graph)
    return [
        Figure("Graph requests per quiet poll", str(quiet), "4"),
        Figure("/whohas, p50", f"{asked * 1000:.1f} ms", f"≤ twice {slower * 1000:.1f} ms"),
        Figure("  one raw LDAP search, p50", f"{raw * 1000:.1f} ms", ""),
        Figure("  one raw Graph call, p50", f"{graph * 1000:.1f} ms", ""),
    ]


async def median(ask: Callable[[], Awaitable[Any]]) -> float:
    await ask()
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await ask()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def raw_search(ad: dict[str, Any]) -> float:
    tls = ldap3.Tls(ca_certs_file=ad["ca_file"], validate=2, valid_names=[ad["tls_name"]])
    server = ldap3.Server(ad["host"], port=ad["port"], use_ssl=True, tls=tls, get_info=ldap3.NONE)
    taken = []
    with ldap3.Connection(server, ad["read_user"], ad["read_password"], auto_referrals=False) as c:
        for _ in range(ROUNDS):
            started = time.perf_counter()
            c.search(ad["base_dn"], f"(proxyAddresses=smtp:{VALUE})", attributes=["proxyAddresses"])
            taken.append(time.perf_counter() - started)
    return statistics.median(taken)


async def approvals(lab: dict[str, Any]) -> Figure:
    """From the click to the card that says written, through Slack and its pace of one message a second."""
    lines: list[dict[str, Any]] = []

    class Lines:
        def write(self, text: str) -> int:
            lines.append(json.loads(text))
            return len(text)

        def flush(self) -> None:
            pass

    await walk(lab, Lines())  # type: ignore[arg-type] # all it needs of a stream
    clicked = {e["case"]: e["seconds"] for e in lines if e["event"] == "approved"}
    shown: dict[str, float] = {}
    for line in lines:
        if line["event"] in {"written", "exported", "verified"}:
            shown.setdefault(line["case"], line["seconds"])
    taken = sorted(shown[c] - clicked[c] for c in clicked)
    return Figure(
        "approve → card says written, best and worst of four at once",
        f"{taken[0]:.2f} s, {taken[-1]:.2f} s",
        "p95 ≤ 1 s to the write; the cards follow at one a second",
    )


def show(figures: list[Figure]) -> None:
    table = Table(
        "What", "Measured", "Target", title=f"{platform.platform()}, {os.cpu_count()} cores"
    )
    for figure in figures:
        table.add_row(figure.what, figure.measured, figure.target)
    Console(width=120).print(table)


if __name__ == "__main__":
    found = asyncio.run(main())
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps([[f.what, f.measured, f.target] for f in found]) + "\n")
    else:
        show(found)
