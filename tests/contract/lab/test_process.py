"""In: the lab as a process of its own.
Out: how it starts, what it prints, and how it ends in every way a process can end.
Promise: real processes and signals; whatever ended it, no process and no file is left.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.contract.lab.process import COMMAND, SECONDS, family, running_lab, until_gone, working_in

GONE: tuple[list[int], bool] = ([], False)
PARENT = """
import subprocess, sys
lab = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
print(lab.pid, flush=True)
print(lab.stdout.readline(), end="", flush=True)
lab.wait()
"""


def test_it_says_where_everything_is_in_one_line(tmp_path: Path) -> None:
    with running_lab(f"--state-dir={tmp_path}") as lab:
        line = lab.line
        process = lab.process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        code, rest = lab.wait(), process.stdout.read()
    sections = {
        name: set(value) if isinstance(value, dict) else str for name, value in line.items()
    }

    assert sections == {
        "page": str,
        "redis": {"url"},
        "ad": {
            "host",
            "port",
            "ca_file",
            "tls_name",
            "base_dn",
            "forest",
            "read_user",
            "read_password",
            "write_user",
            "write_password",
            "allowed_ous",
        },
        "entra": {
            "tenant_id",
            "client_id",
            "client_secret",
            "write_client_id",
            "write_client_secret",
            "authority",
            "graph_url",
            "ca_file",
        },
        "slack": {
            "api_url",
            "bot_token",
            "app_token",
            "signing_secret",
            "team",
            "channel",
            "security_channel",
            "users",
        },
        "control": str,
    }
    assert (code, rest) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_standard_input_ends_it() -> None:
    with running_lab() as lab:
        pids = family(lab.process.pid)
        assert lab.process.stdin is not None
        lab.process.stdin.close()

        assert lab.wait() == 0
        assert until_gone(pids, lab.folder) == GONE
        assert len(pids) == 3  # the lab, its Redis and who watches over it


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(number: signal.Signals) -> None:
    with running_lab() as lab:
        pids = family(lab.process.pid)
        lab.process.send_signal(number)

        assert lab.wait() == 0
        assert until_gone(pids, lab.folder) == GONE


def test_it_does_not_outlive_a_parent_that_was_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, *COMMAND], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    folder = Path(parent.stdout.readline().partition('"ca_file": "')[2].partition('"')[0])
    pids = [*family(pid), parent.pid]
    parent.kill()
    parent.wait(SECONDS)
    parent.stdout.close()

    assert until_gone(pids, folder.parent.parent) == GONE


def test_its_redis_and_folder_go_even_when_it_is_killed_itself() -> None:
    with running_lab() as lab:
        pids = family(lab.process.pid)
        lab.process.kill()

        assert lab.wait() == -signal.SIGKILL
        assert until_gone(pids, lab.folder) == GONE


@pytest.mark.parametrize("stage", ["*", "*/tls", "*/tls/server.pem", "*/valkey/valkey.conf"])
def test_it_can_be_stopped_while_it_starts(tmp_path: Path, stage: str) -> None:
    process = subprocess.Popen(
        [*COMMAND, f"--state-dir={tmp_path}"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + SECONDS
    while not list(tmp_path.glob(stage)) and time.monotonic() < deadline:
        os.sched_yield()
    process.terminate()
    process.communicate(timeout=SECONDS)

    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []
    assert working_in(tmp_path) == []


def test_it_says_so_and_ends_when_its_redis_dies() -> None:
    with running_lab() as lab:
        pids = family(lab.process.pid)
        names = {pid: Path(f"/proc/{pid}/comm").read_text().strip() for pid in pids}
        server = next(pid for pid, name in names.items() if name == "valkey-server")
        os.kill(server, signal.SIGKILL)

        assert lab.wait() == 1
        assert lab.process.stderr is not None
        assert lab.process.stderr.read() == "The embedded Redis ended with code -9.\n"
        assert until_gone(pids, lab.folder) == GONE


def test_a_seed_gives_the_same_object_ids_and_no_same_secret() -> None:
    with running_lab("--seed=7") as one, running_lab("--seed=7") as other:
        lines = (one.line, other.line)
    users, secrets = (
        [line["slack"]["users"] for line in lines],
        {line["entra"]["client_secret"] for line in lines},
    )

    assert users[0] == users[1]
    assert len(secrets) == 2


def test_a_state_folder_that_is_not_there_is_a_clear_line(tmp_path: Path) -> None:
    words = "the lab ended with 1: The lab did not start: .*No such file or directory"

    with pytest.raises(RuntimeError, match=words), running_lab(f"--state-dir={tmp_path / 'no'}"):
        pass
