"""In: what a running bot leaves in its state folder. Out: `dirsync-triage health`, as a process.
Promise: exit code 0 as long as the loop turns, whatever Slack does; how the bot is connected is told beside.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from bot.main import ALIVE, SLACK
from bot.slack.link import LinkState

LINK = LinkState(
    transport="socket",
    connected=True,
    told="1 of 2 sockets to Slack are open.",
    trouble="Slack counts 6 sockets of this app.",
)


def alive(folder: Path) -> None:
    """For as long as the test takes, on however busy a machine."""
    (folder / ALIVE).touch()
    later = time.time() + 3600
    os.utime(folder / ALIVE, (later, later))


def health(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "health", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": os.environ["PATH"], "DIRSYNC_STATE_DIR": str(folder)},
        cwd=Path(__file__).parents[2],
    )


def test_how_the_bot_is_connected_is_told_with_what_to_do(tmp_path: Path) -> None:
    alive(tmp_path)
    (tmp_path / SLACK).write_bytes(msgspec.json.encode(LINK))
    done = health(tmp_path)
    as_json = json.loads(health(tmp_path, "--json").stdout)

    assert done.returncode == 0
    assert done.stdout.endswith(f"{LINK.told} {LINK.trouble}\n")
    assert as_json["slack"]["trouble"] == LINK.trouble


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff"])
def test_a_bot_without_a_link_is_alive_all_the_same(tmp_path: Path, content: bytes | None) -> None:
    alive(tmp_path)
    if content is not None:
        (tmp_path / SLACK).write_bytes(content)
    done = health(tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "Slack" not in done.stdout


def test_of_a_bot_that_is_gone_nothing_is_told_of_slack(tmp_path: Path) -> None:
    (tmp_path / ALIVE).touch()
    (tmp_path / SLACK).write_bytes(msgspec.json.encode(LINK))
    old = time.time() - 3600
    os.utime(tmp_path / ALIVE, (old, old))
    done = health(tmp_path)

    assert done.returncode == 1
    assert "Slack" not in done.stdout
