"""In: settings, as environment variables and nothing else. Out: `dirsync-triage run` as its own process.
It can be stopped, killed and started again on the same state, and its log can be read.
Promise: told to stop, it ends with exit code 0, or the test fails; only this process is ever ended.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.demo import settings_of
from tests.servers.lab import until

Json = dict[str, Any]
COMMAND = [sys.executable, "-m", "bot"]
ROOT = Path(__file__).parents[2]
SECONDS = 45.0


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """An empty environment but for what every program needs, and where the code is that these tests came with."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"PYTHONPATH": str(ROOT)} | dict(settings)


@dataclass(eq=False)
class Bot:
    settings: dict[str, str]
    folder: Path
    role: str = "all"
    starts: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        return self.folder / "bot.log"

    def start(self) -> None:
        """Until it says that it runs."""
        assert self.process is None
        mark = self.mark()
        self.starts += 1
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [*COMMAND, "run", "--role", self.role],
                cwd=self.folder,
                env=environment(self.settings),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        until(lambda: self.said("running", since=mark) or self.ended(), "the bot runs")
        assert self.process.poll() is None, self.log.read_text()[-3000:]

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        """As systemd and a container runtime do it."""
        code = self._end(signal.SIGTERM)
        assert code == 0, f"exit code {code}: {self.log.read_text()[-3000:]}"

    def kill(self) -> None:
        """As the kernel does it when memory is short: nothing is finished, nothing said."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        code = self.process.wait(SECONDS)
        self.process = None
        return code

    # its log

    def mark(self) -> int:
        """Where the log ends now."""
        return self.log.stat().st_size if self.log.exists() else 0

    def lines(self, *, since: int = 0) -> list[Json]:
        if not self.log.exists():
            return []
        whole = self.log.read_bytes()[since:].decode().rpartition("\n")[0]
        return [read_line(line) for line in whole.splitlines()]

    def said(self, event: str, *, since: int = 0, **facts: str) -> list[Json]:
        """Log lines with this event and these facts."""
        return [
            line
            for line in self.lines(since=since)
            if line["event"] == event and all(line.get(k) == v for k, v in facts.items())
        ]


def read_line(text: str) -> Json:
    """A line that is no JSON, a traceback for one, is kept as it is: tests look for such lines."""
    try:
        found: Json = json.loads(text)
    except ValueError:
        return {"event": text, "level": "not a log line"}
    return found


@contextmanager
def bot_of(lab: Mapping[str, Any], **settings: str) -> Iterator[Bot]:
    """Not started yet. `settings` overrule those of the lab's line; an empty one is taken away."""
    with tempfile.TemporaryDirectory(prefix="dirsync-bot-") as folder:
        given = settings_of(dict(lab), Path(folder) / "state") | {"DIRSYNC_LOG__FORMAT": "json"}
        given |= settings
        bot = Bot({name: value for name, value in given.items() if value}, Path(folder))
        try:
            yield bot
        finally:
            if bot.process is not None:
                bot.stop()


@dataclass(frozen=True)
class Refused:
    """How a start ended that was not to succeed."""

    code: int
    out: str
    lines: list[str]


def refused_start(settings: Mapping[str, str], folder: Path) -> Refused:
    done = subprocess.run(
        [*COMMAND, "run"],
        cwd=folder,
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Refused(done.returncode, done.stdout, done.stderr.splitlines())
