"""In: a chart. Out: its picture, painted by a process of its own, which gives back all it took.
Promise: what cannot be painted is said in the log and left out; it never takes longer than its time, and never the bot with it.
"""

import asyncio
import sys
from pathlib import Path

import structlog

from bot.slack import chart

PROGRAM = Path(chart.__file__)
SECONDS = 20.0
MOST_SAID = 300
log = structlog.get_logger(__name__)


async def painted(told: chart.Chart, *, program: Path = PROGRAM) -> bytes | None:
    """The program gets no environment: the bot's holds secrets."""
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(program),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={},
        )
    except OSError as error:
        log.warning("no picture", reason=str(error))
        return None
    try:
        async with asyncio.timeout(SECONDS):
            picture, said = await process.communicate(chart.as_json(told))
    except TimeoutError:
        log.warning("no picture", reason="it took too long")
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode or not picture:
        reason = said.decode(errors="replace").strip()[-MOST_SAID:]
        log.warning("no picture", reason=reason, exit=process.returncode)
        return None
    return picture
