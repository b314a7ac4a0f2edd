"""In: settings. Out: the bot, the demo, whether it lives, and what keeps it honest: the audit chain.
Promise: what is wrong at start is said in one line each, before anything is loaded that takes long.
"""

import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from bot import settings as parts
from bot.cli.common import (
    Config,
    Json,
    app,
    audit_app,
    finish,
    of_store,
    print_json,
    settings,
    tell,
)
from bot.errors import SettingsError

ALIVE_FOR = 30.0


@app.command()
def run(
    role: Annotated[
        str,
        typer.Option(help="edge (Slack), brain (reads AD and Entra), writer (writes AD), or all."),
    ] = "all",
    config: Config = None,
) -> None:
    """Run the bot until SIGTERM or Ctrl-C.

    Settings come from DIRSYNC_… variables and the file of --config; .env.example lists them all.
    What is wrong at start is said in one line each, with exit code 2.
    """
    given = settings(config)  # first: a mistake in them is told without loading the rest
    from bot import main as composer
    from bot.events import Role

    named = {"all": composer.ALL_ROLES, **{r.value: (r,) for r in Role}}
    if role not in named:
        raise SettingsError(f"There is no role {role}.", todo="Use edge, brain, writer or all.")
    finish(composer.run(given, named[role]))


@app.command()
def demo(
    headless: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option(help="Walk through it without a browser; one JSON line a step.")
    ] = False,
) -> None:
    """Start a lab on this machine (an AD, an Entra, a Slack, a Contoso) and the bot in front of it.

    It needs no server, no root and no network, prints the address of a page to open, and ends on Ctrl-C
    leaving nothing behind. It refuses to start where a real tenant, Slack or AD is configured.
    """
    from bot import demo as show

    real = parts.real_parts(os.environ)
    if real:
        raise SettingsError(
            f"This environment is set up for something real: {', '.join(real)}.",
            todo="The demo only ever runs against its own lab: start it where no DIRSYNC_… is set.",
        )
    raise typer.Exit(finish(show.headless() if headless else show.show()))


@audit_app.command()
def verify(json: Json = False, config: Config = None) -> None:  # noqa: FBT002 - a flag
    """Check the audit chain from its first line to its head. Exit code 1: it was changed."""
    from bot.audit import chain

    async def check(store: Any) -> tuple[chain.Verdict, int]:
        lines = [line async for line in store.audit_lines()]
        return chain.verify(lines, head=await store.audit_head()), len(lines)

    verdict, count = of_store(settings(config), check)
    if json:
        told = {
            "ok": verdict.ok,
            "lines": count,
            "first_bad": verdict.first_bad,
            "why": verdict.why,
        }
        print_json(told)
    elif verdict.ok:
        sys.stdout.write(f"The chain of {count} lines is whole.\n")
    else:
        sys.stdout.write(f"The chain is broken at line {verdict.first_bad}: {verdict.why}\n")
    if not verdict.ok:
        raise typer.Exit(1)


@audit_app.command()
def export(config: Config = None) -> None:
    """Write the audit chain to stdout, one JSON line each."""
    from bot.audit import chain

    async def read(store: Any) -> list[str]:
        return [line async for line in store.audit_lines()]

    for line in chain.export(of_store(settings(config), read)):
        sys.stdout.write(line)


@app.command()
def trust_redis(json: Json = False, config: Config = None) -> None:  # noqa: FBT002 - a flag
    """Say that a Redis which was restored or failed over may be believed again.

    The bot only observes while Redis knows fewer writes than its own journal. Stop the bot, look at the
    cases, run this, start it again.
    """
    from bot.main import trust_redis as trust

    count = finish(trust(settings(config)))
    tell(json, f"Redis is trusted again, at {count} writes.", writes=count)


@app.command()
def health(json: Json = False, config: Config = None) -> None:  # noqa: FBT002 - a flag
    """Exit code 0 if the bot of this state_dir is alive, 1 if not. For a container's health check.

    How it is connected to Slack is told beside; a Slack that is away is waited out, not cured by a new start.
    """
    from bot.main import ALIVE, SLACK

    path = settings(config).state_dir / ALIVE
    try:
        age = time.time() - path.stat().st_mtime
    except OSError:
        tell(json, f"No sign of life in {path}.", alive=False, age=None)
        raise typer.Exit(1) from None
    alive = age <= ALIVE_FOR
    slack = _link_in(path.with_name(SLACK)) if alive else {}
    told = [f"Last sign of life {age:.0f} s ago.", slack.get("told", ""), slack.get("trouble", "")]
    tell(json, " ".join(filter(None, told)), alive=alive, age=round(age, 1), slack=slack or None)
    if not alive:
        raise typer.Exit(1)


def _link_in(path: Path) -> dict[str, str]:
    """What the edge last wrote of its link to Slack; nothing if this process of the bot has none."""
    try:
        found: dict[str, str] = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return {}
    return found
