"""In: how many directories, how large, from which seed. Out: the long run, its progress, and PROOF.md with the figures.
`python -m tests.directories [--directories 1000] [--objects 200] [--seed 1] [--processes 2]`; `make proof` runs it so.
Promise: the same way as in the short test: LDAPS, Graph over TLS, the real adapters; a broken rule names its seed.
"""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from bot.quota import Caps
from tests.directories.generate import company
from tests.directories.run import Figures, prove

AT_A_TIME = 10  # directories that share a process's servers
MANY = Caps(per_hour=10_000, per_day=10_000)  # the caps have tests of their own
FIGURES = Path(__file__).with_name("PROOF.md")
COMMAND = "python -m tests.directories"


def batch(seeds: list[int], objects: int) -> tuple[Figures, list[str]]:
    """One process's share: its own servers, and a directory after the other."""
    warnings.simplefilter("ignore")
    return asyncio.run(_batch(seeds, objects))


async def _batch(seeds: list[int], objects: int) -> tuple[Figures, list[str]]:
    from tests.stage.house import house
    from tests.stage.setting import on_stage

    figures = Figures()
    broken: list[str] = []
    with tempfile.TemporaryDirectory(prefix="dirsync-proof-") as folder:
        async with house(Path(folder) / "house") as servers:
            for seed in seeds:
                there = Path(folder) / f"stage-{seed}"
                async with on_stage(servers, there, caps=MANY) as stage:
                    try:
                        await prove(stage, company(seed, objects), figures)
                    except AssertionError as error:
                        broken.append(f"seed {seed}: {error}")
    return figures, broken


def main() -> int:
    asked = _arguments()
    seeds = range(asked.seed, asked.seed + asked.directories)
    shares = [list(seeds[at : at + AT_A_TIME]) for at in range(0, len(seeds), AT_A_TIME)]
    total, begun = Figures(), time.monotonic()
    broken: list[str] = []
    with ProcessPoolExecutor(asked.processes) as pool:
        waiting = [pool.submit(batch, share, asked.objects) for share in shares]
        for done in as_completed(waiting):
            figures, wrong = done.result()
            total, broken = total.plus(figures), broken + wrong
            minutes = (time.monotonic() - begun) / 60
            print(  # noqa: T201 - this is a command
                f"{total.directories + len(broken)} of {len(seeds)} directories, {total.approved} fixes approved, "
                f"{len(broken)} broken, {minutes:.1f} min",
                flush=True,
            )
    for each in broken:
        print(each, file=sys.stderr)  # noqa: T201 - as above
    told = "\n".join(_told(asked, total, len(broken), time.monotonic() - begun)) + "\n"
    print(told)  # noqa: T201 - as above
    if asked.write:
        FIGURES.write_text(told, encoding="utf-8")
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=COMMAND)
    parser.add_argument("--directories", type=int, default=1000)
    parser.add_argument("--objects", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the first one; the others follow")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help=f"the figures into {FIGURES.name}")
    return parser.parse_args()


def _told(asked: argparse.Namespace, total: Figures, broken: int, seconds: float) -> Iterator[str]:
    yield "# Generated directories: what a click mends, and undo gives back"
    yield ""
    yield (
        "Each directory is built in the lab's AD, synchronized, given its conflicts, and synchronized again. The bot polls, "
        "diagnoses, and every SAFE fix is approved, written over LDAPS, synchronized and verified; then all of it is undone. "
        "After each phase every value of every object in AD is compared, and every object that Entra shows."
    )
    yield ""
    yield "| what | |"
    yield "|---|---|"
    yield (
        f"| command | `{COMMAND} --directories {asked.directories} --objects {asked.objects} "
        f"--seed {asked.seed} --processes {asked.processes}` |"
    )
    yield f"| date | {datetime.now(UTC):%Y-%m-%d} |"
    yield f"| machine | {_machine()}, Python {platform.python_version()} |"
    yield f"| directories, objects | {total.directories}, {total.objects} |"
    planted = ", ".join(f"{code} {count}" for code, count in sorted(total.plants.items()))
    yield f"| conflicts planted | {planted} |"
    yield f"| objects that Entra showed as `calculate` had foretold | {total.foretold} |"
    yield f"| SAFE fixes approved, verified, undone | {total.approved}, {total.approved}, {total.undone} |"
    yield f"| directories that broke a rule | {broken} |"
    yield f"| wall time | {seconds / 60:.1f} min |"
    for phase, spent in total.spent.items():
        yield f"| … {phase}, of each directory | {spent / max(total.directories, 1):.2f} s |"


def _machine() -> str:
    model = ""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((each.partition(":")[2].strip() for each in lines if "model name" in each), "")
    return f"{os.cpu_count()} cores of {model or platform.machine()}"


if __name__ == "__main__":
    sys.exit(main())
